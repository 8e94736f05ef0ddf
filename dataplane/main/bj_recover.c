/* From the journal back to where we were; then what the configuration asks for and nobody has set
 * up. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_universe.h"
#include "dataplane/main/bj_contracts.h"
#include "dataplane/main/bj_restore.h"
#include "dataplane/main/bj_resume.h"
#include "dataplane/main/bj_world.h"
#include "dataplane/match/bj_match.h"

enum { UNIVERSE_MAX = 4096 };

/* A desk trades for itself, on its own money: its limits stop a broken program, not a trader. */
static const bj_cmd_account_t desk_limits = {
    .order_value_max_paise = INT64_C(100000000000),  /* Rs 100 crore */
    .open_value_max_paise = INT64_C(10000000000000), /* Rs 10,000 crore */
    .position_max_qty = INT64_C(100000000),
    .open_orders_max = 10000,
};

/* Two sessions may act for one account: it is set up once. */
static void account_wanted(bj_recovery_t *recovery, uint32_t account_id) {
    uint32_t at = 0;
    while (at < recovery->account_cnt && recovery->account_ids[at] != account_id) at++;
    recovery->account_ids[at] = account_id;
    if (at == recovery->account_cnt) recovery->account_cnt++;
}

static void accounts_wanted(bj_world_t *world) {
    for (uint32_t i = 0; i < world->session_cnt; i++) {
        const bj_gateway_session_config_t *session = &world->sessions[i];
        for (uint32_t k = 0; k < session->account_cnt; k++)
            account_wanted(&world->recovery, session->accounts[k]);
    }
    for (int d = 0; d < BJ_NNF_DOORS; d++) {
        const bj_nnf_door_t *door = &world->gateway_tile.nnf[d];
        for (uint32_t i = 0; i < door->user_cnt; i++)
            account_wanted(&world->recovery, door->users[i].account_id);
    }
}

static void account_seen(bj_recovery_t *recovery, const bj_event_t *event) {
    for (size_t i = 0; i < recovery->account_cnt; i++) {
        if (recovery->account_ids[i] == event->account_id) recovery->account_ids[i] = 0;
    }
}

static void events_seen(void *ctx, const bj_event_t *events, size_t event_cnt) {
    bj_world_t *world = (bj_world_t *)ctx;
    for (size_t i = 0; i < event_cnt; i++) {
        if (events[i].type == BJ_EV_ACCOUNT) account_seen(&world->recovery, &events[i]);
        for (int d = 0; d < BJ_NNF_DOORS; d++) {
            bj_nnf_server_t *server = world->gateway_tile.nnf[d].server;
            if (server) bj_nnf_server_recover_event(server, &events[i]);
        }
    }
    bj_resume_events(world->gateway, events, event_cnt);
}

/* When the trading calendar took its last step. */
static int64_t session_ns(const bj_snap_info_t *info) {
    int64_t last_ns = 0;
    for (uint16_t type = 0; type < BJ_COUNT(info->internal_ns); type++) {
        bj_cmd_t cmd = {.session_id = BJ_SESSION_INTERNAL, .type = type};
        if (bj_session_clock_is_step(&cmd) && info->internal_ns[type] > last_ns)
            last_ns = info->internal_ns[type];
    }
    return last_ns;
}

static bool journal_replay(bj_world_t *world) {
    bj_restore_t r = {.journal_dir = world->journal_dir,
                      .evlog_dir = world->evlog_dir,
                      .durable = world->durable,
                      .engine_mem = world->engine_mem,
                      .config = world->engine_config,
                      .engine = world->engine,
                      .events = events_seen,
                      .ctx = world};
    bool ok = bj_restore_run(&r);
    world->engine = r.engine;
    world->journal = r.journal;
    world->evlog = r.evlog;
    if (!ok) return false;
    bj_recovery_t *recovery = &world->recovery;
    recovery->cmd_cnt = r.cmd_cnt;
    recovery->event_cnt = r.event_cnt;
    recovery->snap_seq = r.snap_seq;
    recovery->torn_bytes = r.torn_bytes;
    recovery->session_ns = session_ns(&r.info);
    bj_resume_tiles(&(bj_resume_t){.gateway = world->gateway, .sessions = world->sessions,
                                   .session_cnt = world->session_cnt,
                                   .engine_tile = &world->engine_tile,
                                   .journal_tile = &world->journal_tile, .pipe = &world->pipe},
                    &r);
    world->evlog_reader = bj_evlog_open(world->evlog_dir);
    return world->evlog_reader != NULL;
}

