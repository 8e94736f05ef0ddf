#ifndef BJ_CLI_AUDIT_H
#define BJ_CLI_AUDIT_H

/* bj_cli_audit - `bijlictl audit ...`: the audit trail as an auditor reads it, and whether it is
 * whole.  docs/audit-trail.md.
 *
 * Purpose  verify asks for the entries and trusts nothing else of the answer: every hash is made
 *          again here, and heads and public key are read from files, which may be copies kept
 *          elsewhere; with an export it asks nobody.  show and head check their proofs the same
 *          way.
 * Errors   bj_cli_audit returns the process's exit code: 0 good, 1 refused or not whole, 2 wrong
 *          words, 3 nobody answers. */
#include <stdio.h>
#include "dataplane/base/bj_config.h"

/* X(name, takes a value) */
#define BJ_CLI_AUDIT_OPTIONS(X) \
    X(config, true)             \
    X(json, false)              \
    X(actor, true)              \
    X(act, true)                \
    X(from, true)               \
    X(to, true)                 \
    X(before, true)             \
    X(limit, true)              \
    X(entries, true)            \
    X(heads, true)              \
    X(key, true)                \
    X(tree, true)

typedef enum bj_cli_audit_option {
#define X(name, value) BJ_CLI_AUDIT_##name,
    BJ_CLI_AUDIT_OPTIONS(X)
#undef X
    BJ_CLI_AUDIT_OPTION_CNT
} bj_cli_audit_option_t;

typedef struct bj_cli_audit_args {
    const char *command, *word; /* list, show, ...; what stands behind it, or NULL */
    const char *option[BJ_CLI_AUDIT_OPTION_CNT]; /* NULL: not given; one without a value: "" */
} bj_cli_audit_args_t;

/* True if the first word is `audit`. */
bool bj_cli_is_audit(int argc, char **argv);
void bj_cli_audit_usage(FILE *out);
/* NULL, or what is wrong with the words.  The words are argv's. */
const char *bj_cli_audit_read(int argc, char **argv, bj_cli_audit_args_t *args);
/* The path of a list's request. */
void bj_cli_audit_path(const bj_cli_audit_args_t *args, char *out, size_t out_bytes);

int bj_cli_audit(int argc, char **argv);

#endif /* BJ_CLI_AUDIT_H */
