/* Goal: the engine and the model (test_match_model.h) get the same random commands of every op and
 * kind, and give the same events, byte for byte but for the handles; so does a twin engine at
 * another address, which applies them one by one and is now and then replaced by a copy that was
 * saved and loaded.  A difference is shrunk to the few commands that still show it.
 *
 *   test_match_random [SEED [COUNT]]       these seeds only
 *   test_match_random --shrink SEED        a seed that crashed: each try in a process of its own */
#include "dataplane/match/test_match_random.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"

enum {
    SEED_CNT = BJ_TEST_SLOW ? 200 : 2000,
    STEP_MAX = 2500,
    BURST_MAX = 16,
    RING_DEPTH = 64, /* the least there is: it is often full */
};

static void events_add(events_t *list, const bj_match_event_t *event) {
    if (list->cnt == list->max) {
        list->max = list->max ? 2 * list->max : 256;
        list->event = realloc(list->event, list->max * sizeof *list->event);
    }
    list->event[list->cnt++] = *event;
}

/* --- an engine and where its events go */

typedef struct engine {
    void *mem, *ring_mem;
    bj_match_t *match;
    bj_match_ring_t *ring;
    events_t got;
} engine_t;

static void engine_drain(void *ctx) {
    engine_t *engine = ctx;
    const bj_match_event_t *from;
    size_t cnt;
    while ((cnt = bj_match_ring_look(engine->ring, &from))) {
        for (size_t i = 0; i < cnt; i++) events_add(&engine->got, &from[i]);
        bj_match_ring_release(engine->ring, cnt);
    }
}

static bj_match_config_t config_of(const shape_t *shape) {
    /* Fetching ahead must change nothing: every depth has its turn. */
    return (bj_match_config_t){.instrument_max = INSTRUMENT_MAX, .order_max = shape->order_max,
                               .page_max = 2 * shape->order_max + 16,
                               .fetch_depth = 1 + shape->order_max % 3};
}

static void engine_open(engine_t *engine, const shape_t *shape, size_t shift_bytes) {
    bj_match_config_t config = config_of(shape);
    size_t bytes = (bj_match_footprint(&config) + 127) / 64 * 64;
    memset(engine, 0, sizeof *engine);
    engine->mem = aligned_alloc(64, bytes + shift_bytes);
    engine->match = bj_match_new((char *)engine->mem + shift_bytes, &config);
    engine->ring_mem = aligned_alloc(BJ_PAIR_BYTES, bj_match_ring_footprint(RING_DEPTH));
    engine->ring = bj_match_ring_new(engine->ring_mem, RING_DEPTH);
    bj_match_out(engine->match, engine->ring, engine_drain, engine);
}

static void engine_close(engine_t *engine) {
    free(engine->mem);
    free(engine->ring_mem);
    free(engine->got.event);
}

static void engine_apply(engine_t *engine, const bj_match_cmd_t *cmd, size_t cnt) {
    bj_match_apply(engine->match, cmd, cnt);
    engine_drain(engine);
}

/* --- the world of a run: the model, an engine, its twin */

typedef struct world {
    shape_t shape;
    model_t *model;
    engine_t one, twin;
    unsigned twin_cnt;
    follow_t follow;
    events_t want;
    bj_match_cmd_t pending[BURST_MAX];
    size_t pending_cnt;
    bool loud;
    const char *differs; /* NULL: so far the same */
} world_t;

static void world_open(world_t *w, const shape_t *shape) {
    memset(w, 0, sizeof *w);
    w->shape = *shape;
    w->model = model_new(INSTRUMENT_MAX, shape->order_max);
    engine_open(&w->one, shape, 0);
    engine_open(&w->twin, shape, 64);
    follow_open(&w->follow);
}

static void world_close(world_t *w) {
    model_free(w->model);
    engine_close(&w->one);
    engine_close(&w->twin);
    free(w->want.event);
}

static void differ(world_t *w, const char *what) {
    if (w->loud && !w->differs) fprintf(stderr, "    difference: %s\n", what);
    if (!w->differs) w->differs = what;
}

static bool is_same_event(const bj_match_event_t *a, const bj_match_event_t *b) {
    bj_match_event_t x = *a, y = *b;
    x.handle = x.contra_handle = y.handle = y.contra_handle = 0;
    return memcmp(&x, &y, sizeof x) == 0;
}

