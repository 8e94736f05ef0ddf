#include "controlplane/orders/bj_order_json.h"

#include "controlplane/text/bj_text.h"

static const char *side_name(uint8_t side) { return side == BJ_SELL ? "SELL" : "BUY"; }

/* Word n - 1 of a NULL-ended list. */
static const char *word(const char *const *words, uint8_t n) {
    for (size_t i = 0; words[i]; i++) {
        if (i + 1 == n) return words[i];
    }
    return "?";
}

json_t *bj_order_json(const bj_order_view_t *view, const char *symbol, json_t *app) {
    char order_id[BJ_ID_TEXT_BYTES], client_order_id[BJ_ID_TEXT_BYTES], account[BJ_ID_TEXT_BYTES];
    char created[BJ_TIME_TEXT_BYTES], updated[BJ_TIME_TEXT_BYTES], expiry[BJ_DAY_TEXT_BYTES];
    /* Only an order that ended otherwise than by filling has something to explain. */
    bool explain = view->state == BJ_ORDER_CANCELLED || view->state == BJ_ORDER_REJECTED;
    bj_status_t reason = (bj_status_t)view->reason;
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:I, s:s, "
        "s:s, s:s, s:s, s:s, s:o}",
        "order_id", bj_id_text(view->order_id, order_id), "client_order_id",
        bj_id_text(view->client_order_id, client_order_id), "account_id",
        bj_id_text(view->account_id, account), "symbol", symbol, "token", (json_int_t)view->token,
        "side", side_name(view->side), "type", word(bj_order_type_words, view->order_type),
        "tif", word(bj_order_tif_words, view->tif), "expiry", bj_day_text(view->expiry_day, expiry),
        "price_paise", view->price_paise, "trigger_price_paise", view->trigger_price_paise, "qty",
        view->qty, "disclosed_qty", view->disclosed_qty, "filled_qty", view->filled_qty,
        "leaves_qty", view->leaves_qty, "average_paise",
        (json_int_t)bj_order_average_paise(view), "state", bj_order_state_word(view),
        "reason", explain ? bj_status_name(reason) : "", "reason_text",
        explain ? bj_status_text(reason) : "", "created", bj_time_text(view->created_ns, created),
        "updated", bj_time_text(view->updated_ns, updated), "app", app);
}

json_t *bj_trade_json(const bj_trade_view_t *trade, const char *symbol) {
    char trade_id[BJ_ID_TEXT_BYTES], order_id[BJ_ID_TEXT_BYTES], time[BJ_TIME_TEXT_BYTES];
    return json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:s, s:b, s:b}", "trade_id",
                     bj_id_text(trade->match_id, trade_id), "order_id",
                     bj_id_text(trade->order_id, order_id), "symbol", symbol, "side",
                     side_name(trade->side), "price_paise", trade->price_paise, "qty", trade->qty,
                     "time", bj_time_text(trade->time_ns, time), "maker", trade->maker,
                     "auction", trade->auction);
}
