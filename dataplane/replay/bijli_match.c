/* The library's face: the engine's own records under names that need none of our headers. */
#include "dataplane/replay/bijli_match.h"

#include "dataplane/match/bj_match.h"

#define EXPORT __attribute__((visibility("default")))

#define SAME(ours, field, theirs, other)                                                           \
    static_assert(offsetof(ours, field) == offsetof(theirs, other) &&                              \
                      sizeof((ours){0}.field) == sizeof((theirs){0}.other),                        \
                  #field " is where " #other " is")
static_assert(sizeof(bijli_match_command_t) == sizeof(bj_match_cmd_t), "one record");
SAME(bijli_match_command_t, order_id, bj_match_cmd_t, order_id);
SAME(bijli_match_command_t, instrument, bj_match_cmd_t, instrument_idx);
SAME(bijli_match_command_t, price, bj_match_cmd_t, price_paise);
SAME(bijli_match_command_t, qty, bj_match_cmd_t, qty);
SAME(bijli_match_command_t, owner, bj_match_cmd_t, owner);
SAME(bijli_match_command_t, trigger, bj_match_cmd_t, trigger_paise);
SAME(bijli_match_command_t, disclosed, bj_match_cmd_t, disclosed_qty);
SAME(bijli_match_command_t, account, bj_match_cmd_t, account);
SAME(bijli_match_command_t, desk, bj_match_cmd_t, desk);
SAME(bijli_match_command_t, day, bj_match_cmd_t, day);
SAME(bijli_match_command_t, op, bj_match_cmd_t, op);
SAME(bijli_match_command_t, side, bj_match_cmd_t, side);
SAME(bijli_match_command_t, flags, bj_match_cmd_t, flags);
SAME(bijli_match_command_t, type, bj_match_cmd_t, type);
SAME(bijli_match_command_t, tif, bj_match_cmd_t, tif);
SAME(bijli_match_command_t, phase, bj_match_cmd_t, phase);
SAME(bijli_match_command_t, auction, bj_match_cmd_t, auction);
SAME(bijli_match_command_t, market_first, bj_match_cmd_t, market_first);
SAME(bijli_match_command_t, lo, bj_match_cmd_t, lo_paise);
SAME(bijli_match_command_t, hi, bj_match_cmd_t, hi_paise);
SAME(bijli_match_command_t, band_bp, bj_match_cmd_t, band_bp);
SAME(bijli_match_command_t, reason, bj_match_cmd_t, reason);
static_assert(sizeof(bijli_match_event_t) == sizeof(bj_match_event_t), "one record");
SAME(bijli_match_event_t, command_no, bj_match_event_t, cmd_no);
SAME(bijli_match_event_t, order_id, bj_match_event_t, order_id);
SAME(bijli_match_event_t, contra_id, bj_match_event_t, contra_id);
SAME(bijli_match_event_t, instrument, bj_match_event_t, instrument_idx);
SAME(bijli_match_event_t, price, bj_match_event_t, price_paise);
SAME(bijli_match_event_t, qty, bj_match_event_t, qty);
SAME(bijli_match_event_t, leaves, bj_match_event_t, leaves_qty);
SAME(bijli_match_event_t, cum, bj_match_event_t, cum_qty);
SAME(bijli_match_event_t, contra_cum_or_trigger, bj_match_event_t, contra_cum_qty);
SAME(bijli_match_event_t, contra_leaves_or_shown, bj_match_event_t, contra_leaves_qty);
SAME(bijli_match_event_t, handle, bj_match_event_t, handle);
SAME(bijli_match_event_t, contra_handle, bj_match_event_t, contra_handle);
SAME(bijli_match_event_t, type, bj_match_event_t, type);
SAME(bijli_match_event_t, side, bj_match_event_t, side);
SAME(bijli_match_event_t, reason, bj_match_event_t, reason);
SAME(bijli_match_event_t, flags, bj_match_event_t, flags);
static_assert(sizeof(bijli_match_instrument_t) == sizeof(bj_match_instrument_t), "one record");
SAME(bijli_match_instrument_t, tick, bj_match_instrument_t, tick_paise);
SAME(bijli_match_instrument_t, band_lo, bj_match_instrument_t, band_lo_paise);
SAME(bijli_match_instrument_t, band_hi, bj_match_instrument_t, band_hi_paise);
SAME(bijli_match_instrument_t, prev_close, bj_match_instrument_t, prev_close_paise);
SAME(bijli_match_instrument_t, protection_bp, bj_match_instrument_t, protection_bp);
SAME(bijli_match_instrument_t, protection_min, bj_match_instrument_t, protection_min_paise);
SAME(bijli_match_instrument_t, disclosed_min_pct, bj_match_instrument_t, disclosed_min_pct);
SAME(bijli_match_instrument_t, stop_gap_max, bj_match_instrument_t, stop_gap_max_paise);
SAME(bijli_match_instrument_t, flags, bj_match_instrument_t, flags);
static_assert((int)BIJLI_DAY_END == (int)BJ_OP_DAY_END && (int)BIJLI_DONE == (int)BJ_MEV_DONE &&
                  (int)BIJLI_POST_CLOSE == (int)BJ_PHASE_POST_CLOSE &&
                  (int)BIJLI_GTC == (int)BJ_GTC && (int)BIJLI_MORE == (int)BJ_MEF_MORE,
              "one numbering");

struct bijli_match { /* lies in front of the ring and the engine */
    bj_match_t *match;
    bj_match_ring_t *ring;
};

static size_t pair_up(size_t bytes) {
    return (bytes + BJ_PAIR_BYTES - 1) / BJ_PAIR_BYTES * BJ_PAIR_BYTES;
}

static bj_match_config_t engine_config(const bijli_match_config_t *config) {
    return (bj_match_config_t){.instrument_max = config->instruments,
                               .order_max = config->orders,
                               .page_max = config->pages};
}

EXPORT uint32_t bijli_match_version(void) {
    return BIJLI_MATCH_VERSION;
}

EXPORT size_t bijli_match_footprint(const bijli_match_config_t *config) {
    bj_match_config_t engine = engine_config(config);
    size_t engine_bytes = bj_match_footprint(&engine);
    size_t ring_bytes = bj_match_ring_footprint(config->events);
    if (!engine_bytes || !ring_bytes) return 0;
    return pair_up(sizeof(bijli_match_t)) + pair_up(ring_bytes) + pair_up(engine_bytes);
}

EXPORT bijli_match_t *bijli_match_create(void *mem, size_t mem_bytes,
                                         const bijli_match_config_t *config) {
    size_t bytes = bijli_match_footprint(config);
    if (!bytes || mem_bytes < bytes || (uintptr_t)mem % BJ_PAIR_BYTES) return NULL;
    uint8_t *at = mem;
    bijli_match_t *engine = mem;
    at += pair_up(sizeof *engine);
    engine->ring = bj_match_ring_new(at, config->events);
    at += pair_up(bj_match_ring_footprint(config->events));
    bj_match_config_t inner = engine_config(config);
    engine->match = bj_match_new(at, &inner);
    bj_match_out(engine->match, engine->ring, config->on_full, config->ctx);
    return engine;
}

EXPORT int bijli_match_define(bijli_match_t *engine, uint32_t instrument,
                              const bijli_match_instrument_t *definition) {
    bj_match_instrument_t ours;
    memcpy(&ours, definition, sizeof ours);
    return bj_match_define(engine->match, instrument, &ours);
}

EXPORT void bijli_match_submit(bijli_match_t *engine, const bijli_match_command_t *commands,
                               size_t count) {
    bj_match_apply(engine->match, (const bj_match_cmd_t *)(const void *)commands, count);
}

EXPORT size_t bijli_match_events(bijli_match_t *engine, const bijli_match_event_t **first) {
    const bj_match_event_t *from;
    size_t cnt = bj_match_ring_look(engine->ring, &from);
    *first = (const bijli_match_event_t *)(const void *)from;
    return cnt;
}

EXPORT void bijli_match_release(bijli_match_t *engine, size_t count) {
    bj_match_ring_release(engine->ring, count);
}

EXPORT bijli_match_top_t bijli_match_top(const bijli_match_t *engine, uint32_t instrument) {
    bj_match_top_t top = bj_match_top(engine->match, instrument);
    return (bijli_match_top_t){top.bid_paise, top.ask_paise, top.bid_qty, top.ask_qty};
}

EXPORT uint32_t bijli_match_live_orders(const bijli_match_t *engine) {
    return bj_match_stats(engine->match).live_orders;
}

EXPORT uint64_t bijli_match_state_hash(const bijli_match_t *engine) {
    return bj_match_hash(engine->match);
}

EXPORT const char *bijli_match_reason(int reason) {
    return bj_status_text((bj_status_t)reason);
}

/* Nothing is held beside the memory: the head is wiped so that a use after it is seen at once. */
EXPORT void bijli_match_destroy(bijli_match_t *engine) {
    memset(engine, 0, sizeof *engine);
}
