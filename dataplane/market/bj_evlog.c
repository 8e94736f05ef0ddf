#include "dataplane/market/bj_evlog.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_shm.h"

enum { PATH_BYTES = 512, VERSION = 1 };
enum { SEGMENT_BYTES = BJ_EVLOG_SEGMENT_EVENTS * (int)sizeof(bj_event_t) };
#define MAGIC UINT64_C(0x474f4c5645494a42) /* "BJIEVLOG" */

/* A new head is a new inode: whoever maps one that has lost its name knows that it was replaced,
 * also if the writer died, or somebody emptied the folder. */
typedef struct head {
    _Atomic uint64_t magic; /* last to be written */
    uint64_t version, generation, journal_id;
    alignas(BJ_PAIR_BYTES) _Atomic uint64_t published;
} head_t;

struct bj_evlog {
    head_t     *head;
    bj_event_t *segment; /* the one being written */
    uint64_t    last_seq;
    char        dir[PATH_BYTES];
};

struct bj_evlog_reader {
    const head_t     *head;
    const bj_event_t *segment; /* the last one looked into */
    uint64_t          segment_no;
    int               head_fd;
    char              dir[PATH_BYTES];
};

static bool path_of(char *path, const char *dir, const char *name, uint64_t segment_no) {
    int n = segment_no ? snprintf(path, PATH_BYTES, "%s/%s-%06" PRIu64, dir, name, segment_no)
                       : snprintf(path, PATH_BYTES, "%s/%s", dir, name);
    return n > 0 && n < PATH_BYTES;
}

/* Segments from 1; events from 1. */
static uint64_t segment_no_of(uint64_t seq) { return (seq - 1) / BJ_EVLOG_SEGMENT_EVENTS + 1; }
static uint64_t segment_at(uint64_t seq) { return (seq - 1) % BJ_EVLOG_SEGMENT_EVENTS; }

/* --- the writer */

static uint64_t generation_before(const char *file) {
    size_t bytes;
    const head_t *head = bj_shm_open(file, &bytes);
    if (!head) return 0;
    uint64_t generation = bytes == sizeof *head && head->magic == MAGIC ? head->generation : 0;
    bj_shm_close(head, bytes);
    return generation;
}

static bool segments_remove(const char *dir) {
    DIR *d = opendir(dir);
    if (!d) return false;
    for (const struct dirent *e = readdir(d); e; e = readdir(d)) {
        if (strncmp(e->d_name, "events-", 7) == 0) (void)unlinkat(dirfd(d), e->d_name, 0);
    }
    closedir(d);
    return true;
}

