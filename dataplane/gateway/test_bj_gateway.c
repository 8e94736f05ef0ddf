/* Goal: every message good and bad, every truncation, and each promise of order-entry.md:
 * sequences, durability, resend, slow clients, silence. */
#include "dataplane/gateway/gateway_test.h"

#include "dataplane/base/bj_test.h"

static uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES];

static uint64_t msg_seq(void) {
    bj_oe_header_t header;
    memcpy(&header, msg, sizeof header);
    return header.seq;
}

/* --- login: a row changes one field of a good one --- */
#define LOGIN(f, v)                                                                                \
    .off = offsetof(bj_oe_login_t, f), .bytes = sizeof((bj_oe_login_t *)0)->f, .value = (v)
static const struct {
    const char *name;
    bj_status_t want;
    size_t off, bytes;
    uint64_t value;
} login_cases[] = {
    {"good", BJ_OK, .bytes = 0},
    {"only what is new", BJ_OK, LOGIN(next_out_seq, 0)},
    {"reports that never were", BJ_ERR_SEQUENCE, LOGIN(next_out_seq, 2)},
    {"wrong key", BJ_ERR_DENIED, .off = offsetof(bj_oe_login_t, mac) + 31, .bytes = 1, .value = 0},
    {"another session's name", BJ_ERR_DENIED, .off = offsetof(bj_oe_login_t, session), .bytes = 8,
     .value = 0x72656b616d}, /* "maker" */
    {"unknown session", BJ_ERR_DENIED, .off = offsetof(bj_oe_login_t, session), .bytes = 1,
     .value = 'D'},
    {"name without an end", BJ_ERR_BAD_FIELD, .off = offsetof(bj_oe_login_t, session) + 15,
     .bytes = 1, .value = 'x'},
    {"slowest heartbeat", BJ_OK, LOGIN(heartbeat_ms, 60000)},
    {"too slow a heartbeat", BJ_ERR_BAD_FIELD, LOGIN(heartbeat_ms, 60001)},
    {"too fast a heartbeat", BJ_ERR_BAD_FIELD, LOGIN(heartbeat_ms, 99)},
    {"warnings are wanted", BJ_OK, LOGIN(flags, BJ_OE_LOGIN_WARN)},
    {"unknown flag", BJ_ERR_BAD_FIELD, LOGIN(flags, 2)},
    {"sequence on a login", BJ_ERR_BAD_FIELD, LOGIN(header.seq, 1)},
};

static void test_login(void) {
    for (size_t i = 0; i < BJ_COUNT(login_cases); i++) {
        world_t world;
        client_t client;
        unsigned fails = bj_fail_cnt;
        world_open(&world, 64, 1024);
        BJ_CHECK(client_connect(&client, &world));
        bj_oe_login_t login = client_login_msg(&client, 3, 1);
        memcpy((uint8_t *)&login + login_cases[i].off, &login_cases[i].value, login_cases[i].bytes);
        BJ_CHECK(client_send(&client, &login, sizeof login) == sizeof login);
        BJ_CHECK(client_next(&client, msg) == BJ_OE_LOGIN_REPLY);
        bj_oe_login_reply_t reply;
        memcpy(&reply, msg, sizeof reply);
        bool ok = login_cases[i].want == BJ_OK;
        BJ_CHECK(reply.status == login_cases[i].want);
        BJ_CHECK(reply.session_id == (ok ? 3 : 0) && reply.next_in_seq == ok &&
                 reply.next_out_seq == ok);
        BJ_CHECK(client_finished(&client) == !ok);
        BJ_CHECK(counters(&world)->logins == ok && counters(&world)->login_failures == !ok);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s\n", login_cases[i].name);
        client_close(&client);
        world_close(&world);
    }
}

