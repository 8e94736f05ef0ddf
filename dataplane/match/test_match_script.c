#include "dataplane/match/test_match_script.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* --- the words */

#define B(op) (1u << BJ_OP_##op)
enum {
    ON_DEFINE = 1, /* no BJ_OP_ is 0, so its bit is free */
    ON_ORDER = B(NEW) | B(MODIFY),
    ON_WHOSE = ON_ORDER | B(MASS_CANCEL),
    ON_PHASES = B(PHASE) | B(UNCROSS),
    ON_ONE = ON_ORDER | B(CANCEL) | B(MASS_CANCEL) | ON_PHASES | B(BAND) | B(WINDOW),
};

typedef enum takes { SETS, ADDS, NUMBER, TWO_NUMBERS, INSTRUMENT, REASON } takes_t;

typedef struct option {
    const char *word;
    unsigned on; /* which statements may have it */
    takes_t takes;
    size_t off, bytes; /* the field of step_t */
    uint32_t value;    /* SETS, ADDS */
} option_t;

#define CMD(f) offsetof(step_t, cmd.f), sizeof((step_t *)0)->cmd.f
#define DEF(f) offsetof(step_t, definition.f), sizeof((step_t *)0)->definition.f

static const option_t options[] = {
    {"buy", ON_WHOSE, SETS, CMD(side), BJ_BUY},
    {"sell", ON_WHOSE, SETS, CMD(side), BJ_SELL},
    {"at", ON_ORDER, NUMBER, CMD(price_paise), 0},
    {"limit", ON_ORDER, SETS, CMD(type), BJ_LIMIT},
    {"market", ON_ORDER, SETS, CMD(type), BJ_MARKET},
    {"trigger", ON_ORDER, NUMBER, CMD(trigger_paise), 0},
    {"shown", ON_ORDER, NUMBER, CMD(disclosed_qty), 0},
    {"day", ON_ORDER, SETS, CMD(tif), BJ_DAY},
    {"ioc", ON_ORDER, SETS, CMD(tif), BJ_IOC},
    {"gtc", ON_ORDER, SETS, CMD(tif), BJ_GTC},
    {"gtd", ON_ORDER, NUMBER, CMD(day), 0}, /* and tif: see finish */
    {"owner", ON_ORDER, NUMBER, CMD(owner), 0},
    {"account", ON_WHOSE, NUMBER, CMD(account), 0},
    {"desk", ON_WHOSE, NUMBER, CMD(desk), 0},
    {"stp-active", ON_ORDER, ADDS, CMD(flags), BJ_MATCH_STP_ACTIVE},
    {"intraday", ON_ORDER, ADDS, CMD(flags), BJ_MATCH_INTRADAY},
    {"reason", B(MASS_CANCEL), REASON, CMD(reason), 0},
    {"open", ON_PHASES, SETS, CMD(auction), BJ_AUCTION_OPEN},
    {"resume", ON_PHASES, SETS, CMD(auction), BJ_AUCTION_RESUME},
    {"close", ON_PHASES, SETS, CMD(auction), BJ_AUCTION_CLOSE},
    {"closed", ON_PHASES, SETS, CMD(phase), BJ_PHASE_CLOSED},
    {"continuous", ON_PHASES, SETS, CMD(phase), BJ_PHASE_CONTINUOUS},
    {"halted", ON_PHASES, SETS, CMD(phase), BJ_PHASE_HALTED},
    {"auction", ON_PHASES, SETS, CMD(phase), BJ_PHASE_AUCTION},
    {"auction-limit", ON_PHASES, SETS, CMD(phase), BJ_PHASE_AUCTION_LIMIT},
    {"buffer", ON_PHASES, SETS, CMD(phase), BJ_PHASE_BUFFER},
    {"post-close", ON_PHASES, SETS, CMD(phase), BJ_PHASE_POST_CLOSE},
    {"reference", ON_PHASES, NUMBER, CMD(price_paise), 0},
    {"closing", ON_PHASES, NUMBER, CMD(price_paise), 0},
    {"band-bp", B(PHASE), NUMBER, CMD(band_bp), 0},
    {"market-first", B(UNCROSS), SETS, CMD(market_first), 1},
    {"on", ON_ONE, INSTRUMENT, CMD(instrument_idx), 0},
    {"raw-type", ON_ORDER, NUMBER, CMD(type), 0},
    {"raw-tif", ON_ORDER, NUMBER, CMD(tif), 0},
    {"raw-flags", ON_ORDER, NUMBER, CMD(flags), 0},
    {"raw-phase", ON_PHASES, NUMBER, CMD(phase), 0},
    {"raw-auction", B(PHASE), NUMBER, CMD(auction), 0},
    {"tick", ON_DEFINE, NUMBER, DEF(tick_paise), 0},
    {"band", ON_DEFINE, TWO_NUMBERS, DEF(band_lo_paise), 0},
    {"close", ON_DEFINE, NUMBER, DEF(prev_close_paise), 0},
    {"protection", ON_DEFINE, NUMBER, DEF(protection_bp), 0},
    {"protection-min", ON_DEFINE, NUMBER, DEF(protection_min_paise), 0},
    {"disclosed-min", ON_DEFINE, NUMBER, DEF(disclosed_min_pct), 0},
    {"stop-gap", ON_DEFINE, NUMBER, DEF(stop_gap_max_paise), 0},
    {"trade-to-trade", ON_DEFINE, ADDS, DEF(flags), BJ_MATCH_TRADE_TO_TRADE},
    {"no-stop-market", ON_DEFINE, ADDS, DEF(flags), BJ_MATCH_NO_STOP_MARKET},
    {"needs-last", ON_DEFINE, ADDS, DEF(flags), BJ_MATCH_NEEDS_LAST},
    {"account-may-change", ON_DEFINE, ADDS, DEF(flags), BJ_MATCH_ACCOUNT_MAY_CHANGE},
    {"long-orders", ON_DEFINE, ADDS, DEF(flags), BJ_MATCH_LONG_ORDERS},
};
static_assert(offsetof(bj_match_instrument_t, band_hi_paise) ==
                  offsetof(bj_match_instrument_t, band_lo_paise) + sizeof(int32_t), "TWO_NUMBERS");

