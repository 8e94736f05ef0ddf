#include "controlplane/edge/bj_edge.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "controlplane/edge/bj_edge_priv.h"
#include "dataplane/base/bj_log.h"

enum { EVENTS_MAX = 256, IDLE_MS = 200 };

bj_edge_t *bj_edge_new(const bj_edge_config_t *config) {
    bj_edge_t *edge = calloc(1, sizeof *edge);
    if (!edge) return NULL;
    edge->config = *config;
    edge->listen_fd = -1;
    edge->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    edge->source = edge->source_now = BJ_SOURCE_DELAYED;
    edge->dice = (uint64_t)bj_clock_mono_ns();
    pthread_mutex_init(&edge->ended_lock, NULL);
    edge->ended = bj_ended_new(time(NULL));
    if (edge->ended && edge_book_new(edge) && edge->epoll_fd >= 0) return edge;
    bj_edge_free(edge);
    return NULL;
}

static void unlink_client(bj_edge_t *edge, edge_client_t *client) {
    if (client->prev) client->prev->next = client->next;
    if (client->next) client->next->prev = client->prev;
    if (edge->turns[client->turn] == client) edge->turns[client->turn] = client->next;
}

/* Freed only at the end of the round: others may still hold it. */
void edge_client_gone(bj_edge_t *edge, edge_client_t *client) {
    if (client->gone) return;
    client->gone = true;
    unlink_client(edge, client);
    client->next = edge->gone;
    edge->gone = client;
    edge->stats.clients--;
    close(client->fd);
}

static void free_gone(bj_edge_t *edge) {
    while (edge->gone) {
        edge_client_t *client = edge->gone;
        edge->gone = client->next;
        edge_client_free(client);
    }
}

void bj_edge_free(bj_edge_t *edge) {
    if (!edge) return;
    for (size_t i = 0; i < EDGE_TURNS; i++) {
        while (edge->turns[i]) edge_client_gone(edge, edge->turns[i]);
    }
    free_gone(edge);
    if (edge->listen_fd >= 0) close(edge->listen_fd);
    if (edge->epoll_fd >= 0) close(edge->epoll_fd);
    edge_book_free(edge);
    bj_ended_free(edge->ended);
    pthread_mutex_destroy(&edge->ended_lock);
    free(edge);
}

bool bj_edge_listen(bj_edge_t *edge, uint16_t port) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int yes = 1;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    edge->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(edge->listen_fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(edge->listen_fd, (struct sockaddr *)&at, n) != 0) return false;
    if (listen(edge->listen_fd, 4096) != 0) return false;
    if (getsockname(edge->listen_fd, (struct sockaddr *)&at, &n) != 0) return false;
    edge->port = ntohs(at.sin_port);
    return epoll_ctl(edge->epoll_fd, EPOLL_CTL_ADD, edge->listen_fd, &event) == 0;
}

uint16_t bj_edge_port(const bj_edge_t *edge) { return edge->port; }
bj_edge_stats_t bj_edge_stats(const bj_edge_t *edge) { return edge->stats; }

/* --- accepting --- */

/* A small kernel buffer: what lies there is old when it arrives, and the newest should win. */
static void tune(int fd) {
    int yes = 1, sndbuf = EDGE_SNDBUF_BYTES, notsent = EDGE_NOTSENT_BYTES;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &sndbuf, sizeof sndbuf);
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &notsent, sizeof notsent);
}

static edge_client_t *client_new(bj_edge_t *edge, int fd) {
    edge_client_t *client = calloc(1, sizeof *client);
    if (!client) return NULL;
    client->fd = fd;
    client->phase = edge->config.tls ? EDGE_TLS : EDGE_REQUEST;
    client->phase_ns = client->progress_ns = client->beat_ns = edge->now_ns;
    client->events = EPOLLIN;
    if (!edge->config.tls) return client;
    client->tls = SSL_new(edge->config.tls);
    if (client->tls && SSL_set_fd(client->tls, fd) == 1) return client;
    edge_client_free(client);
    return NULL;
}

