#include "controlplane/access/bj_limit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_time.h"

enum { SLOTS = 1 << 14, PROBES = 8, LEASE_MAX = 64, KEY_BYTES = 120 };
#define LEASE_NS BJ_NS_PER_S

/* A page of the web app asks a dozen things at once; ten orders a second are what an exchange lets
 * a person send without naming the algorithm (broker.md 1.1). */
const bj_limit_rate_t bj_limit_rates[BJ_TIER_CNT][BJ_LOAD_CNT] = {
    [BJ_TIER_ADDRESS] = {{20, 200}, {2, 10}},
    [BJ_TIER_USER] = {{50, 500}, {10, 50}},
    [BJ_TIER_APP] = {{10, 20}, {10, 10}},
};

typedef struct slot {
    uint64_t key;    /* 0: free */
    int64_t full_ns; /* when it is full again; the level follows from it */
    int64_t lease_end_ns;
    uint32_t lease;
} slot_t;

struct bj_limits {
    pthread_mutex_t lock;
    bj_limit_rate_t rate[BJ_TIER_CNT][BJ_LOAD_CNT];
    bj_cache_t *cache;
    uint64_t salt; /* nobody outside can choose keys that meet in one slot */
    bj_limit_figures_t figures;
    slot_t slot[SLOTS];
};

const char *bj_tier_name(bj_tier_t tier) {
    static const char *const names[BJ_TIER_CNT] = {"address", "user", "app"};
    return names[tier];
}

const char *bj_load_name(bj_load_t load) {
    return load == BJ_LOAD_ORDER ? "order" : "read";
}

bj_limits_t *bj_limits_new(const bj_limit_rate_t *rates, bj_cache_t *cache) {
    bj_limits_t *limits = calloc(1, sizeof *limits);
    if (!limits || getrandom(&limits->salt, sizeof limits->salt, 0) < 0) {
        fprintf(stderr, "no memory for request limits\n");
        exit(1);
    }
    memcpy(limits->rate, rates, sizeof limits->rate);
    limits->cache = cache;
    pthread_mutex_init(&limits->lock, NULL);
    return limits;
}

void bj_limits_free(bj_limits_t *limits) {
    if (limits) pthread_mutex_destroy(&limits->lock);
    free(limits);
}

/* The key's slot, or else the one of its neighbours that has been full for longest. */
static slot_t *find(bj_limits_t *limits, uint64_t key) {
    slot_t *oldest = NULL;
    for (uint64_t i = 0; i < PROBES; i++) {
        slot_t *slot = &limits->slot[(key + i) & (SLOTS - 1)];
        if (slot->key == key) return slot;
        if (!oldest || slot->full_ns < oldest->full_ns) oldest = slot;
    }
    *oldest = (slot_t){.key = key};
    return oldest;
}

static uint32_t seconds_up(int64_t ns) {
    return ns > 0 ? (uint32_t)((ns + BJ_NS_PER_S - 1) / BJ_NS_PER_S) : 1;
}

/* With the lock held.  False: the own bucket is empty. */
static bool take_own(slot_t *slot, bj_limit_rate_t rate, int64_t now_ns, bj_limit_room_t *room) {
    int64_t token_ns = BJ_NS_PER_S / rate.per_s, depth_ns = token_ns * rate.burst;
    int64_t full_ns = (slot->full_ns > now_ns ? slot->full_ns : now_ns) + token_ns;
    *room = (bj_limit_room_t){.burst = rate.burst};
    if (full_ns - now_ns > depth_ns) {
        room->retry_s = seconds_up(full_ns - now_ns - depth_ns);
        return false;
    }
    slot->full_ns = full_ns;
    room->left = (uint32_t)((depth_ns - (full_ns - now_ns)) / token_ns);
    return true;
}

/* Few enough that what is leased and not used is no loss: a quarter of what a second brings. */
static uint32_t lease_size(bj_limit_rate_t rate) {
    uint32_t size = rate.per_s / 4 < rate.burst / 8 ? rate.per_s / 4 : rate.burst / 8;
    return size < 1 ? 1 : size > LEASE_MAX ? LEASE_MAX : size;
}

