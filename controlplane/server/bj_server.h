#ifndef BJ_SERVER_H
#define BJ_SERVER_H

/* bj_server - HTTP and WebSocket on one loop (libwebsockets over libev), handlers on worker
 * threads.
 *
 * Purpose    The only module that knows the web server.  API requests go through the gate on a pool
 *            of their route's lane; the web app's files are answered on the loop; /api/v1/stream is
 *            a WebSocket on which the server only speaks.
 * Trust      it listens on a unix socket, behind nginx, whose X-Real-IP it believes.  Who else can
 *            connect is said by the rights of the socket's folder: its group is nginx's, and the
 *            socket takes that of a folder with the set-group bit.
 * Threads    new, run and free: one.  bj_server_send, _end and _doubt: any.
 * Cost       one lws_write an answer; the loop never blocks but for reading the site's files. */
#include "controlplane/server/bj_gate.h"

typedef struct bj_server bj_server_t;

typedef struct bj_server_config {
    const char *socket; /* its path, 107 bytes; one that nobody listens on is taken over */
    const char *web_root, *origin, *edge_url; /* of the page; of its tick socket */
    bj_gate_t   gate;
} bj_server_config_t;

typedef struct bj_server_stats {
    _Atomic int64_t requests, answers_4xx, answers_5xx, too_busy, streams, stream_texts,
        streams_too_slow;
} bj_server_stats_t;

bj_server_t *bj_server_new(const bj_server_config_t *config); /* NULL: the log says why */
/* Serves until SIGTERM or SIGINT; 0, or 1 if the loop ended by itself. */
int bj_server_run(bj_server_t *server);
/* Waits until no handler runs any more; none runs after it.  Before the parts that handlers use
 * go. */
void bj_server_quiet(bj_server_t *server);
void bj_server_free(bj_server_t *server);
const bj_server_stats_t *bj_server_stats(const bj_server_t *server);

/* bj_server_send puts text on every stream of account_id (0: on all); it is copied. */
void bj_server_send(bj_server_t *server, uint32_t account_id, const char *text);
/* Ends the streams of the session known by this hash, and those that somebody is just opening with
 * it: who asks whether it lives asks again. */
void bj_server_end(bj_server_t *server, const uint8_t session_hash[BJ_TOKEN_HASH_BYTES]);

/* What others may have ended was not heard of for a while: each stream asks whether its session
 * lives, soon; else each half minute. */
void bj_server_doubt(bj_server_t *server);

#endif /* BJ_SERVER_H */
