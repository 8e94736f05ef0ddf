#include "dataplane/gateway/bj_uplink.h"

#include <inttypes.h>
#include <stdlib.h>
#include "dataplane/base/bj_log.h"

/* An order of the journal, kept until the start. */
typedef struct record {
    bj_cmd_t cmd, modify;
    bj_nnf_answer_t last;
    bool     answered, modifies, cancels;
    bj_status_t refusal; /* the client does not take it: the engine is still to be told */
    uint32_t next; /* in its chain: index + 1 */
} record_t;

struct bj_uplink {
    bj_nnf_client_t *client;
    const bj_uplink_ops_t *ops;
    void     *ctx;
    bj_now_t  now;
    bj_uplink_strays_t strays;
    record_t *records; /* NULL once started, and all refusals are handed in */
    uint32_t *heads;
    uint32_t  record_cnt, record_max, mask;
    uint32_t  owed_at, owed_cnt; /* once started: records with a refusal */
    uint32_t  order_max; /* the client's */
    uint64_t  latest_id, earlier_id; /* orders: the latest; the latest of an earlier day */
    int64_t   day; /* IST */
};

/* --- between the two vocabularies: X(answer, command, is it a place to go on from) */
#define KIND_LIST(X)                                                \
    X(BJ_NNF_ACCEPTED, BJ_VENUE_ACCEPTED, true)                     \
    X(BJ_NNF_REJECTED, BJ_VENUE_REJECTED, false)                    \
    X(BJ_NNF_CHANGED_TERMS, BJ_VENUE_MODIFIED, true)                \
    X(BJ_NNF_MODIFY_REFUSED, BJ_VENUE_MODIFY_REFUSED, false)        \
    X(BJ_NNF_ENDED, BJ_VENUE_CANCELLED, true)                       \
    X(BJ_NNF_CANCEL_REFUSED, BJ_VENUE_CANCEL_REFUSED, false)        \
    X(BJ_NNF_FILLED, BJ_VENUE_TRADE, true)                          \
    X(BJ_NNF_WOKE, BJ_VENUE_TRIGGERED, true)

static const uint8_t venue_kind[BJ_NNF_ANSWER_CNT] = {
#define X(answer, command, place) [answer] = (command),
    KIND_LIST(X)
#undef X
};

typedef struct answer_kind {
    bj_nnf_answer_kind_t kind;
    bool known, place;
} answer_kind_t;
static const answer_kind_t answer_kinds[] = {
#define X(answer, command, place) [command] = {answer, true, place},
    KIND_LIST(X)
#undef X
};

static bj_cmd_t cmd_of(const bj_nnf_answer_t *answer, bj_now_t now) {
    bj_cmd_t cmd = {.type = BJ_CMD_VENUE, .session_id = BJ_SESSION_INTERNAL,
                    .time_ns = now.wall_ns, .order_id = answer->order_id, .token = answer->token,
                    .price_paise = answer->price_paise, .qty = answer->qty,
                    .trigger_price_paise = answer->trigger_paise,
                    .disclosed_qty = answer->disclosed_qty, .side = answer->side,
                    .order_type = answer->order_type, .tif = answer->tif};
    cmd.flags = (uint8_t)((answer->asked ? BJ_VENUE_ASKED : 0) |
                          (answer->absent ? BJ_VENUE_ABSENT : 0) |
                          (answer->woke ? BJ_VENUE_WOKE : 0));
    cmd.body.venue = (bj_cmd_venue_t){
        .number = answer->number, .activity_ref = answer->activity_ref, .place = answer->jiffies,
        .fill_number = answer->fill_number, .fill_qty = answer->fill_qty,
        .fill_price_paise = answer->fill_price_paise,
        .cum_qty = answer->cum_qty - answer->untold_qty,
        .reason = answer->reason, .kind = venue_kind[answer->kind], .stream = answer->stream};
    return cmd;
}

