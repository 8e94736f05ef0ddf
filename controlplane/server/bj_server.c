#include "controlplane/server/bj_server.h"

#include <ev.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "controlplane/server/bj_server_priv.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

/* A lane's threads and how many may wait.  Passwords: two are hashed at a time (bj_argon.h), the
 * others are with the database meanwhile; when sixteen more wait the honest answer is "too
 * busy". */
static const struct {
    const char *name;
    unsigned thread_cnt, queue_max;
} lanes[BJ_LANE_CNT] = {
    [BJ_LANE_READ] = {"read", 4, 512},
    [BJ_LANE_ORDER] = {"order", 16, 512},
    [BJ_LANE_PASSWORD] = {"password", 6, 16},
};

void bj_server_post(bj_server_t *server, bj_post_t *post) {
    post->next = NULL;
    pthread_mutex_lock(&server->post_lock);
    bool first = !server->post_first;
    *server->post_end = post;
    server->post_end = &post->next;
    pthread_mutex_unlock(&server->post_lock);
    if (first) lws_cancel_service(server->lws);
}

static void take_posts(bj_server_t *server) {
    pthread_mutex_lock(&server->post_lock);
    bj_post_t *post = server->post_first;
    server->post_first = NULL;
    server->post_end = &server->post_first;
    pthread_mutex_unlock(&server->post_lock);
    while (post) {
        bj_post_t *next = post->next;
        switch (post->kind) {
        case POST_JOB: bj_job_done(post->job); break;
        case POST_TEXT: bj_stream_text(server, post->account_id, post->note); break;
        case POST_DOUBT: bj_stream_doubt(server); break;
        case POST_END: bj_stream_end(server, post->session_hash); break;
        }
        free(post);
        post = next;
    }
}

void bj_server_send(bj_server_t *server, uint32_t account_id, const char *text) {
    size_t text_bytes = strlen(text);
    bj_note_t *note = malloc(sizeof *note + LWS_PRE + text_bytes);
    bj_post_t *post = malloc(sizeof *post);
    if (!note || !post) abort();
    *note = (bj_note_t){.ref_cnt = 1, .text_bytes = text_bytes};
    memcpy(note->frame + LWS_PRE, text, text_bytes);
    *post = (bj_post_t){.kind = POST_TEXT, .note = note, .account_id = account_id};
    bj_server_post(server, post);
}

void bj_server_end(bj_server_t *server, const uint8_t session_hash[BJ_TOKEN_HASH_BYTES]) {
    bj_post_t *post = malloc(sizeof *post);
    if (!post) abort();
    *post = (bj_post_t){.kind = POST_END};
    memcpy(post->session_hash, session_hash, BJ_TOKEN_HASH_BYTES);
    bj_server_post(server, post);
}

void bj_server_doubt(bj_server_t *server) {
    bj_post_t *post = malloc(sizeof *post);
    if (!post) abort();
    *post = (bj_post_t){.kind = POST_DOUBT};
    bj_server_post(server, post);
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t in_bytes) {
    bj_conn_t *conn = user;
    bj_server_t *server = lws_context_user(lws_get_context(wsi));
    switch ((int)reason) {
    case LWS_CALLBACK_HTTP:
        conn->wsi = wsi;
        return bj_conn_request(server, conn, in);
    case LWS_CALLBACK_HTTP_BODY: return bj_conn_body(conn, in, in_bytes);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION: return bj_conn_body_end(conn);
    case LWS_CALLBACK_HTTP_WRITEABLE: return bj_conn_writable(server, conn);
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        if (conn) bj_conn_drop(wsi, conn);
        return 0;
    case LWS_CALLBACK_CLOSED_HTTP:
        if (conn) bj_conn_gone(conn);
        return 0;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: return bj_stream_upgrade(server, wsi);
    case LWS_CALLBACK_ESTABLISHED:
        *conn = (bj_conn_t){.wsi = wsi};
        return bj_stream_open(server, conn);
    case LWS_CALLBACK_SERVER_WRITEABLE: return bj_stream_writable(server, conn);
    case LWS_CALLBACK_RECEIVE:
        lws_close_reason(wsi, LWS_CLOSE_STATUS_POLICY_VIOLATION, NULL, 0);
        return -1;
    case LWS_CALLBACK_CLOSED: bj_stream_gone(server, conn); return 0;
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED: take_posts(server); return 0;
    default: return 0; /* the many that we have nothing to say to */
    }
}

static const struct lws_protocols protocols[] = {
    {.name = "bijli", .callback = on_event, .per_session_data_size = sizeof(bj_conn_t),
     .rx_buffer_size = 4096},
    {.name = NULL},
};

/* Nothing heard for 20 s: a ping; nothing for 50 s: gone. */
static const lws_retry_bo_t ping = {.secs_since_valid_ping = 20, .secs_since_valid_hangup = 50};

static void on_lws_log(int level, const char *line) {
    int line_bytes = (int)strcspn(line, "\n");
    bj_log_line(level & LLL_ERR ? BJ_LOG_ERROR : BJ_LOG_WARN, "libwebsockets", "%.*s", line_bytes,
                line);
}

static void on_tick(lws_sorted_usec_list_t *sul) {
    bj_server_t *server = lws_container_of(sul, bj_server_t, tick);
    bj_site_refresh(server->site);
    bj_stream_expire(server, bj_clock_wall_ns());
    bj_stream_ask(server, bj_clock_wall_ns());
    lws_sul_schedule(server->lws, 0, &server->tick, on_tick, LWS_US_PER_SEC);
}

