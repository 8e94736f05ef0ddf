#ifndef BJ_RELAY_REPO_H
#define BJ_RELAY_REPO_H

/* bj_relay_repo - what the relay writes into PostgreSQL (sql/0002_trading.sql,
 * sql/0004_stops.sql).
 *
 * Once       Rows and the offset they bring it to are one transaction, and the offset's row is
 *            locked first: a batch lands once, whoever is killed, and also if two relays run.
 *            The commit does not wait for the disk: what a crash of the database takes back, it
 *            takes back with the offset, and the event log has it still.
 * Errors     those of bj_db, and as said below; on any error nothing was written, unless it is
 *            BJ_ERR_UNAVAILABLE or BJ_ERR_TIMEOUT, where only bj_relay_repo_offset can tell. */
#include "controlplane/relay/bj_candles.h"
#include "controlplane/relay/bj_fold.h"
#include "controlplane/store/bj_db.h"
#include "dataplane/base/bj_universe.h"

/* Where the tables are.  If they come from another journal, they are emptied first, and *event_seq
 * is 0. */
BJ_MUST_USE bj_status_t bj_relay_repo_offset(bj_db_pool_t *pool, uint64_t journal_id,
                                             uint64_t *event_seq);

/* Applies a folded batch, events first_seq to last_seq.  BJ_ERR_SEQUENCE: the tables are not at
 * first_seq - 1 of this journal. */
BJ_MUST_USE bj_status_t bj_relay_repo_apply(bj_db_pool_t *pool, uint64_t journal_id,
                                            const bj_fold_t *fold, uint64_t first_seq,
                                            uint64_t last_seq);

/* The instruments' fixed part; their state and their band of now are left to events. */
BJ_MUST_USE bj_status_t bj_relay_repo_universe(bj_db_pool_t *pool, const bj_universe_row_t *rows,
                                               size_t row_cnt);

/* Up to where the candles have been stored. */
BJ_MUST_USE bj_status_t bj_relay_repo_candles_place(bj_db_pool_t *pool, bj_candles_place_t *place);

/* Merges the bars into what is stored, unless their place says that they are there already: an
 * answer that was lost may be asked for again. */
BJ_MUST_USE bj_status_t bj_relay_repo_candles(bj_db_pool_t *pool, const bj_candles_t *candles);

#endif /* BJ_RELAY_REPO_H */