static bj_nnf_answer_t answer_of(const bj_cmd_t *cmd, bj_nnf_answer_kind_t kind) {
    const bj_cmd_venue_t *body = &cmd->body.venue;
    bool ended = kind == BJ_NNF_ENDED || kind == BJ_NNF_REJECTED;
    return (bj_nnf_answer_t){
        .order_id = cmd->order_id, .number = body->number, .activity_ref = body->activity_ref,
        .jiffies = body->place, .token = cmd->token, .price_paise = cmd->price_paise,
        .qty = cmd->qty, .leaves_qty = ended ? 0 : cmd->qty - body->cum_qty,
        .cum_qty = body->cum_qty, .trigger_paise = cmd->trigger_price_paise,
        .disclosed_qty = cmd->disclosed_qty, .kind = (uint8_t)kind, .stream = body->stream,
        .side = cmd->side, .order_type = cmd->order_type, .tif = cmd->tif,
        .woke = cmd->flags & BJ_VENUE_WOKE, .absent = cmd->flags & BJ_VENUE_ABSENT};
}

static bj_cmd_t request_of(const bj_event_t *event) {
    bj_cmd_t cmd = {.type = event->reason, .order_id = event->order_id,
                    .account_id = event->account_id, .token = event->token,
                    .price_paise = event->price_paise, .qty = event->qty,
                    .trigger_price_paise = event->trigger_price_paise,
                    .disclosed_qty = event->disclosed_qty, .side = event->side,
                    .order_type = event->order_type, .tif = event->tif, .flags = event->flags};
    if (event->tif == BJ_GTD) cmd.body.expiry_day = event->value;
    return cmd;
}

/* --- both ways */

/* Nobody here was told of it, and no position has it: a person must know. */
static void stray_take(bj_uplink_t *uplink, const bj_nnf_answer_t *answer) {
    bj_uplink_strays_t *strays = &uplink->strays;
    strays->ended += answer->kind != BJ_NNF_FOREIGN && !answer->leaves_qty && !answer->late;
    if (answer->kind == BJ_NNF_FOREIGN) {
        strays->orders++;
        BJ_WARN("venue: the exchange has order %" PRId64 " (account %u, token %u, %c %d at %d) "
                "that is not ours any more, or never was: it is cancelled", answer->number,
                answer->account_id, answer->token, answer->side, answer->qty, answer->price_paise);
    } else if (answer->kind == BJ_NNF_CANCEL_REFUSED && !answer->absent) {
        strays->refused++;
        BJ_ERROR("venue: the exchange refused (error %d) to cancel order %" PRId64 " (account %u, "
                 "token %u) that is not ours: it is asked again later", answer->error,
                 answer->number, answer->account_id, answer->token);
    } else if (answer->kind == BJ_NNF_FILLED) {
        strays->fills++, strays->fill_qty += (uint64_t)answer->fill_qty;
        BJ_ERROR("venue: order %" PRId64 " (account %u, token %u, %c) that %s traded %d at %d, "
                 "trade %d: it is in no position here", answer->number, answer->account_id,
                 answer->token, answer->side, answer->late ? "has ended here" : "is not ours",
                 answer->fill_qty, answer->fill_price_paise, answer->fill_number);
    }
}

/* Whatever of it was asked for has its answer, and it stays open in the engine; what was not asked
 * for the engine refuses. */
static bj_status_t requests_end(bj_uplink_t *uplink, const bj_nnf_answer_t *answer) {
    static const uint8_t kinds[] = {BJ_VENUE_MODIFY_REFUSED, BJ_VENUE_CANCEL_REFUSED};
    bj_status_t status = BJ_OK;
    bj_cmd_t cmd = cmd_of(answer, uplink->now);
    cmd.flags = BJ_VENUE_ASKED | BJ_VENUE_ABSENT;
    for (size_t i = 0; i < BJ_COUNT(kinds) && status == BJ_OK; i++) {
        cmd.body.venue = (bj_cmd_venue_t){.kind = kinds[i], .reason = BJ_REJ_ORDER_UNKNOWN};
        status = uplink->ops->command(uplink->ctx, &cmd);
    }
    return status;
}

