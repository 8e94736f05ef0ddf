#include "dataplane/main/bj_replica_tile.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_tcp.h"
#include "dataplane/main/bj_sources.h"
#include "dataplane/replica/bj_epoch.h"

enum { DIGESTS = 64, DIGEST_SLOT_BYTES = 64, READ_BYTES = 4096, WAIT_MS = 50 };
static const int64_t publish_every_ns = 100 * BJ_NS_PER_MS;
static const int64_t certs_every_ns = 1 * BJ_NS_PER_S;
static const int64_t hands_every_ns = 1 * BJ_NS_PER_MS;

/* --- configuration --- */
static bool durable_by_read(bj_replica_tile_t *tile, const bj_config_t *config) {
    static const struct {
        const char *name;
        bj_durable_by_t by;
        bool standby;
    } policies[] = {{"disk", BJ_BY_DISK, false},
                    {"memory", BJ_BY_DISK, false},
                    {"replica", BJ_BY_STANDBY, true},
                    {"replica+disk", BJ_BY_BOTH, true}};
    const char *name = bj_config_str_or(config, "dataplane.durability", "disk");
    for (size_t i = 0; i < BJ_COUNT(policies); i++) {
        if (strcmp(policies[i].name, name) != 0) continue;
        tile->durable_by = policies[i].by;
        if (tile->on || !policies[i].standby) return true;
        BJ_ERROR("dataplane.durability is %s, so dataplane.replica.port must say where", name);
        return false;
    }
    BJ_ERROR("dataplane.durability is disk, memory, replica or replica+disk, not %s", name);
    return false;
}

static bool lost_read(bj_replica_tile_t *tile, const bj_config_t *config) {
    const char *lost = bj_config_str_or(config, "dataplane.replica.lost", "stop");
    tile->lost_to_disk = strcmp(lost, "disk") == 0;
    if (tile->lost_to_disk || strcmp(lost, "stop") == 0) return true;
    BJ_ERROR("dataplane.replica.lost is stop or disk, not %s", lost);
    return false;
}

/* Asked for also without a standby configured: this data may be one's. */
static bool turn_read(bj_replica_tile_t *tile) {
    bj_epoch_t epoch;
    bj_status_t status = bj_epoch_read(tile->data_dir, &epoch);
    tile->epoch = epoch.epoch;
    if (status != BJ_OK && status != BJ_ERR_NOT_FOUND) return false;
    if (epoch.primary) return true;
    BJ_ERROR("%s is a standby's data, epoch %lu: bijli-standby follows with it; to trade from it "
             "tell that to take over (docs/replica.md)", tile->data_dir,
             (unsigned long)epoch.epoch);
    return false;
}

bool bj_replica_tile_read(bj_replica_tile_t *tile, const bj_config_t *config,
                          const char *data_dir) {
    tile->on = bj_config_int_or(config, "dataplane.replica.port", 0, UINT16_MAX, 0) != 0;
    tile->data_dir = data_dir;
    tile->listen_fd = tile->wake_fd = -1;
    for (size_t i = 0; i < BJ_COUNT(tile->socks); i++) tile->socks[i].fd = -1;
    tile->hash_every = (uint32_t)bj_config_int_or(config, "dataplane.replica.hash_every", 1,
                                                  INT32_MAX, 10000);
    tile->lost_ns = BJ_NS_PER_MS *
        bj_config_int_or(config, "dataplane.replica.lost_ms", 100, 600000, 3000);
    tile->idle_ns = BJ_NS_PER_MS *
        bj_config_int_or(config, "dataplane.replica.state_hash_idle_ms", 0, 3600000, 1000);
    return bj_sources_read(config, "dataplane.replica.from", "", tile->sources,
                           &tile->source_cnt) &&
           durable_by_read(tile, config) && lost_read(tile, config) && turn_read(tile);
}

/* --- what the core asks for --- */
static bj_status_t on_read(void *ctx, uint64_t from_seq, bj_cmd_t *cmds, uint32_t max,
                           uint32_t *cnt) {
    return bj_journal_tail_read(((bj_replica_tile_t *)ctx)->tail, from_seq, cmds, max, cnt);
}

