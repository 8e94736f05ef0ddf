#ifndef BJ_OE_CLIENT_H
#define BJ_OE_CLIENT_H

/* bj_oe_client - the client's side of an order-entry session, without a socket.
 *
 * Purpose    Challenge and login, sequence numbers both ways, heartbeats, and what to say again
 *            after a lost connection.  Desks and bijli-control use this same one.
 * Use        per connection: _connected, then _input for what came, _output/_sent for what is to
 *            go, _step about ten times a second; _disconnected when the socket is gone.  False from
 *            _input or _step: close the socket (bj_oe_client_why says why).
 * Resume     config.resume true (desks): the last keep_max requests are kept and sent again if the
 *            server has not had them; reports missed meanwhile are asked for: nothing is lost,
 *            nothing comes twice.  A request that was answered is never said again, because the
 *            caller may have acted on the answer: its number is used up by a cancel of order 0.
 *            False (bijli-control): each login is a fresh view; what was under way is given up,
 *            because its asker has long been told that the outcome is not known.
 * Ownership  bj_oe_client_new allocates, _free frees; callback arguments are borrowed for the call.
 * Threads    one.
 * Errors     bj_status_t; a request that is refused here was not sent and used no number. */
#include "dataplane/wire/bj_oe_codec.h"

typedef struct bj_oe_client bj_oe_client_t;

typedef struct bj_oe_client_config {
    char    session[BJ_OE_NAME_BYTES]; /* last byte NUL */
    uint8_t key[128];
    size_t  key_bytes;
    uint32_t heartbeat_ms; /* [100, 60000] */
    uint32_t keep_max;     /* requests under way at most, a power of two in [2, 65536] */
    bool    resume;
    uint64_t first_report; /* resume: first report asked for at the first login; 0: what is new */
    /* Any may be NULL. */
    void (*on_ready)(void *ctx, const bj_oe_login_reply_t *reply);
    void (*on_report)(void *ctx, const bj_oe_report_t *report);
    void (*on_reject)(void *ctx, const bj_oe_session_reject_t *reject);
    void (*on_warning)(void *ctx, const bj_oe_warning_t *warning); /* NULL: none are asked for */
    void *ctx;
} bj_oe_client_config_t;

typedef struct bj_oe_client_stats {
    uint64_t logins, reports, rejects, resent, warnings;
    uint64_t doubles; /* reports seen already: dropped */
    uint64_t holes;   /* reports missing: the connection is given up */
    uint64_t worlds;  /* the server's journal began again: so do our numbers */
    uint64_t lost_rejects; /* refusals that a lost connection took along: told when a later request
                              is answered, with reason BJ_ERR_UNAVAILABLE */
    uint64_t given_up; /* requests that can neither be said again nor will be answered */
} bj_oe_client_stats_t;

bj_oe_client_t *bj_oe_client_new(const bj_oe_client_config_t *config); /* NULL: shape or memory */
void bj_oe_client_free(bj_oe_client_t *client);

void bj_oe_client_connected(bj_oe_client_t *client, int64_t now_ns);
void bj_oe_client_disconnected(bj_oe_client_t *client);
BJ_MUST_USE bool bj_oe_client_input(bj_oe_client_t *client, const uint8_t *data, size_t data_bytes,
                                    int64_t now_ns);
BJ_MUST_USE bool bj_oe_client_step(bj_oe_client_t *client, int64_t now_ns);
size_t bj_oe_client_output(const bj_oe_client_t *client, const uint8_t **data);
void bj_oe_client_sent(bj_oe_client_t *client, size_t sent_bytes);

bool bj_oe_client_ready(const bj_oe_client_t *client);
bj_status_t bj_oe_client_why(const bj_oe_client_t *client); /* BJ_OK while nothing is wrong */
uint32_t bj_oe_client_open_cnt(const bj_oe_client_t *client); /* requests not answered yet */
bj_oe_client_stats_t bj_oe_client_stats(const bj_oe_client_t *client);

/* bj_oe_client_request sends one sequenced message (bj_oe_new_t, _modify_t, _cancel_t,
 * _mass_cancel_t, _admin_t); its header is filled here.  *seq is its number: reports answer it as
 * request_seq.
 *   BJ_ERR_UNAVAILABLE not logged in; BJ_ERR_FULL keep_max under way; BJ_ERR_UNKNOWN_TYPE */
BJ_MUST_USE bj_status_t bj_oe_client_request(bj_oe_client_t *client, uint8_t type, void *msg,
                                             uint64_t *seq);

#endif /* BJ_OE_CLIENT_H */
