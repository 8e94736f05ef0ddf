/* Goal: what is put in is found again, by every id and in every file, against a list kept beside
 * it; what is missed is said; a torn end costs the torn record and no other. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "dataplane/audit/bj_audit_index.h"
#include "dataplane/audit/bj_audit_read.h"
#include "dataplane/audit/bj_audit_text.h"
#include "dataplane/audit/bj_audit_writer.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"

enum { MADE_MAX = 20000, ROTATE_BYTES = 1 << 18, PATH_BYTES = 256 };

typedef union any_msg {
    bj_oe_header_t header;
    bj_oe_new_t order;
    bj_oe_modify_t modify;
    bj_oe_cancel_t cancel;
    bj_oe_report_t report;
    bj_oe_session_reject_t reject;
    uint8_t bytes[BJ_AUDIT_MESSAGE_MAX_BYTES]; /* NNF's: of any length */
} any_msg_t;

typedef struct made {
    bj_audit_record_t record;
    any_msg_t msg;
} made_t;

static char dir[64];
static bj_audit_t audit;
static made_t made[MADE_MAX];
static uint32_t made_cnt;
static uint64_t rng = 88172645463325252;
static bj_now_t now = {.mono_ns = 1, .wall_ns = 1700000000 * BJ_NS_PER_S};

static uint32_t any(uint32_t below) {
    rng ^= rng << 13, rng ^= rng >> 7, rng ^= rng << 17;
    return (uint32_t)(rng >> 32) % below;
}

static void world_open(uint64_t depth) {
    size_t bytes = bj_ring_footprint(depth, sizeof(bj_audit_slot_t));
    snprintf(dir, sizeof dir, "/tmp/test_bj_audit_XXXXXX");
    BJ_CHECK(mkdtemp(dir) != NULL);
    audit = (bj_audit_t){.ring = bj_ring_new(
        aligned_alloc(BJ_PAIR_BYTES, (bytes + BJ_PAIR_BYTES - 1) / BJ_PAIR_BYTES * BJ_PAIR_BYTES),
        depth, sizeof(bj_audit_slot_t))};
    made_cnt = 0;
}

static void world_close(void) {
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", dir);
    BJ_CHECK(system(command) == 0);
    free(audit.ring);
}

static bj_audit_writer_t *writer_open(void) {
    bj_audit_writer_config_t config = {.dir = dir, .rotate_bytes = ROTATE_BYTES,
                                       .sync_ns = BJ_NS_PER_S, .ring = audit.ring};
    bj_audit_writer_t *writer = bj_audit_writer_new(&config);
    BJ_CHECK(writer != NULL);
    return writer;
}

static void put(const bj_audit_record_t *record, const any_msg_t *msg) {
    made[made_cnt].record = *record;
    made[made_cnt++].msg = *msg;
    bj_audit_put(&audit, record, msg);
}

/* NNF's way of an id: the client's reference in its lower half.  Of any length. */
static uint64_t nnf_id(uint64_t client) { return UINT64_C(31) << 56 | UINT64_C(9) << 32 | client; }

static void put_nnf(bj_audit_record_t r, uint64_t client, uint64_t order, uint32_t account) {
    any_msg_t msg;
    r.msg_bytes = (uint16_t)any(BJ_AUDIT_MESSAGE_MAX_BYTES + 1);
    for (size_t i = 0; i < sizeof msg; i++)
        msg.bytes[i] = (uint8_t)any(256);
    r.kind = order ? BJ_AUDIT_OUT : BJ_AUDIT_IN;
    r.dialect = any(2) ? BJ_AUDIT_NNF_CM : BJ_AUDIT_NNF_FO;
    r.client_order_id = nnf_id(client), r.order_id = order, r.account_id = account;
    r.box_id = 7, r.user_id = 501;
    put(&r, &msg);
}

