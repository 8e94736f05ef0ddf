#ifndef BJ_COMMAND_H
#define BJ_COMMAND_H

/* bj_command - what an operator tells the exchange simulator, one line of words.
 *
 * Form       drop|corrupt|duplicate SOURCE STREAMS permille N | next N
 *            reorder SOURCE STREAMS permille N | next N [depth D]
 *            delay SOURCE STREAMS us N
 *            silence SOURCE STREAMS on | off | ms N
 *            switch STREAMS bare | full        picture STREAMS
 *            clear [SOURCE [STREAMS]]          seed N              status
 *            nnf drop                          nnf refuse SECONDS
 *            SOURCE: a, b, both.  STREAMS: all, a segment (FO), a stream (FO:2).
 * Errors     false, and a sentence that names the word and what it may be.
 * Meaning    docs/protocols/feed-services.md. */
#include "sim/exchange/bj_fault.h"

enum { BJ_COMMAND_BYTES = 128, BJ_COMMAND_ERROR_BYTES = 256, BJ_COMMAND_DEPTH_MAX = 100 };

typedef enum bj_command_kind {
    BJ_COMMAND_FAULT,
    BJ_COMMAND_SWITCH,
    BJ_COMMAND_PICTURE,
    BJ_COMMAND_CLEAR,
    BJ_COMMAND_SEED,
    BJ_COMMAND_STATUS,
    BJ_COMMAND_NNF_DROP,
    BJ_COMMAND_NNF_REFUSE,
} bj_command_kind_t;

typedef struct bj_command {
    bj_command_kind_t kind;
    bj_fault_t fault;   /* FAULT; who and streams: what the others are about, too; time_ns:
                           NNF_REFUSE */
    bool       full;    /* SWITCH: every live order follows */
    uint64_t   seed;    /* SEED */
} bj_command_t;

BJ_MUST_USE bool bj_command_read(const char *line, const bj_streams_t *streams,
                                 bj_command_t *command, char error[BJ_COMMAND_ERROR_BYTES]);

#endif /* BJ_COMMAND_H */
