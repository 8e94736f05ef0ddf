#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "controlplane/relay/bj_relay.h"
#include "controlplane/relay/bj_relay_repo.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/market/bj_evlog.h"

enum { BATCH_MS = 100, AGAIN_MS = 250, UNIVERSE_MAX = 4096, DUE_MAX = 8192 };

typedef struct orders {
    bj_relay_t        *relay;
    bj_evlog_reader_t *log;
    uint64_t           journal_id;
    bool               universe_done;
    bool               at_known; /* at is what the tables say */
    uint64_t           at;       /* the last event in the tables */
    size_t             due_cnt; /* hints that the bus has not taken yet */
    bj_fold_account_t  due[DUE_MAX];
    bj_event_t         events[BJ_FOLD_EVENTS_MAX];
    bj_fold_t          fold;
} orders_t;

static bool open_log(orders_t *o) {
    if (o->log && bj_evlog_replaced(o->log)) {
        bj_evlog_reader_close(o->log);
        o->log = NULL;
        o->at_known = false;
    }
    if (!o->log) {
        o->log = bj_evlog_open(o->relay->events_dir);
        if (o->log) o->journal_id = bj_evlog_journal_id(o->log);
    }
    o->relay->log_open = o->log != NULL;
    return o->log != NULL;
}

static bj_status_t store_universe(orders_t *o) {
    static bj_universe_row_t rows[UNIVERSE_MAX];
    char error[512];
    size_t row_cnt;
    bj_status_t status = bj_universe_load(o->relay->universe_csv, rows, UNIVERSE_MAX, &row_cnt,
                                          error, sizeof error);
    if (status != BJ_OK) {
        BJ_ERROR("universe: %s", error);
        return status;
    }
    return bj_relay_repo_universe(o->relay->pool, rows, row_cnt);
}

/* Brings o up to date with the tables.  Instruments come first: events set their state. */
static bj_status_t find_place(orders_t *o) {
    if (o->at_known) return BJ_OK;
    bj_status_t status = o->universe_done ? BJ_OK : store_universe(o);
    if (status != BJ_OK) return status;
    o->universe_done = true;
    status = bj_relay_repo_offset(o->relay->pool, o->journal_id, &o->at);
    if (status != BJ_OK) return status;
    o->at_known = true;
    o->relay->figures.event_seq = (int64_t)o->at;
    return BJ_OK;
}

/* A hint, after the commit: whoever hears it may ask the database and will see at least this. */
static void tell(orders_t *o) {
    for (; o->due_cnt > 0; o->due_cnt--) {
        const bj_fold_account_t *due = &o->due[o->due_cnt - 1];
        char subject[32], seq[24];
        snprintf(subject, sizeof subject, "acct.%u", due->account_id);
        int n = snprintf(seq, sizeof seq, "%" PRIu64, due->event_seq);
        if (bj_bus_publish(o->relay->bus, subject, seq, (size_t)n) != BJ_OK) return;
    }
}

/* One hint an account, the newest, however long the bus is away. */
static void remember(orders_t *o, const bj_fold_account_t *account) {
    size_t i = 0;
    while (i < o->due_cnt && o->due[i].account_id != account->account_id) i++;
    if (i == DUE_MAX) return;
    o->due[i] = *account;
    if (i == o->due_cnt) o->due_cnt++;
}

static bj_status_t apply(orders_t *o, size_t event_cnt) {
    bj_status_t status = bj_fold_batch(&o->fold, o->events, event_cnt);
    if (status != BJ_OK) {
        BJ_ERROR("events %" PRIu64 " to %" PRIu64 " cannot be folded: %s", o->at + 1,
                 o->at + event_cnt, bj_status_text(status));
        return status;
    }
    uint64_t last_seq = o->at + event_cnt;
    status = bj_relay_repo_apply(o->relay->pool, o->journal_id, &o->fold, o->at + 1, last_seq);
    if (status != BJ_OK) return status;
    o->at = last_seq;
    for (size_t i = 0; i < o->fold.account_cnt; i++) remember(o, &o->fold.accounts[i]);
    o->relay->figures.event_seq = (int64_t)last_seq;
    o->relay->figures.events_applied += (int64_t)event_cnt;
    o->relay->figures.batches_applied++;
    return BJ_OK;
}

/* One batch; *event_cnt says how big it was. */
static bj_status_t step(orders_t *o, size_t *event_cnt) {
    *event_cnt = 0;
    if (!open_log(o)) return BJ_OK; /* the dataplane has not begun */
    o->relay->figures.events_published = (int64_t)bj_evlog_published(o->log);
    bj_status_t status = find_place(o);
    if (status != BJ_OK) return status;
    status = bj_evlog_read(o->log, o->at + 1, o->events, BJ_FOLD_EVENTS_MAX, event_cnt);
    if (status != BJ_OK || *event_cnt == 0) return status;
    /* A new world may have begun since open_log: these events would be another journal's. */
    if (bj_evlog_replaced(o->log)) return BJ_OK;
    return apply(o, *event_cnt);
}

void *bj_relay_orders_run(void *ctx) {
    bj_relay_t *relay = ctx;
    orders_t *o = calloc(1, sizeof *o);
    if (!o) abort();
    o->relay = relay;
    while (!relay->stop) {
        size_t event_cnt;
        bj_status_t status = step(o, &event_cnt);
        tell(o);
        relay->orders_status = status;
        if (status != BJ_OK) {
            relay->figures.orders_errors++;
            o->at_known = false; /* a commit without an answer: only the tables know */
            bj_relay_nap(relay, AGAIN_MS);
        } else if (event_cnt < BJ_FOLD_EVENTS_MAX) {
            bj_relay_nap(relay, BATCH_MS);
        }
    }
    if (o->log) bj_evlog_reader_close(o->log);
    free(o);
    return NULL;
}
