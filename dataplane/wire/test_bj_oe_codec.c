/* Goal: each way an order-entry message can be good or bad, one row each; a row changes one field
 * of a good message.  Every truncation of every message; every event type and back; the login proof
 * against a value computed by another library (Python's hmac). */
#include "dataplane/wire/bj_oe_codec.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"

#define HEADER(T, letter)                                                                          \
    { .len_bytes = sizeof(T), .type = letter, .version = BJ_OE_VERSION, .seq = 7 }

static const bj_oe_new_t good_new = {
    .header = HEADER(bj_oe_new_t, BJ_OE_NEW), .client_order_id = 42, .account_id = 901,
    .token = 2885, .price_paise = 290155, .qty = 10, .side = 'B', .order_type = BJ_LIMIT,
    .tif = BJ_DAY};
static const bj_oe_modify_t good_modify = {
    .header = HEADER(bj_oe_modify_t, BJ_OE_MODIFY), .order_id = 5, .client_order_id = 43,
    .account_id = 901, .token = 2885, .price_paise = 290160, .qty = 20};
static const bj_oe_cancel_t good_cancel = {.header = HEADER(bj_oe_cancel_t, BJ_OE_CANCEL),
                                           .order_id = 5,
                                           .account_id = 901,
                                           .token = 2885};
static const bj_oe_mass_cancel_t good_mass = {
    .header = HEADER(bj_oe_mass_cancel_t, BJ_OE_MASS_CANCEL), .account_id = 901};
static const bj_oe_admin_t good_state = {
    .header = HEADER(bj_oe_admin_t, BJ_OE_ADMIN), .kind = BJ_OE_ADMIN_INSTRUMENT_STATE,
    .token = 2885, .value = BJ_STATE_HALTED, .author = 9, .reason = "news"};
static const bj_oe_admin_t good_account = {
    .header = HEADER(bj_oe_admin_t, BJ_OE_ADMIN), .kind = BJ_OE_ADMIN_ACCOUNT, .account_id = 901,
    .order_value_max_paise = 1, .open_value_max_paise = 2, .position_max_qty = 3,
    .open_orders_max = 4, .pan_key = 5, .author = 9};
static const bj_oe_new_t good_stop = {
    .header = HEADER(bj_oe_new_t, BJ_OE_NEW), .client_order_id = 42, .account_id = 901,
    .token = 2885, .price_paise = 290155, .qty = 10, .trigger_price_paise = 290100,
    .disclosed_qty = 2, .side = 'B', .order_type = BJ_SL, .tif = BJ_GTD, .expiry_day = 20000,
    .flags = BJ_FLAG_STP_ACTIVE | BJ_FLAG_INTRADAY};
#define ADMIN(k) .header = HEADER(bj_oe_admin_t, BJ_OE_ADMIN), .author = 9, .kind = BJ_OE_ADMIN_##k
static const bj_oe_admin_t good_phase = {
    ADMIN(PHASE), .value = BJ_STATE_AUCTION, .auction = 1, .reference_paise = 290000,
    .band_bp = 300};
static const bj_oe_admin_t good_uncross = {ADMIN(UNCROSS), .token = 2885, .value = BJ_STATE_OPEN,
                                           .market_first = 1};
static const bj_oe_admin_t good_band = {ADMIN(BAND), .token = 2885, .reference_paise = 280000,
                                        .hi_paise = 300000};
static const bj_oe_admin_t good_window = {ADMIN(WINDOW)};
static const bj_oe_admin_t good_day_end = {ADMIN(DAY_END), .value = 20000};
static const bj_oe_admin_t good_release = {ADMIN(RELEASE), .order_value_max_paise = 77};
static const bj_oe_admin_t good_kill = {ADMIN(KILL), .token = 2885, .account_id = 901, .value = 3,
                                        .side = 'S'};
static const bj_oe_admin_t good_limit = {ADMIN(LIMIT), .account_id = 901, .level = BJ_LEVEL_ACCOUNT,
                                         .limit = BJ_LIMIT_MARGIN, .order_value_max_paise = 77};

