/* Goal: the echo answers each order's worth of bytes once, however the bytes are cut; a further
 * connection, a half-close and an end are what they should be.  Method: a TCP peer by hand, frame
 * by frame, with no stack of its own. */
#include "dataplane/gateway/bj_lwip_echo.h"

#include "dataplane/gateway/test_lwip_peer.h"

enum { PORT = 9009, ORDER = sizeof(bj_oe_new_t), REPORT = sizeof(bj_oe_report_t) };

static bool dial(peer_t *of, uint16_t port) { return dial_from(of, port, PORT, 1000u * port); }

/* Bytes that come together -> answers there have been by then. */
static const struct {
    size_t bytes, answers;
} cuts[] = {
    {ORDER, 1}, {ORDER - 1, 1}, {1, 2}, {1, 2}, {ORDER, 3}, {ORDER - 1, 4}, {3 * ORDER, 7},
    {ORDER / 2, 7}, {ORDER / 2, 8},
};

static void test_answers(peer_t *of) {
    for (size_t i = 0; i < BJ_COUNT(cuts); i++) {
        say(of, ACK, cuts[i].bytes);
        BJ_CHECK(of->got_bytes == cuts[i].answers * REPORT && !of->got_sum);
        say(of, ACK, 0);
        BJ_CHECK(of->got_bytes == cuts[i].answers * REPORT);
    }
}

/* Who does not read is owed what TCP has no room for, and gets it when he does. */
static void test_slow(peer_t *of) {
    uint32_t heard = of->heard;
    size_t before = of->got_bytes, given = 0;
    for (int i = 0; i < 80; i++, given += 10 * ORDER) {
        of->heard = heard; /* nothing is acknowledged */
        say(of, ACK, 10 * ORDER);
    }
    size_t want = before + given / ORDER * REPORT;
    BJ_CHECK(of->got_bytes < want);
    for (int i = 0; i < 200 && of->got_bytes < want; i++) say(of, ACK, 0);
    BJ_CHECK(of->got_bytes == want);
}

int main(void) {
    peer_t peers[BJ_LWIP_ECHO_CONNS_MAX + 1];
    lwip_open();
    bj_lwip_echo_t *echo = bj_lwip_echo_new(PORT);
    BJ_CHECK(echo && !bj_lwip_echo_new(GATEWAY_PORT)); /* the gateway has that one */
    for (uint16_t i = 0; i < BJ_LWIP_ECHO_CONNS_MAX; i++) BJ_CHECK(dial(&peers[i], 5000 + i));
    BJ_CHECK(!dial(&peers[BJ_LWIP_ECHO_CONNS_MAX], 5100));
    test_answers(&peers[1]);
    test_answers(&peers[3]);
    test_slow(&peers[0]);
    say(&peers[2], FIN | ACK, 0);
    BJ_CHECK(peers[2].flags & FIN);
    say(&peers[2], ACK, 0);
    BJ_CHECK(dial(&peers[2], 5200)); /* its place is free again */
    test_answers(&peers[2]);
    say(&peers[3], RST, 0);
    BJ_CHECK(dial(&peers[3], 5201));
    BJ_CHECK(bj_gateway_counters(world.gateway)->connections == 0); /* it heard of none of it */
    bj_lwip_echo_free(echo);
    bj_lwip_echo_free(NULL);
    lwip_close();
    return bj_test_end("test_bj_lwip_echo");
}
