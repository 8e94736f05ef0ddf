/* Goal: docs/protocols/order-entry.md says what the code does.  Each row of its byte tables against
 * the structs, no row too many; each reason; and its example given to the client, byte by byte. */
#include "dataplane/wire/bj_oe_client.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"

enum { DOC_MAX = 1 << 17, BLOCKS_MAX = 32 };

static char doc[DOC_MAX];

static bool doc_load(const char *file) {
    FILE *in = fopen(file, "r");
    size_t bytes = in ? fread(doc, 1, sizeof doc - 1, in) : 0;
    doc[bytes] = '\0';
    if (in) fclose(in);
    return bytes > 0 && bytes < sizeof doc - 1;
}

/* --- tables --- */
typedef struct field {
    const char *heading, *name;
    size_t at, bytes;
} field_t;

#define F(heading, T, f) {heading, #f, offsetof(T, f), sizeof((T *)0)->f}
#define HEADER(f) F("## The header\n", bj_oe_header_t, f)
#define CHALLENGE(f) F("### Challenge\n", bj_oe_challenge_t, f)
#define LOGIN(f) F("### Login\n", bj_oe_login_t, f)
#define REPLY(f) F("### Login reply\n", bj_oe_login_reply_t, f)
#define NEW(f) F("### New order\n", bj_oe_new_t, f)
#define MODIFY(f) F("### Modify\n", bj_oe_modify_t, f)
#define CANCEL(f) F("### Cancel\n", bj_oe_cancel_t, f)
#define MASS(f) F("### Mass cancel\n", bj_oe_mass_cancel_t, f)
#define ADMIN(f) F("### Administrative command\n", bj_oe_admin_t, f)
#define REJECT(f) F("### Refused by the gateway\n", bj_oe_session_reject_t, f)
#define WARNING(f) F("### Warning\n", bj_oe_warning_t, f)
#define REPORT(f) F("### Report\n", bj_oe_report_t, f)

static const field_t fields[] = {
    HEADER(len_bytes), HEADER(type), HEADER(version), HEADER(app), HEADER(seq),
    CHALLENGE(header), CHALLENGE(nonce),
    LOGIN(header), LOGIN(session), LOGIN(mac), LOGIN(next_out_seq), LOGIN(heartbeat_ms),
    LOGIN(flags),
    REPLY(header), REPLY(status), REPLY(session_id), REPLY(heartbeat_ms), REPLY(next_in_seq),
    REPLY(next_out_seq), REPLY(time_ns),
    NEW(header), NEW(client_order_id), NEW(account_id), NEW(token), NEW(price_paise), NEW(qty),
    NEW(trigger_price_paise), NEW(disclosed_qty), NEW(side), NEW(order_type), NEW(tif), NEW(flags),
    NEW(expiry_day),
    MODIFY(header), MODIFY(order_id), MODIFY(client_order_id), MODIFY(account_id), MODIFY(token),
    MODIFY(price_paise), MODIFY(qty), MODIFY(trigger_price_paise), MODIFY(disclosed_qty),
    CANCEL(header), CANCEL(order_id), CANCEL(account_id), CANCEL(token),
    MASS(header), MASS(account_id), MASS(token), MASS(side), MASS(reserved),
    ADMIN(header), ADMIN(kind), ADMIN(auction), ADMIN(market_first), ADMIN(token),
    ADMIN(account_id), ADMIN(value), ADMIN(order_value_max_paise), ADMIN(open_value_max_paise),
    ADMIN(position_max_qty), ADMIN(open_orders_max), ADMIN(pan_key), ADMIN(author), ADMIN(reason),
    ADMIN(reference_paise), ADMIN(hi_paise), ADMIN(band_bp), ADMIN(side), ADMIN(level),
    ADMIN(limit), ADMIN(how),
    REJECT(header), REJECT(ref_seq), REJECT(client_order_id), REJECT(reason), REJECT(ref_type),
    REJECT(reserved), REJECT(text),
    WARNING(header), WARNING(ref_seq), WARNING(rate_per_s), WARNING(burst), WARNING(used_pct),
    WARNING(reserved), WARNING(text),
    REPORT(header), REPORT(time_ns), REPORT(order_id), REPORT(client_order_id), REPORT(match_id),
    REPORT(event_seq), REPORT(request_seq), REPORT(account_id), REPORT(token), REPORT(price_paise),
    REPORT(qty), REPORT(leaves_qty), REPORT(cum_qty), REPORT(last_price_paise), REPORT(last_qty),
    REPORT(trigger_price_paise), REPORT(disclosed_qty), REPORT(reason), REPORT(side),
    REPORT(order_type), REPORT(tif), REPORT(flags), REPORT(reserved), REPORT(value),
    REPORT(app),
};