static bool add_client(bj_edge_t *edge, int fd) {
    if (edge->stats.clients >= edge->config.clients_max) return false;
    edge_client_t *client = client_new(edge, fd);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    if (!client) return false;
    if (epoll_ctl(edge->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        edge_client_free(client);
        return false;
    }
    tune(fd);
    client->turn = (uint16_t)(edge->next_turn++ % EDGE_TURNS);
    client->next = edge->turns[client->turn];
    if (client->next) client->next->prev = client;
    edge->turns[client->turn] = client;
    edge->stats.clients++;
    edge->stats.accepted++;
    return true;
}

static void accept_some(bj_edge_t *edge) {
    for (int i = 0; i < 64; i++) {
        int fd = accept4(edge->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EMFILE || errno == ENFILE) && edge->now_ns >= edge->accept_ns) {
            BJ_WARN("no file descriptors left for more clients");
            edge->accept_ns = edge->now_ns + 10 * BJ_NS_PER_S;
        }
        if (fd < 0) return;
        if (!add_client(edge, fd)) {
            edge->stats.refused++;
            close(fd);
        }
    }
}

/* --- what the socket says --- */

static void ask_epoll(bj_edge_t *edge, edge_client_t *client) {
    uint32_t events = EPOLLIN | (client->want_write ? EPOLLOUT : 0u);
    if (events == client->events) return;
    struct epoll_event event = {.events = events, .data.ptr = client};
    client->events = events;
    if (epoll_ctl(edge->epoll_fd, EPOLL_CTL_MOD, client->fd, &event) != 0) {
        edge_client_gone(edge, client);
    }
}

void edge_settle(bj_edge_t *edge, edge_client_t *client) {
    if (client->gone) return;
    if (client->finish && edge_waiting(client) == 0) {
        /* The other side is let read it to the end: it closes, or is closed after EDGE_BYE_NS. */
        if (client->tls) SSL_shutdown(client->tls);
        shutdown(client->fd, SHUT_WR);
        client->finish = false;
    }
    ask_epoll(edge, client);
}

static void on_socket(bj_edge_t *edge, edge_client_t *client, uint32_t events) {
    if (client->gone) return;
    client->want_write = false;
    if (!edge_flush(edge, client)) {
        edge_client_gone(edge, client);
        return;
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) || client->phase == EDGE_TLS) {
        edge_client_input(edge, client);
    }
    edge_settle(edge, client);
}

/* --- turns --- */

static const char *const source_texts[] = {
    [BJ_SOURCE_LIVE] = "{\"type\":\"message\",\"data\":\"market data is live\"}",
    [BJ_SOURCE_STALE] = "{\"type\":\"message\",\"data\":\"market data is stale\"}",
    [BJ_SOURCE_DELAYED] = "{\"type\":\"message\",\"data\":\"market data is delayed\"}",
};

/* Who comes while all is well need not be told that it is. */
static bool tell_source(bj_edge_t *edge, edge_client_t *client) {
    bool first = !client->told;
    client->told = true;
    if (client->source == edge->source && !first) return true;
    client->source = edge->source;
    if (first && edge->source == BJ_SOURCE_LIVE) return true;
    const char *text = source_texts[edge->source];
    return edge_client_frame(edge, client, BJ_WS_TEXT, text, strlen(text));
}

static bool send_news(bj_edge_t *edge, edge_client_t *client, int64_t wall_ns) {
    size_t payload_bytes = edge_book_pack(edge, client, wall_ns);
    if (payload_bytes == 0) {
        if (edge->now_ns - client->beat_ns < EDGE_BEAT_NS) return true;
        return edge_client_frame(edge, client, BJ_WS_BINARY, "", 1);
    }
    uint8_t head[BJ_WS_HEAD_MAX];
    size_t head_bytes = bj_ws_head(head, BJ_WS_BINARY, payload_bytes);
    uint8_t *frame = edge->scratch + BJ_WS_HEAD_MAX - head_bytes;
    memcpy(frame, head, head_bytes);
    client->beat_ns = edge->now_ns;
    edge->stats.frames++;
    return edge_send(edge, client, frame, head_bytes + payload_bytes);
}

