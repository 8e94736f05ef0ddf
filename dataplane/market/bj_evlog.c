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
    uint64_t    whole_seq;   /* up to here an earlier run's records lie there already */
    uint64_t    told_seq;    /* up to here it showed them to readers */
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

/* Generation and published of the head that is there; 0: there is none. */
static void head_before(const char *file, uint64_t *generation, uint64_t *published) {
    size_t bytes;
    const head_t *head = bj_shm_open(file, &bytes);
    bool ok = head && bytes == sizeof *head && head->magic == MAGIC;
    *generation = ok ? head->generation : 0;
    *published = ok ? atomic_load_explicit(&head->published, memory_order_relaxed) : 0;
    bj_shm_close(head, bytes);
}

/* Those behind last_no.  On the disk too: after a power loss none may come back. */
static bool segments_remove(const char *dir, uint64_t last_no) {
    DIR *d = opendir(dir);
    if (!d) return false;
    for (const struct dirent *e = readdir(d); e; e = readdir(d)) {
        uint64_t segment_no;
        if (sscanf(e->d_name, "events-%" SCNu64, &segment_no) == 1 && segment_no > last_no)
            (void)unlinkat(dirfd(d), e->d_name, 0);
    }
    bool ok = fsync(dirfd(d)) == 0;
    closedir(d);
    return ok;
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
static bj_evlog_t *begin(const char *dir, uint64_t journal_id, uint64_t whole_seq,
                         uint64_t at_seq) {
    char file[PATH_BYTES];
    uint64_t generation;
    bj_evlog_t *evlog = calloc(1, sizeof *evlog);
    if (!evlog || !path_of(file, dir, "head", 0)) goto refused;
    if (mkdir(dir, 0750) != 0 && errno != EEXIST) goto refused;
    head_before(file, &generation, &evlog->told_seq);
    evlog->head = bj_shm_create(file, sizeof *evlog->head);
    if (!evlog->head || !segments_remove(dir, whole_seq ? segment_no_of(whole_seq) : 0))
        goto refused;
    (void)snprintf(evlog->dir, sizeof evlog->dir, "%s", dir);
    evlog->last_seq = at_seq;
    evlog->whole_seq = whole_seq;
    evlog->head->version = VERSION;
    evlog->head->generation = generation + 1;
    evlog->head->journal_id = journal_id;
    uint64_t shown_seq = evlog->told_seq < at_seq ? evlog->told_seq : at_seq;
    atomic_store_explicit(&evlog->head->published, shown_seq, memory_order_relaxed);
    atomic_store_explicit(&evlog->head->magic, MAGIC, memory_order_release);
    return evlog;
refused:
    BJ_ERROR("event log %s: %s", dir, strerror(errno));
    bj_evlog_close(evlog);
    return NULL;
}

bj_evlog_t *bj_evlog_create(const char *dir, uint64_t journal_id) {
    return begin(dir, journal_id, 0, 0);
}

/* What lies behind seq may not come back with a power loss as something else than what will be
 * written there. */
static bool tail_clear(bj_event_t *segment, uint64_t seq) {
    static const bj_event_t nothing;
    bool cleared = false;
    for (uint64_t i = seq ? segment_at(seq) + 1 : 0; i < BJ_EVLOG_SEGMENT_EVENTS; i++) {
        if (memcmp(&segment[i], &nothing, sizeof nothing) == 0) continue;
        memset(&segment[i], 0, sizeof segment[i]);
        cleared = true;
    }
    return !cleared || msync(segment, SEGMENT_BYTES, MS_SYNC) == 0;
}

static bj_event_t *segment_reopen(const char *file) {
    struct stat st;
    int fd = open(file, O_RDWR | O_CLOEXEC);
    if (fd < 0) return NULL;
    void *mem = MAP_FAILED;
    if (fstat(fd, &st) == 0 && st.st_size == SEGMENT_BYTES)
        mem = mmap(NULL, SEGMENT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return mem == MAP_FAILED ? NULL : mem;
}

static bj_status_t segment_open(bj_evlog_t *evlog, uint64_t segment_no, bool is_there) {
    char file[PATH_BYTES];
    if (!path_of(file, evlog->dir, "events", segment_no)) return BJ_ERR_IO;
    bj_event_t *fresh = is_there ? segment_reopen(file) : segment_create(file);
    if (!fresh) {
        BJ_ERROR("event log %s: %s", file, strerror(errno));
        return BJ_ERR_IO;
    }
    if (evlog->segment) (void)munmap(evlog->segment, SEGMENT_BYTES);
    evlog->segment = fresh;
    return BJ_OK;
}

/* The tail behind what is whole goes first; then the segment in which writing goes on. */
bj_evlog_t *bj_evlog_resume(const char *dir, uint64_t journal_id, uint64_t whole_seq,
                            uint64_t at_seq) {
    bj_evlog_t *evlog = begin(dir, journal_id, whole_seq, at_seq);
    if (!evlog || !whole_seq) return evlog;
    bool ok = segment_open(evlog, segment_no_of(whole_seq), true) == BJ_OK &&
              tail_clear(evlog->segment, whole_seq) &&
              (!at_seq || segment_open(evlog, segment_no_of(at_seq), true) == BJ_OK);
    if (ok) return evlog;
    bj_evlog_close(evlog);
    return NULL;
}

void bj_evlog_close(bj_evlog_t *evlog) {
    if (!evlog) return;
    if (evlog->segment) (void)munmap(evlog->segment, SEGMENT_BYTES);
    bj_shm_close(evlog->head, sizeof *evlog->head);
    free(evlog);
}

/* What an earlier run wrote under this number and the ones behind it is not what comes now.  As
 * long as nobody was shown it, that is how it should be: its command never became durable. */
static bj_status_t old_part(bj_evlog_t *evlog, uint64_t seq) {
    if (seq <= evlog->told_seq) {
        BJ_ERROR("event log %s: event %" PRIu64 " was published as something else, by another"
                 " engine; readers that have read it keep what they read", evlog->dir, seq);
    }
    evlog->whole_seq = seq - 1;
    bool ok = segments_remove(evlog->dir, segment_no_of(seq)) &&
              tail_clear(evlog->segment, segment_at(seq) ? seq - 1 : 0);
    return ok ? BJ_OK : BJ_ERR_IO;
}

static bj_status_t append_one(bj_evlog_t *evlog, const bj_event_t *event) {
    enum { CHECKED_BYTES = offsetof(bj_event_t, check) };
    uint64_t seq = event->seq;
    if (seq != evlog->last_seq + 1) return BJ_ERR_SEQUENCE;
    bool is_there = seq <= evlog->whole_seq;
    if (segment_at(seq) == 0 && segment_open(evlog, segment_no_of(seq), is_there) != BJ_OK)
        return BJ_ERR_IO;
    evlog->last_seq = seq;
    bj_event_t *record = &evlog->segment[segment_at(seq)];
    if (BJ_UNLIKELY(is_there)) {
        if (memcmp(record, event, CHECKED_BYTES) == 0) return BJ_OK;
        if (old_part(evlog, seq) != BJ_OK) return BJ_ERR_IO;
    }
    *record = *event;
    record->check = bj_crc32c(0, record, CHECKED_BYTES);
    return BJ_OK;
}

bj_status_t bj_evlog_append(bj_evlog_t *evlog, const bj_event_t *events, size_t event_cnt) {
    bj_status_t status = BJ_OK;
    for (size_t i = 0; status == BJ_OK && i < event_cnt; i++)
        status = append_one(evlog, &events[i]);
    return status;
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

static bool event_ok(const bj_event_t *event, uint64_t seq) {
    return event->seq == seq && event->check == bj_crc32c(0, event, offsetof(bj_event_t, check));
}

static bool record_ok(bj_evlog_reader_t *reader, uint64_t seq, bj_event_t *event) {
    if (!segment_find(reader, segment_no_of(seq))) return false;
    memcpy(event, &reader->segment[segment_at(seq)], sizeof *event);
    return event_ok(event, seq);
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

/* --- what an earlier run left */

static uint64_t whole_until(bj_evlog_reader_t *reader, uint64_t max_seq) {
    uint64_t seq = 1;
    for (; seq <= max_seq && segment_find(reader, segment_no_of(seq)); seq++) {
        const bj_event_t *event = &reader->segment[segment_at(seq)];
        if (!event_ok(event, seq)) break;
    }
    return seq - 1;
}

uint64_t bj_evlog_whole(const char *dir, uint64_t journal_id, uint64_t max_seq) {
    bj_evlog_reader_t *reader = bj_evlog_open(dir);
    if (!reader) return 0;
    uint64_t seq = reader->head->journal_id == journal_id ? whole_until(reader, max_seq) : 0;
    bj_evlog_reader_close(reader);
    return seq;
}

const bj_event_t *bj_evlog_look(bj_evlog_reader_t *reader, uint64_t seq, uint64_t last_seq,
                                size_t *event_cnt) {
    *event_cnt = 0;
    if (!seq || seq > last_seq || !segment_find(reader, segment_no_of(seq))) return NULL;
    uint64_t left = BJ_EVLOG_SEGMENT_EVENTS - segment_at(seq);
    *event_cnt = last_seq - seq + 1 < left ? last_seq - seq + 1 : left;
    return &reader->segment[segment_at(seq)];
}

static bool file_sync(const char *file) {
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (!ok) BJ_ERROR("event log %s: %s", file, strerror(errno));
    if (fd >= 0) close(fd);
    return ok;
}

bj_status_t bj_evlog_sync(const char *dir, uint64_t seq) {
    char file[PATH_BYTES];
    bool ok = path_of(file, dir, "head", 0) && file_sync(file);
    for (uint64_t no = seq ? segment_no_of(seq) : 0; ok && no; no--)
        ok = path_of(file, dir, "events", no) && file_sync(file);
    return ok && file_sync(dir) ? BJ_OK : BJ_ERR_IO;
}
