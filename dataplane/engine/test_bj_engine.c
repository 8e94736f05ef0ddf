/* Goal: each rule of the engine as a line one can read (test_bj_engine_cases.h); then what a line
 * cannot say: sequence, a command with very many events, shapes. */
#include "dataplane/engine/bj_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/engine/test_bj_engine_cases.h"

static const bj_engine_config_t config = {.instrument_max = 3, .account_max = 4, .order_max = 8,
                                          .message_rate_per_s = 100, .message_burst = 20};

typedef struct world {
    void        *mem;
    bj_engine_t *engine;
    int64_t      now_ms;
} world_t;

/* --- reading a command */

static uint8_t place_in(const char *letters, char letter) {
    const char *at = letter ? strchr(letters, letter) : NULL;
    return letter == '-' ? 0 : at ? (uint8_t)(at - letters + 1) : 9;
}
static uint8_t type_of(char letter) { return place_in("LMsm", letter); }
static uint8_t tif_of(char letter) { return place_in("DIGC", letter); }

static bool read_new(const char *line, bj_cmd_t *cmd) {
    char side, type, tif;
    unsigned session, flags = 0;
    if (sscanf(line, "new %u %u %u %lu %c %d %d %c %c %u %d %d %u", &session, &cmd->account_id,
               &cmd->token, &cmd->client_order_id, &side, &cmd->qty, &cmd->price_paise, &type, &tif,
               &flags, &cmd->trigger_price_paise, &cmd->disclosed_qty, &cmd->body.expiry_day) < 9)
        return false;
    cmd->type = BJ_CMD_NEW;
    cmd->session_id = (uint16_t)session;
    cmd->side = (uint8_t)side, cmd->order_type = type_of(type), cmd->tif = tif_of(tif);
    cmd->flags = (uint8_t)flags;
    return true;
}

static bool read_modify(const char *line, bj_cmd_t *cmd) {
    char type = '-', tif = '-';
    unsigned session;
    if (sscanf(line, "mod %u %u %lu %d %d %d %d %c %c %u", &session, &cmd->account_id,
               &cmd->order_id, &cmd->qty, &cmd->price_paise, &cmd->trigger_price_paise,
               &cmd->disclosed_qty, &type, &tif, &cmd->body.expiry_day) < 5)
        return false;
    cmd->type = BJ_CMD_MODIFY;
    cmd->session_id = (uint16_t)session;
    cmd->order_type = type_of(type), cmd->tif = tif_of(tif);
    return true;
}

static bool read_many(const char *line, bj_cmd_t *cmd) {
    char side = '-';
    unsigned session = 0, desk = 0, scope = 0;
    if (sscanf(line, "can %u %u %lu", &session, &cmd->account_id, &cmd->order_id) == 3) {
        cmd->type = BJ_CMD_CANCEL;
    } else if (sscanf(line, "mass %u %u %u %c", &session, &cmd->account_id, &cmd->token, &side) ==
               4) {
        cmd->type = BJ_CMD_MASS_CANCEL;
    } else if (sscanf(line, "kill %u %u %u %c", &cmd->account_id, &desk, &cmd->token, &side) == 4) {
        cmd->type = BJ_CMD_KILL;
        cmd->body.kill.desk = (uint16_t)desk;
        cmd->body.kill.block = strchr(line, '!') != NULL;
    } else if (sscanf(line, "rel %lu", &cmd->order_id) == 1) {
        cmd->type = BJ_CMD_RELEASE;
    } else if (sscanf(line, "dis %u %u", &session, &scope) >= 1) {
        cmd->type = BJ_CMD_DISCONNECT;
        cmd->body.disconnect = (uint8_t)scope;
    } else {
        return false;
    }
    cmd->side = side == '-' ? 0 : (uint8_t)side;
    cmd->session_id = (uint16_t)session;
    return true;
}

