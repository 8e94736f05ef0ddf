#ifndef BJ_SANDBOX_PRIV_H
#define BJ_SANDBOX_PRIV_H

/* The two halves of bj_sandbox. */
#include "dataplane/base/bj_sandbox.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BJ_SANDBOX_SANITIZED 1
#else
#define BJ_SANDBOX_SANITIZED 0
#endif

/* False, and why: this kernel has it, and refuses. */
bool bj_sandbox_files(const bj_config_t *config, const char *process,
                      const bj_sandbox_rule_t *rules, size_t rule_cnt);
bool bj_sandbox_calls(void);

#endif /* BJ_SANDBOX_PRIV_H */