/* Trades of it are missing: its quantity stays open in the engine, and so in each limit, whether it
 * traded or not; what trades of it is no position's until a person books it. */
static bj_status_t unexplained_take(bj_uplink_t *uplink, const bj_nnf_answer_t *answer) {
    bool ends = answer->kind == BJ_NNF_ENDED || !answer->leaves_qty;
    bj_status_t status = ends ? requests_end(uplink, answer) : BJ_OK;
    if (status == BJ_OK && answer->kind == BJ_NNF_FILLED)
        BJ_ERROR("venue: order %" PRIu64 ", the exchange's %" PRId64 " (account %u, token %u, %c), "
                 "traded %d at %d, trade %d, after trades that are missing: it is in no position "
                 "here", answer->order_id, answer->number, answer->account_id, answer->token,
                 answer->side, answer->fill_qty, answer->fill_price_paise, answer->fill_number);
    return status;
}

static void day_turn(bj_uplink_t *uplink, int64_t time_ns);

/* The exchange says nothing more of an earlier day: who missed trades then has them from its
 * files. */
static bool is_kept_open(bj_uplink_t *uplink, const bj_nnf_answer_t *answer) {
    day_turn(uplink, uplink->now.wall_ns);
    bool over = answer->kind == BJ_NNF_ENDED && !answer->time_ns &&
                answer->order_id <= uplink->earlier_id;
    return answer->unexplained && !over &&
           (answer->kind == BJ_NNF_FILLED || answer->kind == BJ_NNF_ENDED);
}

static bj_status_t on_answer(void *ctx, const bj_nnf_answer_t *answer) {
    bj_uplink_t *uplink = (bj_uplink_t *)ctx;
    bool stray = answer->kind == BJ_NNF_FOREIGN || answer->stray || !answer->order_id;
    if (stray) return stray_take(uplink, answer), BJ_OK;
    if (is_kept_open(uplink, answer)) return unexplained_take(uplink, answer);
    bj_cmd_t cmd = cmd_of(answer, uplink->now);
    return uplink->ops->command(uplink->ctx, &cmd);
}
static const bj_nnf_client_ops_t client_ops = {on_answer};

/* The client would not take it: nothing went out, and the engine must know. */
static bool say_refused(bj_uplink_t *uplink, const bj_cmd_t *asked, bj_status_t reason) {
    static const uint8_t kinds[] = {[BJ_CMD_NEW] = BJ_VENUE_REJECTED,
                                    [BJ_CMD_MODIFY] = BJ_VENUE_MODIFY_REFUSED,
                                    [BJ_CMD_CANCEL] = BJ_VENUE_CANCEL_REFUSED};
    bj_cmd_t cmd = *asked;
    cmd.type = BJ_CMD_VENUE;
    cmd.session_id = BJ_SESSION_INTERNAL;
    cmd.account_id = 0;
    cmd.time_ns = uplink->now.wall_ns;
    cmd.flags = BJ_VENUE_ASKED | BJ_VENUE_ABSENT;
    cmd.body.venue = (bj_cmd_venue_t){.kind = kinds[asked->type], .reason = (uint16_t)reason};
    return uplink->ops->command(uplink->ctx, &cmd) == BJ_OK;
}

static void id_take(bj_uplink_t *uplink, const bj_cmd_t *cmd) {
    if (cmd->type == BJ_CMD_NEW && cmd->order_id > uplink->latest_id)
        uplink->latest_id = cmd->order_id;
}

/* An operator has booked what was missing, or knows that there was nothing: the order ends here, as
 * if the exchange had said so.  Not while it may still trade there. */
