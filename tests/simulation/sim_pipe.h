#ifndef SIM_PIPE_H
#define SIM_PIPE_H

/* sim_pipe - bytes on their way, in order, from one end of a connection to the other.
 *
 * Bytes   in pieces of any size; one that stands still fills up, and then nobody can write into it.
 * Cut     what is under way is lost from any byte on; behind it comes the end, or nothing more. */
#include "tests/simulation/sim_core.h"

enum { SIM_PIPE_BYTES = 8192 };

typedef struct sim_pipe {
    uint32_t byte_cnt;
    bool     ended;   /* behind its bytes comes the end */
    bool     broken;  /* nothing comes out of it any more, nor the end */
    int64_t  still_ns; /* stands still until then */
    uint8_t  bytes[SIM_PIPE_BYTES];
} sim_pipe_t;

static inline size_t sim_pipe_put(sim_pipe_t *pipe, const uint8_t *data, size_t data_bytes) {
    size_t room = SIM_PIPE_BYTES - pipe->byte_cnt;
    if (pipe->broken || pipe->ended) return data_bytes; /* cut: into nowhere */
    if (data_bytes > room) data_bytes = room;
    memcpy(pipe->bytes + pipe->byte_cnt, data, data_bytes);
    pipe->byte_cnt += (uint32_t)data_bytes;
    return data_bytes;
}

static inline bool sim_pipe_moves(const sim_pipe_t *pipe) {
    return !pipe->broken && sim.now.mono_ns >= pipe->still_ns;
}

static inline void sim_pipe_taken(sim_pipe_t *pipe, size_t bytes) {
    pipe->byte_cnt -= (uint32_t)bytes;
    memmove(pipe->bytes, pipe->bytes + bytes, pipe->byte_cnt);
}

static inline size_t sim_piece(size_t bytes) {
    if (!bytes) return 0;
    return sim_one_in(2) ? bytes : 1 + sim_roll(bytes);
}

/* What is under way is lost from some byte on. */
static inline void sim_pipe_cut(sim_pipe_t *pipe, bool told) {
    pipe->byte_cnt = (uint32_t)sim_roll(pipe->byte_cnt + 1);
    if (told)
        pipe->ended = true;
    else
        pipe->byte_cnt = 0, pipe->broken = true;
}

#endif /* SIM_PIPE_H */
