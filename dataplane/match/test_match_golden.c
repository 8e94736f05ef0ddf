/* Goal: every rule of docs/matching.md as a scenario that a trading person can read and agree with:
 * dataplane/match/golden, in the language of test_match_script.h.  What is written there, the
 * engine and the model must agree, command by command; the engine in one burst must say the same.
 *
 *   test_match_golden [FOLDER]        all of it
 *   test_match_golden --print FILE    the file with what the engine gives: to be checked by hand */
#include "dataplane/match/test_match_model.h"
#include "dataplane/match/test_match_script.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"

enum { INSTRUMENT_MAX = 4, LOG_MAX = 4096, RING_DEPTH = 64, FILE_MAX = 512, NAME_BYTES = 256 };

static script_t script;

typedef void each_fn(void *ctx, const bj_match_order_t *order);

typedef struct log {
    size_t cnt;
    bj_match_event_t event[LOG_MAX];
} log_t;

static void log_add(log_t *log, const bj_match_event_t *event, size_t cnt) {
    if (cnt > LOG_MAX - log->cnt) abort(); /* a scenario of thousands of events is none */
    memcpy(&log->event[log->cnt], event, cnt * sizeof *event);
    log->cnt += cnt;
}

/* Who plays a scenario: the engine or the model. */
typedef struct player {
    const char *name;
    log_t *log; /* all it has said */
    bj_status_t (*define)(uint32_t instrument_idx, const bj_match_instrument_t *definition);
    void (*apply)(const bj_match_cmd_t *cmd);
    const char *(*broken)(void);
    bj_match_top_t (*top)(uint32_t instrument_idx);
    bool (*view)(uint32_t instrument_idx, bj_match_view_t *view);
    bj_match_equilibrium_t (*equilibrium)(uint32_t instrument_idx);
    void (*each)(uint32_t instrument_idx, each_fn *fn, void *ctx);
} player_t;

/* --- the engine, its ring as small as may be */

typedef struct engine {
    bj_match_t *match;
    bj_match_ring_t *ring;
    log_t log;
} engine_t;

static void drain(void *ctx) {
    engine_t *e = ctx;
    const bj_match_event_t *from;
    for (size_t cnt; (cnt = bj_match_ring_look(e->ring, &from)) > 0;) {
        log_add(&e->log, from, cnt);
        bj_match_ring_release(e->ring, cnt);
    }
}

static void *lines_of(size_t bytes) {
    size_t whole = (bytes + BJ_PAIR_BYTES - 1) & ~(size_t)(BJ_PAIR_BYTES - 1);
    void *mem = bytes ? aligned_alloc(BJ_PAIR_BYTES, whole) : NULL;
    if (!mem) abort();
    return mem;
}

static void engine_start(engine_t *e) {
    bj_match_config_t config = {.instrument_max = INSTRUMENT_MAX, .order_max = script.order_max};
    e->log.cnt = 0;
    e->match = bj_match_new(lines_of(bj_match_footprint(&config)), &config);
    e->ring = bj_match_ring_new(lines_of(bj_match_ring_footprint(RING_DEPTH)), RING_DEPTH);
    bj_match_out(e->match, e->ring, drain, e);
}

static void engine_stop(engine_t *e) {
    free(e->match); /* both stand at the start of their memory */
    free(e->ring);
}

static engine_t engine, burst;

static bj_status_t e_define(uint32_t instrument_idx, const bj_match_instrument_t *definition) {
    return bj_match_define(engine.match, instrument_idx, definition);
}
static void e_apply(const bj_match_cmd_t *cmd) {
    bj_match_apply(engine.match, cmd, 1);
    drain(&engine);
}
static const char *e_broken(void) { return bj_match_broken(engine.match); }
static bj_match_top_t e_top(uint32_t idx) { return bj_match_top(engine.match, idx); }
static bool e_view(uint32_t idx, bj_match_view_t *v) { return bj_match_view(engine.match, idx, v); }
static bj_match_equilibrium_t e_equilibrium(uint32_t idx) {
    return bj_match_equilibrium(engine.match, idx);
}
static void e_each(uint32_t idx, each_fn *fn, void *ctx) {
    bj_match_each(engine.match, idx, fn, ctx);
}

