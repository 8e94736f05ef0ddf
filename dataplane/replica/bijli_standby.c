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
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "dataplane/base/bj_health.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_sandbox.h"
#include "dataplane/replica/bj_standby_run.h"

enum { EXIT_USE = 2 };
static const int64_t report_every_ns = BJ_NS_PER_S;

static volatile sig_atomic_t told_to_stop;
static void on_signal(int signal_no) { told_to_stop = signal_no; }

static void report(const bj_standby_run_t *run, const char *run_dir) {
    static int64_t report_ns;
    bj_follow_status_t s = bj_follow_status(run->standby.follow);
    bj_health_t health = {.pid = getpid(), .state = s.state == BJ_FOLLOW_FOLLOWING
                                                        ? BJ_HEALTH_UP : BJ_HEALTH_DEGRADED};
    int64_t now_ns = bj_clock_mono_ns();
    if (now_ns < report_ns) return;
    report_ns = now_ns + report_every_ns;
    bj_standby_run_text(run, health.text, sizeof health.text);
    bj_health_figure(&health, "have_seq", (int64_t)s.have_seq);
    bj_health_figure(&health, "primary_seq", (int64_t)s.primary_seq);
    bj_health_figure(&health, "acknowledged_seq", (int64_t)s.acknowledged_seq);
    bj_health_figure(&health, "epoch", (int64_t)s.epoch);
    bj_health_figure(&health, "behind", run->standby.epoch.behind);
    bj_health_figure(&health, "batches", (int64_t)s.batches);
    bj_health_figure(&health, "digests_equal", (int64_t)s.digests);
    bj_health_figure(&health, "state_hashes_equal", (int64_t)s.state_hashes);
    bj_health_figure(&health, "stop_seq", (int64_t)s.stop_seq);
    if (!bj_health_write(run_dir, "standby", &health))
        BJ_WARN("%s/standby.status.json cannot be written", run_dir);
}

static bj_ctl_t *ctl_open(bj_standby_run_t *run, const char *run_dir) {
    char file[512];
    (void)mkdir(run_dir, 0750);
    (void)snprintf(file, sizeof file, "%s/standby.ctl", run_dir);
    bj_ctl_t *ctl = bj_ctl_open(file, bj_standby_run_line, run);
    if (!ctl) BJ_ERROR("%s: %s", file, strerror(errno));
    return ctl;
}

static bool goes_on(const bj_standby_run_t *run) {
    return !bj_standby_run_ended(run) && !told_to_stop;
}

static bool follow(bj_standby_run_t *run, const char *run_dir) {
    bj_ctl_t *ctl = ctl_open(run, run_dir);
    if (!ctl) return false;
    while (goes_on(run)) {
        if (bj_standby_run_turn(run, bj_ctl_fd(ctl))) bj_ctl_step(ctl);
        if (!run->done) report(run, run_dir);
    }
    bj_ctl_step(ctl); /* whoever asks just now */
    bj_ctl_close(ctl);
    return true;
}

/* Before there is a second thread, and a connection. */
static bool confine(const bj_config_t *config) {
    static const bj_sandbox_rule_t touches[] = {
        {"data_dir", BJ_MAY_WRITE}, {"run_dir", BJ_MAY_WRITE}, {"standby", BJ_MAY_READ},
        /* Read at each connection, and replaced meanwhile. */
        {"standby.ca_file", BJ_MAY_READ | BJ_MAY_FOLDER},
        {"standby.cert_file", BJ_MAY_READ | BJ_MAY_FOLDER},
        {"standby.cert_key_file", BJ_MAY_READ | BJ_MAY_FOLDER}};
    static const char *const calls[] = {"umask"}; /* of its socket */
    (void)mkdir(bj_config_str(config, "data_dir"), 0750);
    (void)mkdir(bj_config_str(config, "run_dir"), 0750);
    return bj_sandbox_files(config, "standby", touches, BJ_COUNT(touches)) &&
           bj_sandbox_only(calls, BJ_COUNT(calls));
}

static int run_until_told(const bj_config_t *config, bool fences) {
    static bj_standby_run_t run;
    struct in_addr address;
    if (inet_pton(AF_INET, bj_config_str(config, "standby.host"), &address) != 1) {
        BJ_ERROR("standby.host is an IPv4 address, not %s", bj_config_str(config, "standby.host"));
        return EXIT_USE;
    }
    if (!confine(config)) return 1;
    bool ok = bj_standby_run_open(&run, config, fences);
    if (ok && !fences) ok = follow(&run, bj_config_str(config, "run_dir"));
    while (ok && fences && goes_on(&run)) (void)bj_standby_run_turn(&run, -1);
    bool stopped = ok && (bj_standby_run_stopped(&run) || run.broken);
    bj_standby_run_close(&run);
    return ok && (run.done || !stopped) ? 0 : 1;
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
    int rc = run_until_told(config, fences);
    bj_config_free(config);
    BJ_INFO("stopped");
    return rc;
}