/* Any message of a few orders; what it names is known here without bj_audit_keys. */
static void put_any(void) {
    any_msg_t msg = {.header = {.version = BJ_OE_VERSION, .seq = made_cnt}};
    bj_audit_record_t r = {.time_ns = now.wall_ns += any(1000), .conn = 1 + any(9),
                           .session_id = (uint16_t)(1 + any(5)), .kind = BJ_AUDIT_IN};
    uint64_t client = 1 + any(400), order = 1000 + client;
    uint32_t account = 900 + (uint32_t)client % 3;
    switch (any(8)) {
    case 0:
        msg.header.type = BJ_OE_NEW, r.msg_bytes = sizeof msg.order;
        msg.order.client_order_id = r.client_order_id = client;
        msg.order.account_id = r.account_id = account;
        break;
    case 1:
        msg.header.type = BJ_OE_CANCEL, r.msg_bytes = sizeof msg.cancel;
        msg.cancel.order_id = r.order_id = order;
        msg.cancel.account_id = r.account_id = account;
        break;
    case 2:
        msg.header.type = BJ_OE_SESSION_REJECT, r.msg_bytes = sizeof msg.reject;
        msg.reject.client_order_id = r.client_order_id = client, r.kind = BJ_AUDIT_OUT;
        break;
    case 3:
        msg.header.type = BJ_OE_HEARTBEAT, r.msg_bytes = sizeof msg.header;
        break;
    case 4:
    case 5: put_nnf(r, client, any(2) ? order : 0, account); return;
    default:
        msg.header.type = any(2) ? 'a' : 't', r.msg_bytes = sizeof msg.report;
        r.kind = BJ_AUDIT_OUT;
        msg.report.client_order_id = r.client_order_id = client;
        msg.report.order_id = r.order_id = order;
        msg.report.account_id = r.account_id = account;
    }
    msg.header.len_bytes = r.msg_bytes;
    put(&r, &msg);
}

/* --- questions, against the list --- */
typedef struct answer {
    uint32_t at, cnt; /* the next one of the list to look at; answers so far */
    uint32_t wrong;
    const bj_audit_query_t *query;
} answer_t;

static bool wanted(const bj_audit_query_t *q, const bj_audit_record_t *r) {
    bool id = true, by_id = q->client_order_id || q->order_id;
    uint64_t reference = (uint32_t)q->client_order_id; /* the orders are alike in both dialects */
    if (q->client_order_id)
        id = r->client_order_id == q->client_order_id || r->order_id == 1000 + reference ||
             (r->dialect && (uint32_t)r->client_order_id == q->client_order_id);
    if (q->order_id) id = r->order_id == q->order_id;
    bool account = !q->account_id || r->account_id == q->account_id || (by_id && !r->account_id);
    return id && account && (q->session_id < 0 || q->session_id == r->session_id) &&
           r->time_ns >= q->from_ns && (!q->to_ns || r->time_ns <= q->to_ns);
}

static bool check_next(void *ctx, const bj_audit_record_t *r, const uint8_t *msg,
                       uint64_t at_bytes) {
    answer_t *answer = (answer_t *)ctx;
    (void)at_bytes;
    while (answer->at < made_cnt && !wanted(answer->query, &made[answer->at].record))
        answer->at++;
    answer->cnt++;
    const made_t *m = &made[answer->at];
    bool same = answer->at < made_cnt && r->seq == answer->at + 1 &&
                r->client_order_id == m->record.client_order_id &&
                r->order_id == m->record.order_id && r->account_id == m->record.account_id &&
                r->dialect == m->record.dialect && r->user_id == m->record.user_id &&
                r->time_ns == m->record.time_ns && r->msg_bytes == m->record.msg_bytes &&
                memcmp(msg, &m->msg, r->msg_bytes) == 0;
    answer->wrong += !same;
    answer->at++;
    return true;
}

static void check_query(bj_audit_query_t q) {
    answer_t answer = {.query = &q};
    uint64_t found_cnt = 0;
    uint32_t want_cnt = 0;
    for (uint32_t i = 0; i < made_cnt; i++)
        want_cnt += wanted(&q, &made[i].record);
    BJ_CHECK(bj_audit_find(dir, &q, check_next, &answer, &found_cnt) == BJ_OK);
    BJ_CHECK(found_cnt == want_cnt && answer.cnt == want_cnt && answer.wrong == 0);
}

