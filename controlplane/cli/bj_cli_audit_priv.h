#ifndef BJ_CLI_AUDIT_PRIV_H
#define BJ_CLI_AUDIT_PRIV_H

/* What the files of bj_cli_audit share. */
#include <jansson.h>
#include "controlplane/audit/bj_trail_head.h"
#include "controlplane/cli/bj_cli_audit.h"

enum { BJ_CLI_GOOD, BJ_CLI_REFUSED, BJ_CLI_USAGE, BJ_CLI_AWAY };

typedef struct bj_cli_audit_ctx {
    const bj_cli_audit_args_t *args;
    const bj_config_t *config; /* NULL: everything was named */
} bj_cli_audit_ctx_t;

/* Asks bijli-control; not BJ_CLI_GOOD: was said on stderr, and *answer is NULL. */
int bj_cli_audit_ask(const bj_cli_audit_ctx_t *ctx, const char *path, json_t **answer);
/* Where a file is: as named, or as the configuration says; "": nowhere. */
void bj_cli_audit_file(const bj_cli_audit_ctx_t *ctx, bj_cli_audit_option_t option, char *out,
                       size_t out_bytes);
/* The public key; NULL: was said. */
bj_trail_key_t *bj_cli_audit_key(const bj_cli_audit_ctx_t *ctx);

int bj_cli_audit_verify(const bj_cli_audit_ctx_t *ctx);
int bj_cli_audit_export(const bj_cli_audit_ctx_t *ctx);

#endif /* BJ_CLI_AUDIT_PRIV_H */
