#include "dataplane/wire/bj_wire_limit.h"

static const struct {
    const char *word;
    unsigned levels;
    int64_t  least, most;
    bj_looser_t looser;
} limits[BJ_LIMIT_END] = {
#define X(name, value, word, levels, least, most, looser, text) \
    [name] = {word, levels, least, most, looser},
    BJ_LIMIT_LIST(X)
#undef X
};

const char *bj_limit_word(unsigned limit) {
    return limit < BJ_LIMIT_END ? limits[limit].word : NULL;
}

unsigned bj_limit_by_word(const char *word) {
    for (unsigned i = 0; i < BJ_LIMIT_END; i++) {
        if (limits[i].word && strcmp(limits[i].word, word) == 0) return i;
    }
    return 0;
}

/* A bar: 1 is all, then what is left, then none at all. */
static int64_t bar_rank(int64_t bar) { return bar ? bar : INT64_MAX; }

bool bj_limit_looser(bj_limit_t limit, int64_t from, int64_t to) {
    switch (limits[limit].looser) {
    case BJ_LOOSER_MORE: return to > from;
    case BJ_LOOSER_LESS: return to < from;
    case BJ_LOOSER_BITS: return to & ~from;
    case BJ_LOOSER_BAR: return bar_rank(to) > bar_rank(from);
    case BJ_LOOSER_CHANGE: return to != from;
    }
    return true;
}

/* Each level is named by its own key and by no other; a bar is in one instrument. */
static const char *scope_wrong(const bj_cmd_limit_t *limit, uint32_t account_id, uint32_t token) {
    bool in_instrument = limit->level == BJ_LEVEL_INSTRUMENT || limit->limit == BJ_LIMIT_BARRED;
    if ((limit->level == BJ_LEVEL_ACCOUNT) != (account_id != 0)) {
        return account_id ? "account_id must be 0 at this level" : "account_id must be above 0";
    }
    if ((limit->level == BJ_LEVEL_DESK) != (limit->desk != 0)) {
        return limit->desk ? "desk must be 0 at this level" : "desk must be a session, above 0";
    }
    if (in_instrument == (token != 0)) return NULL;
    return token ? "token must be 0 for this limit" : "token must be above 0";
}

const char *bj_limit_wrong(const bj_cmd_limit_t *limit, uint32_t account_id, uint32_t token) {
    if (!bj_limit_word(limit->limit)) return "limit is not in the list";
    if (!limit->level || limit->level >= BJ_LEVEL_END) return "level must be in [1, 4]";
    if (!(limits[limit->limit].levels >> limit->level & 1)) return "limit is not of this level";
    if (limit->reserved) return "reserved must be 0";
    if (limit->reason[sizeof limit->reason - 1]) return "reason must end in NUL";
    const char *wrong = scope_wrong(limit, account_id, token);
    if (wrong) return wrong;
    bool ok = limit->value == BJ_LIMIT_NONE || (limit->value >= limits[limit->limit].least &&
                                                limit->value <= limits[limit->limit].most);
    return ok ? NULL : "value is outside the limit's range";
}
