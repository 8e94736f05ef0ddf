#ifndef BJ_CAPS_H
#define BJ_CAPS_H

/* bj_caps - a thread gives up its capabilities, for good.
 *
 * Use      by a process that needed capabilities to open its ports, in each of its threads, before
 *          anything that came from the network is read.
 * Threads  drop: the calling one and those it makes later; others keep theirs.  none: all.
 * Errors   false and errno; none: also if /proc/self cannot be read.
 * Cost     drop: a syscall.  none: a file of each thread.
 * Source   capset(2), proc(5). */
#include "dataplane/base/bj_base.h"

BJ_MUST_USE bool bj_caps_drop(void);
/* True: no thread of this process has any, in effect or to be had.  ThreadSanitizer's own, which
 * keeps what it was born with, has it always true. */
BJ_MUST_USE bool bj_caps_none(void);

#endif /* BJ_CAPS_H */
