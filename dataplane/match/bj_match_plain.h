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

static inline bool is_open(const instrument_t *instrument, const bj_match_cmd_t *cmd) {
    return (instrument->phase == BJ_PHASE_CONTINUOUS) & (cmd->qty > 0) &
           (cmd->price_paise >= instrument->band_lo_paise) &
           (cmd->price_paise <= instrument->band_hi_paise);
}

/* cum_shown: what it has traded before, and what the book shows of it. */
static inline void say_incoming_plain(bj_match_t *m, const bj_match_cmd_t *cmd, uint8_t type,
                                      uint8_t side, uint8_t flags, uint64_t cum_shown,
                                      uint32_t handle) {
    uint32_t qty = (uint32_t)cmd->qty;
    uint64_t word[4] = {named_price(cmd), two(qty, qty), cum_shown, two(0, handle)};
    say_words(m, cmd->order_id, 0, word, last_word(BJ_HANDLE_NONE, type, side, 0, flags));
}

static inline void say_resting(bj_match_t *m, const bj_match_cmd_t *cmd, uint8_t type, uint8_t side,
                               uint8_t flags, int32_t cum_qty, uint32_t handle) {
    uint64_t cum_shown = two((uint32_t)cum_qty, (uint32_t)cmd->qty);
    say_incoming_plain(m, cmd, type, side, flags, cum_shown, handle);
}

/* bj_match_take.c.  False: not plain, and nothing has changed. */
bool bj_match_take_plain(bj_match_t *m, const bj_match_cmd_t *cmd, const struct plan *plan);

#endif /* BJ_MATCH_PLAIN_H */