typedef struct field {
    size_t off, bytes;
} field_t;

static const struct {
    const char *word;
    step_kind_t kind;
    uint8_t op;
    uint32_t instrument_idx; /* of the command, where none is said */
    size_t number_cnt;
    field_t number[2]; /* the bare numbers, in order */
} statements[] = {
    {"orders", STEP_ORDERS, 0, 0, 1, {{offsetof(step_t, order_max), 4}}},
    {"instrument", STEP_DEFINE, 0, 0, 1, {{offsetof(step_t, instrument_idx), 4}}},
    {"new", STEP_APPLY, BJ_OP_NEW, 0, 2, {{CMD(order_id)}, {CMD(qty)}}},
    {"modify", STEP_APPLY, BJ_OP_MODIFY, 0, 2, {{CMD(order_id)}, {CMD(qty)}}},
    {"cancel", STEP_APPLY, BJ_OP_CANCEL, 0, 1, {{CMD(order_id)}}},
    {"mass-cancel", STEP_APPLY, BJ_OP_MASS_CANCEL, BJ_MATCH_ALL, 0, {{0}}},
    {"phase", STEP_APPLY, BJ_OP_PHASE, 0, 0, {{0}}},
    {"uncross", STEP_APPLY, BJ_OP_UNCROSS, 0, 0, {{0}}},
    {"band", STEP_APPLY, BJ_OP_BAND, 0, 2, {{CMD(lo_paise)}, {CMD(hi_paise)}}},
    {"window", STEP_APPLY, BJ_OP_WINDOW, 0, 0, {{0}}},
    {"day-end", STEP_APPLY, BJ_OP_DAY_END, BJ_MATCH_ALL, 1, {{CMD(day)}}},
    {"book", STEP_BOOK, 0, 0, 1, {{offsetof(step_t, instrument_idx), 4}}},
    {"top", STEP_TOP, 0, 0, 1, {{offsetof(step_t, instrument_idx), 4}}},
    {"equilibrium", STEP_EQUILIBRIUM, 0, 0, 1, {{offsetof(step_t, instrument_idx), 4}}},
    {"view", STEP_VIEW, 0, 0, 1, {{offsetof(step_t, instrument_idx), 4}}},
};

