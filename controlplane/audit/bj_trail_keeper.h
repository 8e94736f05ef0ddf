#ifndef BJ_TRAIL_KEEPER_H
#define BJ_TRAIL_KEEPER_H

/* bj_trail_keeper - looks after the trail from outside the database: follows its entries, signs
 * heads of them, keeps the tree, and says so when what was signed is no longer what is there.
 *
 * Purpose  bj_trail_log for what the database does not change itself; proofs for the API.
 * Files    DIR/heads  signed heads, only ever added to      DIR/tree   bj_trail_tree.h
 *          DIR/spool  bj_trail_spool.h, while the database is away
 * Signs    once a second at most: when head_every_cnt entries are new, when head_every_ns have
 *          passed since the first of them, and at the end.  Never over entries that do not fit to
 *          the last head: then it has a trouble and signs no more until it is started again and
 *          finds that they do.
 * Looks    again at a hundred old entries a second, round and round.
 * Threads  its own; the functions from any. */
#include "controlplane/audit/bj_trail.h"
#include "controlplane/audit/bj_trail_head.h"

typedef struct bj_trail_keeper bj_trail_keeper_t;

typedef struct bj_trail_keeper_config {
    bj_db_pool_t *db;
    const char   *dir, *key_file; /* private key, PEM */
    uint64_t      head_every_cnt;
    int64_t       head_every_ns;
} bj_trail_keeper_config_t;

/* NULL: the log says why.  A database that is away at start is no error. */
bj_trail_keeper_t *bj_trail_keeper_new(const bj_trail_keeper_config_t *config);
/* Signs what there is, then ends. */
void bj_trail_keeper_free(bj_trail_keeper_t *keeper);

/* An entry in a transaction of its own; while the database is away, in the spool.  BJ_OK: it will
 * not be lost; only then may what it tells of be done. */
BJ_MUST_USE bj_status_t bj_trail_log(bj_trail_keeper_t *keeper, const bj_trail_who_t *who,
                                     const bj_trail_act_t *act);

/* The last head and its note; false: none yet. */
BJ_MUST_USE bool bj_trail_keeper_head(bj_trail_keeper_t *keeper, bj_trail_head_t *head,
                                      char note[BJ_TRAIL_NOTE_BYTES]);
/* Proofs for the tree of leaf_cnt entries, at most the last head's.  False: out of range, or the
 * tree's file cannot be read. */
BJ_MUST_USE bool bj_trail_keeper_inclusion(bj_trail_keeper_t *keeper, uint64_t seq,
                                           uint64_t leaf_cnt, bj_merkle_proof_t *proof);
BJ_MUST_USE bool bj_trail_keeper_consistency(bj_trail_keeper_t *keeper, uint64_t old_cnt,
                                             uint64_t leaf_cnt, bj_merkle_proof_t *proof);

/* What an operator must know, in why; false: all is well. */
bool bj_trail_keeper_trouble(bj_trail_keeper_t *keeper, char why[BJ_TRAIL_NOTE_BYTES]);

typedef struct bj_trail_figures {
    uint64_t entries, signed_entries, heads, looked_at_again, spooled;
} bj_trail_figures_t;
void bj_trail_keeper_figures(bj_trail_keeper_t *keeper, bj_trail_figures_t *figures);

#endif /* BJ_TRAIL_KEEPER_H */
