#include "sim/exchange/bj_fault.h"

#include <stdlib.h>
#include "sim/exchange/bj_late.h"

const char *const bj_fault_names[BJ_FAULT_KINDS] = {
    [BJ_FAULT_SILENCE] = "silence",     [BJ_FAULT_DROP] = "drop",
    [BJ_FAULT_CORRUPT] = "corrupt",     [BJ_FAULT_DUPLICATE] = "duplicate",
    [BJ_FAULT_REORDER] = "reorder",     [BJ_FAULT_DELAY] = "delay"};

typedef struct rule {
    uint32_t permille, next, depth;
} rule_t;

/* What is wrong with one stream of one who. */
typedef struct rules {
    uint64_t rng;
    int64_t  silent_to_ns, delay_ns;
    rule_t   rule[BJ_FAULT_KINDS];
} rules_t;

typedef struct held {
    uint32_t left; /* so many later datagrams go first; 0: free */
    bj_late_datagram_t datagram;
    uint8_t  data[BJ_DATAGRAM_BYTES_MAX]; /* its */
} held_t;

/* What befalls one copy of one datagram. */
typedef struct verdict {
    bool     hit[BJ_FAULT_KINDS];
    uint32_t depth;
    int64_t  delay_ns;
    uint64_t dice; /* for what to corrupt */
} verdict_t;

struct bj_faults {
    bj_faults_config_t config;
    rules_t    rules[BJ_WHO_CNT][BJ_UNIVERSE_STREAM_MAX];
    held_t     held[BJ_SOURCES][BJ_UNIVERSE_STREAM_MAX][BJ_FAULT_HELD_MAX];
    uint64_t   cnt[BJ_SOURCES][BJ_FAULT_KINDS];
    bj_late_t *late[BJ_SOURCES];
};

