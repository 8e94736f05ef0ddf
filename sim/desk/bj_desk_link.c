#include "sim/desk/bj_desk_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

/* The kernel repeats a lost SYN after 1, 3, 7 s: dialling anew is quicker. */
static const int64_t dial_max_ns = BJ_NS_PER_S;
static const int64_t pause_min_ns = 50 * BJ_NS_PER_MS, pause_max_ns = BJ_NS_PER_S;

static const bj_config_t *session_of(const bj_config_t *config, const char *name) {
    size_t cnt = bj_config_cnt(config, "gateway.sessions");
    for (size_t i = 0; i < cnt; i++) {
        const bj_config_t *item = bj_config_item(config, "gateway.sessions", i);
        if (strcmp(bj_config_str(item, "name"), name) == 0) return item;
    }
    fprintf(stderr, "configuration: gateway.sessions has no session named %s\n", name);
    exit(2);
}

void bj_desk_link_open(bj_desk_link_t *link, const bj_config_t *config, const char *session,
                       const bj_oe_client_config_t *wish) {
    const bj_config_t *item = session_of(config, session);
    bj_oe_client_config_t made = *wish;
    char key[sizeof made.key + 1];
    bj_config_secret(item, "key_file", key, sizeof key);
    made.key_bytes = strlen(key);
    memcpy(made.key, key, made.key_bytes);
    snprintf(made.session, sizeof made.session, "%s", session);
    *link = (bj_desk_link_t){.sock.fd = -1, .pause_ns = pause_min_ns,
                              .way = bj_oe_way_read(config, item)};
    link->account_id = (uint32_t)bj_config_int(item, "account", 0, UINT32_MAX);
    link->client = bj_oe_client_new(&made);
    if (link->client) return;
    fprintf(stderr, "desk: no memory for the session\n");
    exit(2);
}

static void hang_up(bj_desk_link_t *link, const char *why) {
    bj_oe_sock_close(&link->sock);
    link->connected = false;
    bj_oe_client_disconnected(link->client);
    link->next_try_ns = bj_clock_mono_ns() + link->pause_ns;
    link->pause_ns = link->pause_ns * 2 < pause_max_ns ? link->pause_ns * 2 : pause_max_ns;
    BJ_INFO("connection to the gateway ended: %s", why);
}

void bj_desk_link_close(bj_desk_link_t *link) {
    bj_oe_sock_close(&link->sock);
    bj_oe_client_free(link->client);
    link->client = NULL;
}

/* False: there is none, and it hung up. */
static bool socket_open(bj_desk_link_t *link) {
    const char *error = NULL;
    const bj_oe_tls_files_t *files = &link->way.tls;
    SSL_CTX *tls = files->ca ? bj_oe_tls_context(files, BJ_OE_TLS_CLIENT, &error) : NULL;
    int fd = error ? -1 : socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && bj_oe_sock_open(&link->sock, fd, tls);
    if (!ok) hang_up(link, error ? error : strerror(errno));
    SSL_CTX_free(tls);
    return ok;
}

static void dial(bj_desk_link_t *link) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(link->way.port)};
    int on = 1;
    if (inet_pton(AF_INET, link->way.host, &at.sin_addr) != 1) {
        hang_up(link, "gateway.host is not an IPv4 address");
        return;
    }
    if (!socket_open(link)) return;
    setsockopt(link->sock.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    link->dialled_ns = bj_clock_mono_ns();
    if (connect(link->sock.fd, (struct sockaddr *)&at, sizeof at) != 0 && errno != EINPROGRESS) {
        hang_up(link, strerror(errno));
    }
}

static void hear(bj_desk_link_t *link);

static bool on_dialled(bj_desk_link_t *link) {
    int error = 0;
    socklen_t error_bytes = sizeof error;
    getsockopt(link->sock.fd, SOL_SOCKET, SO_ERROR, &error, &error_bytes);
    if (error) {
        hang_up(link, strerror(error));
        return false;
    }
    link->connected = true;
    bj_oe_client_connected(link->client, bj_clock_mono_ns());
    if (link->sock.tls) hear(link); /* under TLS the client speaks first */
    return link->connected;
}

static void flush(bj_desk_link_t *link) {
    const uint8_t *data;
    size_t data_bytes = bj_oe_client_output(link->client, &data);
    if (!data_bytes) return;
    ssize_t n = bj_oe_sock_send(&link->sock, data, data_bytes);
    if (n > 0) bj_oe_client_sent(link->client, (size_t)n);
    else if (errno != EAGAIN) hang_up(link, bj_oe_sock_why());
}

static void hear(bj_desk_link_t *link) {
    uint8_t data[16384];
    for (;;) {
        ssize_t n = bj_oe_sock_recv(&link->sock, data, sizeof data);
        if (n < 0 && errno == EAGAIN) return;
        if (n <= 0) {
            hang_up(link, n ? bj_oe_sock_why() : "the gateway closed it");
            return;
        }
        if (!bj_oe_client_input(link->client, data, (size_t)n, bj_clock_mono_ns())) {
            hang_up(link, bj_status_text(bj_oe_client_why(link->client)));
            return;
        }
        if (bj_oe_client_ready(link->client)) link->pause_ns = pause_min_ns;
    }
}

static void wait_for(bj_desk_link_t *link, int wait_ms, short events) {
    struct pollfd poll_fd = {.fd = link->sock.fd, .events = events};
    (void)poll(&poll_fd, link->sock.fd >= 0, wait_ms);
    if (link->sock.fd < 0 || !poll_fd.revents) return;
    if (!link->connected && !on_dialled(link)) return;
    if (poll_fd.revents & (POLLIN | POLLHUP | POLLERR)) hear(link);
}

void bj_desk_link_step(bj_desk_link_t *link, int wait_ms) {
    int64_t now_ns = bj_clock_mono_ns();
    const uint8_t *data;
    if (link->sock.fd < 0 && now_ns >= link->next_try_ns) dial(link);
    if (link->connected) flush(link);
    bool writes = !link->connected || bj_oe_client_output(link->client, &data);
    wait_for(link, link->sock.fd < 0 && wait_ms > 50 ? 50 : wait_ms,
             writes ? POLLIN | POLLOUT : POLLIN);
    if (link->sock.fd < 0) return;
    if (!link->connected && bj_clock_mono_ns() - link->dialled_ns > dial_max_ns) {
        hang_up(link, "no answer");
        return;
    }
    if (!bj_oe_client_step(link->client, bj_clock_mono_ns())) {
        hang_up(link, bj_status_text(bj_oe_client_why(link->client)));
        return;
    }
    if (link->connected) flush(link);
}