static void users_recover(bj_world_t *world) {
    for (int d = 0; d < BJ_NNF_DOORS; d++) {
        const bj_nnf_door_t *door = &world->gateway_tile.nnf[d];
        for (uint32_t i = 0; i < door->user_cnt; i++) {
            uint16_t id = door->users[i].session_id;
            bj_nnf_server_recover_seq(door->server, id, bj_engine_session_seq(world->engine, id));
        }
    }
}

static bool command_issue(bj_world_t *world, bj_cmd_t *cmd) {
    cmd->session_id = BJ_SESSION_INTERNAL;
    cmd->time_ns = bj_clock_wall_ns();
    if (bj_ring_push(world->pipe.cmds, cmd, sizeof *cmd)) return true;
    BJ_ERROR("more to set up at start than the command ring holds");
    return false;
}

/* A band that moved during the day is not moved back by a restart: the close before tells days
 * apart. */
static bool same_day(const bj_cmd_instrument_t *known, const bj_cmd_instrument_t *want) {
    bj_cmd_instrument_t in_force = *want;
    in_force.band_lo_paise = known->band_lo_paise;
    in_force.band_hi_paise = known->band_hi_paise;
    return memcmp(known, &in_force, sizeof in_force) == 0;
}

/* The rules of matching that hold for every instrument of the configuration. */
static void rules_read(const bj_config_t *config, bj_cmd_instrument_t *want) {
    want->protection_bp =
        (uint16_t)bj_config_int_or(config, "matching.protection_bp", 0, UINT16_MAX, 0);
    want->protection_min_paise =
        (int32_t)bj_config_int_or(config, "matching.protection_min_paise", 0, INT32_MAX, 0);
    want->disclosed_min_pct =
        (uint8_t)bj_config_int_or(config, "matching.disclosed_min_pct", 0, 100, 0);
    if (bj_config_bool_or(config, "matching.long_orders", false))
        want->rules |= BJ_MATCH_LONG_ORDERS;
    if (bj_config_bool_or(config, "matching.no_stop_market", false))
        want->rules |= BJ_MATCH_NO_STOP_MARKET;
    if (bj_config_bool_or(config, "matching.market_needs_last", false))
        want->rules |= BJ_MATCH_NEEDS_LAST;
}

static bool instrument_issue(bj_world_t *world, uint32_t token, bj_cmd_instrument_t want) {
    bj_cmd_instrument_t known;
    bj_instrument_state_t state;
    rules_read(world->config, &want);
    if (bj_engine_instrument(world->engine, token, &known, &state) && same_day(&known, &want))
        return true;
    bj_cmd_t cmd = {.type = BJ_CMD_INSTRUMENT, .token = token, .body.instrument = want};
    return command_issue(world, &cmd);
}

static bool universe_issue(bj_world_t *world, const bj_universe_row_t *rows, size_t cnt) {
    for (size_t i = 0; i < cnt; i++) {
        const bj_universe_row_t *row = &rows[i];
        bj_cmd_instrument_t want = {.tick_paise = row->tick_paise,
                                    .lot_qty = row->lot_qty,
                                    .freeze_qty = row->freeze_qty,
                                    .band_lo_paise = row->band_lo_paise,
                                    .band_hi_paise = row->band_hi_paise,
                                    .prev_close_paise = row->prev_close_paise};
        memcpy(want.symbol, row->symbol, sizeof want.symbol);
        if (!instrument_issue(world, row->token, want)) return false;
    }
    return true;
}

/* What risk must know of a contract; it is the exchange's to say, and no operator's. */
static bool kind_issue(bj_world_t *world, const bj_contract_t *is) {
    const struct {
        bj_limit_t limit;
        int64_t value;
    } kinds[] = {{BJ_LIMIT_SEGMENT, 1}, {BJ_LIMIT_UNDERLYING, is->underlying},
                 {BJ_LIMIT_INVERSE, is->put}};
    for (size_t i = 0; i < BJ_COUNT(kinds); i++) {
        int64_t known = bj_engine_instrument_limit(world->engine, is->nnf.token, kinds[i].limit);
        if (known == kinds[i].value || (known == BJ_LIMIT_NONE && !kinds[i].value)) continue;
        bj_cmd_t cmd = {.type = BJ_CMD_LIMIT, .token = is->nnf.token,
                        .body.limit = {.limit = (uint16_t)kinds[i].limit,
                                       .level = BJ_LEVEL_INSTRUMENT, .value = kinds[i].value,
                                       .reason = "contracts_file"}};
        if (!command_issue(world, &cmd)) return false;
    }
    return true;
}

