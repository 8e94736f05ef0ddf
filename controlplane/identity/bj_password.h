#ifndef BJ_PASSWORD_H
#define BJ_PASSWORD_H

/* bj_password - what a password may be, and how it is kept: Argon2id (bj_argon.h).
 *
 * Rules    10 to 128 bytes of any kind; none that has leaked, by a list of this machine, as it is
 *          or in lower case; none of the worst ones with signs around it; nothing that cracklib
 *          makes out of its dictionary (words turned round, letters as digits, the user's own
 *          name), and not the e-mail address.
 * Cost     hash and verify: bj_argon's; only from the password lane.
 * Threads  any. */
#include "controlplane/identity/bj_leaked.h"

enum { BJ_PASSWORD_MIN = 10, BJ_PASSWORD_MAX = 128, BJ_PASSWORD_HASH_BYTES = 128 };

/* The dictionary that cracklib looks into, without its files' ending; once, at start.  Until then
 * only our own rules hold.  False: it is not there (cracklib would end the process later). */
BJ_MUST_USE bool bj_password_dictionary(const char *path);

/* The leaked ones, for as long as passwords are judged; NULL: none.  Once, at start. */
void bj_password_leaked(const bj_leaked_t *leaked);

/* NULL if the password may be used, else what it must be, as a sentence's end; the text is the
 * thread's until its next call. */
const char *bj_password_refused(const char *password, const char *email);

/* False: no memory. */
BJ_MUST_USE bool bj_password_hash(const char *password, char out[BJ_PASSWORD_HASH_BYTES]);
/* Of a password that nobody knows: the next one comes by mail. */
BJ_MUST_USE bool bj_password_nobodys(char out[BJ_PASSWORD_HASH_BYTES]);

/* hash NULL: there is no such user; takes the same time and says no. */
BJ_MUST_USE bool bj_password_verify(const char *hash, const char *password);

#endif /* BJ_PASSWORD_H */
