#include "sim/exchange/bj_service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PEERS = 64, EVENTS = 16, LISTENER = BJ_SERVICE_CONNECTIONS, DRAIN_TRIES = 16 };

typedef enum state { FREE, ASKING, ANSWERING } state_t;

typedef struct connection {
    state_t  state;
    int      fd;
    uint32_t peer_ip;
    int64_t  due_ns; /* closed then, unless something happens before */
    size_t   request_used;
    uint8_t  request[sizeof(bj_mtbt_request_t)];
    bool     asked; /* the owner has an answer under way */
    bj_answer_t answer;
    size_t   out_at, out_end; /* what of out has still to go */
    uint8_t *out;
} connection_t;

typedef struct peer { /* when an address came last */
    uint32_t ip;
    int64_t  came_ns;
} peer_t;

struct bj_service {
    bj_service_config_t   config;
    bj_service_counters_t counters;
    int listener, epoll;
    uint16_t port;
    peer_t peer[PEERS];
    connection_t connection[BJ_SERVICE_CONNECTIONS];
};

/* --- ends */
/* Bytes left unread would turn the close into a reset, and the reader could lose its answer. */
static void drain(int fd) {
    uint8_t waste[1024];
    for (int i = 0; i < DRAIN_TRIES && recv(fd, waste, sizeof waste, MSG_DONTWAIT) > 0;) i++;
}

static void end(bj_service_t *service, connection_t *connection) {
    if (connection->asked) service->config.ops->done(service->config.ctx, &connection->answer);
    drain(connection->fd);
    close(connection->fd);
    free(connection->out);
    *connection = (connection_t){0};
}

static void cut(bj_service_t *service, connection_t *connection, uint64_t *why) {
    ++*why;
    end(service, connection);
}

/* --- the answer */
static void put_reply(bj_service_t *service, uint16_t stream_id, uint8_t status,
                      bj_mtbt_reply_t *reply) {
    *reply = (bj_mtbt_reply_t){.header = {sizeof *reply, stream_id, 0},
                               .type = service->config.ops->reply_type, .status = status};
}

/* Fills what there is to send; 0: nothing is left of the answer. */
static size_t refill(bj_service_t *service, connection_t *connection) {
    if (!connection->asked) return 0;
    size_t got = service->config.ops->give(service->config.ctx, &connection->answer,
                                           connection->out, BJ_SERVICE_CHUNK_BYTES);
    if (got == SIZE_MAX) return got;
    connection->out_at = 0;
    connection->out_end = got;
    return got;
}

