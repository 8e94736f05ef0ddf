#include "controlplane/cli/bj_cli_breaker.h"

#include <stdio.h>

enum { BP_A_PERCENT = 100, TIME_BYTES = 9, COMMAND_BYTES = 128 };

static const char *time_of(int64_t time_ns, char out[TIME_BYTES]) {
    unsigned at_s = (unsigned)bj_calendar_second(time_ns);
    snprintf(out, TIME_BYTES, "%02u:%02u:%02u", at_s / 3600 % 24, at_s / 60 % 60, at_s % 60);
    return out;
}

/* One of the calendar's commands, all for every instrument, as bijlictl takes it. */
static void words_of(const bj_match_cmd_t *cmd, char out[COMMAND_BYTES]) {
    switch (cmd->op) {
    case BJ_OP_MASS_CANCEL: snprintf(out, COMMAND_BYTES, "bijlictl kill --reason ..."); return;
    case BJ_OP_UNCROSS:
        snprintf(out, COMMAND_BYTES, "bijlictl uncross ALL --then open%s --reason ...",
                 cmd->market_first ? " --market-first" : "");
        return;
    default:
        snprintf(out, COMMAND_BYTES, "bijlictl phase ALL auction --auction resume --reason ...");
    }
}

static json_t *later(const bj_calendar_breaker_t *breaker, int64_t now_ns) {
    bj_calendar_timed_t timed[BJ_CALENDAR_TIMED_MAX];
    size_t cnt = bj_calendar_breaker_cmds(breaker, now_ns, timed);
    json_t *list = json_array();
    for (size_t i = 0; i < cnt; i++) {
        char at[TIME_BYTES], command[COMMAND_BYTES];
        const bj_match_cmd_t *cmd = &timed[i].cmd;
        if (cmd->op == BJ_OP_PHASE && cmd->phase == BJ_PHASE_HALTED) continue; /* was sent */
        words_of(cmd, command);
        json_array_append_new(list, json_pack("{s:s, s:s}", "at", time_of(timed[i].at_ns, at),
                                              "command", command));
    }
    return list;
}

bool bj_cli_breaker(const bj_calendar_t *calendar, uint32_t level_pct, int64_t now_ns,
                    json_t *answer) {
    char at[TIME_BYTES];
    bj_calendar_breaker_t breaker;
    bj_status_t status =
        bj_calendar_breaker(calendar, bj_calendar_day(now_ns), bj_calendar_second(now_ns),
                            level_pct * BP_A_PERCENT, &breaker);
    if (status != BJ_OK || breaker.none || breaker.level_bp == 0) return false;
    json_object_set_new(answer, "level_pct", json_integer(breaker.level_bp / BP_A_PERCENT));
    json_object_set_new(answer, "at", json_string(time_of(now_ns, at)));
    json_object_set_new(answer, "halt_min", json_integer(breaker.halt_s / 60));
    json_object_set_new(answer, "auction_min", json_integer(breaker.auction_s / 60));
    json_object_set_new(answer, "rest_of_day", json_boolean(breaker.rest_of_day));
    json_object_set_new(answer, "later", later(&breaker, now_ns));
    return true;
}