static bool on_fence(void *ctx, uint64_t epoch) {
    bj_replica_tile_t *tile = ctx;
    bj_epoch_t theirs = {.epoch = epoch, .behind = true};
    if (bj_epoch_write(tile->data_dir, &theirs) != BJ_OK) return false;
    atomic_store_explicit(&tile->pipe->replica.fenced, true, memory_order_release);
    bj_bell_ring(tile->pipe->journal_bell);
    return true;
}

static void on_nonce(void *ctx, uint8_t *out, size_t out_bytes) {
    (void)ctx;
    /* Up to 256 bytes the kernel always gives whole; without them nobody may log in. */
    if (getrandom(out, out_bytes, 0) != (ssize_t)out_bytes) abort();
}

/* --- sockets --- */
static int listen_on(const char *host, uint16_t port) {
    int fd = bj_tcp_listen(host, port, BJ_REPLICA_CONNS_MAX);
    if (fd < 0)
        BJ_ERROR("dataplane.replica: %s:%u cannot be listened on: %s", host, port, strerror(errno));
    return fd;
}

static void hang_up(bj_replica_tile_t *tile, uint32_t idx, bj_now_t now) {
    bj_replica_disconnect(tile->replica, idx, now);
    bj_oe_sock_close(&tile->socks[idx]);
}

/* New files are used from the next connection on, if they fit each other. */
static void certs_look(bj_replica_tile_t *tile, bj_now_t now) {
    const char *error;
    if (!tile->files.ca || now.mono_ns < tile->certs_ns) return;
    tile->certs_ns = now.mono_ns + certs_every_ns;
    uint64_t stamp = bj_oe_tls_stamp(&tile->files);
    if (stamp == tile->certs_stamp) return;
    SSL_CTX *tls = bj_oe_tls_context(&tile->files, BJ_OE_TLS_GATEWAY, &error);
    if (!tls) {
        BJ_WARN("dataplane.replica: certificates that changed are not used: %s", error);
        return;
    }
    SSL_CTX_free(tile->tls);
    tile->tls = tls;
    tile->certs_stamp = stamp;
}

