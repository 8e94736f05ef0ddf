#include "tests/simulation/sim_truth.h"

#include <stdlib.h>
#include "dataplane/journal/bj_snap.h"

static const size_t event_bytes = offsetof(bj_event_t, check);
/* What the journal adds to a command is its own: group and checksum. */
static const size_t cmd_bytes = offsetof(bj_cmd_t, group_idx);

void sim_truth_new(sim_truth_t *truth) {
    truth->cmd_cnt = truth->start_cnt = truth->sample_cnt = 0;
    truth->proc = (sim_proc_t){0};
    sim_proc_start(&truth->proc, "truth", NULL, NULL);
}

void sim_truth_sample(sim_truth_t *truth, const bj_engine_t *engine) {
    if (truth->sample_cnt == SIM_SAMPLES_MAX) return;
    uint64_t cmd_seq = bj_engine_stats(engine).cmd_seq;
    if (truth->sample_cnt && truth->samples[truth->sample_cnt - 1].cmd_seq == cmd_seq) return;
    truth->samples[truth->sample_cnt].cmd_seq = cmd_seq;
    truth->samples[truth->sample_cnt++].hash = bj_engine_hash(engine);
}

void sim_truth_forget(sim_truth_t *truth, uint64_t cmd_seq) {
    while (truth->sample_cnt && truth->samples[truth->sample_cnt - 1].cmd_seq > cmd_seq)
        truth->sample_cnt--;
}

/* --- the journal */

static void cmd_take(void *ctx, const bj_cmd_t *cmd) {
    sim_truth_t *truth = (sim_truth_t *)ctx;
    uint64_t idx = truth->cmd_seen++;
    if (!SIM_CHECK(idx < SIM_CMDS_MAX && cmd->seq == idx + 1)) return;
    if (idx < truth->cmd_cnt)
        SIM_CHECK(memcmp(&truth->cmds[idx], cmd, cmd_bytes) == 0);
    else
        truth->cmds[idx] = *cmd;
}

static void journal_read(sim_truth_t *truth) {
    bj_journal_report_t report;
    truth->cmd_seen = 0;
    sim_proc_now = &truth->proc;
    SIM_CHECK(bj_journal_scan(SIM_JOURNAL_DIR, cmd_take, truth, &report) == BJ_OK);
    sim_proc_now = NULL;
    truth->journal_id = report.journal_id;
    SIM_CHECK(truth->cmd_seen >= truth->cmd_cnt);
    truth->cmd_cnt = truth->cmd_seen;
}

/* The numbers of a session's requests only go up: none is there twice. */
static void requests_check(const sim_truth_t *truth) {
    uint64_t last[SIM_SESSIONS + 1] = {0};
    for (uint64_t i = 0; i < truth->cmd_cnt; i++) {
        const bj_cmd_t *cmd = &truth->cmds[i];
        if (!cmd->session_seq || !SIM_CHECK(cmd->session_id <= SIM_SESSIONS)) continue;
        SIM_CHECK(cmd->session_seq > last[cmd->session_id]);
        last[cmd->session_id] = cmd->session_seq;
    }
}

/* --- the state, made again from the first command */

static void events_take(sim_truth_t *truth, const bj_event_t *events, size_t event_cnt) {
    if (!SIM_CHECK(truth->event_cnt + event_cnt <= SIM_EVENTS_MAX)) return;
    if (truth->event_cnt) /* the engine's clock never goes back */
        SIM_CHECK(events->time_ns >= truth->events[truth->event_cnt - 1].time_ns);
    memcpy(&truth->events[truth->event_cnt], events, event_cnt * sizeof *events);
    truth->event_cnt += event_cnt;
}

static void samples_check(sim_truth_t *truth, bj_engine_t *engine, uint32_t *sample) {
    while (*sample < truth->sample_cnt &&
           truth->samples[*sample].cmd_seq == bj_engine_stats(engine).cmd_seq)
        SIM_CHECK(truth->samples[(*sample)++].hash == bj_engine_hash(engine));
}