static void test_login_comes_first_and_once(void) {
    world_t world;
    client_t client, other;
    bj_oe_login_reply_t reply;
    bj_cmd_t cmd;
    world_open(&world, 64, 1024);
    BJ_CHECK(client_connect(&client, &world));
    bj_oe_new_t order = good_new(1);
    client_send(&client, &order, sizeof order);
    BJ_CHECK(client_next(&client, msg) == BJ_OE_SESSION_REJECT &&
             reject_reason(msg) == BJ_ERR_DENIED);
    BJ_CHECK(client_finished(&client) && !world_cmd(&world, &cmd));
    client_close(&client);

    BJ_CHECK(client_login(&client, &world, 3, 1, &reply) == BJ_OK);
    bj_oe_login_t again = client_login_msg(&client, 3, 1);
    client_send(&client, &again, sizeof again);
    BJ_CHECK(client_next(&client, msg) == BJ_OE_SESSION_REJECT && client_finished(&client));
    client_close(&client);

    /* A login that was overheard is no good on another connection. */
    BJ_CHECK(client_connect(&client, &world) && client_connect(&other, &world));
    bj_oe_login_t overheard = client_login_msg(&client, 3, 1);
    client_send(&other, &overheard, sizeof overheard);
    BJ_CHECK(client_next(&other, msg) == BJ_OE_LOGIN_REPLY && client_finished(&other));
    client_close(&client), client_close(&other);

    BJ_CHECK(client_connect(&client, &world)); /* says nothing */
    world_wait(&world, 2900 * BJ_NS_PER_MS);
    BJ_CHECK(!client_finished(&client));
    world_wait(&world, 200 * BJ_NS_PER_MS);
    BJ_CHECK(client_finished(&client));
    client_close(&client);
    world_close(&world);
}

/* --- messages: type, one change, what becomes of it --- */
typedef union any_msg {
    bj_oe_header_t header;
    bj_oe_new_t order;
    bj_oe_modify_t modify;
    bj_oe_cancel_t cancel;
    bj_oe_mass_cancel_t mass;
    bj_oe_admin_t admin;
} any_msg_t;

#define HEAD(T, letter)                                                                            \
    .header = {.len_bytes = sizeof(T), .type = (letter), .version = BJ_OE_VERSION, .seq = 1}
static const any_msg_t good_modify = {.modify = {HEAD(bj_oe_modify_t, BJ_OE_MODIFY), .order_id = 7,
                                                 .client_order_id = 8, .account_id = 901,
                                                 .token = 2885, .price_paise = 290200, .qty = 20}};
static const any_msg_t good_cancel = {.cancel = {HEAD(bj_oe_cancel_t, BJ_OE_CANCEL), .order_id = 7,
                                                 .account_id = 901, .token = 2885}};
static const any_msg_t good_mass = {
    .mass = {HEAD(bj_oe_mass_cancel_t, BJ_OE_MASS_CANCEL), .account_id = 901}};
static const any_msg_t good_state = {.admin = {HEAD(bj_oe_admin_t, BJ_OE_ADMIN),
                                               .kind = BJ_OE_ADMIN_INSTRUMENT_STATE, .token = 2885,
                                               .value = BJ_STATE_HALTED, .reason = "news"}};
static const any_msg_t good_account = {.admin = {HEAD(bj_oe_admin_t, BJ_OE_ADMIN),
                                                 .kind = BJ_OE_ADMIN_ACCOUNT, .account_id = 77,
                                                 .order_value_max_paise = 1, .author = 5}};
static const any_msg_t good_order = {.order = {HEAD(bj_oe_new_t, BJ_OE_NEW), .client_order_id = 1,
                                               .account_id = 901, .token = 2885,
                                               .price_paise = 290155, .qty = 10, .side = 'B',
                                               .order_type = BJ_LIMIT, .tif = BJ_DAY}};

static const any_msg_t good_stop = {.order = {HEAD(bj_oe_new_t, BJ_OE_NEW), .client_order_id = 1,
                                              .account_id = 901, .token = 2885,
                                              .trigger_price_paise = 290100, .qty = 10,
                                              .side = 'B', .order_type = BJ_SL_M, .tif = BJ_DAY}};
#define ADMIN(k) HEAD(bj_oe_admin_t, BJ_OE_ADMIN), .kind = BJ_OE_ADMIN_##k
static const any_msg_t good_phase = {.admin = {ADMIN(PHASE), .value = BJ_STATE_AUCTION,
                                               .auction = 1}};
static const any_msg_t good_uncross = {.admin = {ADMIN(UNCROSS), .value = BJ_STATE_OPEN}};
static const any_msg_t good_band = {.admin = {ADMIN(BAND), .token = 2885, .reference_paise = 1,
                                              .hi_paise = 2}};
static const any_msg_t good_window = {.admin = {ADMIN(WINDOW)}};
static const any_msg_t good_day_end = {.admin = {ADMIN(DAY_END), .value = 20000}};
static const any_msg_t good_release = {.admin = {ADMIN(RELEASE), .order_value_max_paise = 7}};
static const any_msg_t good_kill = {.admin = {ADMIN(KILL), .account_id = 901}};

