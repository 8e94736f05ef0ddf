#ifndef TEST_MATCH_MODEL_PRIV_H
#define TEST_MATCH_MODEL_PRIV_H

/* What the model's files share.  test_match_model.c: events, finding, looking; _order.c: sections 2
 * to 5 of docs/matching.md; _session.c: 6 to 8. */
#include "dataplane/match/test_match_model.h"

typedef struct model_range {
    int32_t lo, hi; /* of traded prices; 0, 0: no trade */
} model_range_t;

bool m_in_auction(const model_instrument_t *ins);
bool m_is_defined(const model_t *m, uint32_t instrument_idx);
bj_match_event_t *m_event_add(model_t *m, uint8_t type, uint32_t instrument_idx);
bj_match_event_t *m_tell(model_t *m, const model_order_t *o, uint8_t type, uint8_t flags);
void m_end(model_t *m, model_order_t *o, bj_status_t reason);
void m_request_rejected(model_t *m, const bj_match_cmd_t *cmd, uint32_t instrument_idx,
                        const model_order_t *o, bj_status_t reason);
void m_refuse(model_t *m, const bj_match_cmd_t *cmd, bj_status_t reason);
void m_done(model_t *m, uint32_t instrument_idx, int32_t cnt, bj_status_t reason,
            uint8_t side);
int32_t m_min_i32(int32_t a, int32_t b);
int32_t m_fresh_slice(const model_order_t *o);
model_order_t *m_first(const model_t *m, uint32_t instrument_idx, model_where_t where,
                       uint8_t side);
model_order_t *m_find(const model_t *m, uint64_t order_id);
uint8_t m_other_side(uint8_t side);
bool m_is_same_owner(const model_order_t *a, const model_order_t *b);
model_order_t **m_list_all(const model_t *m, uint32_t instrument_idx, uint32_t *cnt);
void m_band(const model_instrument_t *ins, bool of_auction, int64_t *lo, int64_t *hi);
bool m_is_outside(int64_t price, int64_t lo, int64_t hi);
int64_t m_max_i64(int64_t a, int64_t b);
int64_t m_min_i64(int64_t a, int64_t b);
int64_t m_taker_limit(const model_t *m, const model_order_t *o);
bool m_is_beyond(uint8_t taker_side, int64_t price, int64_t limit);
int32_t m_window_price(const model_instrument_t *ins);
bj_match_event_t *m_trade(model_t *m, model_order_t *o, model_order_t *contra, int32_t price,
                          int32_t qty);
void m_run_line(model_t *m, uint32_t instrument_idx, model_range_t traded);
void m_apply_new(model_t *m, const bj_match_cmd_t *cmd);
void m_apply_modify(model_t *m, const bj_match_cmd_t *cmd);
void m_apply_cancel(model_t *m, const bj_match_cmd_t *cmd);
void m_apply_mass_cancel(model_t *m, const bj_match_cmd_t *cmd);
void m_apply_phase(model_t *m, const bj_match_cmd_t *cmd);
void m_apply_uncross(model_t *m, const bj_match_cmd_t *cmd);
void m_apply_window(model_t *m, const bj_match_cmd_t *cmd);
void m_apply_band(model_t *m, const bj_match_cmd_t *cmd);
void m_apply_day_end(model_t *m, const bj_match_cmd_t *cmd);

#endif /* TEST_MATCH_MODEL_PRIV_H */
