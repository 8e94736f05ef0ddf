/* Goal: a day by a fake clock: every step of the shipped calendar once, in order, at its moment;
 * the same day with a restart after every command gives the same commands; a cold start at noon
 * catches up; a full ring loses nothing; without a class nothing is said. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/main/bj_session_clock.h"

enum { COMMANDS = 64 };

typedef struct bed {
    bj_session_clock_t clock;
    bj_config_t *config;
    void *ring_mem;
    bj_cmd_t cmd[COMMANDS];
    size_t cnt;
} bed_t;

static int32_t thursday; /* 2026-11-26 */

static bj_config_t *config_of(const char *class_name) {
    char path[64];
    snprintf(path, sizeof path, "/tmp/bj-session-clock-%d.json", (int)getpid());
    FILE *file = fopen(path, "w");
    fprintf(file,
            "{\"calendar_json\": \"dataplane/calendar/nse.json\","
            " \"session\": {\"class\": \"%s\"}}",
            class_name);
    fclose(file);
    bj_config_t *config = bj_config_load(path);
    unlink(path);
    return config;
}

static void bed_open(bed_t *bed, const char *class_name, uint64_t depth) {
    *bed = (bed_t){.config = config_of(class_name),
                   .ring_mem = aligned_alloc(128, bj_ring_footprint(depth, 128) + 128)};
    bj_ring_t *ring = bj_ring_new(bed->ring_mem, depth, 128);
    BJ_CHECK(bj_session_clock_open(&bed->clock, bed->config, ring));
}

static void bed_close(bed_t *bed) {
    bj_session_clock_close(&bed->clock);
    bj_config_free(bed->config);
    free(bed->ring_mem);
}

static void drain(bed_t *bed) {
    const bj_cmd_t *cmd;
    while ((cmd = bj_ring_peek(bed->clock.cmds)) && bed->cnt < COMMANDS) {
        bed->cmd[bed->cnt++] = *cmd;
        bj_ring_release(bed->clock.cmds);
    }
}

/* Every ten seconds of the day, from a second on. */
static void run_day(bed_t *bed, int32_t from_s, bool restarts) {
    int64_t last_ns = 0;
    for (int32_t s = from_s; s < 86400; s += 10) {
        int64_t now_ns = bj_calendar_ns(thursday, s);
        size_t before = bed->cnt;
        bj_session_clock_step(&bed->clock, now_ns);
        drain(bed);
        if (bed->cnt == before || !restarts) continue;
        last_ns = bed->cmd[bed->cnt - 1].time_ns; /* what a journal would know */
        bj_session_clock_begin(&bed->clock, last_ns, now_ns);
    }
}

static bool same_step(const bj_cmd_t *cmd, const bj_calendar_step_t *step) {
    static const uint16_t types[] = {[BJ_OP_PHASE] = BJ_CMD_PHASE,
                                     [BJ_OP_UNCROSS] = BJ_CMD_UNCROSS,
                                     [BJ_OP_WINDOW] = BJ_CMD_WINDOW,
                                     [BJ_OP_DAY_END] = BJ_CMD_DAY_END};
    int32_t at_s = bj_calendar_second(cmd->time_ns);
    if (cmd->type != types[step->op] || cmd->session_id || cmd->token) return false;
    if (at_s < step->at_s || at_s > step->at_s + step->random_s + 10) return false;
    if (cmd->type == BJ_CMD_DAY_END) return cmd->body.day.day == (uint32_t)thursday;
    if (cmd->type == BJ_CMD_WINDOW) return true;
    return cmd->body.phase.phase == step->phase && cmd->body.phase.auction == step->auction &&
           cmd->body.phase.band_bp == step->band_bp &&
           cmd->body.phase.market_first == step->market_first;
}

