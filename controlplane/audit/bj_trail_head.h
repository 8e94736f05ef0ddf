#ifndef BJ_TRAIL_HEAD_H
#define BJ_TRAIL_HEAD_H

/* bj_trail_head - signed tree heads: "the first SIZE entries are these, and no others".
 *
 * Purpose  What a head vouches for cannot be changed any more without being seen, whoever has the
 *          database; heads lie outside it, and whoever has copied one can check.
 * Shape    a note of text lines, an empty line, and the signature's line (the checkpoint of public
 *          transparency logs, C2SP tlog-checkpoint and signed-note, Ed25519):
 *              bijli-audit
 *              SIZE                        entries, decimal
 *              ROOT                        of bj_merkle, base64
 *              time 2026-08-03T09:15:00.000Z
 *              chain HEX                   chain hash of entry SIZE
 *
 *              (em dash) bijli-audit BASE64      4 bytes that name the key, 64 of signature
 *          A file of heads is notes one after the other, an empty line between them.
 * Owner    keys are the caller's: bj_trail_key_free.
 * Threads  any; a key may be used by one thread at a time.
 * Cost     some 60 us to sign, 150 us to check. */
#include <stdio.h>
#include "controlplane/audit/bj_merkle.h"
#include "dataplane/base/bj_status.h"

enum { BJ_TRAIL_NOTE_BYTES = 512 };

typedef struct bj_trail_head {
    uint64_t         size;
    int64_t          time_ns; /* to the millisecond */
    bj_merkle_hash_t root, chain;
} bj_trail_head_t;

typedef struct bj_trail_key bj_trail_key_t;

/* PEM files as `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout` write them.  NULL:
 * absent, or no such key. */
bj_trail_key_t *bj_trail_key_private(const char *file);
bj_trail_key_t *bj_trail_key_public(const char *file);
void bj_trail_key_free(bj_trail_key_t *key); /* NULL is allowed */
/* The four bytes that name it, in hex. */
const char *bj_trail_key_name(const bj_trail_key_t *key, char out[9]);

/* False: the key is no private one, or OpenSSL refused. */
BJ_MUST_USE bool bj_trail_head_sign(const bj_trail_head_t *head, const bj_trail_key_t *key,
                                    char note[BJ_TRAIL_NOTE_BYTES]);

/* BJ_ERR_CORRUPT: it is no note of ours; BJ_ERR_DENIED: it was not signed by this key.  key NULL:
 * the signature is not looked at. */
BJ_MUST_USE bj_status_t bj_trail_head_open(const char *note, const bj_trail_key_t *key,
                                           bj_trail_head_t *head);

/* The next note of a file.  False: there is none.  What lies between, such as half a note of a
 * crash, is passed over and counted in *torn_cnt, a block of lines at a time. */
BJ_MUST_USE bool bj_trail_note_next(FILE *file, char note[BJ_TRAIL_NOTE_BYTES], size_t *torn_cnt);

#endif /* BJ_TRAIL_HEAD_H */