enum { ANY_REASON = BJ_OK }; /* refused, by the decoder or for want of a right */
#define SET(T, f, v) .off = offsetof(T, f), .bytes = sizeof((T *)0)->f, .value = (uint64_t)(v)
static const struct {
    const char *name;
    uint16_t session_id;
    const any_msg_t *msg;
    uint16_t want_cmd; /* 0: refused, for want_reason */
    bj_status_t want_reason;
    size_t off, bytes;
    uint64_t value;
} message_cases[] = {
    {"order", 3, &good_order, BJ_CMD_NEW, BJ_OK, .bytes = 0},
    {"modify", 3, &good_modify, BJ_CMD_MODIFY, BJ_OK, .bytes = 0},
    {"cancel", 3, &good_cancel, BJ_CMD_CANCEL, BJ_OK, .bytes = 0},
    {"mass cancel", 3, &good_mass, BJ_CMD_MASS_CANCEL, BJ_OK, .bytes = 0},
    {"mass cancel of all that is mine", 3, &good_mass, BJ_CMD_MASS_CANCEL, BJ_OK,
     SET(bj_oe_mass_cancel_t, account_id, 0)},
    {"halt by an admin", 1, &good_state, BJ_CMD_INSTRUMENT_STATE, BJ_OK, .bytes = 0},
    {"account by an admin", 1, &good_account, BJ_CMD_ACCOUNT, BJ_OK, .bytes = 0},
    {"order by an admin for any account", 1, &good_order, BJ_CMD_NEW, BJ_OK, .bytes = 0},
    {"phase by an admin", 1, &good_phase, BJ_CMD_PHASE, BJ_OK, .bytes = 0},
    {"end of an auction by an admin", 1, &good_uncross, BJ_CMD_UNCROSS, BJ_OK, .bytes = 0},
    {"band by an admin", 1, &good_band, BJ_CMD_BAND, BJ_OK, .bytes = 0},
    {"window by an admin", 1, &good_window, BJ_CMD_WINDOW, BJ_OK, .bytes = 0},
    {"end of day by an admin", 1, &good_day_end, BJ_CMD_DAY_END, BJ_OK, .bytes = 0},
    {"kill by an admin", 1, &good_kill, BJ_CMD_KILL, BJ_OK, .bytes = 0},
    {"release by an admin", 1, &good_release, BJ_CMD_RELEASE, BJ_OK, .bytes = 0},
    {"release by a desk", 3, &good_release, 0, BJ_REJ_NOT_PERMITTED, .bytes = 0},
    {"stop order", 3, &good_stop, BJ_CMD_NEW, BJ_OK, .bytes = 0},
    {"phase by a desk", 3, &good_phase, 0, BJ_REJ_NOT_PERMITTED, .bytes = 0},
    {"end of an auction by a desk", 3, &good_uncross, 0, BJ_REJ_NOT_PERMITTED, .bytes = 0},
    {"band by a desk", 3, &good_band, 0, BJ_REJ_NOT_PERMITTED, .bytes = 0},
    {"window by a desk", 3, &good_window, 0, BJ_REJ_NOT_PERMITTED, .bytes = 0},
    {"end of day by a desk", 3, &good_day_end, 0, BJ_REJ_NOT_PERMITTED, .bytes = 0},
    {"kill by a desk, of its own account too", 3, &good_kill, 0, BJ_REJ_NOT_PERMITTED, .bytes = 0},
    {"halt by a desk", 3, &good_state, 0, BJ_REJ_NOT_PERMITTED, .bytes = 0},
    {"account by a desk", 3, &good_account, 0, BJ_REJ_NOT_PERMITTED, .bytes = 0},
    {"order for another's account", 2, &good_order, 0, BJ_REJ_NOT_PERMITTED, .bytes = 0},
    {"modify for another's account", 2, &good_modify, 0, BJ_REJ_NOT_PERMITTED, .bytes = 0},
    {"cancel for another's account", 2, &good_cancel, 0, BJ_REJ_NOT_PERMITTED, .bytes = 0},
    {"mass cancel for another's account", 2, &good_mass, 0, BJ_REJ_NOT_PERMITTED, .bytes = 0},
    {"order for the second of a list of accounts", 4, &good_order, BJ_CMD_NEW, BJ_OK, .bytes = 0},
    {"order for the first of it", 4, &good_order, BJ_CMD_NEW, BJ_OK,
     SET(bj_oe_new_t, account_id, 800)},
    {"order for one outside the list", 4, &good_order, 0, BJ_REJ_NOT_PERMITTED,
     SET(bj_oe_new_t, account_id, 902)},
    {"kill by it", 4, &good_kill, 0, BJ_REJ_NOT_PERMITTED, .bytes = 0},
    {"cancel by one who may only cancel", 5, &good_cancel, BJ_CMD_CANCEL, BJ_OK, .bytes = 0},
    {"mass cancel by it", 5, &good_mass, BJ_CMD_MASS_CANCEL, BJ_OK, .bytes = 0},
    {"order by it", 5, &good_order, 0, BJ_REJ_NOT_PERMITTED, .bytes = 0},
    {"modify by it", 5, &good_modify, 0, BJ_REJ_NOT_PERMITTED, .bytes = 0},
    {"halt by it", 5, &good_state, 0, BJ_REJ_NOT_PERMITTED, .bytes = 0},
    {"account by one who only administers", 1023, &good_account, BJ_CMD_ACCOUNT, BJ_OK, .bytes = 0},
    {"resume by two, as control says", 1, &good_state, BJ_CMD_INSTRUMENT_STATE, BJ_OK,
     SET(bj_oe_admin_t, how, BJ_OE_HOW_TWO)},
    {"resume by two, as it says", 1023, &good_state, 0, BJ_REJ_NOT_PERMITTED,
     SET(bj_oe_admin_t, how, BJ_OE_HOW_TWO)},
    {"order by it", 1023, &good_order, 0, BJ_REJ_NOT_PERMITTED, .bytes = 0},
    {"cancel by it", 1023, &good_cancel, 0, BJ_REJ_NOT_PERMITTED, .bytes = 0},
    {"mass cancel by it", 1023, &good_mass, 0, BJ_REJ_NOT_PERMITTED, .bytes = 0},
    {"order for no account", 3, &good_order, 0, (bj_status_t)ANY_REASON,
     SET(bj_oe_new_t, account_id, 0)},
    {"no quantity", 3, &good_order, 0, BJ_ERR_BAD_FIELD, SET(bj_oe_new_t, qty, 0)},
    {"no side", 3, &good_order, 0, BJ_ERR_BAD_FIELD, SET(bj_oe_new_t, side, 'b')},
    {"unknown kind of order", 3, &good_order, 0, BJ_ERR_BAD_FIELD, SET(bj_oe_new_t, order_type, 9)},
    {"no client order id", 3, &good_order, 0, BJ_ERR_BAD_FIELD,
     SET(bj_oe_new_t, client_order_id, 0)},
    {"modify to a negative price", 3, &good_modify, 0, BJ_ERR_BAD_FIELD,
     SET(bj_oe_modify_t, price_paise, -1)},
    {"cancel of no order", 3, &good_cancel, 0, BJ_ERR_BAD_FIELD, SET(bj_oe_cancel_t, order_id, 0)},
    {"mass cancel of no side", 3, &good_mass, 0, BJ_ERR_BAD_FIELD,
     SET(bj_oe_mass_cancel_t, side, 'x')},
    {"administrative, of no kind", 1, &good_state, 0, BJ_ERR_BAD_FIELD,
     SET(bj_oe_admin_t, kind, 9)},
};

