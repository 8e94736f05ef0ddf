#ifndef BJ_SMS_H
#define BJ_SMS_H

/* bj_sms - a text message's way out: an outbox (bj_outbox.h) that asks a gateway by HTTP (libcurl).
 *
 * Shape    POST url, {"to", "text", "sender", "entity_id", "template_id"}; Authorization: Bearer
 *          TOKEN; 2xx is taken.  A provider with another form needs a small relay before it; the
 *          demo's is the mail sink.
 * India    a text goes out only as a template that was registered (TRAI's TCCCPR 2018, "DLT"):
 *          the sender's header, the entity and the template of each kind are configuration, and
 *          the texts are made here, in one place, so that they are the registered ones.
 * Errors   as bj_outbox.h.
 * Rule     no number and no text goes to the log.
 * Threads  any may send. */
#include "dataplane/base/bj_base.h"

typedef struct bj_sms bj_sms_t;

/* X(kind, its template's name in the configuration, text; %s is the variable, if it has one) */
#define BJ_SMS_LIST(X)                                                                             \
    X(CODE, "code",                                                                                \
      "%s is your code for Bijli, good for 10 minutes. Give it to nobody: we never ask for it.")   \
    X(KNOWN, "known",                                                                              \
      "Somebody, perhaps you, gave this number at Bijli, where an account has it already. No "     \
      "code was made.")                                                                            \
    X(CHANGED, "changed",                                                                          \
      "Your Bijli account has another number now, ending in %s. If it was not you, open the "      \
      "mail that we sent you and take it back.")                                                   \
    X(FACTORS, "factors",                                                                          \
      "Support was asked to take your Bijli account's second factors away. If it was not you, "    \
      "open the mail that we sent you and say no.")

typedef enum bj_sms_kind {
#define X(kind, name, text) BJ_SMS_##kind,
    BJ_SMS_LIST(X)
#undef X
        BJ_SMS_KIND_CNT
} bj_sms_kind_t;

enum { BJ_SMS_BODY_BYTES = 1024 };

typedef struct bj_sms_config {
    const char *url;   /* https://, or http:// to this machine (127.0.0.1 or localhost) */
    const char *token; /* "": none is sent */
    const char *sender, *entity_id;
    const char *template_id[BJ_SMS_KIND_CNT];
} bj_sms_config_t;

const char *bj_sms_kind_name(bj_sms_kind_t kind);

/* Copies config.  NULL: a url of another kind, too long a word, no thread or no memory. */
bj_sms_t *bj_sms_new(const bj_sms_config_t *config);
void bj_sms_free(bj_sms_t *sms); /* what waits is dropped */

/* variable: short, without control characters; "" where the text has none. */
BJ_MUST_USE bool bj_sms_send(bj_sms_t *sms, bj_sms_kind_t kind, const char *to,
                             const char *variable);
int64_t bj_sms_failed_cnt(bj_sms_t *sms);

/* What is asked of the gateway.  0: it does not fit, or a word is not UTF-8. */
size_t bj_sms_format(char *out, size_t out_bytes, const bj_sms_config_t *config, bj_sms_kind_t kind,
                     const char *to, const char *variable);

#endif /* BJ_SMS_H */
