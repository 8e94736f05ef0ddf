/* Goal: a peer whose port comes round again finds the gateway, however soon, and no frame that is
 * less than a whole, newer request ends what is still owed to the old connection.
 * Method: a TCP peer by hand; the gateway closes first, as it does to who does not log in. */
#include "dataplane/gateway/bj_lwip.h"

#include "dataplane/gateway/test_lwip_peer.h"

enum { ISN = 1000000, HELLO = sizeof(bj_oe_challenge_t) };

/* The gateway has closed and so has the peer: what is left is lwIP's TIME-WAIT. */
static void leave(peer_t *of) {
    world_wait(&world, 4 * BJ_NS_PER_S);
    peer = of;
    (void)bj_lwip_step(lwip, world.now);
    BJ_CHECK(of->flags & FIN);
    say(of, FIN | ACK, 0);
}

static bool greeted(peer_t *of, uint16_t port, uint32_t seq) {
    bool open = dial_from(of, port, GATEWAY_PORT, seq);
    (void)bj_lwip_step(lwip, world.now);
    return open && of->got_bytes == HELLO;
}

static void test_port_again(void) {
    peer_t of;
    BJ_CHECK(greeted(&of, 5000, ISN));
    leave(&of);
    /* Not beyond what was heard: an old SYN on the way for long.  The old connection stands. */
    BJ_CHECK(!greeted(&of, 5000, ISN - 5));
    BJ_CHECK(!greeted(&of, 5000, ISN));
    BJ_CHECK(!greeted(&of, 5000, ISN + 1));
    BJ_CHECK(greeted(&of, 5000, ISN + 2)); /* its SYN and FIN were one each */
    leave(&of);
    BJ_CHECK(greeted(&of, 5000, ISN + 100000)); /* beyond the window as well */
    BJ_CHECK(greeted(&of, 5001, 7));            /* another port is another connection */
}

/* Each frame shorter than its headers, and each flag beside SYN. */
static void test_no_request(void) {
    peer_t of, other;
    static const uint8_t no_syn[] = {0, FIN, RST, ACK, SYN | ACK, SYN | RST};
    BJ_CHECK(greeted(&of, 6000, ISN));
    leave(&of);
    for (size_t i = 0; i < BJ_COUNT(no_syn); i++) {
        other = (peer_t){.port = 6000, .to = GATEWAY_PORT, .seq = ISN + 50};
        say(&other, no_syn[i], 0);
        BJ_CHECK(!greeted(&of, 6000, ISN)); /* still the old one's */
    }
    for (size_t bytes = 0; bytes < HEADERS; bytes++) {
        other = (peer_t){.port = 6000, .to = GATEWAY_PORT, .seq = ISN + 50};
        say_part(&other, SYN, 0, bytes);
        BJ_CHECK(!greeted(&of, 6000, ISN));
    }
    BJ_CHECK(greeted(&of, 6000, ISN + 50));
}

int main(void) {
    lwip_open();
    test_port_again();
    test_no_request();
    lwip_close();
    return bj_test_end("test_bj_lwip");
}
