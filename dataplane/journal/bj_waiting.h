#ifndef BJ_WAITING_H
#define BJ_WAITING_H

/* bj_waiting - what is committed here and waits for another's word: the standby's, before orders
 * are acknowledged; the primary's, before a standby's readers are shown them.
 *
 * Purpose  Readers are let go by whole commits: a commit is its last command and its last event.
 * Shape    a ring of BJ_WAITING_MAX commits in order.  When it is full the last two become one, and
 *          both wait for the later: less is told for a while, never too much.
 * Threads  one. */
#include "dataplane/base/bj_base.h"

enum { BJ_WAITING_MAX = 1024 };

typedef struct bj_waiting_commit {
    uint64_t cmd_seq, event_seq; /* of its last command, and of that one's last event */
} bj_waiting_commit_t;

typedef struct bj_waiting {
    bj_waiting_commit_t commit[BJ_WAITING_MAX];
    uint32_t at, cnt;
} bj_waiting_t;

static inline void bj_waiting_add(bj_waiting_t *waiting, bj_waiting_commit_t commit) {
    if (waiting->cnt < BJ_WAITING_MAX) waiting->cnt++;
    waiting->commit[(waiting->at + waiting->cnt - 1) % BJ_WAITING_MAX] = commit;
}

/* Takes those that end at or before cmd_seq, and returns the last of them; zeros: none did. */
static inline bj_waiting_commit_t bj_waiting_take(bj_waiting_t *waiting, uint64_t cmd_seq) {
    bj_waiting_commit_t last = {0};
    while (waiting->cnt && waiting->commit[waiting->at].cmd_seq <= cmd_seq) {
        last = waiting->commit[waiting->at];
        waiting->at = (waiting->at + 1) % BJ_WAITING_MAX;
        waiting->cnt--;
    }
    return last;
}

#endif /* BJ_WAITING_H */