static bool release(bj_uplink_t *uplink, const bj_event_t *event) {
    bj_nnf_answer_t last;
    bool open;
    if (!bj_nnf_client_unexplained(uplink->client, event->order_id, &last, &open)) {
        BJ_WARN("venue: order %" PRIu64 " shall be released, but no trade of it is missing",
                event->order_id);
        return true;
    }
    if (open) {
        BJ_WARN("venue: order %" PRIu64 ", the exchange's %" PRId64
                ", shall be released, but it is "
                "open there: cancel it first",
                event->order_id, last.number);
        return true;
    }
    last.reason = BJ_END_HALT;
    bj_cmd_t cmd = cmd_of(&last, uplink->now);
    if (uplink->ops->command(uplink->ctx, &cmd) != BJ_OK) return false;
    BJ_WARN("venue: order %" PRIu64 ", the exchange's %" PRId64 " (account %u, token %u, %c), is "
            "released: %d of %d are known as traded",
            event->order_id, last.number, event->account_id, event->token, event->side,
            event->cum_qty, event->qty);
    return true;
}

bool bj_uplink_event(bj_uplink_t *uplink, const bj_event_t *event, bj_now_t now) {
    uplink->now = now;
    if (event->type != BJ_EV_TO_VENUE) return true;
    if (uplink->owed_cnt) return false;
    if (event->reason == BJ_CMD_RELEASE) return release(uplink, event);
    bj_cmd_t cmd = request_of(event);
    day_turn(uplink, now.wall_ns);
    id_take(uplink, &cmd);
    bj_status_t status = bj_nnf_client_order(uplink->client, &cmd);
    return status == BJ_OK || say_refused(uplink, &cmd, status);
}

bool bj_uplink_refuse(bj_uplink_t *uplink, const bj_event_t *event, bj_status_t reason,
                      bj_now_t now) {
    uplink->now = now;
    if (event->type != BJ_EV_TO_VENUE) return true;
    if (uplink->owed_cnt) return false;
    bj_cmd_t cmd = request_of(event);
    return say_refused(uplink, &cmd, reason);
}

/* --- at start */

bj_uplink_t *bj_uplink_new(const bj_nnf_client_config_t *config, const bj_uplink_ops_t *ops,
                           void *ctx, const char **error) {
    bj_uplink_t *uplink = calloc(1, sizeof *uplink);
    bj_nnf_client_config_t own = *config;
    *error = "no memory";
    if (!uplink) return NULL;
    *uplink = (bj_uplink_t){.ops = ops, .ctx = ctx, .order_max = config->order_max,
                            .record_max = config->order_max, .mask = 63};
    own.ops = &client_ops, own.ctx = uplink;
    own.settings.foreign_cancel = own.settings.drop_unsent = true;
    uplink->client = bj_nnf_client_new(&own, error);
    while (uplink->mask < config->order_max) uplink->mask = uplink->mask * 2 + 1;
    if (uplink->client) {
        *error = "no memory";
        uplink->records = calloc(config->order_max, sizeof *uplink->records);
        uplink->heads = calloc((size_t)uplink->mask + 1, sizeof *uplink->heads);
        if (uplink->records && uplink->heads) return uplink;
    }
    bj_uplink_free(uplink);
    return NULL;
}

void bj_uplink_free(bj_uplink_t *uplink) {
    if (!uplink) return;
    bj_nnf_client_free(uplink->client);
    free(uplink->records);
    free(uplink->heads);
    free(uplink);
}

static record_t *record_of(bj_uplink_t *uplink, uint64_t order_id) {
    uint32_t at = uplink->heads[order_id & uplink->mask];
    while (at && uplink->records[at - 1].cmd.order_id != order_id)
        at = uplink->records[at - 1].next;
    return at ? &uplink->records[at - 1] : NULL;
}

static void record_link(bj_uplink_t *uplink, uint32_t idx) {
    uint32_t *head = &uplink->heads[uplink->records[idx].cmd.order_id & uplink->mask];
    uplink->records[idx].next = *head;
    *head = idx + 1;
}

static bool has_ended(const record_t *record) {
    const bj_nnf_answer_t *last = &record->last;
    return record->answered && (last->kind == BJ_NNF_ENDED || last->kind == BJ_NNF_REJECTED ||
                                !last->leaves_qty);
}

