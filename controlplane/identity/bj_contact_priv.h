#ifndef BJ_CONTACT_PRIV_H
#define BJ_CONTACT_PRIV_H

/* What the files of bj_contact share. */
#include "controlplane/identity/bj_contact.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_person.h"

enum { BJ_CONTACT_CODE_BYTES = 7, BJ_CONTACT_HINT_BYTES = 16 };

/* A kind's columns and words. */
typedef struct bj_contact_words {
    const char *name;     /* as SQL and routes have it */
    const char *column;   /* what a cell is bound to, and a keyed hash is of */
    const char *old_sql;  /* hash and cell of $1's, if there is one */
    const char *back_sql; /* $1's becomes hash $2, cell $3; the password $4 */
} bj_contact_words_t;
extern const bj_contact_words_t bj_contact_words[BJ_CONTACT_CNT];

/* "a***", "+91********10": what others than the person may see. */
const char *bj_contact_hint(bj_contact_kind_t kind, const char *text,
                            char out[BJ_CONTACT_HINT_BYTES]);

/* What it is found by. */
BJ_MUST_USE bj_status_t bj_contact_hash(bj_keys_t *keys, bj_contact_kind_t kind, const char *to,
                                        bj_person_hash_t *out);

/* Room for one code: of whose, to what hash it goes, and from where it is asked for; counted by
 * what it is for.  BJ_ERR_DENIED: *retry_s. */
BJ_MUST_USE bj_status_t bj_contact_take_sends(bj_identity_t *identity, const char *what,
                                              uint64_t user_id, const char *hash,
                                              const char *address, uint32_t *retry_s);

/* Six digits, and the only form in which they are kept: by a key that the database has not. */
void bj_contact_code_make(char out[BJ_CONTACT_CODE_BYTES]);
BJ_MUST_USE bj_status_t bj_contact_code_hash(bj_keys_t *keys, uint64_t user_id,
                                             bj_contact_kind_t kind, const char *code,
                                             bj_person_hash_t *out);

/* --- what is written to people (bj_contact_text.c).  What stands stands, mail or no mail. */
/* code NULL: somebody else has it, and is told so. */
void bj_contact_send_code(bj_identity_t *identity, bj_contact_kind_t kind, const char *to,
                          const char *code);
/* email: of the account now; old: "" if there was none; undo: the link's token. */
typedef struct bj_contact_changed {
    bj_contact_kind_t kind;
    char email[BJ_EMAIL_BYTES], old[BJ_EMAIL_BYTES], now[BJ_EMAIL_BYTES], undo[BJ_TOKEN_BYTES];
} bj_contact_changed_t;
void bj_contact_tell_changed(bj_identity_t *identity, const bj_contact_changed_t *changed);
void bj_contact_tell_undone(bj_identity_t *identity, bj_contact_kind_t kind, const char *email);

#endif /* BJ_CONTACT_PRIV_H */
