#ifndef BJ_CLI_DEVICE_H
#define BJ_CLI_DEVICE_H

/* bj_cli_device - bijlictl device: the computers that staff may work with (docs/identity.md).
 *
 * Keys     are made here and stay here: a request goes to the server, a certificate comes back. The
 *          password of a PKCS#12 file is shown once and kept nowhere.
 * Errors   exit codes as bijlictl's. */
#include <stdio.h>
#include "dataplane/base/bj_base.h"

typedef struct bj_cli_device_args {
    const char *config_file, *user, *name, *reason, *csr, *key, *out;
    const char *word[3];
    size_t word_cnt;
    bool json;
} bj_cli_device_args_t;

/* What is wrong with the words, or NULL. */
const char *bj_cli_device_read(int argc, char **argv, bj_cli_device_args_t *args);
bool bj_cli_is_device(int argc, char **argv);
void bj_cli_device_usage(FILE *out);
int bj_cli_device(int argc, char **argv);

#endif /* BJ_CLI_DEVICE_H */