/* Sends until the answer ends, the reader has no room, or the turn's share is used up. */
static void give(bj_service_t *service, connection_t *connection, int64_t now_ns) {
    for (size_t given = 0; given < BJ_SERVICE_TURN_BYTES;) {
        if (connection->out_at == connection->out_end) {
            size_t got = refill(service, connection);
            if (got == SIZE_MAX) cut(service, connection, &service->counters.cut);
            else if (!got) cut(service, connection, connection->asked ? &service->counters.answers
                                                                      : &service->counters.errors);
            if (got == SIZE_MAX || !got) return;
        }
        ssize_t n = send(connection->fd, connection->out + connection->out_at,
                         connection->out_end - connection->out_at, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
        if (n < 0) {
            cut(service, connection, &service->counters.cut);
            return;
        }
        connection->out_at += (size_t)n;
        service->counters.bytes += (uint64_t)n;
        connection->due_ns = now_ns + service->config.stall_ns;
        given += (size_t)n;
    }
}

static void answer(bj_service_t *service, connection_t *connection, int64_t now_ns) {
    bj_mtbt_request_t request;
    bj_mtbt_reply_t reply;
    memcpy(&request, connection->request, sizeof request);
    connection->out = malloc(BJ_SERVICE_CHUNK_BYTES);
    if (!connection->out) {
        cut(service, connection, &service->counters.cut);
        return;
    }
    connection->answer = (bj_answer_t){.stream_id = request.stream_id};
    connection->asked =
        service->config.ops->ask(service->config.ctx, &request, &connection->answer);
    put_reply(service, request.stream_id, connection->asked ? 'S' : 'E', &reply);
    memcpy(connection->out, &reply, sizeof reply);
    connection->out_end = sizeof reply;
    connection->state = ANSWERING;
    connection->due_ns = now_ns + service->config.stall_ns;
    struct epoll_event event = {
        .events = EPOLLOUT, .data.u32 = (uint32_t)(connection - service->connection)};
    (void)epoll_ctl(service->epoll, EPOLL_CTL_MOD, connection->fd, &event);
    give(service, connection, now_ns);
}

static void read_request(bj_service_t *service, connection_t *connection, int64_t now_ns) {
    size_t room = sizeof connection->request - connection->request_used;
    ssize_t n = recv(connection->fd, connection->request + connection->request_used, room,
                     MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (n <= 0) {
        cut(service, connection, &service->counters.cut);
        return;
    }
    connection->request_used += (size_t)n;
    if (connection->request_used == sizeof connection->request) answer(service, connection, now_ns);
}

/* --- who comes */
static bool too_soon(bj_service_t *service, uint32_t ip, int64_t now_ns) {
    peer_t *peer = &service->peer[0];
    for (uint32_t i = 0; i < PEERS; i++) {
        if (service->peer[i].came_ns && service->peer[i].ip == ip) {
            bool soon = now_ns - service->peer[i].came_ns < service->config.connect_every_ns;
            service->peer[i].came_ns = now_ns;
            return soon;
        }
        if (service->peer[i].came_ns < peer->came_ns) peer = &service->peer[i];
    }
    *peer = (peer_t){ip, now_ns}; /* instead of who came longest ago */
    return false;
}

static connection_t *place_for(bj_service_t *service, uint32_t ip) {
    connection_t *place = NULL;
    uint32_t cnt = 0;
    for (uint32_t i = 0; i < BJ_SERVICE_CONNECTIONS; i++) {
        connection_t *connection = &service->connection[i];
        if (connection->state == FREE) place = connection;
        else cnt += connection->peer_ip == ip;
    }
    return cnt < service->config.connections_max ? place : NULL;
}

static void refuse(bj_service_t *service, int fd) {
    bj_mtbt_reply_t reply;
    put_reply(service, 0, 'E', &reply);
    service->counters.refused++;
    if (service->config.refuse_with_error) {
        (void)send(fd, &reply, sizeof reply, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    drain(fd);
    close(fd);
}

static bool take_one(bj_service_t *service, int64_t now_ns) {
    struct sockaddr_in from = {0};
    socklen_t from_bytes = sizeof from;
    int fd = accept4(service->listener, (struct sockaddr *)&from, &from_bytes,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return errno == EINTR || errno == ECONNABORTED;
    uint32_t ip = ntohl(from.sin_addr.s_addr);
    service->counters.connects++;
    bool soon = too_soon(service, ip, now_ns);
    connection_t *connection = soon ? NULL : place_for(service, ip);
    struct epoll_event event = {.events = EPOLLIN};
    if (connection) event.data.u32 = (uint32_t)(connection - service->connection);
    if (!connection || epoll_ctl(service->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        refuse(service, fd);
        return true;
    }
    *connection = (connection_t){.state = ASKING, .fd = fd, .peer_ip = ip,
                                 .due_ns = now_ns + service->config.request_ns};
    return true;
}

/* --- a turn */
void bj_service_step(bj_service_t *service, int64_t now_ns) {
    struct epoll_event events[EVENTS];
    int cnt = epoll_wait(service->epoll, events, EVENTS, 0);
    for (int i = 0; i < cnt; i++) {
        if (events[i].data.u32 == LISTENER) {
            for (int n = 0; n < EVENTS && take_one(service, now_ns);) n++;
            continue;
        }
        connection_t *connection = &service->connection[events[i].data.u32];
        if (connection->state == ASKING) read_request(service, connection, now_ns);
        else if (connection->state == ANSWERING) give(service, connection, now_ns);
    }
    for (uint32_t i = 0; i < BJ_SERVICE_CONNECTIONS; i++) {
        connection_t *connection = &service->connection[i];
        if (connection->state == FREE || now_ns < connection->due_ns) continue;
        cut(service, connection, connection->state == ASKING ? &service->counters.late
                                                             : &service->counters.cut);
    }
}

/* --- open and close */
static bool start(bj_service_t *service) {
    const bj_service_config_t *config = &service->config;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(config->ip),
                             .sin_port = htons(config->port)};
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = LISTENER};
    socklen_t at_bytes = sizeof at;
    int on = 1;
    service->epoll = epoll_create1(EPOLL_CLOEXEC);
    service->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (service->epoll < 0 || service->listener < 0 ||
        setsockopt(service->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(service->listener, (const struct sockaddr *)&at, sizeof at) != 0 ||
        listen(service->listener, BJ_SERVICE_CONNECTIONS) != 0 ||
        getsockname(service->listener, (struct sockaddr *)&at, &at_bytes) != 0 ||
        epoll_ctl(service->epoll, EPOLL_CTL_ADD, service->listener, &event) != 0) {
        return false;
    }
    service->port = ntohs(at.sin_port);
    return true;
}

bj_service_t *bj_service_open(const bj_service_config_t *config) {
    bj_service_t *service = calloc(1, sizeof *service);
    if (!service) return NULL;
    service->config = *config;
    if (start(service)) return service;
    int why = errno;
    bj_service_close(service);
    errno = why;
    return NULL;
}

void bj_service_close(bj_service_t *service) {
    if (!service) return;
    for (uint32_t i = 0; i < BJ_SERVICE_CONNECTIONS; i++) {
        if (service->connection[i].state != FREE) end(service, &service->connection[i]);
    }
    if (service->listener >= 0) close(service->listener);
    if (service->epoll >= 0) close(service->epoll);
    free(service);
}

uint16_t bj_service_port(const bj_service_t *service) { return service->port; }
int bj_service_fd(const bj_service_t *service) { return service->epoll; }
const bj_service_counters_t *bj_service_counters(const bj_service_t *service) {
    return &service->counters;
}