/* The exchange says nothing more of what ended on an earlier day. */
static void day_turn(bj_uplink_t *uplink, int64_t time_ns) {
    int64_t day = (time_ns / BJ_NS_PER_S + BJ_IST_OFFSET_S) / 86400;
    uint32_t kept_cnt = 0;
    if (day <= uplink->day) return;
    uplink->day = day;
    uplink->earlier_id = uplink->latest_id;
    if (!uplink->heads) return; /* started */
    memset(uplink->heads, 0, ((size_t)uplink->mask + 1) * sizeof *uplink->heads);
    for (uint32_t i = 0; i < uplink->record_cnt; i++) {
        if (has_ended(&uplink->records[i])) continue;
        uplink->records[kept_cnt] = uplink->records[i];
        record_link(uplink, kept_cnt++);
    }
    uplink->record_cnt = kept_cnt;
}

/* Refused requests are no orders of the client's, but are in the journal like all others. */
static bool records_grow(bj_uplink_t *uplink) {
    if (uplink->record_cnt < uplink->record_max) return true;
    if (uplink->record_max > UINT32_MAX / 2) return false;
    record_t *records = realloc(uplink->records, sizeof *records * 2 * uplink->record_max);
    if (!records) return false;
    uplink->records = records;
    uplink->record_max *= 2;
    return true;
}

static bj_status_t recover_request(bj_uplink_t *uplink, const bj_event_t *event) {
    bj_cmd_t cmd = request_of(event);
    if (cmd.type == BJ_CMD_RELEASE) return BJ_OK; /* what became of it is an answer */
    record_t *record = record_of(uplink, cmd.order_id);
    id_take(uplink, &cmd);
    if (cmd.type != BJ_CMD_NEW && !record) return BJ_ERR_NOT_FOUND;
    if (cmd.type == BJ_CMD_MODIFY) record->modify = cmd, record->modifies = true;
    if (cmd.type == BJ_CMD_CANCEL) record->cancels = true;
    if (cmd.type != BJ_CMD_NEW) return BJ_OK;
    if (!records_grow(uplink)) return BJ_ERR_FULL;
    uplink->records[uplink->record_cnt] = (record_t){.cmd = cmd};
    record_link(uplink, uplink->record_cnt++);
    return BJ_OK;
}

static bj_status_t recover_answer(bj_uplink_t *uplink, const bj_cmd_t *cmd) {
    const bj_cmd_venue_t *body = &cmd->body.venue;
    record_t *record = record_of(uplink, cmd->order_id);
    if (body->kind >= BJ_COUNT(answer_kinds) || !answer_kinds[body->kind].known)
        return BJ_ERR_CORRUPT;
    const answer_kind_t *kind = &answer_kinds[body->kind];
    if (!record) return BJ_ERR_NOT_FOUND;
    if (kind->place) bj_nnf_client_recover_place(uplink->client, body->stream, body->place);
    bool asked = cmd->flags & BJ_VENUE_ASKED;
    if (kind->kind == BJ_NNF_MODIFY_REFUSED || (kind->kind == BJ_NNF_CHANGED_TERMS && asked))
        record->modifies = false;
    if (kind->kind == BJ_NNF_CANCEL_REFUSED) record->cancels = false;
    /* What never went out has changed nothing of the order. */
    if ((cmd->flags & BJ_VENUE_ABSENT) && kind->kind != BJ_NNF_REJECTED) return BJ_OK;
    record->last = answer_of(cmd, kind->kind);
    record->answered = true;
    return BJ_OK;
}

/* An answer that the engine refused did not happen. */
static bool was_taken(const bj_event_t *events, size_t event_cnt) {
    return event_cnt && !(events->type == BJ_EV_REQUEST_REJECTED &&
                          events->session_id == BJ_SESSION_INTERNAL);
}

