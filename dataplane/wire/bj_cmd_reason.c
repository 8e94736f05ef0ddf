#include "dataplane/wire/bj_cmd_reason.h"

typedef struct piece {
    size_t at, bytes;
} piece_t;

#define IN_BODY(T) offsetof(bj_cmd_t, body) + offsetof(T, reason), BJ_LIMIT_REASON_BYTES
static const struct {
    size_t  author_at;
    piece_t pieces[3];
} places[] = {
#define PLACE(type, T)                                                 \
    [type] = {offsetof(bj_cmd_t, body) + offsetof(T, author), {{IN_BODY(T)}}}
    PLACE(BJ_CMD_INSTRUMENT_STATE, bj_cmd_state_t),
    PLACE(BJ_CMD_WINDOW, bj_cmd_state_t),
    PLACE(BJ_CMD_PHASE, bj_cmd_phase_t),
    PLACE(BJ_CMD_UNCROSS, bj_cmd_phase_t),
    PLACE(BJ_CMD_BAND, bj_cmd_band_t),
    PLACE(BJ_CMD_DAY_END, bj_cmd_day_t),
    PLACE(BJ_CMD_KILL, bj_cmd_kill_t),
    PLACE(BJ_CMD_LIMIT, bj_cmd_limit_t),
    PLACE(BJ_CMD_RELEASE, bj_cmd_release_t),
#undef PLACE
    [BJ_CMD_ACCOUNT] = {offsetof(bj_cmd_t, body) + offsetof(bj_cmd_account_t, author),
                        {{offsetof(bj_cmd_t, order_id), 8},
                         {offsetof(bj_cmd_t, client_order_id), 8},
                         {offsetof(bj_cmd_t, price_paise), 8}}},
};
#undef IN_BODY
static_assert(offsetof(bj_cmd_t, qty) == offsetof(bj_cmd_t, price_paise) + 4, "eight bytes");

bool bj_cmd_has_reason(const bj_cmd_t *cmd) {
    return cmd->type < BJ_COUNT(places) && places[cmd->type].author_at;
}

void bj_cmd_set_reason(bj_cmd_t *cmd, const char *reason) {
    char text[BJ_LIMIT_REASON_BYTES] = "";
    const char *from = text;
    size_t cnt = strnlen(reason, sizeof text - 1);
    memcpy(text, reason, cnt);
    if (!bj_cmd_has_reason(cmd)) return;
    for (const piece_t *p = places[cmd->type].pieces; from < text + sizeof text; p++) {
        memcpy((char *)cmd + p->at, from, p->bytes);
        from += p->bytes;
    }
}

void bj_cmd_reason(const bj_cmd_t *cmd, char reason[BJ_LIMIT_REASON_BYTES]) {
    char *to = reason;
    memset(reason, 0, BJ_LIMIT_REASON_BYTES);
    if (!bj_cmd_has_reason(cmd)) return;
    const piece_t *end = places[cmd->type].pieces + BJ_COUNT(places[0].pieces);
    for (const piece_t *p = places[cmd->type].pieces; p < end && p->bytes; p++) {
        memcpy(to, (const char *)cmd + p->at, p->bytes);
        to += p->bytes;
    }
    reason[BJ_LIMIT_REASON_BYTES - 1] = '\0'; /* a journal may hold anything */
}

uint64_t bj_cmd_author(const bj_cmd_t *cmd) {
    uint64_t author = 0;
    if (bj_cmd_has_reason(cmd)) {
        memcpy(&author, (const char *)cmd + places[cmd->type].author_at, sizeof author);
    }
    return author;
}
