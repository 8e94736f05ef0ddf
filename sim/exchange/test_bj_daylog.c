/* Goal: what was appended is read again; a file cut at any byte, or with any byte of its last group
 * changed, opens with whole groups only and goes on; damage further in is refused. */
#include "sim/exchange/bj_daylog.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"

enum { DAY = 20784, GROUPS = 4 };
static const size_t group_cnt[GROUPS] = {1, 3, 2, 3};
static char dir[] = "/tmp/bj_daylog_XXXXXX", file[64];
static uint64_t seen;
static bool in_order;

static void see(void *ctx, const bj_event_t *event) {
    (void)ctx;
    seen++;
    in_order = in_order && event->seq == seen && event->order_id == 7 * seen;
}

static bj_daylog_t *reopen(void) {
    seen = 0, in_order = true;
    return bj_daylog_open(dir, DAY, see, NULL);
}

static bj_status_t group(bj_daylog_t *daylog, size_t cnt) {
    bj_event_t events[8] = {{0}};
    for (size_t i = 0; i < cnt; i++) {
        events[i].seq = bj_daylog_last(daylog) + 1 + i;
        events[i].order_id = 7 * events[i].seq;
    }
    return bj_daylog_append(daylog, events, cnt);
}

static void make(void) {
    unlink(file);
    bj_daylog_t *daylog = reopen();
    BJ_CHECK(daylog && seen == 0 && bj_daylog_last(daylog) == 0);
    for (size_t g = 0; g < GROUPS; g++) BJ_CHECK(group(daylog, group_cnt[g]) == BJ_OK);
    bj_event_t event;
    BJ_CHECK(bj_daylog_read(daylog, 5, &event) && event.order_id == 35);
    BJ_CHECK(!bj_daylog_read(daylog, 0, &event) && !bj_daylog_read(daylog, 10, &event));
    event.seq = 42; /* a hole */
    BJ_CHECK(bj_daylog_append(daylog, &event, 1) == BJ_ERR_IO && group(daylog, 1) == BJ_ERR_IO);
    bj_daylog_close(daylog);
}

/* The last event of the groups that n bytes have whole. */
static uint64_t whole_in(size_t bytes) {
    uint64_t last = 0, at = 0;
    for (size_t g = 0; g < GROUPS; g++) {
        at += group_cnt[g];
        if ((at + 1) * 128 <= bytes) last = at;
    }
    return last;
}

static void check_goes_on(uint64_t last) {
    bj_daylog_t *daylog = reopen();
    BJ_CHECK(daylog && seen == last && in_order && bj_daylog_last(daylog) == last);
    if (!daylog) return;
    BJ_CHECK(group(daylog, 2) == BJ_OK);
    bj_daylog_close(daylog);
    daylog = reopen();
    BJ_CHECK(daylog && seen == last + 2 && in_order);
    bj_daylog_close(daylog);
}

static void test_cut(void) {
    for (size_t bytes = 0; bytes <= 10 * 128; bytes += 8) {
        make();
        BJ_CHECK(truncate(file, (off_t)bytes) == 0);
        check_goes_on(whole_in(bytes));
    }
}

static void change(off_t at) {
    int fd = open(file, O_RDWR);
    uint8_t byte = 0;
    BJ_CHECK(pread(fd, &byte, 1, at) == 1);
    byte ^= 0x40;
    BJ_CHECK(pwrite(fd, &byte, 1, at) == 1);
    close(fd);
}

static void test_changed(void) {
    for (off_t at = 0; at < 10 * 128; at += 3) {
        make();
        change(at);
        if (at >= 7 * 128) {
            check_goes_on(6);
            continue;
        }
        BJ_CHECK(!reopen() && seen == 0);
    }
}

static void test_refused(void) {
    make();
    BJ_CHECK(truncate(file, 100) == 0);
    check_goes_on(0);
    bj_daylog_t *daylog = bj_daylog_open("/proc/none/such", DAY, see, NULL);
    BJ_CHECK(!daylog);
}

int main(void) {
    bj_log_init("test", BJ_LOG_ERROR + 1);
    if (!mkdtemp(dir)) abort();
    snprintf(file, sizeof file, "%s/nnf-20261127.events", dir);
    test_cut();
    test_changed();
    test_refused();
    unlink(file);
    rmdir(dir);
    return bj_test_end("test_bj_daylog");
}