static const char *const phase_words[BJ_PHASE_CNT] = {"closed", "continuous", "halted", "auction",
                                                      "auction-limit", "buffer", "post-close"};
static const char *const auction_words[] = {"none", "open", "resume", "close"};

/* "rej-price-band" of BJ_REJ_PRICE_BAND. */
static void reason_word(char word[32], bj_status_t reason) {
    const char *name = bj_status_name(reason) + sizeof "BJ_" - 1;
    size_t i = 0;
    for (; name[i] && i < 31; i++) word[i] = name[i] == '_' ? '-' : (char)tolower(name[i]);
    word[i] = '\0';
}

/* --- reading */

typedef struct line {
    const char *path;
    unsigned no;
    char *rest; /* what is not read yet */
    char word[SCRIPT_LINE_BYTES];
} line_t;

static bool wrong(const line_t *line, const char *what, const char *word) {
    fprintf(stderr, "%s:%u: %s: '%s'\n", line->path, line->no, what, word);
    return false;
}

static bool next_word(line_t *line) {
    char *from = line->rest + strspn(line->rest, " \t");
    size_t bytes = strcspn(from, " \t");
    line->rest = from + bytes;
    memcpy(line->word, from, bytes);
    line->word[bytes] = '\0';
    return bytes > 0;
}

/* Puts the word's number, which may be negative where it fits, into a field of the step. */
static bool put_number(line_t *line, step_t *step, size_t off, size_t bytes) {
    char *end;
    errno = 0;
    long long v = strtoll(line->word, &end, 10);
    if (errno || end == line->word || *end) return wrong(line, "not a number", line->word);
    uint64_t max = bytes == 8 ? INT64_MAX : (UINT64_C(1) << (8 * bytes)) - 1;
    if (v < -(long long)(max / 2) - 1 || (v > 0 && (uint64_t)v > max)) {
        return wrong(line, "the number does not fit its field", line->word);
    }
    memcpy((char *)step + off, &v, bytes); /* little-endian: the low bytes */
    return true;
}

static bool put_reason(line_t *line, step_t *step) {
    for (int reason = 1; reason < 256; reason++) {
        char word[32];
        reason_word(word, (bj_status_t)reason);
        if (strcmp(word, line->word) == 0) {
            step->cmd.reason = (uint8_t)reason;
            return true;
        }
    }
    return wrong(line, "no such reason", line->word);
}

static bool put_option(line_t *line, step_t *step, const option_t *option) {
    uint32_t had = 0;
    switch (option->takes) {
    case ADDS: memcpy(&had, (char *)step + option->off, option->bytes); /* fall through */
    case SETS:
        had |= option->value;
        memcpy((char *)step + option->off, option->takes == SETS ? &option->value : &had,
               option->bytes);
        return true;
    case REASON:
        return next_word(line) ? put_reason(line, step) : wrong(line, "a reason is missing", "");
    case INSTRUMENT:
        if (!next_word(line)) return wrong(line, "an instrument is missing", "");
        if (strcmp(line->word, "all") != 0) break;
        step->cmd.instrument_idx = BJ_MATCH_ALL;
        return true;
    case TWO_NUMBERS:
        if (!next_word(line)) return wrong(line, "a number is missing after", option->word);
        if (!put_number(line, step, option->off, option->bytes)) return false;
        return next_word(line) ? put_number(line, step, option->off + option->bytes, option->bytes)
                               : wrong(line, "a number is missing after", option->word);
    case NUMBER:
        if (!next_word(line)) return wrong(line, "a number is missing after", option->word);
        break;
    }
    return put_number(line, step, option->off, option->bytes);
}

static const option_t *find_option(const char *word, unsigned on) {
    for (size_t i = 0; i < BJ_COUNT(options); i++) {
        if ((options[i].on & on) && strcmp(options[i].word, word) == 0) return &options[i];
    }
    return NULL;
}

enum { PHASE_NOT_SAID = 255 };

/* What goes without saying: a new order is a limit order for the day. */
static bool finish(const line_t *line, step_t *step) {
    bj_match_cmd_t *cmd = &step->cmd;
    if (cmd->op == BJ_OP_NEW && !cmd->type) cmd->type = BJ_LIMIT;
    if (cmd->op == BJ_OP_NEW && !cmd->tif) cmd->tif = BJ_DAY;
    if (cmd->phase == PHASE_NOT_SAID) return wrong(line, "a phase is missing", "");
    return true;
}

