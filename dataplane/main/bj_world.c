#include "dataplane/main/bj_world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_pages.h"
#include "dataplane/journal/bj_shape.h"
#include "dataplane/main/bj_confine.h"
#include "dataplane/main/bj_session_config.h"

static const int64_t poll_sleep_ns =
    500 * BJ_NS_PER_US; /* loops that look at ports nobody rings for */
static const int64_t ring_sleep_ns = 20 * BJ_NS_PER_MS; /* loops that are always rung for */
static const uint64_t report_max = UINT64_C(1) << 25;   /* 33 million reports a session */

/* --- what the gateway asks for --- */
static bool event_at(void *ctx, uint64_t event_seq, bj_event_t *event) {
    const bj_world_t *world = (const bj_world_t *)ctx;
    size_t cnt;
    bj_status_t status = bj_evlog_read(world->evlog_reader, event_seq, event, 1, &cnt);
    return status == BJ_OK && cnt == 1 && event->seq == event_seq;
}

static void nonce(void *ctx, uint8_t *out, size_t out_bytes) {
    (void)ctx;
    /* Up to 256 bytes the kernel always gives whole; without them nobody may log in. */
    if (getrandom(out, out_bytes, 0) != (ssize_t)out_bytes) abort();
}

static void on_event(void *ctx, const bj_event_t *event, bj_now_t now) {
    bj_nnf_door_t *doors = ((bj_world_t *)ctx)->gateway_tile.nnf;
    for (int i = 0; i < BJ_NNF_DOORS; i++)
        bj_nnf_door_event(&doors[i], event, now);
}

/* --- what the journal tile writes to --- */
static bj_status_t store_append(void *ctx, const bj_cmd_t *cmd) {
    return bj_journal_append(((bj_world_t *)ctx)->journal, cmd);
}
static bj_status_t store_commit(void *ctx) {
    return bj_journal_commit(((bj_world_t *)ctx)->journal);
}
static bj_status_t store_keep(void *ctx, const bj_event_t *event) {
    return bj_evlog_append(((bj_world_t *)ctx)->evlog, event, 1);
}
static void store_publish(void *ctx, uint64_t event_seq) {
    bj_evlog_publish(((bj_world_t *)ctx)->evlog, event_seq);
}
static bj_status_t store_write(void *ctx, uint64_t cmd_seq) {
    bj_world_t *world = (bj_world_t *)ctx;
    bj_status_t status = bj_journal_write(world->journal);
    if (status == BJ_OK) bj_replica_tile_written(&world->replica, cmd_seq);
    return status;
}
static void store_digest(void *ctx, const bj_digest_t *digest) {
    bj_replica_tile_digest(&((bj_world_t *)ctx)->replica, digest);
}

/* --- made --- */
static bool dir_make(char *path, const char *parent, const char *name) {
    if (snprintf(path, BJ_PATH_BYTES, "%s/%s", parent, name) >= BJ_PATH_BYTES) return false;
    if (mkdir(path, 0750) == 0 || errno == EEXIST) return true;
    BJ_ERROR("%s cannot be made: %s", path, strerror(errno));
    return false;
}

static bool dirs_make(bj_world_t *world) {
    char ignored[BJ_PATH_BYTES];
    (void)mkdir(world->data_dir, 0750), (void)mkdir(world->run_dir, 0750);
    return dir_make(world->journal_dir, world->data_dir, "journal") &&
           dir_make(world->evlog_dir, world->data_dir, "events") &&
           dir_make(ignored, world->run_dir, ".");
}

static bool topo_read(bj_world_t *world) {
    const char *cores = bj_config_str_or(world->config, "dataplane.cores", "");
    const char *why = bj_topo_make(cores, &world->topo);
    if (why) BJ_ERROR("dataplane.cores \"%s\": %s", cores, why);
    return why == NULL;
}

static bool rings_make(bj_world_t *world) {
    bj_ring_t *rings[BJ_LINK_CNT];
    for (int i = 0; i < BJ_LINK_CNT; i++) {
        const bj_topo_link_t *link = &bj_topo_links[i];
        size_t bytes = bj_ring_footprint(link->depth, link->slot_bytes);
        if (!(world->rings[i] = bj_pages_new(bytes))) return false;
        rings[i] = bj_ring_new(world->rings[i], link->depth, link->slot_bytes);
    }
    world->pipe.cmds = rings[BJ_LINK_CMDS];
    world->pipe.records = rings[BJ_LINK_RECORDS];
    world->pipe.events = rings[BJ_LINK_EVENTS];
    return true;
}

