#ifndef BJ_HW_RISK_H
#define BJ_HW_RISK_H

/* bj_hw_risk - what dataplane/risk says of an order, in the terms of hw/rtl/bj_risk_gate.sv: a desk
 * of the gate is an account of bj_risk, with nothing else limited.
 *
 * Ownership  bj_hw_risk_new allocates, bj_hw_risk_free frees.
 * Threads    one.  Callable from C++. */
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bj_hw_risk bj_hw_risk_t;

enum { BJ_HW_DESKS = 16, BJ_HW_TOKENS = 64 };
enum { /* of out_why, by bit */
       BJ_HW_KILLED,
       BJ_HW_BAND,
       BJ_HW_QTY,
       BJ_HW_VALUE,
       BJ_HW_OPEN,
       BJ_HW_RATE,
       BJ_HW_PASS
};

typedef struct bj_hw_desk {
    int32_t qty_max;
    int64_t value_max_paise, open_max_paise;
    uint32_t rate_per_s, burst;
    bool live;
} bj_hw_desk_t;
typedef struct bj_hw_token {
    int32_t lo_paise, hi_paise, freeze_qty;
} bj_hw_token_t;

bj_hw_risk_t *bj_hw_risk_new(const bj_hw_token_t tokens[BJ_HW_TOKENS]);
void bj_hw_risk_free(bj_hw_risk_t *risk);
void bj_hw_risk_desk(bj_hw_risk_t *risk, unsigned desk, const bj_hw_desk_t *limits);
void bj_hw_risk_token(bj_hw_risk_t *risk, unsigned token, const bj_hw_token_t *limits);
void bj_hw_risk_kill(bj_hw_risk_t *risk, bool kill); /* every desk is blocked; or as it was */
/* The first check that fails, or BJ_HW_PASS: then the order is open, and *ref names it. */
int bj_hw_risk_order(bj_hw_risk_t *risk, unsigned desk, unsigned token, bool sell,
                     int32_t price_paise, int32_t qty, int64_t now_ns, unsigned *ref);
int64_t bj_hw_risk_close(bj_hw_risk_t *risk, unsigned ref, unsigned *desk); /* its value */
int64_t bj_hw_risk_open_value(const bj_hw_risk_t *risk, unsigned desk);

#ifdef __cplusplus
}
#endif

#endif /* BJ_HW_RISK_H */