static void check_message(size_t i) {
    world_t world;
    client_t client;
    bj_oe_login_reply_t reply;
    bj_cmd_t cmd = {0};
    any_msg_t wire = *message_cases[i].msg;
    world_open(&world, 64, 1024);
    BJ_CHECK(client_login(&client, &world, message_cases[i].session_id, 1, &reply) == BJ_OK);
    memcpy((uint8_t *)&wire + message_cases[i].off, &message_cases[i].value,
           message_cases[i].bytes);
    client_send(&client, &wire, wire.header.len_bytes);
    bool got = world_cmd(&world, &cmd);
    BJ_CHECK(got == (message_cases[i].want_cmd != 0));
    if (got) {
        BJ_CHECK(cmd.type == message_cases[i].want_cmd && cmd.session_seq == 1 && cmd.seq == 0);
        BJ_CHECK(cmd.session_id == message_cases[i].session_id && cmd.time_ns == world.now.wall_ns);
        BJ_CHECK(client_next(&client, msg) == 0);
    } else {
        bj_oe_session_reject_t reject;
        BJ_CHECK(client_next(&client, msg) == BJ_OE_SESSION_REJECT);
        memcpy(&reject, msg, sizeof reject);
        BJ_CHECK(message_cases[i].want_reason == (bj_status_t)ANY_REASON ||
                 reject.reason == message_cases[i].want_reason);
        BJ_CHECK(reject.reason != BJ_OK && reject.ref_seq == 1);
        BJ_CHECK(reject.ref_type == wire.header.type && reject.text[0]);
        BJ_CHECK(memchr(reject.text, 0, sizeof reject.text) != NULL);
        BJ_CHECK(counters(&world)->not_permitted == (reject.reason == BJ_REJ_NOT_PERMITTED));
        BJ_CHECK(counters(&world)->not_permitted ==
                 counters(&world)->denied_kinds + counters(&world)->denied_accounts);
    }
    BJ_CHECK(!client_finished(&client));
    /* Used up either way: the next sequence is 2. */
    any_msg_t next = message_cases[i].session_id == 1023 ? good_state : good_mass;
    next.header.seq = 2;
    if (next.header.type == BJ_OE_MASS_CANCEL) next.mass.account_id = 0;
    client_send(&client, &next, next.header.len_bytes);
    BJ_CHECK(world_cmd(&world, &cmd) && cmd.session_seq == 2);
    client_close(&client);
    world_close(&world);
}

