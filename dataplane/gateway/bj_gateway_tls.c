#include "dataplane/gateway/bj_gateway_tls.h"

#include <openssl/err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_bits.h"
#include "dataplane/wire/bj_oe_tls.h"

enum {
    OUT_BYTES = 20480,   /* a record and what may stand beside it, or a handshake's flight */
    PLAIN_BYTES = 8192,  /* taken out of a record at once */
    RECORD_BYTES = 8192, /* of reports in a record */
    RECORDS_MAX = 64,    /* opened in a call, then it is the others' turn */
    RECORD_EXTRA_BYTES = 256, /* its head and tag; new keys said before it */
    UPDATES_MAX = 8,
    HELLO_BYTES = 4096,  /* taken of a client whose hello is not whole, all else said included */
    HANDS_BYTES = 16384, /* taken of one whose hands are not shaken */
    WORDS = BJ_GATEWAY_CONNS_MAX / 64,
};
static const int64_t handshake_every_ns = 1 * BJ_NS_PER_MS;
static const int64_t updates_within_ns = 60 * BJ_NS_PER_S;
static const int64_t ending_wait_ns = 1 * BJ_NS_PER_S; /* for its last words to leave */

typedef struct tls_conn {
    SSL    *ssl;   /* NULL: in clear, or not in use */
    bool    open;  /* hands are shaken, and the client is proven */
    bool    ended; /* nothing is taken any more; what is in out still leaves */
    bool    worked, endless; /* in this call: a whole message was there; more than it may say */
    uint32_t hands_bytes;    /* taken while hands are shaken */
    int64_t ended_ns;
    const uint8_t *in; /* the transport's, while a call lasts */
    size_t  in_bytes;
    uint32_t out_at, out_cnt, plain_at, plain_cnt;
    uint32_t update_cnt; /* since updates_ns */
    int64_t  updates_ns;
    int64_t  now_ns; /* of the call */
    uint8_t  out[OUT_BYTES], plain[PLAIN_BYTES];
} tls_conn_t;

struct bj_gateway_tls {
    bj_gateway_t *gateway;
    SSL_CTX      *context;         /* NULL: nobody is taken at the port of TLS */
    _Atomic(SSL_CTX *) next;       /* to be used from the next connection on; NULL: no other */
    int64_t       handshake_ns;    /* no piece of a handshake before */
    uint64_t      due[WORDS];      /* something is in out, or it has ended */
    uint64_t      held[WORDS];     /* what the gateway had no room for, or it is others' turn */
    tls_conn_t   *conns[BJ_GATEWAY_CONNS_MAX]; /* NULL: in clear, or not in use */
    bj_gateway_tls_counters_t counters;
};

/* --- between OpenSSL and the transport: two pieces of memory */
static uint32_t hands_left(const tls_conn_t *conn) {
    OSSL_HANDSHAKE_STATE state = SSL_get_state(conn->ssl);
    bool hello = state == TLS_ST_BEFORE || state == TLS_ST_SR_CLNT_HELLO;
    uint32_t most = hello ? HELLO_BYTES : HANDS_BYTES;
    return conn->hands_bytes < most ? most - conn->hands_bytes : 0;
}

static int bio_read(BIO *bio, char *data, int data_bytes) {
    tls_conn_t *conn = BIO_get_data(bio);
    size_t part = conn->in_bytes < (size_t)data_bytes ? conn->in_bytes : (size_t)data_bytes;
    BIO_clear_retry_flags(bio);
    if (!conn->open && part > hands_left(conn)) conn->endless = true;
    /* Too much or too many: OpenSSL gets no more of it. */
    if (!part || conn->endless || conn->update_cnt > UPDATES_MAX) {
        BIO_set_retry_read(bio);
        return -1;
    }
    memcpy(data, conn->in, part);
    conn->in += part;
    conn->in_bytes -= part;
    if (!conn->open) conn->hands_bytes += (uint32_t)part;
    return (int)part;
}

