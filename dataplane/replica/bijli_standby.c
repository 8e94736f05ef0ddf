/* bijli-standby - follows a primary, and takes over when it is told to (docs/replica.md).
 *
 *   bijli-standby --config FILE
 *   bijli-standby --fence FILE     after a take-over: until the old primary has heard of it
 *   bijli-standby --tell RUN_DIR status | take-over [force]
 *
 * Exit 0: it took over (or was stopped): bijli-dataplane starts from its data_dir.  1: it stopped
 * on an error or a difference.  2: the words or the configuration. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "dataplane/base/bj_ctl.h"
#include "dataplane/base/bj_health.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/replica/bj_standby.h"

enum { EXIT_USE = 2, READ_BYTES = 1 << 16, WAIT_MS = 50 };
static const int64_t report_every_ns = BJ_NS_PER_S, redial_ns = 200 * BJ_NS_PER_MS;
static const int64_t fence_wait_ns = 5 * BJ_NS_PER_S; /* for the primary's last words */

typedef struct process {
    bj_standby_t standby;
    bj_ctl_t   *ctl;
    const char *run_dir, *host;
    uint16_t    port;
    int         fd; /* -1: none */
    bool        fences; /* --fence */
    bool        connecting, taking_over, forced, done;
    int64_t     dial_ns, report_ns, give_up_ns;
    bj_status_t said_why; /* the last refusal that stands in the log */
} process_t;

static volatile sig_atomic_t told_to_stop;
static void on_signal(int signal_no) { told_to_stop = signal_no; }

/* --- the connection --- */
static void hang_up(process_t *p, const char *why) {
    bj_follow_status_t status = bj_follow_status(p->standby.follow);
    if (p->fd < 0) return;
    if (status.state >= BJ_FOLLOW_FOLLOWING || status.why != p->said_why)
        BJ_WARN("standby: the connection ends: %s",
                status.why != BJ_OK ? status.why_text : why);
    p->said_why = status.why;
    close(p->fd);
    p->fd = -1;
    p->dial_ns = bj_clock_mono_ns() + redial_ns;
    bj_follow_disconnected(p->standby.follow);
}

static void dial(process_t *p, bj_now_t now) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(p->port)};
    int one = 1;
    if (p->fd >= 0 || now.mono_ns < p->dial_ns) return;
    p->dial_ns = now.mono_ns + redial_ns;
    if (inet_pton(AF_INET, p->host, &address.sin_addr) != 1) return; /* was checked at start */
    p->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (p->fd < 0) return;
    setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    p->connecting = connect(p->fd, (struct sockaddr *)&address, sizeof address) != 0;
    if (p->connecting && errno != EINPROGRESS) {
        close(p->fd);
        p->fd = -1;
    } else if (!p->connecting) bj_follow_connected(p->standby.follow, now);
}

static bool would_wait(void) {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static void socket_write(process_t *p) {
    const uint8_t *data;
    size_t due = p->fd >= 0 && !p->connecting ? bj_follow_output(p->standby.follow, &data) : 0;
    if (!due) return;
    ssize_t sent = send(p->fd, data, due, MSG_NOSIGNAL);
    if (sent > 0) bj_follow_sent(p->standby.follow, (size_t)sent);
    else if (!would_wait()) hang_up(p, "it cannot be written to");
}

static void socket_ready(process_t *p, bj_now_t now) {
    static uint8_t data[READ_BYTES];
    int why = 0;
    socklen_t why_bytes = sizeof why;
    if (p->connecting) {
        getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &why, &why_bytes);
        if (why) {
            close(p->fd);
            p->fd = -1;
            return;
        }
        p->connecting = false;
        bj_follow_connected(p->standby.follow, now);
    }
    size_t max = p->fences ? BJ_STANDBY_FENCE_READ_BYTES : sizeof data;
    ssize_t got = recv(p->fd, data, max, 0);
    if (got < 0 && would_wait()) return;
    bool goes_on = got > 0 && bj_follow_input(p->standby.follow, data, (size_t)got, now);
    if (goes_on) return;
    socket_write(p); /* why it stops */
    hang_up(p, "the primary closed it");
}

/* --- taking over --- */
static void take_over_end(process_t *p) {
    uint64_t epoch = p->standby.epoch.epoch + 1;
    bj_follow_status_t status = bj_follow_status(p->standby.follow);
    if (bj_standby_take_over(&p->standby, epoch) != BJ_OK) {
        BJ_ERROR("standby: the take-over cannot be written down");
        p->taking_over = false;
        return;
    }
    p->done = true;
    BJ_WARN("standby: took over at sequence %" PRIu64 ", epoch %" PRIu64 ", %s; state hash %016"
            PRIx64 ": start bijli-dataplane from %s", status.have_seq, epoch,
            status.state == BJ_FOLLOW_FENCED ? "the old primary has stopped"
                                             : "the old primary was not reached",
            bj_engine_hash(p->standby.engine), p->standby.data_dir);
}