static void test_messages(void) {
    for (size_t i = 0; i < BJ_COUNT(message_cases); i++) {
        unsigned fails = bj_fail_cnt;
        check_message(i);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s\n", message_cases[i].name);
    }
}

/* Each message cut at each byte: nothing happens before the last byte, then exactly one thing. */
static void test_every_truncation(void) {
    for (size_t i = 0; i < BJ_COUNT(message_cases); i++) {
        size_t whole = message_cases[i].msg->header.len_bytes;
        if (message_cases[i].bytes || !message_cases[i].want_cmd) continue;
        for (size_t n = 0; n < whole; n++) {
            world_t world;
            client_t client;
            bj_oe_login_reply_t reply;
            bj_cmd_t cmd;
            world_open(&world, 64, 1024);
            BJ_CHECK(client_login(&client, &world, message_cases[i].session_id, 1, &reply) ==
                     BJ_OK);
            uint8_t *head = malloc(n + 1), *tail = malloc(whole - n);
            memcpy(head, message_cases[i].msg, n);
            memcpy(tail, (const uint8_t *)message_cases[i].msg + n, whole - n);
            uint8_t *exact =
                n ? realloc(head, n) : head; /* exactly n: the sanitizer sees byte n + 1 */
            BJ_CHECK(client_send(&client, exact, n) == n);
            BJ_CHECK(!world_cmd(&world, &cmd) && !client_next(&client, msg) &&
                     !client_finished(&client));
            BJ_CHECK(client_send(&client, tail, whole - n) == whole - n);
            BJ_CHECK(world_cmd(&world, &cmd) && !world_cmd(&world, &cmd));
            free(exact), free(tail);
            client_close(&client);
            world_close(&world);
        }
    }
}

static const struct {
    const char *name;
    size_t off, bytes;
    uint64_t value;
} garbage_cases[] = {
    {"type not in the table", SET(bj_oe_header_t, type, 'Z')},
    {"a server's message", SET(bj_oe_header_t, type, BJ_OE_CHALLENGE)},
    {"another version", SET(bj_oe_header_t, version, 2)},
    {"length too small", SET(bj_oe_header_t, len_bytes, 15)},
    {"length zero", SET(bj_oe_header_t, len_bytes, 0)},
    {"length of another type", SET(bj_oe_header_t, len_bytes, 32)},
    {"length huge", SET(bj_oe_header_t, len_bytes, 65535)},
};

static void test_garbage(void) {
    for (size_t i = 0; i < BJ_COUNT(garbage_cases); i++) {
        world_t world;
        client_t client;
        bj_oe_login_reply_t reply;
        bj_cmd_t cmd;
        unsigned fails = bj_fail_cnt;
        any_msg_t wire = good_order;
        world_open(&world, 64, 1024);
        BJ_CHECK(client_login(&client, &world, 3, 1, &reply) == BJ_OK);
        memcpy((uint8_t *)&wire + garbage_cases[i].off, &garbage_cases[i].value,
               garbage_cases[i].bytes);
        client_send(&client, &wire, sizeof wire.order);
        client_send(&client, &good_order, sizeof good_order.order); /* not heard any more */
        BJ_CHECK(client_next(&client, msg) == BJ_OE_SESSION_REJECT);
        BJ_CHECK(client_finished(&client) && counters(&world)->garbage == 1);
        BJ_CHECK(world_cmd(&world, &cmd) && cmd.type == BJ_CMD_DISCONNECT &&
                 !world_cmd(&world, &cmd));
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s\n", garbage_cases[i].name);
        client_close(&client);
        world_close(&world);
    }
}

