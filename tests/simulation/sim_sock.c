#include "tests/simulation/sim_sock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tests/simulation/sim_pipe.h"
#include "tests/simulation/sim_wrap.h"

enum { LINES_MAX = 32 };

typedef enum sock_kind { SOCK_FREE, SOCK_NEW, SOCK_LISTENS, SOCK_CALLS, SOCK_TALKS, SOCK_REFUSED,
                         SOCK_EVENT } sock_kind_t;

typedef struct line { /* two pipes: [0] from who called */
    bool       used, accepted;
    uint32_t   to; /* machine that was called */
    bool       open[2];
    sim_pipe_t pipes[2];
} line_t;

typedef struct sock {
    sock_kind_t kind;
    const sim_proc_t *proc;
    uint32_t    port;
    line_t     *line;
    int         end; /* 0: called, 1: was called */
    uint64_t    count;
} sock_t;

static line_t lines[LINES_MAX];
static sock_t socks[SIM_SOCKS_MAX];
static bool split;

void sim_sock_new(void) {
    for (int i = 0; i < LINES_MAX; i++) lines[i].used = false;
    memset(socks, 0, sizeof socks);
    split = false;
}

static int refuse(int why) {
    errno = why;
    return -1;
}

bool sim_sock_is(int fd) { return fd >= SIM_SOCK_BASE && fd < SIM_SOCK_BASE + SIM_SOCKS_MAX; }

static sock_t *sock_of(int fd) {
    if (!sim_sock_is(fd) || socks[fd - SIM_SOCK_BASE].kind == SOCK_FREE) abort();
    return &socks[fd - SIM_SOCK_BASE];
}

static int sock_new(sock_kind_t kind) {
    for (int i = 0; i < SIM_SOCKS_MAX; i++) {
        if (socks[i].kind != SOCK_FREE) continue;
        socks[i] = (sock_t){.kind = kind, .proc = sim_proc_now};
        return SIM_SOCK_BASE + i;
    }
    abort();
}

static line_t *line_new(uint32_t to) {
    for (int i = 0; i < LINES_MAX; i++) {
        line_t *line = &lines[i];
        if (line->used) continue;
        line->used = line->open[0] = true;
        line->accepted = line->open[1] = false;
        line->to = to;
        for (int k = 0; k < 2; k++) {
            line->pipes[k].byte_cnt = 0, line->pipes[k].still_ns = 0;
            line->pipes[k].ended = line->pipes[k].broken = false;
        }
        return line;
    }
    abort();
}

/* What was said still arrives, then the end; what comes is for nobody. */
static void end_close(sock_t *sock, bool loudly) {
    line_t *line = sock->line;
    if (!line) return;
    line->open[sock->end] = false;
    if (loudly) line->pipes[sock->end].ended = true;
    else line->pipes[sock->end].broken = true;
    line->pipes[!sock->end].broken = true;
    if (!line->open[!sock->end] && (line->accepted || sock->end == 0)) line->used = false;
    sock->line = NULL;
}

static void sock_drop(sock_t *sock, bool loudly) {
    end_close(sock, loudly);
    sock->kind = SOCK_FREE;
}

void sim_sock_close(int fd) { sock_drop(sock_of(fd), true); }

void sim_sock_let_go(const sim_proc_t *proc, bool loudly) {
    for (int i = 0; i < SIM_SOCKS_MAX; i++)
        if (socks[i].kind != SOCK_FREE && socks[i].proc == proc) sock_drop(&socks[i], loudly);
}

/* --- what happens to a net */

void sim_sock_cut(void) {
    uint64_t hears = sim_roll(4);
    for (int i = 0; i < LINES_MAX; i++) {
        if (!lines[i].used || !lines[i].accepted) continue;
        for (int k = 0; k < 2; k++) sim_pipe_cut(&lines[i].pipes[k], hears >> k & 1);
    }
    sim_note("machines cut", hears, 0);
}

void sim_sock_still(void) {
    for (int i = 0; i < LINES_MAX; i++) {
        int64_t ns = (int64_t)sim_roll(1500) * BJ_NS_PER_MS;
        if (lines[i].used) lines[i].pipes[sim_roll(2)].still_ns = sim.now.mono_ns + ns;
    }
}

void sim_sock_split(bool is_split) {
    if (split != is_split) sim_note(is_split ? "machines split" : "machines together", 0, 0);
    split = is_split;
}

bool sim_sock_is_split(void) { return split; }

bool sim_sock_sound(void) {
    bool sound = !split;
    for (int i = 0; i < LINES_MAX; i++) {
        const line_t *line = &lines[i];
        if (!line->used || !line->open[0]) continue;
        sound = sound && line->accepted && line->open[1];
        for (int k = 0; k < 2; k++)
            sound = sound && !line->pipes[k].ended && !line->pipes[k].broken;
    }
    return sound;
}

/* --- calls */

static const sock_t *listener_of(uint32_t machine) {
    for (int i = 0; i < SIM_SOCKS_MAX; i++)
        if (socks[i].kind == SOCK_LISTENS && socks[i].port == SIM_PORT + machine) return &socks[i];
    return NULL;
}

static line_t *waiting_for(uint32_t machine) {
    for (int i = 0; i < LINES_MAX; i++)
        if (lines[i].used && !lines[i].accepted && lines[i].to == machine && !split)
            return &lines[i];
    return NULL;
}

int __wrap_socket(int domain, int type, int protocol) {
    (void)domain, (void)type, (void)protocol;
    return sock_new(SOCK_NEW);
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t bytes) {
    (void)level, (void)name, (void)value, (void)bytes;
    (void)sock_of(fd);
    return 0;
}

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *bytes) {
    (void)level, (void)name, (void)bytes;
    int why = sock_of(fd)->kind == SOCK_REFUSED ? ECONNREFUSED : 0;
    memcpy(value, &why, sizeof why);
    return 0;
}