static bool read_statement(line_t *line, step_t *step) {
    size_t at = 0, numbers = 0;
    next_word(line);
    while (at < BJ_COUNT(statements) && strcmp(statements[at].word, line->word) != 0) at++;
    if (at == BJ_COUNT(statements)) return wrong(line, "no such statement", line->word);

    uint8_t op = statements[at].op;
    *step = (step_t){.kind = statements[at].kind, .line_no = line->no};
    step->cmd.op = op, step->cmd.instrument_idx = statements[at].instrument_idx;
    if (op && (B(PHASE) | B(UNCROSS)) & (1u << op)) step->cmd.phase = PHASE_NOT_SAID;
    unsigned on = step->kind == STEP_APPLY ? 1u << op : step->kind == STEP_DEFINE ? ON_DEFINE : 0;

    while (next_word(line)) {
        const option_t *option = find_option(line->word, on);
        bool gtd = option && strcmp(option->word, "gtd") == 0;
        if (option) {
            if (!put_option(line, step, option)) return false;
            if (gtd) step->cmd.tif = BJ_GTD;
            continue;
        }
        if (numbers == statements[at].number_cnt) return wrong(line, "no such option", line->word);
        const field_t *field = &statements[at].number[numbers++];
        if (!put_number(line, step, field->off, field->bytes)) return false;
    }
    if (numbers < statements[at].number_cnt) return wrong(line, "a number is missing", "");
    return finish(line, step);
}

/* Single blanks, none at the ends. */
static bool read_want(script_t *script, line_t *line) {
    text_t text = {0};
    if (!script->step_cnt) return wrong(line, "nothing stands above it", line->rest);
    if (script->want_cnt == SCRIPT_LINE_MAX) return wrong(line, "too many lines", line->rest);
    while (next_word(line)) text_add(&text, "%s%s", text.at ? " " : "", line->word);
    script_line_t *want = &script->want[script->want_cnt++];
    want->line_no = line->no;
    memcpy(want->text, text.buf, sizeof want->text);
    script->step[script->step_cnt - 1].want_cnt++;
    return true;
}

static bool read_line(script_t *script, line_t *line) {
    line->rest[strcspn(line->rest, "#\r\n")] = '\0';
    bool indented = line->rest[0] == ' ' || line->rest[0] == '\t';
    if (!line->rest[strspn(line->rest, " \t")]) return true;
    if (indented) return read_want(script, line);
    if (script->step_cnt == SCRIPT_STEP_MAX) return wrong(line, "too many statements", line->rest);
    step_t *step = &script->step[script->step_cnt];
    if (!read_statement(line, step)) return false;
    if (step->kind == STEP_ORDERS) {
        if (script->step_cnt) return wrong(line, "must come first", "orders");
        script->order_max = step->order_max;
        return true;
    }
    step->want_first = script->want_cnt;
    script->step_cnt++;
    return true;
}

bool script_read(script_t *script, const char *path) {
    memset(script, 0, sizeof *script);
    script->path = path, script->order_max = 64;
    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return false;
    }
    char buf[SCRIPT_LINE_BYTES];
    line_t line = {.path = path};
    bool ok = true;
    while (ok && fgets(buf, sizeof buf, file)) {
        line.no++, line.rest = buf;
        bool whole = strchr(buf, '\n') || feof(file);
        ok = whole ? read_line(script, &line) : wrong(&line, "the line is too long", buf);
    }
    ok = ok && !ferror(file);
    fclose(file);
    if (ok && !script->step_cnt) ok = wrong(&line, "no statement in the file", "");
    return ok;
}

/* --- printing */

void text_add(text_t *text, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int bytes = vsnprintf(text->buf + text->at, sizeof text->buf - text->at, format, args);
    va_end(args);
    size_t room = sizeof text->buf - 1 - text->at;
    if (bytes > 0) text->at += (size_t)bytes < room ? (size_t)bytes : room;
}

static void add_unless_0(text_t *text, const char *word, int64_t v) {
    if (v) text_add(text, " %s %lld", word, (long long)v);
}

