#include "dataplane/wire/bj_oe_codec.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include "dataplane/wire/bj_cmd_reason.h"

/* --- framing: a letter, a length --- */
static const uint8_t in_bytes[256] = {
#define X(name, letter, type, sequenced, text) [letter] = sizeof(type),
    BJ_OE_IN_LIST(X)
#undef X
};

static const uint8_t out_bytes[256] = {
#define X(name, letter, type, sequenced, text) [letter] = sizeof(type),
    BJ_OE_OUT_LIST(X)
#undef X
#define X(name, value, letter, text) [letter] = sizeof(bj_oe_report_t),
    BJ_EVENT_LIST(X)
#undef X
};

static bj_status_t frame(const uint8_t table[256], const uint8_t *data, size_t data_bytes,
                         size_t *msg_bytes) {
    bj_oe_header_t header;
    if (data_bytes < sizeof header) return BJ_ERR_TRUNCATED;
    memcpy(&header, data, sizeof header);
    size_t want_bytes = table[header.type];
    if (!want_bytes) return BJ_ERR_UNKNOWN_TYPE;
    bool stray = header.app && header.type != BJ_OE_NEW;
    if (header.len_bytes != want_bytes || header.version != BJ_OE_VERSION || stray) {
        return BJ_ERR_BAD_FIELD;
    }
    if (data_bytes < want_bytes) return BJ_ERR_TRUNCATED;
    *msg_bytes = want_bytes;
    return BJ_OK;
}

bj_status_t bj_oe_frame(const uint8_t *data, size_t data_bytes, size_t *msg_bytes) {
    return frame(in_bytes, data, data_bytes, msg_bytes);
}

bj_status_t bj_oe_frame_out(const uint8_t *data, size_t data_bytes, size_t *msg_bytes) {
    return frame(out_bytes, data, data_bytes, msg_bytes);
}

/* --- messages to commands: each returns what is wrong, or NULL --- */
static const char *check_price(const bj_oe_new_t *w) {
    bool limit = w->order_type == BJ_LIMIT || w->order_type == BJ_SL;
    bool stop = w->order_type == BJ_SL || w->order_type == BJ_SL_M;
    if (limit && w->price_paise <= 0) return "price of a limit must be above 0";
    if (!limit && w->price_paise) return "price of a market order must be 0";
    if (stop && w->trigger_price_paise <= 0) return "trigger_price of a stop must be above 0";
    if (!stop && w->trigger_price_paise) return "trigger_price must be 0 unless a stop";
    return NULL;
}

static const char *check_validity(const bj_oe_new_t *w) {
    if (w->tif < BJ_DAY || w->tif > BJ_GTC) return "tif must be in [1, 4]";
    if (w->tif != BJ_GTD) return w->expiry_day ? "expiry_day must be 0 unless GTD" : NULL;
    bool ok = w->expiry_day && w->expiry_day <= UINT16_MAX;
    return ok ? NULL : "expiry_day must be in [1, 65535]";
}

static const char *check_new(const bj_oe_new_t *w) {
    const uint8_t flags = BJ_FLAG_CANCEL_ON_DISCONNECT | BJ_FLAG_STP_ACTIVE | BJ_FLAG_INTRADAY;
    const char *text;
    if (!w->client_order_id) return "client_order_id must be above 0";
    if (!w->account_id) return "account_id must be above 0";
    if (!w->token || w->token > INT32_MAX) return "token must be in [1, 2147483647]";
    if (w->side != BJ_BUY && w->side != BJ_SELL) return "side must be 'B' or 'S'";
    if (w->order_type < BJ_LIMIT || w->order_type > BJ_SL_M) return "order_type must be in [1, 4]";
    if ((text = check_validity(w)) || (text = check_price(w))) return text;
    if (w->qty <= 0) return "qty must be above 0";
    if (w->disclosed_qty < 0) return "disclosed_qty must not be negative";
    return w->flags & ~flags ? "flags may only hold bits 1 to 3" : NULL;
}

