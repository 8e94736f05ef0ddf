#include "controlplane/control/bj_renewal.h"

#include <stdio.h>
#include "controlplane/identity/bj_rehash.h"
#include "dataplane/base/bj_log.h"

static bj_status_t renew(bj_keys_t *keys, const bj_trail_who_t *who, bj_keys_category_t category,
                         uint32_t days) {
    uint16_t was, key_id;
    uint32_t age_days;
    char reason[64];
    bj_status_t status = bj_keys_due(keys, category, days, &was, &age_days);
    if (status != BJ_OK) return status;
    snprintf(reason, sizeof reason, "by itself: %u days old", age_days);
    status = category == BJ_KEYS_LOOKUP ? bj_rehash_begin(keys, who, reason, &key_id)
                                        : bj_keys_renew(keys, who, category, was, reason);
    if (status == BJ_OK) {
        BJ_INFO("the key of %s is another now: it was %u days old", bj_keys_category_name(category),
                age_days);
    } else if (status != BJ_ERR_EXISTS) { /* else another server was quicker, or it goes on */
        BJ_WARN("the key of %s is %u days old and could not be renewed: %s",
                bj_keys_category_name(category), age_days, bj_status_text(status));
    }
    return status;
}

size_t bj_renewal_step(bj_keys_t *keys, const bj_trail_who_t *who, uint32_t days) {
    size_t done_cnt = 0;
    for (unsigned i = 0; i < BJ_KEYS_CATEGORY_CNT; i++)
        done_cnt += renew(keys, who, (bj_keys_category_t)i, days) == BJ_OK;
    return done_cnt;
}

bj_status_t bj_renewal_rewrap(bj_keys_t *keys, const bj_trail_who_t *who) {
    size_t done_cnt;
    if (!bj_keys_rewrap_due(keys)) return BJ_OK;
    bj_status_t status =
        bj_keys_rewrap(keys, who, "by itself: there is a newer root key", &done_cnt);
    if (status == BJ_OK)
        BJ_INFO("%zu data keys were wrapped by the newest root key", done_cnt);
    else
        BJ_ERROR("not all data keys are under the newest root key: %s", bj_status_text(status));
    return status;
}
