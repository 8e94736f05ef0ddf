#include "controlplane/edge/bj_ended.h"

#include <stdlib.h>

enum { SLOTS = 131072 };
static_assert((int)BJ_ENDED_MAX < (int)SLOTS, "a free slot ends each search");

/* In the second in which the word came nobody can say what was first, and the clocks of two
 * machines are not quite one. */
enum { SLACK_S = 1 };

typedef struct slot {
    uint8_t who[BJ_PASS_WHO_BYTES];
    int64_t heard_s; /* 0: free */
} slot_t;

/* Two, which change places: what is in the older one is old enough to go all at once. */
typedef struct generation {
    slot_t  *slots;
    size_t   cnt;
} generation_t;

struct bj_ended {
    generation_t newer, older;
    int64_t      turn_s; /* when they change places */
    int64_t      floor_s;
};

bj_ended_t *bj_ended_new(int64_t now_s) {
    bj_ended_t *ended = calloc(1, sizeof *ended);
    if (!ended) return NULL;
    ended->newer.slots = calloc(SLOTS, sizeof *ended->newer.slots);
    ended->older.slots = calloc(SLOTS, sizeof *ended->older.slots);
    ended->turn_s = now_s + BJ_ENDED_KEEP_S;
    ended->floor_s = now_s;
    if (ended->newer.slots && ended->older.slots) return ended;
    bj_ended_free(ended);
    return NULL;
}

void bj_ended_free(bj_ended_t *ended) {
    if (!ended) return;
    free(ended->newer.slots);
    free(ended->older.slots);
    free(ended);
}

/* It is a hash already. */
static slot_t *find(const generation_t *of, const uint8_t *who) {
    uint64_t at;
    memcpy(&at, who, sizeof at);
    for (at &= SLOTS - 1; of->slots[at].heard_s; at = (at + 1) & (SLOTS - 1)) {
        if (memcmp(of->slots[at].who, who, BJ_PASS_WHO_BYTES) == 0) break;
    }
    return &of->slots[at];
}

static void empty(generation_t *of) {
    if (of->cnt) memset(of->slots, 0, SLOTS * sizeof *of->slots);
    of->cnt = 0;
}

static void turn(bj_ended_t *ended, int64_t now_s) {
    if (now_s < ended->turn_s) return;
    generation_t oldest = ended->older;
    empty(&oldest);
    ended->older = ended->newer;
    ended->newer = oldest;
    /* Nothing was heard for so long that neither is of use. */
    if (now_s >= ended->turn_s + BJ_ENDED_KEEP_S) empty(&ended->older);
    ended->turn_s = now_s + BJ_ENDED_KEEP_S;
}

bool bj_ended_put(bj_ended_t *ended, const uint8_t who[BJ_PASS_WHO_BYTES], int64_t now_s) {
    turn(ended, now_s);
    slot_t *slot = find(&ended->newer, who);
    if (!slot->heard_s && ended->newer.cnt == BJ_ENDED_MAX) {
        bj_ended_doubt(ended, now_s);
        return false;
    }
    ended->newer.cnt += !slot->heard_s;
    memcpy(slot->who, who, BJ_PASS_WHO_BYTES);
    slot->heard_s = now_s;
    return true;
}

void bj_ended_doubt(bj_ended_t *ended, int64_t now_s) {
    if (ended->floor_s < now_s) ended->floor_s = now_s;
}

bool bj_ended_named(const bj_ended_t *ended, const uint8_t who[BJ_PASS_WHO_BYTES],
                    int64_t made_s) {
    int64_t newer_s = find(&ended->newer, who)->heard_s;
    int64_t heard_s = newer_s ? newer_s : find(&ended->older, who)->heard_s;
    return heard_s && made_s <= heard_s + SLACK_S;
}

bool bj_ended_has(const bj_ended_t *ended, const uint8_t who[BJ_PASS_WHO_BYTES], int64_t made_s) {
    return made_s < ended->floor_s || bj_ended_named(ended, who, made_s);
}