static const player_t by_engine = {"engine", &engine.log, e_define, e_apply, e_broken,
                                   e_top, e_view, e_equilibrium, e_each};

/* --- the model */

static model_t *model;
static log_t model_log;

static bj_status_t m_define(uint32_t instrument_idx, const bj_match_instrument_t *definition) {
    return model_define(model, instrument_idx, definition);
}
static void m_apply(const bj_match_cmd_t *cmd) {
    model_apply(model, cmd);
    log_add(&model_log, model->event, model->event_cnt);
}
static const char *m_broken(void) { return NULL; }
static bj_match_top_t m_top(uint32_t idx) { return model_top(model, idx); }
static bool m_view(uint32_t idx, bj_match_view_t *view) { return model_view(model, idx, view); }
static bj_match_equilibrium_t m_equilibrium(uint32_t idx) { return model_equilibrium(model, idx); }
static void m_each(uint32_t idx, each_fn *fn, void *ctx) { model_each(model, idx, fn, ctx); }

static const player_t by_model = {"model", &model_log, m_define, m_apply, m_broken,
                                  m_top, m_view, m_equilibrium, m_each};

/* --- what a step gives, as lines */

static text_t got[SCRIPT_LINE_MAX];
static size_t got_cnt;

static text_t *got_line(void) {
    if (got_cnt == SCRIPT_LINE_MAX) abort();
    got[got_cnt] = (text_t){0};
    return &got[got_cnt++];
}

/* An order does not say whether it is in a queue; its latest event that put it somewhere does. */
static place_t place_of(const log_t *log, const bj_match_order_t *order) {
    if (order->dormant) return PLACE_WAITING;
    for (size_t i = log->cnt; i-- > 0;) {
        const bj_match_event_t *e = &log->event[i];
        if (e->order_id != order->order_id || (e->flags & BJ_MEF_KEPT)) continue;
        if (e->flags & BJ_MEF_QUEUED) return PLACE_QUEUE;
        if (e->flags & BJ_MEF_RESTS) return PLACE_LEVEL;
    }
    return PLACE_LEVEL;
}

typedef struct look {
    const log_t *log;
    bool any;
    bj_match_order_t before;
    place_t place;
} look_t;

static void look_order(void *ctx, const bj_match_order_t *order) {
    look_t *look = ctx;
    place_t place = place_of(look->log, order);
    if (!look->any || !same_line(&look->before, look->place, order, place)) {
        print_book_line(got_line(), order, place);
    }
    print_book_order(&got[got_cnt - 1], order, place);
    look->any = true, look->before = *order, look->place = place;
}

static void step_look(const player_t *player, const step_t *step) {
    look_t look = {.log = player->log};
    bj_match_view_t view;
    switch (step->kind) {
    case STEP_BOOK:
        player->each(step->instrument_idx, look_order, &look);
        if (!look.any) text_add(got_line(), "empty");
        break;
    case STEP_TOP:
        print_top(got_line(), player->top(step->instrument_idx));
        break;
    case STEP_EQUILIBRIUM:
        print_equilibrium(got_line(), player->equilibrium(step->instrument_idx));
        break;
    case STEP_VIEW:
        if (player->view(step->instrument_idx, &view)) print_view(got_line(), &view);
        else text_add(got_line(), "not defined");
        break;
    default: break;
    }
}

/* Its lines are then got[0 .. got_cnt). */
static void step_play(const player_t *player, const step_t *step) {
    size_t from = player->log->cnt;
    got_cnt = 0;
    if (step->kind == STEP_APPLY) {
        player->apply(&step->cmd);
        for (size_t i = from; i < player->log->cnt; i++) {
            print_event(got_line(), &player->log->event[i]);
        }
    } else if (step->kind == STEP_DEFINE) {
        bj_status_t status = player->define(step->instrument_idx, &step->definition);
        if (status != BJ_OK) print_not_defined(got_line(), status);
    } else {
        step_look(player, step);
    }
}

/* --- comparing */

