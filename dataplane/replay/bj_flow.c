#include "dataplane/replay/bj_flow.h"

#include "dataplane/base/bj_hash.h"

#define FORM(op, side, type, tif) \
    ((uint32_t)(op) | (uint32_t)(side) << 8 | (uint32_t)(type) << 16 | (uint32_t)(tif) << 24)
#define FORMS(op, type, tif) {FORM(op, BJ_BUY, type, tif), FORM(op, BJ_SELL, type, tif)}

/* A modify does not state the side. */
const bj_flow_form_t bj_flow_form[BJ_FLOW_OP_CNT] = {
    [BJ_FLOW_ADD] = {FORMS(BJ_OP_NEW, BJ_LIMIT, BJ_DAY), UINT32_MAX},
    [BJ_FLOW_CANCEL] = {{BJ_OP_CANCEL, BJ_OP_CANCEL}, 0},
    [BJ_FLOW_MODIFY] = {{BJ_OP_MODIFY, BJ_OP_MODIFY}, UINT32_MAX},
    [BJ_FLOW_MARKET] = {FORMS(BJ_OP_NEW, BJ_MARKET, BJ_IOC), 0},
    [BJ_FLOW_IOC] = {FORMS(BJ_OP_NEW, BJ_LIMIT, BJ_IOC), UINT32_MAX},
};

const char *bj_flow_bad(const bj_flow_record_t *record) {
    if (record->op >= BJ_FLOW_OP_CNT) return "op: 0 to 4";
    if (record->side > 1 && record->op != BJ_FLOW_CANCEL) return "side: 0 or 1";
    if (record->op == BJ_FLOW_CANCEL) return NULL;
    if (record->qty < 1 || record->qty > INT32_MAX) return "qty: 1 to 2147483647";
    if (record->op == BJ_FLOW_MARKET) return NULL;
    bool price_ok = record->price_ticks >= 1 && record->price_ticks <= INT32_MAX;
    return price_ok ? NULL : "price_ticks: 1 to 2147483647";
}

bj_match_instrument_t bj_flow_instrument(void) {
    return (bj_match_instrument_t){
        .tick_paise = 1, .band_lo_paise = 1, .band_hi_paise = INT32_MAX, .prev_close_paise = 1};
}

uint64_t bj_flow_digest(uint64_t digest, const bj_match_event_t *trade) {
    struct __attribute__((packed)) {
        uint64_t maker_id, taker_id;
        int32_t price_ticks, qty;
    } fill = {trade->order_id, trade->contra_id, trade->price_paise, trade->qty};
    return bj_fnv1a(digest, &fill, sizeof fill);
}

uint64_t bj_flow_bbo_digest(const bj_match_t *match, uint32_t symbol_cnt) {
    uint64_t digest = BJ_FNV_OFFSET;
    for (uint32_t i = 0; i < symbol_cnt; i++) {
        bj_match_top_t top = bj_match_top(match, i);
        digest = bj_fnv1a(digest, &top.bid_paise, sizeof top.bid_paise);
        digest = bj_fnv1a(digest, &top.bid_qty, sizeof top.bid_qty);
        digest = bj_fnv1a(digest, &top.ask_paise, sizeof top.ask_paise);
        digest = bj_fnv1a(digest, &top.ask_qty, sizeof top.ask_qty);
    }
    return digest;
}

typedef struct depth {
    uint64_t digest;
    int32_t price_ticks;
    uint8_t side;
} depth_t;

static void add_depth(void *ctx, const bj_match_order_t *order) {
    depth_t *depth = ctx;
    if (order->side != depth->side || order->price_paise != depth->price_ticks) {
        uint16_t symbol = (uint16_t)order->instrument_idx;
        uint8_t side = order->side == BJ_SELL;
        depth->side = order->side;
        depth->price_ticks = order->price_paise;
        depth->digest = bj_fnv1a(depth->digest, &symbol, sizeof symbol);
        depth->digest = bj_fnv1a(depth->digest, &side, sizeof side);
        depth->digest = bj_fnv1a(depth->digest, &order->price_paise, sizeof order->price_paise);
    }
    depth->digest = bj_fnv1a(depth->digest, &order->order_id, sizeof order->order_id);
    depth->digest = bj_fnv1a(depth->digest, &order->leaves_qty, sizeof order->leaves_qty);
}

uint64_t bj_flow_depth_digest(const bj_match_t *match, uint32_t symbol_cnt) {
    depth_t depth = {.digest = BJ_FNV_OFFSET};
    for (uint32_t i = 0; i < symbol_cnt; i++) {
        depth.side = 0; /* no level yet */
        bj_match_each(match, i, add_depth, &depth);
    }
    return depth.digest;
}
