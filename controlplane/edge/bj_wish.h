#ifndef BJ_WISH_H
#define BJ_WISH_H

/* bj_wish - what a client's text asks for: {"a":"subscribe","v":[408065]}, "unsubscribe", or
 * {"a":"mode","v":["full",[408065]]} (docs/protocols/api.md, Ticks). */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_status.h"

enum { BJ_WISH_TOKENS_MAX = 3000 };

typedef enum bj_tick_mode { BJ_MODE_NONE, BJ_MODE_LTP, BJ_MODE_QUOTE, BJ_MODE_FULL } bj_tick_mode_t;
typedef enum bj_wish_kind { BJ_WISH_SUBSCRIBE, BJ_WISH_UNSUBSCRIBE, BJ_WISH_MODE } bj_wish_kind_t;

typedef struct bj_wish {
    bj_wish_kind_t kind;
    bj_tick_mode_t mode; /* MODE: what for; SUBSCRIBE: quote */
    size_t         token_cnt;
    uint32_t       tokens[BJ_WISH_TOKENS_MAX]; /* as on this socket: exchange's * 256 + 1 */
} bj_wish_t;

/* BJ_ERR_BAD_FIELD: not one of the three; BJ_ERR_FULL: too many tokens.  *error is a sentence for
 * the client then. */
BJ_MUST_USE bj_status_t bj_wish_parse(const char *text, size_t text_bytes, bj_wish_t *wish,
                                      const char **error);

#endif /* BJ_WISH_H */
