/* Whatever stream of commands comes, the invariants hold and each command has an answer.  A record
 * is either a whole command as it would lie in a journal, or a short one with likely fields. */
#include "dataplane/engine/engine_fuzz.h"

enum { SHORT_BYTES = 12 };
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

static const bj_engine_config_t config = {.instrument_max = 3, .account_max = 4, .order_max = 24,
                                          .message_rate_per_s = 1000, .message_burst = 50};

static void set_up(bj_engine_t *engine) {
    for (uint32_t i = 1; i <= 2; i++) {
        bj_cmd_t instrument = {.type = BJ_CMD_INSTRUMENT, .token = i,
                               .body.instrument = {.symbol = "FUZZ", .tick_paise = 1,
                                                   .lot_qty = (int32_t)i, .band_lo_paise = 50,
                                                   .band_hi_paise = 200, .prev_close_paise = 100,
                                                   .freeze_qty = 100, .rules = 16}};
        bj_cmd_t account = {.type = BJ_CMD_ACCOUNT, .account_id = i,
                            .body.account = {.order_value_max_paise = 20000,
                                             .open_value_max_paise = 100000,
                                             .position_max_qty = 500, .open_orders_max = 8}};
        apply(engine, &instrument);
        apply(engine, &account);
    }
}

static void fill_body(bj_cmd_t *cmd, const uint8_t *p) {
    switch (cmd->type) {
    case BJ_CMD_INSTRUMENT_STATE: cmd->body.state = p[9] & 3; break;
    case BJ_CMD_INSTRUMENT:
        cmd->body.instrument = (bj_cmd_instrument_t){
            .symbol = "FUZZ", .tick_paise = p[9] & 7, .lot_qty = p[10] & 7, .band_lo_paise = p[4],
            .band_hi_paise = p[5], .prev_close_paise = 100, .freeze_qty = p[11],
            .protection_bp = (uint16_t)(p[9] << 4), .disclosed_min_pct = p[10] >> 3,
            .rules = p[9] >> 3};
        break;
    case BJ_CMD_ACCOUNT:
        cmd->body.account = (bj_cmd_account_t){
            .order_value_max_paise = p[9] * 256, .open_value_max_paise = p[10] * 256,
            .position_max_qty = p[11], .open_orders_max = p[4], .blocked = p[5] & 1,
            .pan_key = p[5] >> 1 & 3};
        break;
    case BJ_CMD_PHASE:
    case BJ_CMD_UNCROSS:
        cmd->body.phase = (bj_cmd_phase_t){.phase = p[9] & 7, .auction = p[9] >> 3 & 3,
                                           .market_first = p[9] >> 5 & 1,
                                           .reference_paise = p[10], .band_bp = p[11] * 16u};
        break;
    case BJ_CMD_BAND: cmd->body.band = (bj_cmd_band_t){.lo_paise = p[9], .hi_paise = p[10]}; break;
    case BJ_CMD_DAY_END: cmd->body.day.day = p[9] & 15; break;
    case BJ_CMD_KILL:
        cmd->body.kill.desk = p[9] & 3, cmd->side = p[9] & 4 ? 0 : cmd->side;
        cmd->body.kill.block = p[10] & 1;
        break;
    case BJ_CMD_LIMIT:
        cmd->body.limit = (bj_cmd_limit_t){.limit = p[9] & 63, .level = p[10] & 7,
                                           .desk = p[10] >> 3 & 3, .value = p[11] - 1};
        break;
    default:
        cmd->trigger_price_paise = p[9], cmd->disclosed_qty = p[10];
        cmd->body.expiry_day = p[11] & 15;
    }
}

static bj_cmd_t short_command(const uint8_t *p) {
    bj_cmd_t cmd = {.type = p[0] & 15, .session_id = p[1] & 3, .account_id = p[1] >> 2 & 3,
                    .token = p[1] >> 4 & 3, .order_id = p[2], .client_order_id = p[3], .qty = p[4],
                    .price_paise = p[5], .side = p[6] & 1 ? BJ_BUY : BJ_SELL,
                    .order_type = (p[6] >> 1 & 3) + 1, .tif = (p[6] >> 3 & 3) + 1,
                    .flags = p[6] >> 4 & 14, .time_ns = (int64_t)p[7] << 22, .session_seq = p[8]};
    if (cmd.type == BJ_CMD_MODIFY && p[6] & 128) cmd.order_type = cmd.tif = 0;
    fill_body(&cmd, p);
    bool order = cmd.type >= BJ_CMD_NEW && cmd.type <= BJ_CMD_MASS_CANCEL;
    if (!order) cmd.flags = p[6] & 64 ? BJ_FLAG_ONE_PERSON : 0;
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