static bool venue_make(bj_world_t *world) {
    enum { DEPTH = 1 << 12 };
    world->nse.on = world->engine_config.venue;
    if (!world->nse.on) return true;
    world->venue_ring = bj_pages_new(bj_ring_footprint(DEPTH, sizeof(bj_cmd_t)));
    if (!world->venue_ring) return false;
    world->pipe.venue_cmds = bj_ring_new(world->venue_ring, DEPTH, sizeof(bj_cmd_t));
    return bj_nse_new(&world->nse, world->config, &world->pipe);
}

static bool engine_make(bj_world_t *world) {
    if (!bj_shape_read(world->config, &world->engine_config)) return false;
    size_t bytes = bj_engine_footprint(&world->engine_config);
    enum { HUGE_BYTES = 1 << 21 };
    bytes = (bytes + HUGE_BYTES - 1) / HUGE_BYTES * HUGE_BYTES;
    if (bytes) world->engine_mem = aligned_alloc(HUGE_BYTES, bytes);
    if (!world->engine_mem) {
        BJ_ERROR("dataplane.instrument_max, account_max, order_max: not possible, or no memory");
        return false;
    }
    madvise(world->engine_mem, bytes, MADV_HUGEPAGE); /* refused: ordinary pages, slower */
    world->engine = bj_engine_new(world->engine_mem, &world->engine_config);
    return world->engine != NULL;
}

/* Who must log in under TLS needs a port for it. */
static bool sessions_reach(const bj_world_t *world) {
    bool tls = bj_config_int_or(world->config, "gateway.tls_port", 0, UINT16_MAX, 0) != 0;
    for (uint32_t i = 0; i < world->session_cnt; i++) {
        if (tls || world->sessions[i].clear) continue;
        BJ_ERROR("gateway.sessions: %s must log in under TLS, and there is no gateway.tls_port;"
                 " clear: true lets it in without", world->sessions[i].name);
        return false;
    }
    return true;
}

static bool gateway_make(bj_world_t *world) {
    size_t cnt = bj_config_cnt(world->config, "gateway.sessions");
    if (cnt > BJ_GATEWAY_SESSIONS_MAX) {
        BJ_ERROR("gateway.sessions: at most %d", BJ_GATEWAY_SESSIONS_MAX);
        return false;
    }
    for (size_t i = 0; i < cnt; i++) {
        if (!bj_session_config_read(bj_config_item(world->config, "gateway.sessions", i),
                                    &world->sessions[i]))
            return false;
    }
    world->session_cnt = (uint32_t)cnt;
    if (!sessions_reach(world)) return false;
    bj_gateway_config_t config = {.sessions = world->sessions,
                                  .session_cnt = world->session_cnt,
                                  .report_max = report_max,
                                  .unproven_max = (uint32_t)bj_config_int_or(
                                      world->config, "gateway.unproven_max_per_address", 1,
                                      BJ_GATEWAY_CONNS_MAX, BJ_GATEWAY_CONNS_MAX),
                                  .cmds = world->pipe.cmds,
                                  .events = world->pipe.events,
                                  .audit = world->audit.ring,
                                  .durable_seq = &world->pipe.durable_seq,
                                  .durable_stamp = &world->pipe.durable_stamp,
                                  .journal_lost = &world->pipe.journal_lost,
                                  .handed_over = &world->pipe.replica.fenced,
                                  .event_at = event_at,
                                  .nonce = nonce,
                                  .on_event = on_event,
                                  .ctx = world};
    world->gateway = bj_gateway_new(&config);
    if (!world->gateway)
        BJ_ERROR("gateway.sessions: an id or a name stands twice, or a key is too long");
    return world->gateway != NULL;
}

static bool nnf_make(bj_world_t *world) {
    bj_nnf_door_t *doors = world->gateway_tile.nnf;
    bool ok = true;
    for (int i = 0; i < BJ_NNF_DOORS && ok; i++) {
        doors[i] = (bj_nnf_door_t){.segment = (bj_nnf_segment_t)i, .pipe = &world->pipe,
                                   .event_at = event_at, .random = nonce,
                                   .audit.ring = world->audit.ring, .ctx = world};
        ok = bj_nnf_door_new(&doors[i], world->config, world->sessions, world->session_cnt,
                             i ? &doors[0] : NULL);
    }
    return ok;
}

static void tiles_make(bj_world_t *world) {
    world->engine_tile.engine = world->engine;
    world->engine_tile.pipe = &world->pipe;
    world->gateway_tile.gateway = world->gateway;
    world->gateway_tile.pipe = &world->pipe;
    world->journal_tile.pipe = &world->pipe;
    world->journal_tile.store =
        (bj_journal_store_t){store_append, store_commit, store_keep, store_publish, world, NULL,
                             NULL};
}

