/* What of the engine is state, between two commands: all else is made by bj_engine_new from the
 * shape, or lives no longer than a command. */
#include "dataplane/base/bj_parts.h"
#include "dataplane/engine/bj_engine_priv.h"

static void own_parts(bj_engine_t *engine, bj_parts_t *parts) {
    bj_parts_cover(parts, sizeof *engine);
    bj_parts_field(parts, &engine->cmd_seq, sizeof engine->cmd_seq);
    bj_parts_field(parts, &engine->match_id, sizeof engine->match_id);
    bj_parts_field(parts, &engine->event_seq, sizeof engine->event_seq);
    bj_parts_field(parts, &engine->order_id, sizeof engine->order_id);
    bj_parts_field(parts, engine->refused, sizeof engine->refused);
    bj_parts_field(parts, &engine->live_cnt, sizeof engine->live_cnt);
    bj_parts_field(parts, &engine->slice_cnt, sizeof engine->slice_cnt);
    bj_parts_table(parts, engine->order, engine->config.order_max * sizeof *engine->order);
    bj_parts_table(parts, engine->bucket,
                   ((size_t)engine->bucket_mask + 1) * sizeof *engine->bucket);
    bj_parts_table(parts, engine->session, BJ_ENGINE_SESSION_MAX * sizeof *engine->session);
    if (engine->venue) {
        bj_parts_field(parts, &engine->venue_free_idx, sizeof engine->venue_free_idx);
        bj_parts_table(parts, engine->venue, engine->config.order_max * sizeof *engine->venue);
        bj_parts_table(parts, engine->venue_bucket,
                       ((size_t)engine->bucket_mask + 1) * sizeof *engine->venue_bucket);
    }
    bj_parts_cover(parts, engine->event_max * sizeof *engine->event);
    bj_parts_cover(parts, BJ_PAIR_BYTES); /* before the ring, which is empty between commands */
    bj_parts_cover(parts, bj_match_ring_footprint(RING_DEPTH));
}

void bj_engine_parts(bj_engine_t *engine, bj_parts_t *parts) {
    *parts = (bj_parts_t){0};
    own_parts(engine, parts);
    bj_risk_parts(engine->risk, parts);
    bj_match_parts(engine->match, parts);
}
