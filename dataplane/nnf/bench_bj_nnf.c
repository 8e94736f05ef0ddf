/* ns per message: the codec alone; a trimmed order from packet to command; an event to the packet
 * that confirms it. */
#include "dataplane/nnf/test_nnf_bed.h"

enum { MESSAGES = 20000, ROUNDS = 7 };

static bed_t bed;
static member_t member;
static uint8_t wire[MESSAGES][256];
static uint64_t sum;
static bj_cmd_t last;
static bool kept;

static bj_status_t take(void *ctx, const bj_cmd_t *cmd) {
    (void)ctx;
    last = *cmd;
    sum += cmd->client_order_id;
    return BJ_OK;
}

static double codec_ns(bool decode) {
    int64_t best = INT64_MAX;
    bj_nnf_msg_t msg = member_order(&member, BJ_NNF_BUY, 10, 10000);
    size_t n = bj_nnf_encode(BJ_NNF_CM, &msg, wire[0], sizeof wire[0]);
    bj_nnf_msg_t reply = msg;
    reply.code = BJ_NNF_CONFIRM_TR;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t from_ns = bj_clock_mono_ns();
        for (int i = 0; i < MESSAGES; i++) {
            bj_status_t status = BJ_OK;
            if (decode)
                status = bj_nnf_decode(BJ_NNF_CM, wire[0], n, &msg);
            else
                sum += bj_nnf_encode(BJ_NNF_CM, &reply, wire[1], sizeof wire[1]);
            if (status != BJ_OK) abort();
        }
        int64_t ns = bj_clock_mono_ns() - from_ns;
        if (ns < best) best = ns;
    }
    return (double)best / MESSAGES;
}

/* As the audit log's ring takes them. */
static void keep(void *ctx, const bj_nnf_kept_t *it, bj_now_t now) {
    static uint8_t ring[1 << 16][512];
    static uint16_t at;
    (void)ctx, (void)now;
    if (it->msg) memcpy(ring[at++], it->msg, it->msg_bytes);
}

static void open_with(bj_nnf_cipher_t cipher) {
    static const bj_nnf_ops_t ops = {take, bed_event_at, bed_random};
    static const bj_nnf_box_t box = {.id = 7, .broker_id = "12345", .rate_per_s = 100000};
    const char *error;
    bed_open(&bed, BJ_NNF_CM, cipher);
    bj_nnf_server_free(bed.server);
    bed.config.ops = &ops, bed.config.boxes = &box, bed.config.box_cnt = 1;
    bed.config.order_max = bed.config.report_max = 1 << 20;
    bed.config.settings.burst_per_100ms = 0;
    bed.config.keep = kept ? keep : NULL;
    bed.server = bj_nnf_server_new(&bed.config, &error);
    if (member_box(&member, &bed, 7, "12345").code != BJ_NNF_BOX_SIGNED_ON) abort();
    if (member_sign_on(&member, 501, "Secret1", 'T').error) abort();
}

static void server_ns(bj_nnf_cipher_t cipher, double *in_ns, double *out_ns) {
    int64_t best_in = INT64_MAX, best_out = INT64_MAX;
    uint64_t seq = 0;
    open_with(cipher);
    for (int round = 0; round < ROUNDS; round++) {
        size_t bytes[MESSAGES];
        for (int i = 0; i < MESSAGES; i++) {
            uint8_t msg[256];
            bj_nnf_msg_t order = member_order(&member, BJ_NNF_BUY, 10, 10000);
            size_t n = bj_nnf_encode(BJ_NNF_CM, &order, msg, sizeof msg);
            bytes[i] = bj_nnf_pack(&member.out, (uint32_t)i, msg, n, wire[i], sizeof wire[i]);
        }
        bed.now.mono_ns += 2 * BJ_NS_PER_S;
        int64_t from_ns = bj_clock_mono_ns();
        for (int i = 0; i < MESSAGES; i++)
            (void)bj_nnf_server_input(bed.server, member.conn, wire[i], bytes[i], bed.now);
        int64_t ns = bj_clock_mono_ns() - from_ns;
        if (ns < best_in) best_in = ns;
        from_ns = bj_clock_mono_ns();
        for (int i = 0; i < MESSAGES; i++) {
            const uint8_t *data;
            bj_event_t event = {.seq = ++seq, .type = BJ_EV_ACCEPTED, .session_id = 21,
                                .client_order_id = last.client_order_id, .token = 101,
                                .order_id = last.client_order_id >> 32 & 0x7fffff, .tif = BJ_DAY,
                                .order_type = BJ_LIMIT, .side = BJ_BUY, .qty = 10,
                                .leaves_qty = 10, .session_seq = last.session_seq,
                                .time_ns = bed.now.wall_ns};
            bj_nnf_server_event(bed.server, &event, bed.now);
            size_t n = bj_nnf_server_output(bed.server, member.conn, &data);
            bj_nnf_server_sent(bed.server, member.conn, n, bed.now);
            sum += n;
        }
        ns = bj_clock_mono_ns() - from_ns;
        if (ns < best_out) best_out = ns;
    }
    member_drop(&member);
    bj_nnf_server_free(bed.server);
    *in_ns = (double)best_in / MESSAGES, *out_ns = (double)best_out / MESSAGES;
}

int main(void) {
    double stream_in, stream_out, tag_in, tag_out, kept_in, kept_out;
    open_with(BJ_NNF_STREAM);
    double decode = codec_ns(true), encode = codec_ns(false);
    member_drop(&member);
    bj_nnf_server_free(bed.server);
    server_ns(BJ_NNF_STREAM, &stream_in, &stream_out);
    server_ns(BJ_NNF_TAG, &tag_in, &tag_out);
    kept = true;
    server_ns(BJ_NNF_TAG, &kept_in, &kept_out);
    printf("nnf_order_decode_ns %.0f ns\n", decode);
    printf("nnf_confirm_encode_ns %.0f ns\n", encode);
    printf("nnf_order_in_stream_ns %.0f ns\n", stream_in);
    printf("nnf_confirm_out_stream_ns %.0f ns\n", stream_out);
    printf("nnf_order_in_tag_ns %.0f ns\n", tag_in);
    printf("nnf_confirm_out_tag_ns %.0f ns\n", tag_out);
    printf("nnf_order_in_tag_audited_ns %.0f ns\n", kept_in);
    printf("nnf_confirm_out_tag_audited_ns %.0f ns\n", kept_out);
    return sum ? 0 : 1;
}
