/* Goal: an engine that reads the journal is the engine that wrote it: the same events, the same
 * state hash, at every place where the writer stopped. */
#include <stdlib.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/engine/bj_engine.h"
#include "dataplane/journal/bj_journal.h"
#include "dataplane/match/bj_match.h"

enum { COMMANDS = 3000, STOPS = 12 };

typedef struct life {
    void        *mem;
    bj_engine_t *engine;
    uint64_t     event_digest;
} life_t;

static uint64_t rng = 88172645463325252;
static uint32_t any(uint32_t below) {
    rng ^= rng << 13, rng ^= rng >> 7, rng ^= rng << 17;
    return (uint32_t)(rng >> 32) % below;
}

static life_t life_new(void) {
    static const bj_engine_config_t config = {.instrument_max = 4, .account_max = 4,
                                              .order_max = 64};
    life_t life = {.mem = aligned_alloc(64, bj_engine_footprint(&config)),
                   .event_digest = BJ_FNV_OFFSET};
    life.engine = bj_engine_new(life.mem, &config);
    return life;
}

static void live(life_t *life, bj_cmd_t *cmd) {
    size_t cnt;
    const bj_event_t *events = bj_engine_apply(life->engine, cmd, &cnt);
    life->event_digest = bj_fnv1a(life->event_digest, events, cnt * sizeof *events);
}

static void relive(void *ctx, const bj_cmd_t *journalled) {
    bj_cmd_t cmd = *journalled;
    live(ctx, &cmd);
}

/* Now and then what is no plain order: a stop, a disclosed one, one that stays; and phases. */
static void dress(bj_cmd_t *cmd) {
    switch (any(60)) {
    case 0: cmd->order_type = BJ_SL, cmd->trigger_price_paise = cmd->price_paise; break;
    case 1: cmd->disclosed_qty = 1 + cmd->qty / 4; break;
    case 2: cmd->tif = BJ_GTC; break;
    case 3: cmd->order_type = BJ_MARKET, cmd->price_paise = 0; break;
    case 4: cmd->type = BJ_CMD_PHASE, cmd->token = 0;
        cmd->body.phase = (bj_cmd_phase_t){.phase = BJ_STATE_AUCTION, .auction = 1}; break;
    case 5:
    case 6: cmd->type = BJ_CMD_PHASE, cmd->token = 0;
        cmd->body.phase = (bj_cmd_phase_t){.phase = BJ_STATE_OPEN}; break;
    case 7: cmd->type = any(8) ? BJ_CMD_WINDOW : BJ_CMD_KILL, cmd->side = 0; break;
    default: break;
    }
}

static bj_cmd_t some_command(uint64_t k) {
    bj_cmd_t cmd = {.time_ns = (int64_t)k * 1000000, .session_id = 1, .session_seq = k,
                    .account_id = 1 + any(3), .token = 1 + any(2), .client_order_id = k + 1,
                    .type = any(10) ? BJ_CMD_NEW : BJ_CMD_CANCEL, .order_id = any(500),
                    .price_paise = 90 + (int32_t)any(20), .qty = 1 + (int32_t)any(50),
                    .side = any(2) ? BJ_BUY : BJ_SELL, .order_type = BJ_LIMIT, .tif = BJ_DAY};
    if (k < 2) {
        cmd.type = BJ_CMD_INSTRUMENT, cmd.token = (uint32_t)k + 1;
        cmd.body.instrument = (bj_cmd_instrument_t){
            .symbol = "REPLAY", .tick_paise = 1, .lot_qty = 1, .band_lo_paise = 80,
            .band_hi_paise = 120, .prev_close_paise = 100, .freeze_qty = 1000,
            .rules = BJ_MATCH_LONG_ORDERS};
    } else if (k < 5) {
        cmd.type = BJ_CMD_ACCOUNT, cmd.account_id = (uint32_t)k - 1;
        cmd.body.account = (bj_cmd_account_t){
            .order_value_max_paise = 100000, .open_value_max_paise = 1000000,
            .position_max_qty = 100000, .open_orders_max = 50};
    }
    if (k >= 5) dress(&cmd);
    return cmd;
}

int main(void) {
    char dir[] = "/tmp/bj_replay_XXXXXX", command_line[64];
    if (!mkdtemp(dir)) return 1;
    bj_log_init("test", BJ_LOG_ERROR + 1);
    life_t writer = life_new();
    uint64_t k = 0;
    for (int stop = 0; stop < STOPS; stop++) {
        bj_journal_t *journal;
        bj_journal_report_t report;
        life_t again = life_new();
        BJ_CHECK(bj_journal_open(dir, false, relive, &again, &report, &journal) == BJ_OK);
        BJ_CHECK(report.cmd_cnt == k && again.event_digest == writer.event_digest);
        BJ_CHECK(bj_engine_hash(again.engine) == bj_engine_hash(writer.engine));
        for (uint64_t end = k + any(COMMANDS / STOPS); k < end; k++) {
            bj_cmd_t cmd = some_command(k);
            live(&writer, &cmd);
            BJ_CHECK(bj_journal_append(journal, &cmd) == BJ_OK);
        }
        BJ_CHECK(bj_journal_commit(journal) == BJ_OK);
        bj_journal_close(journal);
        free(again.mem);
    }
    BJ_CHECK(bj_engine_stats(writer.engine).match_cnt > 100);
    free(writer.mem);
    (void)snprintf(command_line, sizeof command_line, "rm -rf %s", dir);
    BJ_CHECK(system(command_line) == 0);
    return bj_test_end("test_bj_replay");
}
