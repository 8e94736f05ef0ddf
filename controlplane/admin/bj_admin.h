#ifndef BJ_ADMIN_H
#define BJ_ADMIN_H

/* bj_admin - looks once a second at every part, and says so: to /status, to open pages when it
 * changes, and in this process's own health file.
 *
 * Threads  its own thread looks; bj_admin_board from any.
 * Cost     a look reads seven small files and asks PostgreSQL and Redis one thing each. */
#include "controlplane/admin/bj_admin_status.h"
#include "controlplane/notify/bj_notify.h"

typedef struct bj_admin bj_admin_t;

typedef struct bj_admin_config {
    const char *run_dir;
    bj_notify_t notify;
    /* Fills the parts that have no health file, this process included, and market_trouble. */
    void (*probe)(void *ctx, bj_status_board_t *board);
    void *ctx;
} bj_admin_config_t;

bj_admin_t *bj_admin_new(const bj_admin_config_t *config); /* NULL: no thread */
void bj_admin_free(bj_admin_t *admin);
/* As of the last look. */
void bj_admin_board(bj_admin_t *admin, bj_status_board_t *board);

#endif /* BJ_ADMIN_H */
