#include "controlplane/admin/bj_admin.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

struct bj_admin {
    bj_admin_config_t config;
    pthread_t         thread;
    pthread_mutex_t   lock;
    pthread_cond_t    wake;
    bool              stop;
    bj_status_board_t board;
    size_t            said_cnt; /* what the pages were told last */
    const char       *said[BJ_DEGRADED_MAX];
};

static void look(bj_admin_t *admin) {
    bj_status_board_t board = {.market_trouble = NULL};
    int64_t now_ns = bj_clock_wall_ns();
    for (bj_part_t p = 0; p < BJ_PART_CNT; p++) {
        if (!bj_part_has_file(p)) continue;
        bj_health_read(admin->config.run_dir, bj_part_name(p), now_ns, &board.part[p]);
    }
    admin->config.probe(admin->config.ctx, &board);
    if (!bj_health_write(admin->config.run_dir, "control", &board.part[BJ_PART_CONTROL])) {
        BJ_WARN("the health file cannot be written");
    }
    pthread_mutex_lock(&admin->lock);
    admin->board = board;
    pthread_mutex_unlock(&admin->lock);
}

static bool same_words(const bj_admin_t *admin, const char *const *words, size_t cnt) {
    if (cnt != admin->said_cnt) return false;
    for (size_t i = 0; i < cnt; i++) {
        if (words[i] != admin->said[i]) return false; /* all come from one table */
    }
    return true;
}

static void tell(bj_admin_t *admin) {
    const char *words[BJ_DEGRADED_MAX];
    size_t cnt = bj_degraded(&admin->board, words);
    if (same_words(admin, words, cnt)) return;
    admin->said_cnt = cnt;
    json_t *list = json_array();
    for (size_t i = 0; i < cnt; i++) {
        admin->said[i] = words[i];
        json_array_append_new(list, json_string(words[i]));
    }
    json_t *note = json_pack("{s:s, s:o}", "type", "status", "degraded", list);
    char *text = note ? json_dumps(note, JSON_COMPACT) : NULL;
    if (text) bj_notify_send(&admin->config.notify, 0, text);
    free(text);
    json_decref(note);
}

static void *run(void *arg) {
    bj_admin_t *admin = arg;
    int64_t due_ns = bj_clock_mono_ns();
    for (;;) {
        look(admin);
        tell(admin);
        int64_t now_ns = bj_clock_mono_ns();
        due_ns = due_ns + BJ_NS_PER_S > now_ns ? due_ns + BJ_NS_PER_S : now_ns;
        struct timespec due = {.tv_sec = due_ns / BJ_NS_PER_S, .tv_nsec = due_ns % BJ_NS_PER_S};
        pthread_mutex_lock(&admin->lock);
        while (!admin->stop &&
               pthread_cond_clockwait(&admin->wake, &admin->lock, CLOCK_MONOTONIC, &due) == 0) {}
        bool stop = admin->stop;
        pthread_mutex_unlock(&admin->lock);
        if (stop) return NULL;
    }
}

bj_admin_t *bj_admin_new(const bj_admin_config_t *config) {
    bj_admin_t *admin = calloc(1, sizeof *admin);
    if (!admin) return NULL;
    admin->config = *config;
    for (bj_part_t p = 0; p < BJ_PART_CNT; p++) admin->board.part[p].state = BJ_HEALTH_DOWN;
    pthread_mutex_init(&admin->lock, NULL);
    pthread_cond_init(&admin->wake, NULL);
    if (pthread_create(&admin->thread, NULL, run, admin) == 0) return admin;
    free(admin);
    return NULL;
}

void bj_admin_free(bj_admin_t *admin) {
    if (!admin) return;
    pthread_mutex_lock(&admin->lock);
    admin->stop = true;
    pthread_cond_broadcast(&admin->wake);
    pthread_mutex_unlock(&admin->lock);
    pthread_join(admin->thread, NULL);
    free(admin);
}

void bj_admin_board(bj_admin_t *admin, bj_status_board_t *board) {
    pthread_mutex_lock(&admin->lock);
    *board = admin->board;
    pthread_mutex_unlock(&admin->lock);
}
