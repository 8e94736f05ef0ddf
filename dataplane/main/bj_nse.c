#include "dataplane/main/bj_nse.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/main/bj_nse_setup.h"

static const int64_t sleep_max_ns = 500 * BJ_NS_PER_US; /* sockets ring no bell */

/* --- made */
static bj_status_t on_command(void *ctx, const bj_cmd_t *cmd) {
    bj_nse_t *nse = ctx;
    if (!bj_ring_push(nse->pipe->venue_cmds, cmd, sizeof *cmd)) return BJ_ERR_FULL;
    nse->commands++;
    return BJ_OK;
}
static const bj_uplink_ops_t uplink_ops = {on_command};

static void loop_make(bj_nse_t *nse, int core) {
    nse->loop = (bj_loop_t){.name = "nse", .core = core, .idle = BJ_IDLE_SLEEP,
                            .sleep_max_ns = sleep_max_ns, .tile_cnt = 1};
    nse->loop.tiles[0] = (bj_tile_t){.name = "nse", .ctx = nse, .step = bj_nse_step,
                                     .housekeep = bj_nse_housekeep, .eager = true};
    nse->pipe->uplink_bell = &nse->loop.bell;
}

bool bj_nse_new(bj_nse_t *nse, const bj_config_t *config, bj_pipe_t *pipe) {
    static bj_nse_setup_t setup; /* large, and of the start alone */
    const char *error = NULL;
    if (!nse->on) return true;
    nse->pipe = pipe;
    bool ok = bj_nse_setup_read(config, &setup);
    if (ok) nse->uplink = bj_uplink_new(&setup.client, &uplink_ops, nse, &error);
    if (nse->uplink) {
        bj_nnf_client_t *client = bj_uplink_client(nse->uplink, bj_clock_now());
        nse->net = bj_uplink_net_new(client, setup.ca_file, &error);
    }
    if (ok && !nse->net) BJ_ERROR("nse.%s", error);
    if (nse->net) {
        loop_make(nse, setup.core);
        BJ_INFO("venue: orders go to the exchange, gateway router %s:%u, box %d, user %d",
                setup.client.router_ip, setup.client.router_port, setup.client.box_id,
                setup.client.user_id);
    }
    bj_nse_setup_free(&setup);
    return nse->net != NULL;
}

/* --- events, in sequence */
static const bj_event_t *event_next(bj_nse_t *nse) {
    if (nse->event_at == nse->event_cnt && !nse->lost) {
        bj_status_t status = bj_evlog_read(nse->reader, nse->next_seq, nse->events,
                                           BJ_COUNT(nse->events), &nse->event_cnt);
        nse->event_at = 0;
        if (status != BJ_OK) {
            nse->event_cnt = 0;
            nse->lost = true;
            BJ_ERROR("venue: event %" PRIu64 " cannot be read: nothing more goes out",
                     nse->next_seq);
        }
        nse->next_seq += nse->event_cnt;
    }
    return nse->event_at < nse->event_cnt ? &nse->events[nse->event_at] : NULL;
}

static bool is_ready(const bj_nse_t *nse, bj_now_t now) {
    return bj_nnf_client_state(bj_uplink_client(nse->uplink, now)) == BJ_NNF_READY;
}

/* A price of some time ago must not go out when the line is back; a cancel must. */
static bool event_take(bj_nse_t *nse, const bj_event_t *event, bj_now_t now) {
    bool asks = event->type == BJ_EV_TO_VENUE && event->reason != BJ_CMD_CANCEL &&
                event->reason != BJ_CMD_RELEASE; /* which does not go out */
    if (!asks || is_ready(nse, now)) return bj_uplink_event(nse->uplink, event, now);
    if (!bj_uplink_refuse(nse->uplink, event, BJ_REJ_VENUE_AWAY, now)) return false;
    nse->away_refused++;
    return true;
}

static uint32_t events_take(bj_nse_t *nse, bj_now_t now) {
    uint32_t done = 0;
    const bj_event_t *event;
    while (done < BJ_NSE_BATCH && (event = event_next(nse))) {
        if (!event_take(nse, event, now)) break;
        nse->event_at++;
        done++;
    }
    return done;
}

/* --- running */
static void fence_look(bj_nse_t *nse) {
    if (!nse->net || !atomic_load_explicit(&nse->pipe->replica.fenced, memory_order_acquire))
        return;
    BJ_WARN("venue: a standby took over: the connection to the exchange ends here");
    bj_uplink_net_free(nse->net);
    nse->net = NULL;
}