static int bio_write(BIO *bio, const char *data, int data_bytes) {
    tls_conn_t *conn = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (conn->out_at) {
        memmove(conn->out, conn->out + conn->out_at, conn->out_cnt);
        conn->out_at = 0;
    }
    size_t part = OUT_BYTES - conn->out_cnt;
    if (part > (size_t)data_bytes) part = (size_t)data_bytes;
    if (!part) {
        BIO_set_retry_write(bio);
        return -1;
    }
    memcpy(conn->out + conn->out_cnt, data, part);
    conn->out_cnt += (uint32_t)part;
    return (int)part;
}

static long bio_ctrl(BIO *bio, int cmd, long number, void *pointer) {
    (void)bio, (void)number, (void)pointer;
    return cmd == BIO_CTRL_FLUSH;
}

static BIO_METHOD *method; /* of the process: OpenSSL has numbers for some hundred */
static void method_make(void) {
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "bj_gateway_tls");
    if (!method) return;
    BIO_meth_set_read(method, bio_read);
    BIO_meth_set_write(method, bio_write);
    BIO_meth_set_ctrl(method, bio_ctrl);
}

/* The client wants new keys: that costs us more than its 27 bytes cost the client. */
static void on_state(const SSL *ssl, int where, int result) {
    (void)result;
    if (!(where & SSL_CB_LOOP) || SSL_get_state(ssl) != TLS_ST_SR_KEY_UPDATE) return;
    tls_conn_t *conn = SSL_get_app_data(ssl);
    if (conn->now_ns - conn->updates_ns > updates_within_ns) {
        conn->updates_ns = conn->now_ns;
        conn->update_cnt = 0;
    }
    conn->update_cnt++;
}

/* A message of a handshake is there to its last byte, and is worked on now; what SSL_get_state
 * says changes with a message's first bytes already. */
static void on_message(int is_written, int version, int type, const void *data, size_t data_bytes,
                       SSL *ssl, void *ctx) {
    (void)version, (void)data, (void)data_bytes, (void)ssl;
    if (!is_written && type == SSL3_RT_HANDSHAKE) ((tls_conn_t *)ctx)->worked = true;
}

/* --- made and freed --- */
bj_gateway_tls_t *bj_gateway_tls_new(bj_gateway_t *gateway) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, method_make);
    bj_gateway_tls_t *tls = method ? calloc(1, sizeof *tls) : NULL;
    if (tls) tls->gateway = gateway;
    return tls;
}

void bj_gateway_tls_renew(bj_gateway_tls_t *tls, SSL_CTX *context) {
    SSL_CTX_free(atomic_exchange(&tls->next, context));
}

static void conn_free(bj_gateway_tls_t *tls, uint32_t conn_idx) {
    tls_conn_t *conn = tls->conns[conn_idx];
    if (!conn) return;
    SSL_free(conn->ssl);
    OPENSSL_cleanse(conn->plain, sizeof conn->plain);
    free(conn);
    tls->conns[conn_idx] = NULL;
    bj_bits_clear(tls->due, conn_idx);
    bj_bits_clear(tls->held, conn_idx);
    tls->counters.connections--;
}

void bj_gateway_tls_free(bj_gateway_tls_t *tls) {
    if (!tls) return;
    for (uint32_t i = 0; i < BJ_GATEWAY_CONNS_MAX; i++)
        conn_free(tls, i);
    SSL_CTX_free(atomic_exchange(&tls->next, NULL));
    SSL_CTX_free(tls->context);
    free(tls);
}

static tls_conn_t *conn_new(bj_gateway_tls_t *tls) {
    tls_conn_t *conn = calloc(1, sizeof *conn);
    BIO *bio = conn ? BIO_new(method) : NULL;
    if (bio) conn->ssl = SSL_new(tls->context);
    if (!bio || !conn->ssl) {
        ERR_clear_error();
        BIO_free(bio);
        free(conn);
        return NULL;
    }
    BIO_set_data(bio, conn);
    BIO_set_init(bio, 1);
    SSL_set_bio(conn->ssl, bio, bio);
    SSL_set_app_data(conn->ssl, conn);
    SSL_set_info_callback(conn->ssl, on_state);
    SSL_set_msg_callback(conn->ssl, on_message);
    SSL_set_msg_callback_arg(conn->ssl, conn);
    SSL_set_accept_state(conn->ssl);
    return conn;
}

