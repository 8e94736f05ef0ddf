#include "controlplane/control/bj_chores.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include "controlplane/apps/bj_apps.h"
#include "controlplane/control/bj_renewal.h"
#include "controlplane/identity/bj_factor_drop.h"
#include "controlplane/identity/bj_reseal.h"
#include "controlplane/identity/bj_staff_device.h"
#include "controlplane/ledger/bj_ledger.h"
#include "controlplane/payments/bj_bank.h"
#include "controlplane/privacy/bj_retention.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

enum { BUSY_MS = 200, IDLE_MS = 60000, AWAY_MS = 2000, STEP_ROWS = 50 };
#define HOUR_NS (3600 * BJ_NS_PER_S)
static const bj_trail_who_t server = {.actor = "server", .role = "none", .address = "local"};

struct bj_chores {
    const bj_app_t *app;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop;
    bj_reseal_t reseal;
    size_t sealed_cnt; /* in this round */
    int64_t retention_ns, renewal_ns; /* when next */
    uint32_t rotate_days;
    bool rewrapped; /* or it cannot be, until somebody has seen to the key file */
};

/* How long until the next turn. */
static int64_t reseal(bj_chores_t *chores) {
    bj_status_t status = bj_reseal_step(chores->app->db, chores->app->keys, &server, NULL,
                                        STEP_ROWS, &chores->reseal);
    if (status != BJ_OK) return AWAY_MS;
    size_t bank_cnt;
    status = bj_bank_reseal(chores->app->db, chores->app->keys, &server, STEP_ROWS, &bank_cnt);
    if (status != BJ_OK) return AWAY_MS;
    chores->sealed_cnt += chores->reseal.done + bank_cnt;
    if (bank_cnt == STEP_ROWS) return BUSY_MS;
    if (!chores->reseal.round) return BUSY_MS;
    if (chores->sealed_cnt)
        BJ_INFO("%zu rows were sealed under the newest key", chores->sealed_cnt);
    chores->sealed_cnt = 0;
    return IDLE_MS;
}

/* What is over its time goes within the hour. */
static void retention(bj_chores_t *chores) {
    bj_retention_t done;
    int64_t now_ns = bj_clock_mono_ns();
    if (now_ns < chores->retention_ns) return;
    bj_status_t status = bj_retention_run(chores->app->identity, &server, NULL, &done);
    if (status == BJ_OK) chores->retention_ns = now_ns + HOUR_NS;
    if (status == BJ_OK && done.erased) BJ_INFO("%zu accounts were erased", done.erased);
}

/* Keys that are too old, within the hour; once at the start what a new root key is to wrap. */
static void renewal(bj_chores_t *chores) {
    bj_keys_t *keys = chores->app->keys;
    int64_t now_ns = bj_clock_mono_ns();
    if (now_ns < chores->renewal_ns) return;
    bj_status_t status = chores->rewrapped ? BJ_OK : bj_renewal_rewrap(keys, &server);
    if (status == BJ_ERR_UNAVAILABLE) return;
    chores->rewrapped = true;
    (void)bj_renewal_step(keys, &server, chores->rotate_days);
    chores->renewal_ns = now_ns + HOUR_NS;
}

/* Whose wait is over; within the minute. */
static void drop_factors(bj_chores_t *chores) {
    while (bj_factor_drop_due(chores->app->identity, &server) == BJ_OK) {
        BJ_INFO("somebody's second factors are gone, as staff has asked");
    }
}

/* Whose device soon runs out. */
static void tell_devices(bj_chores_t *chores) {
    while (bj_staff_device_tell(chores->app->identity) == BJ_OK) {
    }
}

/* What nobody can bring a second time any more. */
static void forget_proofs(const bj_chores_t *chores) {
    bj_status_t status = bj_apps_tidy(chores->app->apps);
    (void)status; /* away: the next time */
}

/* Transfers of the ledger whose time is over; within the minute. */
static void expire(bj_chores_t *chores) {
    uint64_t cnt;
    bj_status_t status = bj_ledger_expire_due(chores->app->db, &server, &cnt);
    if (status == BJ_OK && cnt) BJ_INFO("%" PRIu64 " transfers of the ledger are over", cnt);
}

static void pause_ms(bj_chores_t *chores, int64_t wait_ms) {
    int64_t until_ns = bj_clock_wall_ns() + wait_ms * BJ_NS_PER_MS;
    struct timespec until = {.tv_sec = until_ns / BJ_NS_PER_S, .tv_nsec = until_ns % BJ_NS_PER_S};
    pthread_mutex_lock(&chores->lock);
    while (!chores->stop && pthread_cond_timedwait(&chores->wake, &chores->lock, &until) == 0) {
    }
    pthread_mutex_unlock(&chores->lock);
}

static bool stopping(bj_chores_t *chores) {
    pthread_mutex_lock(&chores->lock);
    bool stop = chores->stop;
    pthread_mutex_unlock(&chores->lock);
    return stop;
}

static void *work(void *arg) {
    bj_chores_t *chores = arg;
    while (!stopping(chores)) {
        retention(chores);
        renewal(chores);
        drop_factors(chores);
        expire(chores);
        tell_devices(chores);
        forget_proofs(chores);
        pause_ms(chores, reseal(chores));
    }
    return NULL;
}

bj_chores_t *bj_chores_new(const bj_app_t *app, uint32_t rotate_days) {
    bj_chores_t *chores = calloc(1, sizeof *chores);
    if (!chores) return NULL;
    chores->app = app;
    chores->rotate_days = rotate_days;
    pthread_mutex_init(&chores->lock, NULL);
    pthread_cond_init(&chores->wake, NULL);
    if (pthread_create(&chores->thread, NULL, work, chores) == 0) return chores;
    free(chores);
    return NULL;
}

void bj_chores_free(bj_chores_t *chores) {
    if (!chores) return;
    pthread_mutex_lock(&chores->lock);
    chores->stop = true;
    pthread_cond_signal(&chores->wake);
    pthread_mutex_unlock(&chores->lock);
    pthread_join(chores->thread, NULL);
    free(chores);
}
