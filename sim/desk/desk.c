/* bijli-desk - a colocated desk: the demo's market maker, single orders by hand, a stream of orders
 * for the crash test, round-trip times. */
#include "sim/desk/desk.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_log.h"

static const struct {
    const char *name;
    int (*run)(const desk_t *desk, int argc, char **argv);
    const char *help;
} commands[] = {
    {"maker", desk_maker, "                                quotes around the feed's prices"},
    {"send", desk_send, "SYMBOL buy|sell QTY PAISE|market [OPTIONS]  one order, its reports"},
    {"cancel", desk_cancel, "ORDER_ID                        one cancel, its report"},
    {"listen", desk_listen, "[--from REPORT]                 prints reports until stopped"},
    {"stream", desk_stream,
     "--rate R --count N --log FILE [--seed S]  orders; what was acknowledged"},
    {"rtt", desk_rtt,
     "--count N [--echo-port P] [--pause-us U]  order round trips; bare ones between"},
    {"echo-rtt", desk_echo_rtt, "--host IP --port P --count N    the same over a bare TCP echo"},
    {"echo-serve", desk_echo_serve, "--host IP --port P              that echo"},
};

volatile int desk_stop;

static void on_signal(int number) {
    (void)number;
    desk_stop = 1;
}

const bj_universe_row_t *desk_find(const desk_t *desk, const char *symbol) {
    for (size_t i = 0; i < desk->universe_cnt; i++) {
        if (strcmp(desk->universe[i].symbol, symbol) == 0) return &desk->universe[i];
    }
    return NULL;
}

int64_t desk_number(const char *text, const char *what, int64_t min, int64_t max) {
    char *end = NULL;
    errno = 0;
    int64_t value = text ? strtoll(text, &end, 10) : 0;
    if (!text || !*text || *end || errno || value < min || value > max) {
        fprintf(stderr, "bijli-desk: %s must be a whole number in [%" PRId64 ", %" PRId64 "]\n",
                what, min, max);
        exit(2);
    }
    return value;
}

const char *desk_option(int argc, char **argv, const char *name) {
    for (int i = 0; i + 1 < argc; i++) {
        if (strcmp(argv[i], name) == 0) return argv[i + 1];
    }
    return NULL;
}

static int usage(void) {
    fprintf(stderr, "usage: bijli-desk --config FILE [--session NAME] COMMAND\n");
    for (size_t i = 0; i < BJ_COUNT(commands); i++) {
        fprintf(stderr, "  %-10s %s\n", commands[i].name, commands[i].help);
    }
    return 2;
}

static void universe_load(desk_t *desk) {
    static bj_universe_row_t rows[DESK_UNIVERSE_MAX];
    char error[1024];
    const char *file = bj_config_str(desk->config, "universe_csv");
    if (bj_universe_load(file, rows, DESK_UNIVERSE_MAX, &desk->universe_cnt, error, sizeof error)) {
        fprintf(stderr, "bijli-desk: %s\n", error);
        exit(2);
    }
    desk->universe = rows;
}

static int run(const char *config_file, const char *session, int argc, char **argv) {
    for (size_t i = 0; i < BJ_COUNT(commands); i++) {
        if (strcmp(commands[i].name, argv[0]) != 0) continue;
        bj_log_init("desk", BJ_LOG_INFO);
        bj_config_t *config = bj_config_load(config_file);
        desk_t desk = {.config = config, .session = session};
        universe_load(&desk);
        int code = commands[i].run(&desk, argc - 1, argv + 1);
        bj_config_free(config);
        return code;
    }
    return usage();
}

int main(int argc, char **argv) {
    const char *config_file = NULL, *session = "desk";
    int at = 1;
    for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
        if (strcmp(argv[at], "--config") == 0) config_file = argv[at + 1];
        else if (strcmp(argv[at], "--session") == 0) session = argv[at + 1];
        else return usage();
    }
    if (!config_file || at >= argc) return usage();
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    return run(config_file, session, argc - at, argv + at);
}