/* Rows below heading, up to the next heading, that begin with two numbers. */
static size_t rows_below(const char *heading) {
    size_t cnt = 0, at, bytes;
    const char *line = strstr(doc, heading);
    for (line = line ? strchr(line, '\n') : NULL; line && line[1] != '#';
         line = strchr(line + 1, '\n')) {
        cnt += sscanf(line + 1, "| %zu | %zu |", &at, &bytes) == 2;
    }
    return cnt;
}

static bool row_is_below(const field_t *field) {
    char row[128];
    snprintf(row, sizeof row, "\n| %zu | %zu | `%s` |", field->at, field->bytes, field->name);
    const char *heading = strstr(doc, field->heading);
    const char *end = heading ? strstr(heading + 1, "\n#") : NULL;
    const char *found = heading ? strstr(heading, row) : NULL;
    return found && end && found < end;
}

static void test_tables(void) {
    for (size_t i = 0; i < BJ_COUNT(fields); i++) {
        size_t same = 0;
        BJ_CHECK(row_is_below(&fields[i]));
        if (!row_is_below(&fields[i])) fprintf(stderr, "  %s", fields[i].heading);
        for (size_t k = 0; k < BJ_COUNT(fields); k++) {
            same += strcmp(fields[k].heading, fields[i].heading) == 0;
        }
        BJ_CHECK(rows_below(fields[i].heading) == same);
    }
}