static void on_signal(struct ev_loop *loop, ev_signal *watcher, int events) {
    (void)watcher, (void)events;
    ev_break(loop, EVBREAK_ALL);
}

static int is_ev_plugin(struct dl_phdr_info *info, size_t size, void *data) {
    (void)size, (void)data;
    return strstr(info->dlpi_name, "libwebsockets-evlib_ev") != NULL;
}

/* Only same-origin, no inline code; the tick socket is the one place elsewhere. */
static void write_csp(bj_server_t *server) {
    const char *origin = server->config.origin, *host = strstr(origin, "://");
    size_t edge_bytes = strlen(server->config.edge_url);
    while (edge_bytes && server->config.edge_url[edge_bytes - 1] == '/') edge_bytes--;
    snprintf(server->csp, sizeof server->csp,
             "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
             "font-src 'self'; connect-src 'self' wss%s %.*s; manifest-src 'self'; "
             "worker-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; "
             "object-src 'none'; require-trusted-types-for 'script'; trusted-types bijli; "
             "report-uri %s/api/v1/csp-reports; report-to csp",
             host ? host : "", (int)edge_bytes, server->config.edge_url, origin);
    snprintf(server->report_to, sizeof server->report_to, "csp=\"%s/api/v1/csp-reports\"", origin);
}

/* libwebsockets takes the name away from whoever has it, so that a second server started by hand
 * would leave the first one running and deaf. */
static bool may_listen(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        BJ_ERROR("control.socket: a path of at most %zu bytes", sizeof address.sun_path - 1);
        return false;
    }
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool taken = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0) close(fd);
    if (taken) BJ_ERROR("another server listens on %s", path);
    return !taken;
}

static bool open_lws(bj_server_t *server) {
    lws_set_log_level(LLL_ERR | LLL_WARN, on_lws_log);
    struct lws_context_creation_info info = {
        .iface = server->config.socket, /* and no port: else it would be the name of a card */
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_LIBEV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   LWS_SERVER_OPTION_UNIX_SOCK | LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND,
        .foreign_loops = &server->loop,
        .user = server,
        .max_http_header_data = 16384,
        .max_http_header_pool2 = 4096,
        .keepalive_timeout = 75, /* longer than nginx keeps its end: it must be the one to close */
        .timeout_secs = 20,
        .server_string = "bijli",
        .retry_and_idle_policy = &ping,
    };
    server->lws = lws_create_context(&info);
    /* Its own poll loop would work too, and collapse under idle sockets. */
    if (!server->lws || !dl_iterate_phdr(is_ev_plugin, NULL)) {
        BJ_ERROR("libwebsockets did not start on libev: is libwebsockets-evlib-ev installed?");
        return false;
    }
    if (!may_listen(server->config.socket)) return false;
    server->vhost = lws_create_vhost(server->lws, &info);
    /* Whoever can enter its folder and is of its group. */
    bool ok = server->vhost && chmod(server->config.socket, 0660) == 0;
    if (!ok) BJ_ERROR("cannot listen on %s", server->config.socket);
    return ok;
}

bj_server_t *bj_server_new(const bj_server_config_t *config) {
    const bj_route_t *bare = bj_route_without_policy(config->gate.routes);
    if (bare) {
        BJ_ERROR("%s %s names no policy", bare->method, bare->path);
        return NULL;
    }
    bj_server_t *server = calloc(1, sizeof *server);
    if (!server) return NULL;
    server->config = *config;
    server->post_end = &server->post_first;
    pthread_mutex_init(&server->post_lock, NULL);
    write_csp(server);
    server->site = bj_site_open(config->web_root);
    server->loop = ev_default_loop(0);
    bool ok = server->loop && open_lws(server);
    for (size_t i = 0; ok && i < BJ_LANE_CNT; i++) {
        if (lanes[i].thread_cnt == 0) continue;
        server->pool[i] =
            bj_pool_new(lanes[i].name, lanes[i].thread_cnt, lanes[i].queue_max, bj_job_run);
        ok = server->pool[i] != NULL;
    }
    if (ok) return server;
    bj_server_free(server);
    return NULL;
}

int bj_server_run(bj_server_t *server) {
    ev_signal term, intr;
    ev_signal_init(&term, on_signal, SIGTERM);
    ev_signal_init(&intr, on_signal, SIGINT);
    ev_signal_start(server->loop, &term);
    ev_signal_start(server->loop, &intr);
    lws_sul_schedule(server->lws, 0, &server->tick, on_tick, LWS_US_PER_SEC);
    BJ_INFO("listening on %s", server->config.socket);
    bool more = ev_run(server->loop, 0);
    ev_signal_stop(server->loop, &term);
    ev_signal_stop(server->loop, &intr);
    lws_sul_cancel(&server->tick);
    if (!more) BJ_ERROR("the loop ended by itself");
    return more ? 0 : 1;
}

void bj_server_quiet(bj_server_t *server) {
    for (size_t i = 0; i < BJ_LANE_CNT; i++) {
        bj_pool_free(server->pool[i]);
        server->pool[i] = NULL;
    }
}

void bj_server_free(bj_server_t *server) {
    if (!server) return;
    bj_server_quiet(server);
    if (server->lws) {
        take_posts(server);
        lws_context_destroy(server->lws);
    }
    bj_site_free(server->site);
    pthread_mutex_destroy(&server->post_lock);
    free(server);
}

const bj_server_stats_t *bj_server_stats(const bj_server_t *server) { return &server->stats; }
