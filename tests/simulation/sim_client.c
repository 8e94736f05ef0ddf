#include "tests/simulation/sim_client.h"

#include <inttypes.h>
#include <stdlib.h>

enum { HEARTBEAT_MS = 200 };

/* --- what it is told */

/* The one event that answers a request; what else carries its number follows from it. */
static bool answers(const sim_asked_t *asked, uint8_t type) {
    switch (asked->type) {
    case BJ_OE_NEW: return type == 'a' || type == 'r' || type == 'q';
    case BJ_OE_MODIFY: return type == 'm' || type == 'q';
    case BJ_OE_CANCEL: return type == 'c' || type == 'q';
    case BJ_OE_MASS_CANCEL: return type == 'k';
    default: break;
    }
    switch (asked->admin_kind) {
    case BJ_OE_ADMIN_KILL: return type == 'k' || type == 'q';
    case BJ_OE_ADMIN_LIMIT: return type == 'g' || type == 'q';
    default: return type == 'i' || type == 'u' || type == 'q';
    }
}

static void open_set(sim_client_t *client, uint64_t order_id, bool is_open) {
    uint32_t i = 0;
    while (i < client->open_cnt && client->open[i] != order_id) i++;
    if (i < client->open_cnt && !is_open) client->open[i] = client->open[--client->open_cnt];
    if (i == client->open_cnt && is_open && client->open_cnt < SIM_OPEN_MAX)
        client->open[client->open_cnt++] = order_id;
}

static void answer_count(sim_client_t *client, const bj_oe_report_t *report) {
    if (!report->request_seq) return;
    if (!SIM_CHECK(report->request_seq <= client->asked_cnt)) return;
    sim_asked_t *asked = &client->asked[report->request_seq];
    /* A number that a reject used up is said again as a cancel of order 0. */
    if (asked->rejects && report->header.type == 'q' && !report->order_id) return;
    if (asked->type == BJ_OE_NEW) SIM_CHECK(report->client_order_id == asked->client_order_id);
    if (answers(asked, report->header.type)) SIM_CHECK(++asked->answers + asked->rejects == 1);
}

static void report_print(const sim_client_t *client, const bj_oe_report_t *report) {
    printf("       client %u, report %" PRIu64 ": %c of request %" PRIu64 ", order %" PRIu64
           ", event %" PRIu64 ", reason %u\n", client->session, report->header.seq,
           report->header.type, report->request_seq, report->order_id, report->event_seq,
           report->reason);
}

static void on_report(void *ctx, const bj_oe_report_t *report) {
    sim_client_t *client = (sim_client_t *)ctx;
    uint64_t n = report->header.seq;
    if (!SIM_CHECK(n == client->told_cnt + 1 && n <= SIM_TOLD_MAX)) return;
    client->told[client->told_cnt++] = *report;
    sim_note_bytes("told", report, sizeof *report);
    if (sim.verbose) report_print(client, report);
    if (client->of) { /* behind what the other was told come its orders' ends */
        if (n <= client->of->told_cnt)
            SIM_CHECK(memcmp(&client->of->told[n - 1], report, sizeof *report) == 0);
        return;
    }
    answer_count(client, report);
    bool order = strchr("amctw", report->header.type) != NULL;
    if (order) open_set(client, report->order_id, report->leaves_qty > 0);
}

static void on_reject(void *ctx, const bj_oe_session_reject_t *reject) {
    sim_client_t *client = (sim_client_t *)ctx;
    sim_note("rejected by gateway", reject->ref_seq, reject->reason);
    client->reject_cnt++;
    if (!reject->ref_seq || reject->ref_seq > client->asked_cnt) return;
    sim_asked_t *asked = &client->asked[reject->ref_seq];
    SIM_CHECK(asked->answers + ++asked->rejects == 1);
}

/* The gateway forgot, with the process, numbers that only its rejects had used, and more of them
 * than the client keeps: it begins behind what the journal has.  What was under way is not done. */
static void on_ready(void *ctx, const bj_oe_login_reply_t *reply) {
    sim_client_t *client = (sim_client_t *)ctx;
    uint64_t done = reply->next_in_seq - 1;
    if (client->of || !SIM_CHECK(done <= client->asked_cnt)) return;
    if (client->asked_cnt - done <= SIM_KEEP_MAX) return;
    for (uint64_t seq = done + 1; seq <= client->asked_cnt; seq++)
        SIM_CHECK(!client->asked[seq].answers);
    client->asked_cnt = done;
}

