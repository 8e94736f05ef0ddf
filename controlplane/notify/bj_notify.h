#ifndef BJ_NOTIFY_H
#define BJ_NOTIFY_H

/* bj_notify - how a domain tells open pages something, without knowing the web server.
 * Both may be called from any thread and do not block; text is copied. */
#include "dataplane/base/bj_base.h"

typedef struct bj_notify {
    void *ctx;
    /* One JSON text to every stream of an account; 0: to all streams. */
    void (*send)(void *ctx, uint32_t account_id, const char *text);
    /* The session known by this hash has ended (bj_caller_t, session_hash). */
    void (*end)(void *ctx, const uint8_t *session_hash);
    /* No copy of what a session's token of this hash stood for is right any more. */
    void (*stale)(void *ctx, const uint8_t *token_hash);
    /* An API app's access token of this hash has ended, or is good for something else by now. */
    void (*app)(void *ctx, const uint8_t *token_hash);
} bj_notify_t;

static inline void bj_notify_send(const bj_notify_t *notify, uint32_t account_id,
                                  const char *text) {
    if (notify->send) notify->send(notify->ctx, account_id, text);
}
static inline void bj_notify_end(const bj_notify_t *notify, const uint8_t *session_hash) {
    if (notify->end) notify->end(notify->ctx, session_hash);
}

static inline void bj_notify_stale(const bj_notify_t *notify, const uint8_t *token_hash) {
    if (notify->stale) notify->stale(notify->ctx, token_hash);
}

static inline void bj_notify_app(const bj_notify_t *notify, const uint8_t *token_hash) {
    if (notify->app) notify->app(notify->ctx, token_hash);
}

#endif /* BJ_NOTIFY_H */
