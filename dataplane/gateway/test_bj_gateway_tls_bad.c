/* Goal: who cannot prove who it is gets nothing but an alert: no challenge, no session; it is
 * counted, kept in the audit with why, and gone; so is who says more than that takes.  Whatever is
 * cut off or changed in what a good client says first never ends in an open session, and half of it
 * is cut like silence. */
#include "dataplane/audit/bj_audit.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/gateway/tls_peer_test.h"

enum { STEP = BJ_TEST_SLOW ? 17 : 1 };

static const struct {
    const char *what, *ca, *cert;
    int  version; /* at most; 0: any */
    const char *why; /* in the audit; NULL: the client ends it itself */
} bad[] = {
    {"no certificate", NULL, NULL, 0, "peer did not return a certificate"},
    {"another authority's", "ca", "desk2", 0, "certificate verify failed"},
    {"no name", "ca", "nameless", 0, "the certificate names no session"},
    {"names, none of ours", "ca", "other", 0, "the certificate names no session"},
    {"an empty name", "ca", "empty", 0, "the certificate names no session"},
    {"too long a name", "ca", "long", 0, "the certificate names no session"},
    {"two names", "ca", "two", 0, "the certificate names no session"},
    {"out of date", "ca", "old", 0, "certificate has expired"},
    {"a server's", "ca", "server", 0, "unsuitable certificate purpose"},
    {"another curve", "ca", "p384", 0, "peer did not return a certificate"},
    {"another kind of key", "ca", "ed25519", 0, "peer did not return a certificate"},
    {"TLS 1.2", "ca", "desk", TLS1_2_VERSION, "unsupported protocol"},
    {"does not trust us", "ca2", "desk", 0, "alert"},
};

/* What the audit says last of why; "" if nothing. */
static void why_take(char why[256]) {
    const bj_audit_slot_t *slot;
    why[0] = '\0';
    while ((slot = bj_ring_peek(world_audit))) {
        if (slot->record.kind == BJ_AUDIT_UNPROVEN)
            snprintf(why, 256, "%.*s", slot->record.msg_bytes, (const char *)slot->msg);
        bj_ring_release(world_audit);
    }
}

static void turns_until_gone(peer_t *peer) {
    for (int i = 0; i < 20 && !peer_finished(peer); i++) peer_turn(peer);
    BJ_CHECK(peer_finished(peer));
    BJ_CHECK(peer->got_cnt == 0 && counters(&world)->logins == 0);
}

static void test_bad(void) {
    static peer_t peer;
    char why[256];
    for (size_t i = 0; i < BJ_COUNT(bad); i++) {
        unsigned fails = bj_fail_cnt;
        SSL_CTX *context = client_context(bad[i].ca, bad[i].cert);
        if (bad[i].version) {
            SSL_CTX_set_min_proto_version(context, 0);
            SSL_CTX_set_max_proto_version(context, bad[i].version);
        }
        tls_open(16);
        BJ_CHECK(peer_open(&peer, context));
        turns_until_gone(&peer);
        why_take(why);
        BJ_CHECK(strstr(why, bad[i].why) != NULL);
        BJ_CHECK(figures()->refused == 1 && figures()->handshakes == 0);
        BJ_CHECK(counters(&world)->login_failures == 1);
        peer_close(&peer);
        tls_close();
        SSL_CTX_free(context);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s: %s\n", bad[i].what, why);
    }
}

/* What a client of the clear port says, and of the web. */
static void test_not_tls(void) {
    static peer_t peer;
    static const char words[][17] = {"P\0L\1............", "GET / HTTP/1.1\r\n",
                                        "\x16\x03\x01\xff\xff............", "\x15\x03\x03\0\2\1\0"};
    for (size_t i = 0; i < BJ_COUNT(words); i++) {
        tls_open(16);
        BJ_CHECK(peer_open(&peer, NULL));
        memcpy(peer.sent, words[i], peer.sent_cnt = 16);
        turns_until_gone(&peer);
        BJ_CHECK(figures()->refused == 1 && counters(&world)->garbage == 0);
        peer_close(&peer);
        tls_close();
    }
}

/* --- hellos that would cost us more than the client */
typedef struct hello {
    uint8_t *data;
    size_t   bytes;
} hello_t;

static void put(hello_t *hello, unsigned value, int bytes) {
    for (int i = bytes - 1; i >= 0; i--)
        hello->data[hello->bytes++] = (uint8_t)(value >> 8 * i);
}

static void put_many(hello_t *hello, unsigned value, int bytes, unsigned cnt) {
    for (unsigned i = 0; i < cnt; i++) put(hello, value, bytes);
}