static void compare_events(world_t *w, const events_t *got, const char *who) {
    size_t cnt = w->want.cnt < got->cnt ? w->want.cnt : got->cnt, i = 0;
    while (i < cnt && is_same_event(&w->want.event[i], &got->event[i])) i++;
    if (i == cnt && w->want.cnt == got->cnt) return;
    differ(w, who);
    if (!w->loud) return;
    uint64_t no = i < w->want.cnt ? w->want.event[i].cmd_no : got->event[i].cmd_no;
    print_events("expected", &w->want, no);
    print_events("got", got, no);
    if (i < got->cnt && got->event[i].cmd_no != no) print_events("got", got, got->event[i].cmd_no);
}

static void world_flush(world_t *w) {
    if (!w->pending_cnt) return;
    w->one.got.cnt = w->twin.got.cnt = 0;
    engine_apply(&w->one, w->pending, w->pending_cnt);
    for (size_t i = 0; i < w->pending_cnt; i++) engine_apply(&w->twin, &w->pending[i], 1);
    compare_events(w, &w->one.got, "events of the engine");
    if (!w->differs) compare_events(w, &w->twin.got, "events of its twin");
    for (size_t i = 0; i < w->one.got.cnt && !w->differs; i++) {
        follow_event(&w->follow, &w->one.got.event[i]);
        if (w->follow.wrong) differ(w, w->follow.wrong);
    }
    w->pending_cnt = w->want.cnt = 0;
}

/* --- looking at both */

typedef struct orders {
    bj_match_order_t order[ORDER_MAX];
    size_t cnt;
} orders_t;

static void orders_add(void *ctx, const bj_match_order_t *order) {
    orders_t *list = ctx;
    if (list->cnt < BJ_COUNT(list->order)) list->order[list->cnt] = *order;
    list->cnt++;
}

static bool is_same_order(const bj_match_order_t *a, const bj_match_order_t *b) {
    return a->order_id == b->order_id && a->instrument_idx == b->instrument_idx &&
           a->owner == b->owner && a->account == b->account && a->price_paise == b->price_paise &&
           a->shown_qty == b->shown_qty && a->leaves_qty == b->leaves_qty &&
           a->cum_qty == b->cum_qty && a->trigger_paise == b->trigger_paise &&
           a->disclosed_qty == b->disclosed_qty && a->desk == b->desk && a->side == b->side &&
           a->type == b->type && a->tif == b->tif && a->flags == b->flags &&
           a->dormant == b->dormant && (a->tif != BJ_GTD || a->day == b->day);
}

static void look_orders(world_t *w) {
    orders_t want = {.cnt = 0}, got = {.cnt = 0};
    bj_match_order_t found;
    model_each(w->model, BJ_MATCH_ALL, orders_add, &want);
    bj_match_each(w->one.match, BJ_MATCH_ALL, orders_add, &got);
    if (want.cnt != got.cnt) differ(w, "number of orders in bj_match_each");
    for (size_t i = 0; i < want.cnt && !w->differs; i++) {
        uint64_t order_id = want.order[i].order_id;
        if (!is_same_order(&want.order[i], &got.order[i])) {
            differ(w, "an order of bj_match_each");
            if (w->loud) print_order("expected", &want.order[i]), print_order("got", &got.order[i]);
        } else if (!bj_match_find(w->one.match, order_id, &found) ||
                   !is_same_order(&want.order[i], &found)) {
            differ(w, "bj_match_find of a live order");
        }
    }
    if (bj_match_find(w->one.match, 3, &found) != model_find(w->model, 3, &found)) {
        differ(w, "bj_match_find");
    }
}

/* Where the follower has an order as it ought to have by what bj_match_each says. */
static bool is_followed(const follow_t *f, const bj_match_order_t *o, uint64_t *place) {
    const follow_order_t *it = follow_find((follow_t *)(uintptr_t)f, o->order_id);
    if (!it || it->leaves != o->leaves_qty || it->cum != o->cum_qty) return false;
    if (it->price != o->price_paise || it->trigger != o->trigger_paise) return false;
    if (it->handle != o->handle || (it->where == MODEL_WAITING) != o->dormant) return false;
    *place = it->place;
    return true;
}