static bool read_limit(const char *line, bj_cmd_t *cmd) {
    bj_cmd_limit_t *l = &cmd->body.limit;
    char word[32];
    unsigned level;
    if (sscanf(line, "lim %u %31s %ld %u %u %u", &level, word, &l->value, &cmd->account_id,
               &l->desk, &cmd->token) < 4)
        return false;
    cmd->type = BJ_CMD_LIMIT;
    l->level = (uint8_t)level, l->limit = (uint16_t)bj_limit_by_word(word);
    return true;
}

static bool read_phase(const char *line, bj_cmd_t *cmd) {
    unsigned phase = 0, auction = 0, first = 0;
    bj_cmd_phase_t *p = &cmd->body.phase;
    if (sscanf(line, "state %u %u", &cmd->token, &cmd->body.state) == 2) {
        cmd->type = BJ_CMD_INSTRUMENT_STATE;
        return true;
    }
    if (sscanf(line, "phase %u %u %u %d %u", &cmd->token, &phase, &auction, &p->reference_paise,
               &p->band_bp) >= 2) {
        cmd->type = BJ_CMD_PHASE;
    } else if (sscanf(line, "uncross %u %u %u %d", &cmd->token, &phase, &first,
                      &p->reference_paise) >= 2) {
        cmd->type = BJ_CMD_UNCROSS;
    } else {
        return false;
    }
    p->phase = (uint8_t)phase, p->auction = (uint8_t)auction, p->market_first = (uint8_t)first;
    return true;
}

static bool read_day(const char *line, bj_cmd_t *cmd) {
    if (sscanf(line, "band %u %d %d", &cmd->token, &cmd->body.band.lo_paise,
               &cmd->body.band.hi_paise) == 3) {
        cmd->type = BJ_CMD_BAND;
    } else if (sscanf(line, "window %u", &cmd->token) == 1) {
        cmd->type = BJ_CMD_WINDOW;
    } else if (sscanf(line, "day %u", &cmd->body.day.day) == 1) {
        cmd->type = BJ_CMD_DAY_END;
    } else {
        return false;
    }
    return true;
}

static void read_tables(const char *line, bj_cmd_t *cmd) {
    bj_cmd_instrument_t *i = &cmd->body.instrument;
    unsigned rules = 0, protection_bp = 0, disclosed_pct = 0;
    int protection = 0;
    if (sscanf(line, "inst %u %d %d %d %d %d %u %u %d %u", &cmd->token, &i->tick_paise, &i->lot_qty,
               &i->band_lo_paise, &i->band_hi_paise, &i->freeze_qty, &rules, &protection_bp,
               &protection, &disclosed_pct) >= 6) {
        cmd->type = BJ_CMD_INSTRUMENT;
        (void)snprintf(i->symbol, sizeof i->symbol, "TOKEN%u", cmd->token);
        i->prev_close_paise = 10000;
        i->rules = (uint8_t)rules, i->disclosed_min_pct = (uint8_t)disclosed_pct;
        i->protection_bp = (uint16_t)protection_bp, i->protection_min_paise = protection;
        return;
    }
    bj_cmd_account_t a = {0};
    if (sscanf(line, "acct %u %ld %ld %ld %u %u %u %u", &cmd->account_id, &a.order_value_max_paise,
               &a.open_value_max_paise, &a.position_max_qty, &a.open_orders_max, &a.blocked,
               &a.pan_key, &a.first) >= 6) {
        cmd->type = BJ_CMD_ACCOUNT;
        cmd->body.account = a;
    }
}

static void read_command(const char *line, bj_cmd_t *cmd) {
    *cmd = (bj_cmd_t){.type = 99};
    if (read_new(line, cmd) || read_modify(line, cmd) || read_many(line, cmd) ||
        read_limit(line, cmd) || read_phase(line, cmd) || read_day(line, cmd))
        return;
    read_tables(line, cmd);
}

/* --- writing an event */

static bool always_unasked(const bj_event_t *e) {
    if (e->type == BJ_EV_TRADE) return e->flags & (BJ_FLAG_MAKER | BJ_FLAG_AUCTION);
    if (e->reason == BJ_END_SELF_TRADE) return !(e->flags & BJ_FLAG_STP_ACTIVE);
    return e->type == BJ_EV_CANCELLED && e->reason == BJ_END_DISCONNECT;
}