static void on_warning(void *ctx, const bj_oe_warning_t *warning) {
    (void)ctx;
    sim_note("warned", warning->ref_seq, warning->used_pct);
}

/* --- made and freed */

static void client_new(sim_client_t *client, uint32_t session, const sim_client_t *of) {
    const bj_gateway_session_config_t *config = &sim_sessions[session];
    bj_oe_client_config_t oe = {.key_bytes = config->key_bytes, .heartbeat_ms = HEARTBEAT_MS,
                                .keep_max = SIM_KEEP_MAX, .resume = true, .first_report = 1,
                                .on_ready = on_ready, .on_report = on_report,
                                .on_reject = on_reject,
                                .on_warning = session == SIM_DESK ? on_warning : NULL,
                                .ctx = client};
    memcpy(oe.session, config->name, sizeof oe.session);
    memcpy(oe.key, config->key, config->key_bytes);
    memset(client, 0, sizeof *client);
    client->session = session;
    client->of = of;
    client->oe = bj_oe_client_new(&oe);
    if (!client->oe) abort();
}

void sim_client_new(sim_client_t *client, uint32_t session) { client_new(client, session, NULL); }
void sim_client_again(sim_client_t *client, const sim_client_t *of) {
    client_new(client, of->session, of);
}

void sim_client_free(sim_client_t *client) {
    if (client->link) sim_net_hang_up(client->link);
    bj_oe_client_free(client->oe);
    client->oe = NULL, client->link = NULL;
}

/* --- its connection */

void sim_client_leave(sim_client_t *client) {
    if (!client->link) return;
    bj_oe_client_disconnected(client->oe);
    sim_net_hang_up(client->link);
    client->link = NULL;
    client->calls_ns = sim.now.mono_ns + (int64_t)sim_roll(20) * BJ_NS_PER_MS;
}

static void call(sim_client_t *client) {
    if (sim.now.mono_ns < client->calls_ns || !(client->link = sim_net_call())) return;
    bj_oe_client_connected(client->oe, sim.now.mono_ns);
}

static bool talk(sim_client_t *client) {
    uint8_t heard[SIM_PIPE_BYTES];
    const uint8_t *data;
    bool ended;
    size_t bytes = sim_net_hear(client->link, heard, sizeof heard, &ended);
    if (bytes && !bj_oe_client_input(client->oe, heard, bytes, sim.now.mono_ns)) return false;
    if (ended || !bj_oe_client_step(client->oe, sim.now.mono_ns)) return false;
    bytes = bj_oe_client_output(client->oe, &data);
    if (bytes) bj_oe_client_sent(client->oe, sim_net_say(client->link, data, bytes));
    return true;
}

void sim_client_step(sim_client_t *client) {
    if (!client->link) call(client);
    if (client->link && !talk(client)) {
        bj_oe_client_stats_t stats = bj_oe_client_stats(client->oe);
        sim_note("client hangs up", client->session, (uint64_t)bj_oe_client_why(client->oe));
        SIM_CHECK(stats.holes == 0 && stats.worlds == 0);
        sim_client_leave(client);
    }
}

bool sim_client_rests(const sim_client_t *client) {
    return client->link && bj_oe_client_ready(client->oe) && !bj_oe_client_open_cnt(client->oe);
}

/* --- what it asks for */

static bool ask(sim_client_t *client, uint8_t type, uint8_t admin_kind, void *msg,
                uint64_t client_order_id) {
    uint64_t seq;
    if (client->asked_cnt == SIM_ASKED_MAX) return false;
    if (bj_oe_client_request(client->oe, type, msg, &seq) != BJ_OK) return false;
    if (!SIM_CHECK(seq == ++client->asked_cnt)) return false;
    client->asked[seq] = (sim_asked_t){.type = type, .admin_kind = admin_kind,
                                       .client_order_id = client_order_id};
    sim_note("asks", client->session, seq);
    return true;
}

static uint32_t account_of(const sim_client_t *client) {
    const bj_gateway_session_config_t *config = &sim_sessions[client->session];
    return config->all_accounts ? 900 + (uint32_t)sim_roll(3)
                                : config->accounts[sim_roll(config->account_cnt)];
}

static int32_t price(uint8_t side) {
    int32_t ticks = (int32_t)sim_roll(9) - 2;
    return SIM_PRICE_PAISE + (side == 'B' ? -ticks : ticks) * SIM_TICK_PAISE;
}

