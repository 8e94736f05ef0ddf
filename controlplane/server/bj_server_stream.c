/* /api/v1/stream: the server speaks, the client listens.  A socket that does not keep up is closed;
 * the page then opens it again and fetches its lists. */
#include <stdlib.h>
#include <strings.h>
#include "controlplane/server/bj_server_priv.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

enum { CLOSE_POLICY = 1008, CLOSE_LATER = 1013, ASK_AT_ONCE = 32 };
#define ASK_EVERY_NS (30 * BJ_NS_PER_S)

/* libwebsockets would go over to HTTP/2 too (h2c), and whoever came through nginx would then speak
 * past it: as any address, with any header. */
static bool is_websocket(struct lws *wsi) {
    char wanted[16];
    return lws_hdr_copy(wsi, wanted, sizeof wanted, WSI_TOKEN_UPGRADE) > 0 &&
           strcasecmp(wanted, "websocket") == 0;
}

/* Before the upgrade: what to, the path, the page it comes from, and that there is a session's
 * cookie at all. Whether the session lives is asked of a worker, because that may take a while. */
int bj_stream_upgrade(bj_server_t *server, struct lws *wsi) {
    char path[64], origin[256], cookie[JOB_COOKIE_BYTES], token[BJ_TOKEN_TEXT_BYTES];
    int code = 0;
    if (!is_websocket(wsi) || lws_hdr_copy(wsi, path, sizeof path, WSI_TOKEN_GET_URI) <= 0 ||
        strcmp(path, "/api/v1/stream") != 0) {
        code = 404;
    } else if (lws_hdr_copy(wsi, origin, sizeof origin, WSI_TOKEN_ORIGIN) <= 0 ||
               strcmp(origin, server->config.origin) != 0) {
        code = 403;
    } else if (lws_hdr_copy(wsi, cookie, sizeof cookie, WSI_TOKEN_HTTP_COOKIE) <= 0 ||
               !bj_cookie_get(cookie, BJ_COOKIE_SESSION, token, sizeof token)) {
        code = 401;
    }
    if (!code) return 0;
    static const char *const names[] = {[1] = "not_logged_in", [3] = "not_allowed",
                                        [4] = "not_found"};
    bj_answer_error(server, wsi, code, names[code - 400], "this is no door for you", true);
    return 1;
}

int bj_stream_open(bj_server_t *server, bj_conn_t *conn) {
    bj_job_t *job = bj_job_new(server, conn, "/stream");
    if (!job) return -1;
    conn->is_stream = true;
    conn->job = job;
    conn->next = server->streams;
    if (conn->next) conn->next->prev = conn;
    server->streams = conn;
    server->stats.streams++;
    job->with_worker = bj_pool_push(server->pool[BJ_LANE_READ], &job->link);
    return job->with_worker ? 0 : -1; /* -1: the socket closes, bj_stream_gone tidies up */
}

static void note_drop(bj_note_t *note) {
    if (--note->ref_cnt == 0) free(note);
}

static void put(bj_server_t *server, bj_conn_t *conn, bj_note_t *note) {
    if (conn->queue_cnt == STREAM_QUEUE) {
        if (!conn->stream_end) server->stats.streams_too_slow++;
        conn->stream_end = true;
    } else {
        conn->queue[(conn->queue_at + conn->queue_cnt++) % STREAM_QUEUE] = note;
        note->ref_cnt++;
    }
    lws_callback_on_writable(conn->wsi);
}

static unsigned open_of(const bj_server_t *server, uint64_t user_id) {
    unsigned cnt = 0;
    for (const bj_conn_t *c = server->streams; c; c = c->next) {
        cnt += c->stream_open && c->caller.user_id == user_id;
    }
    return cnt;
}

static void say_hello(bj_server_t *server, bj_conn_t *conn) {
    static const char hello[] = "{\"type\":\"hello\"}";
    bj_note_t *note = malloc(sizeof *note + LWS_PRE + sizeof hello);
    if (!note) abort();
    *note = (bj_note_t){.ref_cnt = 1, .text_bytes = sizeof hello - 1};
    memcpy(note->frame + LWS_PRE, hello, sizeof hello);
    put(server, conn, note);
    note_drop(note);
}

static void end(bj_conn_t *conn) {
    conn->stream_end = true;
    lws_callback_on_writable(conn->wsi);
}

/* A session ended since it was asked: perhaps this one, found just before. */
static bool asks_again(bj_conn_t *conn, bj_job_t *job) {
    if (!conn->ask_again) return false;
    conn->ask_again = false;
    json_decref(job->resp.json);
    job->resp = (bj_http_resp_t){.code = 0};
    job->with_worker = bj_pool_push(job->server->pool[BJ_LANE_READ], &job->link);
    if (!job->with_worker) job->resp.code = 503;
    return job->with_worker;
}

