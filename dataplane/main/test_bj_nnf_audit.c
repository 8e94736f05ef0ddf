/* Goal: a member's day, good and bad, is in the audit log in order, each message that it sent and
 * each that it got, found by the order's ids; and no password, key or PAN is in the files.  From
 * the door's configuration to the files, with a back end that the test plays itself. */
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/audit/bj_audit_read.h"
#include "dataplane/audit/bj_audit_text.h"
#include "dataplane/audit/bj_audit_writer.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/main/bj_nnf_door.h"
#include "dataplane/nnf/bj_nnf_book.h"
#include "dataplane/nnf/bj_nnf_mask.h"
#include "dataplane/nnf/test_nnf_bed.h"

enum { SAID_MAX = 256, RING_DEPTH = 1024, LOG_BYTES = 1 << 20 };

typedef struct said { /* as the member saw it, masked */
    uint8_t  kind, msg[BJ_NNF_PACKET_MAX_BYTES];
    uint16_t bytes;
} said_t;

static char dir[64], log_dir[80];
static bed_t bed;
static member_t member;
static bj_pipe_t pipe_;
static bj_nnf_door_t door;
static bj_ring_t *ring;
static bj_audit_writer_t *writer;
static said_t said[SAID_MAX];
static uint32_t said_cnt;
static bj_nnf_segment_t segment;

/* --- what went over the wire --- */
static void note(uint8_t kind, const uint8_t *msg, size_t bytes) {
    said_t *s = &said[said_cnt++];
    *s = (said_t){.kind = kind};
    if (bytes) memcpy(s->msg, msg, bytes);
    s->bytes = (uint16_t)(kind == BJ_AUDIT_GARBAGE ? bytes : bj_nnf_mask(segment, s->msg, bytes));
}

static bj_nnf_msg_t hear(void) {
    bj_nnf_msg_t inner, got = member_hear_record(&member, &inner);
    if (got.code) note(BJ_AUDIT_OUT, member.raw, member.raw_bytes);
    return got;
}

static void say_raw(const uint8_t *msg, size_t bytes) {
    note(BJ_AUDIT_IN, msg, bytes);
    member_raw(&member, msg, bytes);
}

static void say(const bj_nnf_msg_t *msg) {
    uint8_t wire[BJ_NNF_PACKET_MAX_BYTES];
    say_raw(wire, bj_nnf_encode(segment, msg, wire, sizeof wire));
}

static bj_nnf_msg_t ask(const bj_nnf_msg_t *msg) {
    say(msg);
    return hear();
}

/* --- the back end --- */
static void answer_all(bj_event_type_t type) {
    const void *slot;
    while ((slot = bj_ring_peek(pipe_.cmds))) {
        bj_cmd_t cmd;
        memcpy(&cmd, slot, sizeof cmd);
        bj_ring_release(pipe_.cmds);
        bj_event_t *event = &bed.events[bed.event_cnt++];
        *event = (bj_event_t){.seq = bed.event_cnt, .time_ns = bed.now.wall_ns,
                              .type = (uint16_t)type, .session_id = cmd.session_id,
                              .account_id = cmd.account_id, .client_order_id = cmd.client_order_id,
                              .token = cmd.token, .price_paise = cmd.price_paise, .qty = cmd.qty,
                              .order_id = cmd.order_id ? cmd.order_id : 1000 + bed.event_cnt,
                              .leaves_qty = cmd.qty, .side = cmd.side, .tif = cmd.tif,
                              .order_type = cmd.order_type, .session_seq = cmd.session_seq};
        bj_nnf_door_event(&door, event, bed.now);
    }
}

static bool event_at(void *ctx, uint64_t seq, bj_event_t *event) {
    (void)ctx;
    return bed_event_at(&bed, seq, event);
}
static void dice(void *ctx, uint8_t *out, size_t out_bytes) {
    (void)ctx;
    bed_random(&bed, out, out_bytes);
}

/* --- set up --- */
static void file_write(const char *name, const char *text) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *out = fopen(path, "w");
    bool ok = out && fputs(text, out) >= 0 && fclose(out) == 0;
    BJ_CHECK(ok);
}