/* Who finds no room costs us no more than that. */
static void take_one(bj_replica_tile_t *tile, bj_now_t now) {
    struct sockaddr_in peer = {0};
    socklen_t peer_bytes = sizeof peer;
    int one = 1, fd = accept4(tile->listen_fd, (struct sockaddr *)&peer, &peer_bytes,
                              SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    bool may = bj_sources_have(tile->sources, tile->source_cnt, ntohl(peer.sin_addr.s_addr));
    uint32_t idx = may ? bj_replica_connect(tile->replica, now) : BJ_REPLICA_NONE;
    if (idx == BJ_REPLICA_NONE) {
        close(fd);
        return;
    }
    certs_look(tile, now);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (!bj_oe_sock_open_as(&tile->socks[idx], fd, tile->tls, BJ_OE_TLS_GATEWAY, BJ_OE_TLS_STANDBY))
        bj_replica_disconnect(tile->replica, idx, now);
}

static bool would_wait(void) {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Hands are shaken in the thread that passes acknowledgements on: a piece a millisecond. */
static bool turn_waits(const bj_replica_tile_t *tile, uint32_t idx, bj_now_t now) {
    const bj_oe_sock_t *sock = &tile->socks[idx];
    return sock->fd >= 0 && !bj_oe_sock_shaken(sock) && now.mono_ns < tile->hands_ns;
}

static bool conn_read(bj_replica_tile_t *tile, uint32_t idx, bj_now_t now) {
    uint8_t data[READ_BYTES];
    if (turn_waits(tile, idx, now)) return true;
    if (!bj_oe_sock_shaken(&tile->socks[idx])) tile->hands_ns = now.mono_ns + hands_every_ns;
    ssize_t got = bj_oe_sock_recv(&tile->socks[idx], data, sizeof data);
    if (got < 0 && errno == EPROTO) BJ_WARN("replica: %s", bj_oe_sock_why());
    if (got == 0 || (got < 0 && !would_wait())) return false;
    /* False: its last words are still to be sent; bj_replica_finished ends it. */
    if (got > 0) (void)bj_replica_input(tile->replica, idx, data, (size_t)got, now);
    return true;
}

static bool conn_write(bj_replica_tile_t *tile, uint32_t idx, uint32_t *done) {
    const uint8_t *data;
    size_t due = bj_replica_output(tile->replica, idx, &data);
    if (!due || !bj_oe_sock_shaken(&tile->socks[idx])) return true;
    ssize_t sent = bj_oe_sock_send(&tile->socks[idx], data, due);
    if (sent < 0) return would_wait();
    bj_replica_sent(tile->replica, idx, (size_t)sent);
    (*done)++;
    return true;
}

static uint32_t conns_write(bj_replica_tile_t *tile, bj_now_t now) {
    uint32_t done = 0;
    for (uint32_t i = 0; i < BJ_REPLICA_CONNS_MAX; i++) {
        if (tile->socks[i].fd < 0) continue;
        if (!conn_write(tile, i, &done) || bj_replica_finished(tile->replica, i, now))
            hang_up(tile, i, now);
    }
    return done;
}

/* Waits until something comes, or the journal tile writes; whose turn it is not waits with poll. */
static uint32_t conns_read(bj_replica_tile_t *tile, int wait_ms) {
    bj_now_t before = bj_clock_now();
    struct pollfd polls[BJ_REPLICA_CONNS_MAX + 2] = {{tile->listen_fd, POLLIN, 0},
                                                     {tile->wake_fd, POLLIN, 0}};
    uint32_t done = 0;
    bool waits = false; /* something that poll does not see */
    for (uint32_t i = 0; i < BJ_REPLICA_CONNS_MAX; i++) {
        const uint8_t *data;
        bj_oe_sock_t *sock = &tile->socks[i];
        bool due = sock->fd >= 0 && bj_oe_sock_shaken(sock) &&
                   bj_replica_output(tile->replica, i, &data) > 0;
        bool later = turn_waits(tile, i, before);
        if (bj_oe_sock_waits(sock)) waits = true;
        if (later && wait_ms > 1) wait_ms = 1;
        polls[i + 2] = (struct pollfd){later ? -1 : sock->fd,
                                       (short)(POLLIN | (due ? POLLOUT : 0)), 0};
    }
    if (poll(polls, BJ_COUNT(polls), waits ? 0 : wait_ms) <= 0 && !waits) return 0;
    bj_now_t now = bj_clock_now();
    uint64_t rung;
    if (polls[1].revents && read(tile->wake_fd, &rung, sizeof rung) < 0) rung = 0;
    tile->turn++; /* whom it begins with: else the first would always have the piece */
    for (uint32_t k = 0; k < BJ_REPLICA_CONNS_MAX; k++) {
        uint32_t i = (k + tile->turn) % BJ_REPLICA_CONNS_MAX;
        bool came = polls[i + 2].revents & (POLLIN | POLLERR | POLLHUP);
        if (tile->socks[i].fd < 0 || (!came && !bj_oe_sock_waits(&tile->socks[i]))) continue;
        if (!conn_read(tile, i, now)) hang_up(tile, i, now);
        done++;
    }
    if (polls[0].revents) take_one(tile, now);
    return done;
}

/* --- what goes between core and tiles --- */
static void durable_by_tell(bj_replica_tile_t *tile, const bj_replica_status_t *status) {
    _Atomic uint32_t *at = &tile->pipe->replica.durable_by;
    if (tile->durable_by == BJ_BY_DISK || status->fenced) return;
    uint32_t was = atomic_load_explicit(at, memory_order_relaxed);
    uint32_t by = status->lost && tile->lost_to_disk ? BJ_BY_DISK : tile->durable_by;
    if (by == was) return;
    if (by == BJ_BY_DISK) BJ_ERROR("replica: no standby: acknowledged by the disk alone");
    else BJ_WARN("replica: acknowledged again when the standby has it");
    atomic_store_explicit(at, by, memory_order_release);
    bj_bell_ring(tile->pipe->journal_bell);
}

static void have_tell(bj_replica_tile_t *tile, const bj_replica_status_t *status) {
    _Atomic uint64_t *at = &tile->pipe->replica.have_seq;
    if (!status->following || atomic_load_explicit(at, memory_order_relaxed) == status->have_seq)
        return;
    atomic_store_explicit(at, status->have_seq, memory_order_release);
    if (tile->durable_by != BJ_BY_DISK) bj_bell_ring(tile->pipe->journal_bell);
}

/* Asked for once a quiet spell, while a standby that can compare it is there. */
static void state_look(bj_replica_tile_t *tile, const bj_replica_status_t *status, bj_now_t now) {
    bj_pipe_replica_t *pipe = &tile->pipe->replica;
    uint64_t seq = atomic_load_explicit(&pipe->state_seq, memory_order_acquire);
    if (seq != tile->state_said_seq) {
        tile->state_said_seq = seq;
        tile->state_hashes++;
        bj_replica_state(tile->replica, seq,
                         atomic_load_explicit(&pipe->state_hash, memory_order_relaxed));
    }
    bool quiet = tile->idle_ns && status->whole && now.mono_ns - tile->written_ns >= tile->idle_ns;
    if (!quiet || tile->state_asked_seq == tile->written_seen) return;
    tile->state_asked_seq = tile->written_seen;
    atomic_store_explicit(&pipe->state_wanted, true, memory_order_relaxed);
}

/* Nobody waits for a standby, or it may be given up and the disk has all that was acknowledged. */
static bool ready_without(const bj_replica_tile_t *tile) {
    return tile->durable_by == BJ_BY_DISK ||
           (tile->durable_by == BJ_BY_BOTH && tile->lost_to_disk);
}

static void ready_look(bj_replica_tile_t *tile, const bj_replica_status_t *status, bj_now_t now) {
    if (!tile->start_ns) tile->start_ns = now.mono_ns;
    bool given_up = tile->lost_to_disk && now.mono_ns - tile->start_ns >= tile->lost_ns;
    bool ready = status->whole || (given_up && !status->ahead_seq);
    if (ready && !status->fenced) atomic_store(&tile->ready, true); /* it is another's turn */
}

static void counters_publish(bj_replica_tile_t *tile, const bj_replica_status_t *status,
                             bj_now_t now) {
    if (now.mono_ns < tile->publish_ns) return;
    bj_replica_tile_counters_t counters = {
        .following = status->following, .whole = status->whole, .lost = status->lost,
        .fenced = status->fenced, .have_seq = status->have_seq, .epoch = status->epoch,
        .differs_seq = status->differs_seq, .ahead_seq = status->ahead_seq,
        .state_hashes = tile->state_hashes,
        .core = *bj_replica_counters(tile->replica)};
    bj_metrics_publish(&tile->metrics, &counters, sizeof counters, now);
    tile->publish_ns = now.mono_ns + publish_every_ns;
}

static uint32_t tile_step(bj_replica_tile_t *tile, bj_now_t now) {
    bj_pipe_replica_t *pipe = &tile->pipe->replica;
    const bj_digest_t *digest;
    bj_replica_reach_t reach;
    /* In this order: what was written before it stopped is then seen. */
    reach.stopped = atomic_load_explicit(&pipe->stopped, memory_order_acquire);
    reach.durable_seq = atomic_load_explicit(&tile->pipe->durable_seq, memory_order_acquire);
    reach.written_seq = atomic_load(&pipe->written_seq);
    if (reach.written_seq != tile->written_seen) tile->written_ns = now.mono_ns;
    tile->written_seen = reach.written_seq;
    while ((digest = bj_ring_peek(tile->digests))) {
        bj_replica_digest(tile->replica, digest);
        bj_ring_release(tile->digests);
    }
    uint32_t done = bj_replica_step(tile->replica, &reach, now) + conns_write(tile, now);
    bj_replica_status_t status = bj_replica_status(tile->replica);
    have_tell(tile, &status);
    durable_by_tell(tile, &status);
    state_look(tile, &status, now);
    ready_look(tile, &status, now);
    counters_publish(tile, &status, now);
    return done;
}

static void *tile_run(void *ctx) {
    bj_replica_tile_t *tile = ctx;
    pthread_setname_np(pthread_self(), "replica");
    while (!atomic_load_explicit(&tile->stop, memory_order_relaxed)) {
        uint32_t done = tile_step(tile, bj_clock_now());
        atomic_store(&tile->asleep, true);
        bool more = done || atomic_load(&tile->pipe->replica.written_seq) != tile->written_seen;
        (void)conns_read(tile, more ? 0 : WAIT_MS);
        atomic_store(&tile->asleep, false);
    }
    return NULL;
}

/* --- the journal tile's side --- */
void bj_replica_tile_written(bj_replica_tile_t *tile, uint64_t seq) {
    static const uint64_t one = 1;
    atomic_store(&tile->pipe->replica.written_seq, seq);
    if (!atomic_load(&tile->asleep)) return;
    if (write(tile->wake_fd, &one, sizeof one) < 0) return; /* it wakes by itself in WAIT_MS */
}

/* Full: the standby is not asked about this stretch, but about the next. */
void bj_replica_tile_digest(bj_replica_tile_t *tile, const bj_digest_t *digest) {
    if (!bj_ring_push(tile->digests, digest, sizeof *digest)) return;
}

/* --- start and stop --- */
static bool core_make(bj_replica_tile_t *tile, const bj_config_t *config,
                      const bj_replica_tile_start_t *start) {
    char key[BJ_REPLICA_KEY_MAX_BYTES + 1];
    bj_replica_config_t core = {
        .journal_id = start->journal_id, .epoch = tile->epoch, .hash_every = tile->hash_every,
        .lost_ns = tile->lost_ns, .shape = start->shape,
        .ops = {on_read, on_fence, on_nonce}, .ctx = tile};
    bj_config_secret(config, "dataplane.replica.key_file", key, sizeof key);
    core.key_bytes = strlen(key);
    memcpy(core.key, key, core.key_bytes);
    memset(key, 0, sizeof key);
    size_t bytes = bj_ring_footprint(DIGESTS, DIGEST_SLOT_BYTES);
    void *ring = aligned_alloc(BJ_PAIR_BYTES, (bytes + BJ_PAIR_BYTES - 1) / BJ_PAIR_BYTES *
                                                  BJ_PAIR_BYTES);
    if (ring) tile->digests = bj_ring_new(ring, DIGESTS, DIGEST_SLOT_BYTES);
    tile->tail = bj_journal_tail_open(start->journal_dir);
    tile->replica = bj_replica_new(&core);
    return ring && tile->tail && tile->replica;
}

static bool certs_open(bj_replica_tile_t *tile) {
    const char *error;
    if (!tile->files.ca) {
        BJ_WARN("dataplane.replica.clear: the journal goes to the standby in clear");
        return true;
    }
    tile->certs_stamp = bj_oe_tls_stamp(&tile->files); /* before: what changes meanwhile is seen */
    tile->tls = bj_oe_tls_context(&tile->files, BJ_OE_TLS_GATEWAY, &error);
    if (!tile->tls) BJ_ERROR("dataplane.replica: %s", error);
    return tile->tls != NULL;
}

bool bj_replica_tile_start(bj_replica_tile_t *tile, const bj_config_t *config,
                           const bj_replica_tile_start_t *start) {
    if (!tile->on) return true;
    const char *host = bj_config_str_or(config, "dataplane.replica.host", "127.0.0.1");
    uint16_t port = (uint16_t)bj_config_int(config, "dataplane.replica.port", 1, UINT16_MAX);
    uint64_t last_seq = atomic_load(&start->pipe->durable_seq);
    tile->pipe = start->pipe;
    tile->files = bj_oe_way_files(config, "dataplane.replica");
    if (!certs_open(tile)) return false;
    atomic_store(&tile->ready, ready_without(tile));
    atomic_store(&tile->pipe->replica.written_seq, last_seq);
    /* Until a standby is there nothing but a disk, if that is allowed, makes anything durable. */
    atomic_store(&tile->pipe->replica.durable_by,
                 tile->lost_to_disk ? BJ_BY_DISK : tile->durable_by);
    tile->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    tile->listen_fd = listen_on(host, port);
    if (tile->wake_fd < 0 || tile->listen_fd < 0 || !core_make(tile, config, start)) return false;
    tile->running = pthread_create(&tile->thread, NULL, tile_run, tile) == 0;
    if (tile->running) BJ_INFO("replica: a standby may follow at %s:%u, epoch %lu", host, port,
                               (unsigned long)tile->epoch);
    return tile->running;
}

void bj_replica_tile_stop(bj_replica_tile_t *tile) {
    if (!tile->on) return;
    atomic_store(&tile->stop, true);
    if (tile->running) pthread_join(tile->thread, NULL);
    tile->running = false;
    for (size_t i = 0; i < BJ_COUNT(tile->socks); i++)
        bj_oe_sock_close(&tile->socks[i]);
    SSL_CTX_free(tile->tls);
    tile->tls = NULL;
    if (tile->listen_fd >= 0) close(tile->listen_fd);
    if (tile->wake_fd >= 0) close(tile->wake_fd);
    bj_replica_free(tile->replica);
    bj_journal_tail_close(tile->tail);
    free(tile->digests);
    tile->on = false;
}
