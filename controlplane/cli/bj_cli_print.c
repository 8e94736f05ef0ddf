#include "controlplane/cli/bj_cli_print.h"

#include <inttypes.h>

/* Indian grouping: the last three digits, then pairs. */
static void group(uint64_t value, char *out, size_t out_bytes) {
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, value);
    size_t at = 0;
    for (int i = 0; i < n && at + 2 < out_bytes; i++) {
        int left = n - i;
        if (i && (left == 3 || (left > 3 && left % 2 == 1))) out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
}

static uint64_t magnitude(int64_t value) { return value < 0 ? -(uint64_t)value : (uint64_t)value; }

void bj_cli_number(int64_t value, char *out, size_t out_bytes) {
    char grouped[32]; /* 20 digits and 9 commas */
    group(magnitude(value), grouped, sizeof grouped);
    snprintf(out, out_bytes, "%s%s", value < 0 ? "-" : "", grouped);
}

void bj_cli_rupees(int64_t paise, char *out, size_t out_bytes) {
    char grouped[32]; /* 20 digits and 9 commas */
    uint64_t size = magnitude(paise);
    group(size / 100, grouped, sizeof grouped);
    snprintf(out, out_bytes, "%s%s.%02u", paise < 0 ? "-" : "", grouped, (unsigned)(size % 100));
}

bool bj_cli_paise(const char *text, int64_t *paise) {
    int64_t sum = 0;
    int decimals = -1; /* -1: no point yet */
    for (const char *p = text; *p; p++) {
        if (*p == ',' && decimals < 0 && p > text) continue;
        if (*p == '.' && decimals < 0) {
            decimals = 0;
            continue;
        }
        if (*p < '0' || *p > '9' || decimals == 2 || sum > INT64_MAX / 1000) return false;
        sum = sum * 10 + (*p - '0');
        if (decimals >= 0) decimals++;
    }
    for (int i = decimals < 0 ? 0 : decimals; i < 2; i++) sum *= 10;
    *paise = sum;
    return sum > 0;
}

const char *bj_cli_phase_words(const char *state) {
    static const struct {
        const char *state, *words;
    } phases[] = {
        {"open", "in continuous trading"},
        {"auction", "in call auction"},
        {"auction_limit", "in call auction, limit orders only"},
        {"buffer", "between auction and trading"},
        {"post_close", "after the close, at the closing price"},
    };
    for (size_t i = 0; i < BJ_COUNT(phases); i++) {
        if (strcmp(phases[i].state, state) == 0) return phases[i].words;
    }
    return state;
}

static const char *text_of(json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text && *text ? text : "-";
}

static int64_t int_of(json_t *object, const char *key) {
    return json_integer_value(json_object_get(object, key));
}

/* The formatted value, in one of eight buffers in turn: enough for one printf. */
static char *turn(void) {
    static char buffers[8][40];
    static unsigned next;
    return buffers[next++ % BJ_COUNT(buffers)];
}

static const char *rupees_of(json_t *object, const char *key) {
    char *out = turn();
    bj_cli_rupees(int_of(object, key), out, 40);
    return int_of(object, key) ? out : "-";
}

static const char *number_of(json_t *object, const char *key) {
    char *out = turn();
    bj_cli_number(int_of(object, key), out, 40);
    return out;
}

static void print_figures(FILE *out, json_t *figures) {
    const char *name;
    json_t *value;
    int column = 0;
    json_object_foreach(figures, name, value) {
        char number[40];
        bj_cli_number(json_integer_value(value), number, sizeof number);
        int wide = fprintf(out, "%s%s %s", column ? "   " : "             ", name, number);
        if ((column += wide) > 70) fputc('\n', out), column = 0;
    }
    if (column) fputc('\n', out);
}

static void print_phases(FILE *out, json_t *phases) {
    const char *state, *comma = "";
    json_t *cnt;
    if (!json_object_size(phases)) return;
    fprintf(out, "instruments  ");
    json_object_foreach(phases, state, cnt) {
        fprintf(out, "%s%" JSON_INTEGER_FORMAT " %s", comma, json_integer_value(cnt),
                bj_cli_phase_words(state));
        comma = "; ";
    }
    fputc('\n', out);
}

