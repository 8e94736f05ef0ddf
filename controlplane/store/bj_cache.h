#ifndef BJ_CACHE_H
#define BJ_CACHE_H

/* bj_cache - Redis over its unix socket: what may be lost.
 *
 * Purpose    last quotes, copies of sessions, rate-limit counters.  Everyone must go on without it.
 * Threads    any; connections are pooled.
 * Errors     BJ_ERR_UNAVAILABLE  away; said at once for a pause after a failure (at most 1 s)
 *            BJ_ERR_NOT_FOUND    no such key        BJ_ERR_FULL  the value is longer than out
 *            BJ_ERR_DB           Redis refused the command
 * Cost       a round trip on a socket, at most 100 ms. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_status.h"

typedef struct bj_cache bj_cache_t;

typedef struct bj_cache_item {
    const char *key, *value; /* borrowed for the call */
    size_t      value_bytes;
} bj_cache_item_t;

bj_cache_t *bj_cache_new(const char *socket_path); /* connects when first asked */
void bj_cache_free(bj_cache_t *cache);
bool bj_cache_up(bj_cache_t *cache); /* what the last attempt saw */

/* *value_bytes leaves out the NUL that is put behind it. */
BJ_MUST_USE bj_status_t bj_cache_get(bj_cache_t *cache, const char *key, char *out,
                                     size_t out_bytes, size_t *value_bytes);
BJ_MUST_USE bj_status_t bj_cache_set(bj_cache_t *cache, const char *key, const char *value,
                                     size_t value_bytes, int32_t ttl_s);
/* BJ_ERR_EXISTS: there is a value already, and it stays.  A value that nobody else would set there
 * (with a nonce, say) is told from others' also where Redis ended the connection in between. */
BJ_MUST_USE bj_status_t bj_cache_set_new(bj_cache_t *cache, const char *key, const char *value,
                                         size_t value_bytes, int32_t ttl_s);
/* Adds one to a counter that ends ttl_s after it began; *count is its new value. */
BJ_MUST_USE bj_status_t bj_cache_count(bj_cache_t *cache, const char *key, int32_t ttl_s,
                                       int64_t *count);
/* Up to `want` tokens of a bucket that holds `burst` and gets one each token_us; *got 0: none are
 * left, and *wait_ms says when the next one comes. */
BJ_MUST_USE bj_status_t bj_cache_lease(bj_cache_t *cache, const char *key, int64_t token_us,
                                       int64_t burst, int64_t want, uint32_t *got,
                                       uint32_t *wait_ms);
/* Many sets in one round trip. */
BJ_MUST_USE bj_status_t bj_cache_set_many(bj_cache_t *cache, const bj_cache_item_t *items,
                                          size_t item_cnt, int32_t ttl_s);

#endif /* BJ_CACHE_H */
