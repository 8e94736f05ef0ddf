/* Goal: a scripted session, good and bad, is in the audit log byte by byte and in order: each
 * message that the client sent and each that it got, and nothing that it did not. */
#include <stdio.h>
#include "dataplane/audit/bj_audit_read.h"
#include "dataplane/audit/bj_audit_writer.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/gateway/gateway_test.h"

enum { SAID_MAX = 256 };

typedef struct said { /* what went over the wire, as the client saw it */
    uint8_t kind, msg[BJ_OE_MESSAGE_MAX_BYTES];
    uint16_t bytes;
} said_t;

static world_t world;
static client_t client;
static said_t said[SAID_MAX];
static uint32_t said_cnt;
static char dir[] = "/tmp/test_bj_gateway_audit_XXXXXX";

static void note(uint8_t kind, const void *msg, size_t bytes) {
    said[said_cnt] = (said_t){.kind = kind, .bytes = (uint16_t)bytes};
    if (bytes) memcpy(said[said_cnt].msg, msg, bytes);
    said_cnt++;
}

/* Says it, in two pieces; reads what there is to read. */
static void talk(uint8_t kind, const void *msg, size_t bytes) {
    uint8_t answer[BJ_OE_MESSAGE_MAX_BYTES];
    if (bytes) note(kind, msg, bytes);
    client_send(&client, msg, bytes / 2);
    client_send(&client, (const uint8_t *)msg + bytes / 2, bytes - bytes / 2);
    world_wait(&world, 1000);
    while (client_next(&client, answer)) {
        bj_oe_header_t header;
        memcpy(&header, answer, sizeof header);
        note(BJ_AUDIT_OUT, answer, header.len_bytes);
    }
}

static void report(uint64_t client_order_id, uint64_t order_id, uint64_t cmd_seq) {
    bj_event_t event = {.seq = world.log_cnt + 1, .cmd_seq = cmd_seq, .type = BJ_EV_ACCEPTED,
                        .session_id = 3, .order_id = order_id,
                        .client_order_id = client_order_id, .account_id = 901};
    BJ_CHECK(bj_ring_push(world.events, &event, sizeof event));
    world.log[world.log_cnt++] = event;
    atomic_store(&world.durable_seq, cmd_seq);
    talk(BJ_AUDIT_IN, "", 0);
}

static void login(uint64_t next_out_seq) {
    bj_oe_challenge_t challenge = {.header = {.len_bytes = sizeof challenge,
                                              .type = BJ_OE_CHALLENGE,
                                              .version = BJ_OE_VERSION}};
    note(BJ_AUDIT_CONNECTED, NULL, 0);
    BJ_CHECK(client_connect(&client, &world));
    memcpy(challenge.nonce, client.nonce, sizeof challenge.nonce);
    note(BJ_AUDIT_OUT, &challenge, sizeof challenge);
    bj_oe_login_t message = client_login_msg(&client, 3, next_out_seq);
    talk(BJ_AUDIT_IN, &message, sizeof message);
}

static void script(void) {
    login(1);
    bj_oe_new_t order = good_new(1);
    order.client_order_id = 42;
    talk(BJ_AUDIT_IN, &order, sizeof order);
    report(42, 7, 1);
    talk(BJ_AUDIT_IN, &order, sizeof order); /* said again: ignored, kept */
    bj_oe_cancel_t cancel = {.header = {.len_bytes = sizeof cancel, .type = BJ_OE_CANCEL,
                                        .version = BJ_OE_VERSION, .seq = 2},
                             .order_id = 7, .account_id = 901, .token = 2885};
    talk(BJ_AUDIT_IN, &cancel, sizeof cancel); /* names order 7 only */
    bj_cmd_t cmd;
    while (world_cmd(&world, &cmd)) {
    }
    order.header.seq = 3, order.account_id = 902; /* refused: not its account */
    talk(BJ_AUDIT_IN, &order, sizeof order);
    bj_oe_header_t beat = {.len_bytes = sizeof beat, .type = BJ_OE_HEARTBEAT,
                           .version = BJ_OE_VERSION};
    talk(BJ_AUDIT_IN, &beat, sizeof beat);
    for (uint64_t seq = 4; seq <= 6; seq++) { /* the third one is held, and kept once */
        order = good_new(seq);
        order.client_order_id = 39 + seq;
        talk(BJ_AUDIT_IN, &order, sizeof order);
    }
    for (int i = 0; i < 5; i++)
        talk(BJ_AUDIT_IN, "", 0);
    BJ_CHECK(bj_gateway_counters(world.gateway)->held > 0);
    while (world_cmd(&world, &cmd)) {
    }
    talk(BJ_AUDIT_IN, "", 0);
    talk(BJ_AUDIT_GARBAGE, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27);
    note(BJ_AUDIT_CLOSED, NULL, 0);
    client_close(&client);
    login(1); /* the report comes again */
    note(BJ_AUDIT_CLOSED, NULL, 0);
    client_close(&client);
}