static bool is_same_line(const bj_match_order_t *a, const bj_match_order_t *b) {
    return a->instrument_idx == b->instrument_idx && a->side == b->side &&
           a->dormant == b->dormant && a->type == b->type &&
           (a->dormant ? a->trigger_paise == b->trigger_paise : a->price_paise == b->price_paise);
}

static void look_follower(world_t *w) {
    orders_t got = {.cnt = 0};
    uint64_t place = 0, before;
    size_t live = 0;
    bj_match_each(w->one.match, BJ_MATCH_ALL, orders_add, &got);
    for (size_t i = 0; i < BJ_COUNT(w->follow.order); i++) live += w->follow.order[i].live;
    if (live != got.cnt) differ(w, "the events tell of another number of orders");
    for (size_t i = 0; i < got.cnt && !w->differs; i++) {
        before = place;
        if (!is_followed(&w->follow, &got.order[i], &place)) {
            differ(w, "the events tell otherwise of an order");
        } else if (i && is_same_line(&got.order[i - 1], &got.order[i]) && place < before) {
            differ(w, "the events tell of another place in time");
        }
    }
}

static void look_instrument(world_t *w, uint32_t instrument_idx) {
    bj_match_top_t top = bj_match_top(w->one.match, instrument_idx);
    bj_match_top_t want_top = model_top(w->model, instrument_idx);
    if (top.bid_paise != want_top.bid_paise || top.bid_qty != want_top.bid_qty) differ(w, "bid");
    if (top.ask_paise != want_top.ask_paise || top.ask_qty != want_top.ask_qty) differ(w, "ask");
    bj_match_view_t view = {0}, want_view = {0};
    if (bj_match_view(w->one.match, instrument_idx, &view) !=
        model_view(w->model, instrument_idx, &want_view)) {
        differ(w, "whether it is defined");
    }
    if (memcmp(&view, &want_view, sizeof view) != 0) {
        differ(w, "view");
        if (w->loud) {
            fprintf(stderr,
                    "    expected phase %d auction %d last %d closing %d, got %d %d %d %d\n",
                    want_view.phase, want_view.auction, want_view.last_paise,
                    want_view.closing_paise, view.phase, view.auction, view.last_paise,
                    view.closing_paise);
        }
    }
    bj_match_equilibrium_t at = bj_match_equilibrium(w->one.match, instrument_idx);
    bj_match_equilibrium_t want = model_equilibrium(w->model, instrument_idx);
    if (at.price_paise == want.price_paise && at.qty == want.qty && at.buy_qty == want.buy_qty &&
        at.sell_qty == want.sell_qty) {
        return;
    }
    differ(w, "equilibrium");
    if (w->loud) {
        fprintf(stderr,
                "    expected %lld at %d, %lld buy, %lld sell; got %lld at %d, %lld, %lld\n",
                (long long)want.qty, want.price_paise, (long long)want.buy_qty,
                (long long)want.sell_qty, (long long)at.qty, at.price_paise,
                (long long)at.buy_qty, (long long)at.sell_qty);
    }
}

static void look_book(world_t *w) {
    for (uint32_t i = 0; i < INSTRUMENT_MAX; i++) look_instrument(w, i);
    bj_match_stats_t stats = bj_match_stats(w->one.match);
    const model_t *m = w->model;
    if (stats.cmd_cnt != m->cmd_cnt || stats.trade_cnt != m->trade_cnt ||
        stats.traded_qty != m->traded_qty || stats.reject_cnt != m->reject_cnt ||
        stats.live_orders != model_live(m)) {
        differ(w, "stats");
    }
    look_orders(w);
    look_follower(w);
}

/* The twin goes, and a loaded copy of the engine takes its place. */
static void look_save(world_t *w) {
    size_t bytes = bj_match_save(w->one.match, NULL, 0);
    uint8_t *picture = malloc(bytes);
    if (bj_match_save(w->one.match, picture, bytes) != bytes) differ(w, "size of a picture");
    engine_close(&w->twin);
    engine_open(&w->twin, &w->shape, 64 * (1 + w->twin_cnt++ % 5));
    if (bj_match_load(w->twin.match, picture, bytes - 1) == BJ_OK) differ(w, "half a picture");
    if (bj_match_load(w->twin.match, picture, bytes) != BJ_OK) differ(w, "load");
    free(picture);
    if (bj_match_broken(w->twin.match)) differ(w, "a loaded copy is broken");
}

