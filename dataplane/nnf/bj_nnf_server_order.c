/* Requests about orders: what is wrong with one is said here, by the exchange's code, before the
 * back end sees it; what is a matter of the market (ticks, bands, limits) is the engine's. */
#include "dataplane/nnf/bj_nnf_pan.h"
#include "dataplane/nnf/bj_nnf_server_priv.h"

enum { NUMBER_BASE_FIRST = 10 };

/* Two digits of a stream, fourteen of a sequence; a double holds it exactly. */
uint64_t nnf_order_number_base(const bj_nnf_server_t *server) {
    return (NUMBER_BASE_FIRST + (uint64_t)server->config.settings.stream) * BJ_NNF_NUMBERS_A_STREAM;
}

/* Errors that the segments number differently. */
typedef enum fault {
    F_SIDE,
    F_BOOK,
    F_TRIGGER,
    F_PRO_CLIENT,
    F_BOOK_FLAGS,
    F_AON_MF,
    F_MIT,
    F_CNT
} fault_t;
static const int32_t faults[F_CNT][BJ_NNF_SEGMENT_CNT] = {
    [F_SIDE] = {16405, 16405},       [F_BOOK] = {16422, 16406},
    [F_TRIGGER] = {16423, 16408},    [F_PRO_CLIENT] = {16411, 16414},
    [F_BOOK_FLAGS] = {16414, 16415}, [F_AON_MF] = {16415, 16416},
    [F_MIT] = {16414, 16446},
};
static int32_t fault(const bj_nnf_server_t *server, fault_t which) {
    return faults[which][server->config.segment];
}

static int32_t who_wrong(const bj_nnf_server_t *server, const user_t *user,
                         const bj_nnf_msg_t *msg) {
    if (msg->trader_id && msg->trader_id != user->config.id) return BJ_NNF_E_USER_DIFFERS;
    if (strcmp(msg->broker_id, user->config.broker_id) != 0) return BJ_NNF_E_MEMBER;
    if (msg->pro_client != BJ_NNF_CLIENT && msg->pro_client != BJ_NNF_PRO)
        return fault(server, F_PRO_CLIENT);
    const char *account = msg->pro_client == BJ_NNF_PRO ? user->config.broker_id
                                                        : user->config.account;
    if (account[0] && strcmp(account, msg->account) != 0) return fault(server, F_PRO_CLIENT);
    if (server->config.settings.pan_required && !bj_nnf_pan_ok(msg->pan)) return BJ_NNF_E_PAN;
    return msg->algo_id < 0 ? BJ_NNF_E_ALGO : 0;
}

static bool has(uint32_t flags, bj_nnf_flag_t flag) { return flags >> flag & 1; }

/* One validity, and exactly one. */
static int32_t validity_get(const bj_nnf_server_t *server, const bj_nnf_msg_t *msg, uint32_t flags,
                            bj_cmd_t *cmd) {
    int given = has(flags, BJ_NNF_DAY) + has(flags, BJ_NNF_GTC) + has(flags, BJ_NNF_IOC) +
                (msg->good_till_s > 0);
    if (given != 1 || msg->good_till_s < 0) return fault(server, F_BOOK_FLAGS);
    cmd->tif = has(flags, BJ_NNF_DAY)   ? BJ_DAY
               : has(flags, BJ_NNF_GTC) ? BJ_GTC
               : has(flags, BJ_NNF_IOC) ? BJ_IOC
                                        : BJ_GTD;
    if (cmd->tif == BJ_GTD) cmd->body.expiry_day = (uint32_t)bj_nnf_day(msg->good_till_s);
    return 0;
}

static int32_t terms_get(const bj_nnf_server_t *server, const bj_nnf_msg_t *msg, bj_cmd_t *cmd) {
    uint32_t flags;
    if (!bj_nnf_flags_get(server->config.segment, msg, &flags)) return BJ_NNF_E_RESERVED;
    if (has(flags, BJ_NNF_AON) || has(flags, BJ_NNF_MF) || msg->min_fill_qty)
        return fault(server, F_AON_MF);
    if (has(flags, BJ_NNF_MIT)) return fault(server, F_MIT);
    bool stop = has(flags, BJ_NNF_STOP);
    if (stop != (msg->book == BJ_NNF_BOOK_STOP)) return fault(server, F_BOOK);
    if (!stop && msg->book != BJ_NNF_BOOK_REGULAR) return fault(server, F_BOOK);
    if (stop ? msg->trigger_paise <= 0 : msg->trigger_paise != 0) return fault(server, F_TRIGGER);
    if (msg->price_paise < 0) return bj_nnf_error(server->config.segment, BJ_REJ_PRICE);
    if (!msg->price_paise && msg->algo_id && server->config.settings.algo_market_refused)
        return 16732; /* market price with an algo id */
    cmd->price_paise = (int32_t)msg->price_paise;
    cmd->trigger_price_paise = (int32_t)msg->trigger_paise;
    cmd->order_type = stop ? (msg->price_paise ? BJ_SL : BJ_SL_M)
                           : (msg->price_paise ? BJ_LIMIT : BJ_MARKET);
    cmd->flags = has(flags, BJ_NNF_STPC) ? BJ_FLAG_STP_ACTIVE : 0;
    if (msg->more_flags & BJ_NNF_MORE_COL) cmd->flags |= BJ_FLAG_CANCEL_ON_DISCONNECT;
    return validity_get(server, msg, flags, cmd);
}

