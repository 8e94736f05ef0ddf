#ifndef BJ_BAND_WATCH_H
#define BJ_BAND_WATCH_H

/* bj_band_watch - moves the sliding bands: reads what was traded, says when a band is to move.
 *
 * Purpose    bj_band knows the rule for one instrument; this feeds it the durable trades and gives
 *            what falls due to the engine as BJ_CMD_BAND, journaled like any command.
 * Shape      the instruments that bands.sliding of the configuration names: symbols with commas
 *            between, or * for all; empty: off.  The rule is the calendar's, of the day.
 * State      comes from the event log alone, and changes by events only: a band has moved when the
 *            log says so.  Whoever reads the log from its beginning has the same state, so nothing
 *            is lost by a restart: a flex that came due while we were down is asked for at once,
 *            one that was asked for and not yet journaled is asked for again.
 * Keys       client: the account.  Member: the session, a desk being the member here.
 * Day        begins with an instrument's definition, or with the day's end: the band is then the
 *            rule's first around the previous close, whatever the definition said.
 * Order      what is in the command ring before we ask may change what we should ask for: after a
 *            start, and when the session clock has put something there, nothing is asked for until
 *            the log has told of all of it (bj_band_watch_hold).
 * By hand    a BAND that is not the one we wait for is an operator's: the band stands there, and
 *            counting starts anew.
 * Ownership  the ring is the caller's, and so is the thread: the ring's producer.
 * Errors     open: a sentence in the log.  A log that cannot be read any more: one sentence, and no
 *            band moves from then on.
 * Cost       off: one compare a step.  Else a copy of each event and a search of the instrument; a
 *            look at each instrument when one has changed, or every 10 ms. */
#include "dataplane/base/bj_config.h"
#include "dataplane/base/bj_ring.h"
#include "dataplane/calendar/bj_calendar.h"
#include "dataplane/market/bj_evlog.h"
#include "dataplane/wire/bj_wire_cmd.h"

typedef struct bj_band_watched {
    uint32_t token;
    int32_t  tick_paise;
    bj_band_t band;
    bool     begun;               /* the band is of a day that we know the previous close of */
    bool     asked;               /* a command is on its way */
    int32_t  lo_paise, hi_paise;  /* in force, by the log; 0: not known */
    int32_t  close_paise;         /* today's, once there is one; 0: none */
} bj_band_watched_t;

typedef struct bj_band_watch {
    bj_calendar_t *calendar; /* NULL: off */
    bj_evlog_reader_t *reader;
    bj_ring_t *cmds;
    uint64_t base_seq;         /* of the command before the ring's first */
    bj_band_watched_t *watched; /* tokens ascending */
    uint32_t   watched_cnt;
    uint64_t   next_seq;
    uint64_t   cmd_seq, hold_seq; /* the log has told of; must have told of before we ask */
    bool       changed;           /* something may be wanted now that was not before */
    int64_t    looked_ns; /* last look at what is due */
    bj_event_t maker; /* the first half of a fill; match_id 0: none */
    uint64_t   asked_cnt, refused_cnt;
} bj_band_watch_t;

/* From bands.sliding, calendar_json and universe_csv.  base_seq: the engine's last command before
 * the ring's first; the ring's commands are the next, one after another.  False: the configuration
 * is wrong, or there is no event log in evlog_dir. */
bool bj_band_watch_open(bj_band_watch_t *watch, const bj_config_t *config, const char *evlog_dir,
                        bj_ring_t *cmds, uint64_t base_seq);
/* Asks for nothing before the log has told of all that is in the ring now; so it begins. */
void bj_band_watch_hold(bj_band_watch_t *watch);
/* Reads what is new in the log; at its end, asks for what is due.  Returns how many commands went
 * into the ring. */
uint32_t bj_band_watch_step(bj_band_watch_t *watch, int64_t now_ns);
void bj_band_watch_close(bj_band_watch_t *watch);

#endif /* BJ_BAND_WATCH_H */
