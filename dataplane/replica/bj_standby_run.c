#include "dataplane/replica/bj_standby_run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"

enum { WAIT_MS = 50, EPOCHS_SKIPPED_MAX = 1000000 };
static const int64_t redial_ns = 200 * BJ_NS_PER_MS;
static const int64_t fence_wait_ns = 5 * BJ_NS_PER_S; /* for the primary's last words */

/* --- the connection --- */
static void hang_up(bj_standby_run_t *run, const char *why) {
    bj_follow_status_t status = bj_follow_status(run->standby.follow);
    if (run->sock.fd < 0) return;
    if (status.state >= BJ_FOLLOW_FOLLOWING || status.why != run->said_why)
        BJ_WARN("standby: the connection ends: %s",
                status.why != BJ_OK ? status.why_text : why);
    run->said_why = status.why;
    bj_oe_sock_close(&run->sock);
    run->dial_ns = bj_clock_mono_ns() + redial_ns;
    bj_follow_disconnected(run->standby.follow);
}

/* The certificates as they are now.  False: it is closed. */
static bool sock_open(bj_standby_run_t *run, int fd) {
    const char *error = NULL;
    SSL_CTX *tls = run->files.ca ? bj_oe_tls_context(&run->files, BJ_OE_TLS_CLIENT, &error) : NULL;
    bool ok = !error && bj_oe_sock_open_as(&run->sock, fd, tls, BJ_OE_TLS_CLIENT,
                                           BJ_OE_TLS_PRIMARY);
    if (error) {
        BJ_WARN("standby: %s", error);
        close(fd);
    }
    SSL_CTX_free(tls);
    return ok;
}

static void dial(bj_standby_run_t *run, bj_now_t now) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(run->port)};
    int one = 1;
    if (run->sock.fd >= 0 || now.mono_ns < run->dial_ns) return;
    run->dial_ns = now.mono_ns + redial_ns;
    if (inet_pton(AF_INET, run->host, &address.sin_addr) != 1) return;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || !sock_open(run, fd)) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    /* Made or not: the next turn sees that it can be written to. */
    run->connecting = true;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS)
        bj_oe_sock_close(&run->sock);
}

