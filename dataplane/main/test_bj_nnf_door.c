/* The door between the rings: from a configuration file to a user whose orders reach the engine's
 * ring, who hears nothing before the journal has it, and who finds his day after a restart.  The
 * order-entry protocol runs beside it on the same rings. */
#include "dataplane/main/bj_nnf_door.h"

#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/engine/bj_engine.h"
#include "dataplane/nnf/test_nnf_bed.h"

enum { DEPTH = 64, EVENTS_DEPTH = 1024 };

static char dir[64];
static bed_t bed; /* its events are the event log, its clock ours */
static member_t member;
static bj_pipe_t pipe_;
static bj_gateway_t *gateway;
static bj_nnf_door_t door;
static bj_engine_t *engine;
static bj_config_t *config;
static uint64_t cmd_seq;
static uint16_t port;

static const char *const good_json =
    "{\"universe_csv\": \"%s/universe.csv\", \"gateway\": {\"nnf\": {\"host\": \"127.0.0.1\","
    " \"port\": %u, \"router_port\": %u, \"cipher\": \"stream\", \"cert_file\": \"%s/none\","
    " \"key_file\": \"%s/none\", \"boxes\": [{\"id\": 7, \"broker\": \"12345\", \"rate\": 100}],"
    " \"users\": [{\"id\": 501, \"box\": 7, \"branch\": 3, \"broker\": \"12345\","
    " \"name\": \"FIRST\", \"session\": %u, \"account\": 901, \"account_code\": \"CLIENT1\","
    " \"password_file\": \"%s/password\"}]}}}";

/* Contracts of a far year: they have not expired whenever this runs. */
static const char *const fo_json =
    "{\"universe_csv\": \"%s/universe.csv\", %s \"gateway\": {\"%s\": {%s"
    " \"host\": \"127.0.0.1\", \"port\": 9603, \"router_port\": 9604,"
    " \"cert_file\": \"none\", \"key_file\": \"none\","
    " \"boxes\": [{\"id\": 7, \"broker\": \"12345\", \"rate\": 100}],"
    " \"users\": [{\"id\": 501, \"broker\": \"12345\", \"session\": %u, \"account\": 911,"
    " \"password_file\": \"%s/password\"}]}}}";
static const char contract[] =
    "NEATFO|7.0.4|\n"
    "35001|26000|FUTIDX|NIFTY|||1609425000|-1|XX|1|0|0|1|0|2|1||3|0||3|0||3|0||0|0|1609425000|0|"
    "75|75|10|0|1800|1800|0|0|0|0|0|0|2322000|2838000|0|0|0|0|0|0||0||NIFTY30DECFUT|0|0|0|0||E|Y|"
    "N|N|C|N|NIFTY|INDEX|2580000|N|\n";

static const char *file_write(const char *name, const char *text) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *out = fopen(path, "w");
    bool ok = out && fputs(text, out) >= 0 && fclose(out) == 0;
    BJ_CHECK(ok);
    return path;
}

static bj_config_t *config_write(unsigned session) {
    char text[2048];
    snprintf(text, sizeof text, good_json, dir, port, port, dir, dir, session, dir);
    return bj_config_load(file_write("bijli.json", text));
}

static void nonce(void *ctx, uint8_t *out, size_t out_bytes) {
    (void)ctx;
    bed_random(&bed, out, out_bytes);
}
static bool event_at(void *ctx, uint64_t seq, bj_event_t *event) {
    (void)ctx;
    return bed_event_at(&bed, seq, event);
}
static void on_event(void *ctx, const bj_event_t *event, bj_now_t now) {
    (void)ctx;
    bj_nnf_door_event(&door, event, now);
}

/* --- the engine's tile, in small: from one ring into the other --- */
static void engine_run(void) {
    const void *slot;
    while ((slot = bj_ring_peek(pipe_.cmds))) {
        bj_cmd_t cmd;
        size_t cnt;
        memcpy(&cmd, slot, sizeof cmd);
        const bj_event_t *events = bj_engine_apply(engine, &cmd, &cnt);
        for (size_t i = 0; i < cnt; i++) {
            bed.events[bed.event_cnt++] = events[i];
            bool room = bj_ring_push(pipe_.events, &events[i], sizeof events[i]);
            assert(room), (void)room;
        }
        cmd_seq = cmd.seq;
        bj_ring_release(pipe_.cmds);
    }
}

