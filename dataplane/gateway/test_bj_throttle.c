/* Goal: the bucket gives exactly burst and rate, whatever the times (an independent count of the
 * moments paid for says the same); and a session that says too much is warned, refused, cut, and
 * may cancel until then. */
#include <stdio.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/gateway/bj_bucket.h"
#include "dataplane/gateway/gateway_test.h"

static world_t world;
static client_t client;
static uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES];
static uint64_t next_seq;

/* --- the bucket --- */
/* Told another way: each message moves the moment paid for by one interval; that may not run
 * further ahead of the clock than the burst.  Times in nanoseconds times the rate: no rounding. */
__extension__ typedef __int128 wide_t;

static bool paid_take(wide_t *paid, uint32_t rate_per_s, uint32_t burst, int64_t now_ns) {
    wide_t now = (wide_t)now_ns * rate_per_s, from = *paid < now ? now : *paid;
    if (from + BJ_NS_PER_S > now + (wide_t)burst * BJ_NS_PER_S) return false;
    *paid = from + BJ_NS_PER_S;
    return true;
}

static void test_bucket(void) {
    static const uint32_t shapes[][2] = {{1, 1}, {3, 1}, {7, 100}, {1000, 10}, {999983, 77},
                                         {BJ_BUCKET_MAX, BJ_BUCKET_MAX}, {1, BJ_BUCKET_MAX}};
    uint64_t rng = 88172645463325252;
    for (size_t i = 0; i < BJ_COUNT(shapes); i++) {
        bj_bucket_t bucket = {.rate_per_s = shapes[i][0], .burst = shapes[i][1]};
        wide_t paid = 0;
        int64_t now_ns = 5;
        uint32_t differ = 0, taken = 0;
        for (int k = 0; k < 100000; k++) {
            rng ^= rng << 13, rng ^= rng >> 7, rng ^= rng << 17;
            int64_t interval_ns = BJ_NS_PER_S / bucket.rate_per_s;
            now_ns += rng % 97 == 0 ? INT64_C(5000000000000) : (int64_t)(rng >> 20) % interval_ns;
            bool want = paid_take(&paid, bucket.rate_per_s, bucket.burst, now_ns);
            differ += bj_bucket_take(&bucket, now_ns) != want;
            taken += want;
        }
        BJ_CHECK(differ == 0 && taken > 100);
        if (differ) fprintf(stderr, "  %u a second, %u at once\n", shapes[i][0], shapes[i][1]);
    }
}

/* --- a session --- */
enum { RATE = 10, BURST = 10, CANCELS = 4, CUT = 6 };
static const bj_gateway_throttle_t throttle = {.rate_per_s = RATE, .burst = BURST,
                                               .cancel_rate_per_s = 2, .cancel_burst = CANCELS,
                                               .warn_pct = 80, .cut_cnt = CUT};

static bool login(uint32_t flags) {
    BJ_CHECK(client_connect(&client, &world));
    bj_oe_login_t message = client_login_msg(&client, 3, 1);
    message.flags = flags, message.heartbeat_ms = 60000;
    client_send(&client, &message, sizeof message);
    bj_oe_login_reply_t reply;
    if (client_next(&client, msg) != BJ_OE_LOGIN_REPLY) return false;
    memcpy(&reply, msg, sizeof reply);
    next_seq = reply.next_in_seq;
    return reply.status == BJ_OK;
}

static void throttled_open(uint32_t flags) {
    static bj_gateway_session_config_t sessions[BJ_COUNT(test_sessions)];
    memcpy(sessions, test_sessions, sizeof sessions);
    sessions[2].throttle = throttle;
    world_open_with(&world, sessions, BJ_COUNT(sessions), 64, 1024);
    BJ_CHECK(login(flags));
}

static void order_send(void) {
    bj_oe_new_t order = good_new(next_seq++);
    client_send(&client, &order, sizeof order);
}

static void cancel_send(void) {
    bj_oe_cancel_t cancel = {.header = {.len_bytes = sizeof cancel, .type = BJ_OE_CANCEL,
                                        .version = BJ_OE_VERSION, .seq = next_seq++},
                             .order_id = 7, .account_id = 901, .token = 2885};
    client_send(&client, &cancel, sizeof cancel);
}

static uint32_t commands(uint16_t type) {
    bj_cmd_t cmd;
    uint32_t cnt = 0;
    while (world_cmd(&world, &cmd))
        cnt += cmd.type == type;
    return cnt;
}

static bool refused_for_rate(void) {
    bj_oe_session_reject_t reject;
    if (client_next(&client, msg) != BJ_OE_SESSION_REJECT) return false;
    memcpy(&reject, msg, sizeof reject);
    return reject.reason == BJ_REJ_RATE && reject.ref_seq == next_seq - 1;
}

