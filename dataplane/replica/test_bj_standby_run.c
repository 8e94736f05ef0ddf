/* Goal: a take-over that is given up leaves everything as it was: the primary is not told to stop
 * behind its back, the standby follows on, and the next one works; one that cannot be written down
 * leaves a standby.
 * Method: the standby's turns over a real socket, the bed's primary at its other end. */
#include "dataplane/replica/bj_standby_run.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/replica/replica_test.h"

enum { TURNS_MAX = 400 };
static char root[] = "/tmp/bj_run_XXXXXX";
static bed_t bed;
static bj_standby_run_t run;
static bj_config_t *conf;
static int listen_fd, fd = -1;
static bool drops_words; /* the connection ends before the primary has said that it stopped */

static void file_write(const char *file, const char *text) {
    FILE *f = fopen(file, "w");
    BJ_CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static uint16_t listen_any(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t address_bytes = sizeof address;
    listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    BJ_CHECK(bind(listen_fd, (struct sockaddr *)&address, sizeof address) == 0);
    BJ_CHECK(listen(listen_fd, 4) == 0);
    BJ_CHECK(getsockname(listen_fd, (struct sockaddr *)&address, &address_bytes) == 0);
    return ntohs(address.sin_port);
}

static bj_config_t *config(uint16_t port) {
    char file[96], text[512], key[96];
    snprintf(key, sizeof key, "%s/key", root);
    snprintf(file, sizeof file, "%s/config.json", root);
    file_write(key, "secret\n");
    snprintf(text, sizeof text,
             "{\"data_dir\": \"%s/data\", \"dataplane\": {\"instrument_max\": 4, "
             "\"account_max\": 4, \"order_max\": 512}, \"standby\": {\"key_file\": \"%s\", "
             "\"host\": \"127.0.0.1\", \"port\": %u, \"clear\": true, "
             "\"silent_ms\": 60000}}", root, key, port);
    file_write(file, text);
    return bj_config_load(file);
}

/* --- the primary's end of the socket --- */
static void primary_hang_up(void) {
    bj_replica_disconnect(bed.replica, bed.conn_idx, bed.now);
    close(fd);
    fd = -1;
}

static void primary_turn(void) {
    uint8_t data[1 << 14];
    const uint8_t *out;
    bed.now = bj_clock_now();
    if (fd < 0 && (fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK)) >= 0)
        bed.conn_idx = bj_replica_connect(bed.replica, bed.now);
    if (fd < 0) return;
    ssize_t got = recv(fd, data, sizeof data, 0);
    if (got > 0) (void)bj_replica_input(bed.replica, bed.conn_idx, data, (size_t)got, bed.now);
    if (drops_words && bj_replica_status(bed.replica).fenced) {
        drops_words = false;
        primary_hang_up();
        return;
    }
    (void)bj_replica_step(bed.replica, &bed.reach, bed.now);
    size_t due = bj_replica_output(bed.replica, bed.conn_idx, &out);
    if (due) BJ_CHECK(send(fd, out, due, MSG_NOSIGNAL) == (ssize_t)due);
    bj_replica_sent(bed.replica, bed.conn_idx, due);
    if (got == 0 || bj_replica_finished(bed.replica, bed.conn_idx, bed.now)) primary_hang_up();
}

static bj_follow_status_t standby(void) { return bj_follow_status(run.standby.follow); }

#define BECOMES(c)                                          \
    do {                                                    \
        for (int i_ = 0; i_ < TURNS_MAX && !(c); i_++) {    \
            primary_turn();                                 \
            (void)bj_standby_run_turn(&run, -1);            \
        }                                                   \
        BJ_CHECK(c);                                        \
    } while (0)

static bool say(const char *words) {
    char answer[BJ_CTL_ANSWER_BYTES];
    bj_standby_run_line(&run, words, answer);
    return strncmp(answer, "ok", 2) == 0;
}

static void begin(void) {
    bed_open(&bed, 7);
    conf = config(listen_any());
    BJ_CHECK(bj_standby_run_open(&run, conf, false));
}

static void end(void) {
    char command[64];
    bj_standby_run_close(&run);
    if (fd >= 0) primary_hang_up();
    close(listen_fd);
    bed_close(&bed);
    bj_config_free(conf);
    (void)snprintf(command, sizeof command, "rm -rf %s/data", root);
    BJ_CHECK(system(command) == 0);
}