static void door_new(const char *cipher) {
    static const char *const json =
        "{\"universe_csv\": \"%s/universe.csv\", \"gateway\": {\"nnf\": {\"host\": \"127.0.0.1\","
        " \"port\": 9602, \"router_port\": 9601, \"cipher\": \"%s\", \"cert_file\": \"none\","
        " \"key_file\": \"none\", \"boxes\": [{\"id\": 7, \"broker\": \"12345\", \"rate\": 1000}],"
        " \"users\": [{\"id\": 501, \"box\": 7, \"broker\": \"12345\", \"name\": \"FIRST\","
        " \"session\": 31, \"account\": 901, \"account_code\": \"CLIENT1\","
        " \"password_file\": \"%s/password\"}]}}}";
    char text[2048], path[128];
    snprintf(text, sizeof text, json, dir, cipher, dir);
    file_write("bijli.json", text);
    snprintf(path, sizeof path, "%s/bijli.json", dir);
    bj_config_t *config = bj_config_load(path);
    door = (bj_nnf_door_t){.pipe = &pipe_, .event_at = event_at, .random = dice,
                           .audit.ring = ring};
    BJ_CHECK(bj_nnf_door_new(&door, config, NULL, 0, NULL) && door.server);
    bj_config_free(config);
    bed.server = door.server;
    bed.config.segment = segment = BJ_NNF_CM;
    bed.config.cipher = bj_nnf_cipher_named(cipher), bed.config.iv_bytes = 12;
}

static bj_ring_t *ring_new(uint64_t depth, size_t slot_bytes) {
    size_t bytes = bj_ring_footprint(depth, slot_bytes);
    return bj_ring_new(aligned_alloc(BJ_PAIR_BYTES, (bytes + 127) / 128 * 128), depth, slot_bytes);
}

/* --- the day --- */
static void connect_to(bj_nnf_port_t port) {
    member_connect(&member, &bed, port);
    note(BJ_AUDIT_CONNECTED, NULL, 0);
}

static void drop(void) {
    member_drop(&member);
    note(BJ_AUDIT_CLOSED, NULL, 0);
}

static bj_nnf_msg_t named(int64_t code) {
    return (bj_nnf_msg_t){.code = code, .box_id = 7, .broker_id = "12345"};
}

static void box_open(void) {
    bj_nnf_msg_t got = named(BJ_NNF_ROUTE);
    connect_to(BJ_NNF_PORT_ROUTER);
    got = ask(&got);
    drop();
    member.keys = (bj_nnf_keys_t){.cipher = bed.config.cipher, .iv_bytes = 12,
                                  .dynamic_iv = got.dynamic_iv};
    memcpy(member.keys.key, got.crypto_key, 32), memcpy(member.keys.iv, got.crypto_iv, 16);
    memcpy(member.keys.static_iv, got.static_iv, 8);
    memcpy(member.keys.aad, got.additional_key, 12);
    memcpy(member.session_key, got.session_key, 8);
    connect_to(BJ_NNF_PORT_BOX);
    got = named(BJ_NNF_BOX_REGISTER);
    got = ask(&got);
    bool ok = bj_nnf_seal_start(&member.out, &member.keys, BJ_NNF_FROM_MEMBER, true) &&
              bj_nnf_seal_start(&member.in, &member.keys, BJ_NNF_TO_MEMBER, false);
    BJ_CHECK(ok && got.code == BJ_NNF_BOX_REGISTERED);
    got = named(BJ_NNF_BOX_SIGN_ON);
    memcpy(got.session_key, member.session_key, 8);
    BJ_CHECK(ask(&got).code == BJ_NNF_BOX_SIGNED_ON);
}

static void sign_on(const char *password, int64_t want) {
    bj_nnf_msg_t msg = {.code = BJ_NNF_SIGN_ON, .user_id = 501, .sign_user_id = 501,
                        .broker_id = "12345", .show_index = 'T'};
    snprintf(msg.password, sizeof msg.password, "%s", password);
    BJ_CHECK(ask(&msg).error == want);
}

static bj_nnf_msg_t confirmed;

static void orders(void) {
    bj_nnf_msg_t order = member_order(&member, BJ_NNF_BUY, 10, 9500), got;
    BJ_CHECK(order.client_ref == 4711 && order.pan[0]);
    bj_nnf_msg_t bad = order; /* refused here: before the engine */
    memcpy(bad.symbol, "NOSUCH", 7);
    BJ_CHECK(ask(&bad).error == BJ_NNF_E_SYMBOL);
    memcpy(bad.symbol, "DEMO", 5), memcpy(bad.pan, "ZZZZZ9999", 10);
    BJ_CHECK(ask(&bad).error == BJ_NNF_E_PAN);
    say(&order);
    answer_all(BJ_EV_ACCEPTED);
    confirmed = hear();
    BJ_CHECK(confirmed.code == BJ_NNF_CONFIRM_TR);
    bj_nnf_msg_t cancel = member_change(&member, &confirmed, BJ_NNF_CANCEL_TR);
    cancel.client_ref = 0; /* by its number only */
    say(&cancel);
    answer_all(BJ_EV_REQUEST_REJECTED);
    BJ_CHECK(hear().code == BJ_NNF_CANCEL_REJECT_TR);
    order.code = BJ_NNF_ORDER, order.client_ref = 0; /* in the full form: no reference */
    memcpy(order.remarks, "HELLO", 6);
    say(&order);
    answer_all(BJ_EV_ACCEPTED);
    BJ_CHECK(hear().code == BJ_NNF_CONFIRM);
    got = (bj_nnf_msg_t){.code = BJ_NNF_DOWNLOAD, .user_id = 501, .alpha0 = 1};
    say(&got);
    bed_time(&bed, BJ_NS_PER_MS);
    while (hear().code != BJ_NNF_DOWNLOAD_END) {
    }
}

