/* What the process says of itself, from the counters that the tiles publish. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>
#include "dataplane/base/bj_health.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/main/bj_world.h"

static const int64_t tile_silent_ns = 2 * BJ_NS_PER_S;
static const int64_t gap_shown_ns = 600 * BJ_NS_PER_S;

static void bcast_figures(bj_health_t *health, const bj_feed_bcast_counters_t *counters) {
#define X(field, text) \
    bj_health_figure(health, "bcast_" #field, (int64_t)counters->decoded.field);
    BJ_BCAST_COUNTER_LIST(X)
#undef X
#define X(field, text) \
    bj_health_figure(health, "bcast_" #field, (int64_t)counters->applied.field);
    BJ_BCAST_APPLY_COUNTER_LIST(X)
#undef X
#define X(field, text) bj_health_figure(health, "bcast_" #field, (int64_t)counters->field);
    BJ_FEED_BCAST_COUNTER_LIST(X)
#undef X
}

static void hop_figures(bj_health_t *health, const char *hop, const bj_hist_figures_t *figures) {
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {{"cnt", figures->cnt}, {"p50_ns", figures->p50}, {"p99_ns", figures->p99},
                {"p999_ns", figures->p999}, {"max_ns", figures->max}};
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        char name[sizeof health->figures[0].name];
        snprintf(name, sizeof name, "hop_%s_%s", hop, rows[i].name);
        bj_health_figure(health, name, (int64_t)rows[i].value);
    }
}

static void feed_figures(bj_health_t *health, const bj_world_t *world) {
    bj_feed_tile_counters_t counters;
    bj_metrics_read(&world->feed_tile.metrics, &counters, sizeof counters);
#define X(field, text) bj_health_figure(health, "feed_" #field, (int64_t)counters.feed.field);
    BJ_FEED_COUNTER_LIST(X)
#undef X
#define X(field) bj_health_figure(health, #field, (int64_t)counters.parts.field);
    BJ_FEED_PARTS_FIGURE_LIST(X)
#undef X
    bcast_figures(health, &counters.bcast);
}

static void gateway_figures(bj_health_t *health, const bj_world_t *world) {
    bj_gateway_tile_counters_t counters;
    bj_metrics_read(&world->gateway_tile.metrics, &counters, sizeof counters);
#define X(field, text) bj_health_figure(health, "gateway_" #field, (int64_t)counters.gateway.field);
    BJ_GATEWAY_COUNTER_LIST(X)
#undef X
#define X(field, text) bj_health_figure(health, "gateway_tls_" #field, (int64_t)counters.tls.field);
    BJ_GATEWAY_TLS_COUNTER_LIST(X)
#undef X
    bj_health_figure(health, "gateway_tx_dropped", (int64_t)counters.nic.tx_dropped);
#define X(field, text) bj_health_figure(health, "nnf_" #field, (int64_t)counters.nnf[0].field);
    if (world->gateway_tile.nnf[0].server) {
        BJ_NNF_COUNTER_LIST(X)
    }
#undef X
#define X(field, text) bj_health_figure(health, "nnf_fo_" #field, (int64_t)counters.nnf[1].field);
    if (world->gateway_tile.nnf[1].server) {
        BJ_NNF_COUNTER_LIST(X)
    }
#undef X
    bj_health_figure(health, "bands_asked", (int64_t)counters.bands_asked);
    bj_health_figure(health, "bands_refused", (int64_t)counters.bands_refused);
#define X(name, word, text) hop_figures(health, word, &counters.hops[name]);
    BJ_GATEWAY_HOP_LIST(X)
#undef X
}

/* Reasons come last: there are more of them than room, and most are 0. */
static void engine_figures(bj_health_t *health, const bj_world_t *world) {
    static const struct {
        bj_status_t reason;
        const char *name;
    } reasons[] = {
#define X(name, value, text) {name, #name},
        BJ_STATUS_LIST(X)
#undef X
    };
    bj_engine_counters_t counters;
    bj_metrics_read(&world->engine_tile.metrics, &counters, sizeof counters);
#define X(field, text) bj_health_figure(health, #field, (int64_t)counters.field);
    BJ_ENGINE_COUNTER_LIST(X)
#undef X
#define X(name, word, text) hop_figures(health, word, &counters.hops[name]);
    BJ_ENGINE_HOP_LIST(X)
#undef X
    for (size_t i = 0; i < BJ_COUNT(reasons); i++) {
        if ((int)reasons[i].reason >= BJ_REASON_MAX || !counters.refused[reasons[i].reason])
            continue;
        bj_health_figure(health, reasons[i].name, (int64_t)counters.refused[reasons[i].reason]);
    }
}