static const char *from_new(const uint8_t *msg, bj_cmd_t *cmd) {
    bj_oe_new_t w;
    memcpy(&w, msg, sizeof w);
    const char *text = check_new(&w);
    if (text) return text;
    cmd->type = BJ_CMD_NEW;
    cmd->client_order_id = w.client_order_id;
    cmd->account_id = w.account_id;
    cmd->token = w.token;
    cmd->price_paise = w.price_paise;
    cmd->qty = w.qty;
    cmd->trigger_price_paise = w.trigger_price_paise;
    cmd->disclosed_qty = w.disclosed_qty;
    cmd->side = w.side;
    cmd->order_type = w.order_type;
    cmd->tif = w.tif;
    cmd->flags = w.flags;
    cmd->body.opened = (bj_cmd_new_t){.expiry_day = w.expiry_day, .app = w.header.app};
    return NULL;
}

static const char *from_modify(const uint8_t *msg, bj_cmd_t *cmd) {
    bj_oe_modify_t w;
    memcpy(&w, msg, sizeof w);
    if (!w.order_id) return "order_id must be above 0";
    if (!w.account_id) return "account_id must be above 0";
    if (w.price_paise < 0) return "price must not be negative";
    if (w.qty <= 0) return "qty must be above 0";
    if (w.trigger_price_paise < 0) return "trigger_price must not be negative";
    if (w.disclosed_qty < 0) return "disclosed_qty must not be negative";
    cmd->type = BJ_CMD_MODIFY;
    cmd->order_id = w.order_id;
    cmd->client_order_id = w.client_order_id;
    cmd->account_id = w.account_id;
    cmd->token = w.token;
    cmd->price_paise = w.price_paise;
    cmd->qty = w.qty;
    cmd->trigger_price_paise = w.trigger_price_paise;
    cmd->disclosed_qty = w.disclosed_qty;
    return NULL;
}

static const char *from_cancel(const uint8_t *msg, bj_cmd_t *cmd) {
    bj_oe_cancel_t w;
    memcpy(&w, msg, sizeof w);
    if (!w.order_id) return "order_id must be above 0";
    if (!w.account_id) return "account_id must be above 0";
    cmd->type = BJ_CMD_CANCEL;
    cmd->order_id = w.order_id;
    cmd->account_id = w.account_id;
    cmd->token = w.token;
    return NULL;
}

static const char *from_mass_cancel(const uint8_t *msg, bj_cmd_t *cmd) {
    static const uint8_t zeros[sizeof((bj_oe_mass_cancel_t *)0)->reserved];
    bj_oe_mass_cancel_t w;
    memcpy(&w, msg, sizeof w);
    if (w.side && w.side != BJ_BUY && w.side != BJ_SELL) return "side must be 0, 'B' or 'S'";
    if (memcmp(w.reserved, zeros, sizeof zeros) != 0) return "reserved must be 0";
    cmd->type = BJ_CMD_MASS_CANCEL;
    cmd->account_id = w.account_id;
    cmd->token = w.token;
    cmd->side = w.side;
    return NULL;
}

/* --- administrative commands --- */
static const char *from_admin_state(const bj_oe_admin_t *w, bj_cmd_t *cmd) {
    if (!w->token) return "token must be above 0";
    if (w->value != BJ_STATE_OPEN && w->value != BJ_STATE_HALTED)
        return "value must be 1 open or 2 halted";
    cmd->body.set_state = (bj_cmd_state_t){.state = w->value, .author = w->author};
    return NULL;
}

static const char *from_admin_account(const bj_oe_admin_t *w, bj_cmd_t *cmd) {
    if (!w->account_id || w->account_id > INT32_MAX)
        return "account_id must be in [1, 2147483647]";
    if (w->value > 1) return "value must be 0 or 1 blocked";
    if (w->how > BJ_OE_HOW_TWO) return "how must be 0, 1 or 2";
    if (w->pan_key > INT32_MAX) return "pan_key must be in [0, 2147483647]";
    if (w->order_value_max_paise < 0 || w->open_value_max_paise < 0 || w->position_max_qty < 0) {
        return "limits must not be negative";
    }
    cmd->body.account = (bj_cmd_account_t){
        .order_value_max_paise = w->order_value_max_paise,
        .open_value_max_paise = w->open_value_max_paise,
        .position_max_qty = w->position_max_qty,
        .open_orders_max = w->open_orders_max,
        .blocked = w->value,
        .author = w->author,
        .pan_key = w->pan_key,
        .first = w->how == 1,
    };
    return NULL;
}