static void check_queries(void) {
    int64_t from_ns = made[made_cnt / 3].record.time_ns, to_ns = made[made_cnt / 2].record.time_ns;
    check_query((bj_audit_query_t){.session_id = -1});
    check_query((bj_audit_query_t){.session_id = 3, .from_ns = from_ns, .to_ns = to_ns});
    check_query((bj_audit_query_t){.session_id = 9});
    for (uint64_t client = 1; client <= 401; client += 8) {
        check_query((bj_audit_query_t){.client_order_id = client, .session_id = -1});
        check_query((bj_audit_query_t){.client_order_id = nnf_id(client), .session_id = -1});
        check_query((bj_audit_query_t){.order_id = 1000 + client, .session_id = -1});
        check_query((bj_audit_query_t){.client_order_id = client, .session_id = -1,
                                       .account_id = 900 + (uint32_t)client % 3,
                                       .from_ns = from_ns, .to_ns = to_ns});
    }
}

static void test_found_again(void) {
    char **paths;
    size_t cnt;
    bj_audit_index_t index;
    world_open(1 << 10);
    bj_audit_writer_t *writer = writer_open();
    while (made_cnt < MADE_MAX) {
        for (uint32_t n = any(700); n && made_cnt < MADE_MAX; n--)
            put_any();
        BJ_CHECK(bj_audit_writer_step(writer, now) <= 1024);
        if (any(10)) continue; /* now and then the process is started again */
        bj_audit_writer_free(writer);
        writer = writer_open();
    }
    while (bj_audit_writer_step(writer, now)) {
    }
    check_queries(); /* while the last file is still being written */
    bj_audit_writer_free(writer);
    check_queries();
    BJ_CHECK(bj_audit_files(dir, &paths, &cnt) == BJ_OK && cnt > 5);
    for (size_t i = 0; i < cnt; i++) { /* an index is a help, not the truth */
        char idx[PATH_BYTES];
        BJ_CHECK(bj_audit_index_load(paths[i], &index) == BJ_OK);
        bj_audit_index_free(&index);
        snprintf(idx, sizeof idx, "%.*sidx", (int)strlen(paths[i]) - 3, paths[i]);
        if (i % 2) BJ_CHECK(unlink(idx) == 0);
        else BJ_CHECK(truncate(idx, 200) == 0);
        BJ_CHECK(bj_audit_index_load(paths[i], &index) == BJ_ERR_NOT_FOUND);
    }
    check_queries();
    bj_audit_files_free(paths, cnt);
    BJ_CHECK(audit.missed == 0);
    world_close();
}

/* --- missed --- */
typedef struct seen {
    uint64_t records, missed;
} seen_t;

static bool count(void *ctx, const bj_audit_record_t *record, const uint8_t *msg,
                  uint64_t at_bytes) {
    seen_t *seen = (seen_t *)ctx;
    (void)msg, (void)at_bytes;
    if (record->kind == BJ_AUDIT_MISSED) seen->missed += record->value;
    else seen->records++;
    return true;
}

static void test_full_ring_is_said(void) {
    bj_audit_counters_t counters;
    seen_t seen = {0};
    bj_audit_query_t all = {.session_id = -1};
    world_open(16);
    bj_audit_writer_t *writer = writer_open();
    for (int round = 0; round < 50; round++) {
        for (uint32_t n = any(40); n; n--)
            put_any();
        (void)bj_audit_writer_step(writer, now);
    }
    put_any();
    (void)bj_audit_writer_step(writer, now);
    put_any(); /* whatever was missed before is said by now */
    (void)bj_audit_writer_step(writer, now);
    bj_audit_writer_counters(writer, &counters);
    bj_audit_writer_free(writer);
    BJ_CHECK(bj_audit_find(dir, &all, count, &seen, NULL) == BJ_OK);
    BJ_CHECK(audit.missed > 100 && audit.unsaid == 0 && seen.missed == audit.missed);
    BJ_CHECK(seen.records + seen.missed == made_cnt);
    BJ_CHECK(counters.missed == audit.missed && counters.missed_ns > 0);
    world_close();
}

