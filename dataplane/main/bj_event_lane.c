#include "dataplane/main/bj_event_lane.h"

#include <stdlib.h>

static bj_event_t *batch_of(const bj_event_lane_t *lane, uint64_t no) {
    return &lane->event[no % BJ_LANE_BATCHES * BJ_LANE_EVENTS];
}

/* Which batch is next; false: there will be none. */
static bool batch_wait(bj_event_lane_t *lane) {
    pthread_mutex_lock(&lane->lock);
    while (lane->taken == lane->given && !lane->last)
        pthread_cond_wait(&lane->changed, &lane->lock);
    bool any = lane->taken != lane->given;
    pthread_mutex_unlock(&lane->lock);
    return any;
}

static void batch_done(bj_event_lane_t *lane) {
    pthread_mutex_lock(&lane->lock);
    lane->taken++;
    pthread_cond_signal(&lane->changed);
    pthread_mutex_unlock(&lane->lock);
}

static void *lane_main(void *arg) {
    bj_event_lane_t *lane = (bj_event_lane_t *)arg;
    while (batch_wait(lane)) {
        uint64_t no = lane->taken; /* nobody else writes it */
        if (lane->status == BJ_OK)
            lane->status =
                bj_evlog_append(lane->evlog, batch_of(lane, no), lane->cnt[no % BJ_LANE_BATCHES]);
        batch_done(lane);
    }
    return NULL;
}

bool bj_event_lane_begin(bj_event_lane_t *lane, bj_evlog_t *evlog) {
    *lane = (bj_event_lane_t){.evlog = evlog};
    lane->event = malloc(sizeof *lane->event * BJ_LANE_BATCHES * BJ_LANE_EVENTS);
    if (!lane->event) return false;
    pthread_mutex_init(&lane->lock, NULL);
    pthread_cond_init(&lane->changed, NULL);
    lane->running = pthread_create(&lane->thread, NULL, lane_main, lane) == 0;
    if (!lane->running) free(lane->event);
    return lane->running;
}

/* Returns when there is another batch to fill. */
static void batch_give(bj_event_lane_t *lane, bool last) {
    pthread_mutex_lock(&lane->lock);
    lane->cnt[lane->given % BJ_LANE_BATCHES] = lane->filled;
    lane->given++;
    lane->last = last;
    pthread_cond_signal(&lane->changed);
    while (!last && lane->given - lane->taken == BJ_LANE_BATCHES)
        pthread_cond_wait(&lane->changed, &lane->lock);
    pthread_mutex_unlock(&lane->lock);
    lane->filled = 0;
}

void bj_event_lane_put(bj_event_lane_t *lane, const bj_event_t *events, size_t event_cnt) {
    while (event_cnt) {
        size_t room = BJ_LANE_EVENTS - lane->filled;
        size_t cnt = event_cnt < room ? event_cnt : room;
        memcpy(batch_of(lane, lane->given) + lane->filled, events, cnt * sizeof *events);
        lane->filled += cnt;
        events += cnt, event_cnt -= cnt;
        if (lane->filled == BJ_LANE_EVENTS) batch_give(lane, false);
    }
}

bj_status_t bj_event_lane_end(bj_event_lane_t *lane) {
    if (!lane->running) return BJ_OK;
    batch_give(lane, true);
    pthread_join(lane->thread, NULL);
    pthread_cond_destroy(&lane->changed);
    pthread_mutex_destroy(&lane->lock);
    free(lane->event);
    lane->running = false;
    return lane->status;
}