static void look(world_t *w, uint8_t what) {
    if ((what & LOOK_SAVE) && !w->differs) look_save(w);
    if ((what & (LOOK_HASH | LOOK_SAVE)) && !w->differs &&
        bj_match_hash(w->one.match) != bj_match_hash(w->twin.match)) {
        differ(w, "state hash of engine and twin");
    }
    if ((what & LOOK_BOOK) && !w->differs) look_book(w);
    const char *broken = what & LOOK_BROKEN ? bj_match_broken(w->one.match) : NULL;
    if (broken) {
        differ(w, "bj_match_broken");
        if (w->loud) fprintf(stderr, "    %s\n", broken);
    }
}

/* --- one step: the model at once, the engines when the burst is complete */

static void world_define(world_t *w, const step_t *step) {
    world_flush(w);
    bj_status_t want = model_define(w->model, step->instrument_idx, &step->definition);
    bj_status_t one = bj_match_define(w->one.match, step->instrument_idx, &step->definition);
    bj_status_t twin = bj_match_define(w->twin.match, step->instrument_idx, &step->definition);
    if (one != want || twin != want) differ(w, "status of define");
}

static void world_step(world_t *w, const step_t *step) {
    if (step->defines) {
        world_define(w, step);
        return;
    }
    w->pending[w->pending_cnt++] = step->cmd;
    model_apply(w->model, &step->cmd);
    for (size_t i = 0; i < w->model->event_cnt; i++) events_add(&w->want, &w->model->event[i]);
    if (step->joined && w->pending_cnt < BURST_MAX) return;
    world_flush(w);
    if (!w->differs) look(w, step->look);
}

static const char *world_play(const shape_t *shape, const step_t *steps, size_t cnt, bool loud) {
    world_t w;
    world_open(&w, shape);
    w.loud = loud;
    for (size_t i = 0; i < cnt && !w.differs; i++) {
        if (loud) print_step(i + 1, &steps[i]);
        world_step(&w, &steps[i]);
    }
    world_flush(&w);
    const char *differs = w.differs;
    world_close(&w);
    return differs;
}

/* --- shrinking */

/* In a process of its own, where asked: there a crash or an endless loop is a difference too. */
static bool still_differs(const shape_t *shape, const step_t *steps, size_t cnt, bool forks) {
    if (!forks) return world_play(shape, steps, cnt, false) != NULL;
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGABRT, SIG_DFL), signal(SIGSEGV, SIG_DFL);
        if (!freopen("/dev/null", "w", stderr)) _exit(0);
        const struct itimerval patience = {.it_value = {.tv_usec = 400000}};
        if (setitimer(ITIMER_PROF, &patience, NULL)) _exit(0); /* SIGPROF ends it */
        _exit(world_play(shape, steps, cnt, false) ? 1 : 0);
    }
    int status = 0;
    return waitpid(pid, &status, 0) == pid && status != 0;
}

static size_t drop(step_t *to, const step_t *from, size_t cnt, size_t at, size_t chunk) {
    size_t left = cnt - at < chunk ? 0 : cnt - at - chunk;
    memcpy(to, from, at * sizeof *to);
    memcpy(to + at, from + cnt - left, left * sizeof *to);
    return at + left;
}

/* Drops chunks, then single steps, as long as a difference remains; returns how many are left. */
static size_t shrink(const shape_t *shape, step_t *steps, size_t cnt, bool forks) {
    step_t *try = malloc((cnt + 1) * sizeof *try);
    bool again = true;
    for (size_t chunk = (cnt + 1) / 2; chunk && again; chunk = chunk > 1 ? (chunk + 1) / 2 : 1) {
        again = chunk > 1;
        for (size_t at = 0; at < cnt;) {
            size_t left = drop(try, steps, cnt, at, chunk);
            if (still_differs(shape, try, left, forks)) {
                memcpy(steps, try, left * sizeof *try);
                cnt = left;
                again = true;
            } else {
                at += chunk;
            }
        }
    }
    free(try);
    return cnt;
}