static void add_side(text_t *text, uint8_t side) {
    if (side == BJ_BUY || side == BJ_SELL) text_add(text, side == BJ_BUY ? " buy" : " sell");
    else text_add(text, " side-%u", side);
}

static void add_price(text_t *text, int32_t price_paise) {
    if (price_paise) text_add(text, " at %d", price_paise);
    else text_add(text, " market");
}

static void add_flags(text_t *text, uint8_t flags) {
    static const char *const words[8] = {"rests", "kept", "waits", "auction", "trade-to-trade",
                                         "queued", "more", "flag-128"};
    for (unsigned i = 0; i < 8; i++) {
        if (flags & (1u << i)) text_add(text, " %s", words[i]);
    }
}

static const char *word_of(const char *const *words, size_t cnt, int32_t v) {
    return v >= 0 && (size_t)v < cnt ? words[v] : "unknown";
}

/* `cancelled 1 buy 6 at 10000 cum 4 end-user`.  leaves is said only where it is not what one
 * expects: qty, or 0 of an order that is not in. */
static void print_of_order(text_t *text, const char *word, const bj_match_event_t *e) {
    bool out = e->type == BJ_MEV_REJECTED || e->type == BJ_MEV_CANCELLED;
    bool shows = e->contra_leaves_qty || (e->flags & (BJ_MEF_RESTS | BJ_MEF_QUEUED | BJ_MEF_KEPT));
    text_add(text, "%s %llu", word, (unsigned long long)e->order_id);
    add_side(text, e->side);
    text_add(text, " %d", e->qty);
    add_price(text, e->price_paise);
    add_unless_0(text, "trigger", e->contra_cum_qty);
    if (e->leaves_qty != (out ? 0 : e->qty)) text_add(text, " leaves %d", e->leaves_qty);
    add_unless_0(text, "cum", e->cum_qty);
    add_flags(text, e->flags);
    if (shows) text_add(text, " shown %d", e->contra_leaves_qty);
}

/* `refused 1 buy at 10000 leaves 6 rej-modify`; what is not known of the order is left out. */
static void print_refused(text_t *text, const bj_match_event_t *e) {
    text_add(text, "refused");
    if (e->order_id) text_add(text, " %llu", (unsigned long long)e->order_id);
    if (e->side) {
        add_side(text, e->side);
        add_price(text, e->price_paise);
    } else {
        add_unless_0(text, "at", e->price_paise);
    }
    add_unless_0(text, "leaves", e->leaves_qty);
    add_unless_0(text, "cum", e->cum_qty);
    add_unless_0(text, "qty", e->qty);
    add_unless_0(text, "shown", e->contra_leaves_qty);
    add_unless_0(text, "trigger", e->contra_cum_qty);
    add_flags(text, e->flags);
}

/* `trade 4 at 10000 maker 1 buy taker 2 leaves 6/0 cum 4/4`, in an auction `buyer 1 seller 2`. */
static void print_trade(text_t *text, const bj_match_event_t *e) {
    bool auction = e->flags & BJ_MEF_AUCTION;
    text_add(text, "trade %d at %d %s %llu", e->qty, e->price_paise, auction ? "buyer" : "maker",
             (unsigned long long)e->order_id);
    if (!auction || e->side != BJ_BUY) add_side(text, e->side);
    text_add(text, " %s %llu leaves %d/%d cum %d/%d", auction ? "seller" : "taker",
             (unsigned long long)e->contra_id, e->leaves_qty, e->contra_leaves_qty, e->cum_qty,
             e->contra_cum_qty);
    add_flags(text, (uint8_t)(e->flags & ~BJ_MEF_AUCTION));
}

static void print_phase(text_t *text, const bj_match_event_t *e) {
    bool auction = e->qty == BJ_PHASE_AUCTION || e->qty == BJ_PHASE_AUCTION_LIMIT;
    text_add(text, "phase %s", word_of(phase_words, BJ_COUNT(phase_words), e->qty));
    if (e->leaves_qty) {
        text_add(text, " collecting %s",
                 word_of(auction_words, BJ_COUNT(auction_words), e->leaves_qty));
    }
    add_unless_0(text, auction ? "reference" : "closing", e->price_paise);
}