static void journal_figures(bj_health_t *health, const bj_world_t *world) {
    bj_journal_counters_t counters;
    bj_metrics_read(&world->journal_tile.metrics, &counters, sizeof counters);
#define X(field, text) bj_health_figure(health, "journal_" #field, (int64_t)counters.field);
    BJ_JOURNAL_COUNTER_LIST(X)
#undef X
    hop_figures(health, "durable", &counters.durable_hop);
}

static void nse_figures(bj_health_t *health, const bj_nse_counters_t *counters) {
#define X(field, text) bj_health_figure(health, "nse_" #field, (int64_t)counters->field);
    BJ_NSE_COUNTER_LIST(X)
#undef X
#define X(field, text) bj_health_figure(health, "nse_" #field, (int64_t)counters->client.field);
    BJ_NNF_CLIENT_COUNTER_LIST(X)
#undef X
    bj_health_figure(health, "nse_stray_refused", (int64_t)counters->strays.refused);
    bj_health_figure(health, "nse_stray_fills", (int64_t)counters->strays.fills);
    bj_health_figure(health, "nse_stray_fill_qty", (int64_t)counters->strays.fill_qty);
}

static void audit_figures(bj_health_t *health, const bj_audit_counters_t *audit) {
    bj_health_figure(health, "audit_records", (int64_t)audit->records);
    bj_health_figure(health, "audit_files", (int64_t)audit->files);
    bj_health_figure(health, "audit_missed", (int64_t)audit->missed);
    bj_health_figure(health, "audit_failing", (int64_t)audit->failing);
}

/* A miss is a matter for a person: it stays on the board for a while. */
static bool audit_gapped(const bj_audit_counters_t *audit) {
    int64_t missed_ns = (int64_t)audit->missed_ns;
    return audit->failing || (missed_ns && bj_clock_wall_ns() - missed_ns < gap_shown_ns);
}

static void replica_figures(bj_health_t *health, const bj_world_t *world) {
    bj_replica_tile_counters_t counters;
    if (!world->replica.on) return;
    bj_metrics_read(&world->replica.metrics, &counters, sizeof counters);
    bj_health_figure(health, "replica_following", (int64_t)counters.following);
    bj_health_figure(health, "replica_lost", (int64_t)counters.lost);
    bj_health_figure(health, "replica_have_seq", (int64_t)counters.have_seq);
    bj_health_figure(health, "replica_epoch", (int64_t)counters.epoch);
    bj_health_figure(health, "replica_differs_seq", (int64_t)counters.differs_seq);
    bj_health_figure(health, "replica_ahead_seq", (int64_t)counters.ahead_seq);
    bj_health_figure(health, "replica_losses", (int64_t)counters.core.losses);
    bj_health_figure(health, "replica_hashes", (int64_t)counters.core.hashes);
    bj_health_figure(health, "replica_denied", (int64_t)counters.core.denied);
}

/* NULL: nothing to say about a standby. */
static const char *replica_text(const bj_world_t *world) {
    bj_replica_tile_counters_t counters;
    if (!world->replica.on) return NULL;
    bj_metrics_read(&world->replica.metrics, &counters, sizeof counters);
    if (counters.fenced) return "fenced: a standby took over, nobody is let in";
    if (!bj_world_ready(world) && counters.ahead_seq)
        return "a standby has commands that this journal lost: let it take over";
    if (!bj_world_ready(world)) return "waits for a standby that has all of the journal";
    if (counters.differs_seq) return "a standby stopped: its state was not ours (see the log)";
    if (!counters.lost) return NULL;
    if (world->replica.durable_by == BJ_BY_DISK || world->replica.lost_to_disk)
        return "the standby is lost: acknowledged by this machine alone";
    return "the standby is lost: nothing is acknowledged";
}

