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
/* Finds an address: $1 its hash, $2 itself. */
#define BJ_PERSON_WHERE "(u.email_hash = $1::bytea OR u.email = $2)"

typedef struct bj_person_hash {
    char text[2 + 2 * BJ_KEYS_MAC_BYTES + 1];
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
BJ_MUST_USE bj_status_t bj_person_close(bj_keys_t *keys, uint64_t user_id, const char *email,
                                        const char *name, bj_person_cells_t *out);
BJ_MUST_USE bj_status_t bj_person_name(bj_keys_t *keys, uint64_t user_id, const char *name,
                                       bj_cell_t *out);

/* A number, as bj_phone_read gives it. */
BJ_MUST_USE bj_status_t bj_person_phone(bj_keys_t *keys, uint64_t user_id, const char *phone,
                                        bj_person_hash_t *hash, bj_cell_t *out);

/* In a transaction with an entry of the trail: */
/* A number for a new user, so that what is sealed can be bound to it. */
BJ_MUST_USE bj_status_t bj_person_next_id(bj_db_t *db, uint64_t *user_id);
/* If that address is there in clear, its row is sealed: from now on the hash alone finds it. */
BJ_MUST_USE bj_status_t bj_person_adopt(bj_db_t *db, bj_keys_t *keys, const char *email);
/* Seals a row that is in clear.  BJ_ERR_EXISTS: a sealed row has that address (a server from before
 * sql/0012 gave it away again); the transaction goes on. */
BJ_MUST_USE bj_status_t bj_person_seal(bj_db_t *db, bj_keys_t *keys, uint64_t user_id,
                                       const char *email, const char *name);

#endif /* BJ_PERSON_H */
