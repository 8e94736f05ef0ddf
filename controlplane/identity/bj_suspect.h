#ifndef BJ_SUSPECT_H
#define BJ_SUSPECT_H

/* bj_suspect - is this log-in like the ones before it.
 *
 * Purpose  A table of rules, each with its points; enough of them tell the owner, more of them
 *          leave the session without a fresh proof, so that nothing that weighs heavily goes
 *          without another one.
 * Rule     the first log-in of a person is like nothing, and suspected of nothing.
 * Threads  any; nothing is kept here. */
#include "controlplane/identity/bj_places.h"

/* X(name, points): the name is what the audit trail and the API say. */
#define BJ_SUSPECT_LIST(X)                                                              \
    X(new_device, 30)   /* a browser that this person has not logged in with */         \
    X(new_country, 30)  /* in a country that none of the earlier ones was in */         \
    X(travel, 60)       /* too far from the last one for the time in between */         \
    X(unusual_time, 15) /* not within two hours, by the clock, of any earlier one */    \
    X(rate, 15)         /* the fifth or later one in ten minutes */

typedef enum bj_suspect {
#define X(name, points) BJ_SUSPECT_##name,
    BJ_SUSPECT_LIST(X)
#undef X
    BJ_SUSPECT_CNT
} bj_suspect_t;

enum {
    BJ_SUSPECT_TELL = 30,  /* points from which on the owner is told */
    BJ_SUSPECT_PROVE = 50, /* and no proof is taken for fresh */
    BJ_SUSPECT_HISTORY = 50,
    BJ_SUSPECT_TEXT_BYTES = 96,
};

typedef struct bj_login_fact {
    int64_t    at_ns;
    bool       has_place;
    bj_place_t place;
} bj_login_fact_t;

typedef struct bj_suspicion {
    unsigned rules; /* bits of bj_suspect_t */
    int      points;
} bj_suspicion_t;

/* history: that person's earlier log-ins, newest first. */
bj_suspicion_t bj_suspect_judge(const bj_login_fact_t *now, bool device_known,
                                const bj_login_fact_t *history, size_t history_cnt);

/* Too far apart for the time in between. */
bool bj_suspect_travel(const bj_place_t *from, int64_t from_ns, const bj_place_t *to,
                       int64_t to_ns);

/* "new_device,travel", or "". */
const char *bj_suspect_text(unsigned rules, char out[BJ_SUSPECT_TEXT_BYTES]);

#endif /* BJ_SUSPECT_H */
