#ifndef BJ_VAULT_H
#define BJ_VAULT_H

/* bj_vault - HashiCorp Vault's transit engine: what it wraps, only it unwraps.
 *
 * Wire     PUT /v1/transit/encrypt|decrypt|rewrap/KEY with X-Vault-Token (and X-Vault-Namespace);
 *          {"data":{"ciphertext":"vault:v1:..."}}, {"data":{"plaintext":base64}}; errors
 *          {"errors":[..]}; 503 while sealed.  Source: Vault's HTTP API, in shared/spec/broker.md
 *          8.4.
 * Secrets  the token is read from its file for each question, so an agent may renew it there.
 *          Neither it nor what is wrapped is logged, nor are Vault's own words.
 * Threads  any.
 * Errors   BJ_ERR_UNAVAILABLE  away, sealed, standby, too slow, or too much at once
 *          BJ_ERR_DENIED       the token is not good, or may not do this
 *          BJ_ERR_NOT_FOUND    no such key, or transit is not mounted there
 *          BJ_ERR_CORRUPT      it refuses what it was given, or answers what is no answer
 * Cost     blocking, at most timeout_ms. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_status.h"

enum { BJ_WRAPPED_BYTES = 513, BJ_WRAP_PLAIN_MAX_BYTES = 96 };

typedef struct bj_vault bj_vault_t;

typedef struct bj_vault_config {
    const char *url; /* "https://host:8200", without a path */
    const char *key; /* the transit key's name */
    const char *token_file;
    const char *ca_file;    /* "": the machine's own */
    const char *name_space; /* "": none */
    int32_t timeout_ms;
} bj_vault_config_t;

/* Keeps copies of all texts; asks nothing yet.  NULL: no memory, or the url is not https. */
bj_vault_t *bj_vault_new(const bj_vault_config_t *config);
void bj_vault_free(bj_vault_t *vault); /* NULL is allowed */

/* plain_bytes at most BJ_WRAP_PLAIN_MAX_BYTES. */
BJ_MUST_USE bj_status_t bj_vault_wrap(bj_vault_t *vault, const void *plain, size_t plain_bytes,
                                      char out[BJ_WRAPPED_BYTES]);
/* Exactly plain_bytes, or BJ_ERR_CORRUPT. */
BJ_MUST_USE bj_status_t bj_vault_unwrap(bj_vault_t *vault, const char *wrapped, void *plain,
                                        size_t plain_bytes);
/* The same under the transit key's newest version; nothing comes here in clear. */
BJ_MUST_USE bj_status_t bj_vault_rewrap(bj_vault_t *vault, const char *wrapped,
                                        char out[BJ_WRAPPED_BYTES]);

/* --- an answer: data.NAME as a text that fits */
BJ_MUST_USE bj_status_t bj_vault_read(long http_code, const char *body, size_t body_bytes,
                                      const char *name, char *out, size_t out_bytes);
/* "vault:v1:" and base64; nothing else goes into the database. */
BJ_MUST_USE bool bj_vault_formed(const char *wrapped);
/* Exactly out_bytes of base64, padding and all. */
BJ_MUST_USE bool bj_base64_read(const char *text, uint8_t *out, size_t out_bytes);
void bj_base64_write(const void *data, size_t data_bytes, char *out); /* (n + 2) / 3 * 4 + 1 */

#endif /* BJ_VAULT_H */