/* RFC 8446 4.1.2, in records of up to 16384 bytes; all else is as it should be. */
static void hello_make(hello_t *out, unsigned groups, unsigned shares, unsigned sigalgs,
                       unsigned ciphers, unsigned stuffing_bytes) {
    static uint8_t data[1 << 17];
    hello_t h = {.data = data};
    put(&h, 0x0303, 2), put_many(&h, 7, 1, 32), put(&h, 0, 1);
    put(&h, 2 * ciphers, 2), put_many(&h, 0x1301, 2, ciphers), put(&h, 0x0100, 2);
    put(&h, 9 + 6 + 2 * sigalgs + 6 + 2 * groups + 6 + 5 * shares + 4 + stuffing_bytes - 2, 2);
    put(&h, 43, 2), put(&h, 3, 2), put(&h, 2, 1), put(&h, 0x0304, 2);
    put(&h, 13, 2), put(&h, 2 + 2 * sigalgs, 2), put(&h, 2 * sigalgs, 2);
    put_many(&h, 0x0403, 2, sigalgs);
    put(&h, 10, 2), put(&h, 2 + 2 * groups, 2), put(&h, 2 * groups, 2);
    put_many(&h, 0x0101, 2, groups - 1), put(&h, 0x001d, 2); /* unknown ones, and X25519 */
    put(&h, 51, 2), put(&h, 2 + 5 * shares, 2), put(&h, 5 * shares, 2);
    for (unsigned i = 0; i < shares; i++) put(&h, 0x01010001, 4), put(&h, 1, 1);
    put(&h, 21, 2), put(&h, stuffing_bytes, 2), put_many(&h, 0, 1, stuffing_bytes);
    uint8_t head[4] = {1, (uint8_t)(h.bytes >> 16), (uint8_t)(h.bytes >> 8), (uint8_t)h.bytes};
    memmove(data + 4, data, h.bytes), memcpy(data, head, 4), h.bytes += 4;
    out->bytes = 0;
    for (size_t at = 0; at < h.bytes;) {
        unsigned part = h.bytes - at < 16384 ? (unsigned)(h.bytes - at) : 16384;
        put(out, 22, 1), put(out, 0x0301, 2), put(out, part, 2);
        memcpy(out->data + out->bytes, data + at, part);
        out->bytes += part, at += part;
    }
}

static const struct {
    const char *what;
    unsigned groups, shares, sigalgs, ciphers, stuffing_bytes;
    const char *why; /* NULL: it is asked for another share */
} hellos[] = {
    {"as they are", 4, 0, 8, 3, 0, NULL},
    {"as much as may be", 64, 200, 64, 64, 200, NULL},
    {"many groups", 65, 0, 8, 3, 0, "excessive message size"},
    {"many key shares", 4, 410, 8, 3, 0, "excessive message size"},
    {"many signatures", 4, 0, 65, 3, 0, "excessive message size"},
    {"many ciphers", 4, 0, 8, 65, 0, "excessive message size"},
    {"much of nothing", 4, 0, 8, 3, 4096, "more bytes than a handshake may have"},
    {"the worst", 30000, 8000, 8, 3, 0, "more bytes than a handshake may have"},
};

static void test_hellos(void) {
    static peer_t peer;
    char why[256];
    why_take(why); /* of the tests before */
    for (size_t i = 0; i < BJ_COUNT(hellos); i++) {
        unsigned fails = bj_fail_cnt;
        hello_t hello = {.data = peer.sent};
        tls_open(16);
        BJ_CHECK(peer_open(&peer, NULL));
        hello_make(&hello, hellos[i].groups, hellos[i].shares, hellos[i].sigalgs,
                   hellos[i].ciphers, hellos[i].stuffing_bytes);
        peer.sent_cnt = hello.bytes;
        peer_turn(&peer);
        why_take(why);
        BJ_CHECK(strcmp(why, hellos[i].why ? hellos[i].why : "") == 0);
        BJ_CHECK(figures()->refused == (hellos[i].why != NULL));
        BJ_CHECK(counters(&world)->login_failures == figures()->refused && peer.sent_cnt == 0);
        if (hellos[i].why) turns_until_gone(&peer);
        else BJ_CHECK(peer.heard_cnt > 40 && !peer_finished(&peer)); /* no alert: it is asked */
        peer_close(&peer);
        tls_close();
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s: %s\n", hellos[i].what, why);
    }
}

/* A certificate with more behind it than anybody needs. */
static void test_long_chain(void) {
    static peer_t peer;
    char why[256];
    SSL_CTX *context = client_context("ca", "desk");
    for (int i = 0; i < 24; i++)
        SSL_CTX_add1_chain_cert(context, SSL_CTX_get0_certificate(context));
    tls_open(16);
    BJ_CHECK(peer_open(&peer, context));
    turns_until_gone(&peer);
    why_take(why);
    BJ_CHECK(strcmp(why, "excessive message size") == 0 && figures()->refused == 1);
    peer_close(&peer);
    tls_close();
    SSL_CTX_free(context);
}