static void step_compare(const player_t *player, const step_t *step) {
    size_t cnt = got_cnt > step->want_cnt ? got_cnt : step->want_cnt;
    bool same = true;
    for (size_t i = 0; i < cnt; i++) {
        const script_line_t *want = &script.want[step->want_first + i];
        bool wanted = i < step->want_cnt;
        const char *want_text = wanted ? want->text : "nothing";
        const char *got_text = i < got_cnt ? got[i].buf : "nothing";
        if (strcmp(want_text, got_text) == 0) continue;
        fprintf(stderr, "%s:%u: expected: %s\n    %6s gives: %s\n", script.path,
                wanted ? want->line_no : step->line_no, want_text, player->name, got_text);
        same = false;
    }
    BJ_CHECK(same);
}

/* What holds after each step, whatever its rule. */
static void step_check(const player_t *player, const step_t *step, size_t from, uint64_t cmd_no) {
    const log_t *log = player->log;
    const char *broken = player->broken();
    if (broken) fprintf(stderr, "%s:%u: %s\n", script.path, step->line_no, broken);
    BJ_CHECK(!broken);
    BJ_CHECK(step->kind != STEP_APPLY || log->cnt > from);
    for (size_t i = from; i < log->cnt; i++) BJ_CHECK(log->event[i].cmd_no == cmd_no);
}

/* A handle is the order's for as long as it lives; refusals have none. */
static void check_handle(uint64_t order_id, uint32_t handle) {
    bj_match_order_t order;
    if (bj_match_find(engine.match, order_id, &order)) {
        BJ_CHECK(order.order_id == order_id && order.handle == handle);
    }
}

static void check_handles(void) {
    for (size_t i = engine.log.cnt; i-- > 0;) {
        const bj_match_event_t *e = &engine.log.event[i];
        if (e->cmd_no != engine.log.event[engine.log.cnt - 1].cmd_no) break;
        if (e->type == BJ_MEV_REJECTED) BJ_CHECK(e->handle == BJ_HANDLE_NONE);
        else if (e->type != BJ_MEV_REQUEST_REJECTED && e->order_id)
            check_handle(e->order_id, e->handle);
        if (e->type == BJ_MEV_TRADE) check_handle(e->contra_id, e->contra_handle);
    }
}

static void play(const player_t *player) {
    uint64_t cmd_no = 0;
    for (size_t i = 0; i < script.step_cnt; i++) {
        const step_t *step = &script.step[i];
        size_t from = player->log->cnt;
        cmd_no += step->kind == STEP_APPLY;
        step_play(player, step);
        step_compare(player, step);
        step_check(player, step, from, cmd_no);
        if (player == &by_engine && step->kind == STEP_APPLY) check_handles();
    }
}

/* Field by field: a printed line leaves out what it does not expect to differ. Handles are not the
 * model's. */
static bool same_event(const bj_match_event_t *a, const bj_match_event_t *b) {
    bj_match_event_t x = *a, y = *b;
    x.handle = y.handle = x.contra_handle = y.contra_handle = 0;
    return memcmp(&x, &y, sizeof x) == 0;
}

static void compare_logs(const char *name, const log_t *log) {
    size_t cnt = log->cnt < engine.log.cnt ? log->cnt : engine.log.cnt, i = 0;
    while (i < cnt && same_event(&log->event[i], &engine.log.event[i])) i++;
    bool same = i == log->cnt && i == engine.log.cnt;
    BJ_CHECK(same);
    if (same) return;
    text_t text = {0}, engine_text = {0};
    if (i < log->cnt) print_event(&text, &log->event[i]);
    if (i < engine.log.cnt) print_event(&engine_text, &engine.log.event[i]);
    fprintf(stderr, "%s: event %zu: %s: '%s', engine: '%s'\n", script.path, i + 1, name, text.buf,
            engine_text.buf);
}

/* --- the ways to run a scenario */

/* In one call all commands between two definitions. */
static void play_burst(void) {
    static bj_match_cmd_t cmd[SCRIPT_STEP_MAX];
    size_t cnt = 0;
    for (size_t i = 0; i < script.step_cnt; i++) {
        const step_t *step = &script.step[i];
        if (step->kind == STEP_APPLY) cmd[cnt++] = step->cmd;
        if (step->kind != STEP_DEFINE) continue;
        bj_match_apply(burst.match, cmd, cnt);
        cnt = 0;
        (void)!bj_match_define(burst.match, step->instrument_idx, &step->definition);
    }
    bj_match_apply(burst.match, cmd, cnt);
    drain(&burst);
}