/* The engine has one space of tokens; the exchange has one a segment. */
static bool contracts_issue(bj_world_t *world, const bj_universe_row_t *universe, size_t cnt) {
    bj_contract_t *rows;
    uint32_t row_cnt;
    bool ok = bj_contracts_read(world->config, bj_clock_wall_ns(), &rows, &row_cnt);
    for (uint32_t i = 0; ok && i < row_cnt; i++) {
        for (size_t k = 0; k < cnt && ok; k++) {
            ok = universe[k].token != rows[i].nnf.token;
            if (!ok)
                BJ_ERROR("contracts_file: token %u of %s is %s's of universe_csv: one of the two",
                         universe[k].token, rows[i].terms.symbol, universe[k].symbol);
        }
        ok = ok && instrument_issue(world, rows[i].nnf.token, rows[i].terms) &&
             kind_issue(world, &rows[i]);
    }
    free(rows);
    return ok;
}

static bool instruments_issue(bj_world_t *world) {
    const char *file = bj_config_str(world->config, "universe_csv");
    char error[1024] = "";
    size_t cnt = 0;
    bj_universe_row_t *rows = calloc(UNIVERSE_MAX, sizeof *rows);
    bj_status_t status =
        rows ? bj_universe_load(file, rows, UNIVERSE_MAX, &cnt, error, sizeof error) : BJ_ERR_FULL;
    if (status != BJ_OK) BJ_ERROR("universe_csv %s: %s %s", file, bj_status_text(status), error);
    bool ok = status == BJ_OK && universe_issue(world, rows, cnt) &&
              contracts_issue(world, rows, cnt);
    free(rows);
    return ok;
}

static bool accounts_issue(bj_world_t *world) {
    for (size_t i = 0; i < world->recovery.account_cnt; i++) {
        bj_cmd_t cmd = {.type = BJ_CMD_ACCOUNT,
                        .account_id = world->recovery.account_ids[i],
                        .body.account = desk_limits};
        if (cmd.account_id && !command_issue(world, &cmd)) return false;
    }
    return true;
}

/* For whoever compares: the state as the journal alone gives it, before anything new. */
static bool recovery_write(const bj_world_t *world) {
    char path[BJ_PATH_BYTES], fresh[BJ_PATH_BYTES + 8], hash[24];
    snprintf(path, sizeof path, "%s/dataplane.recovery.json", world->run_dir);
    snprintf(fresh, sizeof fresh, "%s.new", path);
    snprintf(hash, sizeof hash, "%016" PRIx64, world->recovery.state_hash);
    json_t *root = json_pack("{s:I, s:I, s:I, s:s}", "commands",
                             (json_int_t)world->recovery.cmd_cnt, "events",
                             (json_int_t)world->recovery.event_cnt, "snapshot",
                             (json_int_t)world->recovery.snap_seq, "state_hash", hash);
    bool ok = root && json_dump_file(root, fresh, JSON_COMPACT) == 0 && rename(fresh, path) == 0;
    json_decref(root);
    if (!ok) BJ_ERROR("%s cannot be written", path);
    return ok;
}

bool bj_world_recover(bj_world_t *world) {
    int64_t from_ns = bj_clock_mono_ns();
    bj_recovery_t *recovery = &world->recovery;
    accounts_wanted(world);
    if (!journal_replay(world)) return false;
    users_recover(world);
    recovery->state_hash = bj_engine_hash(world->engine);
    recovery->took_ms = (bj_clock_mono_ns() - from_ns) / BJ_NS_PER_MS;
    BJ_INFO("recovered %" PRIu64 " commands after %" PRIu64 " in %" PRId64
            " ms, state hash %016" PRIx64, recovery->cmd_cnt, recovery->snap_seq,
            recovery->took_ms, recovery->state_hash);
    if (!recovery_write(world) || !instruments_issue(world) || !accounts_issue(world)) return false;
    if (!bj_session_clock_open(&world->gateway_tile.clock, world->config, world->pipe.cmds))
        return false;
    bj_session_clock_begin(&world->gateway_tile.clock, recovery->session_ns, bj_clock_wall_ns());
    return bj_band_watch_open(&world->gateway_tile.bands, world->config, world->evlog_dir,
                              world->pipe.cmds, bj_engine_stats(world->engine).cmd_seq);
}
