#include "controlplane/apps/bj_proofs.h"

#include <pthread.h>
#include <stdlib.h>
#include "controlplane/store/bj_bytea.h"
#include "dataplane/base/bj_time.h"

enum { SLOT_S = 10, SLOTS = BJ_DPOP_ONCE_S / SLOT_S + 1 };

struct bj_proofs {
    bj_db_pool_t   *db;
    uint32_t        at_once_max;
    pthread_mutex_t lock; /* of what follows */
    struct {
        int64_t  at; /* its number since the clock began */
        uint32_t cnt;
    } slots[SLOTS];
};

bj_proofs_t *bj_proofs_new(bj_db_pool_t *db, uint32_t at_once_max) {
    bj_proofs_t *proofs = calloc(1, sizeof *proofs);
    if (!proofs) return NULL;
    proofs->db = db;
    proofs->at_once_max = at_once_max;
    pthread_mutex_init(&proofs->lock, NULL);
    return proofs;
}

void bj_proofs_free(bj_proofs_t *proofs) {
    if (!proofs) return;
    pthread_mutex_destroy(&proofs->lock);
    free(proofs);
}

/* Of those that may be there still. */
static bool has_room(bj_proofs_t *proofs) {
    int64_t now = bj_clock_mono_ns() / (SLOT_S * BJ_NS_PER_S);
    uint64_t cnt = 0;
    pthread_mutex_lock(&proofs->lock);
    for (size_t i = 0; i < SLOTS; i++) {
        if (now - proofs->slots[i].at >= SLOTS) proofs->slots[i].cnt = 0;
        cnt += proofs->slots[i].cnt;
    }
    bool room = cnt < proofs->at_once_max;
    size_t at = (size_t)(now % SLOTS);
    proofs->slots[at].at = now;
    proofs->slots[at].cnt += room;
    pthread_mutex_unlock(&proofs->lock);
    return room;
}

static bj_dpop_wrong_t verdict(const char *said) {
    static const struct {
        const char     *said;
        bj_dpop_wrong_t wrong;
    } table[] = {{"new", BJ_DPOP_GOOD}, {"before", BJ_DPOP_REPLAY}, {"young", BJ_DPOP_YOUNG}};
    for (size_t i = 0; said && i < BJ_COUNT(table); i++) {
        if (strcmp(table[i].said, said) == 0) return table[i].wrong;
    }
    return BJ_DPOP_AWAY;
}

bj_dpop_wrong_t bj_proofs_use(bj_proofs_t *proofs, const bj_dpop_t *dpop) {
    static const char sql[] = "SELECT app_proof_use($1::bytea, $2::timestamptz)";
    BJ_DB_RESULT rows = NULL;
    if (!has_room(proofs)) return BJ_DPOP_FULL;
    bj_status_t status =
        bj_db_query(proofs->db, sql,
                    BJ_DB_PARAMS(bj_bytea(dpop->once, sizeof dpop->once).text,
                                 bj_db_time(dpop->made_s * BJ_NS_PER_S).text),
                    &rows);
    return status == BJ_OK ? verdict(bj_db_get_ref(rows, 0, 0)) : BJ_DPOP_AWAY;
}

bj_status_t bj_proofs_tidy(bj_proofs_t *proofs) {
    return bj_db_query(proofs->db, "DELETE FROM app_proofs WHERE ends_at < now()", BJ_DB_NO_PARAMS,
                       NULL);
}
