#ifndef BJ_COPY_H
#define BJ_COPY_H

/* bj_copy - what stands for somebody in Redis, with a mark that it was put there by us.
 *
 * A copy says who is asking and as what.  Redis asks nobody for a password, and without the mark
 * whoever can write there would be admin by a line of JSON.
 * Shape    the text, a line feed, HMAC-SHA-256 in 64 digits; over the text and the key that it lies
 *          under, so that a copy is good in its own place only.
 * Threads  any.  Cost: a SHA-256 and an HMAC. */
#include "controlplane/keys/bj_keys.h"

enum { BJ_COPY_MARK_BYTES = 65 };

/* False: it does not fit, or the key for it cannot be had now.  Nobody keeps a copy then. */
BJ_MUST_USE bool bj_copy_seal(bj_keys_t *keys, const char *key, char *text, size_t text_size);
/* Takes the mark away.  False: it is none of ours, or nobody can say now: ask the record. */
BJ_MUST_USE bool bj_copy_open(bj_keys_t *keys, const char *key, char *text);

#endif /* BJ_COPY_H */