bool bj_world_new(bj_world_t *world, const bj_config_t *config) {
    memset(world, 0, sizeof *world);
    world->config = config;
    world->run_dir = bj_config_str(config, "run_dir");
    world->data_dir = bj_config_str(config, "data_dir");
    const char *durability = bj_config_str_or(config, "dataplane.durability", "disk");
    world->durable = strcmp(durability, "memory") != 0;
    if (!world->durable) BJ_WARN("durability is memory: a crash loses acknowledged orders");
    if (!bj_replica_tile_read(&world->replica, config, world->data_dir)) return false;
    /* A standby is told what was written before clients are. */
    world->pipe.in_memory = !world->durable && !world->replica.on;
    if (!dirs_make(world) || !topo_read(world) || !rings_make(world) || !engine_make(world) ||
        !venue_make(world) ||
        !bj_audit_thread_new(&world->audit, config) || !gateway_make(world) ||
        !nnf_make(world)) {
        return false;
    }
    tiles_make(world);
    return true;
}

/* --- a standby --- */
static void loops_make(bj_world_t *world);

bool bj_world_replicate(bj_world_t *world) {
    bj_journal_tile_t *tile = &world->journal_tile;
    uint64_t last_seq = atomic_load(&world->pipe.durable_seq);
    tile->written_seq = tile->disk_seq = tile->digest_said_seq = last_seq;
    loops_make(world);
    if (!world->replica.on) return true;
    bj_digest_begin(&tile->digest, world->replica.hash_every, last_seq);
    tile->store.write = store_write;
    tile->store.digest = store_digest;
    return bj_replica_tile_start(&world->replica, world->config,
                                 &(bj_replica_tile_start_t){
                                     .pipe = &world->pipe,
                                     .journal_dir = world->journal_dir,
                                     .journal_id = bj_evlog_journal_id(world->evlog_reader),
                                     .shape = world->engine_config});
}

bool bj_world_ready(const bj_world_t *world) {
    return !world->replica.on || atomic_load(&world->replica.ready);
}

/* --- opened --- */
static bool nics_start(bj_world_t *world) {
    bj_nic_host_t host = {
        .file_prefix = bj_config_str_or(world->config, "dataplane.file_prefix", "bijli"),
        .memory_mb = (int)bj_config_int_or(world->config, "dataplane.memory_mb", 64, 65536, 128),
        .huge = bj_config_bool_or(world->config, "dataplane.huge", false)};
    world->nic_started = bj_nic_start(&host) == BJ_OK;
    return world->nic_started;
}

/* All that takes capabilities, and then they are gone. */
bool bj_world_ports(bj_world_t *world) {
    world->confined = bj_confine_files(world->config, world->replica.on) && nics_start(world) &&
                      bj_feed_tile_ports(&world->feed_tile, world->config) &&
                      bj_gateway_tile_ports(&world->gateway_tile, world->config) &&
                      bj_confine_calls();
    return world->confined;
}

/* First of all readers may see what the replay made: with a standby that must have it, it has it
 * now. */
bool bj_world_open(bj_world_t *world) {
    bj_evlog_publish(world->evlog, bj_engine_stats(world->engine).event_seq);
    return bj_nse_recover(&world->nse, world->journal_dir, world->evlog_dir) &&
           bj_hw_tile_open(&world->card, world->config) &&
           bj_feed_tile_open(&world->feed_tile, world->config, &world->card) &&
           bj_gateway_tile_open(&world->gateway_tile, world->config);
}

/* --- running --- */
static bool same_loop(const bj_world_t *world, bj_tile_id_t a, bj_tile_id_t b) {
    return world->topo.tiles[a].loop_idx == world->topo.tiles[b].loop_idx;
}

/* Nobody waits for the journal's loop, so it need not spin; and what the engine has acknowledged
 * leaves in the same turn. */
static void loops_in_memory(bj_world_t *world) {
    const bj_topo_tile_t *tiles = world->topo.tiles;
    bj_loop_t *loop = &world->loops[tiles[BJ_TILE_ENGINE].loop_idx];
    world->loops[tiles[BJ_TILE_JOURNAL].loop_idx].idle = BJ_IDLE_SLEEP;
    if (!same_loop(world, BJ_TILE_GATEWAY, BJ_TILE_ENGINE)) return;
    world->pipe.gateway_bell = NULL;
    loop->tiles[loop->tile_cnt++] = (bj_tile_t){
        .name = "answers", .ctx = &world->gateway_tile, .step = bj_gateway_tile_answer,
        .eager = true};
}

