#ifndef BJ_BUS_H
#define BJ_BUS_H

/* bj_bus - NATS: subjects where the latest wins, and JetStream for what is kept.
 *
 * Purpose    Carries quotes and hints between processes.  Never the record of anything.
 * Threads    any may publish.  Each subscription's callback runs on a thread of its own.
 * Away       a server that is not there, at start or later, is no error: the bus connects in the
 *            background for ever, and takes subscriptions up again.  Core messages published
 *            meanwhile are dropped at once with BJ_ERR_UNAVAILABLE: an old price is worth nothing.
 * Cost       publish: a copy into the client's buffer, sent by its own thread within a
 *            millisecond; bj_bus_flush waits until the server has it all (at most a second). */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_config.h"
#include "dataplane/base/bj_status.h"

typedef struct bj_bus     bj_bus_t;
typedef struct bj_bus_sub bj_bus_sub_t;

/* subject and data live until it returns. */
typedef void bj_bus_msg_fn(void *ctx, const char *subject, const void *data, size_t data_bytes);

typedef struct bj_bus_login {
    const char *url;
    const char *name;     /* this client's, for the server's monitoring, and with a password: who */
    const char *password; /* NULL: none */
    /* NULL: no TLS, which nats:// takes to this machine only.  Else nothing is said to a server
     * whose certificate is not of this CA and of the name bijli-nats, or that speaks none;
     * cert_file and key_file say who we are. */
    const char *ca_file, *cert_file, *key_file;
} bj_bus_login_t;

/* NULL: out of memory, url cannot be understood, or a file cannot be read; the log has the reason.
 * What login names lives until it returns. */
bj_bus_t *bj_bus_open(const bj_bus_login_t *login);
/* The same of a configuration, as bijli-WHO: nats.url, nats.ca_file, and of nats.WHO password_file,
 * cert_file and key_file; what is absent there is NULL here. */
bj_bus_t *bj_bus_open_as(const bj_config_t *config, const char *who);
void bj_bus_close(bj_bus_t *bus);
bool bj_bus_up(bj_bus_t *bus);
/* How many times the bus has come up: another number means that messages may have been missed. */
uint64_t bj_bus_up_cnt(bj_bus_t *bus);

BJ_MUST_USE bj_status_t bj_bus_publish(bj_bus_t *bus, const char *subject, const void *data,
                                       size_t data_bytes);
void bj_bus_flush(bj_bus_t *bus);

/* NULL: the subject is not allowed.  Subject may have wildcards.  When the callback is slower than
 * the messages come, the client drops the newest ones beyond 65536 waiting. */
bj_bus_sub_t *bj_bus_subscribe(bj_bus_t *bus, const char *subject, bj_bus_msg_fn *on_msg,
                               void *ctx);
void bj_bus_unsubscribe(bj_bus_sub_t *sub); /* NULL is allowed; the callback is over on return */

/* --- JetStream: one thread --- */
typedef struct bj_bus_stream {
    const char *name, *subject;
    const char *about;     /* kept with the stream: whose messages these are */
    int64_t     max_bytes; /* above it the oldest messages go */
} bj_bus_stream_t;

/* Makes the stream, on disk, if it is not there.  BJ_ERR_EXISTS: one of that name is about
 * something else. */
BJ_MUST_USE bj_status_t bj_bus_stream_ensure(bj_bus_t *bus, const bj_bus_stream_t *stream);
/* Forgets the stream with all that is in it, and which ids it has seen, then makes it anew. */
BJ_MUST_USE bj_status_t bj_bus_stream_renew(bj_bus_t *bus, const bj_bus_stream_t *stream);
/* The body of the last message stored.  BJ_ERR_NOT_FOUND: the stream is empty.  Only after an own
 * ensure or renew: nats-server 2.9.10 ends with a nil pointer (jsMsgGetRequest) when it is asked
 * for a message of a stream that another client is just making. */
BJ_MUST_USE bj_status_t bj_bus_stream_last(bj_bus_t *bus, const bj_bus_stream_t *stream, void *out,
                                           size_t out_bytes, size_t *data_bytes);
/* Sends without waiting for the answer; the server drops a msg_id it has seen in 2 minutes. */
BJ_MUST_USE bj_status_t bj_bus_stream_put(bj_bus_t *bus, const char *subject, const char *msg_id,
                                          const void *data, size_t data_bytes);
/* Waits for the answers to all puts.  BJ_ERR_DB: at least one was refused since the last settle;
 * BJ_ERR_TIMEOUT, BJ_ERR_UNAVAILABLE: nobody knows. */
BJ_MUST_USE bj_status_t bj_bus_stream_settle(bj_bus_t *bus, int64_t wait_ms);

#endif /* BJ_BUS_H */