/* --- sequences --- */
static void test_sequences(void) {
    world_t world;
    client_t client;
    bj_oe_login_reply_t reply;
    bj_cmd_t cmd;
    world_open(&world, 64, 1024);
    BJ_CHECK(client_login(&client, &world, 3, 1, &reply) == BJ_OK);
    for (uint64_t seq = 1; seq <= 3; seq++) {
        bj_oe_new_t order = good_new(seq);
        client_send(&client, &order, sizeof order);
    }
    bj_oe_new_t again = good_new(2);
    client_send(&client, &again, sizeof again);
    again = good_new(3); /* the very last one, too */
    client_send(&client, &again, sizeof again);
    BJ_CHECK(counters(&world)->duplicates == 2 && counters(&world)->commands == 3);
    BJ_CHECK(!client_finished(&client));
    client_close(&client); /* the connection goes, the count stays */
    BJ_CHECK(client_login(&client, &world, 3, 1, &reply) == BJ_OK && reply.next_in_seq == 4);
    while (world_cmd(&world, &cmd)) {
    }
    bj_oe_new_t jump = good_new(5);
    client_send(&client, &jump, sizeof jump);
    BJ_CHECK(client_next(&client, msg) == BJ_OE_SESSION_REJECT &&
             reject_reason(msg) == BJ_ERR_SEQUENCE);
    BJ_CHECK(client_finished(&client) && counters(&world)->bad_sequence == 1);
    BJ_CHECK(world_cmd(&world, &cmd) && cmd.type == BJ_CMD_DISCONNECT && !world_cmd(&world, &cmd));
    client_close(&client);
    BJ_CHECK(client_login(&client, &world, 3, 1, &reply) == BJ_OK && reply.next_in_seq == 4);
    client_close(&client);
    world_close(&world);
}

/* --- what is told, and when --- */
static void test_held_until_durable(void) {
    world_t world;
    client_t client;
    bj_oe_login_reply_t reply;
    world_open(&world, 64, 1024);
    BJ_CHECK(client_login(&client, &world, 3, 1, &reply) == BJ_OK);
    BJ_CHECK(world_emit(&world, 3, 1) && world_emit(&world, 3, 1) && world_emit(&world, 3, 2));
    world_wait(&world, 1);
    BJ_CHECK(client_next(&client, msg) == 0);
    atomic_store(&world.durable_seq, 1);
    world_wait(&world, 1);
    BJ_CHECK(client_next(&client, msg) == 'a' && msg_seq() == 1);
    BJ_CHECK(client_next(&client, msg) == 'a' && msg_seq() == 2);
    BJ_CHECK(client_next(&client, msg) == 0);
    atomic_store(&world.durable_seq, 2);
    world_wait(&world, 1);
    BJ_CHECK(client_next(&client, msg) == 'a' && msg_seq() == 3);
    client_close(&client);
    world_close(&world);
}

static void test_resend(void) {
    world_t world;
    client_t client;
    bj_oe_login_reply_t reply;
    world_open(&world, 64, 1024);
    for (uint64_t n = 1; n <= 200; n++) { /* two of three are this session's; nobody is logged in */
        BJ_CHECK(world_emit(&world, n % 3 ? 3 : 2, n));
    }
    atomic_store(&world.durable_seq, 200);
    world_wait(&world, 1);
    const uint64_t own_cnt = 134;
    for (uint64_t from = 0; from <= own_cnt + 1; from += 5) {
        uint64_t first = from ? from : own_cnt + 1, next = first;
        BJ_CHECK(client_login(&client, &world, 3, from, &reply) == BJ_OK);
        BJ_CHECK(reply.next_out_seq == own_cnt + 1);
        for (int i = 0; i < 10; i++) {
            world_wait(&world, 1);
            while (client_next(&client, msg) == 'a') {
                bj_oe_report_t report;
                memcpy(&report, msg, sizeof report);
                BJ_CHECK(report.header.seq == next);
                BJ_CHECK(report.event_seq == next + (next - 1) / 2); /* every third is another's */
                next++;
            }
        }
        BJ_CHECK(next == own_cnt + 1);
        client_close(&client);
    }
    BJ_CHECK(client_login(&client, &world, 3, own_cnt + 2, &reply) == BJ_ERR_SEQUENCE);
    client_close(&client);
    world_close(&world);
}