static bool too_long(const bj_edge_t *edge, const edge_client_t *client) {
    int64_t since_ns = edge->now_ns - client->phase_ns;
    switch (client->phase) {
    case EDGE_TLS:
    case EDGE_REQUEST: return since_ns > EDGE_HELLO_NS;
    case EDGE_BYE: return since_ns > EDGE_BYE_NS;
    case EDGE_OPEN:
        return edge_waiting(client) > 0 && edge->now_ns - client->progress_ns > EDGE_STUCK_NS;
    }
    return false;
}

static void client_turn(bj_edge_t *edge, edge_client_t *client, int64_t wall_ns) {
    if (too_long(edge, client)) {
        edge->stats.stuck += client->phase == EDGE_OPEN;
        edge_client_gone(edge, client);
        return;
    }
    if (client->phase != EDGE_OPEN) return;
    if (edge->now_ns >= client->due_ns) {
        edge_life_due(edge, client);
        edge_settle(edge, client);
        if (client->gone || client->phase != EDGE_OPEN) return;
    }
    if (edge_waiting(client) > 0) {
        edge->stats.skipped++;
        return;
    }
    if (!tell_source(edge, client) || !send_news(edge, client, wall_ns)) {
        edge_client_gone(edge, client);
        return;
    }
    ask_epoll(edge, client);
}

static void one_turn(bj_edge_t *edge) {
    int64_t wall_ns = bj_clock_wall_ns();
    edge_client_t *next;
    for (edge_client_t *client = edge->turns[edge->turn]; client; client = next) {
        next = client->next; /* a client that goes takes its own links along */
        client_turn(edge, client, wall_ns);
    }
    edge->turn = (edge->turn + 1) % EDGE_TURNS;
}

/* As many as are due; after a stall not all at once again, or the clients would bunch together. */
static void take_turns(bj_edge_t *edge) {
    int64_t turn_ns = edge->config.interval_ms * BJ_NS_PER_MS / EDGE_TURNS;
    if (edge->now_ns < edge->turn_ns) return;
    edge_book_drain(edge);
    if (edge->now_ns - edge->turn_ns > EDGE_TURNS * turn_ns) edge->turn_ns = edge->now_ns;
    for (; edge->turn_ns <= edge->now_ns; edge->turn_ns += turn_ns) one_turn(edge);
}

/* Of the last 10 s at most; a quiet second leaves them as they were. */
static void tend_figures(bj_edge_t *edge) {
    if (edge->hist.total > 0) {
        edge->stats.delivery_p50_us = edge_hist_at(&edge->hist, 50);
        edge->stats.delivery_p99_us = edge_hist_at(&edge->hist, 99);
    }
    if (edge->now_ns < edge->hist_ns) return;
    memset(&edge->hist, 0, sizeof edge->hist);
    edge->hist_ns = edge->now_ns + 10 * BJ_NS_PER_S;
}

static int wait_ms(const bj_edge_t *edge) {
    int64_t left_ms = (edge->turn_ns - bj_clock_mono_ns() + BJ_NS_PER_MS - 1) / BJ_NS_PER_MS;
    if (edge->stats.clients == 0) return IDLE_MS;
    return left_ms > 0 ? (int)left_ms : 0;
}

void bj_edge_run(bj_edge_t *edge, const _Atomic bool *stop, bj_edge_second_fn *each_second,
                 void *ctx) {
    struct epoll_event events[EVENTS_MAX];
    while (!*stop) {
        int n = epoll_wait(edge->epoll_fd, events, EVENTS_MAX, wait_ms(edge));
        edge->now_ns = bj_clock_mono_ns();
        for (int i = 0; i < n; i++) {
            edge_client_t *client = events[i].data.ptr;
            if (client) {
                on_socket(edge, client, events[i].events);
            } else {
                accept_some(edge);
            }
        }
        edge_life_sweep(edge);
        take_turns(edge);
        if (edge->now_ns >= edge->second_ns) {
            edge->second_ns = edge->now_ns + BJ_NS_PER_S;
            tend_figures(edge);
            if (each_second) each_second(ctx, edge);
        }
        free_gone(edge);
    }
}