/* A primary that was there when it was asked may be gone before it has sent what is missing. */
static void take_over_step(process_t *p, bj_now_t now) {
    bj_follow_status_t status = bj_follow_status(p->standby.follow);
    if (!p->taking_over || p->done) return;
    bool away = status.state == BJ_FOLLOW_AWAY || status.state == BJ_FOLLOW_STOPPED;
    bool fenced = status.state == BJ_FOLLOW_FENCED;
    if (!fenced && !away && now.mono_ns < p->give_up_ns) return;
    const char *lacks = fenced ? NULL : bj_standby_lacks(&p->standby);
    if (!lacks || p->forced) {
        take_over_end(p);
        return;
    }
    BJ_ERROR("standby: the primary did not hand over, and %s: not taken over", lacks);
    p->taking_over = false;
}

static void take_over_begin(process_t *p, bool force, char *answer) {
    const char *lacks = bj_standby_lacks(&p->standby);
    bj_follow_status_t status = bj_follow_status(p->standby.follow);
    bool reached = status.state == BJ_FOLLOW_FOLLOWING;
    /* A primary that is there still sends what is missing. */
    if (lacks && !(force && status.journal_id) && !(reached && status.journal_id)) {
        snprintf(answer, BJ_CTL_ANSWER_BYTES, "error: %s; take-over force does it all the same",
                 lacks);
        return;
    }
    if (reached && bj_follow_fence(p->standby.follow, status.epoch + 1) != BJ_OK) {
        snprintf(answer, BJ_CTL_ANSWER_BYTES, "error: the epoch cannot be higher");
        return;
    }
    p->taking_over = true;
    p->forced = force;
    p->give_up_ns = bj_clock_mono_ns() + fence_wait_ns;
    snprintf(answer, BJ_CTL_ANSWER_BYTES, "ok taking over at sequence %" PRIu64 ", the primary %s",
             status.have_seq, reached ? "is told to stop" : "is not reached");
}

/* --- what it is told and what it says --- */
static void status_text(const process_t *p, char *text, size_t text_bytes) {
    bj_follow_status_t s = bj_follow_status(p->standby.follow);
    snprintf(text, text_bytes, "%s%s%s, sequence %" PRIu64 " of %" PRIu64 ", epoch %" PRIu64,
             bj_follow_state_text(s.state), *s.why_text ? ": " : "", s.why_text, s.have_seq,
             s.primary_seq, s.epoch);
}

static void on_line(void *ctx, const char *line, char answer[BJ_CTL_ANSWER_BYTES]) {
    process_t *p = ctx;
    char text[256];
    if (strcmp(line, "status") == 0) {
        status_text(p, text, sizeof text);
        snprintf(answer, BJ_CTL_ANSWER_BYTES, "ok %s, state hash %016" PRIx64, text,
                 bj_engine_hash(p->standby.engine));
    } else if (strcmp(line, "take-over") == 0 || strcmp(line, "take-over force") == 0) {
        take_over_begin(p, line[strlen("take-over")] != '\0', answer);
    } else {
        snprintf(answer, BJ_CTL_ANSWER_BYTES, "error: status, take-over or take-over force");
    }
}

static void report(process_t *p, bj_now_t now) {
    bj_follow_status_t s = bj_follow_status(p->standby.follow);
    bj_health_t health = {.pid = getpid(), .state = s.state == BJ_FOLLOW_FOLLOWING
                                                        ? BJ_HEALTH_UP : BJ_HEALTH_DEGRADED};
    if (now.mono_ns < p->report_ns) return;
    p->report_ns = now.mono_ns + report_every_ns;
    status_text(p, health.text, sizeof health.text);
    bj_health_figure(&health, "have_seq", (int64_t)s.have_seq);
    bj_health_figure(&health, "primary_seq", (int64_t)s.primary_seq);
    bj_health_figure(&health, "acknowledged_seq", (int64_t)s.acknowledged_seq);
    bj_health_figure(&health, "epoch", (int64_t)s.epoch);
    bj_health_figure(&health, "batches", (int64_t)s.batches);
    bj_health_figure(&health, "digests_equal", (int64_t)s.digests);
    bj_health_figure(&health, "state_hashes_equal", (int64_t)s.state_hashes);
    bj_health_figure(&health, "stop_seq", (int64_t)s.stop_seq);
    if (!bj_health_write(p->run_dir, "standby", &health))
        BJ_WARN("%s/standby.status.json cannot be written", p->run_dir);
}

