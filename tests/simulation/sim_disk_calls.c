/* The system calls of files, as the code under test makes them: see sim_wrap.h and sim_disk.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>
#include "tests/simulation/sim_disk.h"
#include "tests/simulation/sim_sock.h"
#include "tests/simulation/sim_wrap.h"

typedef struct handle {
    sim_file_t *file; /* NULL: not in use */
    const sim_proc_t *proc;
    uint32_t    errors_seen; /* a failed sync is told to each descriptor that was open, once */
} handle_t;
typedef struct mapping {
    void       *mem; /* NULL: not in use */
    size_t      bytes;
    sim_file_t *file; /* NULL: of no file */
    const sim_proc_t *proc;
} mapping_t;
struct __dirstream { /* what <dirent.h> leaves to whoever makes it */
    uint32_t next, cnt;
    int      fd;
    struct dirent entry;
    char     names[SIM_LISTED_MAX][SIM_NAME_BYTES]; /* as it was opened */
};

static handle_t  handles[SIM_FDS_MAX];
static mapping_t mappings[SIM_MAPS_MAX];

static int refuse(int why) {
    errno = why;
    return -1;
}

static sim_file_t *file_of(int fd) {
    bool ok = fd >= SIM_FD_BASE && fd < SIM_FD_BASE + SIM_FDS_MAX && handles[fd - SIM_FD_BASE].file;
    if (!ok) abort();
    return handles[fd - SIM_FD_BASE].file;
}

static int handle_new(sim_file_t *file) {
    for (int i = 0; i < SIM_FDS_MAX; i++) {
        if (handles[i].file) continue;
        handles[i] = (handle_t){file, sim_proc_now, file->error_cnt};
        file->uses++;
        return SIM_FD_BASE + i;
    }
    abort();
}

static void handle_free(int fd) {
    sim_file_t *file = file_of(fd);
    if (file->locked_by == fd) file->locked_by = -1;
    handles[fd - SIM_FD_BASE].file = NULL;
    sim_file_unuse(file);
}

static void mapping_free(mapping_t *map) {
    if (map->file)
        sim_file_unuse(map->file);
    else
        (void)__real_munmap(map->mem, map->bytes);
    map->mem = NULL;
}

void sim_disk_let_go(const sim_proc_t *proc) {
    for (int i = 0; i < SIM_FDS_MAX; i++)
        if (handles[i].file && handles[i].proc == proc) handle_free(SIM_FD_BASE + i);
    for (int i = 0; i < SIM_MAPS_MAX; i++)
        if (mappings[i].mem && mappings[i].proc == proc) mapping_free(&mappings[i]);
}

/* --- files */

int __wrap_open(const char *path, int flags, ...) {
    sim_proc_point();
    sim_file_t *file = sim_file_find(path);
    if (file && (flags & O_EXCL)) return refuse(EEXIST);
    if (!file && !(flags & O_CREAT)) return refuse(ENOENT);
    if (!file && sim_faults()->no_room && !sim_faults()->rewrite) {
        sim_faults()->hit_cnt++;
        return refuse(ENOSPC);
    }
    if (!file) file = sim_file_make(path);
    if (!file) return refuse(ENOENT);
    if (flags & O_TRUNC && file->room_bytes) {
        memset(file->cache, 0, file->room_bytes);
        file->cache_bytes = 0;
    }
    return handle_new(file);
}

int __wrap_close(int fd) {
    if (sim_sock_is(fd)) sim_sock_close(fd);
    else handle_free(fd);
    return 0;
}

ssize_t __wrap_pread(int fd, void *data, size_t data_bytes, off_t at) {
    const sim_file_t *file = file_of(fd);
    uint64_t from = (uint64_t)at;
    sim_proc_point();
    if (from >= file->cache_bytes) return 0;
    if (data_bytes > file->cache_bytes - from) data_bytes = file->cache_bytes - from;
    memcpy(data, file->cache + from, data_bytes);
    return (ssize_t)data_bytes;
}

static bool write_fails(const sim_file_t *file, uint64_t end) {
    sim_disk_faults_t *faults = sim_faults();
    if (faults->no_room && (end > file->cache_bytes || !faults->rewrite)) {
        faults->hit_cnt++;
        errno = ENOSPC;
        return true;
    }
    if (faults->write_fault == SIM_FAULT_NONE) return false;
    if (faults->write_fault == SIM_FAULT_ONCE) faults->write_fault = SIM_FAULT_NONE;
    faults->hit_cnt++;
    errno = EIO;
    return true;
}

