/* Goal: a reader in another process sees exactly what was published, in order, across segments; it
 * sees that a writer began again; a broken byte is named, not returned. */
#include "dataplane/market/bj_evlog.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"

enum { BATCH = 64 };
static char dir[] = "/tmp/bj_evlog_XXXXXX";

static bj_event_t event(uint64_t seq) {
    return (bj_event_t){.seq = seq, .cmd_seq = seq / 2, .order_id = seq * 3, .type = BJ_EV_TRADE,
                        .qty = (int32_t)seq};
}

static bj_status_t append(bj_evlog_t *evlog, uint64_t from, uint64_t to) {
    bj_event_t events[BATCH];
    for (uint64_t seq = from; seq <= to;) {
        size_t cnt = 0;
        for (; seq <= to && cnt < BATCH; seq++) events[cnt++] = event(seq);
        bj_status_t status = bj_evlog_append(evlog, events, cnt);
        if (status != BJ_OK) return status;
    }
    return BJ_OK;
}

/* Reads from `from` until `to`; how many were not what was written. */
static unsigned read_all(bj_evlog_reader_t *reader, uint64_t from, uint64_t to) {
    bj_event_t got[BATCH];
    unsigned wrong = 0;
    while (from <= to) {
        size_t cnt;
        if (bj_evlog_read(reader, from, got, BATCH, &cnt) != BJ_OK) return wrong + 1;
        for (size_t i = 0; i < cnt; i++) {
            bj_event_t want = event(from + i);
            want.check = got[i].check;
            wrong += memcmp(&want, &got[i], sizeof want) != 0;
        }
        from += cnt;
    }
    return wrong;
}

static void test_nothing_before_publish(void) {
    bj_event_t got[4];
    size_t cnt = 9;
    BJ_CHECK(!bj_evlog_open(dir)); /* no log yet */
    bj_evlog_t *evlog = bj_evlog_create(dir, 77);
    bj_evlog_reader_t *reader = bj_evlog_open(dir);
    BJ_CHECK(evlog && reader && bj_evlog_journal_id(reader) == 77 &&
             bj_evlog_published(reader) == 0);
    BJ_CHECK(append(evlog, 1, 10) == BJ_OK);
    BJ_CHECK(bj_evlog_read(reader, 1, got, 4, &cnt) == BJ_OK && cnt == 0);
    bj_evlog_publish(evlog, 3);
    BJ_CHECK(bj_evlog_read(reader, 1, got, 4, &cnt) == BJ_OK && cnt == 3 && got[2].seq == 3);
    BJ_CHECK(bj_evlog_read(reader, 4, got, 4, &cnt) == BJ_OK && cnt == 0);
    BJ_CHECK(bj_evlog_read(reader, 0, got, 4, &cnt) == BJ_ERR_BAD_FIELD);
    bj_event_t out_of_order = event(12);
    BJ_CHECK(bj_evlog_append(evlog, &out_of_order, 1) == BJ_ERR_SEQUENCE);
    bj_evlog_reader_close(reader);
    bj_evlog_close(evlog);
}

static void test_new_generation(void) {
    bj_event_t got[4];
    size_t cnt;
    bj_evlog_t *first = bj_evlog_create(dir, 1);
    BJ_CHECK(append(first, 1, 100) == BJ_OK);
    bj_evlog_publish(first, 100);
    bj_evlog_reader_t *reader = bj_evlog_open(dir), *late = bj_evlog_open(dir);
    BJ_CHECK(reader && late && read_all(reader, 1, 100) == 0 && !bj_evlog_replaced(reader));
    bj_evlog_close(first); /* the writer died; what it published stays readable */
    BJ_CHECK(!bj_evlog_replaced(reader) && read_all(reader, 1, 100) == 0);

    bj_evlog_t *second = bj_evlog_create(dir, 2);
    BJ_CHECK(bj_evlog_replaced(reader) && bj_evlog_replaced(late));
    BJ_CHECK(read_all(reader, 1, 100) == 0); /* its segment is still mapped */
    BJ_CHECK(bj_evlog_read(late, 1, got, 4, &cnt) == BJ_OK && cnt == 0); /* this one's is gone */
    bj_evlog_reader_close(reader);
    bj_evlog_reader_close(late);
    reader = bj_evlog_open(dir);
    BJ_CHECK(reader && bj_evlog_published(reader) == 0 && bj_evlog_journal_id(reader) == 2);
    BJ_CHECK(append(second, 1, 5) == BJ_OK);
    bj_evlog_publish(second, 5);
    BJ_CHECK(read_all(reader, 1, 5) == 0);
    bj_evlog_reader_close(reader);
    bj_evlog_close(second);
}

