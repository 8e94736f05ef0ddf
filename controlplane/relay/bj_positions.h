#ifndef BJ_POSITIONS_H
#define BJ_POSITIONS_H

/* bj_positions - a batch's trades into the positions they change: read, bj_position_trade, written
 * back, inside the caller's transaction (its temporary table in_positions is there). */
#include "controlplane/relay/bj_fold.h"
#include "controlplane/store/bj_db.h"

BJ_MUST_USE bj_status_t bj_positions_put(bj_db_t *db, const bj_fold_t *fold);

#endif /* BJ_POSITIONS_H */