static void ask_new(sim_client_t *client) {
    bool sweep = sim_one_in(30); /* takes a whole side: more events than a ring here holds */
    bj_oe_new_t order = {.client_order_id = (uint64_t)(client->session + 1) * 1000000 +
                                            ++client->order_cnt,
                         .account_id = account_of(client), .token = SIM_TOKEN,
                         .side = sim_one_in(2) ? 'B' : 'S',
                         .qty = sweep ? 1000 : 1 + (int32_t)sim_roll(9),
                         .order_type = sweep ? BJ_MARKET : BJ_LIMIT,
                         .tif = sweep || sim_one_in(8) ? BJ_IOC : BJ_DAY,
                         .flags = sim_one_in(3) ? BJ_FLAG_CANCEL_ON_DISCONNECT : 0};
    order.price_paise = sweep ? 0 : price(order.side);
    if (sim_one_in(40)) order.qty = -1; /* refused by the gateway */
    (void)ask(client, BJ_OE_NEW, 0, &order, order.client_order_id);
}

static uint64_t open_any(const sim_client_t *client) {
    return client->open_cnt ? client->open[sim_roll(client->open_cnt)] : 1 + sim_roll(50);
}

static void ask_change(sim_client_t *client) {
    if (sim_one_in(2)) {
        bj_oe_cancel_t cancel = {.order_id = open_any(client), .account_id = account_of(client),
                                 .token = SIM_TOKEN};
        (void)ask(client, BJ_OE_CANCEL, 0, &cancel, 0);
        return;
    }
    bj_oe_modify_t modify = {.order_id = open_any(client), .account_id = account_of(client),
                             .token = SIM_TOKEN, .price_paise = price('B'),
                             .qty = 1 + (int32_t)sim_roll(12)};
    (void)ask(client, BJ_OE_MODIFY, 0, &modify, 0);
}

static void ask_admin(sim_client_t *client) {
    bj_oe_admin_t admin = {.author = 1, .reason = "simulation"};
    switch (sim_roll(4)) {
    case 0:
        admin.kind = BJ_OE_ADMIN_KILL;
        admin.account_id = 900 + (uint32_t)sim_roll(3);
        break;
    case 1:
        admin.kind = BJ_OE_ADMIN_INSTRUMENT_STATE;
        admin.token = SIM_TOKEN;
        admin.value = sim_one_in(3) ? BJ_STATE_HALTED : BJ_STATE_OPEN;
        break;
    case 2:
        admin.kind = BJ_OE_ADMIN_ACCOUNT;
        admin.account_id = 900 + (uint32_t)sim_roll(3);
        admin.order_value_max_paise = admin.open_value_max_paise = INT64_MAX / 4;
        admin.position_max_qty = 50 + (int64_t)sim_roll(1000);
        admin.open_orders_max = 10 + (uint32_t)sim_roll(50);
        break;
    default:
        admin.kind = BJ_OE_ADMIN_LIMIT;
        admin.level = BJ_LEVEL_ACCOUNT;
        admin.account_id = 900 + (uint32_t)sim_roll(3);
        admin.limit = sim_one_in(2) ? BJ_LIMIT_ORDER_QTY : BJ_LIMIT_OPEN_ORDERS;
        admin.order_value_max_paise = sim_one_in(2) ? BJ_LIMIT_NONE : 4 + (int64_t)sim_roll(20);
    }
    if (admin.kind != BJ_OE_ADMIN_KILL && !sim_one_in(3)) admin.how = BJ_OE_HOW_TWO;
    (void)ask(client, BJ_OE_ADMIN, (uint8_t)admin.kind, &admin, 0);
}

void sim_client_ask(sim_client_t *client) {
    if (!client->link || !bj_oe_client_ready(client->oe)) return;
    bool admin = client->session == SIM_ADMIN && sim_one_in(4);
    bj_oe_mass_cancel_t mass = {.account_id = account_of(client)};
    if (admin)
        ask_admin(client);
    else if (sim_one_in(60))
        (void)ask(client, BJ_OE_MASS_CANCEL, 0, &mass, 0);
    else if (sim_one_in(3))
        ask_change(client);
    else
        ask_new(client);
}

/* An order the engine refuses: it changes nothing, and is never throttled away unheard. */
bool sim_client_ask_last(sim_client_t *client) {
    bj_oe_cancel_t cancel = {.order_id = UINT64_MAX, .account_id = account_of(client),
                             .token = SIM_TOKEN};
    if (client->asked_last || !client->link || !bj_oe_client_ready(client->oe))
        return client->asked_last;
    client->asked_last = ask(client, BJ_OE_CANCEL, 0, &cancel, 0);
    return client->asked_last;
}