static void durable(void) { atomic_store(&pipe_.durable_seq, cmd_seq); }

static void turn(void) {
    bool issued;
    bed.now.mono_ns += BJ_NS_PER_MS, bed.now.wall_ns += BJ_NS_PER_MS;
    (void)bj_gateway_step(gateway, bed.now);
    (void)bj_nnf_door_step(&door, bed.now, &issued);
}

static void engine_new(void) {
    static const bj_engine_config_t shape = {.instrument_max = 4, .account_max = 8,
                                             .order_max = 64};
    bj_cmd_t set_up[] = {
        {.type = BJ_CMD_INSTRUMENT, .token = 1333, .time_ns = 1,
         .body.instrument = {.symbol = "DEMO", .tick_paise = 5, .lot_qty = 1,
                             .band_lo_paise = 9000, .band_hi_paise = 11000,
                             .prev_close_paise = 10000, .freeze_qty = 1000}},
        {.type = BJ_CMD_ACCOUNT, .account_id = 901, .time_ns = 1,
         .body.account = {.order_value_max_paise = INT64_MAX / 4,
                          .open_value_max_paise = INT64_MAX / 4,
                          .position_max_qty = 1000, .open_orders_max = 50}},
        {.type = BJ_CMD_PHASE, .time_ns = 2, .body.phase = {.phase = BJ_STATE_OPEN}}};
    engine = bj_engine_new(aligned_alloc(64, (bj_engine_footprint(&shape) + 63) / 64 * 64), &shape);
    for (size_t i = 0; i < BJ_COUNT(set_up); i++)
        BJ_CHECK(bj_ring_push(pipe_.cmds, &set_up[i], sizeof set_up[i]));
    engine_run();
    durable();
}

static bj_ring_t *ring_new(uint64_t depth) {
    return bj_ring_new(aligned_alloc(BJ_PAIR_BYTES, bj_ring_footprint(depth, 128)), depth, 128);
}

static void rings_new(void) {
    static const bj_gateway_session_config_t sessions[] = {
        {.id = 1, .name = "control", .all_accounts = true, .may = BJ_GATEWAY_MAY_ADMIN, .key = "k",
         .key_bytes = 1}};
    pipe_.cmds = ring_new(DEPTH), pipe_.events = ring_new(EVENTS_DEPTH);
    bj_gateway_config_t made = {.sessions = sessions, .session_cnt = 1, .report_max = 1000,
                                .cmds = pipe_.cmds, .events = pipe_.events,
                                .durable_seq = &pipe_.durable_seq,
                                .journal_lost = &pipe_.journal_lost, .event_at = event_at,
                                .nonce = nonce, .on_event = on_event};
    gateway = bj_gateway_new(&made);
    BJ_CHECK(gateway != NULL);
}

static void door_new(void) {
    door = (bj_nnf_door_t){.pipe = &pipe_, .event_at = event_at, .random = nonce};
    BJ_CHECK(bj_nnf_door_new(&door, config, NULL, 0, NULL) && door.server && door.user_cnt == 1);
    bed.server = door.server; /* so that a member talks to it */
    bed.config.segment = BJ_NNF_CM, bed.config.cipher = BJ_NNF_STREAM, bed.config.iv_bytes = 12;
}

/* --- tests --- */
static bj_nnf_msg_t order(int64_t qty, int64_t price_paise) {
    return member_order(&member, BJ_NNF_BUY, qty, price_paise);
}

static bj_nnf_msg_t confirmed;

static void test_held_until_durable(void) {
    BJ_CHECK(member_box(&member, &bed, 7, "12345").code == BJ_NNF_BOX_SIGNED_ON);
    BJ_CHECK(member_sign_on(&member, 501, "Secret1", 'T').error == 0);
    bj_nnf_msg_t ask = order(10, 9500);
    member_say(&member, &ask);
    engine_run();
    BJ_CHECK(bj_engine_stats(engine).live_orders == 1);
    for (int i = 0; i < 100; i++)
        turn();
    BJ_CHECK(member_hear(&member).code == 0); /* matched, but not on the disk */
    durable();
    turn();
    confirmed = member_hear(&member);
    BJ_CHECK(confirmed.code == BJ_NNF_CONFIRM_TR && confirmed.error == 0);
    BJ_CHECK(!strcmp(confirmed.symbol, "DEMO") && !strcmp(confirmed.series, "EQ"));
}