static void loops_make(bj_world_t *world) {
    const bj_tile_t tiles[BJ_TILE_CNT] = {
        [BJ_TILE_FEED] = {.ctx = &world->feed_tile,
                          .step = bj_feed_tile_step,
                          .housekeep = bj_feed_tile_housekeep},
        [BJ_TILE_GATEWAY] = {.ctx = &world->gateway_tile,
                             .step = bj_gateway_tile_step,
                             .housekeep = bj_gateway_tile_housekeep},
        [BJ_TILE_ENGINE] = {.ctx = &world->engine_tile,
                            .step = bj_engine_tile_step,
                            .housekeep = bj_engine_tile_housekeep},
        [BJ_TILE_JOURNAL] = {.ctx = &world->journal_tile,
                             .step = bj_journal_tile_step,
                             .housekeep = bj_journal_tile_housekeep},
    };
    bool spin = strcmp(bj_config_str_or(world->config, "dataplane.idle", "sleep"), "spin") == 0;
    for (uint32_t i = 0; i < world->topo.loop_cnt; i++) {
        world->loops[i] = (bj_loop_t){.core = world->topo.cores[i],
                                      .sleep_max_ns = ring_sleep_ns,
                                      .idle = spin ? BJ_IDLE_SPIN : BJ_IDLE_SLEEP};
    }
    for (int t = 0; t < BJ_TILE_CNT; t++) {
        const bj_topo_tile_t *def = &world->topo.tiles[t];
        bj_loop_t *loop = &world->loops[def->loop_idx];
        bj_tile_t *tile = &loop->tiles[loop->tile_cnt++];
        *tile = tiles[t];
        tile->name = def->name, tile->eager = def->eager;
        if (!loop->name) loop->name = def->name;
        if (t == BJ_TILE_FEED || t == BJ_TILE_GATEWAY) {
            loop->sleep_max_ns = poll_sleep_ns;
            loop->enter = bj_nic_thread_enter, loop->leave = bj_nic_thread_leave;
        }
    }
    world->pipe.gateway_bell = &world->loops[world->topo.tiles[BJ_TILE_GATEWAY].loop_idx].bell;
    world->pipe.engine_bell = &world->loops[world->topo.tiles[BJ_TILE_ENGINE].loop_idx].bell;
    world->pipe.journal_bell = &world->loops[world->topo.tiles[BJ_TILE_JOURNAL].loop_idx].bell;
    bool engine_next = same_loop(world, BJ_TILE_GATEWAY, BJ_TILE_ENGINE);
    world->gateway_tile.engine_bell = engine_next ? NULL : world->pipe.engine_bell;
    if (world->pipe.in_memory) loops_in_memory(world);
}

typedef struct loop_arg {
    bj_world_t *world;
    bj_loop_t *loop;
} loop_arg_t;

static void *loop_main(void *arg) {
    loop_arg_t run = *(loop_arg_t *)arg;
    free(arg);
    if (!bj_loop_run(run.loop, &run.world->stop)) atomic_fetch_add(&run.world->failed_loops, 1);
    return NULL;
}

bool bj_world_start(bj_world_t *world) {
    if (!bj_audit_thread_start(&world->audit)) return false;
    for (uint32_t i = 0; i < world->topo.loop_cnt; i++) {
        loop_arg_t *arg = malloc(sizeof *arg);
        if (!arg) return false;
        *arg = (loop_arg_t){world, &world->loops[i]};
        if (pthread_create(&world->threads[i], NULL, loop_main, arg) != 0) {
            free(arg);
            BJ_ERROR("no thread for loop %s", world->loops[i].name);
            return false;
        }
        world->thread_cnt++;
    }
    return bj_hw_tile_start(&world->card) && bj_nse_run(&world->nse);
}

void bj_world_stop(bj_world_t *world) {
    atomic_store(&world->stop, true);
    bj_nse_stop(&world->nse);
    for (uint32_t i = 0; i < world->thread_cnt; i++) {
        bj_bell_ring(&world->loops[i].bell);
        pthread_join(world->threads[i], NULL);
    }
    /* What is acknowledged, and still on its way to the journal, under policy `memory`. */
    while (world->thread_cnt && world->pipe.in_memory &&
           bj_journal_tile_step(&world->journal_tile, bj_clock_now())) {}
    world->thread_cnt = 0;
    bj_replica_tile_stop(&world->replica);
    bj_gateway_tile_close(&world->gateway_tile);
    bj_audit_thread_stop(&world->audit);
    bj_hw_tile_stop(&world->card);
    bj_feed_tile_close(&world->feed_tile);
    if (world->nic_started) bj_nic_stop();
    if (world->evlog_reader) bj_evlog_reader_close(world->evlog_reader);
    if (world->evlog) bj_evlog_close(world->evlog);
    if (world->journal) bj_journal_close(world->journal);
    bj_gateway_free(world->gateway);
    free(world->engine_mem);
    for (int i = 0; i < BJ_LINK_CNT; i++)
        free(world->rings[i]);
    free(world->venue_ring);
}