static size_t show(const bj_event_t *e, char *out, size_t out_bytes) {
    static const char letters[] = {
#define X(name, value, letter, text) [value] = letter,
        BJ_EVENT_LIST(X)
#undef X
    };
    bool market = e->type == BJ_EV_INSTRUMENT || e->type == BJ_EV_UNCROSSED ||
                  e->type == BJ_EV_BAND;
    size_t n = (size_t)snprintf(out, out_bytes, "%c%lu %d/%d", letters[e->type], e->order_id,
                                e->leaves_qty, e->cum_qty);
#define SAY(...) n += (size_t)snprintf(out + n, out_bytes - n, __VA_ARGS__)
    if (e->type == BJ_EV_INSTRUMENT && e->last_price_paise) SAY(" <%d", e->last_price_paise);
    else if (e->last_price_paise) SAY("@%dx%d", e->last_price_paise, e->last_qty);
    if (e->type == BJ_EV_TRADE) {
        SAY("%s%s%s", e->flags & BJ_FLAG_MAKER ? "m" : "", e->flags & BJ_FLAG_AUCTION ? "a" : "",
            e->flags & BJ_FLAG_TRADE_TO_TRADE ? "d" : "");
    }
    if (market && e->price_paise) SAY(" =%d", e->price_paise);
    if (e->trigger_price_paise) SAY(" ^%d", e->trigger_price_paise);
    if (e->disclosed_qty) SAY(" /%d", e->disclosed_qty);
    if (e->value) SAY(" #%u", e->value);
    if (!e->session_seq && !always_unasked(e)) SAY(" ~");
    if (e->reason) SAY(" %s", bj_status_name((bj_status_t)e->reason));
    bool asks = e->reason == BJ_REJ_SECOND_PERSON;
    bool limit = e->value >> 16; /* of a phase it is a mark, for test_marks */
    if (asks && limit && e->client_order_id) SAY(" !%lu", e->client_order_id);
    if (asks && e->price_paise) SAY(" =%d", e->price_paise);
#undef SAY
    return n;
}

/* What every event must say, whatever it is: numbers without holes, the sender's sequence where
 * asked. */
static void check_common(const bj_event_t *events, size_t event_cnt, const bj_cmd_t *cmd,
                         uint64_t first_seq) {
    for (size_t i = 0; i < event_cnt; i++) {
        const bj_event_t *e = &events[i];
        BJ_CHECK(e->seq == first_seq + i && e->cmd_seq == cmd->seq && e->time_ns == cmd->time_ns);
        BJ_CHECK(!e->session_seq ||
                 (e->session_id == cmd->session_id && e->session_seq == cmd->session_seq));
        if (always_unasked(e)) BJ_CHECK(e->session_seq == 0);
    }
}

/* "one " before a line: by one person; "two ": by two. */
static uint8_t people_of(const char **line) {
    bool one = strncmp(*line, "one ", 4) == 0, two = strncmp(*line, "two ", 4) == 0;
    if (one || two) *line += 4;
    return one ? BJ_FLAG_ONE_PERSON : two ? BJ_FLAG_TWO_PEOPLE : 0;
}

static size_t run_line(world_t *world, const char *line, char *out, size_t out_bytes) {
    bj_cmd_t cmd;
    uint8_t people = people_of(&line);
    read_command(line, &cmd);
    cmd.flags |= people;
    bj_engine_stats_t before = bj_engine_stats(world->engine);
    cmd.time_ns = INT64_C(1700000000000000000) + world->now_ms * 1000000;
    cmd.session_seq = 1000 + before.cmd_seq;
    size_t event_cnt, n = 0;
    const bj_event_t *events = bj_engine_apply(world->engine, &cmd, &event_cnt);
    BJ_CHECK(events && event_cnt > 0);
    check_common(events, event_cnt, &cmd, before.event_seq + 1);
    for (size_t i = 0; i < event_cnt; i++) {
        if (i) out[n++] = ' ';
        n += show(&events[i], out + n, out_bytes - n);
    }
    const char *why = bj_engine_broken(world->engine);
    BJ_CHECK(!why);
    if (why) fprintf(stderr, "  %s after: %s\n", why, line);
    return n;
}