/* Blocks are reserved now: a disk that is full must be an answer here, not a SIGBUS in append. */
static bj_event_t *segment_create(const char *file) {
    int fd = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0) return NULL;
    void *mem = MAP_FAILED;
    if ((errno = posix_fallocate(fd, 0, SEGMENT_BYTES)) == 0) {
        mem = mmap(NULL, SEGMENT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    close(fd);
    return mem == MAP_FAILED ? NULL : mem;
}

/* The old head loses its name before its segments go: a reader that finds a segment gone or strange
 * then knows why. */
bj_evlog_t *bj_evlog_create(const char *dir, uint64_t journal_id) {
    char file[PATH_BYTES];
    bj_evlog_t *evlog = calloc(1, sizeof *evlog);
    if (!evlog || !path_of(file, dir, "head", 0)) goto refused;
    if (mkdir(dir, 0750) != 0 && errno != EEXIST) goto refused;
    uint64_t generation = generation_before(file) + 1;
    evlog->head = bj_shm_create(file, sizeof *evlog->head);
    if (!evlog->head || !segments_remove(dir)) goto refused;
    (void)snprintf(evlog->dir, sizeof evlog->dir, "%s", dir);
    evlog->head->version = VERSION;
    evlog->head->generation = generation;
    evlog->head->journal_id = journal_id;
    atomic_store_explicit(&evlog->head->magic, MAGIC, memory_order_release);
    return evlog;
refused:
    BJ_ERROR("event log %s: %s", dir, strerror(errno));
    bj_evlog_close(evlog);
    return NULL;
}

void bj_evlog_close(bj_evlog_t *evlog) {
    if (!evlog) return;
    if (evlog->segment) (void)munmap(evlog->segment, SEGMENT_BYTES);
    bj_shm_close(evlog->head, sizeof *evlog->head);
    free(evlog);
}

static bj_status_t segment_next(bj_evlog_t *evlog, uint64_t segment_no) {
    char file[PATH_BYTES];
    if (!path_of(file, evlog->dir, "events", segment_no)) return BJ_ERR_IO;
    bj_event_t *fresh = segment_create(file);
    if (!fresh) {
        BJ_ERROR("event log %s: %s", file, strerror(errno));
        return BJ_ERR_IO;
    }
    if (evlog->segment) (void)munmap(evlog->segment, SEGMENT_BYTES);
    evlog->segment = fresh;
    return BJ_OK;
}

bj_status_t bj_evlog_append(bj_evlog_t *evlog, const bj_event_t *events, size_t event_cnt) {
    for (size_t i = 0; i < event_cnt; i++) {
        uint64_t seq = events[i].seq;
        if (seq != evlog->last_seq + 1) return BJ_ERR_SEQUENCE;
        if (segment_at(seq) == 0 && segment_next(evlog, segment_no_of(seq)) != BJ_OK)
            return BJ_ERR_IO;
        bj_event_t *record = &evlog->segment[segment_at(seq)];
        *record = events[i];
        record->check = bj_crc32c(0, record, offsetof(bj_event_t, check));
        evlog->last_seq = seq;
    }
    return BJ_OK;
}

void bj_evlog_publish(bj_evlog_t *evlog, uint64_t seq) {
    assert(seq <= evlog->last_seq);
    atomic_store_explicit(&evlog->head->published, seq, memory_order_release);
}

/* --- a reader */

bj_evlog_reader_t *bj_evlog_open(const char *dir) {
    char file[PATH_BYTES];
    struct stat st;
    if (!path_of(file, dir, "head", 0)) return NULL;
    bj_evlog_reader_t *reader = calloc(1, sizeof *reader);
    if (!reader) return NULL;
    (void)snprintf(reader->dir, sizeof reader->dir, "%s", dir);
    reader->head_fd = open(file, O_RDONLY | O_CLOEXEC);
    bool whole = reader->head_fd >= 0 && fstat(reader->head_fd, &st) == 0 &&
                 st.st_size == sizeof(head_t);
    void *mem =
        whole ? mmap(NULL, sizeof(head_t), PROT_READ, MAP_SHARED, reader->head_fd, 0) : MAP_FAILED;
    reader->head = mem == MAP_FAILED ? NULL : mem;
    bool ok = reader->head &&
              atomic_load_explicit(&reader->head->magic, memory_order_acquire) == MAGIC &&
              reader->head->version == VERSION;
    if (ok) return reader;
    bj_evlog_reader_close(reader);
    return NULL;
}

static void segment_drop(bj_evlog_reader_t *reader) {
    if (reader->segment) (void)munmap((void *)(uintptr_t)reader->segment, SEGMENT_BYTES);
    reader->segment = NULL;
}

void bj_evlog_reader_close(bj_evlog_reader_t *reader) {
    if (!reader) return;
    segment_drop(reader);
    bj_shm_close(reader->head, sizeof *reader->head);
    if (reader->head_fd >= 0) close(reader->head_fd);
    free(reader);
}

uint64_t bj_evlog_journal_id(const bj_evlog_reader_t *reader) { return reader->head->journal_id; }

uint64_t bj_evlog_published(const bj_evlog_reader_t *reader) {
    return atomic_load_explicit(&reader->head->published, memory_order_acquire);
}

bool bj_evlog_replaced(const bj_evlog_reader_t *reader) {
    struct stat st;
    return fstat(reader->head_fd, &st) != 0 || st.st_nlink == 0;
}

static bool segment_find(bj_evlog_reader_t *reader, uint64_t segment_no) {
    char file[PATH_BYTES];
    size_t bytes;
    if (reader->segment && reader->segment_no == segment_no) return true;
    if (!path_of(file, reader->dir, "events", segment_no)) return false;
    const void *mem = bj_shm_open(file, &bytes);
    if (!mem) return false;
    if (bytes != (size_t)SEGMENT_BYTES) {
        bj_shm_close(mem, bytes);
        return false;
    }
    segment_drop(reader);
    reader->segment = mem;
    reader->segment_no = segment_no;
    return true;
}

static bool record_ok(bj_evlog_reader_t *reader, uint64_t seq, bj_event_t *event) {
    if (!segment_find(reader, segment_no_of(seq))) return false;
    memcpy(event, &reader->segment[segment_at(seq)], sizeof *event);
    return event->seq == seq && event->check == bj_crc32c(0, event, offsetof(bj_event_t, check));
}

bj_status_t bj_evlog_read(bj_evlog_reader_t *reader, uint64_t from_seq, bj_event_t *events,
                          size_t events_max, size_t *event_cnt) {
    *event_cnt = 0;
    if (!from_seq) return BJ_ERR_BAD_FIELD;
    uint64_t published = bj_evlog_published(reader);
    size_t cnt = 0;
    for (uint64_t seq = from_seq; seq <= published && cnt < events_max; seq++, cnt++) {
        if (record_ok(reader, seq, &events[cnt])) continue;
        if (bj_evlog_replaced(reader)) return BJ_OK; /* the next generation took the segment away */
        BJ_ERROR("event log %s: sequence %" PRIu64 " is not what was written", reader->dir, seq);
        return BJ_ERR_CORRUPT;
    }
    *event_cnt = cnt;
    return BJ_OK;
}