#define GOOD(msg) .good = &msg, .bytes = sizeof msg
#define SET(T, f, v) .off = offsetof(T, f), .width = sizeof((T *)0)->f, .value = (uint64_t)(v)
#define NEW(f, v) GOOD(good_new), SET(bj_oe_new_t, f, v)
#define MODIFY(f, v) GOOD(good_modify), SET(bj_oe_modify_t, f, v)
#define CANCEL(f, v) GOOD(good_cancel), SET(bj_oe_cancel_t, f, v)
#define MASS(f, v) GOOD(good_mass), SET(bj_oe_mass_cancel_t, f, v)
#define STATE(f, v) GOOD(good_state), SET(bj_oe_admin_t, f, v)
#define ACCOUNT(f, v) GOOD(good_account), SET(bj_oe_admin_t, f, v)
#define STOP(f, v) GOOD(good_stop), SET(bj_oe_new_t, f, v)
#define WITH(msg, f, v) GOOD(msg), SET(bj_oe_admin_t, f, v)

static const struct {
    const char *name;
    bj_status_t want;
    uint16_t    cmd; /* if BJ_OK */
    const void *good;
    size_t      bytes, off, width;
    uint64_t    value;
} cases[] = {
    {"new", BJ_OK, BJ_CMD_NEW, GOOD(good_new)},
    {"modify", BJ_OK, BJ_CMD_MODIFY, GOOD(good_modify)},
    {"cancel", BJ_OK, BJ_CMD_CANCEL, GOOD(good_cancel)},
    {"mass cancel", BJ_OK, BJ_CMD_MASS_CANCEL, GOOD(good_mass)},
    {"halt", BJ_OK, BJ_CMD_INSTRUMENT_STATE, GOOD(good_state)},
    {"account", BJ_OK, BJ_CMD_ACCOUNT, GOOD(good_account)},
    {"length one more", BJ_ERR_BAD_FIELD, 0, NEW(header.len_bytes, 57)},
    {"length zero", BJ_ERR_BAD_FIELD, 0, NEW(header.len_bytes, 0)},
    {"version 2", BJ_ERR_BAD_FIELD, 0, NEW(header.version, 2)},
    {"an app", BJ_OK, BJ_CMD_NEW, NEW(header.app, 1)},
    {"an app that halts", BJ_ERR_BAD_FIELD, 0, GOOD(good_state), SET(bj_oe_admin_t, header.app, 1)},
    {"letter of nobody", BJ_ERR_UNKNOWN_TYPE, 0, NEW(header.type, '?')},
    {"letter of the server", BJ_ERR_UNKNOWN_TYPE, 0, NEW(header.type, 'a')},
    {"client order id 0", BJ_ERR_BAD_FIELD, 0, NEW(client_order_id, 0)},
    {"account 0", BJ_ERR_BAD_FIELD, 0, NEW(account_id, 0)},
    {"token 0", BJ_ERR_BAD_FIELD, 0, NEW(token, 0)},
    {"token negative", BJ_ERR_BAD_FIELD, 0, NEW(token, 0x80000000)},
    {"side neither", BJ_ERR_BAD_FIELD, 0, NEW(side, 'b')},
    {"order type 0", BJ_ERR_BAD_FIELD, 0, NEW(order_type, 0)},
    {"order type 5", BJ_ERR_BAD_FIELD, 0, NEW(order_type, 5)},
    {"stop", BJ_OK, BJ_CMD_NEW, GOOD(good_stop)},
    {"stop without a trigger", BJ_ERR_BAD_FIELD, 0, NEW(order_type, BJ_SL)},
    {"stop with a negative trigger", BJ_ERR_BAD_FIELD, 0, STOP(trigger_price_paise, -1)},
    {"limit stop without a price", BJ_ERR_BAD_FIELD, 0, STOP(price_paise, 0)},
    {"market stop with a price", BJ_ERR_BAD_FIELD, 0, STOP(order_type, BJ_SL_M)},
    {"good till no day", BJ_ERR_BAD_FIELD, 0, STOP(expiry_day, 0)},
    {"good till a day too far", BJ_ERR_BAD_FIELD, 0, STOP(expiry_day, 65536)},
    {"good till cancelled, with a day", BJ_ERR_BAD_FIELD, 0, STOP(tif, BJ_GTC)},
    {"good till cancelled", BJ_OK, BJ_CMD_NEW, NEW(tif, BJ_GTC)},
    {"validity 5", BJ_ERR_BAD_FIELD, 0, NEW(tif, 5)},
    {"market with a price", BJ_ERR_BAD_FIELD, 0, NEW(order_type, BJ_MARKET)},
    {"limit without a price", BJ_ERR_BAD_FIELD, 0, NEW(price_paise, 0)},
    {"price negative", BJ_ERR_BAD_FIELD, 0, NEW(price_paise, -1)},
    {"validity 0", BJ_ERR_BAD_FIELD, 0, NEW(tif, 0)},
    {"IOC", BJ_OK, BJ_CMD_NEW, NEW(tif, BJ_IOC)},
    {"quantity 0", BJ_ERR_BAD_FIELD, 0, NEW(qty, 0)},
    {"quantity negative", BJ_ERR_BAD_FIELD, 0, NEW(qty, -10)},
    {"trigger of a plain order", BJ_ERR_BAD_FIELD, 0, NEW(trigger_price_paise, 1)},
    {"disclosed", BJ_OK, BJ_CMD_NEW, NEW(disclosed_qty, 1)},
    {"disclosed negative", BJ_ERR_BAD_FIELD, 0, NEW(disclosed_qty, -1)},
    {"auction flag is not a client's", BJ_ERR_BAD_FIELD, 0, NEW(flags, BJ_FLAG_AUCTION)},
    {"cancel on disconnect", BJ_OK, BJ_CMD_NEW, NEW(flags, BJ_FLAG_CANCEL_ON_DISCONNECT)},
    {"maker flag is not a client's", BJ_ERR_BAD_FIELD, 0, NEW(flags, BJ_FLAG_MAKER)},
    {"a day for a day order", BJ_ERR_BAD_FIELD, 0, NEW(expiry_day, 1)},
    {"modify of order 0", BJ_ERR_BAD_FIELD, 0, MODIFY(order_id, 0)},
    {"modify for account 0", BJ_ERR_BAD_FIELD, 0, MODIFY(account_id, 0)},
    {"modify to price 0: it may be a market order", BJ_OK, BJ_CMD_MODIFY, MODIFY(price_paise, 0)},
    {"modify to a negative price", BJ_ERR_BAD_FIELD, 0, MODIFY(price_paise, -1)},
    {"modify to quantity 0", BJ_ERR_BAD_FIELD, 0, MODIFY(qty, 0)},
    {"modify with trigger", BJ_OK, BJ_CMD_MODIFY, MODIFY(trigger_price_paise, 1)},
    {"modify with disclosed", BJ_OK, BJ_CMD_MODIFY, MODIFY(disclosed_qty, 1)},
    {"modify to a negative trigger", BJ_ERR_BAD_FIELD, 0, MODIFY(trigger_price_paise, -1)},
    {"modify to negative disclosed", BJ_ERR_BAD_FIELD, 0, MODIFY(disclosed_qty, -1)},
    {"cancel of order 0", BJ_ERR_BAD_FIELD, 0, CANCEL(order_id, 0)},
    {"cancel for account 0", BJ_ERR_BAD_FIELD, 0, CANCEL(account_id, 0)},
    {"mass cancel of a side", BJ_OK, BJ_CMD_MASS_CANCEL, MASS(side, 'S')},
    {"mass cancel of no side", BJ_ERR_BAD_FIELD, 0, MASS(side, 'x')},
    {"mass cancel reserved", BJ_ERR_BAD_FIELD, 0, MASS(reserved, 1)},
    {"state closed is not a command", BJ_ERR_BAD_FIELD, 0, STATE(value, 0)},
    {"state 3", BJ_ERR_BAD_FIELD, 0, STATE(value, 3)},
    {"state of token 0", BJ_ERR_BAD_FIELD, 0, STATE(token, 0)},
    {"admin kind 0", BJ_ERR_BAD_FIELD, 0, STATE(kind, 0)},
    {"admin kind 9", BJ_ERR_BAD_FIELD, 0, STATE(kind, 9)},
    {"admin kind 11", BJ_ERR_BAD_FIELD, 0, STATE(kind, 11)},
    {"release", BJ_OK, BJ_CMD_RELEASE, GOOD(good_release)},
    {"release of order 0", BJ_ERR_BAD_FIELD, 0, WITH(good_release, order_value_max_paise, 0)},
    {"release of order -1", BJ_ERR_BAD_FIELD, 0, WITH(good_release, order_value_max_paise, -1)},
    {"release in an account", BJ_ERR_BAD_FIELD, 0, WITH(good_release, account_id, 1)},
    {"admin kind 65535", BJ_ERR_BAD_FIELD, 0, STATE(kind, 65535)},
    {"a block where there is none", BJ_ERR_BAD_FIELD, 0, STATE(how, 1)},
    {"a level where there is none", BJ_ERR_BAD_FIELD, 0, STATE(level, 1)},
    {"a limit where there is none", BJ_ERR_BAD_FIELD, 0, STATE(limit, 1)},
    {"a kill that blocks", BJ_OK, BJ_CMD_KILL, WITH(good_kill, how, 1)},
    {"a kill that blocks twice", BJ_ERR_BAD_FIELD, 0, WITH(good_kill, how, 2)},
    {"an account, only if it is new", BJ_OK, BJ_CMD_ACCOUNT, WITH(good_account, how, 1)},
    {"an account, by two", BJ_OK, BJ_CMD_ACCOUNT, WITH(good_account, how, 2)},
    {"an account, how else", BJ_ERR_BAD_FIELD, 0, WITH(good_account, how, 3)},
    {"a resume by two", BJ_OK, BJ_CMD_INSTRUMENT_STATE, STATE(how, BJ_OE_HOW_TWO)},
    {"a phase by two", BJ_OK, BJ_CMD_PHASE, WITH(good_phase, how, BJ_OE_HOW_TWO)},
    {"an uncross by two", BJ_OK, BJ_CMD_UNCROSS, WITH(good_uncross, how, BJ_OE_HOW_TWO)},
    {"a band by two", BJ_OK, BJ_CMD_BAND, WITH(good_band, how, BJ_OE_HOW_TWO)},
    {"a limit by two", BJ_OK, BJ_CMD_LIMIT, WITH(good_limit, how, BJ_OE_HOW_TWO)},
    {"a release by two", BJ_OK, BJ_CMD_RELEASE, WITH(good_release, how, BJ_OE_HOW_TWO)},
    {"a limit, how else", BJ_ERR_BAD_FIELD, 0, WITH(good_limit, how, 3)},
    {"a window by two", BJ_ERR_BAD_FIELD, 0, WITH(good_window, how, BJ_OE_HOW_TWO)},
    {"the day's end by two", BJ_ERR_BAD_FIELD, 0, WITH(good_day_end, how, BJ_OE_HOW_TWO)},
    {"limit", BJ_OK, BJ_CMD_LIMIT, GOOD(good_limit)},
    {"limit taken away", BJ_OK, BJ_CMD_LIMIT, WITH(good_limit, order_value_max_paise, -1)},
    {"limit below that", BJ_ERR_BAD_FIELD, 0, WITH(good_limit, order_value_max_paise, -2)},
    {"limit of nobody", BJ_ERR_BAD_FIELD, 0, WITH(good_limit, account_id, 0)},
    {"limit of an account and an instrument", BJ_ERR_BAD_FIELD, 0, WITH(good_limit, token, 9)},
    {"limit of an account and a desk", BJ_ERR_BAD_FIELD, 0, WITH(good_limit, value, 9)},
    {"limit that is none", BJ_ERR_BAD_FIELD, 0, WITH(good_limit, limit, 16)},
    {"limit of an instrument's", BJ_ERR_BAD_FIELD, 0, WITH(good_limit, limit, BJ_LIMIT_BANNED)},
    {"level that is none", BJ_ERR_BAD_FIELD, 0, WITH(good_limit, level, 5)},
    {"order value of a band", BJ_ERR_BAD_FIELD, 0, WITH(good_band, order_value_max_paise, 1)},
    {"limit with a second value", BJ_ERR_BAD_FIELD, 0, WITH(good_limit, open_value_max_paise, 1)},
    {"admin reason without an end", BJ_ERR_BAD_FIELD, 0, STATE(reason[23], 'x')},
    {"token negative", BJ_ERR_BAD_FIELD, 0, STATE(token, 0x80000000)},
    {"phase", BJ_OK, BJ_CMD_PHASE, GOOD(good_phase)},
    {"phase 7", BJ_ERR_BAD_FIELD, 0, WITH(good_phase, value, 7)},
    {"auction 4", BJ_ERR_BAD_FIELD, 0, WITH(good_phase, auction, 4)},
    {"reference negative", BJ_ERR_BAD_FIELD, 0, WITH(good_phase, reference_paise, -1)},
    {"band above the whole", BJ_ERR_BAD_FIELD, 0, WITH(good_phase, band_bp, 10001)},
    {"uncross", BJ_OK, BJ_CMD_UNCROSS, GOOD(good_uncross)},
    {"uncross to an auction", BJ_ERR_BAD_FIELD, 0, WITH(good_uncross, value, BJ_STATE_AUCTION)},
    {"uncross to phase 7", BJ_ERR_BAD_FIELD, 0, WITH(good_uncross, value, 7)},
    {"market first 2", BJ_ERR_BAD_FIELD, 0, WITH(good_uncross, market_first, 2)},
    {"band", BJ_OK, BJ_CMD_BAND, GOOD(good_band)},
    {"band for all", BJ_ERR_BAD_FIELD, 0, WITH(good_band, token, 0)},
    {"band from 0", BJ_ERR_BAD_FIELD, 0, WITH(good_band, reference_paise, 0)},
    {"band upside down", BJ_ERR_BAD_FIELD, 0, WITH(good_band, hi_paise, 279999)},
    {"window", BJ_OK, BJ_CMD_WINDOW, GOOD(good_window)},
    {"end of day", BJ_OK, BJ_CMD_DAY_END, GOOD(good_day_end)},
    {"end of no day", BJ_ERR_BAD_FIELD, 0, WITH(good_day_end, value, 0)},
    {"end of a day too far", BJ_ERR_BAD_FIELD, 0, WITH(good_day_end, value, 65536)},
    {"kill", BJ_OK, BJ_CMD_KILL, GOOD(good_kill)},
    {"kill of no side", BJ_ERR_BAD_FIELD, 0, WITH(good_kill, side, 'x')},
    {"kill of a session too far", BJ_ERR_BAD_FIELD, 0, WITH(good_kill, value, 65536)},
    {"token of an account", BJ_ERR_BAD_FIELD, 0, ACCOUNT(token, 1)},
    {"account of a phase", BJ_ERR_BAD_FIELD, 0, WITH(good_phase, account_id, 1)},
    {"value of a window", BJ_ERR_BAD_FIELD, 0, WITH(good_window, value, 1)},
    {"auction of an uncross", BJ_ERR_BAD_FIELD, 0, WITH(good_uncross, auction, 1)},
    {"market first of a phase", BJ_ERR_BAD_FIELD, 0, WITH(good_phase, market_first, 1)},
    {"limit of a kill", BJ_ERR_BAD_FIELD, 0, WITH(good_kill, position_max_qty, 1)},
    {"open orders of a kill", BJ_ERR_BAD_FIELD, 0, WITH(good_kill, open_orders_max, 1)},
    {"PAN of a kill", BJ_ERR_BAD_FIELD, 0, WITH(good_kill, pan_key, 1)},
    {"reference of an uncross", BJ_ERR_BAD_FIELD, 0, WITH(good_uncross, reference_paise, 1)},
    {"upper end of a phase", BJ_ERR_BAD_FIELD, 0, WITH(good_phase, hi_paise, 1)},
    {"auction's band of a band", BJ_ERR_BAD_FIELD, 0, WITH(good_band, band_bp, 1)},
    {"side of a band", BJ_ERR_BAD_FIELD, 0, WITH(good_band, side, 'B')},
    {"account above 2^31", BJ_ERR_BAD_FIELD, 0, ACCOUNT(account_id, 0x80000000)},
    {"PAN key above 2^31", BJ_ERR_BAD_FIELD, 0, ACCOUNT(pan_key, 0x80000000)},
    {"account 0 set", BJ_ERR_BAD_FIELD, 0, ACCOUNT(account_id, 0)},
    {"blocked 2", BJ_ERR_BAD_FIELD, 0, ACCOUNT(value, 2)},
    {"limit negative", BJ_ERR_BAD_FIELD, 0, ACCOUNT(position_max_qty, -1)},
};

