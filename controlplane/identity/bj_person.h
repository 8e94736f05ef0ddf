#ifndef BJ_PERSON_H
#define BJ_PERSON_H

/* bj_person - name and e-mail address as the table users keeps them: sealed, the address to be
 * found by a keyed hash (sql/0012, docs/keys.md).  A row from before that is in clear until it is
 * sealed.
 *
 * Errors  bj_db's; BJ_ERR_UNAVAILABLE also when a key cannot be had now; BJ_ERR_CORRUPT: what is
 *         kept does not open (and the log says of whom). */
#include "controlplane/access/bj_access.h"
#include "controlplane/keys/bj_cell.h"

/* Of users u; bj_person_read reads these four from column col on. */
#define BJ_PERSON_COLS "u.email, u.email_sealed, u.name, u.name_sealed"
enum { BJ_PERSON_COL_CNT = 4 };
/* Finds an address: $1 its hash under either key (any), $2 itself. */
#define BJ_PERSON_WHERE "(u.email_hash = ANY($1::bytea[]) OR u.email = $2)"

/* What is found by it may be under the key before the newest too, while that one comes. */
enum { BJ_PERSON_HASH_TEXT = 2 + 2 * BJ_KEYS_HASH_BYTES + 1 };
typedef struct bj_person_hash {
    char text[BJ_PERSON_HASH_TEXT]; /* under the newest: what is written */
    char old[BJ_PERSON_HASH_TEXT];  /* under the one before; text if there is none */
    char any[2 * BJ_PERSON_HASH_TEXT + 12]; /* both, as PostgreSQL's bytea[]: what is looked for */
} bj_person_hash_t;

typedef struct bj_person_cells {
    bj_person_hash_t hash;
    bj_cell_t email, name;
} bj_person_cells_t;

/* Of somebody who was erased (who is never confirmed): "", and the name or "". */
BJ_MUST_USE bj_status_t bj_person_read(bj_keys_t *keys, uint64_t user_id,
                                       const bj_db_result_t *rows, size_t row, size_t col,
                                       char email[BJ_EMAIL_BYTES], char name[BJ_NAME_BYTES]);
/* email: lower case, as bj_email_read gives it. */
BJ_MUST_USE bj_status_t bj_person_hash(bj_keys_t *keys, const char *email, bj_person_hash_t *out);
/* A keyed hash of text, as PostgreSQL reads it; what: of which column, or for what. */
BJ_MUST_USE bj_status_t bj_person_mac(bj_keys_t *keys, const char *what, const char *text,
                                      bj_person_hash_t *out);
/* hash: of email, the very one that was adopted by: another may be under another key by now. */
BJ_MUST_USE bj_status_t bj_person_close(bj_keys_t *keys, uint64_t user_id, const char *email,
                                        const char *name, const bj_person_hash_t *hash,
                                        bj_person_cells_t *out);
BJ_MUST_USE bj_status_t bj_person_name(bj_keys_t *keys, uint64_t user_id, const char *name,
                                       bj_cell_t *out);

/* A number, as bj_phone_read gives it. */
BJ_MUST_USE bj_status_t bj_person_phone(bj_keys_t *keys, uint64_t user_id, const char *phone,
                                        bj_person_hash_t *hash, bj_cell_t *out);

/* In a transaction with an entry of the trail: */
/* A number for a new user, so that what is sealed can be bound to it. */
BJ_MUST_USE bj_status_t bj_person_next_id(bj_db_t *db, uint64_t *user_id);
/* If that address is there in clear, its row is sealed; if under an older key, hashed anew: from
 * now on the newest hash alone finds it, and the unique index holds.  Before one is written. */
BJ_MUST_USE bj_status_t bj_person_adopt(bj_db_t *db, bj_keys_t *keys, const char *email,
                                        const bj_person_hash_t *hash);
/* The same of a hash of "email" or "phone" alone, for what is in clear nowhere. */
BJ_MUST_USE bj_status_t bj_person_adopt_hash(bj_db_t *db, const char *kind,
                                             const bj_person_hash_t *hash);
/* Seals a row that is in clear.  BJ_ERR_EXISTS: a sealed row has that address (a server from before
 * sql/0012 gave it away again); the transaction goes on. */
BJ_MUST_USE bj_status_t bj_person_seal(bj_db_t *db, bj_keys_t *keys, uint64_t user_id,
                                       const char *email, const char *name);

#endif /* BJ_PERSON_H */
