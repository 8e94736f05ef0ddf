/* Whatever lies in a journal file: it is read or refused, and what is handed out is in sequence.
 * The first byte says whether the header and checksums are made right before reading. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataplane/base/bj_log.h"
#include "dataplane/journal/bj_journal_priv.h"

enum { RECORDS = 6, FILE_BYTES = BJ_JOURNAL_HEADER_BYTES + RECORDS * (int)sizeof(bj_cmd_t) };
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

static char dir[] = "/tmp/bj_journal_fuzz_XXXXXX";
static uint64_t last_seq;

static void clean_up(void) {
    char path[BJ_JOURNAL_PATH_BYTES];
    if (bj_journal_path(path, dir, 1)) (void)unlink(path);
    (void)rmdir(dir);
}

static void in_sequence(void *ctx, const bj_cmd_t *cmd) {
    (void)ctx;
    if (cmd->seq != ++last_seq) abort();
}

static void make_right(uint8_t *file, bool header, unsigned records) {
    bj_journal_header_t h = bj_journal_header_new(1, false, 1, 1, FILE_BYTES);
    if (header) memcpy(file, &h, sizeof h);
    for (unsigned i = 0; i < RECORDS; i++) {
        bj_cmd_t cmd;
        uint8_t *at = file + BJ_JOURNAL_HEADER_BYTES + i * sizeof cmd;
        memcpy(&cmd, at, sizeof cmd);
        if (i < records) cmd.seq = i + 1;
        cmd.check = bj_cmd_check(&cmd);
        if (i < records || cmd.seq % 3 == 1) memcpy(at, &cmd, sizeof cmd);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    static bool made;
    if (!made) {
        if (!mkdtemp(dir)) abort();
        bj_log_init("fuzz", BJ_LOG_ERROR + 1);
        made = atexit(clean_up) == 0;
    }
    if (!data_bytes) return 0;
    uint8_t file[FILE_BYTES] = {0};
    unsigned how = data[0];
    size_t body = (how & 1) ? BJ_JOURNAL_HEADER_BYTES : 0, room = sizeof file - body;
    size_t kept = data_bytes - 1 < room ? data_bytes - 1 : room;
    memcpy(file + body, data + 1, kept);
    if (how & 1) make_right(file, true, how >> 1 & 7);

    char path[BJ_JOURNAL_PATH_BYTES];
    if (!bj_journal_path(path, dir, 1)) abort();
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t file_bytes = (how & 16) ? body + kept : sizeof file;
    if (fd < 0 || write(fd, file, file_bytes) != (ssize_t)file_bytes) abort();
    close(fd);
    bj_journal_report_t report;
    last_seq = 0;
    bj_status_t status = bj_journal_scan(dir, in_sequence, NULL, &report);
    if (status == BJ_OK && report.last_seq != last_seq) abort();
    return 0;
}
