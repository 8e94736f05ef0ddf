#include "controlplane/access/bj_bucket.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_time.h"

enum { SLOTS = 1 << 14, PROBES = 8 };
#define FULL_NS (60 * BJ_NS_PER_S) /* an empty bucket is full again after a minute */

typedef struct slot {
    uint64_t key; /* 0: free */
    int64_t  full_ns; /* when it is full again; the level follows from it */
} slot_t;

struct bj_bucket {
    pthread_mutex_t lock;
    uint64_t salt; /* nobody outside can choose keys that meet in one slot */
    slot_t slot[SLOTS];
};

bj_bucket_t *bj_bucket_new(void) {
    bj_bucket_t *buckets = calloc(1, sizeof *buckets);
    if (!buckets || getrandom(&buckets->salt, sizeof buckets->salt, 0) < 0) {
        fprintf(stderr, "no memory for rate limits\n");
        exit(1);
    }
    pthread_mutex_init(&buckets->lock, NULL);
    return buckets;
}

void bj_bucket_free(bj_bucket_t *buckets) { free(buckets); }

/* The key's slot, or else the one of its neighbours that has been full for longest. */
static slot_t *find(bj_bucket_t *buckets, uint64_t key) {
    slot_t *oldest = NULL;
    for (uint64_t i = 0; i < PROBES; i++) {
        slot_t *slot = &buckets->slot[(key + i) & (SLOTS - 1)];
        if (slot->key == key) return slot;
        if (!oldest || slot->full_ns < oldest->full_ns) oldest = slot;
    }
    *oldest = (slot_t){.key = key, .full_ns = 0};
    return oldest;
}

bool bj_bucket_take(bj_bucket_t *buckets, const char *key, uint32_t burst, int64_t now_ns,
                    uint32_t *retry_s) {
    uint64_t hash = bj_fnv1a(BJ_FNV_OFFSET ^ buckets->salt, key, strlen(key));
    hash ^= hash >> 29;
    int64_t token_ns = FULL_NS / burst;
    pthread_mutex_lock(&buckets->lock);
    slot_t *slot = find(buckets, hash ? hash : 1);
    int64_t full_ns = (slot->full_ns > now_ns ? slot->full_ns : now_ns) + token_ns;
    bool ok = full_ns - now_ns <= token_ns * burst;
    if (ok) slot->full_ns = full_ns;
    pthread_mutex_unlock(&buckets->lock);
    int64_t wait_ns = full_ns - now_ns - token_ns * burst;
    *retry_s = ok ? 0 : (uint32_t)((wait_ns + BJ_NS_PER_S - 1) / BJ_NS_PER_S);
    return ok;
}