static void replay_check(sim_truth_t *truth, const sim_process_t *process) {
    void *mem = aligned_alloc(BJ_LINE_BYTES, bj_engine_footprint(&sim_engine_config));
    bj_engine_t *engine = bj_engine_new(mem, &sim_engine_config);
    uint32_t sample = 0;
    truth->event_cnt = 0;
    samples_check(truth, engine, &sample);
    for (uint64_t i = 0; i < truth->cmd_cnt; i++) {
        bj_cmd_t cmd = truth->cmds[i];
        size_t event_cnt;
        const bj_event_t *events = bj_engine_apply(engine, &cmd, &event_cnt);
        if (SIM_CHECK(events)) events_take(truth, events, event_cnt);
        samples_check(truth, engine, &sample);
    }
    truth->sample_cnt = sample; /* what came after that never became durable */
    SIM_CHECK(bj_engine_hash(engine) == bj_engine_hash(process->engine.engine));
    SIM_CHECK(bj_engine_broken(process->engine.engine) == NULL);
    free(mem);
}

/* Loading looks at the checksums and at the state's hash; that it is the right state, the start
 * from it and the replay say. */
static void snapshots_check(sim_truth_t *truth) {
    uint64_t list[BJ_SNAP_LIST_MAX];
    void *mem = aligned_alloc(BJ_LINE_BYTES, bj_engine_footprint(&sim_engine_config));
    sim_proc_now = &truth->proc;
    size_t cnt = bj_snap_list(SIM_JOURNAL_DIR, list);
    for (size_t i = 0; i < cnt; i++) {
        bj_snap_info_t info;
        bj_engine_t *engine = bj_engine_new(mem, &sim_engine_config);
        SIM_CHECK(!bj_snap_load(SIM_JOURNAL_DIR, list[i], truth->journal_id, &sim_engine_config,
                                engine, &info));
        SIM_CHECK(list[i] <= truth->cmd_cnt);
    }
    sim_proc_now = NULL;
    free(mem);
}

/* --- the event log, and what anybody was told of it */

static void evlog_check(sim_truth_t *truth) {
    sim_proc_now = &truth->proc;
    bj_evlog_reader_t *reader = bj_evlog_open(SIM_EVLOG_DIR);
    uint64_t seq = 0;
    bj_event_t event;
    size_t cnt;
    if (SIM_CHECK(reader)) SIM_CHECK(bj_evlog_published(reader) == truth->event_cnt);
    while (reader && seq < truth->event_cnt) {
        bj_status_t status = bj_evlog_read(reader, seq + 1, &event, 1, &cnt);
        if (!SIM_CHECK(status == BJ_OK && cnt == 1)) break;
        SIM_CHECK(memcmp(&event, &truth->events[seq++], event_bytes) == 0);
    }
    bj_evlog_reader_close(reader);
    sim_proc_now = NULL;
}

void sim_truth_relay(const sim_truth_t *truth, const sim_relay_t *relay) {
    if (!SIM_CHECK(relay->seen_cnt <= truth->event_cnt)) return;
    for (uint64_t i = 0; i < relay->seen_cnt; i++)
        SIM_CHECK(memcmp(&relay->seen[i], &truth->events[i], event_bytes) == 0);
}

/* Report n of a session is its n-th event. */
static void told_check(const sim_truth_t *truth, const sim_client_t *client) {
    uint64_t n = 0;
    for (uint64_t i = 0; i < truth->event_cnt && n < client->told_cnt; i++) {
        bj_oe_report_t report;
        if (truth->events[i].session_id != sim_sessions[client->session].id) continue;
        (void)bj_oe_from_event(&truth->events[i], ++n, &report);
        SIM_CHECK(memcmp(&client->told[n - 1], &report, sizeof report) == 0);
    }
    SIM_CHECK(n == client->told_cnt);
}

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Clients here never use an id again. */
static void ids_check(const sim_truth_t *truth) {
    static uint64_t ids[SIM_EVENTS_MAX];
    size_t cnt = 0;
    for (uint64_t i = 0; i < truth->event_cnt; i++)
        if (truth->events[i].type == BJ_EV_ACCEPTED) ids[cnt++] = truth->events[i].client_order_id;
    qsort(ids, cnt, sizeof *ids, by_value);
    for (size_t i = 1; i < cnt; i++) SIM_CHECK(ids[i] != ids[i - 1]);
}

static void all_check(sim_truth_t *truth, const sim_process_t *process,
                      const sim_client_t *clients, const sim_relay_t *relay) {
    journal_read(truth);
    requests_check(truth);
    replay_check(truth, process);
    snapshots_check(truth);
    evlog_check(truth);
    sim_truth_relay(truth, relay);
    ids_check(truth);
    for (uint32_t i = 0; i < SIM_SESSIONS; i++) told_check(truth, &clients[i]);
}

