#include "controlplane/cli/bj_cli_args.h"

#include <ctype.h>
#include <stdlib.h>
#include "controlplane/cli/bj_cli_print.h"
#include "controlplane/text/bj_text.h"
#include "dataplane/wire/bj_wire_limit.h"

enum { PERCENT_MAX = 99 };

/* --- words into values: each returns what is wrong, or NULL */

static const char *put_number(json_t *body, const char *key, const char *text, const char *wrong) {
    uint64_t value;
    if (!bj_parse_u64(text, &value) || value == 0 || value > INT32_MAX) return wrong;
    json_object_set_new(body, key, json_integer((json_int_t)value));
    return NULL;
}

static const char *put_rupees(json_t *body, const char *key, const char *text, const char *wrong) {
    int64_t paise;
    if (!bj_cli_paise(text, &paise) || paise > INT32_MAX) return wrong;
    json_object_set_new(body, key, json_integer(paise));
    return NULL;
}

/* The exchange says continuous where the API says open; both are understood. */
static void put_phase(json_t *body, const char *key, const char *text) {
    bool is_open = strcmp(text, "continuous") == 0;
    json_object_set_new(body, key, json_string(is_open ? "open" : text));
}

static const char *fill_reason(const bj_cli_args_t *args, const bj_config_t *config,
                               json_t *body) {
    (void)args, (void)config, (void)body; /* the reason itself is put in for every command */
    return NULL;
}

static const char *fill_phase(const bj_cli_args_t *args, const bj_config_t *config, json_t *body) {
    (void)config;
    const char *wrong = NULL, *const *option = args->option;
    put_phase(body, "phase", args->word[1]);
    if (option[BJ_CLI_auction]) {
        json_object_set_new(body, "auction", json_string(option[BJ_CLI_auction]));
    }
    if (option[BJ_CLI_reference]) {
        wrong = put_rupees(body, "reference_paise", option[BJ_CLI_reference],
                           "--reference is a price in rupees");
    }
    if (!wrong && option[BJ_CLI_band_bp]) {
        wrong = put_number(body, "band_bp", option[BJ_CLI_band_bp],
                           "--band-bp is hundredths of a percent, above 0");
    }
    return wrong;
}

static const char *fill_uncross(const bj_cli_args_t *args, const bj_config_t *config,
                                json_t *body) {
    (void)config;
    put_phase(body, "then", args->option[BJ_CLI_then]);
    if (args->option[BJ_CLI_market_first]) {
        json_object_set_new(body, "market_first", json_true());
    }
    return NULL;
}

static const char *fill_band(const bj_cli_args_t *args, const bj_config_t *config, json_t *body) {
    (void)config;
    const char *wrong = put_rupees(body, "lo_paise", args->word[1], "LO is a price in rupees");
    return wrong ? wrong : put_rupees(body, "hi_paise", args->word[2], "HI is a price in rupees");
}

/* Halts everything; what comes later is printed, not sent (bijlictl.c). */
static const char *fill_breaker(const bj_cli_args_t *args, const bj_config_t *config,
                                json_t *body) {
    (void)config;
    uint64_t percent;
    if (!bj_parse_u64(args->word[0], &percent) || percent == 0 || percent > PERCENT_MAX) {
        return "LEVEL is whole percent: 10, 15 or 20";
    }
    put_phase(body, "phase", "halted");
    return NULL;
}

static const char *fill_day_end(const bj_cli_args_t *args, const bj_config_t *config,
                                json_t *body) {
    (void)config;
    uint32_t day;
    if (!bj_parse_day(args->word[0], &day)) return "DATE is the day that ends, as 2026-08-03";
    json_object_set_new(body, "date", json_string(args->word[0]));
    return NULL;
}

static const char *put_session(const bj_config_t *config, const char *name, json_t *body) {
    uint64_t id;
    if (bj_parse_u64(name, &id)) {
        return put_number(body, "session_id", name, "--session is a name or a number above 0");
    }
    for (size_t i = 0; config && i < bj_config_cnt(config, "gateway.sessions"); i++) {
        const bj_config_t *session = bj_config_item(config, "gateway.sessions", i);
        if (strcmp(bj_config_str(session, "name"), name) != 0) continue;
        json_object_set_new(body, "session_id",
                            json_integer(bj_config_int(session, "id", 1, UINT16_MAX)));
        return NULL;
    }
    return "--session: the configuration's gateway.sessions has none of that name";
}