/* Each line's events, joined by '|'. */
static void run_script(world_t *world, const char *script, char *out, size_t out_bytes) {
    char lines[4096], *save = NULL;
    size_t n = 0;
    (void)snprintf(lines, sizeof lines, "%s", script);
    for (char *line = strtok_r(lines, ";", &save); line; line = strtok_r(NULL, ";", &save)) {
        int wait_ms;
        if (sscanf(line, "wait %d", &wait_ms) == 1) {
            world->now_ms += wait_ms;
            continue;
        }
        if (n) out[n++] = '|';
        n += run_line(world, line, out + n, out_bytes - n);
    }
    out[n] = 0;
}

static world_t world_new(void) {
    char out[4096];
    world_t world = {.mem = aligned_alloc(64, bj_engine_footprint(&config))};
    world.engine = bj_engine_new(world.mem, &config);
    run_script(&world, "inst 1 5 1 8000 12000 1000;inst 2 5 10 8000 12000 1000;"
               "acct 1 100000000 1000000000 5000 10 0;acct 2 100000000 1000000000 5000 10 0;"
               "acct 3 100000000 1000000000 5000 10 0", out, sizeof out);
    BJ_CHECK(strcmp(out, "i0 0/0 <10000 #1|i0 0/0 <10000 #1|u0 0/0|u0 0/0|u0 0/0") == 0);
    return world;
}

static void test_cases(void) {
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        char out[4096];
        unsigned fails = bj_fail_cnt;
        world_t world = world_new();
        run_script(&world, cases[i].script, out, sizeof out);
        BJ_CHECK(strcmp(out, cases[i].want) == 0);
        if (bj_fail_cnt != fails) {
            fprintf(stderr, "  in case: %s\n  got  %s\n  want %s\n", cases[i].name, out,
                    cases[i].want);
        }
        free(world.mem);
    }
}

static void test_sequence_and_looks(void) {
    world_t world = world_new();
    bj_cmd_t cmd = {.type = BJ_CMD_DISCONNECT, .session_id = 3, .session_seq = 41, .seq = 7};
    size_t event_cnt = 9;
    uint64_t hash = bj_engine_hash(world.engine);
    BJ_CHECK(!bj_engine_apply(world.engine, &cmd, &event_cnt) && event_cnt == 0);
    BJ_CHECK(bj_engine_hash(world.engine) == hash);
    cmd.seq = 6;
    BJ_CHECK(bj_engine_apply(world.engine, &cmd, &event_cnt) && event_cnt == 1);
    BJ_CHECK(bj_engine_hash(world.engine) != hash);
    BJ_CHECK(bj_engine_session_seq(world.engine, 3) == 41);
    cmd = (bj_cmd_t){.type = BJ_CMD_DISCONNECT, .session_id = 3, .session_seq = 40};
    BJ_CHECK(bj_engine_apply(world.engine, &cmd, &event_cnt) && cmd.seq == 7);
    BJ_CHECK(bj_engine_session_seq(world.engine, 3) == 41 &&
             bj_engine_session_seq(world.engine, 4) == 0);
    BJ_CHECK(bj_engine_session_seq(world.engine, UINT16_MAX) == 0);

    bj_cmd_instrument_t instrument;
    bj_instrument_state_t state;
    BJ_CHECK(bj_engine_instrument(world.engine, 2, &instrument, &state));
    BJ_CHECK(instrument.lot_qty == 10 && state == BJ_STATE_OPEN);
    BJ_CHECK(!bj_engine_instrument(world.engine, 9, &instrument, &state));
    BJ_CHECK(!bj_engine_instrument(world.engine, 0, &instrument, &state));
    static const bj_limit_t kinds[] = {BJ_LIMIT_SEGMENT, BJ_LIMIT_UNDERLYING, BJ_LIMIT_INVERSE};
    for (size_t i = 0; i < BJ_COUNT(kinds); i++) {
        BJ_CHECK(bj_engine_instrument_limit(world.engine, 2, kinds[i]) == 0);
        cmd = (bj_cmd_t){.type = BJ_CMD_LIMIT, .token = 2,
                         .body.limit = {.limit = (uint16_t)kinds[i], .value = 1,
                                        .level = BJ_LEVEL_INSTRUMENT}};
        BJ_CHECK(bj_engine_apply(world.engine, &cmd, &event_cnt));
        BJ_CHECK(bj_engine_instrument_limit(world.engine, 2, kinds[i]) == 1);
        BJ_CHECK(bj_engine_instrument_limit(world.engine, 9, kinds[i]) == BJ_LIMIT_NONE);
    }
    BJ_CHECK(bj_engine_instrument_limit(world.engine, 2, BJ_LIMIT_BANNED) == BJ_LIMIT_NONE);
    cmd = (bj_cmd_t){.type = BJ_CMD_CANCEL, .session_id = 1, .account_id = 1, .order_id = 5};
    BJ_CHECK(bj_engine_apply(world.engine, &cmd, &event_cnt));
    BJ_CHECK(bj_engine_refused(world.engine, BJ_REJ_ORDER_UNKNOWN) == 1);
    BJ_CHECK(bj_engine_refused(world.engine, BJ_REJ_TICK) == 0);
    free(world.mem);
}

