/* An exchange that says anything, in any order, over connections that break, to a member whose back
 * side is full at times: what is answered about an order follows from what was answered before, a
 * request has one answer, nothing is sent that cannot be read, and nothing is sent twice. */
#include "dataplane/nnf/test_nnf_exchange.h"

enum { ORDERS = 8 };

typedef struct known {
    bool    sent, ended;
    int64_t number, cum_qty;
} known_t;

static ex_t ex;
static known_t known[ORDERS + 1];
static size_t seen_cnt;

static void answer_check(const bj_nnf_answer_t *answer) {
    assert(answer->kind < BJ_NNF_ANSWER_CNT && answer->order_id <= ORDERS);
    assert(!answer->absent || answer->asked);
    if (!answer->order_id) return;
    known_t *order = &known[answer->order_id];
    if (order->number && answer->number) assert(order->number == answer->number);
    if (order->ended) assert(answer->kind == BJ_NNF_FILLED || answer->kind == BJ_NNF_FOREIGN);
    if (answer->kind == BJ_NNF_FILLED) assert(answer->cum_qty > order->cum_qty);
    if (answer->kind == BJ_NNF_ENDED || answer->kind == BJ_NNF_REJECTED)
        assert(answer->leaves_qty == 0);
    if (answer->number) order->number = answer->number;
    order->cum_qty = answer->cum_qty;
    order->ended = answer->kind == BJ_NNF_ENDED || answer->kind == BJ_NNF_REJECTED;
}

static void hear_all(void) {
    bj_nnf_msg_t msg;
    while ((msg = ex_hear(&ex)).code) {
        if (msg.code != BJ_NNF_ORDER_TR && msg.code != BJ_NNF_ORDER) continue;
        uint64_t id = msg.code == BJ_NNF_ORDER ? strtoull(msg.remarks + 2, NULL, 16)
                                               : (uint64_t)msg.client_ref;
        assert(id && id <= ORDERS && !known[id].sent);
        known[id].sent = true;
    }
    for (; seen_cnt < ex.answer_cnt; seen_cnt++)
        answer_check(&ex.answers[seen_cnt]);
}

static void ask_any(const uint8_t *p) {
    static const uint16_t types[] = {BJ_CMD_NEW, BJ_CMD_NEW, BJ_CMD_MODIFY, BJ_CMD_CANCEL};
    bj_cmd_t cmd = {.type = types[p[1] % 4], .order_id = 1 + p[2] % ORDERS, .account_id = 1,
                    .token = 101u + p[3] % 3, .side = p[4] & 1 ? BJ_BUY : BJ_SELL,
                    .qty = p[5] % 8 * 10, .price_paise = p[6] % 4 * 5, .order_type = p[7] % 5,
                    .tif = p[8] % 5, .trigger_price_paise = p[9] % 2 * 5,
                    .disclosed_qty = p[10] % 2 * 10};
    (void)bj_nnf_client_order(ex.client, &cmd); /* refused ones change nothing */
}

/* A message of the protocol about one of a few orders, with the fuzzer's bytes in it. */
static void say_any(const uint8_t *p, size_t bytes) {
    size_t cnt;
    const bj_nnf_layout_t *layouts = bj_nnf_layouts(&cnt);
    const bj_nnf_layout_t *layout = &layouts[p[1] % cnt];
    bj_nnf_segment_t segment = ex.config.segment;
    uint8_t wire[BJ_NNF_PACKET_MAX_BYTES] = {0};
    if (layout->segment != segment) return;
    bj_nnf_msg_t msg = {.code = layout->code, .form_bytes = layout->bytes, .user_id = 501,
                        .order_number = p[2] % 8, .client_ref = p[3] % 8, .side = 1 + (p[4] & 1),
                        .qty = p[5] % 8 * 10, .left_qty = p[6] % 8 * 10,
                        .filled_qty = p[7] % 8 * 10, .fill_qty = p[8] % 8 * 10,
                        .activity_ref = p[9], .jiffies = p[10],
                        .token = 101, .symbol = "DEMO", .account = "CLIENT1", .alpha0 = 1,
                        .price_paise = p[11] % 4 * 5, .stream = 1, .book = 1};
    if (segment == BJ_NNF_CM) memcpy(msg.series, "EQ", 3);
    if (p[12] & 1) snprintf(msg.remarks, sizeof msg.remarks, "BJ%016X", p[3] % 10u);
    size_t n = bj_nnf_encode(segment, &msg, wire, sizeof wire);
    assert(n);
    if (p[12] & 2 && layout->header) {
        ex_say_record(&ex, p[12] & 4 ? BJ_NNF_LOCAL_RECORD : BJ_NNF_DOWNLOAD_RECORD, &msg);
        return;
    }
    for (size_t i = 13; i + 2 <= bytes && p[12] & 8; i += 2) /* edits: where, what */
        wire[2 + (size_t)p[i] % (n - 2)] = p[i + 1];
    ex_say_bytes(&ex, p[12] & 16 ? ex.got_seq : 0, wire, n);
}

/* The connection ends; at times the member comes as far as the download. */
static void lose(const uint8_t *p) {
    const char *ip;
    uint16_t port;
    ex_drop(&ex);
    for (int i = 0; i < 70 && bj_nnf_client_state(ex.client) == BJ_NNF_AWAY; i++)
        ex_time(&ex, BJ_NS_PER_S);
    if (bj_nnf_client_want(ex.client, &ip, &port) != BJ_NNF_WANT_ROUTER) return;
    if (p[1] & 1) ex_sign_on(&ex);
    if (p[1] & 1 && p[1] & 2) ex_downloaded(&ex);
}

static bool there(void) { return bj_nnf_client_state(ex.client) > BJ_NNF_TO_BOX; }

static void step(const uint8_t *p, size_t bytes) {
    switch (p[0] % 8) {
    case 0:
    case 1: ask_any(p); break;
    case 2:
        if (there() && !bj_nnf_client_finished(ex.client)) ex_say_code(&ex, BJ_NNF_DOWNLOAD_END);
        break;
    case 3: ex_time(&ex, (int64_t)p[1] * BJ_NS_PER_MS * 20); break;
    case 4: ex.full = p[1] & 1; break;
    case 5:
        if (p[1] < 40 || bj_nnf_client_finished(ex.client)) lose(p);
        break;
    default:
        if (there() && !bj_nnf_client_finished(ex.client)) say_any(p, bytes);
    }
    (void)bj_nnf_client_step(ex.client, ex.now);
    hear_all();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    if (data_bytes < 24 || data_bytes > 4096) return 0;
    ex_config(&ex, (bj_nnf_segment_t)(data[0] & 1), data[0] & 2 ? BJ_NNF_TAG : BJ_NNF_STREAM);
    ex.config.settings.full_orders = data[0] & 4;
    ex.config.settings.foreign_cancel = data[0] & 8;
    memset(known, 0, sizeof known);
    seen_cnt = 0;
    ex_new(&ex);
    if (data[0] & 16) ex_sign_on(&ex);
    if ((data[0] & 48) == 48) ex_downloaded(&ex);
    for (size_t at = 1; at + 20 <= data_bytes; at += 20)
        step(data + at, 20);
    ex_end(&ex);
    return 0;
}