static void count_order(void *ctx, const bj_match_order_t *order) {
    (void)order;
    ++*(uint32_t *)ctx;
}

/* The engine's counters are what its events say. */
static void check_stats(void) {
    bj_match_stats_t want = {0}, have = bj_match_stats(engine.match);
    for (size_t i = 0; i < script.step_cnt; i++) want.cmd_cnt += script.step[i].kind == STEP_APPLY;
    for (size_t i = 0; i < engine.log.cnt; i++) {
        const bj_match_event_t *e = &engine.log.event[i];
        want.reject_cnt += e->type == BJ_MEV_REJECTED || e->type == BJ_MEV_REQUEST_REJECTED;
        want.trade_cnt += e->type == BJ_MEV_TRADE;
        want.traded_qty += e->type == BJ_MEV_TRADE ? (uint64_t)e->qty : 0;
    }
    bj_match_each(engine.match, BJ_MATCH_ALL, count_order, &want.live_orders);
    BJ_CHECK(have.cmd_cnt == want.cmd_cnt);
    BJ_CHECK(have.trade_cnt == want.trade_cnt && have.traded_qty == want.traded_qty);
    BJ_CHECK(have.reject_cnt == want.reject_cnt);
    BJ_CHECK(have.live_orders == want.live_orders);
}

static void run_file(const char *path) {
    unsigned fails = bj_fail_cnt;
    bool read = script_read(&script, path);
    BJ_CHECK(read);
    if (!read) return;
    engine_start(&engine);
    engine_start(&burst);
    model = model_new(INSTRUMENT_MAX, script.order_max);
    model_log.cnt = 0;
    play(&by_engine);
    play(&by_model);
    play_burst();
    compare_logs("model", &model_log);
    compare_logs("one burst", &burst.log);
    BJ_CHECK(bj_match_hash(burst.match) == bj_match_hash(engine.match));
    check_stats();
    model_free(model);
    engine_stop(&burst);
    engine_stop(&engine);
    if (bj_fail_cnt != fails) fprintf(stderr, "%s: FAILED\n", path);
}

/* --- the folder */

static int by_name(const void *a, const void *b) { return strcmp(a, b); }

static void run_folder(const char *folder) {
    static char names[FILE_MAX][NAME_BYTES];
    size_t cnt = 0;
    DIR *dir = opendir(folder);
    BJ_CHECK(dir);
    if (!dir) return;
    for (const struct dirent *e; (e = readdir(dir)) && cnt < FILE_MAX;) {
        size_t bytes = strlen(e->d_name);
        if (bytes < 5 || strcmp(e->d_name + bytes - 4, ".txt") != 0) continue;
        memcpy(names[cnt++], e->d_name, bytes + 1);
    }
    closedir(dir);
    qsort(names, cnt, sizeof names[0], by_name);
    for (size_t i = 0; i < cnt; i++) {
        char path[2 * NAME_BYTES];
        snprintf(path, sizeof path, "%.254s/%.255s", folder, names[i]);
        run_file(path);
    }
    BJ_CHECK(cnt > 0 && cnt < FILE_MAX);
}

/* The file with its indented lines replaced by what the engine gives. */
static int print_file(const char *path) {
    FILE *file = script_read(&script, path) ? fopen(path, "r") : NULL;
    if (!file) return 1;
    char buf[SCRIPT_LINE_BYTES];
    size_t at = 0;
    engine_start(&engine);
    for (unsigned line_no = 1; fgets(buf, sizeof buf, file); line_no++) {
        if (buf[0] != ' ' && buf[0] != '\t') fputs(buf, stdout);
        if (at == script.step_cnt || script.step[at].line_no != line_no) continue;
        step_play(&by_engine, &script.step[at++]);
        for (size_t i = 0; i < got_cnt; i++) printf("    %s\n", got[i].buf);
    }
    engine_stop(&engine);
    fclose(file);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "--print") == 0) return print_file(argv[2]);
    run_folder(argc > 1 ? argv[1] : "dataplane/match/golden");
    return bj_test_end("test_match_golden");
}
