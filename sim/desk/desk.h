#ifndef DESK_H
#define DESK_H

/* What the commands of bijli-desk share. */
#include "dataplane/base/bj_universe.h"
#include "sim/desk/bj_desk_link.h"

enum { DESK_UNIVERSE_MAX = 4096 };

typedef struct desk {
    const bj_config_t *config;
    const char *session;
    bj_universe_row_t *universe;
    size_t universe_cnt;
} desk_t;

extern volatile int desk_stop; /* SIGTERM, SIGINT */

/* NULL: no such symbol. */
const bj_universe_row_t *desk_find(const desk_t *desk, const char *symbol);
/* Whole number in [min, max]; exits 2 with a sentence naming `what`. */
int64_t desk_number(const char *text, const char *what, int64_t min, int64_t max);
/* argv[i + 1] after option name, or NULL. */
const char *desk_option(int argc, char **argv, const char *name);
/* "name=value ..." on stdout. */
void desk_print_report(const bj_oe_report_t *report);

/* Each returns the exit code: 0 as asked, 1 refused, 2 wrong words, 3 no gateway in time. */
int desk_maker(const desk_t *desk, int argc, char **argv);
int desk_send(const desk_t *desk, int argc, char **argv);
int desk_cancel(const desk_t *desk, int argc, char **argv);
int desk_listen(const desk_t *desk, int argc, char **argv);
int desk_stream(const desk_t *desk, int argc, char **argv);
int desk_rtt(const desk_t *desk, int argc, char **argv);
int desk_echo_rtt(const desk_t *desk, int argc, char **argv);
int desk_echo_serve(const desk_t *desk, int argc, char **argv);

#endif /* DESK_H */