static void print_uncrossed(text_t *text, const bj_match_event_t *e) {
    const char *kind = word_of(auction_words, BJ_COUNT(auction_words), e->leaves_qty);
    text_add(text, "uncrossed %s %d", kind, e->qty);
    if (e->price_paise) text_add(text, " at %d", e->price_paise);
    else text_add(text, " no price");
    add_unless_0(text, "closing", e->cum_qty);
}

void print_event(text_t *text, const bj_match_event_t *e) {
    static const char *const words[] = {"event-0", "accepted", "rejected", "modified", "cancelled",
                                        "trade", "refused", "triggered", "rested", "replenished",
                                        "priced"};
    switch (e->type) {
    case BJ_MEV_TRADE: print_trade(text, e); break;
    case BJ_MEV_REQUEST_REJECTED: print_refused(text, e); break;
    case BJ_MEV_PHASE: print_phase(text, e); break;
    case BJ_MEV_UNCROSSED: print_uncrossed(text, e); break;
    case BJ_MEV_BAND: text_add(text, "band %d %d", e->price_paise, e->qty); break;
    case BJ_MEV_DONE:
        text_add(text, "done %d", e->qty);
        if (e->side) add_side(text, e->side);
        break;
    default: print_of_order(text, word_of(words, BJ_COUNT(words), e->type), e);
    }
    if (e->reason) {
        char word[32];
        reason_word(word, (bj_status_t)e->reason);
        text_add(text, " %s", word);
    }
    if (e->instrument_idx == BJ_MATCH_ALL) text_add(text, " on all");
    else if (e->instrument_idx) text_add(text, " on %u", e->instrument_idx);
}

void print_not_defined(text_t *text, bj_status_t status) {
    char word[32];
    reason_word(word, status);
    text_add(text, "not defined %s", word);
}

void print_top(text_t *text, bj_match_top_t top) {
    if (top.bid_paise) text_add(text, "bid %lld at %d", (long long)top.bid_qty, top.bid_paise);
    else text_add(text, "no bid");
    if (top.ask_paise) text_add(text, " ask %lld at %d", (long long)top.ask_qty, top.ask_paise);
    else text_add(text, " no ask");
}

void print_equilibrium(text_t *text, bj_match_equilibrium_t e) {
    if (e.price_paise) {
        text_add(text, "%lld at %d buyers %lld sellers %lld", (long long)e.qty, e.price_paise,
                 (long long)e.buy_qty, (long long)e.sell_qty);
    } else {
        text_add(text, "no price");
    }
}

void print_view(text_t *text, const bj_match_view_t *view) {
    text_add(text, "phase %s", word_of(phase_words, BJ_COUNT(phase_words), (int32_t)view->phase));
    if (view->auction) {
        text_add(text, " collecting %s",
                 word_of(auction_words, BJ_COUNT(auction_words), (int32_t)view->auction));
    }
    add_unless_0(text, "last", view->last_paise);
    add_unless_0(text, "closing", view->closing_paise);
}

static int32_t key_of(const bj_match_order_t *order, place_t place) {
    return place == PLACE_LEVEL ? order->price_paise
           : place == PLACE_WAITING ? order->trigger_paise : 0;
}

bool same_line(const bj_match_order_t *a, place_t a_place, const bj_match_order_t *b,
               place_t b_place) {
    return a_place == b_place && a->side == b->side &&
           a->instrument_idx == b->instrument_idx && key_of(a, a_place) == key_of(b, b_place);
}

void print_book_line(text_t *text, const bj_match_order_t *first, place_t place) {
    static const char *const words[] = {"", "queue ", "waiting "};
    int32_t key = key_of(first, place);
    text_add(text, "%s%s", words[place], first->side == BJ_BUY ? "buy" : "sell");
    if (key) text_add(text, " %d", key);
    text_add(text, ":");
}

void print_book_order(text_t *text, const bj_match_order_t *order, place_t place) {
    int32_t shown_qty = place == PLACE_LEVEL ? order->shown_qty : order->leaves_qty;
    text_add(text, " %llu:%d", (unsigned long long)order->order_id, shown_qty);
    if (order->leaves_qty != shown_qty) text_add(text, "+%d", order->leaves_qty - shown_qty);
    if (place == PLACE_WAITING && order->price_paise) text_add(text, "@%d", order->price_paise);
    if (place == PLACE_WAITING && !order->price_paise) text_add(text, "@market");
}
