#ifndef BJ_TOPO_H
#define BJ_TOPO_H

/* bj_topo - the whole process on one page: which tiles exist, on which loop, on which core, joined
 * by which rings.  Data, not code: start-up, the tests and the docs read these tables. */
#include "dataplane/base/bj_base.h"

typedef enum bj_tile_id {
    BJ_TILE_FEED,
    BJ_TILE_GATEWAY,
    BJ_TILE_ENGINE,
    BJ_TILE_JOURNAL,
    BJ_TILE_CNT
} bj_tile_id_t;

typedef struct bj_topo_tile {
    const char *name;
    uint32_t    loop_idx;
    bool        eager; /* bj_tile.h */
} bj_topo_tile_t;

typedef struct bj_topo {
    bj_topo_tile_t tiles[BJ_TILE_CNT];
    uint32_t loop_cnt;
    int      cores[BJ_TILE_CNT]; /* of each loop; -1: floats */
} bj_topo_t;

typedef struct bj_topo_link {
    const char  *name;
    bj_tile_id_t from, to;
    uint64_t     depth, slot_bytes;
} bj_topo_link_t;

typedef enum bj_link_id { BJ_LINK_CMDS, BJ_LINK_RECORDS, BJ_LINK_EVENTS, BJ_LINK_CNT } bj_link_id_t;

extern const bj_topo_t bj_topo_shared; /* few cores: two loops that float */
extern const bj_topo_t bj_topo_spread; /* a loop for each tile; cores to be filled in */
extern const bj_topo_link_t bj_topo_links[BJ_LINK_CNT];

/* From configuration: "" is shared; "2,3" shared on these two cores; "2,3,4,5" spread, in the
 * order of bj_tile_id.  Returns NULL, or why it cannot be (a sentence that lives forever). */
const char *bj_topo_make(const char *cores, bj_topo_t *topo);
/* NULL if it can run, else the first reason it cannot. */
const char *bj_topo_check(const bj_topo_t *topo, const bj_topo_link_t *links, size_t link_cnt);

#endif /* BJ_TOPO_H */