uint32_t bj_gateway_tls_connect(bj_gateway_tls_t *tls, uint32_t peer_ip, bool encrypted,
                                bj_now_t now) {
    if (!encrypted) return bj_gateway_connect(tls->gateway, peer_ip, now);
    SSL_CTX *next = atomic_exchange(&tls->next, NULL);
    if (next) {
        SSL_CTX_free(tls->context);
        tls->context = next;
    }
    if (!tls->context) return BJ_GATEWAY_NONE;
    uint32_t conn_idx = bj_gateway_connect(tls->gateway, peer_ip, now);
    if (conn_idx == BJ_GATEWAY_NONE) return BJ_GATEWAY_NONE;
    tls->conns[conn_idx] = conn_new(tls);
    if (tls->conns[conn_idx]) {
        tls->counters.connections++;
        return conn_idx;
    }
    bj_gateway_disconnect(tls->gateway, conn_idx, now);
    return BJ_GATEWAY_NONE;
}

void bj_gateway_tls_disconnect(bj_gateway_tls_t *tls, uint32_t conn_idx, bj_now_t now) {
    conn_free(tls, conn_idx);
    bj_gateway_disconnect(tls->gateway, conn_idx, now);
}

/* --- the end of one --- */
static void out_due(bj_gateway_tls_t *tls, uint32_t conn_idx) {
    if (tls->conns[conn_idx]->out_cnt || tls->conns[conn_idx]->ended)
        bj_bits_set(tls->due, conn_idx);
}

static void conn_end(bj_gateway_tls_t *tls, uint32_t conn_idx, bj_now_t now) {
    tls_conn_t *conn = tls->conns[conn_idx];
    conn->ended = true;
    conn->ended_ns = now.mono_ns;
    conn->plain_cnt = 0;
    bj_bits_clear(tls->held, conn_idx);
    out_due(tls, conn_idx);
}

/* An alert that says why is in out already, if there is one to be said. */
static void conn_refuse(bj_gateway_tls_t *tls, uint32_t conn_idx, const char *why, bj_now_t now) {
    bj_gateway_unproven(tls->gateway, conn_idx, why, now);
    tls->counters.refused++;
    conn_end(tls, conn_idx, now);
}

/* --- hands are shaken --- */
static void why_failed(const SSL *ssl, char *why, size_t why_bytes) {
    long verify = SSL_get_verify_result(ssl);
    unsigned long code = ERR_peek_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    snprintf(why, why_bytes, "%s%s%s", reason ? reason : "not TLS",
             verify == X509_V_OK ? "" : ": ",
             verify == X509_V_OK ? "" : X509_verify_cert_error_string(verify));
    ERR_clear_error();
}

static void client_take(bj_gateway_tls_t *tls, uint32_t conn_idx, bj_now_t now) {
    tls_conn_t *conn = tls->conns[conn_idx];
    char name[BJ_OE_NAME_BYTES];
    X509 *cert = SSL_get0_peer_certificate(conn->ssl);
    if (!cert || !bj_oe_tls_session(cert, name)) {
        (void)SSL_shutdown(conn->ssl);
        conn_refuse(tls, conn_idx, "the certificate names no session", now);
        return;
    }
    bj_gateway_proven(tls->gateway, conn_idx, name);
    SSL_set_msg_callback(conn->ssl, NULL);
    conn->open = true;
    tls->counters.handshakes++;
}

static void hands_failed(bj_gateway_tls_t *tls, uint32_t conn_idx, bj_now_t now) {
    const tls_conn_t *conn = tls->conns[conn_idx];
    char why[128] = "more bytes than a handshake may have";
    if (!conn->endless) why_failed(conn->ssl, why, sizeof why);
    conn_refuse(tls, conn_idx, why, now);
}

/* True: done.  A message that is whole, and whatever OpenSSL says or decides, is a piece; that it
 * waits for the rest of a message is none. */