static bool take_shared(bj_limits_t *limits, bj_limit_rate_t rate, const char *key, uint64_t hash,
                        int64_t now_ns, bj_limit_room_t *room) {
    uint32_t got = 0, wait_ms = 0;
    bj_status_t status = limits->cache
                             ? bj_cache_lease(limits->cache, key, 1000000 / rate.per_s, rate.burst,
                                              lease_size(rate), &got, &wait_ms)
                             : BJ_ERR_UNAVAILABLE;
    pthread_mutex_lock(&limits->lock);
    bool ok = true;
    slot_t *slot = find(limits, hash);
    /* Somebody else may have leased for the same bucket meanwhile. */
    uint32_t held = now_ns < slot->lease_end_ns ? slot->lease : 0;
    if (status != BJ_OK) {
        /* The own bucket alone decides, for as long as a lease lasts: then Redis is asked again. */
        limits->figures.local++;
        slot->lease = held + lease_size(rate) - 1;
        slot->lease_end_ns = now_ns + LEASE_NS;
    } else if (held + got > 0) {
        slot->lease = held + got - 1;
        if (got) slot->lease_end_ns = now_ns + LEASE_NS;
        limits->figures.leases += got > 0;
    } else {
        ok = false;
        limits->figures.refused++;
        room->left = 0;
        room->retry_s = seconds_up(wait_ms * BJ_NS_PER_MS);
    }
    pthread_mutex_unlock(&limits->lock);
    return ok;
}

/* What can be said here: 1 taken under a lease, 0 refused by the own bucket, -1 neither.  The own
 * token of the latter is taken only by who asks for a lease next. */
static int take_here(bj_limits_t *limits, bj_limit_rate_t rate, uint64_t hash, bool asks_next,
                     int64_t now_ns, bj_limit_room_t *room) {
    pthread_mutex_lock(&limits->lock);
    slot_t *slot = find(limits, hash);
    int64_t full_ns = slot->full_ns;
    bool ok = take_own(slot, rate, now_ns, room);
    bool leased = ok && slot->lease > 0 && now_ns < slot->lease_end_ns;
    if (leased) slot->lease--;
    else if (ok && !asks_next) slot->full_ns = full_ns;
    limits->figures.refused += !ok;
    pthread_mutex_unlock(&limits->lock);
    return leased ? 1 : ok ? -1 : 0;
}

static uint64_t hash_of(const bj_limits_t *limits, bj_tier_t tier, bj_load_t load,
                        const char *who, char key[KEY_BYTES]) {
    snprintf(key, KEY_BYTES, "limit:%s:%s:%.80s", bj_tier_name(tier), bj_load_name(load), who);
    uint64_t hash = bj_fnv1a(BJ_FNV_OFFSET ^ limits->salt, key, strlen(key));
    hash ^= hash >> 29;
    return hash ? hash : 1;
}

bool bj_limits_take(bj_limits_t *limits, bj_tier_t tier, bj_load_t load, const char *who,
                    int64_t now_ns, bj_limit_room_t *room) {
    char key[KEY_BYTES];
    bj_limit_rate_t rate = limits->rate[tier][load];
    uint64_t hash = hash_of(limits, tier, load, who, key);
    int here = take_here(limits, rate, hash, true, now_ns, room);
    return here < 0 ? take_shared(limits, rate, key, hash, now_ns, room) : here > 0;
}

int bj_limits_take_now(bj_limits_t *limits, bj_tier_t tier, bj_load_t load, const char *who,
                       int64_t now_ns, bj_limit_room_t *room) {
    char key[KEY_BYTES];
    uint64_t hash = hash_of(limits, tier, load, who, key);
    return take_here(limits, limits->rate[tier][load], hash, false, now_ns, room);
}

bool bj_limits_left(bj_limits_t *limits, bj_tier_t tier, bj_load_t load, const char *who,
                    int64_t now_ns, bj_limit_room_t *room) {
    char key[KEY_BYTES];
    uint64_t hash = hash_of(limits, tier, load, who, key);
    pthread_mutex_lock(&limits->lock);
    slot_t slot = *find(limits, hash);
    bool ok = take_own(&slot, limits->rate[tier][load], now_ns, room);
    limits->figures.refused += !ok;
    pthread_mutex_unlock(&limits->lock);
    return ok;
}

bj_limit_figures_t bj_limits_figures(bj_limits_t *limits) {
    pthread_mutex_lock(&limits->lock);
    bj_limit_figures_t figures = limits->figures;
    pthread_mutex_unlock(&limits->lock);
    return figures;
}
