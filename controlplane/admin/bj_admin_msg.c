#include "controlplane/admin/bj_admin_msg.h"

#include "controlplane/instruments/bj_instruments.h"
#include "controlplane/text/bj_text.h"

/* Signed or not, of 1 to 8 bytes: as JSON's integers have them. */
#define FIELD(f) {#f, offsetof(bj_oe_admin_t, f), sizeof((bj_oe_admin_t *)0)->f}
static const struct {
    const char *name;
    size_t at, bytes;
} fields[] = {FIELD(kind), FIELD(auction), FIELD(market_first), FIELD(token), FIELD(account_id),
              FIELD(value), FIELD(order_value_max_paise), FIELD(reference_paise), FIELD(hi_paise),
              FIELD(band_bp), FIELD(level), FIELD(limit)};
#undef FIELD

static const struct {
    const char *what, *act;
} kinds[] = {
    [BJ_OE_ADMIN_INSTRUMENT_STATE] = {"act:state", "instrument.resume"},
    [BJ_OE_ADMIN_PHASE] = {"act:phase", "instrument.phase"},
    [BJ_OE_ADMIN_UNCROSS] = {"act:uncross", "instrument.uncross"},
    [BJ_OE_ADMIN_BAND] = {"act:band", "instrument.band"},
    [BJ_OE_ADMIN_LIMIT] = {"act:limit", "limit.set"},
};

const char *bj_admin_msg_what(const bj_oe_admin_t *msg) {
    return msg->kind < BJ_COUNT(kinds) ? kinds[msg->kind].what : NULL;
}

const char *bj_admin_msg_act(const bj_oe_admin_t *msg) { return kinds[msg->kind].act; }

/* The machine is little-endian, as the wire is. */
json_t *bj_admin_msg_json(const bj_oe_admin_t *msg) {
    json_t *json = json_object();
    for (size_t i = 0; i < BJ_COUNT(fields); i++) {
        int64_t value = 0;
        memcpy(&value, (const uint8_t *)msg + fields[i].at, fields[i].bytes);
        if (value) json_object_set_new(json, fields[i].name, json_integer(value));
    }
    return json;
}

bool bj_admin_msg_read(const char *text, bj_oe_admin_t *msg) {
    json_t *json = json_loads(text, 0, NULL);
    *msg = (bj_oe_admin_t){.kind = 0};
    for (size_t i = 0; i < BJ_COUNT(fields); i++) {
        int64_t value = json_integer_value(json_object_get(json, fields[i].name));
        memcpy((uint8_t *)msg + fields[i].at, &value, fields[i].bytes);
    }
    json_decref(json);
    return bj_admin_msg_what(msg) != NULL;
}

json_t *bj_admin_msg_in_force(const bj_oe_admin_t *msg, const bj_oe_report_t *refusal) {
    if (msg->kind == BJ_OE_ADMIN_LIMIT)
        return json_pack("{s:I}", "value", (json_int_t)refusal->client_order_id);
    if (msg->kind == BJ_OE_ADMIN_BAND)
        return json_pack("{s:i, s:i}", "lo_paise", refusal->price_paise, "hi_paise",
                         refusal->last_price_paise);
    json_t *json = json_pack("{s:s, s:I}", "state",
                             bj_instrument_state_name((bj_instrument_state_t)refusal->value),
                             "mark", (json_int_t)refusal->client_order_id);
    if (msg->token) return json;
    json_object_set_new(json, "halted", json_integer(refusal->leaves_qty));
    json_object_set_new(json, "closed", json_integer(refusal->cum_qty));
    return json;
}

static json_t *limit_words(const bj_oe_admin_t *msg, const char *symbol) {
    static const char *const levels[] = {"?", BJ_LEVEL_WORDS};
    char account[BJ_ID_TEXT_BYTES];
    json_t *json = json_pack("{s:s, s:s, s:I}", "level",
                             levels[msg->level < BJ_LEVEL_END ? msg->level : 0], "limit",
                             bj_limit_word(msg->limit), "value",
                             (json_int_t)msg->order_value_max_paise);
    if (msg->account_id)
        json_object_set_new(json, "account_id", json_string(bj_id_text(msg->account_id, account)));
    if (msg->value) json_object_set_new(json, "session_id", json_integer(msg->value));
    if (msg->token) json_object_set_new(json, "symbol", json_string(symbol));
    return json;
}

/* All of it: who says yes has to see what else comes with the phase. */
static json_t *phase_words(const bj_oe_admin_t *msg, const char *symbol) {
    static const char *const auctions[] = {NULL, "open", "resume", "close"};
    json_t *json = json_pack("{s:s, s:s}", "symbol", symbol, "state",
                             bj_instrument_state_name((bj_instrument_state_t)msg->value));
    if (msg->auction && msg->auction < BJ_COUNT(auctions))
        json_object_set_new(json, "auction", json_string(auctions[msg->auction]));
    if (msg->reference_paise)
        json_object_set_new(json, "reference_paise", json_integer(msg->reference_paise));
    if (msg->band_bp) json_object_set_new(json, "band_bp", json_integer(msg->band_bp));
    if (msg->market_first) json_object_set_new(json, "market_first", json_true());
    return json;
}

json_t *bj_admin_msg_words(const bj_app_t *app, const bj_oe_admin_t *msg) {
    const bj_universe_row_t *row = bj_instrument_by_token(app->instruments, msg->token);
    const char *symbol = row ? row->symbol : msg->token ? "?" : "ALL";
    if (msg->kind == BJ_OE_ADMIN_LIMIT) return limit_words(msg, symbol);
    if (msg->kind == BJ_OE_ADMIN_BAND)
        return json_pack("{s:s, s:i, s:i}", "symbol", symbol, "lo_paise", msg->reference_paise,
                         "hi_paise", msg->hi_paise);
    return phase_words(msg, symbol);
}