static bool shake(bj_gateway_tls_t *tls, uint32_t conn_idx, bj_now_t now) {
    tls_conn_t *conn = tls->conns[conn_idx];
    if (now.mono_ns < tls->handshake_ns) {
        tls->counters.waited++;
        return false;
    }
    ERR_clear_error();
    conn->worked = false;
    int result = SSL_do_handshake(conn->ssl);
    int error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(conn->ssl, result);
    if (conn->worked || error != SSL_ERROR_WANT_READ)
        tls->handshake_ns = now.mono_ns + handshake_every_ns;
    if (result == 1) client_take(tls, conn_idx, now);
    else if (conn->endless || error != SSL_ERROR_WANT_READ) hands_failed(tls, conn_idx, now);
    out_due(tls, conn_idx);
    return conn->open;
}

/* --- what comes in --- */
/* False: the gateway has no room for all of it. */
static bool plain_give(bj_gateway_tls_t *tls, uint32_t conn_idx, bj_now_t now) {
    tls_conn_t *conn = tls->conns[conn_idx];
    if (!conn->plain_cnt) return true;
    size_t taken = bj_gateway_input(tls->gateway, conn_idx, conn->plain + conn->plain_at,
                                    conn->plain_cnt, now);
    conn->plain_at += (uint32_t)taken;
    conn->plain_cnt -= (uint32_t)taken;
    return !conn->plain_cnt;
}

static void on_no_more(bj_gateway_tls_t *tls, uint32_t conn_idx, int result, bj_now_t now) {
    tls_conn_t *conn = tls->conns[conn_idx];
    int error = SSL_get_error(conn->ssl, result);
    bool too_many = conn->update_cnt > UPDATES_MAX;
    if (error == SSL_ERROR_WANT_READ && !too_many) return;
    if (too_many) tls->counters.updates_cut++;
    else if (error != SSL_ERROR_ZERO_RETURN) tls->counters.broken++;
    ERR_clear_error();
    if (error == SSL_ERROR_ZERO_RETURN || too_many) (void)SSL_shutdown(conn->ssl);
    conn_end(tls, conn_idx, now);
}

static void records_take(bj_gateway_tls_t *tls, uint32_t conn_idx, bj_now_t now) {
    tls_conn_t *conn = tls->conns[conn_idx];
    bj_bits_clear(tls->held, conn_idx);
    for (int i = 0; plain_give(tls, conn_idx, now) && i < RECORDS_MAX; i++) {
        /* What there is has been passed on: to be told so by OpenSSL costs time. */
        if (!conn->in_bytes && !SSL_has_pending(conn->ssl) && conn->update_cnt <= UPDATES_MAX)
            return;
        ERR_clear_error();
        int got = SSL_read(conn->ssl, conn->plain, PLAIN_BYTES);
        if (got <= 0) {
            on_no_more(tls, conn_idx, got, now);
            return;
        }
        conn->plain_at = 0;
        conn->plain_cnt = (uint32_t)got;
    }
    bj_bits_set(tls->held, conn_idx);
}

size_t bj_gateway_tls_input(bj_gateway_tls_t *tls, uint32_t conn_idx, const uint8_t *data,
                            size_t data_bytes, bj_now_t now) {
    tls_conn_t *conn = tls->conns[conn_idx];
    if (BJ_LIKELY(!conn)) return bj_gateway_input(tls->gateway, conn_idx, data, data_bytes, now);
    if (conn->ended || bj_gateway_ending(tls->gateway, conn_idx)) return data_bytes;
    if (bj_bits_has(tls->held, conn_idx)) return 0;
    conn->in = data;
    conn->in_bytes = data_bytes;
    conn->now_ns = now.mono_ns;
    if (conn->open || shake(tls, conn_idx, now)) records_take(tls, conn_idx, now);
    size_t left = conn->ended ? 0 : conn->in_bytes;
    conn->in = NULL;
    conn->in_bytes = 0;
    out_due(tls, conn_idx);
    return data_bytes - left;
}

