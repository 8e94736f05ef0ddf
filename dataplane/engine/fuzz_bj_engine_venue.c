/* Orders at an exchange that says anything: the invariants hold, each command has an answer, and a
 * replay of the same commands gives the same state. */
#include "dataplane/engine/engine_fuzz.h"

enum { SHORT_BYTES = 10, CMDS_MAX = 512 };
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

static const bj_engine_config_t config = {.instrument_max = 2, .account_max = 2, .order_max = 16,
                                          .venue = true, .message_rate_per_s = 1000000,
                                          .message_burst = 1000000};
static bj_cmd_t cmds[CMDS_MAX];
static size_t cmd_cnt;

static void set_up(bj_engine_t *engine) {
    bj_cmd_t instrument = {.type = BJ_CMD_INSTRUMENT, .token = 1,
                           .body.instrument = {.symbol = "FUZZ", .tick_paise = 1, .lot_qty = 1,
                                               .band_lo_paise = 50, .band_hi_paise = 200,
                                               .prev_close_paise = 100, .freeze_qty = 100,
                                               .rules = 16}};
    bj_cmd_t account = {.type = BJ_CMD_ACCOUNT, .account_id = 1,
                        .body.account = {.order_value_max_paise = 20000,
                                         .open_value_max_paise = 100000,
                                         .position_max_qty = 500, .open_orders_max = 8}};
    apply(engine, &instrument);
    apply(engine, &account);
}

static bj_cmd_t short_command(const uint8_t *p) {
    static const uint16_t types[] = {
        BJ_CMD_NEW,   BJ_CMD_NEW,     BJ_CMD_MODIFY, BJ_CMD_CANCEL,      BJ_CMD_VENUE,
        BJ_CMD_VENUE, BJ_CMD_VENUE,   BJ_CMD_VENUE,  BJ_CMD_MASS_CANCEL, BJ_CMD_DISCONNECT,
        BJ_CMD_KILL,  BJ_CMD_DAY_END, BJ_CMD_RELEASE};
    bj_cmd_t cmd = {.type = types[p[0] % BJ_COUNT(types)], .session_id = 1, .account_id = 1,
                    .token = 1, .order_id = p[1] & 15, .client_order_id = p[1], .qty = p[2],
                    .price_paise = p[3], .side = p[4] & 1 ? BJ_BUY : BJ_SELL,
                    .order_type = (p[4] >> 1 & 3) + 1, .tif = (p[4] >> 3 & 3) + 1,
                    .flags = p[4] >> 5, .session_seq = p[5]};
    if (cmd.type == BJ_CMD_NEW) cmd.trigger_price_paise = p[6];
    if (cmd.type == BJ_CMD_NEW && cmd.tif >= BJ_GTD) cmd.body.expiry_day = p[7];
    if (cmd.type == BJ_CMD_KILL) cmd.body.kill.block = p[6] & 1;
    if (cmd.type != BJ_CMD_VENUE) return cmd;
    cmd.session_id = BJ_SESSION_INTERNAL;
    cmd.body.venue = (bj_cmd_venue_t){.kind = p[6] & 15, .fill_qty = p[7], .cum_qty = p[8],
                                      .fill_price_paise = p[9], .number = p[3], .reason = p[5],
                                      .activity_ref = p[5]};
    return cmd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    static void *mem;
    if (!mem) mem = aligned_alloc(64, bj_engine_footprint(&config));
    bj_engine_t *engine = bj_engine_new(mem, &config);
    set_up(engine);
    for (cmd_cnt = 0; data_bytes && cmd_cnt < CMDS_MAX; cmd_cnt++) {
        bool whole = data[0] == 0xff; /* a command as it would lie in a journal */
        size_t need = whole ? 1 + sizeof(bj_cmd_t) : SHORT_BYTES;
        if (data_bytes < need) break;
        if (whole) memcpy(&cmds[cmd_cnt], data + 1, sizeof *cmds);
        else cmds[cmd_cnt] = short_command(data);
        apply(engine, &cmds[cmd_cnt]);
        data += need;
        data_bytes -= need;
    }
    uint64_t hash = bj_engine_hash(engine);
    engine = bj_engine_new(mem, &config);
    set_up(engine);
    for (size_t i = 0; i < cmd_cnt; i++) apply(engine, &cmds[i]);
    if (bj_engine_hash(engine) != hash) abort();
    return 0;
}