static void test_restart(void) {
    world_t world;
    client_t client;
    bj_oe_login_reply_t reply;
    bj_cmd_t cmd;
    world_open(&world, 64, 1024);
    for (uint64_t n = 1; n <= 10; n++)
        BJ_CHECK(world_emit(&world, 3, n));
    bj_gateway_free(world.gateway); /* killed; a new one recovers from the log */
    while (bj_ring_peek(world.events))
        bj_ring_release(world.events);
    world.gateway = world_gateway(&world, 1024);
    for (uint64_t n = 0; n < world.log_cnt; n++)
        bj_gateway_recover_event(world.gateway, &world.log[n]);
    bj_gateway_recover_seq(world.gateway, 3, 10);
    bj_gateway_recover_seq(world.gateway, 2, 0);
    world_wait(&world, 1);
    /* Its connection did not survive: what was to be cancelled on disconnect is cancelled now. */
    BJ_CHECK(world_cmd(&world, &cmd) && cmd.type == BJ_CMD_DISCONNECT && cmd.session_id == 3);
    BJ_CHECK(!world_cmd(&world, &cmd)); /* session 2 never sent anything */
    BJ_CHECK(client_login(&client, &world, 3, 8, &reply) == BJ_OK);
    BJ_CHECK(reply.next_in_seq == 11 && reply.next_out_seq == 11);
    world_wait(&world, 1);
    for (uint64_t seq = 8; seq <= 10; seq++)
        BJ_CHECK(client_next(&client, msg) == 'a' && msg_seq() == seq);
    client_close(&client);
    world_close(&world);
}

static void test_slow_client(void) {
    world_t world;
    client_t client;
    bj_oe_login_reply_t reply;
    uint64_t seq = 0;
    world_open(&world, 64, 4096);
    BJ_CHECK(client_login(&client, &world, 3, 1, &reply) == BJ_OK);
    for (uint64_t n = 1; n <= 2000; n++) {
        BJ_CHECK(world_emit(&world, 3, n));
        atomic_store(&world.durable_seq, n);
        world_wait(&world, 1000);
    }
    BJ_CHECK(counters(&world)->slow > 0 && counters(&world)->reports < 2000);
    for (int i = 0; i < 1000 && seq < 2001; i++) {
        while (client_next(&client, msg) == 'a') {
            bj_oe_report_t report;
            memcpy(&report, msg, sizeof report);
            BJ_CHECK(report.header.seq == ++seq && report.event_seq == seq);
        }
        world_wait(&world, 1000);
        if (i == 3) { /* a live one, while it is still behind: not before its turn */
            BJ_CHECK(world_emit(&world, 3, 2001));
            atomic_store(&world.durable_seq, 2001);
        }
    }
    BJ_CHECK(seq == 2001 && counters(&world)->resent > 0);
    /* It caught up: the next one is live again. */
    uint64_t resent = counters(&world)->resent;
    BJ_CHECK(world_emit(&world, 3, 2002));
    atomic_store(&world.durable_seq, 2002);
    world_wait(&world, 1000);
    BJ_CHECK(client_next(&client, msg) == 'a' && msg_seq() == 2002 &&
             counters(&world)->resent == resent);
    client_close(&client);
    world_close(&world);
}

static void test_stuck_client(void) {
    world_t world;
    client_t client;
    bj_oe_header_t beat = {
        .len_bytes = sizeof beat, .type = BJ_OE_HEARTBEAT, .version = BJ_OE_VERSION};
    bj_cmd_t cmd;
    world_open(&world, 64, 1024);
    BJ_CHECK(client_connect(&client, &world));
    bj_oe_login_t login = client_login_msg(&client, 3, 1);
    login.heartbeat_ms = 60000;
    client_send(&client, &login, sizeof login);
    BJ_CHECK(client_next(&client, msg) == BJ_OE_LOGIN_REPLY);
    world_wait(&world, 50 * BJ_NS_PER_S); /* long with nothing to read is not being stuck */
    BJ_CHECK(world_emit(&world, 3, 1));
    atomic_store(&world.durable_seq, 1);
    for (int s = 0; s < 11; s++) { /* it talks but does not read */
        world_wait(&world, BJ_NS_PER_S);
        BJ_CHECK(counters(&world)->cut == 0);
        client_send(&client, &beat, sizeof beat);
    }
    world_wait(&world, BJ_NS_PER_S);
    BJ_CHECK(counters(&world)->cut == 1);
    BJ_CHECK(world_cmd(&world, &cmd) && cmd.type == BJ_CMD_DISCONNECT);
    world_wait(&world, 2 * BJ_NS_PER_S);
    BJ_CHECK(client_finished(&client)); /* with bytes nobody will ever read */
    client_close(&client);
    world_close(&world);
}

