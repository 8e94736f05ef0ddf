#include "dataplane/main/bj_session_clock.h"

#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_log.h"

static const struct {
    uint8_t op;
    uint16_t type;
} types[] = {
    {BJ_OP_PHASE, BJ_CMD_PHASE},
    {BJ_OP_UNCROSS, BJ_CMD_UNCROSS},
    {BJ_OP_WINDOW, BJ_CMD_WINDOW},
    {BJ_OP_DAY_END, BJ_CMD_DAY_END},
};

bool bj_session_clock_is_step(const bj_cmd_t *cmd) {
    for (size_t i = 0; i < BJ_COUNT(types); i++) {
        if (cmd->session_id == BJ_SESSION_INTERNAL && cmd->type == types[i].type) return true;
    }
    return false;
}

/* Token 0 is every instrument. */
static bj_cmd_t command_of(const bj_calendar_due_t *due, int64_t now_ns) {
    const bj_calendar_step_t *step = &due->step;
    bj_cmd_t cmd = {.session_id = BJ_SESSION_INTERNAL, .time_ns = now_ns};
    for (size_t i = 0; i < BJ_COUNT(types); i++) {
        if (types[i].op == step->op) cmd.type = types[i].type;
    }
    if (cmd.type == BJ_CMD_DAY_END) {
        cmd.body.day = (bj_cmd_day_t){.day = (uint32_t)due->day};
    } else if (cmd.type != BJ_CMD_WINDOW) {
        cmd.body.phase = (bj_cmd_phase_t){.phase = step->phase,
                                          .auction = step->auction,
                                          .market_first = step->market_first,
                                          .band_bp = step->band_bp};
    }
    return cmd;
}

/* Whoever knows the seed knows the random closes of every day. */
static uint64_t seed_of(const bj_config_t *config) {
    char secret[128];
    if (!*bj_config_str_or(config, "session.seed_file", "")) {
        BJ_INFO("session.seed_file is not set: random closes can be foreseen");
        return 0;
    }
    bj_config_secret(config, "session.seed_file", secret, sizeof secret);
    return bj_fnv1a(BJ_FNV_OFFSET, secret, strlen(secret));
}

bool bj_session_clock_open(bj_session_clock_t *clock, const bj_config_t *config, bj_ring_t *cmds) {
    char error[BJ_CALENDAR_ERROR_BYTES];
    const char *name = bj_config_str_or(config, "session.class", "");
    *clock = (bj_session_clock_t){.cmds = cmds};
    if (!*name) return true;
    const char *file = bj_config_str(config, "calendar_json");
    if (bj_calendar_load_file(file, seed_of(config), &clock->calendar, error) != BJ_OK) {
        BJ_ERROR("calendar_json %s: %s", file, error);
        return false;
    }
    if (!bj_calendar_class(clock->calendar, name, &clock->class_idx[0]) ||
        !bj_calendar_class(clock->calendar, "DAY", &clock->class_idx[1])) {
        BJ_ERROR("session.class: %s has no sessions of the class %s, or none of the class DAY",
                 file, name);
        bj_session_clock_close(clock);
        return false;
    }
    BJ_INFO("sessions: class %s of %s", name, file);
    return true;
}

static void look_ahead(bj_session_clock_t *clock, int i, int64_t after_ns) {
    clock->waits[i] =
        bj_calendar_next(clock->calendar, clock->class_idx[i], after_ns, &clock->due[i]);
}

void bj_session_clock_begin(bj_session_clock_t *clock, int64_t last_ns, int64_t now_ns) {
    if (!clock->calendar) return;
    if (!last_ns) { /* nothing is traded until the calendar says so; a BUFFER fixes no price */
        bj_calendar_due_t closed = {.step = {.op = BJ_OP_PHASE, .phase = BJ_PHASE_BUFFER}};
        bj_cmd_t cmd = command_of(&closed, now_ns);
        clock->issued_cnt += bj_ring_push(clock->cmds, &cmd, sizeof cmd);
        last_ns = bj_calendar_ns(bj_calendar_day(now_ns), 0) - 1;
    }
    for (int i = 0; i < BJ_SESSION_CLASSES; i++)
        look_ahead(clock, i, last_ns);
}

/* The earlier of what both classes wait for; -1: nothing is due. */
static int first_due(const bj_session_clock_t *clock, int64_t now_ns) {
    int first = -1;
    for (int i = 0; i < BJ_SESSION_CLASSES; i++) {
        if (!clock->waits[i] || clock->due[i].at_ns > now_ns) continue;
        if (first < 0 || clock->due[i].at_ns < clock->due[first].at_ns) first = i;
    }
    return first;
}

uint32_t bj_session_clock_step(bj_session_clock_t *clock, int64_t now_ns) {
    uint32_t done = 0;
    if (!clock->calendar) return 0;
    for (int i; (i = first_due(clock, now_ns)) >= 0; done++) {
        bj_cmd_t cmd = command_of(&clock->due[i], now_ns);
        if (!bj_ring_push(clock->cmds, &cmd, sizeof cmd)) break; /* full: it is due still */
        clock->issued_cnt++;
        look_ahead(clock, i, clock->due[i].at_ns);
    }
    return done;
}

void bj_session_clock_close(bj_session_clock_t *clock) {
    bj_calendar_free(clock->calendar);
    clock->calendar = NULL;
}
