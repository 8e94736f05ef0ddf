#include "dataplane/tile/bj_topo.h"

#include <errno.h>
#include <stdlib.h>
#include "dataplane/base/bj_ring.h"
#include "dataplane/tile/bj_pipe.h"
#include "dataplane/wire/bj_slot.h"

enum { CORE_MAX = 1023 };

/* The journal waits for the disk, so it never shares a loop. */
const bj_topo_t bj_topo_shared = {
    .tiles = {[BJ_TILE_FEED] = {"feed", 0, false},
              [BJ_TILE_GATEWAY] = {"gateway", 0, true},
              [BJ_TILE_ENGINE] = {"engine", 0, true},
              [BJ_TILE_JOURNAL] = {"journal", 1, true}},
    .loop_cnt = 2,
    .cores = {-1, -1, -1, -1},
};

const bj_topo_t bj_topo_spread = {
    .tiles = {[BJ_TILE_FEED] = {"feed", 0, true},
              [BJ_TILE_GATEWAY] = {"gateway", 1, true},
              [BJ_TILE_ENGINE] = {"engine", 2, true},
              [BJ_TILE_JOURNAL] = {"journal", 3, true}},
    .loop_cnt = 4,
    .cores = {-1, -1, -1, -1},
};

const bj_topo_link_t bj_topo_links[BJ_LINK_CNT] = {
    /* A disk that stalls for a second must not stop matching: 64 K events wait for it. */
    [BJ_LINK_CMDS] = {"cmds", BJ_TILE_GATEWAY, BJ_TILE_ENGINE, 1 << 14, sizeof(bj_cmd_slot_t)},
    [BJ_LINK_RECORDS] = {"records", BJ_TILE_ENGINE, BJ_TILE_JOURNAL, 1 << 16, sizeof(bj_record_t)},
    [BJ_LINK_EVENTS] = {"events", BJ_TILE_ENGINE, BJ_TILE_GATEWAY, 1 << 16,
                        sizeof(bj_event_slot_t)},
};

static bool cores_parse(const char *text, int *cores, uint32_t *core_cnt) {
    *core_cnt = 0;
    while (*text) {
        char *end;
        errno = 0;
        long core = strtol(text, &end, 10);
        if (end == text || errno || core < 0 || core > CORE_MAX || *core_cnt == BJ_TILE_CNT)
            return false;
        cores[(*core_cnt)++] = (int)core;
        if (*end == ',' && end[1])
            end++;
        else if (*end)
            return false;
        text = end;
    }
    return true;
}

const char *bj_topo_make(const char *cores, bj_topo_t *topo) {
    int list[BJ_TILE_CNT];
    uint32_t core_cnt;
    if (!cores_parse(cores, list, &core_cnt)) return "cores is a list of core numbers: 2,3,4,5";
    if (core_cnt == 0 || core_cnt == bj_topo_shared.loop_cnt)
        *topo = bj_topo_shared;
    else if (core_cnt == bj_topo_spread.loop_cnt)
        *topo = bj_topo_spread;
    else
        return "cores is empty, two cores, or four: feed, gateway, engine, journal";
    for (uint32_t i = 0; i < core_cnt; i++)
        topo->cores[i] = list[i];
    return bj_topo_check(topo, bj_topo_links, BJ_LINK_CNT);
}

static const char *loops_check(const bj_topo_t *topo) {
    if (topo->loop_cnt < 1 || topo->loop_cnt > BJ_TILE_CNT)
        return "the number of loops is not possible";
    for (uint32_t i = 0; i < topo->loop_cnt; i++) {
        uint32_t tile_cnt = 0;
        for (int t = 0; t < BJ_TILE_CNT; t++)
            tile_cnt += topo->tiles[t].loop_idx == i;
        if (!tile_cnt) return "a loop has no tile";
        for (uint32_t j = 0; j < i; j++) {
            if (topo->cores[i] >= 0 && topo->cores[i] == topo->cores[j])
                return "two loops on a core";
        }
    }
    return NULL;
}

const char *bj_topo_check(const bj_topo_t *topo, const bj_topo_link_t *links, size_t link_cnt) {
    for (int i = 0; i < BJ_TILE_CNT; i++) {
        if (!topo->tiles[i].name) return "a tile has no name";
        if (topo->tiles[i].loop_idx >= topo->loop_cnt) return "a tile has no loop";
        if (i != BJ_TILE_JOURNAL &&
            topo->tiles[i].loop_idx == topo->tiles[BJ_TILE_JOURNAL].loop_idx) {
            return "the journal waits for the disk: it needs a loop of its own";
        }
    }
    for (size_t k = 0; k < link_cnt; k++) {
        if (links[k].from >= BJ_TILE_CNT || links[k].to >= BJ_TILE_CNT)
            return "a link leads nowhere";
        if (links[k].from == links[k].to) return "a tile feeds itself";
        if (!bj_ring_footprint(links[k].depth, links[k].slot_bytes))
            return "a ring's shape is not allowed";
    }
    return loops_check(topo);
}