/* --- the process --- */
static void fence_step(process_t *p) {
    if (bj_follow_status(p->standby.follow).state != BJ_FOLLOW_FOLLOWING) return;
    BJ_WARN("standby: %s:%u has heard of epoch %" PRIu64 ", it takes no orders any more", p->host,
            p->port, p->standby.epoch.epoch);
    p->done = true;
}

/* Input, then step: what came together is committed together. */
static void turn(process_t *p) {
    bj_now_t now = bj_clock_now();
    struct pollfd polls[2] = {{p->fd, (short)(POLLIN | (p->connecting ? POLLOUT : 0)), 0},
                              {p->ctl ? bj_ctl_fd(p->ctl) : -1, POLLIN, 0}};
    if (poll(polls, BJ_COUNT(polls), WAIT_MS) > 0) {
        now = bj_clock_now();
        if (p->fd >= 0 && polls[0].revents) socket_ready(p, now);
        if (polls[1].revents) bj_ctl_step(p->ctl);
    }
    if (p->fences) fence_step(p);
    if (p->done) return;
    if (p->fd >= 0 && !p->connecting && !bj_follow_step(p->standby.follow, now)) {
        socket_write(p);
        hang_up(p, "given up");
    }
    socket_write(p);
    if (!p->taking_over && bj_follow_status(p->standby.follow).state != BJ_FOLLOW_STOPPED)
        dial(p, now);
    take_over_step(p, now);
    if (!p->fences) report(p, now);
}

static bool stopped_for_good(const process_t *p) {
    return bj_follow_status(p->standby.follow).state == BJ_FOLLOW_STOPPED;
}

static bool process_open(process_t *p, const bj_config_t *config) {
    char file[512];
    if (p->fences) return bj_standby_open_fence(&p->standby, config);
    if (!bj_standby_open(&p->standby, config)) return false;
    (void)mkdir(p->run_dir, 0750);
    (void)snprintf(file, sizeof file, "%s/standby.ctl", p->run_dir);
    p->ctl = bj_ctl_open(file, on_line, p);
    if (!p->ctl) BJ_ERROR("%s: %s", file, strerror(errno));
    return p->ctl != NULL;
}

static int run(const bj_config_t *config, bool fences) {
    static process_t p;
    struct in_addr address;
    p.fd = -1;
    p.fences = fences;
    p.run_dir = bj_config_str(config, "run_dir");
    p.host = bj_config_str(config, "standby.host");
    p.port = (uint16_t)bj_config_int(config, "standby.port", 1, UINT16_MAX);
    if (inet_pton(AF_INET, p.host, &address) != 1) {
        BJ_ERROR("standby.host is an IPv4 address, not %s", p.host);
        return EXIT_USE;
    }
    bool ok = process_open(&p, config);
    if (ok) BJ_INFO("standby: %s %s:%u", fences ? "fences" : "follows", p.host, p.port);
    while (ok && !p.done && !told_to_stop && !(fences && stopped_for_good(&p))) turn(&p);
    if (p.ctl) bj_ctl_step(p.ctl); /* whoever asks just now */
    bj_ctl_close(p.ctl);
    if (p.fd >= 0) close(p.fd);
    bool stopped = ok && stopped_for_good(&p);
    bj_standby_close(&p.standby);
    return ok && (p.done || !stopped) ? 0 : 1;
}

static int tell(const char *run_dir, char **words, int word_cnt) {
    char file[512], line[BJ_CTL_LINE_BYTES], answer[BJ_CTL_ANSWER_BYTES] = "";
    (void)snprintf(file, sizeof file, "%s/standby.ctl", run_dir);
    int n = snprintf(line, sizeof line, "%s%s%s", words[0], word_cnt > 1 ? " " : "",
                     word_cnt > 1 ? words[1] : "");
    if (n >= (int)sizeof line || strchr(line, '\n')) return EXIT_USE;
    if (!bj_ctl_tell(file, line, answer)) {
        fprintf(stderr, "bijli-standby: %s: %s\n", file, strerror(errno));
        return 1;
    }
    puts(answer);
    return strncmp(answer, "ok", 2) != 0;
}

int main(int argc, char **argv) {
    if ((argc == 4 || argc == 5) && strcmp(argv[1], "--tell") == 0)
        return tell(argv[2], argv + 3, argc - 3);
    bool fences = argc == 3 && strcmp(argv[1], "--fence") == 0;
    if (!fences && (argc != 3 || strcmp(argv[1], "--config") != 0)) {
        fprintf(stderr, "usage: bijli-standby --config FILE\n"
                        "       bijli-standby --fence FILE\n"
                        "       bijli-standby --tell RUN_DIR status | take-over [force]\n");
        return EXIT_USE;
    }
    bj_log_init("standby", BJ_LOG_INFO);
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    bj_config_t *config = bj_config_load(argv[2]);
    int rc = run(config, fences);
    bj_config_free(config);
    BJ_INFO("stopped");
    return rc;
}
