#ifndef BJ_RISK_WISH_H
#define BJ_RISK_WISH_H

/* What bj_risk_check.c (the short way) and bj_risk_reason.c (the long way) share. */
#include "dataplane/risk/bj_risk_priv.h"

enum { FLAGS_KNOWN = BJ_FLAG_CANCEL_ON_DISCONNECT | BJ_FLAG_STP_ACTIVE | BJ_FLAG_INTRADAY };

/* An order as the checks see it: the wish, where it comes from, what it would replace. */
typedef struct wish {
    const bj_risk_t       *risk;
    const bj_risk_terms_t *terms;
    const instrument_t    *instrument;     /* NULL: unknown */
    holder_t              *holder[LEVELS]; /* account, desk, member; NULL: unknown; no room */
    uint32_t unpaid;                       /* a bit for each of these: it has no credit left */
    unsigned side;                         /* BUY_SIDE, SELL_SIDE */
    bool     is_new;
    uint32_t row;
    int32_t  old_price_paise, old_qty; /* open now, if it is a change; else 0, 0 */
    /* By the long way: made once for all holders. */
    int32_t  price_paise; /* what it counts at */
    uint32_t underlying_row; /* BJ_RISK_NONE: none */
    int64_t  more_qty;       /* open */
    int64_t  value_paise, more_value_paise; /* of the whole order; open */
    int32_t  grown_qty; /* the whole quantity, if it is more than it was; else 0 */
    bool     value_grows;
} wish_t;

/* bj_risk_reason.c: the first thing that is against it, or BJ_OK.  cmd: a new order's, else
 * NULL. */
bj_status_t bj_risk_reason(wish_t *w, const bj_cmd_t *cmd);
int32_t bj_risk_counted_price(const wish_t *w);
/* Is the price where limit price protection by the reference lets it be? */
bool bj_risk_near_reference(const instrument_t *instrument, int32_t price_paise, int64_t now_ns);

#endif /* BJ_RISK_WISH_H */