static void test_journal_lost(void) {
    atomic_store(&pipe_.journal_lost, true);
    bj_nnf_msg_t ask = order(10, 9500), got;
    member_say(&member, &ask);
    got = member_hear(&member);
    BJ_CHECK(got.code == BJ_NNF_REJECT_TR && got.error == BJ_NNF_E_NOT_AVAILABLE);
    BJ_CHECK(bj_ring_peek(pipe_.cmds) == NULL);
    atomic_store(&pipe_.journal_lost, false);
}

/* A full ring holds requests back; none is lost and none is doubled. */
static void test_full_ring(void) {
    bj_nnf_msg_t got;
    unsigned confirms = 0;
    for (int i = 0; i < DEPTH + 20; i++) {
        bj_nnf_msg_t ask = order(1, 9100);
        ask.code = BJ_NNF_ORDER_TR, ask.client_ref = i;
        if (i >= 20) bj_nnf_flags_set(BJ_NNF_CM, &ask, 1u << BJ_NNF_IOC);
        uint8_t wire[BJ_NNF_PACKET_MAX_BYTES], data[BJ_NNF_PACKET_MAX_BYTES];
        size_t n = bj_nnf_encode(BJ_NNF_CM, &ask, wire, sizeof wire);
        n = bj_nnf_pack(&member.out, 1, wire, n, data, sizeof data);
        size_t took = bj_nnf_server_input(door.server, member.conn, data, n, bed.now);
        BJ_CHECK(took == n); /* what must wait is kept here */
        bed.now.mono_ns += 20 * BJ_NS_PER_MS; /* below the box's rate */
    }
    BJ_CHECK(bj_nnf_server_counters(door.server)->held > 0);
    for (int i = 0; i < 40; i++) {
        engine_run();
        durable();
        turn();
        while ((got = member_hear(&member)).code)
            confirms += got.code == BJ_NNF_CONFIRM_TR;
    }
    BJ_CHECK(confirms == DEPTH + 20);
    BJ_CHECK(bj_engine_stats(engine).live_orders == 21);
}

static void test_restart(void) {
    bj_nnf_msg_t ask, got;
    member_drop(&member);
    engine_run();
    durable();
    turn();
    bj_nnf_door_close(&door);
    door_new();
    for (size_t i = 0; i < bed.event_cnt; i++)
        bj_nnf_server_recover_event(door.server, &bed.events[i]);
    bj_nnf_server_recover_seq(door.server, 31, bj_engine_session_seq(engine, 31));
    BJ_CHECK(member_box(&member, &bed, 7, "12345").code == BJ_NNF_BOX_SIGNED_ON);
    BJ_CHECK(member_sign_on(&member, 501, "Secret1", 'T').error == 0);
    ask = member_change(&member, &confirmed, BJ_NNF_CANCEL_TR);
    member_say(&member, &ask); /* with what it knew before */
    engine_run();
    durable();
    turn();
    got = member_hear(&member);
    BJ_CHECK(got.code == BJ_NNF_CANCELLED_TR && got.order_number == confirmed.order_number);
    BJ_CHECK(got.client_ref == confirmed.client_ref);
    member_drop(&member);
}

/* Once a standby takes over nobody is heard any more, nor comes in. */
static void test_handed_over(void) {
    bj_cmd_t cmd;
    BJ_CHECK(member_box(&member, &bed, 7, "12345").code == BJ_NNF_BOX_SIGNED_ON);
    BJ_CHECK(member_sign_on(&member, 501, "Secret1", 'T').error == 0);
    atomic_store(&pipe_.replica.fenced, true);
    turn();
    BJ_CHECK(bj_nnf_server_finished(door.server, member.conn, bed.now));
    bj_nnf_msg_t ask = order(10, 9500);
    member_say(&member, &ask);
    for (const void *slot; (slot = bj_ring_peek(pipe_.cmds)); bj_ring_release(pipe_.cmds)) {
        memcpy(&cmd, slot, sizeof cmd);
        BJ_CHECK(cmd.type == BJ_CMD_DISCONNECT);
    }
    member_drop(&member);
    member_connect(&member, &bed, BJ_NNF_PORT_BOX);
    turn();
    BJ_CHECK(bj_nnf_server_finished(door.server, member.conn, bed.now));
    member_drop(&member);
    atomic_store(&pipe_.replica.fenced, false);
}

