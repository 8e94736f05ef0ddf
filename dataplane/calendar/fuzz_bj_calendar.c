/* Any text as a calendar, or the shipped one with some bytes replaced and runs cut out: it is
 * refused with a sentence, or what it says can be asked about any day: steps ascend, each comes
 * once, commands are ones the matching engine knows.  Run from the repository's root. */
#include <stdio.h>

#include "dataplane/base/bj_time.h"
#include "dataplane/calendar/bj_calendar.h"

static void check_cmd(const bj_match_cmd_t *cmd) {
    assert(cmd->op >= BJ_OP_MASS_CANCEL && cmd->op < BJ_MATCH_OP_CNT);
    assert(cmd->phase < BJ_PHASE_CNT && cmd->auction <= BJ_AUCTION_CLOSE && cmd->market_first <= 1);
}

static void check_class(const bj_calendar_t *calendar, uint32_t class_idx, int32_t day) {
    size_t cnt;
    const bj_calendar_step_t *step = bj_calendar_steps(calendar, class_idx, day, &cnt);
    int64_t now_ns = bj_calendar_ns(day, 0) - 1;
    for (uint32_t i = 0; i < cnt; i++) {
        bj_calendar_due_t due;
        bool found = bj_calendar_next(calendar, class_idx, now_ns, &due);
        assert(found && due.day == day && due.step_idx == i && due.at_ns > now_ns);
        assert(due.at_ns >= bj_calendar_ns(day, step[i].at_s));
        assert(due.at_ns - bj_calendar_ns(day, step[i].at_s) <= step[i].random_s * BJ_NS_PER_S);
        bj_match_cmd_t cmd = bj_calendar_cmd(&step[i], day, 0);
        check_cmd(&cmd);
        now_ns = due.at_ns;
    }
}

static void check_day(const bj_calendar_t *calendar, int32_t day) {
    for (uint32_t i = 0; i < bj_calendar_class_cnt(calendar); i++) check_class(calendar, i, day);
    for (uint32_t move_bp = 0; move_bp <= 10000; move_bp += 500) {
        bj_calendar_breaker_t breaker;
        bj_calendar_timed_t timed[BJ_CALENDAR_TIMED_MAX];
        if (bj_calendar_breaker(calendar, day, (int32_t)move_bp * 8, move_bp, &breaker)) break;
        size_t cnt = bj_calendar_breaker_cmds(&breaker, bj_calendar_ns(day, 36000), timed);
        assert(cnt <= BJ_CALENDAR_TIMED_MAX && (cnt == 0) == breaker.none);
        for (size_t i = 0; i < cnt; i++) check_cmd(&timed[i].cmd);
    }
    const bj_band_rule_t *rule = bj_calendar_band_rule(calendar, day);
    bj_band_t band;
    if (rule) assert(bj_band_begin(&band, rule, 100000, 5) == BJ_OK);
    assert(bj_calendar_tick(calendar, "CM", day, 100000) >= 0);
}

static void one_text(const char *text, size_t text_bytes) {
    char error[BJ_CALENDAR_ERROR_BYTES];
    bj_calendar_t *calendar;
    bj_status_t status = bj_calendar_load(text, text_bytes, 1, &calendar, error);
    assert((status == BJ_OK) == (calendar != NULL) && strlen(error) < sizeof error);
    assert((status == BJ_OK) == (error[0] == '\0'));
    if (!calendar) return;
    static const int32_t days[] = {-1, 0, 10957, 20454, 20668, 20703, 47481, 47482};
    for (size_t i = 0; i < BJ_COUNT(days); i++) check_day(calendar, days[i]);
    bj_calendar_free(calendar);
}

/* Four bytes an edit: where, and a byte to put there; or, below 32, how many to cut out. */
static size_t edit(char *text, size_t text_bytes, const uint8_t *data, size_t data_bytes) {
    for (size_t i = 0; i + 4 <= data_bytes && text_bytes; i += 4) {
        size_t at = (data[i] | (size_t)data[i + 1] << 8) % text_bytes;
        size_t cut = data[i + 2] + 1u;
        if (data[i + 3] >= 32) {
            text[at] = (char)data[i + 3];
            continue;
        }
        if (cut > text_bytes - at) cut = text_bytes - at;
        memmove(text + at, text + at + cut, text_bytes - at - cut);
        text_bytes -= cut;
    }
    return text_bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    static char shipped[1 << 16], text[1 << 16];
    static size_t shipped_bytes;
    if (!shipped_bytes) {
        FILE *in = fopen("dataplane/calendar/nse.json", "re");
        assert(in);
        shipped_bytes = fread(shipped, 1, sizeof shipped, in);
        fclose(in);
        one_text(shipped, shipped_bytes);
    }
    if (data_bytes && data[0] == 0) {
        memcpy(text, shipped, shipped_bytes);
        one_text(text, edit(text, shipped_bytes, data + 1, data_bytes - 1));
    } else {
        one_text((const char *)data, data_bytes);
    }
    return 0;
}
