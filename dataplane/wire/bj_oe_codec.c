#include "dataplane/wire/bj_oe_codec.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

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
    if (header.len_bytes != want_bytes || header.version != BJ_OE_VERSION || header.reserved) {
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
static const char *from_new(const uint8_t *msg, bj_cmd_t *cmd) {
    bj_oe_new_t w;
    memcpy(&w, msg, sizeof w);
    bool limit = w.order_type == BJ_LIMIT;
    if (!w.client_order_id) return "client_order_id must be above 0";
    if (!w.account_id) return "account_id must be above 0";
    if (!w.token || w.token > INT32_MAX) return "token must be in [1, 2147483647]";
    if (w.side != BJ_BUY && w.side != BJ_SELL) return "side must be 'B' or 'S'";
    if (!limit && w.order_type != BJ_MARKET) return "order_type must be 1 limit or 2 market";
    if (w.tif != BJ_DAY && w.tif != BJ_IOC) return "tif must be 1 day or 2 IOC";
    if (limit && w.price_paise <= 0) return "price of a limit must be above 0";
    if (!limit && w.price_paise) return "price of a market order must be 0";
    if (w.qty <= 0) return "qty must be above 0";
    if (w.trigger_price_paise) return "trigger_price must be 0";
    if (w.disclosed_qty) return "disclosed_qty must be 0";
    if (w.flags & ~BJ_FLAG_CANCEL_ON_DISCONNECT) return "flags may only hold bit 1";
    if (w.reserved) return "reserved must be 0";
    cmd->type = BJ_CMD_NEW;
    cmd->client_order_id = w.client_order_id;
    cmd->account_id = w.account_id;
    cmd->token = w.token;
    cmd->price_paise = w.price_paise;
    cmd->qty = w.qty;
    cmd->side = w.side;
    cmd->order_type = w.order_type;
    cmd->tif = w.tif;
    cmd->flags = w.flags;
    return NULL;
}

static const char *from_modify(const uint8_t *msg, bj_cmd_t *cmd) {
    bj_oe_modify_t w;
    memcpy(&w, msg, sizeof w);
    if (!w.order_id) return "order_id must be above 0";
    if (!w.account_id) return "account_id must be above 0";
    if (w.price_paise <= 0) return "price must be above 0";
    if (w.qty <= 0) return "qty must be above 0";
    if (w.trigger_price_paise) return "trigger_price must be 0";
    if (w.disclosed_qty) return "disclosed_qty must be 0";
    cmd->type = BJ_CMD_MODIFY;
    cmd->order_id = w.order_id;
    cmd->client_order_id = w.client_order_id;
    cmd->account_id = w.account_id;
    cmd->token = w.token;
    cmd->price_paise = w.price_paise;
    cmd->qty = w.qty;
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

static const char *from_admin_state(const bj_oe_admin_t *w, bj_cmd_t *cmd) {
    if (!w->token) return "token must be above 0";
    if (w->value != BJ_STATE_OPEN && w->value != BJ_STATE_HALTED) 
        return "value must be 1 open or 2 halted";
    cmd->type = BJ_CMD_INSTRUMENT_STATE;
    cmd->token = w->token;
    cmd->body.state = w->value;
    return NULL;
}

static const char *from_admin_account(const bj_oe_admin_t *w, bj_cmd_t *cmd) {
    if (!w->account_id) return "account_id must be above 0";
    if (w->value > 1) return "value must be 0 or 1 blocked";
    if (w->order_value_max_paise < 0 || w->open_value_max_paise < 0 || w->position_max_qty < 0) {
        return "limits must not be negative";
    }
    cmd->type = BJ_CMD_ACCOUNT;
    cmd->account_id = w->account_id;
    cmd->body.account = (bj_cmd_account_t){
        .order_value_max_paise = w->order_value_max_paise,
        .open_value_max_paise = w->open_value_max_paise,
        .position_max_qty = w->position_max_qty,
        .open_orders_max = w->open_orders_max,
        .blocked = w->value,
        .author = w->author,
    };
    return NULL;
}

static const char *from_admin(const uint8_t *msg, bj_cmd_t *cmd) {
    bj_oe_admin_t w;
    memcpy(&w, msg, sizeof w);
    if (w.reserved || w.reserved2) return "reserved must be 0";
    if (w.reason[sizeof w.reason - 1]) return "reason must end in NUL";
    if (w.kind == BJ_OE_ADMIN_INSTRUMENT_STATE) return from_admin_state(&w, cmd);
    if (w.kind == BJ_OE_ADMIN_ACCOUNT) return from_admin_account(&w, cmd);
    return "kind must be 1 state or 2 account";
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
        .value = event->value};
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