/* Every limit: set where nothing was, then looser, tighter, and taken away, by one person.  A limit
 * of -1 has no such. */
static const struct {
    const char *word;
    int  level;
    long first, looser, tighter;
    bool first_asks; /* no direction: the first takes two as well */
} ways[] = {
    {"blocked", 3, 1, 0, 1, false},          {"barred", 1, 1, 2, 1, false},
    {"barred", 1, 2, 0, 1, false},           {"segments", 1, 3, 7, 2, false},
    {"segments", 2, 3, 4, 1, false},         {"order_qty", 1, 10, 11, 9, false},
    {"order_value", 3, 10, 11, 9, false},    {"rate", 1, 10, 11, 9, false},
    {"rate", 3, 10, 11, 9, false},           {"burst", 1, 10, 11, 9, false},
    {"burst", 2, 10, 11, 9, false},          {"open_orders", 3, 10, 11, 0, false},
    {"open_value", 3, 10, 11, 9, false},     {"net_qty", 2, 10, 11, 9, false},
    {"gross_qty", 1, 10, 11, 9, false},      {"underlying_net", 1, 10, 11, 9, false},
    {"underlying_gross", 1, 10, 11, 9, false}, {"margin", 1, 10, 11, 9, false},
    {"executions", 3, 10, 11, 9, false},     {"segment", 4, 1, 2, -1, true},
    {"underlying", 4, 9, 8, -1, true},       {"inverse", 4, 1, 0, -1, true},
    {"margin_buy", 4, 10, 9, 11, false},     {"margin_sell", 4, 10, 9, 11, false},
    {"price_lo", 4, 10, 9, 11, false},       {"price_hi", 4, 10, 11, 9, false},
    {"banned", 4, 1, 0, 1, false},           {"client_qty", 4, 10, 11, 9, false},
    {"protection_bp", 4, 10, 11, 9, false},  {"protection_min", 4, 10, 11, 9, false},
    {"blocked", 1, 1, 0, 1, false},          {"blocked", 2, 1, 0, 1, false},
    {"blocked", 4, 1, 0, 1, false},
};

