#ifndef BJ_HEALTH_H
#define BJ_HEALTH_H

/* bj_health - how a process says that it lives: run_dir/NAME.status.json, renamed into place;
 * where that is a link (bj_run.h), beside what it names.
 *
 * Use      call bj_health_write about once a second from a thread that may touch the disk.
 * Reading  bj_health_read: a file older than 3 s, absent or unreadable reads as BJ_HEALTH_DOWN.
 * Form     docs/protocols/internal.md. */
#include "dataplane/base/bj_base.h"

typedef enum bj_health_state { BJ_HEALTH_UP, BJ_HEALTH_DEGRADED, BJ_HEALTH_DOWN } bj_health_state_t;

typedef struct bj_health_figure {
    char    name[32];
    int64_t value;
} bj_health_figure_t;

enum { BJ_HEALTH_FIGURES_MAX = 256 };
typedef struct bj_health {
    bj_health_state_t state;
    int64_t pid, time_ns; /* wall clock of the last write */
    char    text[160];    /* why not up, or what it does; no secret */
    size_t  figure_cnt;
    bj_health_figure_t figures[BJ_HEALTH_FIGURES_MAX];
} bj_health_t;

const char *bj_health_state_name(bj_health_state_t state); /* "up", "degraded", "down" */

/* Adds a figure; silently full at BJ_HEALTH_FIGURES_MAX, which a test of the caller should see. */
void bj_health_figure(bj_health_t *health, const char *name, int64_t value);

/* False if the file could not be written (the caller may log it). */
bool bj_health_write(const char *run_dir, const char *name, const bj_health_t *health);
void bj_health_read(const char *run_dir, const char *name, int64_t now_ns, bj_health_t *health);

#endif /* BJ_HEALTH_H */
