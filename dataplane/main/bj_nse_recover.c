/* From the journal and its events back to what the exchange may have of ours. */
#include <inttypes.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/journal/bj_journal.h"
#include "dataplane/main/bj_nse.h"

/* A command with its events; what has more than fit here is no answer of the exchange's, and comes
 * in parts. */
typedef struct recovery {
    bj_nse_t   *nse;
    bj_event_t  read[BJ_NSE_BATCH], own[BJ_NSE_BATCH];
    size_t      read_cnt, read_at, own_cnt;
    uint64_t    cmd_cnt;
    bj_status_t status; /* the first that was not BJ_OK */
} recovery_t;

static const bj_event_t *event_look(recovery_t *r) {
    if (r->read_at == r->read_cnt) {
        r->read_at = r->read_cnt = 0;
        r->status = bj_evlog_read(r->nse->reader, r->nse->next_seq, r->read, BJ_COUNT(r->read),
                                  &r->read_cnt);
        r->nse->next_seq += r->read_cnt;
    }
    return r->read_at < r->read_cnt ? &r->read[r->read_at] : NULL;
}

static void hand_on(recovery_t *r, const bj_cmd_t *cmd) {
    if (r->status == BJ_OK) r->status = bj_uplink_recover(r->nse->uplink, cmd, r->own, r->own_cnt);
    r->own_cnt = 0;
}

static void on_cmd(void *ctx, const bj_cmd_t *cmd) {
    recovery_t *r = ctx;
    const bj_event_t *event;
    if (r->status != BJ_OK) return;
    r->cmd_cnt++;
    while ((event = event_look(r)) && event->cmd_seq == cmd->seq) {
        if (r->own_cnt == BJ_COUNT(r->own)) hand_on(r, cmd);
        r->own[r->own_cnt++] = *event;
        r->read_at++;
    }
    hand_on(r, cmd);
    if (r->status != BJ_OK)
        BJ_ERROR("venue: command %" PRIu64 " of the journal: %s: what is at the exchange is not "
                 "known, nothing is started", cmd->seq, bj_status_text(r->status));
}

static bool start(bj_nse_t *nse) {
    bj_now_t now = bj_clock_now();
    bj_status_t status = bj_uplink_start(nse->uplink, now);
    nse->recovered_doubts = bj_nnf_client_doubts(bj_uplink_client(nse->uplink, now));
    bj_nse_housekeep(nse, now);
    if (status == BJ_OK) return true;
    BJ_ERROR("venue: an order of the journal cannot be taken back: %s; are its instrument and its "
             "account still in the configuration?", bj_status_text(status));
    return false;
}

bool bj_nse_recover(bj_nse_t *nse, const char *journal_dir, const char *evlog_dir) {
    static recovery_t r;
    bj_journal_report_t report;
    if (!nse->on) return true;
    r = (recovery_t){.nse = nse};
    nse->next_seq = 1;
    nse->reader = bj_evlog_open(evlog_dir);
    bj_status_t status = nse->reader ? bj_journal_scan(journal_dir, on_cmd, &r, &report)
                                     : BJ_ERR_NOT_FOUND;
    if (status != BJ_OK)
        BJ_ERROR("venue: journal %s: %s", journal_dir, bj_status_text(status));
    if (status != BJ_OK || r.status != BJ_OK) return false;
    /* What was read ahead is read again. */
    nse->next_seq -= r.read_cnt - r.read_at;
    bool ok = start(nse);
    BJ_INFO("venue: %" PRIu64 " commands looked at: %" PRIu64 " requests are in doubt", r.cmd_cnt,
            nse->recovered_doubts);
    return ok;
}
