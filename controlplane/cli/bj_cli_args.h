#ifndef BJ_CLI_ARGS_H
#define BJ_CLI_ARGS_H

/* bj_cli_args - the words of a command line into one request of the API.
 *
 * Errors  bj_cli_read returns NULL, or what is wrong with the words, one sentence.
 * Owner   the words are argv's; bj_cli_body's answer is the caller's to json_decref. */
#include <jansson.h>
#include <stdio.h>
#include "dataplane/base/bj_config.h"

enum { BJ_CLI_WORDS_MAX = 3 };

/* X(name, takes a value) */
#define BJ_CLI_OPTION_LIST(X) \
    X(reason, true)           \
    X(auction, true)          \
    X(reference, true)        \
    X(band_bp, true)          \
    X(then, true)             \
    X(market_first, false)    \
    X(account, true)          \
    X(session, true)          \
    X(symbol, true)           \
    X(side, true)             \
    X(block, false)

typedef enum bj_cli_option {
#define X(name, value) BJ_CLI_##name,
    BJ_CLI_OPTION_LIST(X)
#undef X
    BJ_CLI_OPTION_CNT
} bj_cli_option_t;

typedef struct bj_cli_args bj_cli_args_t;

typedef struct bj_cli_command {
    const char *name, *method, *path; /* %s in the path: the symbol, or ALL */
    size_t   words_min, words_max;
    unsigned options, needs; /* bits of bj_cli_option_t */
    /* Puts what it needs into body; returns what is wrong.  NULL: no body. */
    const char *(*fill)(const bj_cli_args_t *args, const bj_config_t *config, json_t *body);
    void (*print)(FILE *out, json_t *answer);
    const char *usage, *help;
} bj_cli_command_t;

struct bj_cli_args {
    const char *config_file;
    const bj_cli_command_t *command;
    size_t      word_cnt;
    const char *word[BJ_CLI_WORDS_MAX];
    const char *option[BJ_CLI_OPTION_CNT]; /* NULL: not given; one without a value: "" */
    bool        json;
};

void bj_cli_usage(FILE *out);
const char *bj_cli_read(int argc, char **argv, bj_cli_args_t *args);
/* The path, and the body if the command has one (else *body is NULL). */
const char *bj_cli_request_of(const bj_cli_args_t *args, const bj_config_t *config, char *path,
                              size_t path_bytes, json_t **body);

#endif /* BJ_CLI_ARGS_H */