bj_status_t bj_uplink_recover(bj_uplink_t *uplink, const bj_cmd_t *cmd, const bj_event_t *events,
                              size_t event_cnt) {
    bj_status_t status = BJ_OK;
    day_turn(uplink, cmd->time_ns);
    if (cmd->type == BJ_CMD_VENUE && was_taken(events, event_cnt))
        status = recover_answer(uplink, cmd);
    for (size_t i = 0; i < event_cnt && status == BJ_OK; i++) {
        if (events[i].type == BJ_EV_TO_VENUE) status = recover_request(uplink, &events[i]);
    }
    return status;
}

/* Answered without the exchange: it was never sent, or the exchange turned out not to have it. */
static bool is_refused(const record_t *record) {
    return record->answered && record->last.kind == BJ_NNF_REJECTED && record->last.absent;
}

static bj_status_t start_record(bj_uplink_t *uplink, const record_t *record) {
    return bj_nnf_client_recover(
        uplink->client, &record->cmd, record->answered ? &record->last : NULL,
        record->modifies ? &record->modify : NULL, record->cancels);
}

/* What the exchange may have. */
static bj_status_t start_sent(bj_uplink_t *uplink, uint32_t *cnt) {
    for (uint32_t i = 0; i < uplink->record_cnt; i++) {
        record_t *record = &uplink->records[i];
        if (is_refused(record)) continue;
        bj_status_t status = start_record(uplink, record);
        *cnt += status == BJ_OK;
        if (status != BJ_OK && record->answered) return status;
        /* What the client would not take then it will not take now: nothing went out. */
        record->refusal = status;
    }
    return BJ_OK;
}

/* The others only serve to tell one that comes up after all, the latest most likely: half of what
 * room there is stays for orders to come. */
static void start_refused(bj_uplink_t *uplink, uint32_t room_cnt) {
    uint32_t cnt = 0;
    for (uint32_t i = 0; i < uplink->record_cnt; i++) cnt += is_refused(&uplink->records[i]);
    uint32_t skip_cnt = cnt > room_cnt / 2 ? cnt - room_cnt / 2 : 0;
    for (uint32_t i = 0; i < uplink->record_cnt; i++) {
        if (!is_refused(&uplink->records[i])) continue;
        if (skip_cnt) skip_cnt--;
        else (void)start_record(uplink, &uplink->records[i]); /* what is not taken was not sent */
    }
}

static void records_free(bj_uplink_t *uplink) {
    free(uplink->records);
    uplink->records = NULL;
    uplink->record_cnt = 0;
}

/* In the order of sending, as far as there is room in the engine's ring. */
uint32_t bj_uplink_step(bj_uplink_t *uplink, bj_now_t now) {
    uint32_t done = 0;
    uplink->now = now;
    while (uplink->owed_cnt) {
        const record_t *record = &uplink->records[uplink->owed_at];
        if (record->refusal != BJ_OK) {
            if (!say_refused(uplink, &record->cmd, record->refusal)) return done;
            uplink->owed_cnt--;
            done++;
        }
        uplink->owed_at++;
    }
    if (uplink->records) records_free(uplink);
    return done;
}

bj_status_t bj_uplink_start(bj_uplink_t *uplink, bj_now_t now) {
    uint32_t sent_cnt = 0;
    uplink->now = now;
    day_turn(uplink, now.wall_ns);
    bj_status_t status = start_sent(uplink, &sent_cnt);
    if (status != BJ_OK) return status;
    start_refused(uplink, uplink->order_max - sent_cnt);
    for (uint32_t i = 0; i < uplink->record_cnt; i++)
        uplink->owed_cnt += uplink->records[i].refusal != BJ_OK;
    free(uplink->heads);
    uplink->heads = NULL; /* the records are no longer looked for */
    (void)bj_uplink_step(uplink, now);
    bj_nnf_client_start(uplink->client, now);
    return BJ_OK;
}

bj_nnf_client_t *bj_uplink_client(bj_uplink_t *uplink, bj_now_t now) {
    uplink->now = now;
    return uplink->client;
}

bj_uplink_strays_t bj_uplink_strays(const bj_uplink_t *uplink) { return uplink->strays; }
