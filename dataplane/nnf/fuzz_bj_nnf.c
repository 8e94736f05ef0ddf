/* Any bytes as a message of either segment, as a record, and as packets: nothing is read past the
 * end; what decodes without a complaint encodes to the same numbers; a packet that passes its check
 * is the one that was packed. */
#include <stdlib.h>
#include "dataplane/nnf/bj_nnf_codec.h"
#include "dataplane/nnf/bj_nnf_frame.h"
#include "dataplane/nnf/bj_nnf_mask.h"
#include "dataplane/nnf/bj_nnf_text.h"

static void one_message(bj_nnf_segment_t segment, const uint8_t *data, size_t data_bytes) {
    uint8_t wire[BJ_NNF_PACKET_MAX_BYTES];
    bj_nnf_msg_t msg, back;
    bj_status_t status = bj_nnf_decode(segment, data, data_bytes, &msg);
    const bj_nnf_layout_t *layout = bj_nnf_layout(segment, msg.code, data_bytes ? data_bytes : 1);
    assert((status == BJ_OK) == (layout != NULL && data_bytes >= 2));
    if (status != BJ_OK || msg.bad_field) return;
    size_t n = bj_nnf_encode(segment, &msg, wire, sizeof wire);
    assert(n == data_bytes);
    bj_status_t again = bj_nnf_decode(segment, wire, n, &back);
    assert(again == BJ_OK && !back.bad_field);
    if (layout->header) msg.message_bytes = (int64_t)n; /* the one thing that encode decides */
    assert(memcmp(&msg, &back, sizeof msg) == 0);
}

/* Masked once is masked: and whatever it is, it can be told. */
static void kept(bj_nnf_segment_t segment, const uint8_t *data, size_t data_bytes) {
    char text[BJ_NNF_TEXT_BYTES];
    uint8_t *copy = malloc(data_bytes), *again = malloc(data_bytes);
    assert(copy && again);
    memcpy(copy, data, data_bytes);
    size_t keeps = bj_nnf_mask(segment, copy, data_bytes);
    assert(keeps <= data_bytes);
    memcpy(again, copy, data_bytes);
    size_t same = bj_nnf_mask(segment, again, data_bytes);
    assert(same == keeps && memcmp(copy, again, data_bytes) == 0);
    size_t took = bj_nnf_text(segment, copy, keeps, data[0] & 1, text, sizeof text);
    assert(took < sizeof text && strlen(text) == took);
    free(copy), free(again);
}

static void every_decoder(const uint8_t *data, size_t data_bytes) {
    size_t cnt;
    const bj_nnf_layout_t *layouts = bj_nnf_layouts(&cnt);
    const bj_nnf_layout_t *layout = &layouts[data[0] % cnt];
    uint8_t *exact = calloc(1, layout->bytes); /* a good shape, fields from the fuzzer */
    assert(exact);
    size_t n = data_bytes - 1 < layout->bytes ? data_bytes - 1 : layout->bytes;
    memcpy(exact, data + 1, n);
    exact[0] = (uint8_t)(layout->code >> 8), exact[1] = (uint8_t)layout->code;
    kept((bj_nnf_segment_t)layout->segment, exact, layout->bytes);
    one_message((bj_nnf_segment_t)layout->segment, exact, layout->bytes);
    free(exact);
}

static void packets(const uint8_t *data, size_t data_bytes) {
    static bj_nnf_packet_t packet;
    bj_nnf_keys_t keys = {.cipher = (bj_nnf_cipher_t)(data[0] % BJ_NNF_CIPHER_CNT),
                          .iv_bytes = 12};
    bj_nnf_seal_t in = {0}, out = {0};
    uint8_t wire[2 * BJ_NNF_PACKET_MAX_BYTES];
    bool ok = bj_nnf_seal_start(&in, &keys, BJ_NNF_FROM_MEMBER, false) &&
              bj_nnf_seal_start(&out, &keys, BJ_NNF_FROM_MEMBER, true);
    assert(ok);
    size_t n = bj_nnf_pack(&out, 7, data, data_bytes, wire, sizeof wire);
    assert((n > 0) == (data_bytes >= 2 && data_bytes <= BJ_NNF_PACKET_MAX_BYTES - 22));
    if (n) {
        bj_status_t status = bj_nnf_take(&in, wire, n, &packet);
        assert(status == BJ_OK && packet.seq == 7 && packet.packet_bytes == n);
        assert(packet.msg_bytes == data_bytes && memcmp(packet.msg, data, data_bytes) == 0);
    }
    bj_status_t status = bj_nnf_take(&in, data, data_bytes, &packet);
    assert(status != BJ_OK || packet.packet_bytes <= data_bytes);
    bj_nnf_seal_end(&in);
    bj_nnf_seal_end(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    bj_nnf_msg_t msg;
    one_message(BJ_NNF_CM, data, data_bytes);
    one_message(BJ_NNF_FO, data, data_bytes);
    (void)!bj_nnf_unwrap(BJ_NNF_CM, data, data_bytes, &msg);
    (void)!bj_nnf_unwrap(BJ_NNF_FO, data, data_bytes, &msg);
    if (data_bytes < 2) return 0;
    kept(BJ_NNF_CM, data, data_bytes);
    kept(BJ_NNF_FO, data, data_bytes);
    every_decoder(data, data_bytes);
    packets(data, data_bytes);
    return 0;
}