/* The gateway's thread and the writer's: what was put is written or said to be missing. */
static _Atomic bool put_all;

static void *write_until_done(void *arg) {
    bj_audit_writer_t *writer = (bj_audit_writer_t *)arg;
    while (!atomic_load(&put_all))
        (void)bj_audit_writer_step(writer, bj_clock_now());
    return NULL;
}

/* Of one slot or of three; a long one is the same byte throughout. */
static bool count_whole(void *ctx, const bj_audit_record_t *record, const uint8_t *msg,
                        uint64_t at_bytes) {
    bool same = true;
    for (size_t i = 0; record->dialect && i < record->msg_bytes; i++)
        same = same && msg[i] == (uint8_t)record->order_id;
    if (!same) BJ_CHECK(!"a message is whole");
    return count(ctx, record, msg, at_bytes);
}

static void test_two_threads(void) {
    enum { PUTS = 50000 };
    pthread_t thread;
    seen_t seen = {0};
    bj_audit_query_t all = {.session_id = -1};
    bj_audit_counters_t counters;
    const bj_oe_header_t beat = {.len_bytes = sizeof beat, .type = BJ_OE_HEARTBEAT,
                                 .version = BJ_OE_VERSION};
    const bj_audit_record_t record = {.kind = BJ_AUDIT_IN, .msg_bytes = sizeof beat};
    world_open(64);
    bj_audit_writer_t *writer = writer_open();
    BJ_CHECK(pthread_create(&thread, NULL, write_until_done, writer) == 0);
    for (int i = 0; i < PUTS; i++) {
        uint8_t bytes[BJ_AUDIT_MESSAGE_MAX_BYTES];
        bj_audit_record_t of_nnf = {.kind = BJ_AUDIT_OUT, .dialect = BJ_AUDIT_NNF_FO,
                                    .order_id = (uint64_t)i + 1, .msg_bytes = sizeof bytes};
        memset(bytes, i + 1, sizeof bytes);
        if (i % 3) bj_audit_put(&audit, &record, &beat);
        else bj_audit_put(&audit, &of_nnf, bytes);
        if (i % 1000 == 0) bj_audit_writer_counters(writer, &counters); /* as a monitor does */
    }
    atomic_store(&put_all, true);
    BJ_CHECK(pthread_join(thread, NULL) == 0);
    bj_audit_writer_free(writer);
    BJ_CHECK(bj_audit_find(dir, &all, count_whole, &seen, NULL) == BJ_OK);
    BJ_CHECK(seen.records + seen.missed + audit.unsaid == PUTS && seen.records > 0);
    world_close();
}

static void test_disk_refuses(void) {
    char moved[80];
    bj_audit_counters_t counters;
    seen_t seen = {0};
    bj_audit_query_t all = {.session_id = -1};
    world_open(1 << 14);
    snprintf(moved, sizeof moved, "%s.away", dir);
    bj_audit_writer_t *writer = writer_open();
    BJ_CHECK(rename(dir, moved) == 0); /* the next file finds no directory */
    while (made_cnt < 4000)
        put_any();
    while (bj_audit_writer_step(writer, now)) {
    }
    bj_audit_writer_counters(writer, &counters);
    BJ_CHECK(counters.failing == 1 && counters.missed == 0);
    for (int n = 0; n < 100; n++)
        put_any();
    (void)bj_audit_writer_step(writer, now);
    bj_audit_writer_counters(writer, &counters);
    BJ_CHECK(counters.failing == 1 && counters.missed == 100);
    BJ_CHECK(rename(moved, dir) == 0);
    now.mono_ns += 2 * BJ_NS_PER_S;
    put_any();
    (void)bj_audit_writer_step(writer, now);
    bj_audit_writer_counters(writer, &counters);
    BJ_CHECK(counters.failing == 0 && counters.missed == 100);
    bj_audit_writer_free(writer);
    BJ_CHECK(bj_audit_find(dir, &all, count, &seen, NULL) == BJ_OK);
    BJ_CHECK(seen.records == made_cnt - 100 && seen.missed == 100);
    world_close();
}