uint32_t bj_nse_step(void *ctx, bj_now_t now) {
    bj_nse_t *nse = ctx;
    uint64_t commands = nse->commands;
    fence_look(nse);
    if (!nse->net) return 0;
    uint32_t done = bj_uplink_step(nse->uplink, now);
    done += events_take(nse, now);
    done += bj_nnf_client_step(bj_uplink_client(nse->uplink, now), now);
    done += bj_uplink_net_step(nse->net, now);
    if (nse->commands != commands) bj_bell_ring(nse->pipe->engine_bell);
    return done;
}

void bj_nse_housekeep(void *ctx, bj_now_t now) {
    bj_nse_t *nse = ctx;
    const bj_nnf_client_t *client = bj_uplink_client(nse->uplink, now);
    bj_nse_counters_t counters = {
        .state = nse->net ? bj_nnf_client_state(client) : BJ_NNF_STOPPED,
        .error = (uint64_t)bj_nnf_client_error(client),
        .on_the_way = bj_nnf_client_pending(client), .in_doubt = bj_nnf_client_doubts(client),
        .failed = nse->net ? bj_uplink_net_failed(nse->net) : 0,
        .away_refused = nse->away_refused, .unreadable = nse->lost,
        .strays = bj_uplink_strays(nse->uplink), .client = *bj_nnf_client_counters(client)};
    bool strays = counters.strays.orders > counters.strays.ended;
    counters.strays_open = strays ? counters.strays.orders - counters.strays.ended : 0;
    counters.reconciled = nse->recovered_doubts + counters.client.doubts - counters.in_doubt;
    counters.reconnects = counters.client.sign_ons ? counters.client.sign_ons - 1 : 0;
    bj_metrics_publish(&nse->metrics, &counters, sizeof counters, now);
}

static void *thread_main(void *arg) {
    bj_nse_t *nse = arg;
    (void)bj_loop_run(&nse->loop, &nse->stop);
    return NULL;
}

bool bj_nse_run(bj_nse_t *nse) {
    if (!nse->on) return true;
    signal(SIGPIPE, SIG_IGN); /* OpenSSL may write to a router that has gone */
    nse->running = pthread_create(&nse->thread, NULL, thread_main, nse) == 0;
    if (!nse->running) BJ_ERROR("no thread for loop %s", nse->loop.name);
    return nse->running;
}

void bj_nse_stop(bj_nse_t *nse) {
    atomic_store(&nse->stop, true);
    if (nse->running) {
        bj_bell_ring(&nse->loop.bell);
        pthread_join(nse->thread, NULL);
        nse->running = false;
    }
    bj_uplink_net_free(nse->net);
    bj_uplink_free(nse->uplink);
    if (nse->reader) bj_evlog_reader_close(nse->reader);
    nse->net = NULL, nse->uplink = NULL, nse->reader = NULL;
}

const char *bj_nse_text(const bj_nse_counters_t *counters, char *text, size_t text_bytes) {
    const char *state = bj_nnf_client_state_text((bj_nnf_client_state_t)counters->state);
    if (counters->unreadable)
        (void)snprintf(text, text_bytes, "the event log cannot be read: nothing goes out any more, "
                       "cancels neither, until a restart (see the log)");
    else if (counters->state == BJ_NNF_STOPPED && counters->error)
        (void)snprintf(text, text_bytes, "the exchange refused the sign-on, error %" PRIu64
                       ": orders are refused until a restart", counters->error);
    else if (counters->state != BJ_NNF_READY)
        (void)snprintf(text, text_bytes, "venue nse: %s; new orders are refused, %" PRIu64
                       " requests on their way, %" PRIu64 " in doubt", state,
                       counters->on_the_way, counters->in_doubt);
    else if (counters->client.unexplained)
        (void)snprintf(text, text_bytes, "%" PRIu64 " orders do not agree with what the exchange "
                       "says of their trades: they stay open here (see the log)",
                       counters->client.unexplained);
    else if (counters->strays.fills)
        (void)snprintf(text, text_bytes, "orders that are not ours traded %" PRIu64
                       " at the exchange: in no position here (see the log)",
                       counters->strays.fill_qty);
    else if (counters->strays_open)
        (void)snprintf(text, text_bytes, "%" PRIu64 " orders at the exchange are not ours: their "
                       "cancel is on its way, %" PRIu64 " were refused (see the log)",
                       counters->strays_open, counters->strays.refused);
    else if (counters->client.untracked)
        (void)snprintf(text, text_bytes, "orders at the exchange that are not ours cannot be "
                       "followed nor cancelled from here (see the log)");
    else return NULL;
    return text;
}
