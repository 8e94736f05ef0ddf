#ifndef BJ_LEAKED_H
#define BJ_LEAKED_H

/* bj_leaked - has a password leaked?  By a file of this machine; nobody outside is asked.
 *
 * File     a line a password: SHA-1 in 40 hex digits of upper case, ':', how often it was seen, LF
 *          or CR LF; sorted by hash, none twice.  So is what Have I Been Pwned gives away ("Pwned
 *          Passwords", SHA-1, ordered by hash; haveibeenpwned.com/Passwords), 40 GB of it.
 * Check    at start: every line of the first 8 MiB, the last one, and a thousand between, which
 *          takes as long for any size.  Of what is wrong later on a look-up says that it is broken.
 * Cost     a binary search by reads: about 36 of 128 bytes in 40 GB.  Nothing is mapped, so a file
 *          that is cut while it is open ends no process.  A file that takes its place by name is
 *          seen at the next start.
 * Threads  any may look. */
#include "dataplane/base/bj_base.h"

enum { BJ_LEAKED_ERROR_BYTES = 160 };

typedef struct bj_leaked bj_leaked_t;

typedef enum bj_leaked_said { BJ_LEAKED_NO, BJ_LEAKED_YES, BJ_LEAKED_BROKEN } bj_leaked_said_t;

/* NULL: error says where, and why. */
bj_leaked_t *bj_leaked_open(const char *path, char error[BJ_LEAKED_ERROR_BYTES]);
void bj_leaked_close(bj_leaked_t *leaked);

/* As it is, byte by byte. */
BJ_MUST_USE bj_leaked_said_t bj_leaked_find(const bj_leaked_t *leaked, const char *password);

#endif /* BJ_LEAKED_H */