ssize_t __wrap_pwrite(int fd, const void *data, size_t data_bytes, off_t at) {
    sim_file_t *file = file_of(fd);
    uint64_t from = (uint64_t)at;
    if (!data_bytes) return 0;
    if (write_fails(file, from + data_bytes)) return -1;
    bool shorter = sim_proc_dies_now() || (sim_faults()->short_writes && sim_one_in(3));
    if (shorter) data_bytes = 1 + sim_roll(data_bytes);
    (void)sim_file_room(file, from + data_bytes);
    memcpy(file->cache + from, data, data_bytes);
    for (uint64_t s = from / SIM_SECTOR_BYTES; s * SIM_SECTOR_BYTES < from + data_bytes; s++)
        file->dropped[s] = false;
    if (from + data_bytes > file->cache_bytes) file->cache_bytes = from + data_bytes;
    sim_proc_point();
    return (ssize_t)data_bytes;
}

static bool file_sync(int fd, sim_file_t *file) {
    handle_t *handle = &handles[fd - SIM_FD_BASE];
    (void)sim_file_sync(file);
    bool ok = handle->errors_seen == file->error_cnt;
    handle->errors_seen = file->error_cnt;
    return ok;
}

int __wrap_fsync(int fd) {
    sim_file_t *file = file_of(fd);
    sim_proc_point(); /* it has not begun yet, */
    bool ok = true;
    if (file->folder)
        sim_folder_sync(file);
    else
        ok = file_sync(fd, file);
    sim_proc_point(); /* or is through, and nobody has heard of it */
    return ok ? 0 : refuse(EIO);
}

int __wrap_fdatasync(int fd) { return __wrap_fsync(fd); }

int __wrap_posix_fallocate(int fd, off_t at, off_t bytes) {
    sim_file_t *file = file_of(fd);
    uint64_t end = (uint64_t)(at + bytes);
    sim_proc_point();
    if (end > file->cache_bytes && sim_faults()->no_room) {
        sim_faults()->hit_cnt++;
        return ENOSPC;
    }
    (void)sim_file_room(file, end);
    if (end > file->cache_bytes) file->cache_bytes = end;
    return 0;
}

int __wrap_ftruncate(int fd, off_t bytes) {
    sim_file_t *file = file_of(fd);
    uint64_t end = (uint64_t)bytes;
    sim_proc_point();
    (void)sim_file_room(file, end);
    memset(file->cache + end, 0, file->room_bytes - end);
    file->cache_bytes = end;
    return 0;
}

int __wrap_fstat(int fd, struct stat *st) {
    const sim_file_t *file = file_of(fd);
    *st = (struct stat){.st_size = (off_t)file->cache_bytes, .st_nlink = file->links};
    return 0;
}

int __wrap_flock(int fd, int how) {
    sim_file_t *file = file_of(fd);
    sim_proc_point();
    if (file->locked_by >= 0 && file->locked_by != fd) return refuse(EWOULDBLOCK);
    file->locked_by = how & LOCK_UN ? -1 : fd;
    return 0;
}

/* --- names */

int __wrap_access(const char *path, int mode) {
    (void)mode;
    return sim_file_find(path) ? 0 : refuse(ENOENT);
}

int __wrap_rename(const char *from, const char *to) {
    sim_proc_point();
    if (!sim_name_move(from, to)) return refuse(ENOENT);
    sim_proc_point();
    return 0;
}

int __wrap_unlink(const char *path) {
    sim_proc_point();
    return sim_name_remove(path) ? 0 : refuse(ENOENT);
}

int __wrap_unlinkat(int dir_fd, const char *name, int flags) {
    char path[SIM_NAME_BYTES + 32];
    (void)flags;
    snprintf(path, sizeof path, "%s/%s", sim_folder_path(file_of(dir_fd)), name);
    return __wrap_unlink(path);
}

int __wrap_mkdir(const char *path, mode_t mode) {
    (void)mode;
    return refuse(sim_file_find(path) ? EEXIST : ENOENT);
}

DIR *__wrap_opendir(const char *path) {
    sim_file_t *folder = sim_file_find(path);
    sim_proc_point();
    if (!folder || !folder->folder) {
        errno = ENOENT;
        return NULL;
    }
    DIR *dir = __wrap_calloc(1, sizeof *dir);
    if (!dir) abort();
    dir->fd = handle_new(folder);
    const char *name;
    while (dir->cnt < SIM_LISTED_MAX && (name = sim_name_at(folder, dir->cnt)))
        snprintf(dir->names[dir->cnt++], SIM_NAME_BYTES, "%s", name);
    return dir;
}