/* Futures and options have a key of their own, contracts and sessions of their own. */
static void test_bad_fo(void) {
    static const struct {
        const char *key, *more;
        unsigned session;
        bool ok;
    } cases[] = {{"nnf", "\"segment\": \"fo\",", 41, false},
                 {"nnf_fo", "\"segment\": \"cm\",", 41, false},
                 {"nnf_fo", "", 41, true},
                 {"nnf_fo", "\"segment\": \"fo\",", 41, true},
                 {"nnf_fo", "", 31, false}}; /* a user's at the other door */
    for (size_t i = 0; i < 2 * BJ_COUNT(cases); i++) {
        const size_t n = i % BJ_COUNT(cases);
        bool fo = strcmp(cases[n].key, "nnf_fo") == 0, have = i < BJ_COUNT(cases);
        char text[2048];
        char file[128] = "";
        if (have) snprintf(file, sizeof file, "\"contracts_file\": \"%s/contract.txt\",", dir);
        snprintf(text, sizeof text, fo_json, dir, file, cases[n].key, cases[n].more,
                 cases[n].session, dir);
        bj_config_t *of = bj_config_load(file_write("fo.json", text));
        bj_nnf_door_t other = {.segment = fo ? BJ_NNF_FO : BJ_NNF_CM, .pipe = &pipe_,
                               .event_at = event_at, .random = nonce};
        BJ_CHECK(bj_nnf_door_new(&other, of, NULL, 0, &door) == (cases[n].ok && have));
        BJ_CHECK(!other.server == !(cases[n].ok && have));
        bj_nnf_door_close(&other);
        bj_config_free(of);
    }
}

/* What may not be is said, and nothing is opened. */
static void test_bad_config(void) {
    static const bj_gateway_session_config_t taken = {.id = 31};
    bj_nnf_door_t other = {.pipe = &pipe_, .event_at = event_at, .random = nonce};
    BJ_CHECK(!bj_nnf_door_new(&other, config, &taken, 1, NULL) && !other.server);
    bj_config_t *closed = bj_config_load(file_write("closed.json", "{\"gateway\": {}}"));
    BJ_CHECK(bj_nnf_door_new(&other, closed, NULL, 0, NULL) && !other.server);
    BJ_CHECK(bj_nnf_door_open(&other)); /* a closed door opens no port */
    bool issued = true;
    BJ_CHECK(bj_nnf_door_step(&other, bed.now, &issued) == 0 && !issued);
    bj_nnf_door_close(&other);
    bj_config_free(closed);
    test_bad_fo();
    BJ_CHECK(!bj_nnf_door_open(&door)); /* there is no certificate */
}

int main(void) {
    snprintf(dir, sizeof dir, "/tmp/test_bj_nnf_door.XXXXXX");
    if (!mkdtemp(dir)) return 1;
    bed.dice = 42;
    bed.now = (bj_now_t){.mono_ns = BJ_NS_PER_S, .wall_ns = INT64_C(1767249000) * BJ_NS_PER_S};
    port = (uint16_t)(20000 + getpid() % 20000);
    file_write("password", "Secret1\n");
    file_write("universe.csv",
               "symbol,token,stream,tick_paise,lot_qty,prev_close_paise,band_lo_paise,"
               "band_hi_paise,freeze_qty,avg_daily_qty,avg_daily_trades,annual_vol_bp,name\n"
               "DEMO,1333,1,5,1,10000,9000,11000,1000,1000,10,1000,Demo\n");
    file_write("contract.txt", contract);
    config = config_write(31);
    rings_new();
    engine_new();
    door_new();
    turn();
    test_held_until_durable();
    test_journal_lost();
    test_full_ring();
    test_restart();
    test_handed_over();
    test_bad_config();
    bj_nnf_door_close(&door);
    bj_gateway_free(gateway);
    bj_config_free(config);
    char clean[96];
    snprintf(clean, sizeof clean, "rm -rf %s", dir);
    BJ_CHECK(system(clean) == 0);
    return bj_test_end("test_bj_nnf_door");
}