/* What is not even the form of an order the engine could only answer without one. */
static int32_t sizes_get(const bj_nnf_server_t *server, const bj_nnf_msg_t *msg, bj_cmd_t *cmd) {
    if (msg->side != BJ_NNF_BUY && msg->side != BJ_NNF_SELL) return fault(server, F_SIDE);
    if (msg->qty <= 0) return bj_nnf_error(server->config.segment, BJ_REJ_QTY);
    if (msg->disclosed_qty < 0) return bj_nnf_error(server->config.segment, BJ_REJ_DISCLOSED);
    cmd->side = msg->side == BJ_NNF_BUY ? BJ_BUY : BJ_SELL;
    cmd->qty = (int32_t)msg->qty;
    /* All disclosed is nothing hidden. */
    cmd->disclosed_qty = msg->disclosed_qty >= msg->qty ? 0 : (int32_t)msg->disclosed_qty;
    return 0;
}

static void cmd_sign(const user_t *user, bj_nnf_ask_t ask, bj_cmd_t *cmd, bj_now_t now) {
    cmd->session_id = user->config.session_id;
    cmd->account_id = user->config.account_id;
    cmd->session_seq = (user->ask_cnt + 1) << 2 | ask;
    cmd->time_ns = now.wall_ns;
}

/* The request's place in the session is used up only if the back end took it. */
static verdict_t cmd_send(bj_nnf_server_t *server, conn_t *conn, user_t *user,
                          const bj_nnf_msg_t *msg, const bj_cmd_t *cmd, bool *sent, bj_now_t now) {
    bj_status_t status = BJ_ERR_FULL;
    *sent = false;
    if (nnf_user_tell_lost(server, user, now))
        status = server->config.ops->order(server->config.ctx, cmd);
    if (status == BJ_ERR_FULL) {
        server->counters.held++;
        return HELD;
    }
    if (status != BJ_OK) {
        nnf_refuse(server, conn, msg, bj_nnf_error(server->config.segment, status), now);
        return USED;
    }
    user->ask_cnt++;
    user->asked[user->ask_cnt % ASKED_MAX] = conn->packet.seq;
    server->counters.commands++;
    *sent = true;
    return USED;
}

/* --- new --- */
static void record_fill(bj_nnf_record_t *record, const bj_nnf_msg_t *msg) {
    record->nnf_id = msg->nnf_id;
    record->algo_id = (int32_t)msg->algo_id;
    record->pro_client = (int16_t)msg->pro_client;
    record->settlement = (int16_t)msg->settlement;
    record->branch_id = (int16_t)msg->branch_id;
    record->open_close = (uint8_t)msg->open_close;
    record->more_flags = (uint8_t)msg->more_flags;
    record->suspended = (uint8_t)msg->suspended;
    record->participant_type = (uint8_t)msg->participant_type;
    memcpy(record->account, msg->account, sizeof record->account);
    memcpy(record->settlor, msg->settlor, sizeof record->settlor);
    memcpy(record->pan, msg->pan, sizeof record->pan);
    memcpy(record->remarks, msg->remarks, sizeof record->remarks);
}

static int32_t order_get(bj_nnf_server_t *server, const user_t *user, const bj_nnf_msg_t *msg,
                         bj_cmd_t *cmd) {
    int32_t error = who_wrong(server, user, msg);
    if (error) return error;
    const bj_nnf_instrument_t *row = nnf_instrument_named(server, msg);
    if (!row) return BJ_NNF_E_SYMBOL;
    if ((error = sizes_get(server, msg, cmd)) || (error = terms_get(server, msg, cmd)))
        return error;
    cmd->token = row->token;
    if (user->config.cancel_on_logoff) cmd->flags |= BJ_FLAG_CANCEL_ON_DISCONNECT;
    return 0;
}

