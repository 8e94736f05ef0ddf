/* The contract: whatever comes over the connection, before and after a true greeting, in whatever
 * pieces, both ends stay whole; the standby takes only commands in sequence with their checksum and
 * acknowledges only what it committed; the primary never sends what is not written, never counts
 * what was not sent, and is fenced only by a higher epoch. */
#include "dataplane/base/bj_log.h"
#include "dataplane/replica/replica_test.h"

static bed_t bed;

typedef struct bytes {
    const uint8_t *data;
    size_t left;
} bytes_t;

static void take(bytes_t *in, void *out, size_t out_bytes) {
    size_t part = out_bytes < in->left ? out_bytes : in->left;
    memset(out, 0, out_bytes);
    if (part) memcpy(out, in->data, part);
    in->data += part, in->left -= part;
}

/* A message of any type and content; by its first byte also with the right length and checksum,
 * and commands that follow on: else nothing would come past the frame. */
static size_t message(bytes_t *in, uint8_t *msg) {
    static const uint8_t letters[] = "CLWBHPAFfD?";
    static const size_t fixed[] = {48, 112, 96, 40, 56, 32, 24, 24, 32, 32, 20};
    uint8_t how[4];
    take(in, how, sizeof how);
    size_t kind = how[0] % BJ_COUNT(fixed), cmd_cnt = letters[kind] == 'B' ? 1 + how[1] % 3u : 0;
    size_t msg_bytes = fixed[kind] + cmd_cnt * sizeof(bj_cmd_t);
    take(in, msg, msg_bytes);
    if (how[2] & 1) return msg_bytes;
    bj_replica_header_t header = {(uint32_t)msg_bytes, letters[kind], BJ_REPLICA_VERSION, 0, 0, 0};
    memcpy(msg, &header, sizeof header);
    for (size_t i = 0; i < cmd_cnt; i++) {
        uint8_t *at = msg + fixed[kind] + i * sizeof(bj_cmd_t);
        bj_cmd_t cmd;
        memcpy(&cmd, at, sizeof cmd);
        if (!(how[2] & 2)) cmd.seq = bed.copy_cnt + 1 + i;
        if (!(how[2] & 4)) cmd.check = bj_cmd_check(&cmd);
        memcpy(at, &cmd, sizeof cmd);
    }
    bj_replica_batch_t batch = {header, bed.copy_cnt + 1, 0, (uint32_t)cmd_cnt, 0};
    if (cmd_cnt && !(how[2] & 8)) memcpy(msg, &batch, sizeof batch);
    if (!(how[2] & 16)) bj_replica_seal(msg);
    return msg_bytes;
}

static void check(uint64_t epoch_before) {
    bj_replica_status_t primary = bj_replica_status(bed.replica);
    bj_follow_status_t standby = bj_follow_status(bed.follow);
    assert(primary.have_seq <= bed.reach.written_seq);
    assert(!primary.fenced || primary.epoch > epoch_before);
    assert(standby.have_seq == bed.copy_cnt && bed.committed <= bed.copy_cnt);
    for (uint64_t i = 0; i < bed.copy_cnt; i++) {
        assert(bed.copy[i].seq == i + 1);
        assert(bed.copy[i].check == bj_cmd_check(&bed.copy[i]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    bytes_t in = {data, data_bytes};
    uint8_t first[2], msg[BJ_REPLICA_MESSAGE_MAX_BYTES];
    bj_log_init("fuzz", BJ_LOG_ERROR + 1);
    take(&in, first, sizeof first);
    bed_open(&bed, 3);
    for (int i = 0; i < 20; i++) bed_command(&bed);
    bool up = bed_dial(&bed);
    assert(up), (void)up;
    for (int i = 0; i < first[0] % 12; i++) (void)bed_turn(&bed, 4096, BJ_NS_PER_MS);
    bool to_primary = first[1] & 1, fences = first[1] & 2;
    if (fences) up = bj_follow_fence(bed.follow, 7) == BJ_OK;
    for (int i = 0; in.left && i < 64; i++) {
        size_t msg_bytes = message(&in, msg), cut = 1 + first[0] % msg_bytes;
        size_t rest = msg_bytes - cut;
        uint8_t *exact = malloc(msg_bytes);
        memcpy(exact, msg, msg_bytes);
        if (to_primary) {
            (void)bj_replica_input(bed.replica, bed.conn_idx, exact, cut, bed.now);
            (void)bj_replica_input(bed.replica, bed.conn_idx, exact + cut, rest, bed.now);
        } else if (bj_follow_input(bed.follow, exact, cut, bed.now)) {
            up = bj_follow_input(bed.follow, exact + cut, rest, bed.now);
        }
        free(exact);
        (void)bj_replica_step(bed.replica, &bed.reach, bed.now);
        up = bj_follow_step(bed.follow, bed.now) && up;
        bed_send(&bed);
        check(1);
    }
    bed_close(&bed);
    return 0;
}