static const char *from_admin_phase(const bj_oe_admin_t *w, bj_cmd_t *cmd) {
    if (w->value >= BJ_STATE_CNT) return "value must be a phase, in [0, 6]";
    if (w->auction > 3) return "auction must be in [0, 3]";
    if (w->reference_paise < 0) return "reference must not be negative";
    if (w->band_bp > 10000) return "band_bp must be in [0, 10000]";
    cmd->body.phase = (bj_cmd_phase_t){.phase = (uint8_t)w->value, .auction = w->auction,
                                       .reference_paise = w->reference_paise,
                                       .band_bp = w->band_bp, .author = w->author};
    return NULL;
}

static const char *from_admin_uncross(const bj_oe_admin_t *w, bj_cmd_t *cmd) {
    bool auction = w->value == BJ_STATE_AUCTION || w->value == BJ_STATE_AUCTION_LIMIT;
    if (w->value >= BJ_STATE_CNT || auction) return "value must be a phase, no auction";
    if (w->market_first > 1) return "market_first must be 0 or 1";
    cmd->body.phase = (bj_cmd_phase_t){.phase = (uint8_t)w->value,
                                       .market_first = w->market_first, .author = w->author};
    return NULL;
}

static const char *from_admin_band(const bj_oe_admin_t *w, bj_cmd_t *cmd) {
    if (!w->token) return "token must be above 0";
    if (w->reference_paise <= 0) return "reference, the low end, must be above 0";
    if (w->hi_paise < w->reference_paise) return "hi must not be below reference";
    cmd->body.band = (bj_cmd_band_t){.lo_paise = w->reference_paise, .hi_paise = w->hi_paise,
                                     .author = w->author};
    return NULL;
}

static const char *from_admin_window(const bj_oe_admin_t *w, bj_cmd_t *cmd) {
    cmd->body.set_state = (bj_cmd_state_t){.author = w->author};
    return NULL;
}

static const char *from_admin_day_end(const bj_oe_admin_t *w, bj_cmd_t *cmd) {
    if (!w->value || w->value > UINT16_MAX) return "value must be a day, in [1, 65535]";
    cmd->body.day = (bj_cmd_day_t){.day = w->value, .author = w->author};
    return NULL;
}

static const char *from_admin_kill(const bj_oe_admin_t *w, bj_cmd_t *cmd) {
    if (w->value > UINT16_MAX) return "value must be a session, in [0, 65535]";
    if (w->side && w->side != BJ_BUY && w->side != BJ_SELL) return "side must be 0, 'B' or 'S'";
    if (w->how > 1) return "how must be 0 or 1";
    cmd->side = w->side;
    cmd->body.kill = (bj_cmd_kill_t){.desk = (uint16_t)w->value, .block = w->how,
                                     .author = w->author};
    return NULL;
}

static const char *from_admin_limit(const bj_oe_admin_t *w, bj_cmd_t *cmd) {
    cmd->body.limit = (bj_cmd_limit_t){.limit = w->limit, .level = w->level, .desk = w->value,
                                       .value = w->order_value_max_paise, .author = w->author};
    return bj_limit_wrong(&cmd->body.limit, w->account_id, w->token);
}

static const char *from_admin_release(const bj_oe_admin_t *w, bj_cmd_t *cmd) {
    if (w->order_value_max_paise <= 0) return "order must be above 0";
    cmd->order_id = (uint64_t)w->order_value_max_paise;
    cmd->body.release = (bj_cmd_release_t){.author = w->author};
    return NULL;
}

