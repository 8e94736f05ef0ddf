#ifndef BJ_SERVER_PRIV_H
#define BJ_SERVER_PRIV_H

/* What the server's own files share.  "Loop only": touched by the loop's thread alone. */
#include <libwebsockets.h>
#include <pthread.h>
#include "controlplane/server/bj_pool.h"
#include "controlplane/server/bj_server.h"
#include "controlplane/server/bj_site.h"

enum {
    JOB_PATH_BYTES = 512,
    JOB_QUERY_BYTES = 4096,
    JOB_COOKIE_BYTES = 2048,
    JOB_HEADER_BYTES = 256,
    JOB_AUTH_BYTES = 1024, /* an app's key and token */
    JOB_PROOF_BYTES = 1024, /* that it has its key: bj_dpop.h */
    JOB_DRAIN_MAX_BYTES = 1 << 20, /* a body too large is read and dropped up to this */
    STREAM_QUEUE = 1024,           /* texts waiting for one socket */
    STREAMS_PER_ACCOUNT = 20,
};

typedef struct bj_conn bj_conn_t;

/* One request on its way to a worker and back. */
typedef struct bj_job {
    bj_pool_job_t link; /* first: the pool knows only this */
    struct bj_job *next;
    bj_server_t   *server;
    bj_conn_t     *conn; /* loop only; NULL once the client has gone */
    bool          with_worker; /* loop only */
    bool          close;       /* after the answer */
    bool        lives_only; /* asks only whether the session of an open stream lives: caller */
    const bj_route_t *route; /* NULL: asks only who opens a stream */
    char  method[8], path[JOB_PATH_BYTES], query[JOB_QUERY_BYTES], param[BJ_HTTP_PARAM_BYTES];
    char  cookie[JOB_COOKIE_BYTES], authorization[JOB_AUTH_BYTES], csrf[JOB_HEADER_BYTES];
    char  proof[JOB_PROOF_BYTES]; /* the header DPoP */
    bool  is_kite; /* asked in Kite's way */
    char  kite_version[16];
    char  type[JOB_HEADER_BYTES]; /* Content-Type */
    char  client[64], user_agent[201];
    char  device[BJ_CALLER_DEVICE_BYTES], brands[JOB_HEADER_BYTES];
    char *body;
    size_t body_bytes, body_want_bytes;
    bj_http_resp_t resp;
    char *text; /* resp.json, written by the worker */
    bj_caller_t caller; /* stream: who */
} bj_job_t;

typedef struct bj_note {
    unsigned ref_cnt; /* loop only after it was posted */
    size_t   text_bytes;
    unsigned char frame[]; /* LWS_PRE bytes for the frame's head, then the text */
} bj_note_t;

/* What libwebsockets keeps for a connection. */
struct bj_conn {
    struct lws *wsi;
    bj_job_t   *job; /* under way */
    bool        body_ended; /* of the request under way, or of the last one */
    bool        answer_ready, is_stream, stream_open, stream_end;
    /* stream */
    bool        ask_again; /* some session ended while it asked who opens it */
    int64_t     asked_ns;  /* when it last asked */
    bj_conn_t  *prev, *next;
    bj_caller_t caller;
    bj_note_t  *queue[STREAM_QUEUE];
    unsigned    queue_at, queue_cnt;
};

typedef enum bj_post_kind { POST_JOB, POST_TEXT, POST_END, POST_DOUBT } bj_post_kind_t;

/* What other threads tell the loop. */
typedef struct bj_post {
    struct bj_post *next;
    bj_post_kind_t  kind;
    bj_job_t       *job;
    bj_note_t      *note;
    uint32_t        account_id;
    uint8_t         session_hash[BJ_TOKEN_HASH_BYTES];
} bj_post_t;

struct bj_server {
    bj_server_config_t config;
    bj_server_stats_t  stats;
    char csp[1024], report_to[256];
    bj_site_t *site;
    bj_pool_t *pool[BJ_LANE_CNT];
    struct lws_context *lws;
    struct lws_vhost   *vhost;
    void *loop; /* struct ev_loop */
    lws_sorted_usec_list_t tick;
    bj_conn_t *streams; /* loop only */
    pthread_mutex_t post_lock;
    bj_post_t *post_first, **post_end;
};

/* bj_server.c */
void bj_server_post(bj_server_t *server, bj_post_t *post);

/* bj_server_http.c: each returns what the libwebsockets callback is to return. */
int bj_conn_request(bj_server_t *server, bj_conn_t *conn, const char *path);
int bj_conn_body(bj_conn_t *conn, const void *data, size_t data_bytes);
int bj_conn_body_end(bj_conn_t *conn);
int bj_conn_writable(bj_server_t *server, bj_conn_t *conn);
void bj_conn_gone(bj_conn_t *conn);
void bj_conn_drop(struct lws *wsi, bj_conn_t *conn); /* conn's memory goes, the socket does not */
void bj_job_run(bj_pool_job_t *link);
void bj_job_done(bj_job_t *job);
bj_job_t *bj_job_new(bj_server_t *server, bj_conn_t *conn, const char *path);
void bj_job_free(bj_job_t *job);

/* bj_server_answer.c: one buffer, one write. */
int bj_answer_job(bj_server_t *server, struct lws *wsi, bj_job_t *job);
int bj_answer_error(bj_server_t *server, struct lws *wsi, int code, const char *name,
                    const char *text, bool close);
int bj_answer_file(bj_server_t *server, struct lws *wsi, const bj_site_file_t *file, bool head,
                   bool close);

/* bj_server_stream.c */
int bj_stream_upgrade(bj_server_t *server, struct lws *wsi);
int bj_stream_open(bj_server_t *server, bj_conn_t *conn);
/* True: the job is on its way again. */
bool bj_stream_who(bj_conn_t *conn, bj_job_t *job);
int bj_stream_writable(bj_server_t *server, bj_conn_t *conn);
void bj_stream_gone(bj_server_t *server, bj_conn_t *conn);
void bj_stream_text(bj_server_t *server, uint32_t account_id, bj_note_t *note);
void bj_stream_end(bj_server_t *server, const uint8_t *session_hash);
void bj_stream_expire(bj_server_t *server, int64_t now_ns);
void bj_stream_doubt(bj_server_t *server);
void bj_stream_ask(bj_server_t *server, int64_t now_ns);

#endif /* BJ_SERVER_PRIV_H */