static void test_lists(void) {
    char row[160];
#define X(name, value, text)                                                                       \
    snprintf(row, sizeof row, "\n| %d | `%s` | %s |", value, #name, text);                         \
    BJ_CHECK(strstr(doc, row));
    BJ_STATUS_LIST(X)
#undef X
    const char *end = strstr(doc, "## Connection\n");
#define X(name, letter, type, sequenced, text)                                                     \
    snprintf(row, sizeof row, "`%c`", letter);                                                     \
    BJ_CHECK(strstr(doc, row) && strstr(doc, row) < end);
    BJ_OE_IN_LIST(X) BJ_OE_OUT_LIST(X)
#undef X
#define X(name, value, letter, text)                                                               \
    snprintf(row, sizeof row, "`%c`", letter);                                                     \
    BJ_CHECK(strstr(doc, row) && strstr(doc, row) < end);
        BJ_EVENT_LIST(X)
#undef X
}

/* --- the example --- */
typedef struct block {
    bool    server;
    uint8_t bytes[BJ_OE_MESSAGE_MAX_BYTES];
    size_t  cnt;
} block_t;

static block_t blocks[BLOCKS_MAX];
static size_t block_cnt;

static void block_read(const char *text, const char *end, bool server) {
    block_t *block = &blocks[block_cnt++];
    *block = (block_t){.server = server};
    while (text < end && block->cnt < sizeof block->bytes) {
        unsigned byte;
        if (isspace((unsigned char)*text)) {
            text++;
            continue;
        }
        BJ_CHECK(sscanf(text, "%2x", &byte) == 1);
        block->bytes[block->cnt++] = (uint8_t)byte;
        text += 2;
    }
    BJ_CHECK(text >= end);
}

static void blocks_load(void) {
    const char *at = doc, *end;
    while ((at = strstr(at, "\n```")) && block_cnt < BLOCKS_MAX) {
        bool server = strncmp(at, "\n```server\n", 11) == 0;
        end = strstr(at + 4, "\n```");
        BJ_CHECK(end && (server || strncmp(at, "\n```client\n", 11) == 0));
        if (!end) return;
        block_read(at + 11, end, server);
        at = end + 4;
    }
}

typedef struct seen {
    unsigned accepted, modified, cancelled, rejects;
} seen_t;

static void on_report(void *ctx, const bj_oe_report_t *report) {
    seen_t *seen = (seen_t *)ctx;
    seen->accepted += report->header.type == 'a' && report->request_seq == 1;
    seen->modified += report->header.type == 'm' && report->qty == 20;
    seen->cancelled += report->header.type == 'c' && report->reason == BJ_END_USER;
    BJ_CHECK(report->order_id == 1 && report->token == 2885);
}

static void on_reject(void *ctx, const bj_oe_session_reject_t *reject) {
    ((seen_t *)ctx)->rejects++;
    BJ_CHECK(reject->ref_seq == 4 && reject->reason == BJ_ERR_BAD_FIELD);
}

/* What the page says the client said next. */
static bool request(bj_oe_client_t *client, unsigned number) {
    bj_oe_new_t order = {.client_order_id = 42, .account_id = 901, .token = 2885,
                         .price_paise = 131000, .qty = 10, .side = number == 4 ? 'b' : BJ_BUY,
                         .order_type = BJ_LIMIT, .tif = BJ_DAY};
    bj_oe_modify_t modify = {.order_id = 1, .client_order_id = 42, .account_id = 901,
                             .token = 2885, .price_paise = 131010, .qty = 20};
    bj_oe_cancel_t cancel = {.order_id = 1, .account_id = 901, .token = 2885};
    uint64_t seq = 0;
    bj_status_t status = number == 2   ? bj_oe_client_request(client, BJ_OE_MODIFY, &modify, &seq)
                         : number == 3 ? bj_oe_client_request(client, BJ_OE_CANCEL, &cancel, &seq)
                                       : bj_oe_client_request(client, BJ_OE_NEW, &order, &seq);
    return status == BJ_OK && seq == number;
}

static void test_example(void) {
    static const char key[] = "an example key, never to be used";
    seen_t seen = {0};
    bj_oe_client_config_t config = {.session = "desk", .key_bytes = sizeof key - 1,
                                    .heartbeat_ms = 1000, .keep_max = 8, .resume = true,
                                    .on_report = on_report, .on_reject = on_reject, .ctx = &seen};
    memcpy(config.key, key, sizeof key - 1);
    BJ_CHECK(strstr(doc, key));
    bj_oe_client_t *client = bj_oe_client_new(&config);
    bj_oe_client_connected(client, 1);
    unsigned requests = 0;
    for (size_t i = 0; i < block_cnt; i++) {
        const uint8_t *said;
        if (blocks[i].server) {
            BJ_CHECK(bj_oe_client_input(client, blocks[i].bytes, blocks[i].cnt, 1));
            continue;
        }
        if (bj_oe_client_ready(client)) BJ_CHECK(request(client, ++requests));
        size_t said_cnt = bj_oe_client_output(client, &said);
        BJ_CHECK(said_cnt == blocks[i].cnt && memcmp(said, blocks[i].bytes, said_cnt) == 0);
        bj_oe_client_sent(client, said_cnt);
    }
    BJ_CHECK(requests == 4 && bj_oe_client_open_cnt(client) == 0);
    BJ_CHECK(seen.accepted == 1 && seen.modified == 1 && seen.cancelled == 1 && seen.rejects == 1);
    bj_oe_client_free(client);
}

int main(void) {
    BJ_CHECK(doc_load("docs/protocols/order-entry.md"));
    blocks_load();
    test_tables();
    test_lists();
    test_example();
    return bj_test_end("test_bj_oe_doc");
}