/* The one event's letter, and with a refusal for want of another person what is in force. */
static char way_set(world_t *world, size_t i, const char *people, long value, uint64_t *in_force) {
    char line[96], out[256];
    bool bars = strcmp(ways[i].word, "barred") == 0;
    const char *refused;
    (void)snprintf(line, sizeof line, "%slim %d %s %ld %d %d %d", people, ways[i].level,
                   ways[i].word, value, ways[i].level == BJ_LEVEL_ACCOUNT,
                   ways[i].level == BJ_LEVEL_DESK ? 5 : 0,
                   ways[i].level == BJ_LEVEL_INSTRUMENT || bars);
    run_line(world, line, out, sizeof out);
    *in_force = 0;
    if ((refused = strstr(out, "BJ_REJ_SECOND_PERSON !"))) sscanf(refused + 22, "%lu", in_force);
    return out[0] == 'q' && !strstr(out, "BJ_REJ_SECOND_PERSON") ? '?' : out[0];
}

static void test_second_person(void) {
    bool seen[BJ_LIMIT_END] = {false};
    for (size_t i = 0; i < BJ_COUNT(ways); i++) {
        unsigned fails = bj_fail_cnt;
        uint64_t is;
        world_t world = world_new();
        seen[bj_limit_by_word(ways[i].word)] = true;
        char first = way_set(&world, i, "one ", ways[i].first, &is);
        BJ_CHECK(first == (ways[i].first_asks ? 'q' : 'g'));
        BJ_CHECK(way_set(&world, i, "two ", ways[i].first, &is) == 'g');
        BJ_CHECK(way_set(&world, i, "one ", ways[i].first, &is) == 'g'); /* as it is */
        BJ_CHECK(way_set(&world, i, "one ", ways[i].looser, &is) == 'q');
        BJ_CHECK(is == (uint64_t)ways[i].first);
        BJ_CHECK(way_set(&world, i, "one ", -1, &is) == 'q' && is == (uint64_t)ways[i].first);
        if (ways[i].tighter >= 0) BJ_CHECK(way_set(&world, i, "one ", ways[i].tighter, &is) == 'g');
        BJ_CHECK(way_set(&world, i, "one ", ways[i].looser, &is) == 'q');
        BJ_CHECK(way_set(&world, i, "", ways[i].looser, &is) == 'g'); /* from before the rule */
        BJ_CHECK(way_set(&world, i, "two ", -1, &is) == 'g');
        if (bj_fail_cnt != fails) fprintf(stderr, "  limit: %s, %d\n", ways[i].word, ways[i].level);
        free(world.mem);
    }
    for (unsigned l = 0; l < BJ_LIMIT_END; l++) BJ_CHECK(seen[l] == (bj_limit_word(l) != NULL));
}

/* What a refused command says that it would loosen; 0: it was not refused. */
static uint64_t mark_of(world_t *world, const char *line) {
    size_t event_cnt;
    bj_cmd_t cmd;
    read_command(line + 4, &cmd);
    cmd.flags = line[0] == 'o' ? BJ_FLAG_ONE_PERSON : line[0] == 't' ? BJ_FLAG_TWO_PEOPLE : 0;
    const bj_event_t *events = bj_engine_apply(world->engine, &cmd, &event_cnt);
    bool refused = events[0].reason == BJ_REJ_SECOND_PERSON;
    return refused ? events[0].client_order_id : 0;
}

/* A yes is for what was stopped when it was asked for, and for that stop. */
static void test_marks(void) {
    world_t world = world_new();
    (void)mark_of(&world, "one state 1 2");
    uint64_t one = mark_of(&world, "one phase 1 1"), all = mark_of(&world, "one phase 0 1");
    BJ_CHECK(one && all && !(one >> 48) && !(all >> 48));
    BJ_CHECK(mark_of(&world, "one phase 1 1") == one && mark_of(&world, "one phase 0 1") == all);
    (void)mark_of(&world, "one lim 1 order_qty 50 1");
    BJ_CHECK(mark_of(&world, "one phase 0 1") == all); /* nothing to do with it */
    (void)mark_of(&world, "one state 2 2"); /* another one is halted */
    uint64_t both = mark_of(&world, "one phase 0 1");
    BJ_CHECK(both && both != all && mark_of(&world, "one phase 1 1") == one);
    (void)mark_of(&world, "two state 2 1");
    BJ_CHECK(mark_of(&world, "one phase 0 1") == all);
    (void)mark_of(&world, "one state 1 2"); /* halted once more: another stop */
    uint64_t again = mark_of(&world, "one phase 1 1");
    BJ_CHECK(again && again != one && mark_of(&world, "one phase 0 1") != all);
    (void)mark_of(&world, "two state 1 1"), (void)mark_of(&world, "one state 1 2");
    BJ_CHECK(mark_of(&world, "one phase 1 1") != again && mark_of(&world, "one phase 1 1") != one);
    free(world.mem);
}

