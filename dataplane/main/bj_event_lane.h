#ifndef BJ_EVENT_LANE_H
#define BJ_EVENT_LANE_H

/* bj_event_lane - appends events to the event log from a thread of its own, while the replay goes
 * on making more: half of a recovery's work is pages of the log that are touched for the first
 * time.
 *
 * Shape      BJ_LANE_BATCHES batches of BJ_LANE_EVENTS events, filled and emptied in turn.
 * Ownership  the log is the caller's; between begin and end only the lane appends to it.
 * Threads    one gives events; the lane's own takes them.
 * Errors     the first one is kept, and told at the end; what comes after it is dropped. */
#include <pthread.h>
#include "dataplane/market/bj_evlog.h"

enum { BJ_LANE_BATCHES = 4, BJ_LANE_EVENTS = 8192 };

typedef struct bj_event_lane {
    bj_evlog_t  *evlog;
    bj_event_t  *event; /* [BJ_LANE_BATCHES][BJ_LANE_EVENTS] */
    size_t       cnt[BJ_LANE_BATCHES];
    size_t       filled; /* in the batch being filled */
    uint64_t     given, taken; /* batches; under the lock */
    bool         last, running; /* last: under the lock */
    bj_status_t  status; /* the thread's until it has ended */
    pthread_t       thread;
    pthread_mutex_t lock;
    pthread_cond_t  changed;
} bj_event_lane_t;

/* False: no memory or no thread; nothing is to be ended. */
BJ_MUST_USE bool bj_event_lane_begin(bj_event_lane_t *lane, bj_evlog_t *evlog);
void bj_event_lane_put(bj_event_lane_t *lane, const bj_event_t *events, size_t event_cnt);
/* All that was put has been appended, or the first error; the log is the caller's again. */
BJ_MUST_USE bj_status_t bj_event_lane_end(bj_event_lane_t *lane);

#endif /* BJ_EVENT_LANE_H */