/* --account, --symbol and --session, as far as they are there. */
static const char *put_scope(const bj_cli_args_t *args, const bj_config_t *config, json_t *body) {
    const char *const *option = args->option;
    if (option[BJ_CLI_account]) {
        uint64_t id;
        if (!bj_parse_u64(option[BJ_CLI_account], &id) || !id) return "--account is a number";
        json_object_set_new(body, "account_id", json_string(option[BJ_CLI_account]));
    }
    if (option[BJ_CLI_symbol]) {
        char symbol[16] = "";
        for (size_t i = 0; i + 1 < sizeof symbol && option[BJ_CLI_symbol][i]; i++) {
            symbol[i] = (char)toupper((unsigned char)option[BJ_CLI_symbol][i]);
        }
        json_object_set_new(body, "symbol", json_string(symbol));
    }
    return option[BJ_CLI_session] ? put_session(config, option[BJ_CLI_session], body) : NULL;
}

static const char *fill_kill(const bj_cli_args_t *args, const bj_config_t *config, json_t *body) {
    const char *const *option = args->option;
    if (option[BJ_CLI_block]) json_object_set_new(body, "block", json_true());
    if (option[BJ_CLI_side]) {
        bool buy = strcmp(option[BJ_CLI_side], "buy") == 0;
        if (!buy && strcmp(option[BJ_CLI_side], "sell") != 0) return "--side is buy or sell";
        json_object_set_new(body, "side", json_string(buy ? "BUY" : "SELL"));
    }
    return put_scope(args, config, body);
}

static const char *fill_release(const bj_cli_args_t *args, const bj_config_t *config,
                                json_t *body) {
    uint64_t id;
    (void)config;
    if (strcmp(args->word[0], "release") != 0) return "order release?";
    if (!bj_parse_u64(args->word[1], &id) || !id) return "ORDER is a number";
    json_object_set_new(body, "order_id", json_string(args->word[1]));
    return NULL;
}

static const char *fill_limit(const bj_cli_args_t *args, const bj_config_t *config,
                              json_t *body) {
    static const char *const levels[] = {BJ_LEVEL_WORDS};
    const char *level = NULL, *value = args->word[2];
    uint64_t number;
    for (size_t i = 0; i < BJ_COUNT(levels); i++) {
        if (strcmp(levels[i], args->word[0]) == 0) level = levels[i];
    }
    if (!level) return "LEVEL is account, desk, member or instrument";
    bool none = strcmp(value, "none") == 0;
    if (!none && (!bj_parse_u64(value, &number) || number > INT64_MAX)) {
        return "VALUE is a whole number (paise, shares) or none";
    }
    json_object_set_new(body, "level", json_string(level));
    json_object_set_new(body, "limit", json_string(args->word[1]));
    json_object_set_new(body, "value",
                        json_integer(none ? BJ_LIMIT_NONE : (json_int_t)number));
    return put_scope(args, config, body);
}

/* --- the commands */

#define BIT(option) (1U << BJ_CLI_##option)

static const char kill_path[] = "/admin/kill";

