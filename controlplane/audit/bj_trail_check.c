#include "controlplane/audit/bj_trail_check.h"

#include <inttypes.h>
#include "controlplane/audit/bj_trail_tree.h"
#include "controlplane/text/bj_text.h"

const char *bj_trail_wrong(const bj_trail_entry_t *e, uint64_t seq_before,
                           const bj_merkle_hash_t *chain_before, bj_merkle_hash_t *leaf,
                           char why[BJ_TRAIL_WHY_BYTES]) {
    *leaf = bj_trail_leaf(e);
    bj_merkle_hash_t chain = bj_merkle_chain(chain_before, leaf);
    if (e->seq > seq_before + 1) {
        snprintf(why, BJ_TRAIL_WHY_BYTES, "entry %" PRIu64 " is missing: %" PRIu64 " comes next",
                 seq_before + 1, e->seq);
    } else if (e->seq <= seq_before) {
        snprintf(why, BJ_TRAIL_WHY_BYTES, "entry %" PRIu64 " comes after entry %" PRIu64, e->seq,
                 seq_before);
    } else if (!bj_merkle_same(leaf, &e->leaf)) {
        snprintf(why, BJ_TRAIL_WHY_BYTES,
                 "entry %" PRIu64 " was changed: its hash is not that of what it says", e->seq);
    } else if (!bj_merkle_same(&chain, &e->chain)) {
        snprintf(why, BJ_TRAIL_WHY_BYTES,
                 "entry %" PRIu64 " does not follow the one before it: the chain is broken",
                 e->seq);
    } else {
        return NULL;
    }
    return why;
}

static bool is_bad(const bj_trail_check_t *check) { return check->bad[0] != '\0'; }

/* A head is wrong in itself, or does not fit to the one before. */
static void look_at_head(bj_trail_check_t *check, const char *note) {
    char time[BJ_TIME_TEXT_BYTES];
    bj_status_t status = bj_trail_head_open(note, check->key, &check->next);
    const bj_trail_head_t *next = &check->next, *last = &check->last;
    if (status == BJ_ERR_CORRUPT) {
        snprintf(check->bad, sizeof check->bad, "head %zu of the file is no head",
                 check->head_cnt + 1);
    } else if (status != BJ_OK) {
        snprintf(check->bad, sizeof check->bad,
                 "the head of %" PRIu64 " entries, %s, was not signed by this key", next->size,
                 bj_time_text(next->time_ns, time));
    } else if (next->size < last->size || next->time_ns < last->time_ns) {
        snprintf(check->bad, sizeof check->bad,
                 "the head of %" PRIu64 " entries, %s, comes after one of %" PRIu64, next->size,
                 bj_time_text(next->time_ns, time), last->size);
    } else if (next->size == last->size && !bj_merkle_same(&next->root, &last->root)) {
        snprintf(check->bad, sizeof check->bad, "there are two heads of %" PRIu64 " entries",
                 next->size);
    }
}

static void next_head(bj_trail_check_t *check) {
    char note[BJ_TRAIL_NOTE_BYTES];
    check->has_next = check->heads && bj_trail_note_next(check->heads, note, &check->torn_cnt);
    if (check->has_next) look_at_head(check, note);
}

void bj_trail_check_begin(bj_trail_check_t *check) { next_head(check); }

static bool tree_root_is(int tree_fd, const bj_trail_head_t *head) {
    bj_merkle_t tree;
    if (!bj_merkle_load(bj_trail_tree_read, &tree_fd, head->size, &tree)) return false;
    bj_merkle_hash_t root = bj_merkle_root(&tree);
    return bj_merkle_same(&root, &head->root);
}

/* Everything between two heads fits together and is not what was signed. */
static void forged(bj_trail_check_t *check) {
    char time[BJ_TIME_TEXT_BYTES];
    const bj_trail_head_t *next = &check->next;
    bj_time_text(next->time_ns, time);
    bool known = check->tree_fd >= 0 && check->suspect && tree_root_is(check->tree_fd, next);
    check->bad_seq = known ? check->suspect : check->last.size + 1;
    if (known || check->last.size + 1 == next->size) {
        snprintf(check->bad, sizeof check->bad,
                 "entry %" PRIu64 " is not the one that was signed: the head of %" PRIu64
                 " entries, %s", check->bad_seq, next->size, time);
    } else {
        snprintf(check->bad, sizeof check->bad,
                 "of entries %" PRIu64 " to %" PRIu64 " one or more is not what was signed: the "
                 "head of %" PRIu64 " entries, %s", check->bad_seq, next->size, next->size, time);
    }
}

/* All heads of exactly so many entries. */
static void meet_heads(bj_trail_check_t *check) {
    bj_merkle_hash_t root = bj_merkle_root(&check->tree);
    while (!is_bad(check) && check->has_next && check->next.size == check->tree.leaf_cnt) {
        if (!bj_merkle_same(&root, &check->next.root)) {
            forged(check);
            return;
        }
        if (!bj_merkle_same(&check->chain, &check->next.chain)) {
            check->bad_seq = check->next.size;
            snprintf(check->bad, sizeof check->bad,
                     "the chain at entry %" PRIu64 " is not the one that was signed",
                     check->bad_seq);
            return;
        }
        check->last = check->next;
        check->head_cnt++;
        check->suspect = 0;
        next_head(check);
    }
}

void bj_trail_check_entry(bj_trail_check_t *check, const bj_trail_entry_t *entry) {
    bj_merkle_hash_t leaf, kept;
    if (is_bad(check)) return;
    uint64_t before = check->tree.leaf_cnt;
    if (bj_trail_wrong(entry, before, &check->chain, &leaf, check->bad)) {
        check->bad_seq = entry->seq > before ? before + 1 : entry->seq;
        return;
    }
    if (!check->suspect && check->tree_fd >= 0 &&
        bj_trail_tree_read(&check->tree_fd, 0, before, &kept) && !bj_merkle_same(&kept, &leaf)) {
        check->suspect = entry->seq;
    }
    check->chain = entry->chain;
    bj_merkle_add(&check->tree, &leaf, NULL);
    meet_heads(check);
}

bool bj_trail_check_end(bj_trail_check_t *check) {
    char time[BJ_TIME_TEXT_BYTES];
    uint64_t cnt = check->tree.leaf_cnt;
    if (!is_bad(check) && check->has_next) {
        check->bad_seq = cnt + 1;
        snprintf(check->bad, sizeof check->bad,
                 cnt + 1 == check->next.size
                     ? "entry %" PRIu64 " is missing: the head of %" PRIu64 " entries, %s"
                     : "entries from %" PRIu64 " on are missing: the head of %" PRIu64
                       " entries, %s",
                 cnt + 1, check->next.size, bj_time_text(check->next.time_ns, time));
    }
    return !is_bad(check);
}