/* --- torn ends --- */
static off_t last_file(char path[PATH_BYTES]) {
    char **paths;
    size_t cnt;
    struct stat st = {0};
    BJ_CHECK(bj_audit_files(dir, &paths, &cnt) == BJ_OK && cnt > 0);
    snprintf(path, PATH_BYTES, "%s", paths[cnt - 1]);
    BJ_CHECK(stat(path, &st) == 0);
    bj_audit_files_free(paths, cnt);
    return st.st_size;
}

static void check_torn(size_t cut_bytes, bool spoil) {
    char path[PATH_BYTES];
    seen_t seen = {0};
    bj_audit_query_t all = {.session_id = -1};
    world_open(64);
    bj_audit_writer_t *writer = writer_open();
    any_msg_t msg = {.order = {.header = {.len_bytes = sizeof msg.order, .type = BJ_OE_NEW,
                                          .version = BJ_OE_VERSION},
                               .client_order_id = 7}};
    bj_audit_record_t record = {.kind = BJ_AUDIT_IN, .msg_bytes = sizeof msg.order};
    for (int i = 0; i < 3; i++)
        put(&record, &msg);
    bj_audit_writer_free(writer);
    off_t bytes = last_file(path);
    if (spoil) { /* a byte of the last record is not what it was */
        uint8_t byte;
        int fd = open(path, O_RDWR);
        off_t at = bytes - 1 - (off_t)cut_bytes;
        BJ_CHECK(pread(fd, &byte, 1, at) == 1);
        byte ^= 0x10;
        BJ_CHECK(pwrite(fd, &byte, 1, at) == 1 && close(fd) == 0);
    } else {
        BJ_CHECK(truncate(path, bytes - (off_t)cut_bytes) == 0);
    }
    writer = writer_open(); /* cuts off what is not whole, and goes on behind it */
    put(&record, &msg);
    bj_audit_writer_free(writer);
    bj_audit_scan_t scan;
    BJ_CHECK(bj_audit_scan(path, NULL, NULL, &scan) == BJ_OK);
    BJ_CHECK(scan.record_cnt == (cut_bytes || spoil ? 2 : 3) && scan.rest_bytes == 0);
    BJ_CHECK(bj_audit_find(dir, &all, count, &seen, NULL) == BJ_OK);
    BJ_CHECK(seen.records == scan.record_cnt + 1);
    world_close();
}

static void test_torn_end(void) {
    size_t record_bytes = sizeof(bj_audit_record_t) + sizeof(bj_oe_new_t);
    for (size_t cut = 0; cut < record_bytes; cut++)
        check_torn(cut, false);
    for (size_t at = 0; at < record_bytes; at++)
        check_torn(at, true);
}

static void test_damage_inside_is_left_and_said(void) {
    char path[PATH_BYTES];
    uint8_t byte = 0xff;
    bj_audit_scan_t scan;
    world_open(1 << 10);
    bj_audit_writer_t *writer = writer_open();
    for (int i = 0; i < 100; i++)
        put_any();
    bj_audit_writer_free(writer);
    off_t bytes = last_file(path);
    int fd = open(path, O_RDWR);
    BJ_CHECK(pwrite(fd, &byte, 1, 64 + 40) == 1 && close(fd) == 0); /* conn and so on */
    BJ_CHECK(bj_audit_scan(path, NULL, NULL, &scan) == BJ_OK);
    BJ_CHECK(scan.record_cnt == 0 && scan.rest_bytes == (uint64_t)bytes - 64);
    fd = open(path, O_RDWR);
    BJ_CHECK(pwrite(fd, &byte, 1, 3) == 1 && close(fd) == 0); /* no file of ours any more */
    BJ_CHECK(bj_audit_scan(path, NULL, NULL, &scan) == BJ_ERR_CORRUPT);
    world_close();
}

