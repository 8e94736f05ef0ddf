#include "controlplane/admin/bj_admin_status.h"

static const struct {
    const char *name;
    bool has_file;
} parts[BJ_PART_CNT] = {
#define X(upper, lower, file) [BJ_PART_##upper] = {#lower, file},
    BJ_PART_LIST(X)
#undef X
};

const char *bj_part_name(bj_part_t part) {
    return (size_t)part < BJ_PART_CNT ? parts[part].name : "?";
}
bool bj_part_has_file(bj_part_t part) { return (size_t)part < BJ_PART_CNT && parts[part].has_file; }

enum { DOWN = 1 << BJ_HEALTH_DOWN, NOT_UP = DOWN | 1 << BJ_HEALTH_DEGRADED };

/* What a client feels when a part is in one of these states: of BOOK nothing, for without a card
 * the C book serves all.  A sentence is said once. */
static const struct {
    bj_part_t   part;
    unsigned    states;
    const char *words;
} effects[] = {
    {BJ_PART_GATEWAY, NOT_UP, "orders cannot be sent"},
    {BJ_PART_DATAPLANE, NOT_UP, "market data is stale"},
    {BJ_PART_EXCHANGE, NOT_UP, "market data is stale"},
    {BJ_PART_POSTGRES, NOT_UP, "order history is behind"},
    /* A degraded relay lacks one of the stores, which are parts of their own here. */
    {BJ_PART_RELAY, DOWN, "order history is behind"},
    {BJ_PART_POSTGRES, NOT_UP, "log-in is away"},
    {BJ_PART_RELAY, DOWN, "live prices are delayed"},
    {BJ_PART_NATS, NOT_UP, "live prices are delayed"},
    {BJ_PART_EDGE, NOT_UP, "live prices are delayed"},
    {BJ_PART_REDIS, NOT_UP, "cache is away: answers may be slower"},
    {BJ_PART_MAKER, NOT_UP, "fewer offers than usual"},
    {BJ_PART_MAILSINK, DOWN, "confirmation mails are late"},
};

static size_t say(const char *what, const char *words[BJ_DEGRADED_MAX], size_t cnt) {
    for (size_t i = 0; i < cnt; i++) {
        if (strcmp(words[i], what) == 0) return cnt;
    }
    if (cnt < BJ_DEGRADED_MAX) words[cnt++] = what;
    return cnt;
}

size_t bj_degraded(const bj_status_board_t *board, const char *words[BJ_DEGRADED_MAX]) {
    size_t cnt = 0;
    if (board->market_trouble) cnt = say("market data is stale", words, cnt);
    for (size_t i = 0; i < BJ_COUNT(effects); i++) {
        if (effects[i].states & 1U << board->part[effects[i].part].state) {
            cnt = say(effects[i].words, words, cnt);
        }
    }
    return cnt;
}
