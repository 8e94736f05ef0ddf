#ifndef BJ_SESSION_CLOCK_H
#define BJ_SESSION_CLOCK_H

/* bj_session_clock - turns the trading calendar into commands: phases, auctions, price windows, the
 * day's end, each at its moment.
 *
 * Purpose    Nothing in the engine knows the time of day; this does, outside of it, and what it
 *            says is journaled like any command.
 * Shape      one class of instruments for all of them (session.class), and the file's DAY class.
 *            Without session.class it is off, and instruments trade round the clock.
 * Ownership  the ring is the caller's, and so is the thread: the ring's producer.
 * Order      a step that came due while we were down is issued late, in order, once: begin with the
 *            time of the last step that the journal knows.
 * Cost       two comparisons a step of the loop; a look-up in the calendar after each command. */
#include "dataplane/base/bj_config.h"
#include "dataplane/base/bj_ring.h"
#include "dataplane/calendar/bj_calendar.h"
#include "dataplane/wire/bj_wire_cmd.h"

enum { BJ_SESSION_CLASSES = 2 }; /* of the instruments, and DAY */

typedef struct bj_session_clock {
    bj_calendar_t *calendar; /* NULL: off */
    bj_ring_t     *cmds;
    uint32_t class_idx[BJ_SESSION_CLASSES];
    bool     waits[BJ_SESSION_CLASSES]; /* a step is due some time */
    bj_calendar_due_t due[BJ_SESSION_CLASSES];
    uint64_t issued_cnt;
} bj_session_clock_t;

/* Is this a command that only this clock and operators give?  For who looks for the last one. */
bool bj_session_clock_is_step(const bj_cmd_t *cmd);

/* From session.class, session.seed_file and calendar_json.  False: the configuration is wrong, with
 * a sentence in the log. */
bool bj_session_clock_open(bj_session_clock_t *clock, const bj_config_t *config, bj_ring_t *cmds);
/* last_ns: time of the last step done, UTC; 0: none ever: everything of today is done at once, and
 * until the first step nothing is traded. */
void bj_session_clock_begin(bj_session_clock_t *clock, int64_t last_ns, int64_t now_ns);
/* Puts what is due into the ring; returns how many. */
uint32_t bj_session_clock_step(bj_session_clock_t *clock, int64_t now_ns);
void bj_session_clock_close(bj_session_clock_t *clock);

#endif /* BJ_SESSION_CLOCK_H */