verdict_t nnf_on_order(bj_nnf_server_t *server, conn_t *conn, user_t *user, const bj_nnf_msg_t *msg,
                       bj_now_t now) {
    bj_cmd_t cmd = {.type = BJ_CMD_NEW};
    bool full = msg->code == BJ_NNF_ORDER, sent;
    int32_t error = order_get(server, user, msg, &cmd);
    if (error) return nnf_refuse(server, conn, msg, error, now), USED;
    cmd_sign(user, BJ_NNF_ASK_NEW, &cmd, now);
    cmd.client_order_id = bj_nnf_client_order_id(user->config.session_id, full,
                                                 (uint32_t)user->ask_cnt + 1,
                                                 (int32_t)msg->client_ref);
    bj_nnf_record_t *record = bj_nnf_book_add(&server->book, cmd.client_order_id);
    if (!record) {
        server->counters.full++;
        return nnf_refuse(server, conn, msg, BJ_NNF_E_SYSTEM, now), USED;
    }
    record->full = full;
    record->user_idx = user_idx_of(server, user);
    record_fill(record, msg);
    verdict_t verdict = cmd_send(server, conn, user, msg, &cmd, &sent, now);
    if (!sent) bj_nnf_book_undo(&server->book);
    return verdict;
}

/* --- modify and cancel --- */
static bj_nnf_record_t *record_asked(bj_nnf_server_t *server, const bj_nnf_msg_t *msg) {
    uint64_t base = nnf_order_number_base(server), number = (uint64_t)msg->order_number;
    if (msg->order_number <= 0 || number <= base || number - base >= BJ_NNF_NUMBERS_A_STREAM)
        return NULL;
    return bj_nnf_book_order(&server->book, number - base);
}

static bool is_cancel(const bj_nnf_msg_t *msg) {
    return msg->code == BJ_NNF_CANCEL || msg->code == BJ_NNF_CANCEL_TR ||
           msg->code == BJ_NNF_QUICK_CANCEL_TR;
}

static int32_t change_wrong(const bj_nnf_server_t *server, const user_t *user,
                            const bj_nnf_record_t *record, const bj_nnf_msg_t *msg) {
    const bj_nnf_settings_t *settings = &server->config.settings;
    int32_t cannot = is_cancel(msg) ? BJ_NNF_E_CANNOT_CANCEL : BJ_NNF_E_CANNOT_MODIFY;
    if (!record) return 509; /* order not found */
    if (record->user_idx != user_idx_of(server, user)) return BJ_NNF_E_NOT_YOURS;
    if (record->ended) return cannot;
    if (settings->check_activity && msg->activity_ref != record->activity_ref)
        return BJ_NNF_E_STALE;
    int64_t side = record->side == BJ_BUY ? BJ_NNF_BUY : BJ_NNF_SELL;
    if (msg->side != side) return cannot;
    const bj_nnf_instrument_t *row = nnf_instrument_of(server, record->token);
    if (msg->code == BJ_NNF_PRICE_MODIFY) /* names its contract by the token only */
        return msg->token == (int64_t)record->token ? 0 : cannot;
    return row && nnf_instrument_named(server, msg) == row ? 0 : cannot;
}

/* Only what is asked for changes: the rest is as it was. */
static int32_t price_modify_get(const bj_nnf_server_t *server, const bj_nnf_record_t *record,
                                const bj_nnf_msg_t *msg, bj_cmd_t *cmd) {
    bool regular = record->order_type == BJ_LIMIT || record->woke;
    int64_t latest = server->config.settings.volume_is_total ? record->qty : record->leaves_qty;
    if (!regular || msg->qty != latest) return BJ_NNF_E_CANNOT_MODIFY;
    if (msg->price_paise <= 0) return bj_nnf_error(server->config.segment, BJ_REJ_PRICE);
    cmd->price_paise = (int32_t)msg->price_paise;
    cmd->qty = record->qty;
    cmd->disclosed_qty = record->disclosed_qty;
    return 0;
}

static int32_t modify_get(const bj_nnf_server_t *server, const bj_nnf_record_t *record,
                          const bj_nnf_msg_t *msg, bj_cmd_t *cmd) {
    int32_t error = sizes_get(server, msg, cmd);
    if (!error) error = terms_get(server, msg, cmd);
    if (error) return error;
    int64_t qty = msg->qty + (server->config.settings.volume_is_total ? 0 : record->cum_qty);
    if (qty > INT32_MAX) return bj_nnf_error(server->config.segment, BJ_REJ_QTY);
    bool stpc = cmd->flags & BJ_FLAG_STP_ACTIVE, was = record->flags & BJ_FLAG_STP_ACTIVE;
    if (stpc != was) return BJ_NNF_E_CANNOT_MODIFY;
    cmd->qty = (int32_t)qty;
    cmd->side = 0; /* an order keeps its side, and its flags */
    cmd->flags = 0;
    if (record->woke) cmd->order_type = 0; /* a stop stays one when it has become a plain order */
    return 0;
}