static uint64_t roll(uint64_t *rng) { /* splitmix64 */
    uint64_t z = *rng += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* --- what is wrong */
void bj_faults_seed(bj_faults_t *faults, uint64_t seed) {
    for (uint32_t w = 0; w < BJ_WHO_CNT; w++) {
        for (uint32_t i = 0; i < BJ_UNIVERSE_STREAM_MAX; i++) {
            uint64_t own = seed + w * 64 + i;
            faults->rules[w][i].rng = roll(&own);
        }
    }
}

static void set_one(rules_t *rules, const bj_fault_t *fault, int64_t now_ns) {
    if (fault->kind == BJ_FAULT_DELAY) {
        rules->delay_ns = fault->time_ns;
    } else if (fault->kind == BJ_FAULT_SILENCE) {
        bool ever = fault->time_ns == INT64_MAX;
        rules->silent_to_ns = ever ? INT64_MAX : fault->time_ns ? now_ns + fault->time_ns : 0;
    } else {
        rules->rule[fault->kind] = (rule_t){fault->permille, fault->next, fault->depth};
    }
}

void bj_faults_set(bj_faults_t *faults, const bj_fault_t *fault, int64_t now_ns) {
    for (uint32_t i = 0; i < faults->config.stream_cnt; i++) {
        if (fault->streams >> i & 1) set_one(&faults->rules[fault->who][i], fault, now_ns);
    }
}

static void clear_one(bj_faults_t *faults, bj_who_t who, uint32_t stream_idx) {
    rules_t *rules = &faults->rules[who][stream_idx];
    *rules = (rules_t){.rng = rules->rng};
    if (who == BJ_WHO_BOTH) return;
    for (uint32_t h = 0; h < BJ_FAULT_HELD_MAX; h++) { /* they go behind the next one */
        held_t *held = &faults->held[who][stream_idx][h];
        if (held->left) held->left = 1;
    }
}

void bj_faults_clear(bj_faults_t *faults, bj_who_t who, uint64_t streams) {
    for (uint32_t i = 0; i < faults->config.stream_cnt; i++) {
        if (!(streams >> i & 1)) continue;
        for (bj_who_t w = 0; w < BJ_WHO_CNT; w++) {
            if (w == who || who == BJ_WHO_BOTH) clear_one(faults, w, i);
        }
    }
}

/* --- what befalls a datagram */
static bool strikes(rules_t *rules, bj_fault_kind_t kind) {
    rule_t *rule = &rules->rule[kind];
    if (rule->next) {
        rule->next--;
        return true;
    }
    return rule->permille && roll(&rules->rng) % 1000 < rule->permille;
}

static void judge(rules_t *rules, int64_t now_ns, verdict_t *verdict) {
    if (now_ns < rules->silent_to_ns) verdict->hit[BJ_FAULT_SILENCE] = true;
    for (bj_fault_kind_t kind = BJ_FAULT_DROP; kind <= BJ_FAULT_REORDER; kind++) {
        if (!strikes(rules, kind)) continue;
        verdict->hit[kind] = true;
        if (kind == BJ_FAULT_REORDER) verdict->depth = rules->rule[kind].depth;
        if (kind == BJ_FAULT_CORRUPT) verdict->dice = roll(&rules->rng);
    }
    verdict->hit[BJ_FAULT_DELAY] |= rules->delay_ns > 0;
    verdict->delay_ns += rules->delay_ns;
}

/* One to three neighbouring bytes become others, in a copy. */
static void corrupt(bj_late_datagram_t *datagram, uint8_t copy[BJ_DATAGRAM_BYTES_MAX],
                    uint64_t dice) {
    if (datagram->data_bytes < 3) return;
    uint64_t at = roll(&dice);
    memcpy(copy, datagram->data, datagram->data_bytes);
    datagram->data = copy;
    for (uint64_t left = 1 + roll(&dice) % 3; left; left--) {
        copy[at++ % datagram->data_bytes] ^= (uint8_t)(1 + roll(&dice) % 255);
    }
}

/* --- out */
static void send_first(bj_faults_t *faults, uint32_t source, int64_t sent_ns) {
    const bj_late_datagram_t *first = bj_late_first(faults->late[source]);
    faults->config.send(faults->config.ctx, source, first->stream_idx, first->data,
                        first->data_bytes, sent_ns);
    bj_late_drop(faults->late[source]);
}

static void send_due(bj_faults_t *faults, uint32_t source, int64_t now_ns) {
    const bj_late_datagram_t *first;
    while ((first = bj_late_first(faults->late[source])) && first->due_ns <= now_ns) {
        send_first(faults, source, first->due_ns);
    }
}

static void queue(bj_faults_t *faults, uint32_t source, const bj_late_datagram_t *datagram,
                  int64_t now_ns) {
    if (datagram->due_ns <= now_ns) {
        faults->config.send(faults->config.ctx, source, datagram->stream_idx, datagram->data,
                            datagram->data_bytes, now_ns);
        return;
    }
    while (bj_late_full(faults->late[source])) send_first(faults, source, now_ns);
    bj_late_put(faults->late[source], datagram);
}

/* Behind the datagram that has just gone out come those that waited for it. */
static void release(bj_faults_t *faults, uint32_t source, uint32_t stream_idx, int64_t now_ns,
                    int64_t due_ns) {
    for (uint32_t h = 0; h < BJ_FAULT_HELD_MAX; h++) {
        held_t *held = &faults->held[source][stream_idx][h];
        if (!held->left || --held->left) continue;
        if (held->datagram.due_ns < due_ns) held->datagram.due_ns = due_ns;
        queue(faults, source, &held->datagram, now_ns);
    }
}

static bool hold(bj_faults_t *faults, uint32_t source, const bj_late_datagram_t *datagram,
                 uint32_t depth) {
    for (uint32_t h = 0; h < BJ_FAULT_HELD_MAX; h++) {
        held_t *held = &faults->held[source][datagram->stream_idx][h];
        if (held->left) continue;
        held->left = depth;
        held->datagram = *datagram;
        held->datagram.data = memcpy(held->data, datagram->data, datagram->data_bytes);
        return true;
    }
    return false;
}

static void put_copy(bj_faults_t *faults, uint32_t source, bj_late_datagram_t datagram,
                     const verdict_t *both, int64_t now_ns) {
    verdict_t verdict = *both;
    uint64_t *cnt = faults->cnt[source];
    uint8_t corrupted[BJ_DATAGRAM_BYTES_MAX];
    judge(&faults->rules[source][datagram.stream_idx], now_ns, &verdict);
    send_due(faults, source, now_ns);
    for (bj_fault_kind_t kind = BJ_FAULT_SILENCE; kind <= BJ_FAULT_DROP; kind++) {
        if (!verdict.hit[kind]) continue;
        cnt[kind]++;
        return;
    }
    datagram.due_ns = now_ns + faults->config.delay_ns[source] + verdict.delay_ns;
    cnt[BJ_FAULT_DELAY] += verdict.hit[BJ_FAULT_DELAY];
    cnt[BJ_FAULT_CORRUPT] += verdict.hit[BJ_FAULT_CORRUPT];
    if (verdict.hit[BJ_FAULT_CORRUPT]) corrupt(&datagram, corrupted, verdict.dice);
    bool held = verdict.hit[BJ_FAULT_REORDER] && hold(faults, source, &datagram, verdict.depth);
    cnt[BJ_FAULT_REORDER] += held;
    cnt[BJ_FAULT_DUPLICATE] += verdict.hit[BJ_FAULT_DUPLICATE];
    int copies = 1 + verdict.hit[BJ_FAULT_DUPLICATE] - held;
    if (!copies) return;
    while (copies--) queue(faults, source, &datagram, now_ns);
    release(faults, source, datagram.stream_idx, now_ns, datagram.due_ns);
}

void bj_faults_put(bj_faults_t *faults, uint32_t stream_idx, const void *data, size_t data_bytes,
                   int64_t now_ns) {
    assert(stream_idx < faults->config.stream_cnt && data_bytes <= BJ_DATAGRAM_BYTES_MAX);
    bj_late_datagram_t datagram = {.stream_idx = stream_idx, .data_bytes = (uint32_t)data_bytes,
                                   .data = data};
    verdict_t both = {0};
    judge(&faults->rules[BJ_WHO_BOTH][stream_idx], now_ns, &both);
    for (uint32_t s = 0; s < BJ_SOURCES; s++) put_copy(faults, s, datagram, &both, now_ns);
}

void bj_faults_due(bj_faults_t *faults, int64_t now_ns) {
    for (uint32_t s = 0; s < BJ_SOURCES; s++) send_due(faults, s, now_ns);
}

void bj_faults_flush(bj_faults_t *faults) {
    for (uint32_t s = 0; s < BJ_SOURCES; s++) {
        int64_t last_ns = 0;
        while (bj_late_first(faults->late[s])) {
            send_first(faults, s, last_ns = bj_late_first(faults->late[s])->due_ns);
        }
        for (uint32_t i = 0; i < faults->config.stream_cnt; i++) {
            for (uint32_t h = 0; h < BJ_FAULT_HELD_MAX; h++) {
                held_t *held = &faults->held[s][i][h];
                if (!held->left) continue;
                held->left = 0;
                if (held->datagram.due_ns > last_ns) last_ns = held->datagram.due_ns;
                queue(faults, s, &held->datagram, last_ns);
            }
        }
    }
}

int64_t bj_faults_next_ns(const bj_faults_t *faults) {
    int64_t next_ns = INT64_MAX;
    for (uint32_t s = 0; s < BJ_SOURCES; s++) {
        const bj_late_datagram_t *first = bj_late_first(faults->late[s]);
        if (first && first->due_ns < next_ns) next_ns = first->due_ns;
    }
    return next_ns;
}

uint64_t bj_faults_cnt(const bj_faults_t *faults, uint32_t source, bj_fault_kind_t kind) {
    return faults->cnt[source][kind];
}

bj_faults_t *bj_faults_new(const bj_faults_config_t *config) {
    bj_faults_t *faults = calloc(1, sizeof *faults);
    if (!faults) return NULL;
    faults->config = *config;
    bj_faults_seed(faults, config->seed);
    for (uint32_t s = 0; s < BJ_SOURCES; s++) {
        faults->late[s] = bj_late_new(BJ_FAULT_QUEUE_MAX);
        if (faults->late[s]) continue;
        bj_faults_free(faults);
        return NULL;
    }
    return faults;
}

void bj_faults_free(bj_faults_t *faults) {
    if (!faults) return;
    for (uint32_t s = 0; s < BJ_SOURCES; s++) bj_late_free(faults->late[s]);
    free(faults);
}
