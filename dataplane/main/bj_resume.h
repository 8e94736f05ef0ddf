#ifndef BJ_RESUME_H
#define BJ_RESUME_H

/* bj_resume - the tiles go on where bj_restore ended.
 *
 * Use        bj_resume_events while bj_restore runs, from its callback; bj_resume_tiles once after
 *            it; then every session goes on with the number the engine saw last of it, and is told
 *            to have lost its connection: what goes when a connection ends, goes.
 * Ownership  all of it is the caller's.
 * Threads    before there are any. */
#include "dataplane/gateway/bj_gateway.h"
#include "dataplane/main/bj_restore.h"
#include "dataplane/tile/bj_engine_tile.h"
#include "dataplane/tile/bj_journal_tile.h"

typedef struct bj_resume {
    bj_gateway_t     *gateway;
    const bj_gateway_session_config_t *sessions;
    uint32_t          session_cnt;
    bj_engine_tile_t  *engine_tile;
    bj_journal_tile_t *journal_tile;
    bj_pipe_t        *pipe;
} bj_resume_t;

void bj_resume_events(bj_gateway_t *gateway, const bj_event_t *events, size_t event_cnt);
void bj_resume_tiles(const bj_resume_t *resume, const bj_restore_t *restore);

#endif /* BJ_RESUME_H */