static void test_cases(void) {
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES];
        unsigned fails = bj_fail_cnt;
        bj_cmd_t cmd = {.seq = 99};
        const char *text = NULL;
        memcpy(msg, cases[i].good, cases[i].bytes);
        memcpy(msg + cases[i].off, &cases[i].value, cases[i].width);
        bj_status_t got = bj_oe_to_cmd(msg, cases[i].bytes, &cmd, &text);
        BJ_CHECK(got == cases[i].want);
        if (got == BJ_OK) BJ_CHECK(cmd.type == cases[i].cmd && cmd.session_seq == 7 && !text);
        else BJ_CHECK(cmd.seq == 99 && text && strlen(text) <= BJ_OE_TEXT_MAX);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s\n", cases[i].name);
    }
}

/* Whichever bit is wrong, in whichever message: what is said of it fits the wire. */
static void test_every_bit_refused_in_words_that_fit(void) {
    unsigned refused_cnt = 0;
    size_t longest_bytes = 0;
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        for (size_t bit = 0; cases[i].want == BJ_OK && bit < cases[i].bytes * 8; bit++) {
            uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES];
            bj_cmd_t cmd;
            const char *text;
            memcpy(msg, cases[i].good, cases[i].bytes);
            msg[bit / 8] ^= (uint8_t)(1 << bit % 8);
            if (bj_oe_to_cmd(msg, cases[i].bytes, &cmd, &text) == BJ_OK) continue;
            if (strlen(text) > longest_bytes) longest_bytes = strlen(text);
            refused_cnt++;
        }
    }
    BJ_CHECK(refused_cnt > 1000 && longest_bytes <= BJ_OE_TEXT_MAX);
}

