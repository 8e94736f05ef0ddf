/* Goal: a stream that is just being opened does not outlive its session: whatever ends while it
 * asks makes it ask again.  Open ones end by their session, ask for themselves now and then, and at
 * once where something may have been missed.  Without a web server: its functions are stubs. */
#include <stdlib.h>
#include "controlplane/server/bj_server_priv.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"

static unsigned asked_cnt, freed_cnt;
static bj_job_t *asked; /* what waits for a worker */

int lws_callback_on_writable(struct lws *wsi) { return wsi == NULL; }
void lws_close_reason(struct lws *wsi, enum lws_close_status status, unsigned char *buf,
                      size_t len) {
    (void)wsi, (void)status, (void)buf, (void)len;
}
int lws_write(struct lws *wsi, unsigned char *buf, size_t len, enum lws_write_protocol protocol) {
    (void)wsi, (void)buf, (void)protocol;
    return (int)len;
}
int lws_hdr_copy(struct lws *wsi, char *dest, int len, enum lws_token_indexes h) {
    (void)wsi, (void)dest, (void)len, (void)h;
    return 0;
}
int bj_answer_error(bj_server_t *server, struct lws *wsi, int code, const char *name,
                    const char *text, bool close) {
    (void)server, (void)wsi, (void)code, (void)name, (void)text, (void)close;
    return 0;
}
bool bj_cookie_get(const char *header, const char *name, char *out, size_t out_bytes) {
    (void)header, (void)name, (void)out, (void)out_bytes;
    return false;
}
bj_job_t *bj_job_new(bj_server_t *server, bj_conn_t *conn, const char *path) {
    bj_job_t *job = calloc(1, sizeof *job);
    (void)path;
    if (!job) abort();
    job->server = server, job->conn = conn;
    return job;
}
void bj_job_free(bj_job_t *job) {
    freed_cnt++;
    free(job);
}
void bj_conn_gone(bj_conn_t *conn) { conn->job = NULL; }
bool bj_pool_push(bj_pool_t *pool, bj_pool_job_t *job) {
    (void)pool;
    asked_cnt++;
    asked = (bj_job_t *)job;
    return true;
}

static bj_status_t lives(void *ctx, const bj_caller_t *caller) {
    (void)ctx, (void)caller;
    return BJ_OK;
}

/* A worker has found the session of this number, 0: none.  True: it is asked once more. */
static bool found(bj_conn_t *conn, uint8_t session) {
    bj_job_t *job = conn->job;
    job->caller = (bj_caller_t){.role = session ? BJ_ROLE_CLIENT : BJ_ROLE_NONE,
                                .user_id = session};
    job->caller.session_hash[0] = session;
    job->caller.expires_ns = INT64_MAX;
    bool again = bj_stream_who(conn, job);
    if (!again) bj_job_free(job);
    return again;
}

static const uint8_t *hash_of(uint8_t session) {
    static uint8_t hash[BJ_TOKEN_HASH_BYTES];
    hash[0] = session;
    return hash;
}

static void test_opening(bj_server_t *server) {
    static bj_conn_t conn, other;
    conn = other = (bj_conn_t){.job = NULL};
    BJ_CHECK(bj_stream_open(server, &conn) == 0 && bj_stream_open(server, &other) == 0);
    BJ_CHECK(!found(&other, 2) && other.stream_open);
    bj_stream_end(server, hash_of(1)); /* found by a worker just before, known here just after */
    BJ_CHECK(!other.stream_end);
    BJ_CHECK(found(&conn, 1) && !conn.stream_open && asked == conn.job);
    BJ_CHECK(!found(&conn, 0) && !conn.stream_open && conn.stream_end);
    bj_stream_gone(server, &conn);
    /* Another's end costs it a second look, no more. */
    conn = (bj_conn_t){.job = NULL};
    BJ_CHECK(bj_stream_open(server, &conn) == 0);
    bj_stream_end(server, hash_of(9));
    BJ_CHECK(found(&conn, 1) && !found(&conn, 1) && conn.stream_open && !conn.stream_end);
    bj_stream_end(server, hash_of(1));
    BJ_CHECK(conn.stream_end && !other.stream_end);
    bj_stream_gone(server, &conn), bj_stream_gone(server, &other);
    BJ_CHECK(!server->streams && server->stats.streams == 0);
}

static void test_asking(bj_server_t *server) {
    enum { MANY = 40 };
    static bj_conn_t conn[MANY];
    int64_t now_ns = bj_clock_wall_ns();
    for (size_t i = 0; i < MANY; i++) {
        BJ_CHECK(bj_stream_open(server, &conn[i]) == 0);
        BJ_CHECK(!found(&conn[i], (uint8_t)(1 + i)));
    }
    asked_cnt = 0;
    bj_stream_ask(server, now_ns);
    BJ_CHECK(asked_cnt == 0); /* they have just asked */
    bj_stream_doubt(server);
    bj_stream_ask(server, now_ns);
    BJ_CHECK(asked_cnt == 32); /* a few at a time */
    bj_stream_ask(server, now_ns);
    bj_stream_ask(server, now_ns);
    BJ_CHECK(asked_cnt == MANY); /* each once while it waits for its answer */
    for (size_t i = 0; i < MANY; i++) {
        bj_job_t *job = conn[i].job;
        BJ_CHECK(job && job->lives_only && job->caller.session_hash[0] == 1 + i);
        job->resp.code = i == 3 ? 401 : 0;
        BJ_CHECK(!bj_stream_who(&conn[i], job) && conn[i].stream_end == (i == 3));
        bj_job_free(job);
    }
    bj_stream_ask(server, now_ns);
    BJ_CHECK(asked_cnt == MANY);
    bj_stream_ask(server, now_ns + 31 * BJ_NS_PER_S);
    bj_stream_ask(server, now_ns + 31 * BJ_NS_PER_S);
    BJ_CHECK(asked_cnt == 2 * MANY - 1); /* not the one that ends */
    for (size_t i = 0; i < MANY; i++) {
        if (conn[i].job) bj_job_free(conn[i].job);
        bj_stream_gone(server, &conn[i]);
    }
}

/* By the session's time, and by that of its device's certificate; a client's has none. */
static void test_over(bj_server_t *server) {
    static bj_conn_t client, staff;
    int64_t now_ns = bj_clock_wall_ns();
    BJ_CHECK(bj_stream_open(server, &client) == 0 && !found(&client, 1));
    BJ_CHECK(bj_stream_open(server, &staff) == 0 && !found(&staff, 2));
    client.caller.expires_ns = now_ns + 10;
    snprintf(staff.caller.device, sizeof staff.caller.device, "4A");
    staff.caller.device_to_ns = now_ns + 5;
    bj_stream_expire(server, now_ns + 4);
    BJ_CHECK(!client.stream_end && !staff.stream_end);
    bj_stream_expire(server, now_ns + 5);
    BJ_CHECK(!client.stream_end && staff.stream_end);
    bj_stream_expire(server, now_ns + 10);
    BJ_CHECK(client.stream_end);
    bj_stream_gone(server, &client), bj_stream_gone(server, &staff);
}

int main(void) {
    bj_server_t *server = calloc(1, sizeof *server);
    if (!server) abort();
    server->config.gate.session_lives = lives;
    test_opening(server);
    test_asking(server);
    test_over(server);
    free(server);
    return bj_test_end("test_bj_stream");
}
