#ifndef BJ_SANDBOX_PRIV_H
#define BJ_SANDBOX_PRIV_H

/* What the files of bj_sandbox share. */
#include <seccomp.h>
#include "dataplane/base/bj_sandbox.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BJ_SANDBOX_SANITIZED 1
#else
#define BJ_SANDBOX_SANITIZED 0
#endif

/* False, and why: this kernel has it, and refuses. */
bool bj_sandbox_calls(void);

/* A rule of the call's name, for any arguments; 0 also where nobody knows the name. */
int bj_sandbox_rule(scmp_filter_ctx filter, const char *name, uint32_t action);
/* Of all threads, and found by a tree. */
int bj_sandbox_load(scmp_filter_ctx filter);

#endif /* BJ_SANDBOX_PRIV_H */
