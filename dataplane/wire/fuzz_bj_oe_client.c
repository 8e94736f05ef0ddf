/* A server that says anything, in pieces of any size, to a client that may be logged in and keeps
 * asking; the connection is made again after each fault.  Whatever it says, the numbers of open
 * requests stay within what was asked, and no report reaches the caller twice or out of order. */
#include "dataplane/wire/bj_oe_client.h"

#include <stdlib.h>

enum { KEEP_MAX = 4, PIECE_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

static void must(bool holds) {
    if (!holds) abort();
}

static void on_report(void *ctx, const bj_oe_report_t *report) {
    uint64_t *last_seq = (uint64_t *)ctx;
    must(*last_seq == 0 || report->header.seq == *last_seq + 1 || report->header.seq == 1);
    *last_seq = report->header.seq;
}

static void on_warning(void *ctx, const bj_oe_warning_t *warning) {
    (void)ctx;
    must(memchr(warning->text, 0, sizeof warning->text) != NULL);
}

static void ask(bj_oe_client_t *client) {
    bj_oe_cancel_t cancel = {.order_id = 1, .account_id = 1, .token = 1};
    uint64_t seq;
    if (bj_oe_client_request(client, BJ_OE_CANCEL, &cancel, &seq) == BJ_OK) must(seq > 0);
    must(bj_oe_client_open_cnt(client) <= KEEP_MAX);
}

static void log_in(bj_oe_client_t *client, uint8_t status) {
    bj_oe_challenge_t challenge = {.header = {.len_bytes = sizeof challenge,
                                              .type = BJ_OE_CHALLENGE,
                                              .version = BJ_OE_VERSION}};
    bj_oe_login_reply_t reply = {
        .header = {.len_bytes = sizeof reply, .type = BJ_OE_LOGIN_REPLY, .version = BJ_OE_VERSION},
        .status = status, .heartbeat_ms = 1000, .next_in_seq = 1, .next_out_seq = 1};
    bj_oe_client_connected(client, 1);
    (void)bj_oe_client_input(client, (const uint8_t *)&challenge, sizeof challenge, 1);
    (void)bj_oe_client_input(client, (const uint8_t *)&reply, sizeof reply, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    uint64_t last_seq = 0;
    if (data_bytes < 2) return 0;
    bj_oe_client_config_t config = {.session = "desk", .key = "k", .key_bytes = 1,
                                    .heartbeat_ms = 1000, .keep_max = KEEP_MAX,
                                    .resume = data[0] & 1, .first_report = data[0] >> 7,
                                    .ctx = &last_seq};
    config.on_report = config.resume ? on_report : NULL;
    config.on_warning = data[0] & 4 ? on_warning : NULL;
    bj_oe_client_t *client = bj_oe_client_new(&config);
    must(client != NULL);
    if (data[0] & 2) log_in(client, data[1] & 16);
    else bj_oe_client_connected(client, 1);
    for (size_t at = 2; at < data_bytes;) {
        size_t piece_bytes = 1 + data[1] % PIECE_MAX;
        if (piece_bytes > data_bytes - at) piece_bytes = data_bytes - at;
        ask(client);
        if (!bj_oe_client_input(client, data + at, piece_bytes, 1)) {
            must(bj_oe_client_why(client) != BJ_OK && !bj_oe_client_step(client, 1));
            bj_oe_client_disconnected(client);
            log_in(client, 0);
        }
        at += piece_bytes;
    }
    bj_oe_client_free(client);
    return 0;
}
