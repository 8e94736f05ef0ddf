/* Goal: an engine that reads the journal is the engine that wrote it: the same events, the same
 * state hash, at every place where the writer stopped; and what was written before people were
 * counted gives the events that it gave then. */
#include <stdlib.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/journal/bj_journal.h"
#include "dataplane/journal/test_journal_flow.h"

enum { COMMANDS = 3000, STOPS = 12 };

typedef struct life {
    void        *mem;
    bj_engine_t *engine;
    uint64_t     event_digest;
} life_t;

static life_t life_new(void) {
    life_t life = {.mem = aligned_alloc(64, bj_engine_footprint(&flow_config)),
                   .event_digest = BJ_FNV_OFFSET};
    life.engine = bj_engine_new(life.mem, &flow_config);
    return life;
}

static void live(life_t *life, bj_cmd_t *cmd) {
    size_t cnt;
    const bj_event_t *events = bj_engine_apply(life->engine, cmd, &cnt);
    life->event_digest = bj_fnv1a(life->event_digest, events, cnt * sizeof *events);
}

static void relive(void *ctx, const bj_cmd_t *journalled) {
    bj_cmd_t cmd = *journalled;
    live(ctx, &cmd);
}

static bool administers(const bj_cmd_t *cmd) {
    return cmd->type == BJ_CMD_LIMIT || cmd->type == BJ_CMD_PHASE;
}

/* The digest is what an engine without the rule of two people gave (commit 9926101). */
static void test_older(void) {
    life_t old = life_new(), held = life_new();
    rng = 88172645463325252;
    for (uint64_t k = 0; k < COMMANDS; k++) {
        bj_cmd_t cmd = some_command(k), same = cmd;
        if (administers(&cmd)) same.flags = BJ_FLAG_ONE_PERSON;
        live(&old, &cmd);
        live(&held, &same);
    }
    BJ_CHECK(old.event_digest == UINT64_C(0xc7c9a5c55186d03b));
    BJ_CHECK(bj_engine_refused(old.engine, BJ_REJ_SECOND_PERSON) == 0);
    BJ_CHECK(bj_engine_refused(held.engine, BJ_REJ_SECOND_PERSON) > 0);
    free(old.mem);
    free(held.mem);
}

static void test_lives(uint8_t people) {
    char dir[] = "/tmp/bj_replay_XXXXXX", command_line[64];
    BJ_CHECK(mkdtemp(dir));
    life_t writer = life_new();
    uint64_t k = 0;
    for (int stop = 0; stop < STOPS; stop++) {
        bj_journal_t *journal;
        bj_journal_report_t report;
        life_t again = life_new();
        BJ_CHECK(bj_journal_open(dir, false, relive, &again, &report, &journal) == BJ_OK);
        BJ_CHECK(report.cmd_cnt == k && again.event_digest == writer.event_digest);
        BJ_CHECK(bj_engine_hash(again.engine) == bj_engine_hash(writer.engine));
        for (uint64_t end = k + any(COMMANDS / STOPS); k < end; k++) {
            bj_cmd_t cmd = some_command(k);
            if (administers(&cmd)) cmd.flags = people;
            live(&writer, &cmd);
            BJ_CHECK(bj_journal_append(journal, &cmd) == BJ_OK);
        }
        BJ_CHECK(bj_journal_commit(journal) == BJ_OK);
        bj_journal_close(journal);
        free(again.mem);
    }
    BJ_CHECK(bj_engine_stats(writer.engine).match_cnt > 100);
    free(writer.mem);
    (void)snprintf(command_line, sizeof command_line, "rm -rf %s", dir);
    BJ_CHECK(system(command_line) == 0);
}

int main(void) {
    bj_log_init("test", BJ_LOG_ERROR + 1);
    test_older();
    test_lives(0);
    test_lives(BJ_FLAG_ONE_PERSON);
    test_lives(BJ_FLAG_TWO_PEOPLE);
    return bj_test_end("test_bj_replay");
}