/* The primary says that it acknowledged more than came over, and does not answer the fence. */
static void test_given_up(void) {
    for (int i = 0; i < 10; i++) bed_command(&bed);
    bed.reach.durable_seq = 15;
    BECOMES(standby().acknowledged_seq == 15 && standby().have_seq == 10);
    bed.fence_fails = true;
    BJ_CHECK(say("take-over") && run.taking_over);
    run.give_up_ns = INT64_MAX; /* on a machine that is slow as well */
    BECOMES(standby().state == BJ_FOLLOW_AWAY);
    BECOMES(standby().state == BJ_FOLLOW_FOLLOWING); /* a connection that ended is not the end */
    BJ_CHECK(run.taking_over);
    run.give_up_ns = 0;
    BECOMES(!run.taking_over);
    BJ_CHECK(!run.done);
    bed.fence_fails = false;
    BECOMES(standby().state == BJ_FOLLOW_FOLLOWING);
    for (int i = 0; i < 7; i++) bed_command(&bed);
    BECOMES(standby().have_seq == 17);
    BJ_CHECK(!bj_replica_status(bed.replica).fenced && say("status") && !say("nonsense"));
}

/* The folder cannot be written: the primary has stopped, and the standby is one. */
static void test_not_written(void) {
    char blocks[96];
    bj_epoch_t epoch;
    snprintf(blocks, sizeof blocks, "%s/data/replica.json.new", root);
    BJ_CHECK(mkdir(blocks, 0750) == 0 && say("take-over"));
    BECOMES(bj_replica_status(bed.replica).fenced && !run.taking_over);
    BJ_CHECK(!run.done && run.broken && bj_standby_run_ended(&run));
    BJ_CHECK(bj_epoch_read(run.standby.data_dir, &epoch) == BJ_OK && !epoch.primary);
    BJ_CHECK(!run.standby.epoch.primary && rmdir(blocks) == 0);
    run.broken = false; /* the disk was seen to */
    BJ_CHECK(standby().state == BJ_FOLLOW_FENCED && say("take-over"));
    BECOMES(run.done);
    BJ_CHECK(bj_epoch_read(run.standby.data_dir, &epoch) == BJ_OK && epoch.primary);
    BJ_CHECK(epoch.epoch == 2 && bed.epoch == 2);
}

/* The primary has written the epoch down, and is called again: what it says then is the epoch that
 * the standby asked for, and takes. */
static void test_one_epoch(void) {
    bj_epoch_t epoch;
    for (int i = 0; i < 10; i++) bed_command(&bed);
    BECOMES(standby().have_seq == 10);
    drops_words = true;
    BJ_CHECK(say("take-over"));
    run.give_up_ns = INT64_MAX;
    BECOMES(run.done);
    BJ_CHECK(standby().state == BJ_FOLLOW_FENCED && standby().epoch == 2 && bed.epoch == 2);
    BJ_CHECK(bj_epoch_read(run.standby.data_dir, &epoch) == BJ_OK);
    BJ_CHECK(epoch.primary && epoch.epoch == 2);
}

/* Alone and by force: an epoch that no other has taken meanwhile. */
static void test_forced(void) {
    bj_epoch_t epoch;
    for (int i = 0; i < 10; i++) bed_command(&bed);
    bed.reach.durable_seq = 15;
    BECOMES(standby().acknowledged_seq == 15 && standby().have_seq == 10);
    primary_hang_up();
    close(listen_fd);
    for (int i = 0; i < TURNS_MAX && standby().state != BJ_FOLLOW_AWAY; i++)
        (void)bj_standby_run_turn(&run, -1);
    BJ_CHECK(!say("take-over") && say("take-over force"));
    for (int i = 0; i < TURNS_MAX && !run.done; i++) (void)bj_standby_run_turn(&run, -1);
    BJ_CHECK(bj_epoch_read(run.standby.data_dir, &epoch) == BJ_OK);
    BJ_CHECK(run.done && epoch.primary && epoch.epoch > 2);
}

int main(void) {
    bj_log_init("test", BJ_LOG_ERROR + 1);
    if (!mkdtemp(root)) return 1;
    begin();
    test_given_up();
    test_not_written();
    end();
    begin();
    test_one_epoch();
    end();
    begin();
    test_forced();
    end();
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf %s", root);
    BJ_CHECK(system(command) == 0);
    return bj_test_end("test_bj_standby_run");
}
