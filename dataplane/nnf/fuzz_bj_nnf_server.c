/* A signed-on member that says anything, strangers that send any bytes, a back end that is full or
 * gone, events of any kind: a command that is handed on has the form of an order, an answer is a
 * message of the protocol, and nothing is said that cannot be read.  What is kept of it all fits
 * the log, has no password in it, and belongs to a connection that was said before. */
#include "dataplane/nnf/bj_nnf_text.h"
#include "dataplane/nnf/test_nnf_bed.h"

static bed_t bed;
static member_t member, stranger;

static void cmd_check(const bj_cmd_t *cmd) {
    assert(cmd->session_id >= 21 && cmd->session_id <= 26 && cmd->account_id);
    if (cmd->type == BJ_CMD_DISCONNECT) return;
    assert(cmd->session_seq >> 2 > 0);
    if (cmd->type == BJ_CMD_MASS_CANCEL) return;
    assert(cmd->type == BJ_CMD_NEW || cmd->type == BJ_CMD_MODIFY || cmd->type == BJ_CMD_CANCEL);
    assert(cmd->client_order_id && cmd->token);
    if (cmd->type == BJ_CMD_CANCEL) return;
    assert(cmd->qty > 0 && cmd->price_paise >= 0 && cmd->disclosed_qty >= 0);
    assert(cmd->trigger_price_paise >= 0 && cmd->tif <= BJ_GTC && cmd->order_type <= BJ_SL_M);
    if (cmd->type == BJ_CMD_NEW) assert(cmd->side == BJ_BUY || cmd->side == BJ_SELL);
}

enum { KEPT_MAX_BYTES = 512 }; /* BJ_AUDIT_MESSAGE_MAX_BYTES */
static uint32_t conns_said;

static void keep_check(void *ctx, const bj_nnf_kept_t *kept, bj_now_t now) {
    char text[BJ_NNF_TEXT_BYTES];
    (void)ctx, (void)now;
    if (kept->kind == BJ_NNF_KEPT_CONNECTED) conns_said = kept->conn;
    assert(kept->conn && kept->conn <= conns_said && kept->msg_bytes <= KEPT_MAX_BYTES);
    assert(kept->session_id <= 26 && (!kept->account_id || kept->session_id));
    if (!kept->msg_bytes) return;
    assert(kept->kind == BJ_NNF_KEPT_GARBAGE || !memmem(kept->msg, kept->msg_bytes, "Secret1", 7));
    size_t took = bj_nnf_text(bed.config.segment, kept->msg, kept->msg_bytes, true, text,
                              sizeof text);
    assert(took < sizeof text && strlen(text) == took);
}

static void hear_all(void) {
    bj_nnf_msg_t inner;
    while (member_hear_record(&member, &inner).code) {
    }
}

/* An event for what was asked last, or for nothing at all. */
static void event_any(const uint8_t *p) {
    const bj_cmd_t *cmd = bed.cmd_cnt ? &bed.cmds[p[1] % bed.cmd_cnt] : NULL;
    if (bed.event_cnt == BED_EVENTS_MAX) return;
    bj_event_t *event = &bed.events[bed.event_cnt++];
    *event = (bj_event_t){.seq = bed.event_cnt, .cmd_seq = bed.event_cnt, .type = p[2] % 14,
                          .session_id = (uint16_t)(p[3] % 4 ? 21 : p[3]), .reason = p[4],
                          .client_order_id = cmd ? cmd->client_order_id : p[5],
                          .order_id = p[6], .qty = p[7], .leaves_qty = p[1] & 7, .tif = p[2] & 7,
                          .order_type = p[3] & 7, .side = p[4], .token = 100u + p[5] % 4,
                          .session_seq = p[6] & 1 ? p[7] : 0, .time_ns = bed.now.wall_ns};
    bj_nnf_server_event(bed.server, event, bed.now);
}

/* A layout of the protocol with the fuzzer's bytes in it, on a base that is a good order. */
static void say_any(const uint8_t *p, size_t bytes) {
    size_t cnt;
    const bj_nnf_layout_t *layouts = bj_nnf_layouts(&cnt);
    const bj_nnf_layout_t *layout = &layouts[p[1] % cnt];
    uint8_t wire[BJ_NNF_PACKET_MAX_BYTES] = {0};
    bj_nnf_msg_t msg = member_order(&member, BJ_NNF_BUY, 10, 100);
    size_t n = layout->bytes;
    msg.order_number = 1100000000000000 + p[2] % 8, msg.activity_ref = p[2];
    msg = member_change(&member, &msg, layout->code);
    msg.form_bytes = layout->bytes, msg.sign_user_id = 501, msg.alpha0 = 1;
    if (p[2] & 64) msg.user_id = 505, msg.trader_id = p[2] & 32 ? 0 : 502;
    if (layout->segment != bed.config.segment) return;
    if (!bj_nnf_encode(bed.config.segment, &msg, wire, sizeof wire)) return;
    for (size_t i = 3; i + 2 <= bytes; i += 2) /* edits: where, what */
        wire[2 + (size_t)p[i] % (n - 2)] = p[i + 1];
    member_raw(&member, wire, n);
}

static void step(const uint8_t *p, size_t bytes) {
    static const bj_status_t answers[] = {BJ_OK, BJ_ERR_FULL, BJ_ERR_UNAVAILABLE};
    if (bj_nnf_server_finished(bed.server, member.conn, bed.now)) return;
    switch (p[0] % 6) {
    case 0:
    case 1: say_any(p, bytes); break;
    case 2: event_any(p); break;
    case 3: bed_time(&bed, (int64_t)p[1] * BJ_NS_PER_MS * 20); break;
    case 4: bed.answer = answers[p[1] % BJ_COUNT(answers)]; break;
    default:
        (void)bj_nnf_server_input(bed.server, stranger.conn, p, bytes, bed.now);
        bed.log_away = p[1] & 1;
    }
    hear_all();
    for (; bed.told_cnt < bed.cmd_cnt; bed.told_cnt++) /* here: commands that were looked at */
        cmd_check(&bed.cmds[bed.told_cnt]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    if (data_bytes < 16 || data_bytes > 4096) return 0;
    bj_nnf_settings_t settings = bj_nnf_settings_usual;
    settings.check_activity = data[0] & 16;
    settings.volume_is_total = data[0] & 32;
    conns_said = 0;
    bed_keep = keep_check;
    bed_open_with(&bed, (bj_nnf_segment_t)(data[0] & 1), data[0] & 2 ? BJ_NNF_TAG : BJ_NNF_STREAM,
                  &settings);
    bj_nnf_msg_t got = member_box(&member, &bed, 7, "12345");
    assert(got.code == BJ_NNF_BOX_SIGNED_ON);
    got = member_sign_on(&member, 501, "Secret1", data[0] & 4 ? 'T' : ' ');
    assert(got.code == BJ_NNF_SIGNED_ON && !got.error);
    got = member_sign_on(&member, 505, "Secret1", 'T'); /* a manager */
    assert(got.code == BJ_NNF_SIGNED_ON && !got.error);
    member_connect(&stranger, &bed, data[0] & 8 ? BJ_NNF_PORT_ROUTER : BJ_NNF_PORT_BOX);
    for (size_t at = 1; at + 16 <= data_bytes; at += 16)
        step(data + at, 16);
    member_drop(&stranger);
    member_drop(&member);
    assert(bj_nnf_server_counters(bed.server)->users == 0);
    assert(bj_nnf_server_counters(bed.server)->connections == 0);
    bj_nnf_server_free(bed.server);
    return 0;
}