/* No message of any form: a code that is none, and a sign-on of a wrong length. */
static void unreadable(void) {
    uint8_t wire[300] = {0};
    bj_nnf_msg_t msg = {.code = BJ_NNF_SIGN_ON, .user_id = 501, .password = "Secret1"};
    wire[0] = 9, wire[1] = 9, wire[11] = 5;
    say_raw(wire, 60);
    BJ_CHECK(hear().code == BJ_NNF_ERROR);
    size_t n = bj_nnf_encode(segment, &msg, wire, sizeof wire);
    say_raw(wire, n + 2);
    BJ_CHECK(hear().code == BJ_NNF_BAD_LENGTH);
}

/* Held requests are kept once, and answered when there is room. */
static void held(void) {
    bj_nnf_msg_t order = member_order(&member, BJ_NNF_BUY, 1, 9400);
    order.client_ref = 99;
    for (int i = 0; i < 3; i++) /* the ring takes two */
        say(&order);
    BJ_CHECK(bj_nnf_server_counters(door.server)->held > 0);
    for (int i = 0; i < 3; i++) {
        answer_all(BJ_EV_ACCEPTED);
        bed_time(&bed, BJ_NS_PER_MS);
    }
    for (int i = 0; i < 3; i++)
        BJ_CHECK(hear().client_ref == 99);
}

static void garbage(void) {
    uint8_t junk[100];
    memset(junk, 0x55, sizeof junk);
    junk[0] = 0, junk[1] = 100;
    (void)bj_nnf_server_input(door.server, member.conn, junk, sizeof junk, bed.now);
    note(BJ_AUDIT_GARBAGE, junk, BJ_NNF_PREFIX_BYTES);
    BJ_CHECK(hear().code == BJ_NNF_BOX_OFF);
    drop();
    connect_to(BJ_NNF_PORT_BOX); /* and in clear */
    (void)bj_nnf_server_input(door.server, member.conn, junk, sizeof junk, bed.now);
    note(BJ_AUDIT_GARBAGE, junk, BJ_NNF_PREFIX_BYTES + BJ_NNF_HEADER_BYTES);
    BJ_CHECK(hear().code == BJ_NNF_BOX_OFF);
    drop();
}

/* --- what is in the log --- */
static uint32_t at, differ;
static bool check(void *ctx, const bj_audit_record_t *r, const uint8_t *msg, uint64_t at_bytes) {
    char line[BJ_AUDIT_LINE_BYTES];
    (void)ctx, (void)at_bytes;
    const said_t *s = &said[at];
    bool same = at < said_cnt && r->kind == s->kind && r->msg_bytes == s->bytes &&
                memcmp(msg, s->msg, s->bytes) == 0 && r->dialect == BJ_AUDIT_NNF_CM;
    BJ_CHECK(bj_audit_line(r, msg, true, line, sizeof line));
    BJ_CHECK(bj_audit_line(r, msg, false, line, sizeof line));
    if (!same) fprintf(stderr, "  record %u, kind %u/%u: %s\n", at, r->kind, s->kind, line);
    bool order = r->order_id || r->client_order_id;
    BJ_CHECK(!order || (r->session_id == 31 && r->user_id == 501 && r->box_id == 7));
    BJ_CHECK(!order || r->client_order_id >> 56 == 31);
    differ += !same;
    at++;
    return true;
}

static bool count(void *ctx, const bj_audit_record_t *r, const uint8_t *msg, uint64_t at_bytes) {
    (void)msg, (void)at_bytes;
    ++((uint32_t *)ctx)[r->kind];
    return true;
}

typedef struct counts {
    uint32_t of[16];
} counts_t;

static counts_t found(uint64_t client_order_id, uint64_t order_id) {
    counts_t counts = {{0}};
    bj_audit_query_t query = {.client_order_id = client_order_id, .order_id = order_id,
                              .session_id = -1};
    BJ_CHECK(bj_audit_find(log_dir, &query, count, counts.of, NULL) == BJ_OK);
    return counts;
}