bool bj_stream_who(bj_conn_t *conn, bj_job_t *job) {
    if (!job->lives_only && asks_again(conn, job)) return true;
    conn->job = NULL;
    conn->asked_ns = bj_clock_wall_ns();
    if (job->lives_only) {
        if (job->resp.code) end(conn);
        return false;
    }
    bool known = job->resp.code == 0 && job->caller.role != BJ_ROLE_NONE;
    if (known && open_of(job->server, job->caller.user_id) < STREAMS_PER_ACCOUNT) {
        conn->caller = job->caller;
        conn->stream_open = true;
        say_hello(job->server, conn);
    } else {
        end(conn);
    }
    return false;
}

int bj_stream_writable(bj_server_t *server, bj_conn_t *conn) {
    if (conn->stream_end) {
        bool slow = conn->queue_cnt == STREAM_QUEUE;
        lws_close_reason(conn->wsi, (enum lws_close_status)(slow ? CLOSE_LATER : CLOSE_POLICY),
                         NULL, 0);
        return -1;
    }
    if (!conn->queue_cnt) return 0;
    bj_note_t *note = conn->queue[conn->queue_at];
    conn->queue_at = (conn->queue_at + 1) % STREAM_QUEUE;
    conn->queue_cnt--;
    int rc = lws_write(conn->wsi, note->frame + LWS_PRE, note->text_bytes, LWS_WRITE_TEXT);
    bool ok = rc >= (int)note->text_bytes;
    note_drop(note);
    server->stats.stream_texts++;
    if (conn->queue_cnt) lws_callback_on_writable(conn->wsi);
    return ok ? 0 : -1;
}

void bj_stream_gone(bj_server_t *server, bj_conn_t *conn) {
    if (!conn->is_stream) return;
    bj_conn_gone(conn);
    while (conn->queue_cnt) {
        note_drop(conn->queue[conn->queue_at]);
        conn->queue_at = (conn->queue_at + 1) % STREAM_QUEUE;
        conn->queue_cnt--;
    }
    if (conn->prev) conn->prev->next = conn->next;
    else server->streams = conn->next;
    if (conn->next) conn->next->prev = conn->prev;
    server->stats.streams--;
    conn->is_stream = false;
}

void bj_stream_text(bj_server_t *server, uint32_t account_id, bj_note_t *note) {
    for (bj_conn_t *conn = server->streams; conn; conn = conn->next) {
        if (!conn->stream_open || conn->stream_end) continue;
        if (account_id && conn->caller.account_id != account_id) continue;
        put(server, conn, note);
    }
    note_drop(note);
}

void bj_stream_end(bj_server_t *server, const uint8_t *session_hash) {
    for (bj_conn_t *conn = server->streams; conn; conn = conn->next) {
        if (conn->stream_open &&
            memcmp(conn->caller.session_hash, session_hash, BJ_TOKEN_HASH_BYTES) == 0) {
            end(conn);
        }
        conn->ask_again |= !conn->stream_open && conn->job;
    }
}

void bj_stream_doubt(bj_server_t *server) {
    for (bj_conn_t *conn = server->streams; conn; conn = conn->next) conn->asked_ns = 0;
}

static bool ask(bj_server_t *server, bj_conn_t *conn) {
    bj_job_t *job = calloc(1, sizeof *job);
    if (!job) return false;
    job->server = server;
    job->conn = conn;
    job->lives_only = true;
    job->caller = conn->caller;
    job->with_worker = bj_pool_push(server->pool[BJ_LANE_READ], &job->link);
    if (job->with_worker) conn->job = job;
    else bj_job_free(job);
    return job == conn->job;
}

/* A few at a time: nothing waits for it. */
void bj_stream_ask(bj_server_t *server, int64_t now_ns) {
    size_t room = server->config.gate.session_lives ? ASK_AT_ONCE : 0;
    for (bj_conn_t *conn = server->streams; conn && room; conn = conn->next) {
        bool may = conn->stream_open && !conn->stream_end && !conn->job;
        if (!may || now_ns - conn->asked_ns < ASK_EVERY_NS) continue;
        room = ask(server, conn) ? room - 1 : 0;
    }
}

/* Of its session, or of the certificate of the device that began it. */
void bj_stream_expire(bj_server_t *server, int64_t now_ns) {
    for (bj_conn_t *conn = server->streams; conn; conn = conn->next) {
        const bj_caller_t *caller = &conn->caller;
        bool over = now_ns >= caller->expires_ns ||
                    (caller->device[0] && now_ns >= caller->device_to_ns);
        if (conn->stream_open && over) end(conn);
    }
}