static const struct {
    bj_cmd_type_t cmd;
    const char *(*from)(const bj_oe_admin_t *w, bj_cmd_t *cmd);
} admin_kinds[] = {
    [BJ_OE_ADMIN_INSTRUMENT_STATE] = {BJ_CMD_INSTRUMENT_STATE, from_admin_state},
    [BJ_OE_ADMIN_ACCOUNT] = {BJ_CMD_ACCOUNT, from_admin_account},
    [BJ_OE_ADMIN_PHASE] = {BJ_CMD_PHASE, from_admin_phase},
    [BJ_OE_ADMIN_UNCROSS] = {BJ_CMD_UNCROSS, from_admin_uncross},
    [BJ_OE_ADMIN_BAND] = {BJ_CMD_BAND, from_admin_band},
    [BJ_OE_ADMIN_WINDOW] = {BJ_CMD_WINDOW, from_admin_window},
    [BJ_OE_ADMIN_DAY_END] = {BJ_CMD_DAY_END, from_admin_day_end},
    [BJ_OE_ADMIN_KILL] = {BJ_CMD_KILL, from_admin_kill},
    [BJ_OE_ADMIN_LIMIT] = {BJ_CMD_LIMIT, from_admin_limit},
    [BJ_OE_ADMIN_RELEASE] = {BJ_CMD_RELEASE, from_admin_release},
};

/* Those that can loosen what is in force, and say by `how` nothing else. */
#define LOOSENS (KIND(INSTRUMENT_STATE) | KIND(PHASE) | KIND(UNCROSS) | KIND(BAND) | KIND(LIMIT) | \
                 KIND(RELEASE))
/* Which kinds have a field; in all others it must be 0. */
#define KIND(k) (1u << BJ_OE_ADMIN_##k)
#define FIELD(f, kinds) {offsetof(bj_oe_admin_t, f), sizeof((bj_oe_admin_t *)0)->f, kinds, \
                         #f " must be 0 for this kind"}
static const struct {
    size_t      at, bytes;
    unsigned    kinds;
    const char *text;
} admin_fields[] = {
    FIELD(auction, KIND(PHASE)),
    FIELD(market_first, KIND(UNCROSS)),
    FIELD(token, KIND(INSTRUMENT_STATE) | KIND(PHASE) | KIND(UNCROSS) | KIND(BAND) | KIND(WINDOW) |
                     KIND(KILL) | KIND(LIMIT)),
    FIELD(account_id, KIND(ACCOUNT) | KIND(KILL) | KIND(LIMIT)),
    FIELD(value, KIND(INSTRUMENT_STATE) | KIND(ACCOUNT) | KIND(PHASE) | KIND(UNCROSS) |
                     KIND(DAY_END) | KIND(KILL) | KIND(LIMIT)),
    {offsetof(bj_oe_admin_t, order_value_max_paise), sizeof(int64_t),
     KIND(ACCOUNT) | KIND(LIMIT) | KIND(RELEASE), "order_value_max must be 0 for this kind"},
    {offsetof(bj_oe_admin_t, open_value_max_paise), 2 * sizeof(int64_t), KIND(ACCOUNT),
     "limits must be 0 for this kind"},
    FIELD(open_orders_max, KIND(ACCOUNT)),
    FIELD(pan_key, KIND(ACCOUNT)),
    FIELD(reference_paise, KIND(PHASE) | KIND(BAND)),
    FIELD(hi_paise, KIND(BAND)),
    FIELD(band_bp, KIND(PHASE)),
    FIELD(side, KIND(KILL)),
    FIELD(level, KIND(LIMIT)),
    FIELD(limit, KIND(LIMIT)),
    FIELD(how, KIND(KILL) | KIND(ACCOUNT) | LOOSENS),
};
#undef FIELD

/* Two people, or one. */
static const char *put_people(const bj_oe_admin_t *w, bj_cmd_t *cmd) {
    bool two = w->how == BJ_OE_HOW_TWO;
    cmd->flags = two ? BJ_FLAG_TWO_PEOPLE : BJ_FLAG_ONE_PERSON;
    return !w->how || two || !(LOOSENS >> w->kind & 1) ? NULL : "how must be 0 or 2 for this kind";
}
#undef LOOSENS
#undef KIND

static const char *check_admin_fields(const bj_oe_admin_t *w) {
    static const uint8_t zeros[3 * sizeof(int64_t)];
    for (size_t i = 0; i < BJ_COUNT(admin_fields); i++) {
        const uint8_t *field = (const uint8_t *)w + admin_fields[i].at;
        bool has = admin_fields[i].kinds >> w->kind & 1;
        if (!has && memcmp(field, zeros, admin_fields[i].bytes) != 0) return admin_fields[i].text;
    }
    return NULL;
}