static uint32_t differ, at;
static bool check(void *ctx, const bj_audit_record_t *record, const uint8_t *msg,
                  uint64_t at_bytes) {
    (void)ctx, (void)at_bytes;
    bool same = at < said_cnt && record->kind == said[at].kind &&
                (record->kind == BJ_AUDIT_GARBAGE ||
                 (record->msg_bytes == said[at].bytes &&
                  memcmp(msg, said[at].msg, record->msg_bytes) == 0));
    if (record->kind == BJ_AUDIT_GARBAGE) /* the piece it was told by */
        same = record->msg_bytes >= 16 && memcmp(msg, said[at].msg, record->msg_bytes) == 0;
    if (!same) fprintf(stderr, "  record %u: kind %u/%u\n", at, record->kind, said[at].kind);
    differ += !same;
    at++;
    return true;
}

typedef struct found {
    uint32_t cnt, news, cancels, reports, rejects;
} found_t;

static bool count(void *ctx, const bj_audit_record_t *record, const uint8_t *msg,
                  uint64_t at_bytes) {
    found_t *found = (found_t *)ctx;
    uint8_t type = msg[offsetof(bj_oe_header_t, type)];
    (void)record, (void)at_bytes;
    found->cnt++;
    found->news += type == BJ_OE_NEW, found->cancels += type == BJ_OE_CANCEL;
    found->reports += type == 'a', found->rejects += type == BJ_OE_SESSION_REJECT;
    return true;
}

int main(void) {
    found_t found = {0};
    char command[96];
    BJ_CHECK(mkdtemp(dir) != NULL);
    size_t bytes = bj_ring_footprint(1024, sizeof(bj_audit_slot_t));
    bj_ring_t *ring = bj_ring_new(aligned_alloc(BJ_PAIR_BYTES, bytes), 1024,
                                  sizeof(bj_audit_slot_t));
    bj_audit_writer_t *writer = bj_audit_writer_new(&(bj_audit_writer_config_t){
        .dir = dir, .rotate_bytes = 1 << 20, .sync_ns = BJ_NS_PER_S, .ring = ring});
    BJ_CHECK(ring && writer);
    world_audit = ring;
    world_open(&world, 2, 1024);
    script();
    BJ_CHECK(bj_gateway_counters(world.gateway)->audit_missed == 0);
    world_close(&world);
    bj_audit_writer_free(writer);

    bj_audit_query_t all = {.session_id = -1}, order = {.session_id = -1, .client_order_id = 42};
    BJ_CHECK(bj_audit_find(dir, &all, check, NULL, NULL) == BJ_OK);
    BJ_CHECK(differ == 0 && at == said_cnt && said_cnt > 15);
    BJ_CHECK(bj_audit_find(dir, &order, count, &found, NULL) == BJ_OK);
    /* The order, the same again, the one refused; its report, twice; the cancel by order id. */
    BJ_CHECK(found.news == 3 && found.reports == 2 && found.rejects == 1 && found.cancels == 1);
    BJ_CHECK(found.cnt == 7);
    snprintf(command, sizeof command, "rm -r %s", dir);
    BJ_CHECK(system(command) == 0);
    free(ring);
    return bj_test_end("test_bj_gateway_audit");
}