static void test_shapes(void) {
    static const struct {
        uint32_t instruments, accounts, orders, rate, burst;
        bool ok;
    } shapes[] = {
        {1, 1, 1, 0, 0, true},          {0, 1, 1, 0, 0, false}, {1, 0, 1, 0, 0, false},
        {1, 1, 0, 0, 0, false},         {1, 1, 1u << 31, 0, 0, false},
        {65536, 1u << 20, 1, 0, 0, false}, {1, 1, 1, 2000000000, 1, false},
    };
    for (size_t i = 0; i < BJ_COUNT(shapes); i++) {
        const bj_engine_config_t shape = {
            .instrument_max = shapes[i].instruments, .account_max = shapes[i].accounts,
            .order_max = shapes[i].orders, .message_rate_per_s = shapes[i].rate,
            .message_burst = shapes[i].burst};
        BJ_CHECK((bj_engine_footprint(&shape) > 0) == shapes[i].ok);
        if (!shapes[i].ok) BJ_CHECK(!bj_engine_new(NULL, &shape));
    }
}

/* One command with more events than matching's ring holds: they are taken while it goes on. */
static void test_a_sweep(void) {
    enum { MAKERS = 280, ICEBERGS = 20, SLICES = 14 };
    enum { FILLS = MAKERS - ICEBERGS + ICEBERGS * SLICES };
    static const bj_engine_config_t wide = {
        .instrument_max = 1, .account_max = 2, .order_max = 300};
    char line[128], out[4096];
    world_t world = {.mem = aligned_alloc(64, bj_engine_footprint(&wide))};
    world.engine = bj_engine_new(world.mem, &wide);
    run_script(&world, "inst 1 5 1 8000 12000 1000;acct 1 1000000000 10000000000 5000 1000 0;"
               "acct 2 1000000000 10000000000 5000 1000 0", out, sizeof out);
    for (int i = 0; i < MAKERS; i++) {
        bool iceberg = i % (MAKERS / ICEBERGS) == 0;
        (void)snprintf(line, sizeof line, "new 1 1 1 %d S %d 10000 L D 0 0 %d", i + 1,
                       iceberg ? SLICES : 1, iceberg ? 1 : 0);
        (void)run_line(&world, line, out, sizeof out);
    }
    BJ_CHECK(bj_engine_stats(world.engine).live_orders == MAKERS);
    bj_cmd_t cmd;
    size_t event_cnt;
    (void)snprintf(line, sizeof line, "new 2 2 1 1 B %d 10000 L D", FILLS);
    read_command(line, &cmd);
    bj_engine_stats_t before = bj_engine_stats(world.engine);
    cmd.session_seq = 7;
    const bj_event_t *events = bj_engine_apply(world.engine, &cmd, &event_cnt);
    BJ_CHECK(event_cnt == 1 + 2 * FILLS);
    check_common(events, event_cnt, &cmd, before.event_seq + 1);
    BJ_CHECK(events[event_cnt - 1].leaves_qty == 0 && events[event_cnt - 1].cum_qty == FILLS);
    BJ_CHECK(events[event_cnt - 1].match_id == FILLS);
    BJ_CHECK(bj_engine_stats(world.engine).live_orders == 0 && !bj_engine_broken(world.engine));
    free(world.mem);
}

int main(void) {
    test_cases();
    test_a_sweep();
    test_sequence_and_looks();
    test_second_person();
    test_marks();
    test_shapes();
    return bj_test_end("test_bj_engine");
}
