#ifndef BJ_ENGINE_FUZZ_H
#define BJ_ENGINE_FUZZ_H

/* engine_fuzz - what the engine's fuzz targets hold of every command. */
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/engine/bj_engine.h"

/* It is answered, and the invariants hold behind it. */
static inline void apply(bj_engine_t *engine, bj_cmd_t *cmd) {
    size_t event_cnt;
    cmd->seq = 0;
    const bj_event_t *events = bj_engine_apply(engine, cmd, &event_cnt);
    const char *why = bj_engine_broken(engine);
    if (events && event_cnt && !why) return;
    fprintf(stderr, "%s\n", why ? why : "no answer");
    abort();
}

#endif /* BJ_ENGINE_FUZZ_H */
