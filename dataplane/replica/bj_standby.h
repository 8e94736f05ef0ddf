#ifndef BJ_STANDBY_H
#define BJ_STANDBY_H

/* bj_standby - what a standby has: a journal of its own, an engine and an event log, as
 * bijli-dataplane makes them, and bj_follow on top.
 *
 * Shape      data_dir/journal, data_dir/events, data_dir/replica.json: a dataplane starts from it
 *            once it has taken over.
 * Readers    of its event log see what the primary's clients were told, and never what a primary
 *            that goes on without it may yet lose; the rest when a dataplane opens.
 * Use        bj_standby_open, then bj_follow's functions on .follow over a connection;
 *            bj_standby_take_over when it is told to.
 * Threads    one.
 * Errors     a sentence in the log each. */
#include "dataplane/base/bj_config.h"
#include "dataplane/journal/bj_journal.h"
#include "dataplane/journal/bj_waiting.h"
#include "dataplane/market/bj_evlog.h"
#include "dataplane/replica/bj_epoch.h"
#include "dataplane/replica/bj_follow.h"

enum { BJ_STANDBY_PATH_BYTES = 512 };

typedef struct bj_standby {
    const char  *data_dir;
    bool         durable;
    char         journal_dir[BJ_STANDBY_PATH_BYTES], evlog_dir[BJ_STANDBY_PATH_BYTES];
    bj_engine_config_t shape;
    void        *engine_mem;
    bj_engine_t *engine;
    bj_journal_t *journal; /* NULL: none yet, the primary's id is not known */
    bj_evlog_t   *evlog;
    bj_epoch_t    epoch;
    uint32_t      last_check; /* bj_replica_cmd_check of the last command read at start */
    bool          apply_failed;
    bj_follow_t  *follow;
    bj_waiting_t  waiting; /* readers, for the primary's word */
} bj_standby_t;

/* From data_dir, dataplane.instrument_max, account_max, order_max, and standby.*: key_file,
 * durability (disk or memory), silent_ms.  False: the data is a primary's, another process has it,
 * or it is broken. */
BJ_MUST_USE bool bj_standby_open(bj_standby_t *standby, const bj_config_t *config);
/* For one that has taken over: a .follow that only tells a primary that comes back of our epoch.
 * It did once its state is FOLLOWING; the connection is then to be closed, and not to be read from
 * in pieces of more than BJ_STANDBY_FENCE_READ_BYTES before.  False: this data is no primary's. */
enum { BJ_STANDBY_FENCE_READ_BYTES = sizeof(bj_replica_challenge_t) };
static_assert(sizeof(bj_replica_welcome_t) % sizeof(bj_replica_challenge_t) == 0,
              "a read that ends the welcome has nothing behind it");
BJ_MUST_USE bool bj_standby_open_fence(bj_standby_t *standby, const bj_config_t *config);
void bj_standby_close(bj_standby_t *standby);

/* May it take over with what it has?  NULL: yes; else why not.  What the primary acknowledged and
 * this standby does not have would be lost. */
const char *bj_standby_lacks(const bj_standby_t *standby);
/* Commits, and writes down that this data is the primary's now, with this epoch.  After an error it
 * is a standby's as before; BJ_ERR_CORRUPT: the disk refused that as well (replica.json may say
 * either), or the journal: it must end. */
BJ_MUST_USE bj_status_t bj_standby_take_over(bj_standby_t *standby, uint64_t epoch);

#endif /* BJ_STANDBY_H */
