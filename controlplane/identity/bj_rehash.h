#ifndef BJ_REHASH_H
#define BJ_REHASH_H

/* bj_rehash - another key, and with it perhaps another algorithm, for what addresses and numbers
 * are found by.
 *
 * Rule     from the commit on whatever is written is under the new key.  Links, changes that wait
 * and ways back, which lie for days only, are under it at once; accounts follow a few at a time
 *          (bj_reseal_step), and are found under either key until then.  One change at a time.
 * Unique   whoever writes an address first adopts the row that has it under the old key
 *          (bj_person_adopt), and then meets it in the unique index.  docs/keys.md.
 * Threads  any.
 * Cost     nobody writes an address meanwhile: of more than BJ_REHASH_MAX such rows none is
 *          done.
 * Errors   bj_keys_lookup_renew's; BJ_ERR_UNAVAILABLE: too many, too. */
#include "controlplane/keys/bj_keys.h"

enum { BJ_REHASH_MAX = 4000 };

BJ_MUST_USE bj_status_t bj_rehash_begin(bj_keys_t *keys, const bj_trail_who_t *who,
                                        const char *reason, uint16_t *key_id);

#endif /* BJ_REHASH_H */