static void check_found(void) {
    bj_audit_query_t all = {.session_id = -1};
    at = differ = 0;
    BJ_CHECK(bj_audit_find(log_dir, &all, check, NULL, NULL) == BJ_OK);
    BJ_CHECK(at == said_cnt && differ == 0 && said_cnt > 40);
    uint64_t order_id = (uint64_t)confirmed.order_number % UINT64_C(100000000000000);
    /* The order, refused twice; its refusals and confirmation; the cancel without a reference, its
     * refusal; and twice what the download told again. */
    counts_t by_ref = found(4711, 0), by_id = found(0, order_id);
    BJ_CHECK(by_ref.of[BJ_AUDIT_IN] == 4 && by_ref.of[BJ_AUDIT_OUT] == 6);
    BJ_CHECK(by_id.of[BJ_AUDIT_IN] == 1 && by_id.of[BJ_AUDIT_OUT] == 4);
    uint64_t full = bj_nnf_client_order_id(31, true, 3, 0);
    counts_t by_full = found(full, 0); /* asked, confirmed, downloaded */
    BJ_CHECK(by_full.of[BJ_AUDIT_IN] == 1 && by_full.of[BJ_AUDIT_OUT] == 2);
    counts_t by_held = found(99, 0);
    BJ_CHECK(by_held.of[BJ_AUDIT_IN] == 3 && by_held.of[BJ_AUDIT_OUT] == 3);
}

static void check_absent(const uint8_t *log, size_t log_bytes, const void *what, size_t bytes) {
    BJ_CHECK(memmem(log, log_bytes, what, bytes) == NULL);
}

static void check_secrets(void) {
    static uint8_t log[LOG_BYTES];
    char **paths;
    size_t cnt, got = 0;
    BJ_CHECK(bj_audit_files(log_dir, &paths, &cnt) == BJ_OK && cnt == 1);
    FILE *in = fopen(paths[0], "r");
    if (in) got = fread(log, 1, sizeof log, in), fclose(in);
    BJ_CHECK(got > 1000 && memmem(log, got, "CLIENT1", 7) != NULL);
    check_absent(log, got, "Secret1", 7);
    check_absent(log, got, "wrong77", 7);
    check_absent(log, got, "ABCDE1234F", 10);
    check_absent(log, got, "ZZZZZ9999", 9);
    check_absent(log, got, member.session_key, 8);
    check_absent(log, got, member.keys.key, 32);
    check_absent(log, got, member.keys.key + 16, 8);
    bool tag = bed.config.cipher == BJ_NNF_TAG;
    check_absent(log, got, tag ? member.keys.static_iv : member.keys.iv, 8);
    bj_audit_files_free(paths, cnt);
}

static void run(const char *cipher) {
    said_cnt = 0;
    bed.event_cnt = 0;
    snprintf(log_dir, sizeof log_dir, "%s/audit-%s", dir, cipher);
    writer = bj_audit_writer_new(&(bj_audit_writer_config_t){
        .dir = log_dir, .rotate_bytes = LOG_BYTES, .sync_ns = BJ_NS_PER_S, .ring = ring});
    BJ_CHECK(writer != NULL);
    door_new(cipher);
    box_open();
    sign_on("wrong77", BJ_NNF_E_SIGN_ON);
    sign_on("Secret1", 0);
    orders();
    unreadable();
    held();
    garbage();
    bj_nnf_door_close(&door);
    while (bj_ring_peek(pipe_.cmds)) /* a lost connection's */
        bj_ring_release(pipe_.cmds);
    BJ_CHECK(door.audit.missed == 0);
    bj_audit_writer_free(writer);
    check_found();
    check_secrets();
}

int main(void) {
    bj_log_init("test", BJ_LOG_ERROR);
    snprintf(dir, sizeof dir, "/tmp/test_bj_nnf_audit.XXXXXX");
    if (!mkdtemp(dir)) return 1;
    bed.dice = 42;
    bed.now = (bj_now_t){.mono_ns = BJ_NS_PER_S, .wall_ns = INT64_C(1767249000) * BJ_NS_PER_S};
    file_write("password", "Secret1\n");
    file_write("universe.csv",
               "symbol,token,stream,tick_paise,lot_qty,prev_close_paise,band_lo_paise,"
               "band_hi_paise,freeze_qty,avg_daily_qty,avg_daily_trades,annual_vol_bp,name\n"
               "DEMO,1333,1,5,1,10000,9000,11000,1000,1000,10,1000,Demo\n");
    pipe_.cmds = ring_new(2, 128);
    ring = ring_new(RING_DEPTH, sizeof(bj_audit_slot_t));
    run("stream");
    run("tag");
    char clean[96];
    snprintf(clean, sizeof clean, "rm -rf %s", dir);
    BJ_CHECK(system(clean) == 0);
    free(pipe_.cmds), free(ring);
    return bj_test_end("test_bj_nnf_audit");
}
