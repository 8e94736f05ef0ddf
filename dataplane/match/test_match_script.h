#ifndef TEST_MATCH_SCRIPT_H
#define TEST_MATCH_SCRIPT_H

/* The language of the golden files, for tests only: read into commands; events and books printed.
 *
 * One scenario a file.  A statement starts at the margin; the lines indented below it are what it
 * must give, one event a line.  `#` begins a comment; the number of blanks between words does not
 * matter.  A statement is a word, its numbers in order, and any of its options in any order:
 *
 *   orders N                     the engine has room for N orders; before all others
 *   instrument I                 tick P  band LO HI  close P  protection BP  protection-min P
 *                                disclosed-min PCT  stop-gap P  trade-to-trade  no-stop-market
 *                                needs-last  account-may-change  long-orders
 *   new ID QTY                   buy sell  at P | market  trigger P  shown Q  day ioc gtc | gtd DAY
 *                                owner N  account N  desk N  stp-active  intraday  on I
 *   modify ID QTY                the same, and: limit; what is not said is sent as 0 (as before)
 *   cancel ID                    on I | on all
 *   mass-cancel                  buy sell  account N  desk N  on I  reason WORD
 *   phase PHASE                  open resume close  reference P | closing P  band-bp BP  on I | all
 *   uncross PHASE                market-first  on I
 *   band LO HI, window           on I
 *   day-end DAY
 *   book I, top I, equilibrium I, view I      no command: how it looks now
 *
 * PHASE is closed, continuous, halted, auction, auction-limit, buffer, post-close. Where no
 * instrument is said it is 0, for mass-cancel and day-end all. raw-type N, raw-tif N, raw-flags N,
 * raw-phase N, raw-auction N put a number into that field which no word has. */
#include "dataplane/match/bj_match.h"

enum { SCRIPT_STEP_MAX = 128, SCRIPT_LINE_MAX = 512, SCRIPT_LINE_BYTES = 128 };

typedef enum step_kind {
    STEP_DEFINE,
    STEP_APPLY,
    STEP_BOOK,
    STEP_TOP,
    STEP_EQUILIBRIUM,
    STEP_VIEW,
    STEP_ORDERS
} step_kind_t;

typedef struct step {
    step_kind_t kind;
    unsigned line_no;
    uint32_t instrument_idx; /* DEFINE and the looks */
    uint32_t order_max;      /* ORDERS */
    bj_match_instrument_t definition;
    bj_match_cmd_t cmd;
    size_t want_first, want_cnt; /* its lines in want[] */
} step_t;

typedef struct script_line {
    unsigned line_no;
    char text[SCRIPT_LINE_BYTES];
} script_line_t;

typedef struct script {
    const char *path;
    uint32_t order_max;
    size_t step_cnt, want_cnt;
    step_t step[SCRIPT_STEP_MAX];
    script_line_t want[SCRIPT_LINE_MAX];
} script_t;

/* False: the file cannot be read or a line is malformed; stderr says which, and what is wrong. */
bool script_read(script_t *script, const char *path);

typedef struct text { /* one line being written; what does not fit is cut off */
    char buf[SCRIPT_LINE_BYTES];
    size_t at;
} text_t;

void text_add(text_t *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

void print_event(text_t *text, const bj_match_event_t *event);
void print_not_defined(text_t *text, bj_status_t status);
void print_top(text_t *text, bj_match_top_t top);
void print_equilibrium(text_t *text, bj_match_equilibrium_t equilibrium);
void print_view(text_t *text, const bj_match_view_t *view);

/* A book's lines, in the order of bj_match_each: levels `buy PRICE: ID:SHOWN+HIDDEN ...`, queues
 * `queue buy: ID:QTY ...`, stops `waiting buy TRIGGER: ID:QTY@LIMIT ...`. */
typedef enum place { PLACE_LEVEL, PLACE_QUEUE, PLACE_WAITING } place_t;
bool same_line(const bj_match_order_t *a, place_t a_place, const bj_match_order_t *b,
               place_t b_place);
void print_book_line(text_t *text, const bj_match_order_t *first, place_t place);
void print_book_order(text_t *text, const bj_match_order_t *order, place_t place);

#endif /* TEST_MATCH_SCRIPT_H */