static void test_warned_then_refused(void) {
    throttled_open(BJ_OE_LOGIN_WARN);
    for (int n = 1; n <= BURST; n++) {
        order_send();
        BJ_CHECK((client_next(&client, msg) == BJ_OE_WARNING) == (n == 8));
        if (n != 8) continue;
        bj_oe_warning_t warning;
        memcpy(&warning, msg, sizeof warning);
        BJ_CHECK(warning.ref_seq == 8 && warning.used_pct == 80 && warning.rate_per_s == RATE);
        BJ_CHECK(warning.burst == BURST && strstr(warning.text, "80%"));
    }
    BJ_CHECK(commands(BJ_CMD_NEW) == BURST);
    order_send();
    BJ_CHECK(refused_for_rate() && commands(BJ_CMD_NEW) == 0);
    world_wait(&world, 99 * BJ_NS_PER_MS);
    order_send();
    BJ_CHECK(refused_for_rate() && commands(BJ_CMD_NEW) == 0);
    world_wait(&world, 1 * BJ_NS_PER_MS); /* a tenth of a second brings one */
    order_send();
    BJ_CHECK(client_next(&client, msg) == 0 && commands(BJ_CMD_NEW) == 1);
    world_wait(&world, BJ_NS_PER_S); /* and a second ten, the first of which is a warning's */
    order_send();
    BJ_CHECK(client_next(&client, msg) == 0);
    for (int n = 0; n < 8; n++)
        order_send();
    BJ_CHECK(client_next(&client, msg) == BJ_OE_WARNING && client_next(&client, msg) == 0);
    const bj_gateway_counters_t *counters = bj_gateway_counters(world.gateway);
    BJ_CHECK(counters->throttled == 2 && counters->throttle_warnings == 2);
    BJ_CHECK(counters->throttle_cuts == 0 && !client_finished(&client));
    client_close(&client);
    world_close(&world);
}

static void test_old_client_gets_no_warning(void) {
    throttled_open(0);
    for (int n = 1; n <= BURST; n++)
        order_send();
    BJ_CHECK(client_next(&client, msg) == 0);
    BJ_CHECK(bj_gateway_counters(world.gateway)->throttle_warnings == 1);
    client_close(&client);
    world_close(&world);
}

static void test_cancels_have_their_own(void) {
    throttled_open(0);
    for (int n = 1; n <= BURST; n++)
        order_send();
    BJ_CHECK(commands(BJ_CMD_NEW) == BURST);
    for (int n = 1; n <= CANCELS; n++)
        cancel_send();
    BJ_CHECK(client_next(&client, msg) == 0 && commands(BJ_CMD_CANCEL) == CANCELS);
    cancel_send();
    BJ_CHECK(refused_for_rate() && commands(BJ_CMD_CANCEL) == 0);
    order_send(); /* no order by way of it */
    BJ_CHECK(refused_for_rate());
    client_close(&client);
    world_close(&world);
}

static void test_cut(void) {
    throttled_open(0);
    for (int n = 0; n < BURST; n++)
        order_send();
    for (int n = 1; n < CUT; n++) {
        order_send();
        BJ_CHECK(refused_for_rate() && !client_finished(&client));
    }
    world_wait(&world, BJ_NS_PER_S); /* a new second: ten more, and the count begins again */
    for (int n = 0; n < BURST; n++)
        order_send();
    BJ_CHECK(client_next(&client, msg) == 0);
    for (int n = 1; n <= CUT; n++) {
        order_send();
        BJ_CHECK(refused_for_rate() && client_finished(&client) == (n == CUT));
    }
    BJ_CHECK(strstr((const char *)msg + offsetof(bj_oe_session_reject_t, text), "cut"));
    BJ_CHECK(bj_gateway_counters(world.gateway)->throttle_cuts == 1);
    client_close(&client);
    BJ_CHECK(commands(BJ_CMD_DISCONNECT) == 1);
    BJ_CHECK(login(0)); /* which forgives nothing */
    order_send();
    BJ_CHECK(refused_for_rate());
    client_t other;
    bj_oe_login_reply_t reply;
    BJ_CHECK(client_login(&other, &world, 2, 1, &reply) == BJ_OK);
    bj_oe_new_t order = good_new(1);
    order.account_id = 900;
    client_send(&other, &order, sizeof order);
    BJ_CHECK(client_next(&other, msg) == 0 && commands(BJ_CMD_NEW) == 1); /* another's is its own */
    client_close(&other), client_close(&client);
    world_close(&world);
}

int main(void) {
    test_bucket();
    test_warned_then_refused();
    test_old_client_gets_no_warning();
    test_cancels_have_their_own();
    test_cut();
    return bj_test_end("test_bj_throttle");
}
