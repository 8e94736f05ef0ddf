/* How long a client stays: no longer than what its ticket was made for, and until it brings a new
 * one now and then, so that nothing hangs on one message that was lost. */
#include <stdio.h>
#include <time.h>

#include "controlplane/edge/bj_edge_priv.h"

#define SWEEP_NS (100 * BJ_NS_PER_MS)
#define DOUBT_NS (60 * BJ_NS_PER_S) /* over which they are asked that may not have heard an end */
#define GRACE_MIN_NS (1 * BJ_NS_PER_S)
#define GRACE_MAX_NS (30 * BJ_NS_PER_S)

static const char ended_text[] = "the session or access token ended or was changed";
static const char life_text[] = "no new ticket was brought";

static uint64_t dice(bj_edge_t *edge) {
    edge->dice = edge->dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return edge->dice >> 33;
}

/* A tenth of them either way: who came together does not come together again. */
static int64_t life_ns(bj_edge_t *edge) {
    int64_t life_ms = (int64_t)edge->config.life_s * 1000;
    return (life_ms * 9 / 10 + (int64_t)(dice(edge) % (uint64_t)(life_ms / 5 + 1))) * BJ_NS_PER_MS;
}

static int64_t grace_ns(const bj_edge_t *edge) {
    int64_t tenth_ns = edge->config.life_s * BJ_NS_PER_S / 10;
    if (tenth_ns < GRACE_MIN_NS) return GRACE_MIN_NS;
    return tenth_ns < GRACE_MAX_NS ? tenth_ns : GRACE_MAX_NS;
}

static void plan(edge_client_t *client, int64_t renew_ns) {
    client->due_ns = renew_ns < client->until_ns ? renew_ns : client->until_ns;
}

bool edge_life_begin(bj_edge_t *edge, edge_client_t *client, const bj_pass_t *pass,
                     int64_t now_s) {
    pthread_mutex_lock(&edge->ended_lock);
    bool ended = bj_ended_has(edge->ended, pass->who, pass->made_s);
    pthread_mutex_unlock(&edge->ended_lock);
    if (ended) return false;
    client->account_id = pass->account_id;
    client->made_s = pass->made_s;
    memcpy(client->who, pass->who, sizeof client->who);
    int64_t left_s = pass->until_s - now_s;
    client->until_ns = left_s < INT32_MAX ? edge->now_ns + left_s * BJ_NS_PER_S : INT64_MAX;
    plan(client, edge->config.life_s ? edge->now_ns + life_ns(edge) : INT64_MAX);
    return true;
}

/* Who has not taken what was sent before would hear of its end behind all that. */
static void end(bj_edge_t *edge, edge_client_t *client, uint16_t code, const char *reason) {
    if (edge_waiting(client) > 0) edge_client_gone(edge, client);
    else edge_client_end(edge, client, code, reason);
}

static void ask(bj_edge_t *edge, edge_client_t *client) {
    char text[96];
    int64_t grace = grace_ns(edge);
    int n = snprintf(text, sizeof text,
                     "{\"type\":\"renew\",\"data\":\"a new ticket is wanted within %d s\"}",
                     (int)(grace / BJ_NS_PER_S));
    client->asked = true;
    edge->stats.renews++;
    plan(client, edge->now_ns + grace);
    if (!edge_client_frame(edge, client, BJ_WS_TEXT, text, (size_t)n)) {
        edge_client_gone(edge, client);
    }
}

void edge_life_due(bj_edge_t *edge, edge_client_t *client) {
    if (edge->now_ns >= client->until_ns) {
        edge->stats.ended++;
        end(edge, client, BJ_EDGE_ENDED, ended_text);
    } else if (client->asked) {
        edge->stats.outlived++;
        end(edge, client, BJ_EDGE_OUTLIVED, life_text);
    } else {
        ask(edge, client);
    }
}

/* With the lock of the names held. */
static void sweep_turn(bj_edge_t *edge, edge_client_t *client) {
    edge_client_t *next;
    for (; client; client = next) {
        next = client->next;
        if (client->phase != EDGE_OPEN) continue;
        if (!bj_ended_named(edge->ended, client->who, client->made_s)) continue;
        edge->stats.ended++;
        end(edge, client, BJ_EDGE_ENDED, ended_text);
        if (!client->gone) edge_settle(edge, client);
    }
}

static void doubt_turn(bj_edge_t *edge, edge_client_t *client) {
    for (; client; client = client->next) {
        int64_t ask_ns = edge->now_ns + (int64_t)(dice(edge) % DOUBT_NS);
        if (client->phase != EDGE_OPEN || client->asked || client->due_ns <= ask_ns) continue;
        plan(client, ask_ns);
    }
}

/* As many words as there are, each client is looked at once. */
void edge_life_sweep(bj_edge_t *edge) {
    if (edge->now_ns < edge->sweep_ns) return;
    edge->sweep_ns = edge->now_ns + SWEEP_NS;
    pthread_mutex_lock(&edge->ended_lock);
    bool news = edge->ended_news, doubt = edge->doubt;
    edge->ended_news = edge->doubt = false;
    for (size_t i = 0; i < EDGE_TURNS && news; i++) sweep_turn(edge, edge->turns[i]);
    pthread_mutex_unlock(&edge->ended_lock);
    for (size_t i = 0; i < EDGE_TURNS && doubt; i++) doubt_turn(edge, edge->turns[i]);
}

void bj_edge_end(bj_edge_t *edge, const uint8_t who[BJ_PASS_WHO_BYTES]) {
    pthread_mutex_lock(&edge->ended_lock);
    edge->doubt |= !bj_ended_put(edge->ended, who, time(NULL));
    edge->ended_news = true;
    pthread_mutex_unlock(&edge->ended_lock);
}

void bj_edge_doubt(bj_edge_t *edge) {
    pthread_mutex_lock(&edge->ended_lock);
    bj_ended_doubt(edge->ended, time(NULL));
    edge->doubt = true;
    pthread_mutex_unlock(&edge->ended_lock);
}
