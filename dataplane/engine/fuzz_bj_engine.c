/* Whatever stream of commands comes, the invariants hold and each command has an answer.  A record
 * is either a whole command as it would lie in a journal, or a short one with likely fields. */
#include "dataplane/engine/bj_engine.h"

#include <stdio.h>
#include <stdlib.h>

enum { SHORT_BYTES = 12 };
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

static const bj_engine_config_t config = {.instrument_max = 3, .account_max = 4, .order_max = 12,
                                          .message_rate_per_s = 1000, .message_burst = 50};

static void apply(bj_engine_t *engine, bj_cmd_t *cmd) {
    size_t event_cnt;
    cmd->seq = 0;
    const bj_event_t *events = bj_engine_apply(engine, cmd, &event_cnt);
    const char *why = bj_engine_broken(engine);
    if (events && event_cnt && !why) return;
    fprintf(stderr, "%s\n", why ? why : "no answer");
    abort();
}

static void set_up(bj_engine_t *engine) {
    for (uint32_t i = 1; i <= 2; i++) {
        bj_cmd_t instrument = {.type = BJ_CMD_INSTRUMENT, .token = i,
                               .body.instrument = {"FUZZ", 1, (int32_t)i, 50, 200, 100, 100}};
        bj_cmd_t account = {.type = BJ_CMD_ACCOUNT, .account_id = i,
                            .body.account = {20000, 100000, 500, 8, 0, 0}};
        apply(engine, &instrument);
        apply(engine, &account);
    }
}

static bj_cmd_t short_command(const uint8_t *p) {
    bj_cmd_t cmd = {.type = p[0] & 15, .session_id = p[1] & 3, .account_id = p[1] >> 2 & 3,
                    .token = p[1] >> 4 & 3, .order_id = p[2], .client_order_id = p[3], .qty = p[4],
                    .price_paise = p[5], .side = p[6] & 1 ? BJ_BUY : BJ_SELL,
                    .order_type = (p[6] >> 1 & 1) + 1, .tif = (p[6] >> 2 & 1) + 1,
                    .flags = p[6] >> 3 & 2, .time_ns = (int64_t)p[7] << 22, .session_seq = p[8]};
    if (cmd.type == BJ_CMD_INSTRUMENT_STATE) cmd.body.state = p[9] & 3;
    if (cmd.type == BJ_CMD_INSTRUMENT) {
        cmd.body.instrument =
            (bj_cmd_instrument_t){"FUZZ", p[9] & 7, p[10] & 7, p[4], p[5], 100, p[11]};
    }
    if (cmd.type == BJ_CMD_ACCOUNT) {
        cmd.body.account = (bj_cmd_account_t){p[9] * 256, p[10] * 256, p[11], p[4], p[5] & 1, 0};
    }
    return cmd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    static void *mem;
    if (!mem) mem = aligned_alloc(64, bj_engine_footprint(&config));
    bj_engine_t *engine = bj_engine_new(mem, &config);
    set_up(engine);
    while (data_bytes) {
        bool whole = data[0] == 0xff;
        size_t need = whole ? 1 + sizeof(bj_cmd_t) : SHORT_BYTES;
        if (data_bytes < need) break;
        bj_cmd_t cmd;
        if (whole) memcpy(&cmd, data + 1, sizeof cmd);
        else cmd = short_command(data);
        apply(engine, &cmd);
        data += need;
        data_bytes -= need;
    }
    return 0;
}
