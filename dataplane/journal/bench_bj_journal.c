/* Group commit: how many commands a second become durable when each fdatasync carries a few, or
 * many.  On the disk under TMPDIR, or /tmp: set it to the disk that is meant. */
#include "dataplane/journal/bj_journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

static unsigned bench(const char *dir, uint64_t *seq, unsigned group, bool durable) {
    bj_journal_report_t report;
    bj_journal_t *journal;
    if (bj_journal_open(dir, durable, NULL, NULL, &report, &journal) != BJ_OK) return 1;
    unsigned commits = 0, bad = 0;
    int64_t from_ns = bj_clock_mono_ns(), now_ns = from_ns;
    for (; now_ns - from_ns < BJ_NS_PER_S / 2 && commits < 20000;
         now_ns = bj_clock_mono_ns(), commits++) {
        for (unsigned i = 0; i < group; i++) {
            bj_cmd_t cmd = {.seq = ++*seq, .type = BJ_CMD_NEW};
            bad += bj_journal_append(journal, &cmd) != BJ_OK;
        }
        bad += bj_journal_commit(journal) != BJ_OK;
    }
    double s = (double)(now_ns - from_ns) / 1e9;
    const char *policy = durable ? "disk" : "memory";
    printf("journal_%s_group%u_commits %.0f commits/s\n", policy, group, commits / s);
    printf("journal_%s_group%u_commands %.0f commands/s\n", policy, group,
           (double)commits * group / s);
    bj_journal_close(journal);
    return bad;
}

int main(void) {
    const char *base = getenv("TMPDIR");
    char dir[256], command_line[300];
    uint64_t seq = 0;
    int n = snprintf(dir, sizeof dir, "%s/bj_journal_bench_XXXXXX", base ? base : "/tmp");
    if (n >= (int)sizeof dir || !mkdtemp(dir)) return 1;
    bj_log_init("bench", BJ_LOG_ERROR);
    unsigned bad = bench(dir, &seq, 1, true) + bench(dir, &seq, 16, true) +
                   bench(dir, &seq, 256, true) + bench(dir, &seq, 256, false);
    (void)snprintf(command_line, sizeof command_line, "rm -rf '%s'", dir);
    return system(command_line) != 0 || bad != 0;
}
