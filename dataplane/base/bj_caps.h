#ifndef BJ_CAPS_H
#define BJ_CAPS_H

/* bj_caps - a thread gives up its capabilities, for good.
 *
 * Use      first of all in a thread that reads what came from the network, in a process that needed
 *          capabilities to open its ports.
 * Threads  the calling one and those it makes later; others keep theirs.
 * Errors   false and errno.
 * Cost     a syscall.
 * Source   capset(2). */
#include "dataplane/base/bj_base.h"

BJ_MUST_USE bool bj_caps_drop(void);

#endif /* BJ_CAPS_H */