static const bj_cli_command_t commands[] = {
    {"status", "GET", "/status", 0, 0, 0, 0, NULL, bj_cli_print_status, "",
     "what runs, and how it is"},
    {"latency", "GET", "/status", 0, 0, 0, 0, NULL, bj_cli_print_latency, "",
     "where an order's time goes, hop by hop, in ns since the dataplane started"},
    {"quote", "GET", "/market/quotes?symbols=%s", 1, 1, 0, 0, NULL, bj_cli_print_quote, "SYMBOL",
     "last price, best bid and ask, phase"},
    {"book", "GET", "/market/book/%s?levels=5", 1, 1, 0, 0, NULL, bj_cli_print_book, "SYMBOL",
     "five levels of each side"},
    {"orders", "GET", "/admin/orders?state=open&limit=100%s", 0, 1, 0, 0, NULL,
     bj_cli_print_orders, "[SYMBOL]", "open orders of all accounts, or of one share"},
    {"halt", "POST", "/admin/instruments/%s/halt", 1, 1, BIT(reason), 0, fill_reason,
     bj_cli_print_state, "SYMBOL", "stop trading in it"},
    {"resume", "POST", "/admin/instruments/%s/resume", 1, 1, BIT(reason), 0, fill_reason,
     bj_cli_print_state, "SYMBOL", "let it trade again, once a second person says yes"},
    {"phase", "POST", "/admin/instruments/%s/phase", 2, 2,
     BIT(reason) | BIT(auction) | BIT(reference) | BIT(band_bp), BIT(reason), fill_phase,
     bj_cli_print_state,
     "SYMBOL|ALL PHASE [--auction open|resume|close] [--reference RUPEES] [--band-bp N]",
     "PHASE: closed, open, halted, auction, auction_limit, buffer or post_close"},
    {"uncross", "POST", "/admin/instruments/%s/uncross", 1, 1,
     BIT(reason) | BIT(then) | BIT(market_first), BIT(reason) | BIT(then), fill_uncross,
     bj_cli_print_uncross, "SYMBOL|ALL --then PHASE [--market-first]",
     "match what an auction has collected, then go to PHASE"},
    {"band", "POST", "/admin/instruments/%s/band", 3, 3, BIT(reason), BIT(reason), fill_band,
     bj_cli_print_band, "SYMBOL LO HI", "a new price band in rupees; orders outside it end"},
    {"window", "POST", "/admin/instruments/%s/window", 1, 1, BIT(reason), BIT(reason), fill_reason,
     bj_cli_print_window, "SYMBOL|ALL",
     "the average price, which may become the closing price, counts from here"},
    {"breaker", "POST", "/admin/instruments/ALL/phase", 1, 1, BIT(reason), BIT(reason),
     fill_breaker, bj_cli_print_breaker, "LEVEL",
     "the index moved LEVEL percent: halt all, say what is to follow and when"},
    {"day-end", "POST", "/admin/day-end", 1, 1, BIT(reason), BIT(reason), fill_day_end,
     bj_cli_print_ended, "DATE", "end that day: its orders end, the close becomes the previous"},
    {"kill", "POST", kill_path, 0, 0,
     BIT(reason) | BIT(account) | BIT(session) | BIT(symbol) | BIT(side) | BIT(block), BIT(reason),
     fill_kill, bj_cli_print_ended,
     "[--account N] [--session NAME|ID] [--symbol S] [--side buy|sell] [--block]",
     "cancel all open orders that match; without an option, every one; --block: and take no new"},
    {"order", "POST", "/admin/orders/release", 2, 2, BIT(reason), BIT(reason), fill_release,
     bj_cli_print_asked, "release ORDER",
     "end an order whose trades the exchange does not tell, once they are booked (docs/venue.md);\n"
     "        needs right:limit_lift"},
    {"limit", "POST", "/admin/limit", 3, 3,
     BIT(reason) | BIT(account) | BIT(session) | BIT(symbol), BIT(reason), fill_limit,
     bj_cli_print_limit,
     "LEVEL LIMIT VALUE|none [--account N] [--session NAME|ID] [--symbol S]",
     "LEVEL: account, desk, member or instrument; LIMIT: a word of docs/risk.md, as order_qty;\n"
     "        none takes it away; what loosens waits for a second person"},
};

void bj_cli_usage(FILE *out) {
    fprintf(out, "usage: bijlictl [--config FILE] COMMAND ... [--reason TEXT] [--json]\n");
    for (size_t i = 0; i < BJ_COUNT(commands); i++) {
        fprintf(out, "  %s%s%s%s\n        %s\n", commands[i].name, *commands[i].usage ? " " : "",
                commands[i].usage, commands[i].needs ? " --reason TEXT" : "", commands[i].help);
    }
}

static const bj_cli_command_t *command_of(const char *name) {
    for (size_t i = 0; i < BJ_COUNT(commands); i++) {
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    }
    return NULL;
}

/* --- reading */

static const struct {
    const char *name;
    bool        has_value;
} options[BJ_CLI_OPTION_CNT] = {
#define X(option, value) {#option, value},
    BJ_CLI_OPTION_LIST(X)
#undef X
};

/* "--band-bp" is band_bp.  BJ_CLI_OPTION_CNT: none of ours. */
static size_t option_of(const char *word) {
    size_t i = 0;
    for (; i < BJ_CLI_OPTION_CNT; i++) {
        const char *a = options[i].name, *b = word + 2;
        while (*a && (*a == *b || (*a == '_' && *b == '-'))) a++, b++;
        if (!*a && !*b) break;
    }
    return i;
}

