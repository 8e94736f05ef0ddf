#ifndef BJ_GATEWAY_TLS_H
#define BJ_GATEWAY_TLS_H

/* bj_gateway_tls - the gateway as a transport sees it: in clear, or under TLS 1.3.
 *
 * Purpose    A transport has two ports; what comes in at one goes to bj_gateway as it is, what
 *            comes in at the other through OpenSSL, without a socket of its own.  bj_oe_tls.h has
 *            the rules: both sides show certificates, and the client's names the one session that
 *            may log in here, with its key as everybody's.
 * Shape      as many connections as the gateway's, by its numbers.
 * Memory     under TLS 28 KB a connection here and some 55 KB of OpenSSL's, taken when it is
 *            accepted and while hands are shaken, given back when it ends.  Until hands are shaken
 *            no more than 4 KB of a hello is taken and 16 KB of everything, 8 KB of it certificates
 *            (bj_oe_tls.h); later OpenSSL takes and gives back 40 bytes a few times for a record.
 *            In clear: none.
 * Handshakes one piece of one in a step, and one a millisecond: what there is of it to its last
 *            byte.  Two make one, 0.5 ms, unless the client says its part in smaller ones.  Whose
 *            turn it is not waits in its transport.  They count as the time to log in: who says
 *            half a hello is cut like one who says nothing.  New keys may be asked for 8 times a
 *            minute.
 * Fairness   at most 64 records are opened of a connection in a call: who says one byte in each
 *            waits for the others' turn.
 * Threads    one, but bj_gateway_tls_renew: any.
 * Errors     a connection that breaks the rules is told so by an alert (but not one that says too
 *            much before hands are shaken), kept in the audit if it had not shaken hands,
 *            counted, and ended; nobody else notices.
 * Cost       in clear: a look at a pointer.  Under TLS a record each way is some 1.3 us
 *            (bench_bj_gateway_tls); a stamp `sent` is then when a report was encrypted. */
#include <openssl/ssl.h>
#include "dataplane/gateway/bj_gateway.h"

/* X(field, text): counts since start. */
#define BJ_GATEWAY_TLS_COUNTER_LIST(X)                                               \
    X(connections, "connections open now that came in at the port of TLS")           \
    X(handshakes, "handshakes done")                                                 \
    X(refused, "handshakes that failed: no certificate, a wrong one, not TLS 1.3, too long") \
    X(waited, "times a step found a handshake whose turn it was not")                \
    X(broken, "connections cut: what came was not what the other side had encrypted") \
    X(updates_cut, "connections cut: too many new keys were asked for")

typedef struct bj_gateway_tls_counters {
#define X(field, text) uint64_t field;
    BJ_GATEWAY_TLS_COUNTER_LIST(X)
#undef X
} bj_gateway_tls_counters_t;

typedef struct bj_gateway_tls bj_gateway_tls_t;

/* NULL: no memory.  Everything is in clear until bj_gateway_tls_renew. */
bj_gateway_tls_t *bj_gateway_tls_new(bj_gateway_t *gateway);
void bj_gateway_tls_free(bj_gateway_tls_t *tls);
/* Connections that come from now on use this context, which is the layer's from now on; those that
 * are there go on as they are. */
void bj_gateway_tls_renew(bj_gateway_tls_t *tls, SSL_CTX *context);

/* --- the transport's side: as bj_gateway.h has it --- */
/* BJ_GATEWAY_NONE also: encrypted is asked for and there is no context, or no memory. */
uint32_t bj_gateway_tls_connect(bj_gateway_tls_t *tls, uint32_t peer_ip, bool encrypted,
                                bj_now_t now);
void bj_gateway_tls_arrived(bj_gateway_tls_t *tls);
size_t bj_gateway_tls_input(bj_gateway_tls_t *tls, uint32_t conn_idx, const uint8_t *data,
                            size_t data_bytes, bj_now_t now);
/* True: something that was taken may still wait for the gateway; the client's end of the connection
 * is not yet the end of it. */
bool bj_gateway_tls_holds(const bj_gateway_tls_t *tls, uint32_t conn_idx);
size_t bj_gateway_tls_output(bj_gateway_tls_t *tls, uint32_t conn_idx, const uint8_t **data,
                             bj_now_t now);
void bj_gateway_tls_sent(bj_gateway_tls_t *tls, uint32_t conn_idx, size_t sent_bytes, bj_now_t now);
/* Those that are due, beside what is in todo already. */
void bj_gateway_tls_due(const bj_gateway_tls_t *tls, uint64_t todo[BJ_GATEWAY_CONNS_MAX / 64]);
bool bj_gateway_tls_finished(bj_gateway_tls_t *tls, uint32_t conn_idx, bj_now_t now);
void bj_gateway_tls_disconnect(bj_gateway_tls_t *tls, uint32_t conn_idx, bj_now_t now);
/* At the begin of a transport's step: what waited for the gateway is offered again. */
void bj_gateway_tls_step(bj_gateway_tls_t *tls, bj_now_t now);

const bj_gateway_tls_counters_t *bj_gateway_tls_counters(const bj_gateway_tls_t *tls);

#endif /* BJ_GATEWAY_TLS_H */
