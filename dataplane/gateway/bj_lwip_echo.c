#include "dataplane/gateway/bj_lwip_echo.h"

#include <lwip/tcp.h>
#include <stdlib.h>
#include "dataplane/wire/bj_wire_oe.h"

typedef struct echo_conn {
    struct tcp_pcb *pcb; /* NULL: not in use */
    uint64_t owed_bytes; /* heard, not answered yet */
} echo_conn_t;

struct bj_lwip_echo {
    struct tcp_pcb *listener;
    echo_conn_t conns[BJ_LWIP_ECHO_CONNS_MAX];
};

static void answer(echo_conn_t *conn) {
    static const uint8_t report[sizeof(bj_oe_report_t)];
    while (conn->owed_bytes >= sizeof(bj_oe_new_t) && tcp_sndbuf(conn->pcb) >= sizeof report) {
        /* Copied, as the gateway's are: else header and bytes would be two pieces of a frame. */
        if (tcp_write(conn->pcb, report, sizeof report, TCP_WRITE_FLAG_COPY) != ERR_OK) return;
        conn->owed_bytes -= sizeof(bj_oe_new_t);
    }
    tcp_output(conn->pcb);
}

static void forget(struct tcp_pcb *pcb) {
    tcp_arg(pcb, NULL);
    tcp_recv(pcb, NULL);
    tcp_sent(pcb, NULL);
    tcp_err(pcb, NULL);
}

static err_t on_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err) {
    echo_conn_t *conn = (echo_conn_t *)arg;
    (void)err;
    if (!p) {
        conn->pcb = NULL;
        forget(pcb);
        if (tcp_close(pcb) == ERR_OK) return ERR_OK;
        tcp_abort(pcb);
        return ERR_ABRT;
    }
    conn->owed_bytes += p->tot_len;
    tcp_recved(pcb, p->tot_len);
    pbuf_free(p);
    answer(conn);
    return ERR_OK;
}

static err_t on_sent(void *arg, struct tcp_pcb *pcb, u16_t sent_bytes) {
    echo_conn_t *conn = (echo_conn_t *)arg;
    (void)pcb, (void)sent_bytes;
    if (conn->owed_bytes >= sizeof(bj_oe_new_t)) answer(conn);
    return ERR_OK;
}

static void on_err(void *arg, err_t err) {
    (void)err;
    if (arg) ((echo_conn_t *)arg)->pcb = NULL; /* lwIP has freed it already */
}

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err) {
    bj_lwip_echo_t *echo = (bj_lwip_echo_t *)arg;
    size_t idx = 0;
    if (err != ERR_OK || !pcb) return ERR_VAL;
    while (idx < BJ_COUNT(echo->conns) && echo->conns[idx].pcb) idx++;
    if (idx == BJ_COUNT(echo->conns)) {
        tcp_abort(pcb);
        return ERR_ABRT;
    }
    echo->conns[idx] = (echo_conn_t){.pcb = pcb};
    tcp_nagle_disable(pcb);
    tcp_arg(pcb, &echo->conns[idx]);
    tcp_recv(pcb, on_recv);
    tcp_sent(pcb, on_sent);
    tcp_err(pcb, on_err);
    return ERR_OK;
}

bj_lwip_echo_t *bj_lwip_echo_new(uint16_t port) {
    bj_lwip_echo_t *echo = calloc(1, sizeof *echo);
    struct tcp_pcb *pcb = echo ? tcp_new_ip_type(IPADDR_TYPE_V4) : NULL;
    if (pcb && tcp_bind(pcb, IP4_ADDR_ANY, port) == ERR_OK) echo->listener = tcp_listen(pcb);
    if (!pcb || !echo->listener) {
        if (pcb) tcp_abort(pcb);
        free(echo);
        return NULL;
    }
    tcp_arg(echo->listener, echo);
    tcp_accept(echo->listener, on_accept);
    return echo;
}

void bj_lwip_echo_free(bj_lwip_echo_t *echo) {
    if (!echo) return;
    for (size_t i = 0; i < BJ_COUNT(echo->conns); i++) {
        struct tcp_pcb *pcb = echo->conns[i].pcb;
        if (!pcb) continue;
        forget(pcb);
        tcp_abort(pcb);
    }
    tcp_close(echo->listener);
    free(echo);
}
