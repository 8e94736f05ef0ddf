#include "dataplane/bcast/bj_lzo1z.h"

enum {
    FIRST_RUN = 17,     /* a first byte above it is a run of that many fewer literals */
    RUN_LEAST = 4,      /* literals from which on they are a run; fewer ride on a match */
    NEAR_MAX = 0x700,   /* distances of the short match */
    FAR_FROM = 0x4000,  /* distances of the farthest */
    AGAIN = 28,         /* of five bits: as far as last */
    WORD_BYTES = 8,     /* copied at once */
};

typedef struct state {
    const uint8_t *in, *in_end;
    uint8_t *out, *out_first, *out_end;
    size_t distance; /* of the last match; 0: none yet */
    size_t literals; /* just before this instruction: 0 to 3, or RUN_LEAST for a run */
} state_t;

typedef struct match {
    size_t bytes, distance;
    size_t literals; /* behind it */
} match_t;

static bool next(state_t *s, size_t *byte) {
    if (s->in == s->in_end) return false;
    *byte = *s->in++;
    return true;
}

/* A count of 0 in the instruction is written out: 255 for each byte 0, then the rest.  It cannot
 * wrap: each byte of the input adds 255 at most. */
static bool long_count(state_t *s, size_t base, size_t *cnt) {
    size_t byte = 0;
    if (*cnt) return true;
    for (*cnt = base;; *cnt += 255) {
        if (!next(s, &byte)) return false;
        if (byte) break;
    }
    *cnt += byte;
    return true;
}

static bj_status_t literals(state_t *s, size_t cnt) {
    if ((size_t)(s->in_end - s->in) < cnt) return BJ_ERR_TRUNCATED;
    if ((size_t)(s->out_end - s->out) < cnt) return BJ_ERR_FULL;
    memcpy(s->out, s->in, cnt);
    s->in += cnt, s->out += cnt;
    return BJ_OK;
}

/* The two may overlap: then what was just written is written again. */
static bj_status_t copy(state_t *s, const match_t *match) {
    if (match->distance == 0 || (size_t)(s->out - s->out_first) < match->distance)
        return BJ_ERR_BAD_FIELD;
    if ((size_t)(s->out_end - s->out) < match->bytes) return BJ_ERR_FULL;
    const uint8_t *from = s->out - match->distance;
    uint8_t *to = s->out;
    size_t left = match->bytes;
    if (match->distance == 1) { /* a run of one byte */
        memset(to, *from, left);
        left = 0;
    } else if (match->distance >= WORD_BYTES) {
        for (; left >= WORD_BYTES; left -= WORD_BYTES, from += WORD_BYTES, to += WORD_BYTES)
            memcpy(to, from, WORD_BYTES);
    }
    while (left--) *to++ = *from++;
    s->out += match->bytes;
    s->distance = match->distance;
    return literals(s, match->literals);
}

/* The distance's last byte. */
static bool near_distance(state_t *s, size_t high, match_t *match) {
    size_t byte;
    if (!next(s, &byte)) return false;
    match->distance = 1 + (high << 6) + (byte >> 2);
    match->literals = byte & 3;
    return true;
}

static bool far_distance(state_t *s, match_t *match) {
    size_t high;
    return next(s, &high) && near_distance(s, high, match);
}

/* --- the five instructions */
static bool read_least(state_t *s, size_t op, match_t *match) {
    bool run = s->literals == RUN_LEAST;
    if (!near_distance(s, op, match)) return false;
    match->bytes = run ? 3 : 2;
    if (run) match->distance += NEAR_MAX;
    return true;
}

static bool read_short(state_t *s, size_t op, match_t *match) {
    match->bytes = (op >> 5) + 1;
    if ((op & 31) < AGAIN) return near_distance(s, op & 31, match);
    match->distance = s->distance;
    match->literals = op & 3;
    return true;
}

static bool read_middle(state_t *s, size_t op, match_t *match) {
    match->bytes = op & 31;
    if (!long_count(s, 31, &match->bytes) || !far_distance(s, match)) return false;
    match->bytes += 2;
    return true;
}

/* Distance 0 here: the end mark. */
static bool read_far(state_t *s, size_t op, match_t *match) {
    match->bytes = op & 7;
    if (!long_count(s, 7, &match->bytes) || !far_distance(s, match)) return false;
    match->bytes += 2;
    match->distance += (op & 8) << 11;
    match->distance = match->distance > 1 ? match->distance - 1 + FAR_FROM : 0;
    return true;
}

static bj_status_t run(state_t *s, size_t op) {
    if (!long_count(s, 15, &op)) return BJ_ERR_TRUNCATED;
    s->literals = RUN_LEAST;
    return literals(s, op + 3);
}

/* --- all of it */
static bj_status_t begin(state_t *s) {
    if (s->in == s->in_end) return BJ_ERR_TRUNCATED;
    if (*s->in <= FIRST_RUN) return BJ_OK;
    size_t cnt = (size_t)*s->in++ - FIRST_RUN;
    s->literals = cnt < RUN_LEAST ? cnt : RUN_LEAST;
    return literals(s, cnt);
}

static bj_status_t step(state_t *s, bool *ended) {
    size_t op;
    match_t match = {0};
    if (!next(s, &op)) return BJ_ERR_TRUNCATED;
    if (op < 16 && s->literals == 0) return run(s, op);
    bool whole = op >= 64   ? read_short(s, op, &match)
                 : op >= 32 ? read_middle(s, op, &match)
                 : op >= 16 ? read_far(s, op, &match)
                            : read_least(s, op, &match);
    if (!whole) return BJ_ERR_TRUNCATED;
    *ended = op >= 16 && op < 32 && match.distance == 0;
    if (*ended) return s->in == s->in_end ? BJ_OK : BJ_ERR_BAD_FIELD;
    s->literals = match.literals;
    return copy(s, &match);
}

bj_status_t bj_lzo1z_decompress(const uint8_t *in, size_t in_bytes, uint8_t *out,
                                size_t *out_bytes) {
    state_t s = {.in = in, .in_end = in + in_bytes,
                 .out = out, .out_first = out, .out_end = out + *out_bytes};
    bool ended = false;
    bj_status_t status = begin(&s);
    while (status == BJ_OK && !ended) status = step(&s, &ended);
    *out_bytes = (size_t)(s.out - out);
    return status;
}
