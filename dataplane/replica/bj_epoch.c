#include "dataplane/replica/bj_epoch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"

enum { PATH_BYTES = 512, TEXT_BYTES = 1024 };
static const json_int_t epoch_max = (json_int_t)1 << 62;

static bool path_of(char *path, const char *data_dir, const char *name) {
    int n = snprintf(path, PATH_BYTES, "%s/%s", data_dir, name);
    return n > 0 && n < PATH_BYTES;
}

/* All of it, or as much as there is room for.  -1: see errno. */
static ssize_t read_all(int fd, char *text, size_t text_bytes) {
    size_t at = 0;
    while (at < text_bytes) {
        ssize_t got = pread(fd, text + at, text_bytes - at, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (!got) break;
        at += (size_t)got;
    }
    return (ssize_t)at;
}

static bool write_all(int fd, const char *text, size_t text_bytes) {
    size_t at = 0;
    while (at < text_bytes) {
        ssize_t put = pwrite(fd, text + at, text_bytes - at, (off_t)at);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        at += (size_t)put;
    }
    return true;
}

static bool text_ok(const char *text, size_t text_bytes, bj_epoch_t *epoch) {
    json_int_t number = 0;
    const char *role = "";
    json_t *root = json_loadb(text, text_bytes, JSON_REJECT_DUPLICATES, NULL);
    bool ok = root && json_unpack_ex(root, NULL, JSON_STRICT, "{s:I, s:s}", "epoch", &number,
                                     "role", &role) == 0 &&
              number >= 1 && number <= epoch_max;
    epoch->epoch = (uint64_t)number;
    epoch->primary = strcmp(role, "primary") == 0;
    epoch->behind = strcmp(role, "behind") == 0;
    ok = ok && (epoch->primary || epoch->behind || strcmp(role, "standby") == 0);
    json_decref(root);
    return ok;
}

bj_status_t bj_epoch_read(const char *data_dir, bj_epoch_t *epoch) {
    char path[PATH_BYTES], text[TEXT_BYTES];
    *epoch = (bj_epoch_t){.epoch = 1, .primary = true};
    if (!path_of(path, data_dir, "replica.json")) return BJ_ERR_BAD_FIELD;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) return BJ_ERR_NOT_FOUND;
    ssize_t text_bytes = fd >= 0 ? read_all(fd, text, sizeof text) : -1;
    if (fd >= 0) close(fd);
    if (text_bytes >= 0 && text_ok(text, (size_t)text_bytes, epoch)) return BJ_OK;
    BJ_ERROR("%s: not {\"epoch\": from 1, \"role\": \"primary\", \"standby\" or \"behind\"}", path);
    return BJ_ERR_CORRUPT;
}

static bool write_whole(const char *data_dir, const char *fresh, const char *path,
                        const char *text) {
    int dir_fd = open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    bool ok = fd >= 0 && dir_fd >= 0 && write_all(fd, text, strlen(text)) && fsync(fd) == 0 &&
              rename(fresh, path) == 0 && fsync(dir_fd) == 0;
    int why = errno;
    if (fd >= 0) close(fd);
    if (dir_fd >= 0) close(dir_fd);
    errno = why;
    return ok;
}

bj_status_t bj_epoch_write(const char *data_dir, const bj_epoch_t *epoch) {
    char path[PATH_BYTES], fresh[PATH_BYTES], text[96];
    if (!path_of(path, data_dir, "replica.json") || !path_of(fresh, data_dir, "replica.json.new"))
        return BJ_ERR_BAD_FIELD;
    (void)snprintf(text, sizeof text, "{\"epoch\": %" PRIu64 ", \"role\": \"%s\"}\n", epoch->epoch,
                   epoch->primary ? "primary" : epoch->behind ? "behind" : "standby");
    if (write_whole(data_dir, fresh, path, text)) return BJ_OK;
    BJ_ERROR("%s cannot be written: %s", path, strerror(errno));
    return BJ_ERR_IO;
}