/* --- text --- */
static void test_text(void) {
    char line[BJ_AUDIT_LINE_BYTES], small[64];
    bj_oe_new_t order = {.header = {.len_bytes = sizeof order, .type = BJ_OE_NEW,
                                    .version = BJ_OE_VERSION, .seq = 9}};
    bj_audit_record_t record = {.seq = 5, .time_ns = 1700000000 * BJ_NS_PER_S + 7,
                                .client_order_id = UINT64_MAX, .account_id = 901, .conn = 2,
                                .peer_ip = 0x0a010203, .session_id = 3, .kind = BJ_AUDIT_IN,
                                .msg_bytes = sizeof order};
    BJ_CHECK(bj_audit_line(&record, (const uint8_t *)&order, false, line, sizeof line));
    const char *start = "2023-11-14T22:13:20.000000007Z 5 session 3 conn 2 10.1.2.3 in "
                        "\"new order\" #9 client_order_id 18446744073709551615 account 901 "
                        "38004e01";
    BJ_CHECK(strncmp(line, start, strlen(start)) == 0);
    BJ_CHECK(bj_audit_line(&record, (const uint8_t *)&order, true, line, sizeof line));
    BJ_CHECK(strstr(line, "\"client_order_id\":\"18446744073709551615\"") &&
             strstr(line, "\"kind\":\"in\"") && line[strlen(line) - 1] == '}');
    BJ_CHECK(!bj_audit_line(&record, (const uint8_t *)&order, true, small, sizeof small));
    /* Words are said as words, and never end a string. */
    bj_audit_record_t unproven = {.seq = 1, .kind = BJ_AUDIT_UNPROVEN, .msg_bytes = 16};
    const uint8_t *words = (const uint8_t *)"no \"certif\\icate";
    BJ_CHECK(bj_audit_line(&unproven, words, true, line, sizeof line));
    BJ_CHECK(strstr(line, "\"kind\":\"unproven\",\"value\":0,\"message\":\"no certificate\""));
    BJ_CHECK(bj_audit_line(&unproven, words, false, line, sizeof line));
    BJ_CHECK(strstr(line, " unproven no certificate") != NULL);
    BJ_CHECK(strlen(small) == sizeof small - 1);
    record.msg_bytes = BJ_OE_MESSAGE_MAX_BYTES; /* the longest fits */
    uint8_t longest[BJ_OE_MESSAGE_MAX_BYTES] = {0};
    record.order_id = UINT64_MAX, record.seq = UINT64_MAX, record.account_id = UINT32_MAX;
    BJ_CHECK(bj_audit_line(&record, longest, true, line, sizeof line));
    static const struct {
        const char *text;
        bool ok;
        int64_t ns;
    } times[] = {{"1970-01-01T00:00:00Z", true, 0}, {"1970-01-01T00:00:01.5Z", true, 1500000000},
                 {"1970-01-01T00:00:00.000000001Z", true, 1}, {"17", true, 17},
                 {"1970-01-01T00:00:00", false, 0}, {"1970-01-01", false, 0}, {"-1", false, 0},
                 {"", false, 0}, {"17x", false, 0}};
    for (size_t i = 0; i < BJ_COUNT(times); i++) {
        int64_t ns = 0;
        BJ_CHECK(bj_audit_time_parse(times[i].text, &ns) == times[i].ok);
        BJ_CHECK(!times[i].ok || ns == times[i].ns);
    }
}

int main(void) {
    bj_log_init("test", BJ_LOG_ERROR);
    test_found_again();
    test_full_ring_is_said();
    test_two_threads();
    test_disk_refuses();
    test_torn_end();
    test_damage_inside_is_left_and_said();
    test_text();
    return bj_test_end("test_bj_audit");
}