verdict_t nnf_on_change(bj_nnf_server_t *server, conn_t *conn, user_t *user,
                        const bj_nnf_msg_t *msg, bj_now_t now) {
    bool cancel = is_cancel(msg), sent;
    bj_cmd_t cmd = {.type = cancel ? BJ_CMD_CANCEL : BJ_CMD_MODIFY};
    bj_nnf_record_t *record = record_asked(server, msg);
    int32_t error = change_wrong(server, user, record, msg);
    if (!error && !cancel)
        error = msg->code == BJ_NNF_PRICE_MODIFY ? price_modify_get(server, record, msg, &cmd)
                                                 : modify_get(server, record, msg, &cmd);
    if (error) return nnf_refuse(server, conn, msg, error, now), USED;
    cmd_sign(user, cancel ? BJ_NNF_ASK_CANCEL : BJ_NNF_ASK_MODIFY, &cmd, now);
    cmd.order_id = record->order_id;
    cmd.client_order_id = record->client_order_id;
    cmd.token = record->token;
    return cmd_send(server, conn, user, msg, &cmd, &sent, now);
}

/* --- kill switch: one's own orders; a manager's, those of users below him, or of all --- */
static bool may_kill(const user_t *user, const user_t *target) {
    bool broker = strcmp(user->config.broker_id, target->config.broker_id) == 0;
    bool branch = user->config.branch_id == target->config.branch_id;
    if (target == user) return true;
    if (user->config.user_type == BJ_NNF_CORPORATE_MANAGER) return broker;
    return user->config.user_type == BJ_NNF_BRANCH_MANAGER && broker && branch &&
           target->config.user_type == BJ_NNF_DEALER;
}

/* In the target's own session, so that his orders are found; he is told as if nobody had asked. */
static verdict_t kill_one(bj_nnf_server_t *server, conn_t *conn, user_t *user, user_t *target,
                          const bj_nnf_msg_t *msg, uint32_t token, bool *sent, bj_now_t now) {
    bj_cmd_t cmd = {.type = BJ_CMD_MASS_CANCEL, .token = token};
    cmd_sign(target, BJ_NNF_ASK_KILL, &cmd, now);
    verdict_t verdict = cmd_send(server, conn, target, msg, &cmd, sent, now);
    if (!*sent || msg->trader_id == user->config.id) return verdict;
    target->asked[target->ask_cnt % ASKED_MAX] = 0;
    target->killed_by = (uint8_t)(user_idx_of(server, user) + 1);
    target->killed_ask = target->ask_cnt;
    user->kill_waits++;
    return verdict;
}

static bool is_target(const user_t *user, const user_t *target, int64_t trader_id) {
    return (trader_id == 0 || trader_id == target->config.id) && may_kill(user, target);
}

static int32_t kill_wrong(bj_nnf_server_t *server, user_t *user, const bj_nnf_msg_t *msg,
                          bool one_instrument, const bj_nnf_instrument_t *row) {
    bool member = msg->trader_id == 0;
    user_t *target = member ? user : nnf_user_with_id(server, msg->trader_id);
    if (!target) return BJ_NNF_E_USER;
    if (!may_kill(user, target)) return BJ_NNF_E_AUTHORITY;
    if (member && user->config.user_type != BJ_NNF_CORPORATE_MANAGER) return BJ_NNF_E_AUTHORITY;
    return one_instrument && !row ? BJ_NNF_E_SYMBOL : 0;
}

verdict_t nnf_on_kill(bj_nnf_server_t *server, conn_t *conn, user_t *user, const bj_nnf_msg_t *msg,
                      bj_now_t now) {
    bool one = is_fo(server) ? msg->token != -1 : msg->symbol[0] != '\0';
    const bj_nnf_instrument_t *row = one ? nnf_instrument_named(server, msg) : NULL;
    int32_t error = kill_wrong(server, user, msg, one, row);
    if (error) return nnf_refuse(server, conn, msg, error, now), USED;
    if (!user->kill_at) user->kill_waits = 0;
    user->kill_seq = conn->packet.seq;
    user->kill_trader = (int32_t)msg->trader_id;
    bool sent = true; /* one refusal is enough */
    for (uint32_t i = user->kill_at; i < server->config.user_cnt && sent; i++) {
        user_t *target = &server->users[i];
        if (!is_target(user, target, msg->trader_id)) continue;
        user->kill_at = i; /* where to go on if there is no room */
        if (kill_one(server, conn, user, target, msg, row ? row->token : 0, &sent, now) == HELD)
            return HELD;
    }
    user->kill_at = 0;
    return USED;
}