static void test_fields_arrive(void) {
    bj_cmd_t cmd;
    const char *text;
    BJ_CHECK(bj_oe_to_cmd((const uint8_t *)&good_new, sizeof good_new, &cmd, &text) == BJ_OK);
    BJ_CHECK(cmd.client_order_id == 42 && cmd.account_id == 901 && cmd.token == 2885);
    BJ_CHECK(cmd.price_paise == 290155 && cmd.qty == 10 && cmd.side == 'B' && cmd.tif == BJ_DAY);
    BJ_CHECK(bj_oe_to_cmd((const uint8_t *)&good_account, sizeof good_account, &cmd, &text) ==
             BJ_OK);
    BJ_CHECK(cmd.body.account.order_value_max_paise == 1 &&
             cmd.body.account.open_value_max_paise == 2);
    BJ_CHECK(cmd.body.account.position_max_qty == 3 && cmd.body.account.open_orders_max == 4);
    BJ_CHECK(cmd.body.account.author == 9 && !cmd.body.account.blocked &&
             cmd.body.account.pan_key == 5);
    BJ_CHECK(bj_oe_to_cmd((const uint8_t *)&good_state, sizeof good_state, &cmd, &text) == BJ_OK);
    BJ_CHECK(cmd.token == 2885 && cmd.body.state == BJ_STATE_HALTED);
    BJ_CHECK(bj_oe_to_cmd((const uint8_t *)&good_stop, sizeof good_stop, &cmd, &text) == BJ_OK);
    BJ_CHECK(cmd.trigger_price_paise == 290100 && cmd.disclosed_qty == 2 &&
             cmd.order_type == BJ_SL && cmd.tif == BJ_GTD && cmd.body.expiry_day == 20000 &&
             cmd.flags == (BJ_FLAG_STP_ACTIVE | BJ_FLAG_INTRADAY) && cmd.body.opened.app == 0);
    bj_oe_new_t by_app = good_stop;
    by_app.header.app = UINT32_MAX;
    BJ_CHECK(bj_oe_to_cmd((const uint8_t *)&by_app, sizeof by_app, &cmd, &text) == BJ_OK);
    BJ_CHECK(cmd.body.opened.app == UINT32_MAX && cmd.body.expiry_day == 20000);
}