bool bj_gateway_tls_holds(const bj_gateway_tls_t *tls, uint32_t conn_idx) {
    return bj_bits_has(tls->held, conn_idx);
}

void bj_gateway_tls_step(bj_gateway_tls_t *tls, bj_now_t now) {
    for (uint32_t i = 0; (i = bj_bits_next(tls->held, BJ_GATEWAY_CONNS_MAX, i)) <
                         BJ_GATEWAY_CONNS_MAX; i++) {
        tls->conns[i]->now_ns = now.mono_ns;
        records_take(tls, i, now);
    }
}

/* --- what goes out --- */
/* No more than out has room for: what a client does not read waits in the gateway, which looks at
 * the time. */
static void record_make(bj_gateway_tls_t *tls, uint32_t conn_idx, bj_now_t now) {
    tls_conn_t *conn = tls->conns[conn_idx];
    const uint8_t *data;
    size_t due = bj_gateway_output(tls->gateway, conn_idx, &data);
    if (due > RECORD_BYTES) due = RECORD_BYTES;
    if (!due || conn->out_cnt + due + RECORD_EXTRA_BYTES > OUT_BYTES) return;
    ERR_clear_error();
    int said = SSL_write(conn->ssl, data, (int)due);
    if (said > 0) {
        bj_gateway_sent(tls->gateway, conn_idx, (size_t)said, now);
    } else { /* there was room: it is broken */
        ERR_clear_error();
        tls->counters.broken++;
        conn_end(tls, conn_idx, now);
    }
    out_due(tls, conn_idx);
}

size_t bj_gateway_tls_output(bj_gateway_tls_t *tls, uint32_t conn_idx, const uint8_t **data,
                             bj_now_t now) {
    tls_conn_t *conn = tls->conns[conn_idx];
    if (BJ_LIKELY(!conn)) return bj_gateway_output(tls->gateway, conn_idx, data);
    if (conn->open && !conn->ended) record_make(tls, conn_idx, now);
    *data = conn->out + conn->out_at;
    return conn->out_cnt;
}

void bj_gateway_tls_sent(bj_gateway_tls_t *tls, uint32_t conn_idx, size_t sent_bytes,
                         bj_now_t now) {
    tls_conn_t *conn = tls->conns[conn_idx];
    if (BJ_LIKELY(!conn)) {
        bj_gateway_sent(tls->gateway, conn_idx, sent_bytes, now);
        return;
    }
    assert(sent_bytes <= conn->out_cnt);
    conn->out_at += (uint32_t)sent_bytes;
    conn->out_cnt -= (uint32_t)sent_bytes;
    if (!conn->out_cnt) conn->out_at = 0;
    if (!conn->out_cnt && !conn->ended) bj_bits_clear(tls->due, conn_idx);
}

void bj_gateway_tls_due(const bj_gateway_tls_t *tls, uint64_t todo[WORDS]) {
    const uint64_t *due = bj_gateway_due(tls->gateway);
    for (size_t w = 0; w < WORDS; w++)
        todo[w] |= due[w] | tls->due[w];
}

bool bj_gateway_tls_finished(bj_gateway_tls_t *tls, uint32_t conn_idx, bj_now_t now) {
    tls_conn_t *conn = tls->conns[conn_idx];
    if (BJ_LIKELY(!conn)) return bj_gateway_finished(tls->gateway, conn_idx, now);
    if (!conn->ended && !conn->open && bj_gateway_ending(tls->gateway, conn_idx)) return true;
    if (!conn->ended && bj_gateway_finished(tls->gateway, conn_idx, now)) {
        (void)SSL_shutdown(conn->ssl); /* all that there was to say has been said */
        ERR_clear_error();
        conn_end(tls, conn_idx, now);
    }
    return conn->ended && (!conn->out_cnt || now.mono_ns - conn->ended_ns > ending_wait_ns);
}

void bj_gateway_tls_arrived(bj_gateway_tls_t *tls) { bj_gateway_arrived(tls->gateway); }

const bj_gateway_tls_counters_t *bj_gateway_tls_counters(const bj_gateway_tls_t *tls) {
    return &tls->counters;
}
