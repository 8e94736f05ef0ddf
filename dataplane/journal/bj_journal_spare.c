#include "dataplane/journal/bj_journal_spare.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "dataplane/base/bj_log.h"
#include "dataplane/journal/bj_journal_priv.h"

enum { PIECE_BYTES = 1 << 20, PAUSE_US = 4000 };

typedef enum spare_state { SPARE_WANTED, SPARE_READY, SPARE_TAKEN, SPARE_FAILED } spare_state_t;

struct bj_journal_spare {
    pthread_t       thread;
    pthread_mutex_t lock;
    pthread_cond_t  changed;
    spare_state_t   state; /* under the lock */
    int             fd;    /* with READY */
    _Atomic bool    stop;
    uint64_t        file_bytes;
    char            path[BJ_JOURNAL_PATH_BYTES];
};

bool bj_journal_zero(int fd, uint64_t file_bytes, uint32_t pause_us, const _Atomic bool *stop) {
    static const uint8_t zeros[PIECE_BYTES];
    for (uint64_t at = 0; at < file_bytes; at += PIECE_BYTES) {
        uint64_t left = file_bytes - at, bytes = left < PIECE_BYTES ? left : PIECE_BYTES;
        if (stop && atomic_load(stop)) return false;
        if (!bj_journal_write_all(&bj_journal_disk, fd, zeros, bytes, at)) return false;
        if (pause_us && (fdatasync(fd) != 0 || usleep(pause_us) != 0)) return false;
    }
    return fsync(fd) == 0;
}

/* -1: it cannot be made now. */
static int file_make(bj_journal_spare_t *spare) {
    int fd = open(spare->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (fd < 0) return -1;
    errno = posix_fallocate(fd, 0, (off_t)spare->file_bytes);
    if (errno == 0 && bj_journal_zero(fd, spare->file_bytes, PAUSE_US, &spare->stop)) return fd;
    if (!atomic_load(&spare->stop)) BJ_WARN("journal %s: %s", spare->path, strerror(errno));
    close(fd);
    (void)unlink(spare->path); /* what room there is, the journal needs */
    return -1;
}

static void *spare_main(void *arg) {
    bj_journal_spare_t *spare = (bj_journal_spare_t *)arg;
    pthread_mutex_lock(&spare->lock);
    while (!atomic_load(&spare->stop)) {
        if (spare->state != SPARE_WANTED) {
            pthread_cond_wait(&spare->changed, &spare->lock);
            continue;
        }
        pthread_mutex_unlock(&spare->lock);
        int fd = file_make(spare);
        pthread_mutex_lock(&spare->lock);
        spare->fd = fd;
        spare->state = fd >= 0 ? SPARE_READY : SPARE_FAILED;
    }
    pthread_mutex_unlock(&spare->lock);
    return NULL;
}

bj_journal_spare_t *bj_journal_spare_begin(const char *dir, uint64_t file_bytes) {
    bj_journal_spare_t *spare = calloc(1, sizeof *spare);
    if (!spare) return NULL;
    spare->fd = -1;
    spare->file_bytes = file_bytes;
    int n = snprintf(spare->path, sizeof spare->path, "%s/journal-spare.tmp", dir);
    pthread_mutex_init(&spare->lock, NULL);
    pthread_cond_init(&spare->changed, NULL);
    if (n < (int)sizeof spare->path &&
        pthread_create(&spare->thread, NULL, spare_main, spare) == 0)
        return spare;
    free(spare);
    return NULL;
}

int bj_journal_spare_take(bj_journal_spare_t *spare, const char **path) {
    pthread_mutex_lock(&spare->lock);
    int fd = spare->state == SPARE_READY ? spare->fd : -1;
    if (fd >= 0) spare->state = SPARE_TAKEN;
    pthread_mutex_unlock(&spare->lock);
    *path = spare->path;
    return fd;
}

void bj_journal_spare_next(bj_journal_spare_t *spare) {
    pthread_mutex_lock(&spare->lock);
    bool idle = spare->state == SPARE_TAKEN || spare->state == SPARE_FAILED;
    if (idle) spare->state = SPARE_WANTED;
    pthread_cond_signal(&spare->changed);
    pthread_mutex_unlock(&spare->lock);
}

void bj_journal_spare_end(bj_journal_spare_t *spare) {
    if (!spare) return;
    pthread_mutex_lock(&spare->lock);
    atomic_store(&spare->stop, true);
    pthread_cond_signal(&spare->changed);
    pthread_mutex_unlock(&spare->lock);
    pthread_join(spare->thread, NULL);
    if (spare->state == SPARE_READY) close(spare->fd);
    (void)unlink(spare->path);
    pthread_cond_destroy(&spare->changed);
    pthread_mutex_destroy(&spare->lock);
    free(spare);
}