static void test_admin_fields_arrive(void) {
    bj_cmd_t cmd;
    const char *text;
    BJ_CHECK(bj_oe_to_cmd((const uint8_t *)&good_phase, sizeof good_phase, &cmd, &text) == BJ_OK);
    BJ_CHECK(!cmd.token && cmd.body.phase.phase == BJ_STATE_AUCTION && cmd.body.phase.auction == 1);
    BJ_CHECK(cmd.body.phase.reference_paise == 290000 && cmd.body.phase.band_bp == 300 &&
             cmd.body.phase.author == 9);
    BJ_CHECK(bj_oe_to_cmd((const uint8_t *)&good_uncross, sizeof good_uncross, &cmd, &text) ==
             BJ_OK);
    BJ_CHECK(cmd.token == 2885 && cmd.body.phase.phase == BJ_STATE_OPEN &&
             cmd.body.phase.market_first == 1 && cmd.body.phase.author == 9);
    BJ_CHECK(bj_oe_to_cmd((const uint8_t *)&good_band, sizeof good_band, &cmd, &text) == BJ_OK);
    BJ_CHECK(cmd.token == 2885 && cmd.body.band.lo_paise == 280000 &&
             cmd.body.band.hi_paise == 300000 && cmd.body.band.author == 9);
    BJ_CHECK(bj_oe_to_cmd((const uint8_t *)&good_day_end, sizeof good_day_end, &cmd, &text) ==
             BJ_OK);
    BJ_CHECK(cmd.body.day.day == 20000 && cmd.body.day.author == 9);
    BJ_CHECK(bj_oe_to_cmd((const uint8_t *)&good_kill, sizeof good_kill, &cmd, &text) == BJ_OK);
    BJ_CHECK(cmd.token == 2885 && cmd.account_id == 901 && cmd.side == 'S' &&
             cmd.body.kill.desk == 3 && cmd.body.kill.author == 9);
}

