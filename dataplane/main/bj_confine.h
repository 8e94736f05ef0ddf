#ifndef BJ_CONFINE_H
#define BJ_CONFINE_H

/* bj_confine - what bijli-dataplane gives up, before it reads anything that came from outside.
 *
 *   bj_confine_files  before there is a second thread: it writes below run_dir and its own folders
 *                     of data_dir, reads what the configuration names for it, and what DPDK
 *                     looks at when it starts
 *   bj_confine_calls  when its ports are open: no capability in any thread, no system call but
 *                     those that a running one makes (bj_sandbox.h)
 *
 * Errors  false, and a sentence in the log: do not go on. */
#include "dataplane/base/bj_config.h"

/* replicates: the epoch, which a standby may raise, is a file of data_dir itself. */
BJ_MUST_USE bool bj_confine_files(const bj_config_t *config, bool replicates);
BJ_MUST_USE bool bj_confine_calls(void);

#endif /* BJ_CONFINE_H */