static const char *silent_tile(const bj_world_t *world) {
    const bj_metrics_t *metrics[BJ_TILE_CNT + 2] = {
        [BJ_TILE_FEED] = &world->feed_tile.metrics,
        [BJ_TILE_GATEWAY] = &world->gateway_tile.metrics,
        [BJ_TILE_ENGINE] = &world->engine_tile.metrics,
        [BJ_TILE_JOURNAL] = &world->journal_tile.metrics,
        [BJ_TILE_CNT] = &world->nse.metrics,
        [BJ_TILE_CNT + 1] = &world->card.metrics,
    };
    int64_t now_ns = bj_clock_mono_ns();
    for (int i = 0; i <= BJ_TILE_CNT + 1; i++) {
        int64_t beat_ns = atomic_load_explicit(&metrics[i]->heartbeat_ns, memory_order_acquire);
        if (beat_ns && now_ns - beat_ns > tile_silent_ns)
            return i < BJ_TILE_CNT    ? world->topo.tiles[i].name
                   : i == BJ_TILE_CNT ? world->nse.loop.name
                                      : world->card.loop.name;
    }
    return NULL;
}

/* "": our matching is the market.  Else what is said of the exchange while all is well. */
static void nse_say(const bj_nse_counters_t *counters, char *text, size_t text_bytes) {
    (void)snprintf(text, text_bytes, ", venue nse: %" PRIu64 " on their way, %" PRIu64
                   " in doubt, %" PRIu64 " reconciled, %" PRIu64 " reconnects",
                   counters->on_the_way, counters->in_doubt, counters->reconciled,
                   counters->reconnects);
}

static void state_say(bj_health_t *health, const bj_world_t *world,
                      const bj_audit_counters_t *audit, const bj_nse_counters_t *nse) {
    const char *silent = silent_tile(world), *standby = replica_text(world);
    char venue[sizeof health->text] = "";
    const char *venue_wrong = world->nse.on ? bj_nse_text(nse, venue, sizeof venue) : NULL;
    if (world->nse.on && !venue_wrong) nse_say(nse, venue, sizeof venue);
    health->state = BJ_HEALTH_DEGRADED;
    if (standby) {
        snprintf(health->text, sizeof health->text, "%s", standby);
    } else if (atomic_load(&world->pipe.journal_lost)) {
        snprintf(health->text, sizeof health->text,
                 "the journal cannot be written: orders are refused");
    } else if (venue_wrong) {
        snprintf(health->text, sizeof health->text, "%s", venue_wrong);
    } else if (audit_gapped(audit)) {
        snprintf(health->text, sizeof health->text,
                 "the audit log has missed %" PRIu64 " records%s", audit->missed,
                 audit->failing ? " and cannot be written" : "");
    } else if (silent) {
        snprintf(health->text, sizeof health->text, "tile %s stands still", silent);
    } else if (!bj_feed_tile_fresh(&world->feed_tile, bj_clock_wall_ns())) {
        snprintf(health->text, sizeof health->text, "no market data comes in");
    } else {
        health->state = BJ_HEALTH_UP;
        snprintf(health->text, sizeof health->text,
                 "feed %s, orders %s, state at start %016" PRIx64 "%.96s", world->feed_tile.driver,
                 world->gateway_tile.driver, world->recovery.state_hash, venue);
    }
}

void bj_world_report(const bj_world_t *world) {
    bj_health_t health = {.pid = getpid()};
    bj_audit_counters_t audit = {0};
    if (world->audit.writer) bj_audit_writer_counters(world->audit.writer, &audit);
    bj_nse_counters_t nse = {0};
    if (world->nse.on) bj_metrics_read(&world->nse.metrics, &nse, sizeof nse);
    state_say(&health, world, &audit, &nse);
    bj_health_figure(&health, "confined", world->confined);
    bj_health_figure(&health, "recovered_commands", (int64_t)world->recovery.cmd_cnt);
    bj_health_figure(&health, "recovery_ms", world->recovery.took_ms);
    if (world->nse.on) nse_figures(&health, &nse);
    journal_figures(&health, world);
    replica_figures(&health, world);
    feed_figures(&health, world);
    gateway_figures(&health, world);
    audit_figures(&health, &audit);
    engine_figures(&health, world);
    if (!bj_hw_tile_write(&world->card, world->run_dir))
        BJ_WARN("%s/book.status.json or hardware.json cannot be written", world->run_dir);
    if (!bj_health_write(world->run_dir, "dataplane", &health)) {
        BJ_WARN("%s/dataplane.status.json cannot be written", world->run_dir);
    }
}