/* Who does not say how many stand behind it is one. */
static void test_people(void) {
    static const struct {
        const bj_oe_admin_t *msg;
        uint8_t how, want;
    } all[] = {{&good_limit, 0, BJ_FLAG_ONE_PERSON},   {&good_limit, 2, BJ_FLAG_TWO_PEOPLE},
               {&good_state, 0, BJ_FLAG_ONE_PERSON},   {&good_state, 2, BJ_FLAG_TWO_PEOPLE},
               {&good_account, 0, BJ_FLAG_ONE_PERSON}, {&good_account, 1, BJ_FLAG_ONE_PERSON},
               {&good_account, 2, BJ_FLAG_TWO_PEOPLE}, {&good_kill, 1, BJ_FLAG_ONE_PERSON},
               {&good_window, 0, BJ_FLAG_ONE_PERSON},  {&good_day_end, 0, BJ_FLAG_ONE_PERSON}};
    for (size_t i = 0; i < BJ_COUNT(all); i++) {
        bj_oe_admin_t msg = *all[i].msg;
        bj_cmd_t cmd;
        const char *text;
        msg.how = all[i].how;
        BJ_CHECK(bj_oe_to_cmd((const uint8_t *)&msg, sizeof msg, &cmd, &text) == BJ_OK);
        BJ_CHECK(cmd.flags == all[i].want);
        if (cmd.type == BJ_CMD_ACCOUNT) BJ_CHECK(cmd.body.account.first == (msg.how == 1));
    }
}