static const char *from_admin(const uint8_t *msg, bj_cmd_t *cmd) {
    bj_oe_admin_t w;
    const char *text;
    memcpy(&w, msg, sizeof w);
    if (!w.kind || w.kind >= BJ_COUNT(admin_kinds)) return "kind must be in [1, 10]";
    if (w.reason[sizeof w.reason - 1]) return "reason must end in NUL";
    if (w.token > INT32_MAX) return "token must be in [0, 2147483647]";
    if ((text = check_admin_fields(&w)) || (text = put_people(&w, cmd))) return text;
    cmd->type = (uint16_t)admin_kinds[w.kind].cmd;
    cmd->token = w.token;
    cmd->account_id = w.account_id;
    text = admin_kinds[w.kind].from(&w, cmd);
    if (!text) bj_cmd_set_reason(cmd, w.reason);
    return text;
}

static const char *(*const to_cmd[256])(const uint8_t *msg, bj_cmd_t *cmd) = {
    [BJ_OE_NEW] = from_new,
    [BJ_OE_MODIFY] = from_modify,
    [BJ_OE_CANCEL] = from_cancel,
    [BJ_OE_MASS_CANCEL] = from_mass_cancel,
    [BJ_OE_ADMIN] = from_admin,
};

bj_status_t bj_oe_to_cmd(const uint8_t *msg, size_t msg_bytes, bj_cmd_t *cmd, const char **text) {
    size_t whole_bytes;
    bj_oe_header_t header;
    bj_cmd_t made = {0};
    bj_status_t status = bj_oe_frame(msg, msg_bytes, &whole_bytes);
    *text = "message is not whole or not known";
    if (status != BJ_OK) return status;
    memcpy(&header, msg, sizeof header);
    if (!to_cmd[header.type]) return BJ_ERR_UNKNOWN_TYPE;
    if ((*text = to_cmd[header.type](msg, &made))) return BJ_ERR_BAD_FIELD;
    made.session_seq = header.seq;
    *cmd = made;
    return BJ_OK;
}

/* --- events to reports --- */
static uint8_t letter_of(uint16_t type) {
    switch ((bj_event_type_t)type) {
#define X(name, value, letter, text) case name: return letter;
        BJ_EVENT_LIST(X)
#undef X
    }
    return 0;
}

size_t bj_oe_from_event(const bj_event_t *event, uint64_t out_seq, bj_oe_report_t *report) {
    uint8_t letter = letter_of(event->type);
    if (!letter) return 0;
    *report = (bj_oe_report_t){
        .header = {.len_bytes = sizeof *report, .type = letter, .version = BJ_OE_VERSION,
                   .seq = out_seq},
        .time_ns = event->time_ns, .order_id = event->order_id,
        .client_order_id = event->client_order_id, .match_id = event->match_id,
        .event_seq = event->seq, .request_seq = event->session_seq,
        .account_id = event->account_id, .token = event->token,
        .price_paise = event->price_paise, .qty = event->qty, .leaves_qty = event->leaves_qty,
        .cum_qty = event->cum_qty, .last_price_paise = event->last_price_paise,
        .last_qty = event->last_qty, .trigger_price_paise = event->trigger_price_paise,
        .disclosed_qty = event->disclosed_qty, .reason = event->reason, .side = event->side,
        .order_type = event->order_type, .tif = event->tif, .flags = event->flags,
        .value = event->value, .app = event->app};
    return sizeof *report;
}

bool bj_oe_login_mac(const void *key, size_t key_bytes, const uint8_t nonce[BJ_OE_NONCE_BYTES],
                     const char session[BJ_OE_NAME_BYTES], uint8_t mac[BJ_OE_MAC_BYTES]) {
    uint8_t text[BJ_OE_NONCE_BYTES + BJ_OE_NAME_BYTES];
    unsigned mac_bytes = 0;
    memcpy(text, nonce, BJ_OE_NONCE_BYTES);
    memcpy(text + BJ_OE_NONCE_BYTES, session, BJ_OE_NAME_BYTES);
    return key_bytes <= INT32_MAX &&
           HMAC(EVP_sha256(), key, (int)key_bytes, text, sizeof text, mac, &mac_bytes) &&
           mac_bytes == BJ_OE_MAC_BYTES;
}
