#ifndef BJ_KEYS_H
#define BJ_KEYS_H

/* bj_keys - the key service: what the database holds of people is sealed under keys that it does
 * not hold.  docs/keys.md.
 *
 * Shape      data keys by category lie in the table data_keys, each wrapped by a root key: of
 *            Vault's transit engine, or of the key file (bj_seal.h).  They are unwrapped once and
 *            kept in memory: to read a field asks nobody.
 * Versions   new fields under the category's newest key, old ones by whichever key they name.
 *            Another process's new key is looked for when a field names one that is not known.
 * Algorithms a key is of one cipher (of lookup: of one hash), and what is wrapped says which:
 *            another one is a new key, beside the old ones.
 * Lookup     what is found by a keyed hash says by which key; while another key comes, rows are
 *            under either of two (controlplane/identity/bj_rehash.h).
 * Binding    `what` is authenticated with each field ("users.email 1001"): moved to another row or
 *            column it does not open.
 * Away       Vault or database away at start: no error; whoever needs a key gets
 *            BJ_ERR_UNAVAILABLE, and it is tried again after BJ_KEYS_PAUSE_MS.  Away later: keys
 *            that are known go on working.
 * Threads    any.
 * Errors     BJ_ERR_UNAVAILABLE  a key cannot be had now
 *            BJ_ERR_NOT_FOUND    the field names a key that there is not
 *            BJ_ERR_CORRUPT      changed, of another row, or not of that key */
#include "controlplane/audit/bj_trail.h"
#include "controlplane/keys/bj_mac.h"
#include "controlplane/keys/bj_seal.h"
#include "controlplane/keys/bj_vault.h"
#include "controlplane/store/bj_db.h"

/* Appended to, never renumbered; the names are in the database. */
typedef enum bj_keys_category {
    BJ_KEYS_FACTORS, /* second factors' secrets */
    BJ_KEYS_CONTACT, /* name, e-mail address, phone number */
    BJ_KEYS_KYC,     /* papers and numbers of KYC */
    BJ_KEYS_APPS,    /* secrets of API apps */
    BJ_KEYS_LOOKUP,  /* keyed hashes of what is looked up */
    BJ_KEYS_CATEGORY_CNT
} bj_keys_category_t;

enum { BJ_KEYS_MAX = 256, BJ_KEYS_MAC_BYTES = BJ_MAC_BYTES, BJ_KEYS_PAUSE_MS = 1000 };
enum { BJ_KEYS_HASH_BYTES = 2 + BJ_KEYS_MAC_BYTES, BJ_KEYS_LOOKUPS = 2 };

typedef struct bj_keys bj_keys_t;

typedef struct bj_keys_config {
    bj_db_pool_t *db;
    bj_seal_t *seal;    /* the key file; NULL: none */
    bj_vault_t *vault;  /* wraps if it is there; else the key file does */
    bj_cipher_t cipher; /* of new keys; BJ_CIPHER_AES_256_GCM if nothing is said */
    bj_mac_t mac;       /* of new keys of lookup; BJ_MAC_SHA256 if nothing is said */
} bj_keys_config_t;

/* Borrows all that is in config.  NULL: no memory, or nothing that could wrap. */
bj_keys_t *bj_keys_new(const bj_keys_config_t *config);
void bj_keys_free(bj_keys_t *keys); /* NULL is allowed; the keys are wiped */

const char *bj_keys_category_name(bj_keys_category_t category);

/* Under the newest key of the category, which is made if there is none. */
BJ_MUST_USE bj_status_t bj_keys_close(bj_keys_t *keys, bj_keys_category_t category,
                                      const char *what, const void *plain, size_t plain_bytes,
                                      bj_sealed_t *out);
/* A secret of a second factor or an app from before there were data keys opens by the key file. */
BJ_MUST_USE bj_status_t bj_keys_open(bj_keys_t *keys, bj_keys_category_t category, const char *what,
                                     const bj_sealed_t *sealed, void *plain, size_t plain_bytes);
/* A keyed hash that lies for a minute, under the newest key. */
BJ_MUST_USE bj_status_t bj_keys_mac(bj_keys_t *keys, const char *what, const char *text,
                                    uint8_t out[BJ_KEYS_MAC_BYTES]);

/* A keyed hash to look something up by, behind its key's number: whoever has only the database
 * cannot try addresses. */
typedef struct bj_keys_hash {
    uint8_t data[BJ_KEYS_HASH_BYTES];
} bj_keys_hash_t;
/* First under the newest key, then under the one before it if there is one: what is kept may be
 * under either.  *cnt: how many. */
BJ_MUST_USE bj_status_t bj_keys_hash(bj_keys_t *keys, const char *what, const char *text,
                                     bj_keys_hash_t out[BJ_KEYS_LOOKUPS], size_t *cnt);

/* A key of lookup that comes. */
typedef struct bj_keys_lookup bj_keys_lookup_t;
BJ_MUST_USE bj_status_t bj_keys_lookup_hash(const bj_keys_lookup_t *lookup, const char *what,
                                            const char *text, bj_keys_hash_t *out);
/* Another key of lookup, audited.  again makes anew, in the same transaction, what may not be under
 * an older one; the rest comes later (sql/0031).
 * BJ_ERR_EXISTS       the change before is not through yet, or another process was quicker
 * BJ_ERR_UNAVAILABLE  somebody writes just now; or a key cannot be had */
BJ_MUST_USE bj_status_t bj_keys_lookup_renew(bj_keys_t *keys, const bj_trail_who_t *who,
                                             const char *reason,
                                             bj_status_t (*again)(bj_keys_t *keys, bj_db_t *db,
                                                                  const bj_keys_lookup_t *lookup),
                                             uint16_t *key_id);
/* The number of the key that seals now. */
BJ_MUST_USE bj_status_t bj_keys_newest(bj_keys_t *keys, bj_keys_category_t category,
                                       uint16_t *key_id);

/* A new key for the category, audited; what is sealed stays as it is until it is sealed anew.
 * BJ_ERR_DENIED: lookup's is bj_keys_lookup_renew's. */
BJ_MUST_USE bj_status_t bj_keys_rotate(bj_keys_t *keys, const bj_trail_who_t *who,
                                       bj_keys_category_t category, const char *reason,
                                       uint16_t *key_id);
/* BJ_ERR_NOT_FOUND: the category has no key, or its newest, whose number is was, is not older than
 * days. */
BJ_MUST_USE bj_status_t bj_keys_due(bj_keys_t *keys, bj_keys_category_t category, uint32_t days,
                                    uint16_t *was, uint32_t *age_days);
/* As bj_keys_rotate, if the category's newest key is still was: of several processes one does it.
 * BJ_ERR_EXISTS: another was quicker. */
BJ_MUST_USE bj_status_t bj_keys_renew(bj_keys_t *keys, const bj_trail_who_t *who,
                                      bj_keys_category_t category, uint16_t was,
                                      const char *reason);
/* Some data key is not under the newest root key, as far as can be seen. */
bool bj_keys_rewrap_due(bj_keys_t *keys);
/* All data keys under the newest root key, that of Vault if it is there now: so a key file's old
 * line may go, and so one moves to Vault.  Audited; *done_cnt: how many were wrapped anew.
 * BJ_ERR_NOT_FOUND, _CORRUPT: one or more cannot be unwrapped and stay; the others are done. */
BJ_MUST_USE bj_status_t bj_keys_rewrap(bj_keys_t *keys, const bj_trail_who_t *who,
                                       const char *reason, size_t *done_cnt);

#endif /* BJ_KEYS_H */