/* Cut at every length, in a block of exactly that size: more is needed, never too much is read. */
static void test_every_truncation(void) {
    static const struct {
        const void *msg;
        size_t bytes;
    } all[] = {{&good_new, sizeof good_new}, {&good_modify, sizeof good_modify},
               {&good_cancel, sizeof good_cancel}, {&good_mass, sizeof good_mass},
               {&good_state, sizeof good_state}};
    for (size_t i = 0; i < BJ_COUNT(all); i++) {
        for (size_t n = 0; n <= all[i].bytes; n++) {
            uint8_t *exact = malloc(n + !n);
            size_t msg_bytes = 0;
            const char *text;
            bj_cmd_t cmd;
            memcpy(exact, all[i].msg, n);
            bool whole = n == all[i].bytes;
            BJ_CHECK(bj_oe_frame(exact, n, &msg_bytes) == (whole ? BJ_OK : BJ_ERR_TRUNCATED));
            BJ_CHECK(msg_bytes == (whole ? n : 0));
            BJ_CHECK((bj_oe_to_cmd(exact, n, &cmd, &text) == BJ_OK) == whole);
            free(exact);
        }
    }
}

static void test_reports(void) {
    static const struct {
        uint16_t type;
        char letter;
    } list[] = {
#define X(name, value, letter, text) {value, letter},
        BJ_EVENT_LIST(X)
#undef X
    };
    bj_event_t event = {.seq = 11, .order_id = 12, .client_order_id = 13, .match_id = 14,
                        .session_seq = 15, .account_id = 16, .token = 17, .price_paise = 18,
                        .qty = 19, .leaves_qty = 20, .cum_qty = 21, .last_price_paise = 22,
                        .last_qty = 23, .reason = 24, .side = 'S', .order_type = 1, .tif = 2,
                        .flags = 1, .value = 25, .time_ns = 26};
    bj_oe_report_t report;
    size_t msg_bytes;
    for (size_t i = 0; i < BJ_COUNT(list); i++) {
        event.type = list[i].type;
        BJ_CHECK(bj_oe_from_event(&event, 31, &report) == sizeof report);
        BJ_CHECK(report.header.type == list[i].letter && report.header.seq == 31);
        BJ_CHECK(bj_oe_frame_out((const uint8_t *)&report, sizeof report, &msg_bytes) == BJ_OK);
        BJ_CHECK(bj_oe_frame((const uint8_t *)&report, sizeof report, &msg_bytes) ==
                 BJ_ERR_UNKNOWN_TYPE);
    }
    BJ_CHECK(report.event_seq == 11 && report.order_id == 12 && report.client_order_id == 13);
    BJ_CHECK(report.match_id == 14 && report.request_seq == 15 && report.account_id == 16);
    BJ_CHECK(report.token == 17 && report.price_paise == 18 && report.qty == 19);
    BJ_CHECK(report.leaves_qty == 20 && report.cum_qty == 21 && report.last_price_paise == 22);
    BJ_CHECK(report.last_qty == 23 && report.reason == 24 && report.side == 'S');
    BJ_CHECK(report.flags == 1 && report.value == 25 && report.time_ns == 26);
    event.type = 0;
    BJ_CHECK(bj_oe_from_event(&event, 1, &report) == 0);
}

