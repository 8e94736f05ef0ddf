#include "tests/simulation/sim_readers.h"

#include "dataplane/journal/bj_snapshotter.h"
#include "tests/simulation/sim_disk.h"
#include "tests/simulation/sim_process.h"

enum { AT_ONCE = 16, SNAPSHOT_EVERY = 20 };

/* --- relay */

void sim_relay_new(sim_relay_t *relay) {
    memset(relay, 0, sizeof *relay);
    sim_proc_start(&relay->proc, "relay", NULL, NULL);
}

static void relay_open(sim_relay_t *relay) {
    if (relay->reader && bj_evlog_replaced(relay->reader)) {
        bj_evlog_reader_close(relay->reader);
        relay->reader = NULL;
    }
    if (relay->reader || !(relay->reader = bj_evlog_open(SIM_EVLOG_DIR))) return;
    relay->published = 0;
    uint64_t journal_id = bj_evlog_journal_id(relay->reader);
    if (relay->seen_cnt) SIM_CHECK(journal_id == relay->journal_id);
    relay->journal_id = journal_id;
}

static void relay_read(sim_relay_t *relay) {
    size_t cnt, room = SIM_EVENTS_MAX - relay->seen_cnt;
    uint64_t published = bj_evlog_published(relay->reader);
    bj_event_t *next = &relay->seen[relay->seen_cnt];
    SIM_CHECK(published >= relay->published); /* of one generation */
    relay->published = published;
    bj_status_t status = bj_evlog_read(relay->reader, relay->seen_cnt + 1, next,
                                       room < AT_ONCE ? room : AT_ONCE, &cnt);
    SIM_CHECK(status == BJ_OK || (relay->torn && status == BJ_ERR_CORRUPT));
    for (size_t i = 0; i < cnt; i++) {
        SIM_CHECK(next[i].seq == relay->seen_cnt + 1);
        relay->seen_cnt++;
        sim_note_bytes("relayed", &next[i], sizeof next[i]);
    }
}

void sim_relay_step(sim_relay_t *relay) {
    sim_proc_now = &relay->proc;
    relay_open(relay);
    if (relay->reader) relay_read(relay);
    sim_proc_now = NULL;
}

void sim_relay_kill(sim_relay_t *relay) {
    sim_proc_kill(&relay->proc);
    relay->reader = NULL;
    sim_proc_start(&relay->proc, "relay", NULL, NULL);
}

/* --- snapshots */

static void *snapshotter_main(void *arg) {
    sim_snapshotter_t *s = (sim_snapshotter_t *)arg;
    bj_snapshotter_t *maker = bj_snapshotter_new(SIM_JOURNAL_DIR, &sim_engine_config);
    SIM_CHECK(maker);
    while (maker) {
        bj_snap_info_t info;
        bool saved;
        bj_status_t status = bj_snapshotter_step(maker, SNAPSHOT_EVERY, &info, &saved);
        bool excused = status == BJ_ERR_IO && sim_faults()->hit_cnt;
        SIM_CHECK(status == BJ_OK || status == BJ_ERR_NOT_FOUND || excused);
        s->saved_cnt += saved;
        if (saved) sim_note("snapshot of", info.cmd_seq, info.state_hash);
        sim_fiber_wait();
    }
    return NULL;
}

void sim_snapshotter_start(sim_snapshotter_t *s) {
    sim_proc_start(&s->proc, "snapshotter", snapshotter_main, s);
}

void sim_snapshotter_run(sim_snapshotter_t *s) { (void)sim_proc_run(&s->proc); }
void sim_snapshotter_kill(sim_snapshotter_t *s) { sim_proc_kill(&s->proc); }
