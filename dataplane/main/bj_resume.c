#include "dataplane/main/bj_resume.h"

void bj_resume_events(bj_gateway_t *gateway, const bj_event_t *events, size_t event_cnt) {
    for (size_t i = 0; i < event_cnt; i++) bj_gateway_recover_event(gateway, &events[i]);
}

void bj_resume_tiles(const bj_resume_t *resume, const bj_restore_t *restore) {
    bj_engine_stats_t stats = bj_engine_stats(restore->engine);
    resume->engine_tile->engine = restore->engine;
    resume->engine_tile->last_time_ns = restore->info.last_time_ns;
    resume->journal_tile->kept_seq = stats.event_seq;
    atomic_store(&resume->pipe->durable_seq, stats.cmd_seq);
    for (uint32_t i = 0; i < resume->session_cnt; i++) {
        uint16_t id = resume->sessions[i].id;
        bj_gateway_recover_seq(resume->gateway, id, bj_engine_session_seq(restore->engine, id));
    }
}