void sim_truth_started(sim_truth_t *truth, const sim_process_t *process,
                       const sim_client_t *clients, const sim_relay_t *relay) {
    all_check(truth, process, clients, relay);
    if (SIM_CHECK(truth->start_cnt < SIM_STARTS_MAX))
        truth->starts[truth->start_cnt++] = truth->cmd_cnt;
}

static void journal_live(sim_truth_t *truth, uint32_t machine) {
    bj_journal_report_t report;
    truth->proc.machine = machine;
    truth->cmd_seen = 0;
    sim_proc_now = &truth->proc;
    SIM_CHECK(bj_journal_scan_live(SIM_JOURNAL_DIR, 0, cmd_take, truth, &report) == BJ_OK);
    sim_proc_now = NULL;
    SIM_CHECK(report.journal_id == truth->journal_id);
}

void sim_truth_same(sim_truth_t *truth, uint32_t machine, uint32_t other) {
    uint64_t known = truth->cmd_cnt;
    journal_live(truth, machine);
    SIM_CHECK(truth->cmd_seen >= known);
    truth->cmd_cnt = truth->cmd_seen;
    journal_live(truth, other);
    SIM_CHECK(truth->cmd_seen == truth->cmd_cnt);
    truth->cmd_cnt = known; /* as the last start found it */
    truth->proc.machine = machine;
}

/* --- at the end */

static void answers_check(const sim_client_t *client) {
    for (uint64_t seq = 1; seq <= client->asked_cnt; seq++) {
        const sim_asked_t *asked = &client->asked[seq];
        if (asked->answers + asked->rejects != 1)
            sim_note("not answered once: request", client->session, seq);
        SIM_CHECK(asked->answers + asked->rejects == 1);
    }
}

/* The first that a session does after a start is to lose the connection it had before. */
static void disconnects_check(const sim_truth_t *truth, uint64_t start_seq) {
    for (uint16_t id = 1; id <= SIM_SESSIONS; id++) {
        bool spoke = false, first = true;
        for (uint64_t i = 0; i < truth->cmd_cnt; i++) {
            const bj_cmd_t *cmd = &truth->cmds[i];
            if (cmd->session_id != id) continue;
            if (cmd->seq <= start_seq && cmd->session_seq) spoke = true;
            if (cmd->seq <= start_seq || !spoke || !first) continue;
            SIM_CHECK(cmd->type == BJ_CMD_DISCONNECT);
            first = false;
        }
        if (spoke) SIM_CHECK(!first);
    }
}

/* The last event of an order says whether it lives. */
static void orders_check(const sim_truth_t *truth, const bj_engine_t *engine) {
    uint64_t live_cnt = 0;
    for (uint64_t i = 0; i < truth->event_cnt; i++) {
        const bj_event_t *event = &truth->events[i];
        bool last = event->order_id && event->leaves_qty > 0 &&
                    event->type != BJ_EV_REQUEST_REJECTED;
        for (uint64_t k = i + 1; last && k < truth->event_cnt; k++)
            last = truth->events[k].order_id != event->order_id ||
                   truth->events[k].type == BJ_EV_REQUEST_REJECTED;
        if (!last) continue;
        live_cnt++;
        uint8_t policy = sim_sessions[event->session_id - 1].on_disconnect;
        SIM_CHECK(policy != BJ_DISCONNECT_ALL);
        if (policy == BJ_DISCONNECT_FLAGGED)
            SIM_CHECK(!(event->flags & BJ_FLAG_CANCEL_ON_DISCONNECT));
    }
    SIM_CHECK(live_cnt == bj_engine_stats(engine).live_orders);
}

void sim_truth_end(sim_truth_t *truth, const sim_process_t *process, const sim_client_t *clients,
                   const sim_relay_t *relay) {
    all_check(truth, process, clients, relay);
    SIM_CHECK(relay->seen_cnt == truth->event_cnt);
    for (uint32_t i = 0; i < SIM_SESSIONS; i++) answers_check(&clients[i]);
    for (uint32_t i = 0; i < truth->start_cnt; i++) disconnects_check(truth, truth->starts[i]);
    orders_check(truth, process->engine.engine);
}