struct dirent *__wrap_readdir(DIR *dir) {
    if (dir->next == dir->cnt) return NULL;
    snprintf(dir->entry.d_name, sizeof dir->entry.d_name, "%s", dir->names[dir->next++]);
    return &dir->entry;
}

int __wrap_closedir(DIR *dir) {
    handle_free(dir->fd);
    __wrap_free(dir);
    return 0;
}

int __wrap_dirfd(DIR *dir) { return dir->fd; }

/* --- mappings */

void *__wrap_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t from) {
    mapping_t *map = mappings;
    sim_proc_point();
    while (map < mappings + SIM_MAPS_MAX && map->mem) map++;
    if (map == mappings + SIM_MAPS_MAX || from) abort();
    sim_file_t *file = flags & MAP_ANONYMOUS ? NULL : file_of(fd);
    void *mem = file ? file->cache : __real_mmap(at, bytes, prot, flags, fd, from);
    if (mem == MAP_FAILED || (file && bytes > file->cache_bytes)) return MAP_FAILED;
    if (file) file->uses++;
    *map = (mapping_t){mem, bytes, file, sim_proc_now};
    return mem;
}

int __wrap_munmap(void *mem, size_t bytes) {
    (void)bytes;
    for (int i = 0; i < SIM_MAPS_MAX; i++) {
        if (mappings[i].mem != mem || mappings[i].proc != sim_proc_now) continue;
        mapping_free(&mappings[i]);
        return 0;
    }
    abort();
}

int __wrap_msync(void *mem, size_t bytes, int flags) {
    (void)bytes, (void)flags;
    for (int i = 0; i < SIM_MAPS_MAX; i++) {
        if (mappings[i].mem != mem) continue;
        sim_proc_point();
        return sim_file_sync(mappings[i].file) ? 0 : refuse(EIO);
    }
    abort();
}

/* --- the rest of what the code under test asks the machine for */

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts) {
    int64_t ns = clock == CLOCK_REALTIME ? sim.now.wall_ns : sim.now.mono_ns;
    *ts = (struct timespec){.tv_sec = ns / BJ_NS_PER_S, .tv_nsec = ns % BJ_NS_PER_S};
    return 0;
}

ssize_t __wrap_getrandom(void *data, size_t data_bytes, unsigned flags) {
    uint8_t *bytes = data;
    (void)flags;
    for (size_t i = 0; i < data_bytes; i++) bytes[i] = (uint8_t)sim_roll(256);
    return (ssize_t)data_bytes;
}

void __wrap_bj_log_line(bj_log_level_t level, const char *where, const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)where;
    if (level == BJ_LOG_ERROR) sim.error_cnt++;
    if (sim.verbose) printf("       %s: %s\n", sim_proc_now ? sim_proc_now->name : "", text);
}

static bj_journal_how_t small_files(bool durable, uint64_t after_seq) {
    return (bj_journal_how_t){.durable = durable, .after_seq = after_seq, .io = &bj_journal_disk,
                              .file_bytes = SIM_JOURNAL_FILE_BYTES, .zeroed = durable};
}

bj_status_t __wrap_bj_journal_open_after(const char *dir, bool durable, uint64_t after_seq,
                                         bj_journal_replay_fn *replay, void *ctx,
                                         bj_journal_report_t *report, bj_journal_t **journal) {
    bj_journal_how_t how = small_files(durable, after_seq);
    return bj_journal_open_how(dir, &how, replay, ctx, report, journal);
}

bj_status_t __wrap_bj_journal_open(const char *dir, bool durable, bj_journal_replay_fn *replay,
                                   void *ctx, bj_journal_report_t *report,
                                   bj_journal_t **journal) {
    return __wrap_bj_journal_open_after(dir, durable, 0, replay, ctx, report, journal);
}

bj_status_t __wrap_bj_journal_seed(const char *dir, uint64_t journal_id, bool venue) {
    return bj_journal_seed_how(dir, journal_id, venue, SIM_JOURNAL_FILE_BYTES);
}

bj_status_t __wrap_bj_journal_create(const char *dir, bool durable, bool venue,
                                     bj_journal_report_t *report, bj_journal_t **journal) {
    bj_journal_how_t how = small_files(durable, 0);
    how.venue = venue;
    return bj_journal_open_how(dir, &how, NULL, NULL, report, journal);
}