void bj_cli_print_status(FILE *out, json_t *answer) {
    size_t i;
    json_t *part;
    fprintf(out, "venue        %s\n", text_of(answer, "venue"));
    print_phases(out, json_object_get(answer, "phases"));
    json_array_foreach(json_object_get(answer, "components"), i, part) {
        fprintf(out, "%-12s %-9s %s\n", text_of(part, "name"), text_of(part, "state"),
                text_of(part, "text"));
        print_figures(out, json_object_get(part, "figures"));
    }
    json_array_foreach(json_object_get(answer, "degraded"), i, part) {
        fprintf(out, "! %s\n", json_string_value(part));
    }
}

static json_t *figures_of(json_t *answer, const char *component) {
    size_t i;
    json_t *part;
    json_array_foreach(json_object_get(answer, "components"), i, part) {
        if (strcmp(text_of(part, "name"), component) == 0) return json_object_get(part, "figures");
    }
    return NULL;
}

void bj_cli_print_latency(FILE *out, json_t *answer) {
    static const char *const hops[] = {"parsed", "ring", "engine", "durable", "report", "sent",
                                       "total"};
    static const char *const columns[] = {"cnt", "p50_ns", "p99_ns", "p999_ns", "max_ns"};
    json_t *figures = figures_of(answer, "dataplane");
    fprintf(out, "%-8s %14s %14s %14s %14s %14s\n", "hop", "count", "p50 ns", "p99 ns", "p99.9 ns",
            "max ns");
    for (size_t i = 0; i < BJ_COUNT(hops); i++) {
        fprintf(out, "%-8s", hops[i]);
        for (size_t k = 0; k < BJ_COUNT(columns); k++) {
            char name[40];
            snprintf(name, sizeof name, "hop_%s_%s", hops[i], columns[k]);
            fprintf(out, " %14s", json_object_get(figures, name) ? number_of(figures, name) : "-");
        }
        fputc('\n', out);
    }
}

static void print_change(FILE *out, json_t *quote) {
    int64_t last = int_of(quote, "last_paise"), close = int_of(quote, "prev_close_paise");
    if (!last || close <= 0) return;
    int64_t points = (last - close) * 10000 / close; /* hundredths of a percent */
    fprintf(out, "  %s%" PRIu64 ".%02u %%", points < 0 ? "-" : "+", magnitude(points) / 100,
            (unsigned)(magnitude(points) % 100));
}

void bj_cli_print_quote(FILE *out, json_t *answer) {
    size_t i;
    json_t *quote;
    json_array_foreach(json_object_get(answer, "quotes"), i, quote) {
        fprintf(out, "%s  %s", text_of(quote, "symbol"), rupees_of(quote, "last_paise"));
        print_change(out, quote);
        fprintf(out, "%s\n", json_is_true(json_object_get(quote, "stale")) ? "  STALE" : "");
        fprintf(out, "  bid   %12s x %-12s ask    %12s x %s\n", rupees_of(quote, "bid_paise"),
                number_of(quote, "bid_qty"), rupees_of(quote, "ask_paise"),
                number_of(quote, "ask_qty"));
        fprintf(out, "  open  %12s   high %12s   low %12s\n", rupees_of(quote, "open_paise"),
                rupees_of(quote, "high_paise"), rupees_of(quote, "low_paise"));
        fprintf(out, "  close %12s   volume %s   at %s\n", rupees_of(quote, "prev_close_paise"),
                number_of(quote, "volume_qty"), text_of(quote, "time"));
        fprintf(out, "  now   %s\n", bj_cli_phase_words(text_of(quote, "state")));
    }
}

void bj_cli_print_book(FILE *out, json_t *answer) {
    json_t *bids = json_object_get(answer, "bids"), *asks = json_object_get(answer, "asks");
    size_t bid_cnt = json_array_size(bids), ask_cnt = json_array_size(asks);
    fprintf(out, "%s%s\n", text_of(answer, "symbol"),
            json_is_true(json_object_get(answer, "stale")) ? "  STALE" : "");
    fprintf(out, "%7s %12s %12s | %-12s %-12s %s\n", "orders", "quantity", "bid", "ask", "quantity",
            "orders");
    for (size_t i = 0; i < bid_cnt || i < ask_cnt; i++) {
        json_t *bid = json_array_get(bids, i), *ask = json_array_get(asks, i);
        fprintf(out, "%7s %12s %12s | ", bid ? number_of(bid, "orders") : "",
                bid ? number_of(bid, "qty") : "", bid ? rupees_of(bid, "price_paise") : "");
        fprintf(out, "%-12s %-12s %s\n", ask ? rupees_of(ask, "price_paise") : "",
                ask ? number_of(ask, "qty") : "", ask ? number_of(ask, "orders") : "");
    }
    if (!bid_cnt && !ask_cnt) fprintf(out, "no orders\n");
}

