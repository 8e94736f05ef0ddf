#ifndef BJ_MATCH_PLAIN_H
#define BJ_MATCH_PLAIN_H

/* What the short ways share: plain limit orders in continuous trading, whose checks all pass.  What
 * is not so goes the long way, which decides everything again. */
#include "dataplane/match/bj_match_priv.h"

/* Eight bytes of a command at once: the compiler does not join the comparisons by itself. */
static inline uint64_t word_of(const bj_match_cmd_t *cmd, size_t offset) {
    uint64_t word;
    memcpy(&word, (const uint8_t *)cmd + offset, sizeof word);
    return word;
}
static_assert(offsetof(bj_match_cmd_t, disclosed_qty) ==
                  offsetof(bj_match_cmd_t, trigger_paise) + 4,
              "one word");
static_assert(offsetof(bj_match_cmd_t, desk) == offsetof(bj_match_cmd_t, account) + 4, "one word");

/* As it stands in events too: instrument and price. */
static inline uint64_t named_price(const bj_match_cmd_t *cmd) {
    return word_of(cmd, offsetof(bj_match_cmd_t, instrument_idx));
}
static_assert(offsetof(bj_match_cmd_t, price_paise) ==
                  offsetof(bj_match_cmd_t, instrument_idx) + 4,
              "one word");

/* No stop, nothing hidden, no flag. */
static inline bool is_bare(const bj_match_cmd_t *cmd) {
    return !(word_of(cmd, offsetof(bj_match_cmd_t, trigger_paise)) | cmd->flags);
}

/* An account or a desk: the order needs its cold half. */
static inline bool has_names(const bj_match_cmd_t *cmd) {
    const uint64_t account_desk = (UINT64_C(1) << 48) - 1;
    return word_of(cmd, offsetof(bj_match_cmd_t, account)) & account_desk;
}

/* Operation, side, type and validity as one word; a plain new order's, of either side. */
#define SIDES_APART ((uint32_t)(BJ_SELL - BJ_BUY) << 8)
static_assert((BJ_SELL & 1) == 1 && (BJ_BUY & 1) == 0, "a side's lowest bit says which it is");

static inline uint32_t form_of(const bj_match_cmd_t *cmd) {
    uint32_t form;
    memcpy(&form, &cmd->op, sizeof form);
    return form;
}
static inline bool form_sells(uint32_t form) { return form >> 8 & 1; }
static inline uint32_t form_plain(bool sell) {
    return (BJ_OP_NEW | (uint32_t)BJ_BUY << 8 | (uint32_t)BJ_LIMIT << 16 | (uint32_t)BJ_DAY << 24) +
           sell * SIDES_APART;
}

#define KIND(type, side, reason, flags) \
    ((uint32_t)(type) | (uint32_t)(side) << 8 | (uint32_t)(reason) << 16 | (uint32_t)(flags) << 24)
static inline void event_kind(bj_match_event_t *event, uint32_t kind) {
    memcpy(&event->type, &kind, sizeof kind);
}

/* What has come in, or has new terms: cum_qty has traded before, the book shows shown_qty. */
FORCED void say_plain(bj_match_t *m, const bj_match_cmd_t *cmd, uint32_t kind, int32_t cum_qty,
                      int32_t shown_qty, uint32_t handle) {
    bj_match_event_t *event = emit(m);
    event->cmd_no = m->cmd_no;
    event->order_id = cmd->order_id;
    event->contra_id = 0;
    uint64_t named = named_price(cmd);
    memcpy(&event->instrument_idx, &named, sizeof named);
    int32_t qty = cmd->qty;
    event->qty = qty;
    event->leaves_qty = qty;
    event->cum_qty = cum_qty;
    event->contra_leaves_qty = shown_qty;
    event->contra_cum_qty = 0;
    event->handle = handle;
    event->contra_handle = BJ_HANDLE_NONE;
    event_kind(event, kind);
}

FORCED void say_resting(bj_match_t *m, const bj_match_cmd_t *cmd, uint8_t type, uint8_t side,
                        uint8_t flags, int32_t cum_qty, uint32_t handle) {
    say_plain(m, cmd, KIND(type, side, 0, flags), cum_qty, cmd->qty, handle);
}

/* bj_match_take.c.  False: not plain, and nothing has changed. */
bool bj_match_take_plain(bj_match_t *m, const bj_match_cmd_t *cmd, uint64_t id_home);

#endif /* BJ_MATCH_PLAIN_H */