static void test_every_broken_byte(void) {
    char file[128];
    bj_event_t got[4];
    size_t cnt;
    bj_evlog_t *evlog = bj_evlog_create(dir, 1);
    BJ_CHECK(append(evlog, 1, 4) == BJ_OK);
    bj_evlog_publish(evlog, 4);
    bj_evlog_reader_t *reader = bj_evlog_open(dir);
    (void)snprintf(file, sizeof file, "%s/events-000001", dir);
    int fd = open(file, O_RDWR | O_CLOEXEC);
    for (size_t i = 0; i < sizeof(bj_event_t); i++) {
        uint8_t byte, broken;
        off_t at = (off_t)(2 * sizeof(bj_event_t) + i);
        BJ_CHECK(pread(fd, &byte, 1, at) == 1);
        broken = byte ^ (uint8_t)(1 << i % 8);
        BJ_CHECK(pwrite(fd, &broken, 1, at) == 1);
        BJ_CHECK(bj_evlog_read(reader, 1, got, 4, &cnt) == BJ_ERR_CORRUPT && cnt == 0);
        BJ_CHECK(bj_evlog_read(reader, 1, got, 2, &cnt) == BJ_OK && cnt == 2);
        BJ_CHECK(pwrite(fd, &byte, 1, at) == 1);
    }
    BJ_CHECK(read_all(reader, 1, 4) == 0);
    close(fd);
    bj_evlog_reader_close(reader);
    bj_evlog_close(evlog);
}

/* More than two segments, read by another process while they are written. */
static void test_two_processes(void) {
    enum { LAST = 2 * BJ_EVLOG_SEGMENT_EVENTS + 1000 };
    bj_evlog_t *evlog = bj_evlog_create(dir, 1);
    pid_t pid = fork();
    if (pid == 0) {
        bj_evlog_reader_t *reader = bj_evlog_open(dir);
        _exit(!reader || read_all(reader, 1, LAST) != 0);
    }
    unsigned bad = 0;
    for (uint64_t seq = 1; seq <= LAST; seq += 97) {
        uint64_t to = seq + 96 < LAST ? seq + 96 : LAST;
        bad += append(evlog, seq, to) != BJ_OK;
        bj_evlog_publish(evlog, to);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    BJ_CHECK(bad == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    bj_evlog_reader_t *reader = bj_evlog_open(dir);
    BJ_CHECK(read_all(reader, BJ_EVLOG_SEGMENT_EVENTS - 3, BJ_EVLOG_SEGMENT_EVENTS + 3) == 0);
    BJ_CHECK(read_all(reader, LAST, LAST) == 0 && read_all(reader, 1, 70) == 0); /* and back */
    bj_evlog_reader_close(reader);
    bj_evlog_close(evlog);
}

/* In one process, so that the thread sanitizer sees both ends. */
static void *follow(void *arg) {
    unsigned *wrong = arg;
    bj_evlog_reader_t *reader = bj_evlog_open(dir);
    *wrong = reader ? read_all(reader, 1, 20000) : 1;
    bj_evlog_reader_close(reader);
    return NULL;
}

static void test_two_threads(void) {
    pthread_t thread;
    unsigned wrong = 1;
    bj_evlog_t *evlog = bj_evlog_create(dir, 1);
    BJ_CHECK(pthread_create(&thread, NULL, follow, &wrong) == 0);
    for (uint64_t seq = 1; seq <= 20000; seq += 10) {
        BJ_CHECK(append(evlog, seq, seq + 9) == BJ_OK);
        bj_evlog_publish(evlog, seq + 9);
    }
    pthread_join(thread, NULL);
    BJ_CHECK(wrong == 0);
    bj_evlog_close(evlog);
}

int main(void) {
    if (!mkdtemp(dir)) return 1;
    bj_log_init("test", BJ_LOG_ERROR + 1);
    test_nothing_before_publish();
    test_new_generation();
    test_every_broken_byte();
    test_two_processes();
    test_two_threads();
    char command_line[64];
    (void)snprintf(command_line, sizeof command_line, "rm -rf %s", dir);
    BJ_CHECK(system(command_line) == 0);
    return bj_test_end("test_bj_evlog");
}