static uint32_t port_of(const struct sockaddr *address) {
    struct sockaddr_in in;
    memcpy(&in, address, sizeof in);
    return ntohs(in.sin_port);
}

int __wrap_bind(int fd, const struct sockaddr *address, socklen_t bytes) {
    (void)bytes;
    sock_of(fd)->port = port_of(address);
    return 0;
}

int __wrap_listen(int fd, int backlog) {
    sock_t *sock = sock_of(fd);
    (void)backlog;
    if (listener_of(sock->port - SIM_PORT)) return refuse(EADDRINUSE);
    sock->kind = SOCK_LISTENS;
    return 0;
}

/* Whether somebody listens there turns out in poll. */
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t bytes) {
    sock_t *sock = sock_of(fd);
    (void)bytes;
    sock->kind = SOCK_CALLS;
    sock->port = port_of(address);
    return refuse(EINPROGRESS);
}

static bool call_turns_out(sock_t *sock) {
    if (sock->kind != SOCK_CALLS || split || sim_one_in(3)) return false;
    uint32_t to = sock->port - SIM_PORT;
    sock->kind = listener_of(to) ? SOCK_TALKS : SOCK_REFUSED;
    if (sock->kind == SOCK_TALKS) sock->line = line_new(to);
    return true;
}

int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *bytes, int flags) {
    (void)address, (void)bytes, (void)flags;
    line_t *line = waiting_for(sock_of(fd)->port - SIM_PORT);
    if (!line) return refuse(EAGAIN);
    int made = sock_new(SOCK_TALKS);
    sock_t *sock = sock_of(made);
    sock->line = line, sock->end = 1;
    line->accepted = line->open[1] = true;
    return made;
}

static bool moves(const sim_pipe_t *pipe) { return !split && sim_pipe_moves(pipe); }

ssize_t __wrap_recv(int fd, void *data, size_t data_bytes, int flags) {
    (void)flags;
    sim_proc_point();
    const sock_t *sock = sock_of(fd);
    if (sock->kind == SOCK_REFUSED) return refuse(ECONNREFUSED);
    if (sock->kind != SOCK_TALKS) return refuse(EAGAIN);
    sim_pipe_t *pipe = &sock->line->pipes[!sock->end];
    if (!moves(pipe)) return refuse(EAGAIN);
    if (!pipe->byte_cnt) return pipe->ended ? 0 : refuse(EAGAIN);
    size_t bytes = sim_piece(pipe->byte_cnt);
    if (bytes > data_bytes) bytes = data_bytes;
    memcpy(data, pipe->bytes, bytes);
    sim_pipe_taken(pipe, bytes);
    return (ssize_t)bytes;
}

ssize_t __wrap_send(int fd, const void *data, size_t data_bytes, int flags) {
    (void)flags;
    sim_proc_point();
    const sock_t *sock = sock_of(fd);
    if (sock->kind != SOCK_TALKS) return refuse(EAGAIN);
    size_t sent = sim_pipe_put(&sock->line->pipes[sock->end], data, sim_piece(data_bytes));
    return sent ? (ssize_t)sent : refuse(EAGAIN);
}

/* --- waiting */

int __wrap_eventfd(unsigned count, int flags) {
    (void)flags;
    int fd = sock_new(SOCK_EVENT);
    sock_of(fd)->count = count;
    return fd;
}

ssize_t __wrap_write(int fd, const void *data, size_t data_bytes) {
    if (!sim_sock_is(fd)) return __real_write(fd, data, data_bytes);
    sock_of(fd)->count++;
    return (ssize_t)data_bytes;
}

ssize_t __wrap_read(int fd, void *data, size_t data_bytes) {
    if (!sim_sock_is(fd)) return __real_read(fd, data, data_bytes);
    memcpy(data, &sock_of(fd)->count, data_bytes);
    sock_of(fd)->count = 0;
    return (ssize_t)data_bytes;
}

static short ready(struct pollfd *poll_one) {
    sock_t *sock = sock_of(poll_one->fd);
    if (sock->kind == SOCK_EVENT) return sock->count ? POLLIN : 0;
    if (sock->kind == SOCK_LISTENS) return waiting_for(sock->port - SIM_PORT) ? POLLIN : 0;
    if (sock->kind == SOCK_CALLS) return call_turns_out(sock) ? POLLOUT : 0;
    if (sock->kind == SOCK_REFUSED) return POLLERR;
    const sim_pipe_t *in = &sock->line->pipes[!sock->end], *out = &sock->line->pipes[sock->end];
    bool can_read = moves(in) && (in->byte_cnt || in->ended);
    bool can_write = out->byte_cnt < SIM_PIPE_BYTES && poll_one->events & POLLOUT;
    return (short)((can_read ? POLLIN : 0) | (can_write ? POLLOUT : 0));
}

static int ready_all(struct pollfd *polls, nfds_t cnt) {
    int n = 0;
    for (nfds_t i = 0; i < cnt; i++) {
        polls[i].revents = polls[i].fd >= 0 ? ready(&polls[i]) : 0;
        n += polls[i].revents != 0;
    }
    return n;
}

int __wrap_poll(struct pollfd *polls, nfds_t cnt, int wait_ms) {
    int64_t until_ns = sim.now.mono_ns + wait_ms * BJ_NS_PER_MS;
    int n = ready_all(polls, cnt);
    if (!wait_ms) {
        sim_fiber_wait(); /* others have their turn also when it does not sleep */
        return ready_all(polls, cnt);
    }
    for (; !n && sim.now.mono_ns < until_ns; n = ready_all(polls, cnt)) sim_fiber_wait();
    return n;
}