/* *at is moved over what was taken. */
static const char *read_option(int argc, char **argv, int *at, bj_cli_args_t *args) {
    const char *word = argv[*at], *value = *at + 1 < argc ? argv[*at + 1] : NULL;
    if (strcmp(word, "--json") == 0) {
        args->json = true;
        return NULL;
    }
    size_t option = strncmp(word, "--", 2) == 0 ? option_of(word) : BJ_CLI_OPTION_CNT;
    bool is_config = strcmp(word, "--config") == 0;
    if (!is_config && option == BJ_CLI_OPTION_CNT) return "unknown option";
    if (!is_config && !options[option].has_value) {
        args->option[option] = "";
        return NULL;
    }
    if (!value) return "an option lacks its value";
    ++*at;
    if (is_config) args->config_file = value;
    else args->option[option] = value;
    return NULL;
}

static const char *read_word(const char *word, bj_cli_args_t *args) {
    if (!args->command) {
        args->command = command_of(word);
        return args->command ? NULL : "unknown command";
    }
    if (args->word_cnt == BJ_CLI_WORDS_MAX) return "a word too many";
    args->word[args->word_cnt++] = word;
    return NULL;
}

static const char *check(const bj_cli_args_t *args) {
    const bj_cli_command_t *command = args->command;
    if (!command) return "which command?";
    if (args->word_cnt < command->words_min) {
        return command->words_min == 1 && strstr(command->path, "%s") ? "which symbol?"
                                                                      : "a word is missing";
    }
    if (args->word_cnt > command->words_max) return "a word too many";
    for (size_t i = 0; i < BJ_CLI_OPTION_CNT; i++) {
        if (args->option[i] && !(command->options & 1U << i)) return "no option of this command";
    }
    if (command->needs & BIT(reason) && !args->option[BJ_CLI_reason]) return "--reason is missing";
    if (command->needs & BIT(then) && !args->option[BJ_CLI_then]) return "--then is missing";
    if (!strstr(command->path, "%s") || !args->word_cnt) return NULL;
    for (const char *p = args->word[0]; *p; p++) {
        if (!isalnum((unsigned char)*p) && *p != '-' && *p != '&')
            return "SYMBOL is letters, digits, - and &";
    }
    return NULL;
}

const char *bj_cli_read(int argc, char **argv, bj_cli_args_t *args) {
    const char *from_env = getenv("BIJLI_CONFIG"), *wrong = NULL;
    *args = (bj_cli_args_t){.config_file = from_env ? from_env : "var/etc/bijli.json"};
    for (int i = 1; i < argc && !wrong; i++) {
        if (argv[i][0] == '-') wrong = read_option(argc, argv, &i, args);
        else wrong = read_word(argv[i], args);
    }
    return wrong ? wrong : check(args);
}

/* The symbol in upper case, & escaped, as the path or the query wants it. */
static void path_of(const bj_cli_args_t *args, char *out, size_t out_bytes) {
    char symbol[96] = "";
    size_t n = 0;
    const char *word = args->word_cnt ? args->word[0] : NULL;
    if (args->command->words_min == 0 && word) {
        n = (size_t)snprintf(symbol, sizeof symbol, "&symbol=");
    }
    for (const char *p = word; p && *p && n + 4 < sizeof symbol; p++) {
        if (*p == '&') n += (size_t)snprintf(symbol + n, sizeof symbol - n, "%%26");
        else symbol[n++] = (char)toupper((unsigned char)*p);
    }
    symbol[n] = '\0';
    const char *slot = strstr(args->command->path, "%s");
    int before = slot ? (int)(slot - args->command->path) : (int)strlen(args->command->path);
    snprintf(out, out_bytes, "%.*s%s%s", before, args->command->path, slot ? symbol : "",
             slot ? slot + 2 : "");
}

const char *bj_cli_request_of(const bj_cli_args_t *args, const bj_config_t *config, char *path,
                              size_t path_bytes, json_t **body) {
    *body = NULL;
    path_of(args, path, path_bytes);
    const char *const *option = args->option;
    bool narrow = option[BJ_CLI_account] || option[BJ_CLI_session] || option[BJ_CLI_symbol];
    if (args->command->path == kill_path && !narrow) {
        snprintf(path, path_bytes, "%s/member", kill_path);
    }
    if (!args->command->fill) return NULL;
    const char *reason = args->option[BJ_CLI_reason];
    *body = json_pack("{s:s}", "reason", reason ? reason : "operator");
    const char *wrong = *body ? args->command->fill(args, config, *body) : "reason is not UTF-8";
    if (wrong) json_decref(*body), *body = NULL;
    return wrong;
}