static void test_silence(void) {
    world_t world;
    client_t client;
    bj_oe_login_reply_t reply;
    bj_oe_header_t beat = {
        .len_bytes = sizeof beat, .type = BJ_OE_HEARTBEAT, .version = BJ_OE_VERSION};
    world_open(&world, 64, 1024);
    BJ_CHECK(client_login(&client, &world, 3, 1, &reply) == BJ_OK);
    for (int i = 0; i < 5; i++) { /* both sides beat, once a second */
        world_wait(&world, 1001 * BJ_NS_PER_MS);
        BJ_CHECK(client_next(&client, msg) == BJ_OE_SERVER_HEARTBEAT && msg_seq() == 0);
        BJ_CHECK(client_next(&client, msg) == 0);
        client_send(&client, &beat, sizeof beat);
    }
    world_wait(&world, 2990 * BJ_NS_PER_MS);
    BJ_CHECK(!client_finished(&client) && counters(&world)->cut == 0);
    world_wait(&world, 20 * BJ_NS_PER_MS);
    BJ_CHECK(counters(&world)->cut == 1);
    client_close(&client);
    world_close(&world);
}

/* --- the way to the engine is full --- */
static void test_full_ring(void) {
    world_t world;
    client_t client;
    bj_oe_login_reply_t reply;
    bj_cmd_t cmd;
    uint64_t seq = 0;
    size_t offered = 0;
    world_open(&world, 4, 1024);
    BJ_CHECK(client_login(&client, &world, 3, 1, &reply) == BJ_OK);
    for (;;) { /* until the gateway takes no more */
        bj_oe_new_t order = good_new(offered + 1);
        if (client_send(&client, &order, sizeof order) < sizeof order) break;
        BJ_CHECK(++offered < 1000);
        if (offered >= 1000) break;
    }
    BJ_CHECK(offered > 4 && counters(&world)->held > 0 && counters(&world)->commands == 4);
    /* It is we who do not listen: no reason to call the client silent. */
    world_wait(&world, 5 * BJ_NS_PER_S);
    BJ_CHECK(counters(&world)->cut == 0);
    while (seq < offered && world_cmd(&world, &cmd)) {
        BJ_CHECK(cmd.session_seq == ++seq);
        world_wait(&world, 1);
    }
    BJ_CHECK(seq == offered); /* nothing lost, nothing twice */
    client_close(&client);
    world_close(&world);
}

static void test_take_over(void) {
    world_t world;
    client_t first, second;
    bj_oe_login_reply_t reply;
    bj_cmd_t cmd;
    world_open(&world, 4, 1024);
    BJ_CHECK(client_login(&first, &world, 3, 1, &reply) == BJ_OK);
    for (uint64_t seq = 1; seq <= 4; seq++) { /* the ring is full when the second one comes */
        bj_oe_new_t order = good_new(seq);
        client_send(&first, &order, sizeof order);
    }
    BJ_CHECK(client_login(&second, &world, 3, 1, &reply) == BJ_OK && reply.next_in_seq == 5);
    world_wait(&world, 1);
    BJ_CHECK(client_finished(&first) && !client_finished(&second) &&
             counters(&world)->sessions == 1);
    bj_oe_new_t order = good_new(5);
    client_send(&second, &order, sizeof order);
    for (uint64_t seq = 1; seq <= 4; seq++)
        BJ_CHECK(world_cmd(&world, &cmd) && cmd.session_seq == seq);
    order = good_new(6); /* there is room now, but it does not overtake what waits */
    client_send(&second, &order, sizeof order);
    BJ_CHECK(!world_cmd(&world, &cmd));
    world_wait(&world, 1);
    /* The engine hears of the loss before it hears anything of the new connection. */
    BJ_CHECK(world_cmd(&world, &cmd) && cmd.type == BJ_CMD_DISCONNECT && cmd.session_id == 3);
    BJ_CHECK(world_cmd(&world, &cmd) && cmd.type == BJ_CMD_NEW && cmd.session_seq == 5);
    BJ_CHECK(world_cmd(&world, &cmd) && cmd.type == BJ_CMD_NEW && cmd.session_seq == 6);
    client_close(&first);
    BJ_CHECK(!world_cmd(&world, &cmd)); /* the old one's end is old news */
    bj_oe_header_t logout = {
        .len_bytes = sizeof logout, .type = BJ_OE_LOGOUT, .version = BJ_OE_VERSION};
    client_send(&second, &logout, sizeof logout);
    BJ_CHECK(client_finished(&second) && world_cmd(&world, &cmd) && cmd.type == BJ_CMD_DISCONNECT);
    client_close(&second);
    BJ_CHECK(!world_cmd(&world, &cmd) && counters(&world)->sessions == 0);
    world_close(&world);
}

int main(void) {
    test_login();
    test_login_comes_first_and_once();
    test_messages();
    test_every_truncation();
    test_garbage();
    test_sequences();
    test_held_until_durable();
    test_resend();
    test_restart();
    test_slow_client();
    test_stuck_client();
    test_silence();
    test_full_ring();
    test_take_over();
    return bj_test_end("test_bj_gateway");
}