void bj_cli_print_orders(FILE *out, json_t *answer) {
    size_t i;
    json_t *order, *orders = json_object_get(answer, "orders");
    fprintf(out, "%-10s %-8s %-12s %-4s %-6s %12s %12s %10s %10s %-15s %-16s %s\n", "order",
            "account", "symbol", "side", "type", "price", "trigger", "quantity", "filled", "state",
            "app", "why");
    json_array_foreach(orders, i, order) {
        json_t *app = json_object_get(order, "app");
        fprintf(out, "%-10s %-8s %-12s %-4s %-6s %12s %12s %10s %10s %-15s %-16s %s\n",
                text_of(order, "order_id"), text_of(order, "account_id"), text_of(order, "symbol"),
                text_of(order, "side"), text_of(order, "type"), rupees_of(order, "price_paise"),
                rupees_of(order, "trigger_price_paise"), number_of(order, "qty"),
                number_of(order, "filled_qty"), text_of(order, "state"),
                text_of(app, "api_key"), text_of(order, "reason_text"));
    }
    if (!json_array_size(orders)) fprintf(out, "no orders\n");
}

void bj_cli_print_state(FILE *out, json_t *answer) {
    const char *symbol = text_of(answer, "symbol");
    bool all = strcmp(symbol, "ALL") == 0;
    fprintf(out, "%s %s %s\n", all ? "all instruments" : symbol, all ? "are" : "is",
            bj_cli_phase_words(text_of(answer, "state")));
}

void bj_cli_print_uncross(FILE *out, json_t *answer) {
    if (int_of(answer, "price_paise")) {
        fprintf(out, "%s matched at %s\n", number_of(answer, "qty"),
                rupees_of(answer, "price_paise"));
    } else if (json_object_get(answer, "price_paise")) {
        fprintf(out, "no price: nothing matched\n");
    }
    bj_cli_print_state(out, answer);
}

void bj_cli_print_band(FILE *out, json_t *answer) {
    fprintf(out, "%s trades from %s to %s\n", text_of(answer, "symbol"),
            rupees_of(answer, "lo_paise"), rupees_of(answer, "hi_paise"));
}

void bj_cli_print_window(FILE *out, json_t *answer) {
    const char *symbol = text_of(answer, "symbol");
    bool all = strcmp(symbol, "ALL") == 0;
    fprintf(out, "the average price of %s counts from here\n", all ? "all instruments" : symbol);
}

void bj_cli_print_asked(FILE *out, json_t *answer) {
    fprintf(out,
            "asked; order %s ends if trades of it are missing and it is open at the exchange no "
            "more: see `bijlictl orders` and the dataplane's log\n",
            json_string_value(json_object_get(answer, "asked")));
}

void bj_cli_print_ended(FILE *out, json_t *answer) {
    fprintf(out, "%s %s ended\n", number_of(answer, "ended"),
            int_of(answer, "ended") == 1 ? "order" : "orders");
}

void bj_cli_print_limit(FILE *out, json_t *answer) {
    bool none = int_of(answer, "value") < 0;
    fprintf(out, "%s of the %s: %s\n", text_of(answer, "limit"), text_of(answer, "level"),
            none ? "no limit" : number_of(answer, "value"));
}

void bj_cli_print_breaker(FILE *out, json_t *answer) {
    size_t i;
    json_t *step;
    bj_cli_print_state(out, answer);
    fprintf(out, "%s %% at %s: ", number_of(answer, "level_pct"), text_of(answer, "at"));
    if (json_is_true(json_object_get(answer, "rest_of_day"))) {
        fprintf(out, "halted for the rest of the day; nothing may open trading again today\n");
    } else {
        fprintf(out, "halt of %s min, then call auction of %s min\n",
                number_of(answer, "halt_min"), number_of(answer, "auction_min"));
    }
    json_array_foreach(json_object_get(answer, "later"), i, step) {
        if (i == 0) fprintf(out, "to be sent by you, India's time:\n");
        fprintf(out, "  %s  %s\n", text_of(step, "at"), text_of(step, "command"));
    }
}
