/* Whatever is in the file of leaked passwords: it is refused with a reason, or a look-up finds what
 * a scan of the same bytes finds.  The file is the input, or, since chance writes no SHA-1, a good
 * one into which the input was pasted: the first byte says where. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "controlplane/identity/bj_leaked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

static const struct {
    const char *password, *hash;
} known[] = {
    {"password", "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8"},
    {"123456", "7C4A8D09CA3762AF61E59520943DC26494F8941B"},
    {"", "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709"},
};

static void try_file(const uint8_t *data, size_t data_bytes) {
    char path[40], error[BJ_LEAKED_ERROR_BYTES] = "";
    int fd = memfd_create("leaked", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, data_bytes) != (ssize_t)data_bytes) abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    bj_leaked_t *leaked = bj_leaked_open(path, error);
    if (!leaked && !error[0]) abort();
    for (size_t i = 0; leaked && i < BJ_COUNT(known); i++) {
        bool there = memmem(data, data_bytes, known[i].hash, 40) != NULL;
        if (bj_leaked_find(leaked, known[i].password) != (there ? BJ_LEAKED_YES : BJ_LEAKED_NO)) {
            abort();
        }
    }
    bj_leaked_close(leaked);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    uint8_t file[512];
    size_t good_bytes = 0, room;
    if (data_bytes == 0 || data[0] == 255) {
        try_file(data, data_bytes);
        return 0;
    }
    for (size_t i = 0; i < BJ_COUNT(known); i++) {
        good_bytes += (size_t)snprintf((char *)file + good_bytes, sizeof file - good_bytes,
                                       "%s:%zu\r\n", known[i].hash, i * 1000);
    }
    size_t at = data[0] % good_bytes;
    room = sizeof file - at;
    size_t paste_bytes = data_bytes - 1 < room ? data_bytes - 1 : room;
    memcpy(file + at, data + 1, paste_bytes);
    try_file(file, at + paste_bytes > good_bytes ? at + paste_bytes : good_bytes);
    return 0;
}
