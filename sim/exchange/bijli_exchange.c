/* bijli-exchange - stands in for NSE: publishes its tick-by-tick feed from two sources, and offers
 * the TCP services beside it.
 *
 *   bijli-exchange --config FILE [--pcap A,B] [--seconds S [--fast]]
 *   bijli-exchange --tell RUN_DIR WORDS...
 *
 * A seeded market model makes the messages; source A sends them, source B sends the same bytes
 * exchange.delay_us later.  An idle stream sends a heartbeat each second.  The model steps every
 * 10 ms and the process sleeps in between.
 *
 * Each stream begins again at sequence 1 with every live order as N every exchange.refresh_s
 * seconds (0: never), the streams one after another, and all of them on SIGUSR1 or SIGHUP, or when
 * a memif listener comes: a listener without recovery that started late or lost messages is whole
 * again after it.  SIGTERM and SIGINT end the process.
 *
 * --pcap writes what each source sends to a capture of its own; --seconds ends the run; --fast runs
 * those seconds of market time as fast as they go, into the captures alone.  --tell sends a command
 * to the process of RUN_DIR and prints its answer: docs/protocols/feed-services.md. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_sandbox.h"
#include "dataplane/base/bj_time.h"
#include "sim/exchange/bj_exchange.h"

static volatile sig_atomic_t stop_asked, refresh_asked;
static void on_stop(int signo) { (void)signo, stop_asked = 1; }
static void on_refresh(int signo) { (void)signo, refresh_asked = 1; }

static void catch_signals(void) {
    const struct sigaction stop = {.sa_handler = on_stop}, again = {.sa_handler = on_refresh};
    signal(SIGPIPE, SIG_IGN); /* OpenSSL writes to a member that has gone */
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGUSR1, &again, NULL);
    sigaction(SIGHUP, &again, NULL);
}

__attribute__((noreturn)) static void usage(const char *why) {
    fprintf(stderr, "bijli-exchange: %s\n"
            "usage: bijli-exchange --config FILE [--pcap A,B] [--seconds S [--fast]]\n"
            "       bijli-exchange --tell RUN_DIR WORDS...\n", why);
    exit(2);
}

/* --- the other process */
static int tell(const char *run_dir, char **words, int word_cnt) {
    char file[512], line[BJ_CTL_LINE_BYTES] = "", answer[BJ_CTL_ANSWER_BYTES] = "";
    size_t used = 0;
    for (int i = 0; i < word_cnt; i++) {
        int n = snprintf(line + used, sizeof line - used, "%s%s", i ? " " : "", words[i]);
        if (n < 0 || (size_t)n >= sizeof line - used) usage("the command is too long");
        used += (size_t)n;
    }
    if (strchr(line, '\n')) usage("a command is one line");
    snprintf(file, sizeof file, "%s/exchange.ctl", run_dir);
    if (!bj_ctl_tell(file, line, answer)) {
        fprintf(stderr, "bijli-exchange: %s: %s\n", file, strerror(errno));
        return 1;
    }
    puts(answer);
    return strncmp(answer, "ok", 2) != 0;
}

/* --- the command line */
static void read_captures(char *text, bj_exchange_options_t *options) {
    char *comma = strchr(text, ',');
    if (!comma || comma == text || !comma[1] || strchr(comma + 1, ',')) {
        usage("--pcap needs two files: A,B");
    }
    *comma = '\0';
    options->capture[0] = text;
    options->capture[1] = comma + 1;
}

static int64_t read_seconds(const char *text) {
    size_t n = strlen(text);
    int64_t s = n && n < 7 && !text[strspn(text, "0123456789")] ? strtoll(text, NULL, 10) : 0;
    if (s < 1 || s > 86400) usage("--seconds must be a whole number in [1, 86400]");
    return s * BJ_NS_PER_S;
}

static const char *read_options(int argc, char **argv, bj_exchange_options_t *options) {
    const char *config = NULL;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (!strcmp(argv[i], "--config") && more) config = argv[++i];
        else if (!strcmp(argv[i], "--pcap") && more) read_captures(argv[++i], options);
        else if (!strcmp(argv[i], "--seconds") && more) options->run_ns = read_seconds(argv[++i]);
        else if (!strcmp(argv[i], "--fast")) options->fast = true;
        else usage("an argument is unknown or lacks its value");
    }
    if (!config) usage("--config is missing");
    if (options->fast && (!options->run_ns || !options->capture[0])) {
        usage("--fast needs --pcap and --seconds");
    }
    return config;
}

/* A service's: captures are written for whoever starts it by hand, wherever they like. */
static bool confine(const bj_config_t *config, const bj_exchange_options_t *options) {
    static char files[512] = "/nowhere";
    static const bj_sandbox_rule_t touches[] = {
        {files, BJ_MAY_WRITE}, {"feed.memif_socket", BJ_MAY_WRITE | BJ_MAY_FOLDER},
        {"universe_csv", BJ_MAY_READ}, {"contracts_file", BJ_MAY_READ},
        {"indices_json", BJ_MAY_READ}, {"calendar_json", BJ_MAY_READ}, {"feed", BJ_MAY_READ},
        {"exchange", BJ_MAY_READ}, {"/proc/self", BJ_MAY_READ}, {"/proc/meminfo", BJ_MAY_READ},
        {"/proc/cpuinfo", BJ_MAY_READ}, {"/sys/devices/system", BJ_MAY_READ}};
    if (options->capture[0] || options->fast) return true;
    const char *data_dir = bj_config_str_or(config, "data_dir", "");
    if (data_dir[0] == '/') {
        (void)snprintf(files, sizeof files, "%s/exchange", data_dir);
        (void)mkdir(files, 0750);
    }
    return bj_sandbox_enter(config, "exchange", touches, BJ_COUNT(touches));
}

int main(int argc, char **argv) {
    static bj_exchange_t exchange;
    bj_exchange_options_t options = {0};
    if (argc > 1 && !strcmp(argv[1], "--tell")) {
        if (argc < 4) usage("--tell needs RUN_DIR and a command");
        return tell(argv[2], argv + 3, argc - 3);
    }
    const char *file = read_options(argc, argv, &options);
    bj_log_init("bijli-exchange", BJ_LOG_INFO);
    catch_signals();
    bj_config_t *config = bj_config_load(file);
    if (!confine(config, &options)) return 1;
    bj_exchange_open(&exchange, config, &options);
    BJ_INFO("publishing %u streams, %s", exchange.day.streams.cnt,
            options.fast ? "captures only" : bj_config_str(config, "feed.driver"));
    bj_exchange_run(&exchange, &stop_asked, &refresh_asked);
    bool whole = bj_exchange_close(&exchange);
    bj_config_free(config);
    if (!whole) BJ_ERROR("a capture could not be written to its end");
    BJ_INFO("stopped");
    return !whole;
}