static void shrink_looks(const shape_t *shape, step_t *steps, size_t cnt, bool forks) {
    for (size_t i = 0; i < cnt; i++) {
        step_t was = steps[i];
        steps[i].joined = false;
        if (!still_differs(shape, steps, cnt, forks)) steps[i] = was;
        was = steps[i];
        steps[i].look = 0;
        if (!still_differs(shape, steps, cnt, forks)) steps[i] = was;
    }
}

static void report(uint64_t seed, const shape_t *shape, step_t *steps, size_t cnt, bool forks) {
    if (!still_differs(shape, steps, cnt, forks)) {
        fprintf(stderr, "seed %llu: played again, it does not differ\n", (unsigned long long)seed);
        return;
    }
    size_t left = shrink(shape, steps, cnt, forks);
    shrink_looks(shape, steps, left, forks);
    left = shrink(shape, steps, left, forks);
    fprintf(stderr,
            "seed %llu: shrunk to %zu steps, %u orders at most (+: in one call with the next):\n",
            (unsigned long long)seed, left, shape->order_max);
    world_play(shape, steps, left, true);
}

/* --- what was seen */

static struct {
    uint64_t cmd, event[16], reason[256], rejected[256], ended[256], flag[16][8];
    uint64_t phase[BJ_PHASE_CNT], auction[4], price_none;
} seen;

static void see(const model_t *m) {
    seen.cmd++;
    for (size_t i = 0; i < m->event_cnt; i++) {
        const bj_match_event_t *e = &m->event[i];
        seen.event[e->type]++;
        seen.reason[e->reason]++;
        if (e->type == BJ_MEV_REJECTED) seen.rejected[e->reason]++;
        if (e->type == BJ_MEV_CANCELLED) seen.ended[e->reason]++;
        for (unsigned k = 0; k < 8; k++) seen.flag[e->type][k] += e->flags >> k & 1;
        if (e->type == BJ_MEV_PHASE) seen.phase[e->qty]++;
        if (e->type == BJ_MEV_UNCROSSED) {
            seen.auction[e->leaves_qty]++;
            seen.price_none += e->price_paise == 0;
        }
    }
}

/* --- runs */

static volatile uint64_t seed_now, step_now;

static void crashed(int signal_no) {
    char text[160];
    int bytes = snprintf(text, sizeof text, "seed %llu crashed at step %llu; test_match_random "
                         "--shrink %llu\n", (unsigned long long)seed_now,
                         (unsigned long long)step_now, (unsigned long long)seed_now);
    if (write(STDERR_FILENO, text, (size_t)bytes) < 0) _exit(2);
    signal(signal_no, SIG_DFL);
    raise(signal_no);
}

static bool run(uint64_t seed, step_t *steps) {
    world_t w;
    shape_t shape = shape_roll(seed);
    world_open(&w, &shape);
    size_t cnt = 0;
    for (seed_now = seed; cnt < STEP_MAX && !w.differs; cnt++) {
        step_now = cnt;
        steps[cnt] = step_roll(&shape, w.model, cnt);
        world_step(&w, &steps[cnt]);
        if (!steps[cnt].defines) see(w.model);
    }
    world_flush(&w);
    const char *differs = w.differs;
    world_close(&w);
    if (differs) {
        fprintf(stderr, "seed %llu differs at step %zu: %s\n", (unsigned long long)seed, cnt,
                differs);
        report(seed, &shape, steps, cnt, false);
    }
    return !differs;
}

/* The steps of a seed, made with the model alone. */
static void run_shrink(uint64_t seed, step_t *steps) {
    shape_t shape = shape_roll(seed);
    model_t *m = model_new(INSTRUMENT_MAX, shape.order_max);
    for (size_t i = 0; i < STEP_MAX; i++) {
        steps[i] = step_roll(&shape, m, i);
        if (!steps[i].defines) model_apply(m, &steps[i].cmd);
        else (void)model_define(m, steps[i].instrument_idx, &steps[i].definition);
    }
    model_free(m);
    report(seed, &shape, steps, STEP_MAX, true);
}

