#include "dataplane/base/bj_health.h"

#include <jansson.h>
#include <stdio.h>
#include <unistd.h>
#include "dataplane/base/bj_run.h"
#include "dataplane/base/bj_time.h"

enum { PATH_BYTES = 512 };
static const int64_t age_max_ns = 3 * BJ_NS_PER_S;
static const char *const state_names[] = {"up", "degraded", "down"};

const char *bj_health_state_name(bj_health_state_t state) { return state_names[state]; }

void bj_health_figure(bj_health_t *health, const char *name, int64_t value) {
    if (health->figure_cnt == BJ_HEALTH_FIGURES_MAX) return;
    bj_health_figure_t *figure = &health->figures[health->figure_cnt++];
    snprintf(figure->name, sizeof figure->name, "%s", name);
    figure->value = value;
}

bool bj_health_write(const char *run_dir, const char *name, const bj_health_t *health) {
    char file[64], path[PATH_BYTES], fresh[PATH_BYTES + 8];
    json_t *figures = json_object();
    for (size_t i = 0; i < health->figure_cnt; i++) {
        json_object_set_new(figures, health->figures[i].name,
                            json_integer(health->figures[i].value));
    }
    json_t *root =
        json_pack("{s:s, s:I, s:I, s:s, s:s, s:o}", "name", name, "pid", (json_int_t)getpid(),
                  "time_ns", (json_int_t)bj_clock_wall_ns(), "state",
                  bj_health_state_name(health->state), "text", health->text, "figures", figures);
    snprintf(file, sizeof file, "%s.status.json", name);
    bool ok = root && bj_run_file(path, sizeof path, run_dir, file);
    snprintf(fresh, sizeof fresh, "%s.new", path);
    ok = ok && json_dump_file(root, fresh, JSON_COMPACT) == 0 && rename(fresh, path) == 0;
    json_decref(root);
    return ok;
}

static bj_health_state_t state_of(const char *name) {
    for (size_t i = 0; i < BJ_COUNT(state_names); i++) {
        if (strcmp(name, state_names[i]) == 0) return (bj_health_state_t)i;
    }
    return BJ_HEALTH_DOWN;
}

void bj_health_read(const char *run_dir, const char *name, int64_t now_ns, bj_health_t *health) {
    char path[PATH_BYTES];
    const char *state = "down", *text = "";
    json_int_t pid = 0, time_ns = 0;
    json_t *figures = NULL, *value;
    const char *key;
    memset(health, 0, sizeof *health);
    health->state = BJ_HEALTH_DOWN;
    snprintf(health->text, sizeof health->text, "not running");

    snprintf(path, sizeof path, "%s/%s.status.json", run_dir, name);
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    if (root && json_unpack(root, "{s:I, s:I, s:s, s:s, s:o}", "pid", &pid, "time_ns", &time_ns,
                            "state", &state, "text", &text, "figures", &figures) == 0) {
        health->pid = pid;
        health->time_ns = time_ns;
        if (now_ns - time_ns <= age_max_ns) {
            health->state = state_of(state);
            snprintf(health->text, sizeof health->text, "%s", text);
        }
        json_object_foreach(figures, key, value) {
            bj_health_figure(health, key, json_integer_value(value));
        }
    }
    json_decref(root);
}