/* The bytes that a good client says first (0), and in its answer (1). */
static size_t flight(peer_t *peer, SSL_CTX *context, int which) {
    tls_open(16);
    if (!peer_open(peer, context)) abort();
    (void)SSL_do_handshake(peer->ssl);
    peer_says(peer);
    if (!which) return peer->sent_cnt;
    peer_offer(peer);
    peer_hear(peer);
    (void)SSL_do_handshake(peer->ssl);
    peer_says(peer);
    world_wait(&world, BJ_NS_PER_MS);
    return peer->sent_cnt;
}

static void test_cut_short(SSL_CTX *context, int which) {
    static peer_t peer;
    size_t bytes = flight(&peer, context, which);
    peer_close(&peer), tls_close();
    BJ_CHECK(bytes > 100);
    for (size_t cut = 0; cut < bytes; cut += STEP) {
        if (flight(&peer, context, which) <= cut) break; /* a signature is not always as long */
        peer.sent_cnt = cut;
        peer_offer(&peer);
        BJ_CHECK(figures()->handshakes == 0 && peer.sent_cnt == 0);
        world_wait(&world, 2 * BJ_NS_PER_S);
        BJ_CHECK(!peer_finished(&peer));
        world_wait(&world, 2 * BJ_NS_PER_S); /* the time to log in is up */
        BJ_CHECK(peer_finished(&peer) && counters(&world)->login_failures == 1);
        peer_close(&peer), tls_close();
    }
}

static void test_changed(SSL_CTX *context, int which) {
    static peer_t peer;
    size_t bytes = flight(&peer, context, which);
    peer_close(&peer), tls_close();
    for (size_t at = 0; at < bytes; at += STEP) {
        if (at == 2 && !which) continue; /* RFC 8446 5.1: ignored */
        if (flight(&peer, context, which) <= at) break;
        peer.sent[at] ^= (uint8_t)(1u << at % 8);
        for (int i = 0; i < 6; i++) {
            if (!peer_finished(&peer)) peer_turn(&peer);
        }
        BJ_CHECK(figures()->handshakes == 0 && peer.got_cnt == 0);
        world_wait(&world, 4 * BJ_NS_PER_S);
        peer_turn(&peer);
        world_wait(&world, 2 * BJ_NS_PER_S);
        BJ_CHECK(peer_finished(&peer) && counters(&world)->sessions == 0);
        peer_close(&peer), tls_close();
    }
}

/* What comes after, changed: cut, and the other connection goes on. */
static void test_changed_later(SSL_CTX *context) {
    static peer_t peer;
    bj_oe_new_t order = good_new(1);
    for (size_t at = 0; at < sizeof order + 22; at += STEP) {
        tls_open(16);
        BJ_CHECK(peer_open(&peer, context) && peer_login(&peer, 3) == BJ_OK);
        peer_say(&peer, &order, sizeof order);
        peer_says(&peer);
        BJ_CHECK(peer.sent_cnt == sizeof order + 22);
        peer.sent[at] ^= 0x40;
        for (int i = 0; i < 5 && !peer_finished(&peer); i++) peer_turn(&peer);
        BJ_CHECK(counters(&world)->commands == 0 || !peer_finished(&peer));
        if (at == 3) BJ_CHECK(!peer_finished(&peer)); /* longer: it waits for the rest */
        else BJ_CHECK(peer_finished(&peer) && figures()->broken == 1);
        peer_close(&peer), tls_close();
    }
}

static void test_client_side(void) {
    static peer_t peer;
    SSL_CTX *context = client_context("ca", "desk");
    /* One of our authority's, but not the gateway: a client that looks at the name goes. */
    world_open_with(&world, tls_sessions, BJ_COUNT(tls_sessions), 16, 1 << 14);
    tls = bj_gateway_tls_new(world.gateway);
    bj_gateway_tls_renew(tls, tls_context("ca", "host", BJ_OE_TLS_GATEWAY));
    BJ_CHECK(peer_open(&peer, context));
    SSL_set1_host(peer.ssl, BJ_OE_TLS_HOST);
    turns_until_gone(&peer);
    BJ_CHECK(SSL_get_verify_result(peer.ssl) == X509_V_ERR_HOSTNAME_MISMATCH);
    peer_close(&peer), tls_close();
    SSL_CTX_free(context);
}

int main(void) {
    tls_make();
    void *ring = aligned_alloc(BJ_PAIR_BYTES, bj_ring_footprint(256, sizeof(bj_audit_slot_t)));
    world_audit = bj_ring_new(ring, 256, sizeof(bj_audit_slot_t));
    SSL_CTX *desk = client_context("ca", "desk");
    test_bad();
    test_not_tls();
    test_hellos();
    test_long_chain();
    for (int which = 0; which < 2; which++) {
        test_cut_short(desk, which);
        test_changed(desk, which);
    }
    test_changed_later(desk);
    test_client_side();
    SSL_CTX_free(desk);
    free(ring);
    tls_unmake();
    return bj_test_end("test_bj_gateway_tls_bad");
}