static void check_seen(void) {
    static const uint8_t rejected[] = {
        BJ_REJ_INSTRUMENT_UNKNOWN, BJ_REJ_ORDER_TYPE, BJ_REJ_QTY, BJ_REJ_PRICE, BJ_REJ_FIELD,
        BJ_REJ_DUPLICATE, BJ_REJ_SESSION_CLOSED, BJ_REJ_INSTRUMENT_HALTED, BJ_REJ_PHASE, BJ_REJ_TIF,
        BJ_REJ_TRADE_TO_TRADE, BJ_REJ_CLOSING_PRICE, BJ_REJ_PRICE_BAND, BJ_REJ_TRIGGER,
        BJ_REJ_DISCLOSED, BJ_REJ_NO_REFERENCE, BJ_REJ_ENGINE_FULL};
    static const uint8_t ended[] = {
        BJ_END_USER, BJ_END_MASS, BJ_END_IOC, BJ_END_NO_LIQUIDITY, BJ_END_SELF_TRADE, BJ_END_DAY,
        BJ_END_EXPIRED, BJ_END_BAND, BJ_END_PROTECTION, BJ_END_AUCTION};
    static const struct { uint8_t type, flag; } flags[] = {
        {BJ_MEV_ACCEPTED, 0}, {BJ_MEV_ACCEPTED, 2}, {BJ_MEV_ACCEPTED, 5}, {BJ_MEV_MODIFIED, 0},
        {BJ_MEV_MODIFIED, 1}, {BJ_MEV_MODIFIED, 2}, {BJ_MEV_MODIFIED, 5}, {BJ_MEV_TRADE, 3},
        {BJ_MEV_TRADE, 4}, {BJ_MEV_TRADE, 6}, {BJ_MEV_RESTED, 0}, {BJ_MEV_RESTED, 5}};
    enum { ENOUGH = SEED_CNT / 4 };
    for (unsigned i = BJ_MEV_ACCEPTED; i <= BJ_MEV_DONE; i++) BJ_CHECK(seen.event[i] > ENOUGH);
    for (unsigned i = 0; i < BJ_PHASE_CNT; i++) BJ_CHECK(seen.phase[i] > ENOUGH);
    for (unsigned i = 1; i < 4; i++) BJ_CHECK(seen.auction[i] > ENOUGH);
    for (unsigned i = 0; i < BJ_COUNT(rejected); i++) BJ_CHECK(seen.rejected[rejected[i]] > ENOUGH);
    for (unsigned i = 0; i < BJ_COUNT(ended); i++) BJ_CHECK(seen.ended[ended[i]] > ENOUGH);
    for (unsigned i = 0; i < BJ_COUNT(flags); i++) {
        BJ_CHECK(seen.flag[flags[i].type][flags[i].flag] > ENOUGH);
    }
    BJ_CHECK(seen.reason[BJ_REJ_ORDER_UNKNOWN] > ENOUGH);
    BJ_CHECK(seen.reason[BJ_REJ_MODIFY] > ENOUGH);
    BJ_CHECK(seen.reason[BJ_ERR_UNKNOWN_TYPE] > ENOUGH);
    BJ_CHECK(seen.price_none > ENOUGH);
}

static void print_seen(void) {
    fprintf(stderr, "%llu commands;", (unsigned long long)seen.cmd);
    for (unsigned i = BJ_MEV_ACCEPTED; i <= BJ_MEV_DONE; i++) {
        fprintf(stderr, " %s %llu", event_name(i), (unsigned long long)seen.event[i]);
    }
    fprintf(stderr, "\n");
    for (unsigned i = 1; i < 256; i++) {
        if (seen.reason[i]) {
            fprintf(stderr, "  %s %llu\n", bj_status_name((bj_status_t)i),
                    (unsigned long long)seen.reason[i]);
        }
    }
}

int main(int argc, char **argv) {
    step_t *steps = malloc(STEP_MAX * sizeof *steps);
    signal(SIGABRT, crashed), signal(SIGSEGV, crashed);
    if (argc > 2 && strcmp(argv[1], "--shrink") == 0) {
        run_shrink(strtoull(argv[2], NULL, 10), steps);
        free(steps);
        return 1;
    }
    uint64_t from = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t cnt = argc > 2 ? strtoull(argv[2], NULL, 10) : argc > 1 ? 1 : SEED_CNT;
    bool same = true;
    for (uint64_t i = 0; i < cnt && same; i++) BJ_CHECK((same = run(from + i, steps)));
    print_seen();
    if (same && argc == 1) check_seen();
    free(steps);
    return bj_test_end("test_match_random");
}
