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

/* --- going on in what an earlier run left */

static void break_record(uint64_t seq) {
    char file[128];
    uint8_t byte;
    (void)snprintf(file, sizeof file, "%s/events-000001", dir);
    int fd = open(file, O_RDWR | O_CLOEXEC);
    off_t at = (off_t)((seq - 1) * sizeof(bj_event_t) + 77);
    BJ_CHECK(pread(fd, &byte, 1, at) == 1);
    byte ^= 4;
    BJ_CHECK(pwrite(fd, &byte, 1, at) == 1);
    close(fd);
}

static void leave(uint64_t published, uint64_t written) {
    bj_evlog_t *evlog = bj_evlog_create(dir, 7);
    BJ_CHECK(append(evlog, 1, written) == BJ_OK);
    bj_evlog_publish(evlog, published);
    bj_evlog_close(evlog);
}

static void test_what_is_whole(void) {
    leave(100, 150);
    BJ_CHECK(bj_evlog_whole(dir, 7, 1000) == 150 && bj_evlog_whole(dir, 7, 120) == 120);
    BJ_CHECK(bj_evlog_whole(dir, 8, 100) == 0); /* another journal's */
    for (uint64_t seq = 150; seq; seq -= seq > 7 ? 7 : 1) {
        break_record(seq);
        BJ_CHECK(bj_evlog_whole(dir, 7, 1000) == seq - 1);
    }
    BJ_CHECK(bj_evlog_whole("/nowhere/at/all", 7, 1) == 0);
}

/* The writer died with some events written and not published: they never were. */
static void test_resume_at(uint64_t keep, uint64_t written) {
    bj_event_t got[4];
    size_t cnt;
    leave(keep, written);
    bj_evlog_reader_t *before = bj_evlog_open(dir);
    BJ_CHECK(bj_evlog_whole(dir, 7, keep) == keep && bj_evlog_sync(dir, keep) == BJ_OK);
    bj_evlog_t *evlog = bj_evlog_resume(dir, 7, keep, keep);
    BJ_CHECK(evlog && bj_evlog_replaced(before));
    BJ_CHECK(bj_evlog_whole(dir, 7, written) == keep);
    bj_evlog_reader_t *reader = bj_evlog_open(dir);
    BJ_CHECK(bj_evlog_published(reader) == keep && bj_evlog_journal_id(reader) == 7);
    BJ_CHECK(bj_evlog_read(reader, keep + 1, got, 4, &cnt) == BJ_OK && cnt == 0);
    uint64_t seen = 0;
    for (const bj_event_t *at; (at = bj_evlog_look(reader, seen + 1, keep, &cnt)); seen += cnt)
        BJ_CHECK(at[0].seq == seen + 1 && at[cnt - 1].seq == seen + cnt);
    BJ_CHECK(seen == keep);
    bj_event_t again = event(keep + 2);
    BJ_CHECK(bj_evlog_append(evlog, &again, 1) == BJ_ERR_SEQUENCE);
    BJ_CHECK(append(evlog, keep + 1, keep + 9) == BJ_OK);
    bj_evlog_publish(evlog, keep + 9);
    BJ_CHECK(read_all(reader, keep > 50 ? keep - 50 : 1, keep + 9) == 0);
    BJ_CHECK(read_all(before, keep > 50 ? keep - 50 : 1, keep) == 0); /* he has lost nothing */
    bj_evlog_reader_close(before);
    bj_evlog_reader_close(reader);
    bj_evlog_close(evlog);
}

/* A replay of what is there, from the event behind `from` on: nothing is touched up to the first
 * event that is another one now; from there on the new ones count. */
static void test_replay(uint64_t from, uint64_t differs, uint64_t last) {
    leave(differs - 1, last);
    BJ_CHECK(bj_evlog_whole(dir, 7, UINT64_MAX) == last);
    bj_evlog_t *evlog = bj_evlog_resume(dir, 7, last, from);
    bj_evlog_reader_t *reader = bj_evlog_open(dir);
    BJ_CHECK(evlog && bj_evlog_published(reader) == from);
    BJ_CHECK(append(evlog, from + 1, differs - 1) == BJ_OK);
    BJ_CHECK(bj_evlog_whole(dir, 7, UINT64_MAX) == last);
    bj_event_t other = event(differs), got[2];
    size_t cnt;
    other.qty++;
    BJ_CHECK(bj_evlog_append(evlog, &other, 1) == BJ_OK);
    BJ_CHECK(bj_evlog_whole(dir, 7, UINT64_MAX) == differs);
    BJ_CHECK(append(evlog, differs + 1, differs + 1) == BJ_OK);
    bj_evlog_publish(evlog, differs - 1);
    BJ_CHECK(read_all(reader, from > 5 ? from - 5 : 1, differs - 1) == 0);
    bj_evlog_publish(evlog, differs + 1);
    BJ_CHECK(bj_evlog_read(reader, differs, got, 2, &cnt) == BJ_OK && cnt == 2);
    BJ_CHECK(got[0].qty == other.qty && got[1].seq == differs + 1);
    bj_evlog_reader_close(reader);
    bj_evlog_close(evlog);
}

static void test_resume(void) {
    enum { ONE = BJ_EVLOG_SEGMENT_EVENTS };
    test_replay(0, 1, 5);
    test_replay(0, 50, 100);
    test_replay(49, 50, 50);
    test_replay(ONE - 3, ONE, ONE + 7);
    test_replay(ONE - 3, ONE + 1, ONE + 7);
    test_replay(0, ONE + 2, 2 * ONE + 7);
    test_replay(ONE, ONE + 1, 2 * ONE);
    test_resume_at(100, 150);
    test_resume_at(1, 1);
    test_resume_at(ONE, ONE);
    test_resume_at(ONE, ONE + 500);
    test_resume_at(ONE - 1, ONE + 5);
    test_resume_at(ONE + 1, 2 * ONE + 5);
    bj_evlog_t *none = bj_evlog_resume(dir, 9, 0, 0);
    BJ_CHECK(none && bj_evlog_whole(dir, 9, 1) == 0);
    bj_evlog_close(none);
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
    test_what_is_whole();
    test_resume();
    test_two_processes();
    test_two_threads();
    char command_line[64];
    (void)snprintf(command_line, sizeof command_line, "rm -rf %s", dir);
    BJ_CHECK(system(command_line) == 0);
    return bj_test_end("test_bj_evlog");
}