static bool would_wait(void) {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static void socket_write(bj_standby_run_t *run) {
    const uint8_t *data;
    if (run->sock.fd < 0 || run->connecting || !bj_oe_sock_shaken(&run->sock)) return;
    size_t due = bj_follow_output(run->standby.follow, &data);
    if (!due) return;
    ssize_t sent = bj_oe_sock_send(&run->sock, data, due);
    if (sent > 0) bj_follow_sent(run->standby.follow, (size_t)sent);
    else if (!would_wait()) hang_up(run, "it cannot be written to");
}

static void socket_ready(bj_standby_run_t *run, bj_now_t now) {
    int why = 0;
    socklen_t why_bytes = sizeof why;
    if (run->connecting) {
        getsockopt(run->sock.fd, SOL_SOCKET, SO_ERROR, &why, &why_bytes);
        if (why) {
            bj_oe_sock_close(&run->sock);
            return;
        }
        run->connecting = false;
        bj_follow_connected(run->standby.follow, now);
    }
    size_t max = run->fences ? BJ_STANDBY_FENCE_READ_BYTES : sizeof run->data;
    ssize_t got = bj_oe_sock_recv(&run->sock, run->data, max);
    if (got < 0 && would_wait()) return;
    if (got < 0 && errno == EPROTO && !run->said_tls) {
        BJ_WARN("standby: %s", bj_oe_sock_why());
        run->said_tls = true;
    }
    bool goes_on = got > 0 && bj_follow_input(run->standby.follow, run->data, (size_t)got, now);
    if (goes_on) return;
    socket_write(run); /* why it stops */
    hang_up(run, "the primary closed it");
}

/* --- taking over --- */
/* It follows again, and the primary is not asked to stop by the next connection. */
static void take_over_drop(bj_standby_run_t *run) {
    run->taking_over = false;
    bj_follow_unfence(run->standby.follow);
}

/* The epoch that the primary was asked to write down, also if that has come back to us as its own:
 * two machines that each go one higher would be two primaries of one epoch. */
static void take_over_end(bj_standby_run_t *run) {
    uint64_t known = run->standby.epoch.epoch;
    uint64_t epoch = known > run->asked_epoch ? known + 1 : run->asked_epoch;
    bj_follow_status_t status = bj_follow_status(run->standby.follow);
    bj_status_t written = bj_standby_take_over(&run->standby, epoch);
    if (written != BJ_OK) {
        run->broken = written == BJ_ERR_CORRUPT;
        BJ_ERROR("standby: the take-over cannot be written down%s", run->broken
                 ? ", and it ends: look at replica.json before anything is started" : "");
        take_over_drop(run);
        return;
    }
    run->done = true;
    BJ_WARN("standby: took over at sequence %" PRIu64 ", epoch %" PRIu64 ", %s; state hash %016"
            PRIx64 ": start bijli-dataplane from %s", status.have_seq, epoch,
            status.state == BJ_FOLLOW_FENCED ? "the old primary has stopped"
                                             : "the old primary was not reached",
            bj_engine_hash(run->standby.engine), run->standby.data_dir);
}

/* A primary that was there when it was asked may be gone before it has sent what is missing; but a
 * connection that ends says little: it is called again until its time is over. */
static void take_over_step(bj_standby_run_t *run, bj_now_t now) {
    bj_follow_status_t status = bj_follow_status(run->standby.follow);
    if (!run->taking_over || run->done) return;
    bool stopped = status.state == BJ_FOLLOW_STOPPED;
    bool fenced = status.state == BJ_FOLLOW_FENCED;
    if (!fenced && !stopped && run->reached && now.mono_ns < run->give_up_ns) return;
    const char *lacks = fenced ? NULL : bj_standby_lacks(&run->standby);
    if (!lacks || run->forced) {
        take_over_end(run);
        return;
    }
    BJ_ERROR("standby: the primary did not hand over, and %s: not taken over", lacks);
    take_over_drop(run);
}

/* By force, and alone: the other machine may have gone one higher too and never said so.  Two
 * primaries of one epoch cannot fence each other: it goes higher by a number that is nobody else's.
 */
static uint64_t epochs_skipped(void) {
    uint32_t skipped = 0;
    if (getrandom(&skipped, sizeof skipped, 0) != (ssize_t)sizeof skipped) return 2;
    return 2 + skipped % EPOCHS_SKIPPED_MAX;
}

static void take_over_begin(bj_standby_run_t *run, bool force, char *answer) {
    const char *lacks = bj_standby_lacks(&run->standby);
    bj_follow_status_t status = bj_follow_status(run->standby.follow);
    bool reached = status.state == BJ_FOLLOW_FOLLOWING;
    /* A primary that is there still sends what is missing. */
    if (lacks && !(force && status.journal_id) && !(reached && status.journal_id)) {
        snprintf(answer, BJ_CTL_ANSWER_BYTES, "error: %s; take-over force does it all the same",
                 lacks);
        return;
    }
    run->asked_epoch = status.epoch + (force && !reached ? epochs_skipped() : 1);
    if (reached && bj_follow_fence(run->standby.follow, run->asked_epoch) != BJ_OK) {
        snprintf(answer, BJ_CTL_ANSWER_BYTES, "error: the epoch cannot be higher");
        return;
    }
    run->taking_over = true;
    run->forced = force, run->reached = reached;
    run->give_up_ns = bj_clock_mono_ns() + fence_wait_ns;
    snprintf(answer, BJ_CTL_ANSWER_BYTES, "ok taking over at sequence %" PRIu64 ", the primary %s",
             status.have_seq, reached ? "is told to stop" : "is not reached");
}

/* --- what it is told and what it says --- */
void bj_standby_run_text(const bj_standby_run_t *run, char *text, size_t text_bytes) {
    bj_follow_status_t s = bj_follow_status(run->standby.follow);
    snprintf(text, text_bytes, "%s%s%s, sequence %" PRIu64 " of %" PRIu64 ", epoch %" PRIu64 "%s",
             bj_follow_state_text(s.state), *s.why_text ? ": " : "", s.why_text, s.have_seq,
             s.primary_seq, s.epoch, run->standby.epoch.behind ? ", behind" : "");
}

void bj_standby_run_line(void *ctx, const char *line, char answer[BJ_CTL_ANSWER_BYTES]) {
    bj_standby_run_t *run = (bj_standby_run_t *)ctx;
    char text[256];
    if (strcmp(line, "status") == 0) {
        bj_standby_run_text(run, text, sizeof text);
        snprintf(answer, BJ_CTL_ANSWER_BYTES, "ok %s, state hash %016" PRIx64, text,
                 bj_engine_hash(run->standby.engine));
    } else if (strcmp(line, "take-over") == 0 || strcmp(line, "take-over force") == 0) {
        take_over_begin(run, line[strlen("take-over")] != '\0', answer);
    } else {
        snprintf(answer, BJ_CTL_ANSWER_BYTES, "error: status, take-over or take-over force");
    }
}

/* --- a turn --- */
static void fence_step(bj_standby_run_t *run) {
    if (bj_follow_status(run->standby.follow).state != BJ_FOLLOW_FOLLOWING) return;
    BJ_WARN("standby: %s:%u has heard of epoch %" PRIu64 ", it takes no orders any more", run->host,
            run->port, run->standby.epoch.epoch);
    run->done = true;
}

/* Input, then step: what came together is committed together. */
bool bj_standby_run_turn(bj_standby_run_t *run, int ctl_fd) {
    bj_now_t now = bj_clock_now();
    bool waits = bj_oe_sock_waits(&run->sock);
    struct pollfd polls[2] = {{run->sock.fd, (short)(POLLIN | (run->connecting ? POLLOUT : 0)), 0},
                              {ctl_fd, POLLIN, 0}};
    if (poll(polls, BJ_COUNT(polls), waits ? 0 : WAIT_MS) > 0 || waits) {
        now = bj_clock_now();
        if (run->sock.fd >= 0 && (polls[0].revents || waits)) socket_ready(run, now);
    }
    bool asked = polls[1].revents != 0;
    if (run->fences) fence_step(run);
    if (run->done) return asked;
    if (run->sock.fd >= 0 && !run->connecting && !bj_follow_step(run->standby.follow, now)) {
        socket_write(run);
        hang_up(run, "given up");
    }
    socket_write(run);
    bool fenced = bj_follow_status(run->standby.follow).state == BJ_FOLLOW_FENCED;
    bool calls = !run->taking_over || run->reached;
    if (calls && !fenced && !bj_standby_run_stopped(run)) dial(run, now);
    take_over_step(run, now);
    return asked;
}

bool bj_standby_run_stopped(const bj_standby_run_t *run) {
    return bj_follow_status(run->standby.follow).state == BJ_FOLLOW_STOPPED;
}

bool bj_standby_run_ended(const bj_standby_run_t *run) {
    return run->done || run->broken || (run->fences && bj_standby_run_stopped(run));
}

bool bj_standby_run_open(bj_standby_run_t *run, const bj_config_t *config, bool fences) {
    memset(run, 0, sizeof *run);
    run->sock.fd = -1;
    run->fences = fences;
    run->files = bj_oe_way_files(config, "standby");
    run->host = bj_config_str(config, "standby.host");
    run->port = (uint16_t)bj_config_int(config, "standby.port", 1, UINT16_MAX);
    bool ok = fences ? bj_standby_open_fence(&run->standby, config)
                     : bj_standby_open(&run->standby, config);
    if (ok) BJ_INFO("standby: %s %s:%u", fences ? "fences" : "follows", run->host, run->port);
    return ok;
}

void bj_standby_run_close(bj_standby_run_t *run) {
    bj_oe_sock_close(&run->sock);
    bj_standby_close(&run->standby);
}
