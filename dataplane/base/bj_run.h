#ifndef BJ_RUN_H
#define BJ_RUN_H

/* bj_run - where a process writes its files of run_dir.
 *
 * Shape   run_dir/NAME, or, where set-up has put a link of that name, what the link names: a
 *         service with a user of its own may write in a folder of its own only, and whoever reads
 *         run_dir/NAME finds it there all the same.
 * Errors  false and errno: no room, or a link that leads out of run_dir (it must be relative and
 *         without ..).
 * Cost    a syscall. */
#include "dataplane/base/bj_base.h"

BJ_MUST_USE bool bj_run_file(char *out, size_t out_bytes, const char *run_dir, const char *name);

#endif /* BJ_RUN_H */