static void test_letters_are_unique(void) {
    static const char letters[] = {
#define X(name, letter, type, sequenced, text) letter,
        BJ_OE_IN_LIST(X) BJ_OE_OUT_LIST(X)
#undef X
#define X(name, value, letter, text) letter,
        BJ_EVENT_LIST(X)
#undef X
    };
    for (size_t i = 0; i < BJ_COUNT(letters); i++) {
        for (size_t j = 0; j < i; j++) BJ_CHECK(letters[i] != letters[j]);
    }
}

static void test_login_mac(void) {
    static const uint8_t want[BJ_OE_MAC_BYTES] = {
        0x9b, 0x2d, 0x0d, 0x71, 0x26, 0xba, 0xea, 0x45, 0xd8, 0xb4, 0xd2, 0x79,
        0xfb, 0x24, 0x75, 0x2a, 0xa1, 0xe4, 0xdc, 0x0b, 0x2a, 0x48, 0x62, 0x31,
        0xf6, 0xf3, 0xef, 0xf6, 0xf9, 0x74, 0x8b, 0xba};
    uint8_t nonce[BJ_OE_NONCE_BYTES], mac[BJ_OE_MAC_BYTES];
    char session[BJ_OE_NAME_BYTES] = "desk";
    for (uint8_t i = 0; i < sizeof nonce; i++) nonce[i] = i;
    BJ_CHECK(bj_oe_login_mac("key of desk", 11, nonce, session, mac));
    BJ_CHECK(memcmp(mac, want, sizeof mac) == 0);
    nonce[31] ^= 1;
    BJ_CHECK(bj_oe_login_mac("key of desk", 11, nonce, session, mac));
    BJ_CHECK(memcmp(mac, want, sizeof mac) != 0);
}

int main(void) {
    test_cases();
    test_every_bit_refused_in_words_that_fit();
    test_fields_arrive();
    test_admin_fields_arrive();
    test_people();
    test_every_truncation();
    test_reports();
    test_letters_are_unique();
    test_login_mac();
    return bj_test_end("test_bj_oe_codec");
}
