/* Contract: a framed message has its table's length; a command made of one keeps what the engine
 * relies on; a refused one leaves the command alone and says why in words that fit the wire. */
#include "dataplane/wire/bj_oe_codec.h"

/* Most inputs would end at the header: every other one gets a good one, of the letter it has. */
static void mend_header(uint8_t *msg, size_t msg_bytes) {
    static const size_t lens_bytes[256] = {
#define X(name, letter, type, sequenced, text) [letter] = sizeof(type),
        BJ_OE_IN_LIST(X)
#undef X
    };
    bj_oe_header_t header;
    memcpy(&header, msg, sizeof header);
    header.version = BJ_OE_VERSION;
    header.app = header.type == BJ_OE_NEW ? header.app : 0;
    header.len_bytes = (uint16_t)lens_bytes[header.type];
    if (header.len_bytes <= msg_bytes) memcpy(msg, &header, sizeof header);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    size_t msg_bytes = 0, out_bytes = 0;
    bj_cmd_t cmd = {.seq = 77};
    const char *text = NULL;
    uint8_t mended[BJ_OE_MESSAGE_MAX_BYTES];
    if (data_bytes >= sizeof(bj_oe_header_t) && data_bytes <= sizeof mended && data[0] & 1) {
        memcpy(mended, data, data_bytes);
        mend_header(mended, data_bytes);
        data = mended;
    }
    bj_status_t framed = bj_oe_frame(data, data_bytes, &msg_bytes);
    assert((framed == BJ_OK) == (msg_bytes > 0) && msg_bytes <= data_bytes);
    if (bj_oe_frame_out(data, data_bytes, &out_bytes) == BJ_OK) assert(out_bytes <= data_bytes);
    bj_status_t status = bj_oe_to_cmd(data, data_bytes, &cmd, &text);
    if (status == BJ_OK) {
        assert(framed == BJ_OK && cmd.type && cmd.seq == 0 && cmd.session_id == 0);
        if (cmd.type == BJ_CMD_NEW) {
            bool stop = cmd.order_type == BJ_SL || cmd.order_type == BJ_SL_M;
            assert(cmd.qty > 0 && cmd.account_id && cmd.price_paise >= 0);
            assert(cmd.disclosed_qty >= 0 && (cmd.trigger_price_paise > 0) == stop);
            assert((cmd.tif == BJ_GTD) == (cmd.body.expiry_day != 0));
        }
    } else {
        assert(cmd.seq == 77 && text && strlen(text) <= BJ_OE_TEXT_MAX);
    }
    return 0;
}