/* The class's steps, and at its place the day's end. */
static void check_day(const bed_t *bed, const bj_cmd_t *cmd, size_t cnt) {
    size_t step_cnt, end_cnt, k = 0, e = 0;
    const bj_calendar_t *calendar = bed->clock.calendar;
    const bj_calendar_step_t *step =
        bj_calendar_steps(calendar, bed->clock.class_idx[0], thursday, &step_cnt);
    const bj_calendar_step_t *end =
        bj_calendar_steps(calendar, bed->clock.class_idx[1], thursday, &end_cnt);
    BJ_CHECK(step_cnt > 1 && end_cnt == 1 && cnt == step_cnt + end_cnt);
    for (size_t i = 0; i < cnt; i++) {
        bool ends = e < end_cnt && (k == step_cnt || end[e].at_s < step[k].at_s);
        BJ_CHECK(same_step(&cmd[i], ends ? &end[e] : &step[k]));
        if (ends)
            e++;
        else
            k++;
    }
}

static void test_day(bool restarts) {
    static const char *const classes[] = {"CM", "CM_CAS", "FO"};
    for (size_t i = 0; i < BJ_COUNT(classes); i++) {
        bed_t bed;
        bed_open(&bed, classes[i], 64);
        bj_session_clock_begin(&bed.clock, bj_calendar_ns(thursday, 0) - 1, 0);
        run_day(&bed, 0, restarts);
        check_day(&bed, bed.cmd, bed.cnt);
        bed_close(&bed);
    }
}

/* First nothing is taken, then everything of the day so far, at once and in order. */
static void test_cold_start(void) {
    bed_t bed;
    bed_open(&bed, "CM_CAS", 64);
    int64_t noon_ns = bj_calendar_ns(thursday, 12 * 3600);
    bj_session_clock_begin(&bed.clock, 0, noon_ns);
    BJ_CHECK(bj_session_clock_step(&bed.clock, noon_ns) > 2);
    drain(&bed);
    BJ_CHECK(bed.cnt > 3 && bed.cmd[0].type == BJ_CMD_PHASE);
    BJ_CHECK(bed.cmd[0].body.phase.phase == BJ_STATE_BUFFER);
    BJ_CHECK(bed.cmd[bed.cnt - 1].body.phase.phase == BJ_STATE_OPEN);
    for (size_t i = 0; i < bed.cnt; i++) {
        BJ_CHECK(bj_session_clock_is_step(&bed.cmd[i]) && bed.cmd[i].time_ns == noon_ns);
    }
    BJ_CHECK(bj_session_clock_step(&bed.clock, noon_ns + 1) == 0);
    bed_close(&bed);
}

/* Two places in the ring: what does not fit waits. */
static void test_full_ring(void) {
    bed_t bed;
    bed_open(&bed, "CM", 2);
    bj_session_clock_begin(&bed.clock, bj_calendar_ns(thursday, 0) - 1, 0);
    int64_t night_ns = bj_calendar_ns(thursday, 86000);
    for (int k = 0; k < 20; k++) {
        BJ_CHECK(bj_session_clock_step(&bed.clock, night_ns) <= 2);
        drain(&bed);
    }
    size_t step_cnt;
    bj_calendar_steps(bed.clock.calendar, bed.clock.class_idx[0], thursday, &step_cnt);
    BJ_CHECK(bed.cnt == step_cnt + 1 && bed.clock.issued_cnt == bed.cnt);
    bed_close(&bed);
}

static void test_off(void) {
    bed_t bed;
    bed_open(&bed, "", 64);
    bj_session_clock_begin(&bed.clock, 0, bj_calendar_ns(thursday, 40000));
    BJ_CHECK(bj_session_clock_step(&bed.clock, bj_calendar_ns(thursday, 80000)) == 0);
    bed_close(&bed);
    bj_config_t *config = config_of("NO_SUCH");
    BJ_CHECK(!bj_session_clock_open(&bed.clock, config, NULL) && !bed.clock.calendar);
    bj_config_free(config);
    bj_cmd_t cmd = {.type = BJ_CMD_PHASE, .session_id = 3};
    BJ_CHECK(!bj_session_clock_is_step(&cmd)); /* an operator's */
}

int main(void) {
    BJ_CHECK(bj_calendar_date("2026-11-26", &thursday));
    test_day(false);
    test_day(true);
    test_cold_start();
    test_full_ring();
    test_off();
    return bj_test_end("test_bj_session_clock");
}
