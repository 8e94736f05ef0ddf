/* With a PostgreSQL (BJ_TEST_PG as its owner, the server's role in BJ_TEST_PG_CONTROL;
 * tests/with-pg starts one): money comes in by two people, goes out to the confirmed primary bank
 * account after its wait and nowhere else, once for one id, never more than is free, and by two
 * people above an amount.  There is no gateway: orders are those of the database. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include "controlplane/identity/bj_rehash.h"
#include "controlplane/keys/keys_test.h"
#include "controlplane/payments/bj_payout.h"
#include "controlplane/payments/bj_receipt.h"
#include "dataplane/base/bj_test.h"

#define NUMBER "50100012345678"
#define IFSC "HDFC0001234"
#define ADDRESS "10.9.8.7"

static bj_db_pool_t *db, *owner;
static bj_payments_t payments;
static bj_caller_t client, other;
static bj_trail_who_t admin, compliance,
    support, operator= {.actor = "operator", .role = "operator", .address = ADDRESS};
static unsigned id_cnt;
static bool whole = true; /* there is no gateway */

static bool is_whole(bj_orders_t *orders) {
    (void)orders;
    return whole;
}

static void run(const char *sql) {
    BJ_DB_CONN conn = NULL;
    BJ_CHECK(bj_db_take(owner, &conn) == BJ_OK && bj_db_script(conn, sql) == BJ_OK);
}

static bj_caller_t person(const char *email, bj_role_t role) {
    BJ_DB_RESULT rows = NULL;
    bj_caller_t caller = {.role = role, .proved_ns = bj_clock_wall_ns()};
    static const char sql[] =
        "WITH e AS (SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL,"
        " NULL, 'local', NULL)), made AS (INSERT INTO users (email, name, password_hash, role,"
        " confirmed_at) VALUES ($1, 'A', '$argon2id$x', $2::user_role, now())"
        " RETURNING user_id, account_id) SELECT user_id, account_id FROM made, e";
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_PARAMS(email, bj_role_name(role)), &rows) == BJ_OK);
    BJ_CHECK(bj_db_get_u64(rows, 0, 0, &caller.user_id) &&
             bj_db_get_u32(rows, 0, 1, &caller.account_id));
    return caller;
}

static bj_trail_who_t staff(const char *email, bj_role_t role) {
    bj_caller_t caller = person(email, role);
    return bj_trail_user(caller.user_id, role, ADDRESS);
}

/* As the gate has it: a client's connections show its own. */
static void act_as(const bj_caller_t *caller) {
    bj_db_act_as(caller ? &(bj_db_acting_t){.reach = BJ_DB_OWN,
                                            .user_id = caller->user_id,
                                            .account_id = caller->account_id}
                        : NULL);
}

static const char *new_id(char out[BJ_UUID_BYTES]) {
    snprintf(out, BJ_UUID_BYTES, "00000000-0000-4000-8000-%012x", ++id_cnt);
    return out;
}

static bj_bank_t bank_of(const bj_caller_t *caller, size_t i, size_t want_cnt) {
    bj_bank_t rows[BJ_BANKS_MAX] = {{.bank_id = 0}};
    size_t cnt = 0;
    BJ_CHECK(bj_bank_list(&payments, caller->user_id, rows, BJ_BANKS_MAX, &cnt) == BJ_OK);
    BJ_CHECK(cnt == want_cnt);
    return rows[i];
}

static bj_payout_why_t asks(const bj_caller_t *caller, const char *id, int64_t paise) {
    bj_funds_t funds;
    bj_payout_why_t why = BJ_PAYOUT_FINE;
    act_as(caller);
    bj_status_t status = bj_payout_ask(&payments, caller, ADDRESS, id, paise, &funds, &why);
    act_as(NULL);
    BJ_CHECK((status == BJ_OK) == (why == BJ_PAYOUT_FINE));
    return why;
}

static bj_funds_t funds_of(const bj_caller_t *caller) {
    bj_funds_t funds;
    act_as(caller);
    BJ_CHECK(bj_funds_of(&payments, caller->account_id, &funds) == BJ_OK);
    act_as(NULL);
    return funds;
}

static bj_payout_t got(const char *id) {
    bj_payout_t row = {.amount_paise = 0};
    BJ_CHECK(bj_payout_get(&payments, id, &row) == BJ_OK);
    return row;
}

/* In the trail, about this client. */
static size_t entries(const char *act) {
    BJ_DB_RESULT rows = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    uint64_t cnt = 0;
    snprintf(subject, sizeof subject, "user:%llu", (unsigned long long)client.user_id);
    BJ_CHECK(bj_db_query(owner,
                         "SELECT count(*) FROM audit_entries WHERE act = $1 AND subject = $2",
                         BJ_DB_PARAMS(act, subject), &rows) == BJ_OK);
    BJ_CHECK(bj_db_get_u64(rows, 0, 0, &cnt));
    return cnt;
}

static void test_bank(void) {
    uint64_t id = 0, second = 0;
    char number[BJ_BANK_NUMBER_BYTES];
    act_as(&client);
    BJ_CHECK(bj_bank_add(&payments, &client, ADDRESS, NUMBER, IFSC, &id) == BJ_OK);
    BJ_CHECK(bj_bank_add(&payments, &client, ADDRESS, NUMBER, IFSC, &second) == BJ_ERR_EXISTS);
    bj_bank_t bank = bank_of(&client, 0, 1);
    BJ_CHECK(bank.bank_id == id && bank.primary && bank.state == BJ_BANK_UNCHECKED);
    BJ_CHECK(strcmp(bank.hint, "**********5678") == 0 &&
             bank.usable_us - bank.added_us == 24 * 3600 * INT64_C(1000000));
    act_as(&other);
    bank_of(&client, 0, 0); /* row security: another's is not there */
    BJ_CHECK(bj_bank_remove(&payments, &client, ADDRESS, id) == BJ_ERR_NOT_FOUND);
    act_as(NULL);
    BJ_CHECK(bj_bank_reveal(&payments, &admin, id, "penny drop", number) == BJ_OK);
    BJ_CHECK(bj_bank_check(&payments, &support, id, true, "R") == BJ_ERR_BAD_FIELD);
    BJ_CHECK(bj_bank_check(&payments, &admin, id, true, "PD20261128") == BJ_OK);
    BJ_CHECK(bj_bank_check(&payments, &compliance, id, false, "R") == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bank_of(&client, 0, 1).state == BJ_BANK_WAITING);
    BJ_CHECK(strcmp(number, NUMBER) == 0 && entries("bank.reveal") == 1);
    BJ_CHECK(bj_bank_reveal(&payments, &admin, id, "to see", number) == BJ_ERR_DENIED &&
             entries("bank.reveal") == 2);
    BJ_CHECK(entries("bank.add") == 1 && entries("bank.check") == 1);
    BJ_DB_RESULT clear = NULL;
    BJ_CHECK(bj_db_query(owner,
                         "SELECT 1 FROM bank_accounts WHERE position('5678'::bytea in"
                         " number_sealed) > 0",
                         BJ_DB_NO_PARAMS, &clear) == BJ_OK);
    BJ_CHECK(bj_db_rows(clear) == 0); /* sealed */
}

/* The wait is over, as if a day had gone by. */
static void end_wait(void) {
    run("BEGIN; SET LOCAL session_replication_role = replica;"
        " UPDATE bank_accounts SET usable_at = now() - interval '1 minute'; COMMIT");
}

static void test_receipt(void) {
    char id[BJ_UUID_BYTES], again[BJ_UUID_BYTES], third[BJ_UUID_BYTES];
    bj_receipt_t rows[4];
    size_t cnt;
    bj_receipt_new_t in = {.id = new_id(id),
                           .bank_id = bank_of(&client, 0, 1).bank_id,
                           .amount_paise = 1000000,
                           .utr = "HDFCN52026112800001",
                           .paid_on = "2026-01-05"};
    BJ_CHECK(bj_receipt_record(&payments, &support, &in) == BJ_ERR_BAD_FIELD);
    BJ_CHECK(bj_receipt_record(&payments, &admin, &in) == BJ_OK);
    in.id = new_id(again);
    BJ_CHECK(bj_receipt_record(&payments, &admin, &in) == BJ_ERR_EXISTS); /* the same reference */
    BJ_CHECK(bj_receipt_decide(&payments, &admin, id, NULL) == BJ_ERR_BAD_FIELD);
    BJ_CHECK(funds_of(&client).balance_paise == 0);
    BJ_CHECK(bj_receipt_decide(&payments, &compliance, id, NULL) == BJ_OK);
    BJ_CHECK(bj_receipt_decide(&payments, &compliance, id, NULL) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(funds_of(&client).balance_paise == 1000000 && funds_of(&client).free_paise == 1000000);
    in.utr = "HDFCN52026112800002";
    BJ_CHECK(bj_receipt_record(&payments, &admin, &in) == BJ_OK);
    BJ_CHECK(bj_receipt_decide(&payments, &compliance, again, "not on the statement") == BJ_OK);
    in.id = new_id(third);
    BJ_CHECK(bj_receipt_record(&payments, &admin, &in) == BJ_OK); /* once more, right */
    BJ_CHECK(funds_of(&client).balance_paise == 1000000 && funds_of(&other).balance_paise == 0);
    act_as(&client);
    BJ_CHECK(bj_receipt_list(&payments, client.user_id, false, rows, 4, &cnt) == BJ_OK && cnt == 3);
    act_as(&other);
    BJ_CHECK(bj_receipt_list(&payments, client.user_id, false, rows, 4, &cnt) == BJ_OK && cnt == 0);
    act_as(NULL);
    in.bank_id = 999999;
    BJ_CHECK(bj_receipt_record(&payments, &admin, &in) == BJ_ERR_NOT_FOUND);
}

static void test_ask(void) {
    char id[BJ_UUID_BYTES], next[BJ_UUID_BYTES];
    bj_payout_why_t why;
    new_id(id);
    BJ_CHECK(asks(&client, id, 500) == BJ_PAYOUT_BANK_WAITS);
    BJ_CHECK(asks(&other, id, 500) == BJ_PAYOUT_NO_BANK);
    end_wait();
    BJ_CHECK(asks(&client, id, 1000001) == BJ_PAYOUT_OVER_FREE);
    BJ_CHECK(asks(&client, id, 100000) == BJ_PAYOUT_FINE);
    BJ_CHECK(asks(&client, id, 100000) == BJ_PAYOUT_FINE); /* a double click */
    BJ_CHECK(asks(&client, id, 100001) == BJ_PAYOUT_ID_TAKEN);
    bj_funds_t funds = funds_of(&client);
    BJ_CHECK(funds.balance_paise == 1000000 && funds.held_paise == 100000 &&
             funds.free_paise == 900000 && entries("payout.ask") == 1);
    BJ_CHECK(asks(&client, new_id(next), 900001) == BJ_PAYOUT_OVER_FREE);
    bj_caller_t stale = client;
    stale.proved_ns -= 16 * 60 * BJ_NS_PER_S;
    act_as(&client);
    BJ_CHECK(bj_payout_ask(&payments, &stale, ADDRESS, next, 100, &funds, &why) ==
             BJ_ERR_BAD_FIELD); /* the database wants the proof too */
    whole = false;
    BJ_CHECK(bj_payout_ask(&payments, &client, ADDRESS, next, 100, &funds, &why) == BJ_ERR_DENIED &&
             why == BJ_PAYOUT_UNSURE);
    whole = true;
    BJ_CHECK(bj_payout_cancel(&payments, &other, ADDRESS, id, &why) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_payout_cancel(&payments, &client, ADDRESS, id, &why) == BJ_OK);
    BJ_CHECK(bj_payout_cancel(&payments, &client, ADDRESS, id, &why) == BJ_ERR_DENIED &&
             why == BJ_PAYOUT_ENDED);
    act_as(NULL);
    BJ_CHECK(asks(&client, new_id(next), 99) == BJ_PAYOUT_MIN);
    BJ_CHECK(strcmp(got(id).state, "cancelled") == 0 && funds_of(&client).free_paise == 1000000);
}

typedef bj_status_t word_fn(const bj_payments_t *, const bj_trail_who_t *, const char *,
                            const char *, bj_payout_why_t *);

static bj_payout_why_t takes(const bj_trail_who_t *who, const char *id) {
    bj_payout_why_t why;
    bj_status_t status = bj_payout_take(&payments, who, id, &why);
    BJ_CHECK((status == BJ_OK) == (why == BJ_PAYOUT_FINE));
    return why;
}

static bj_payout_why_t approves(const bj_trail_who_t *who, const char *id) {
    bj_payout_why_t why;
    bj_status_t status = bj_payout_approve(&payments, who, id, &why);
    BJ_CHECK((status == BJ_OK) == (why == BJ_PAYOUT_FINE));
    return why;
}

/* Sends, returns or gives back. */
static bj_payout_why_t says(word_fn *fn, const bj_trail_who_t *who, const char *id,
                            const char *word) {
    bj_payout_why_t why;
    bj_status_t status = fn(&payments, who, id, word, &why);
    BJ_CHECK((status == BJ_OK) == (why == BJ_PAYOUT_FINE));
    return why;
}

static bj_payout_why_t cancels(const char *id) {
    bj_payout_why_t why;
    act_as(&client);
    bj_status_t status = bj_payout_cancel(&payments, &client, ADDRESS, id, &why);
    act_as(NULL);
    BJ_CHECK((status == BJ_OK) == (why == BJ_PAYOUT_FINE));
    return why;
}

static void suspend(uint64_t user_id, bool off) {
    char sql[480];
    snprintf(sql, sizeof sql,
             "BEGIN; SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL,"
             " NULL, 'local', NULL); UPDATE users SET suspended_at = %s, suspended_by = %s,"
             " suspend_reason = %s WHERE user_id = %llu; COMMIT",
             off ? "now()" : "NULL", off ? "'operator'" : "NULL", off ? "'r'" : "NULL",
             (unsigned long long)user_id);
    run(sql);
}

static void set_role(uint64_t user_id, const char *role) {
    char sql[320];
    snprintf(sql, sizeof sql,
             "BEGIN; SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL,"
             " NULL, 'local', NULL); UPDATE users SET role = '%s' WHERE user_id = %llu; COMMIT",
             role, (unsigned long long)user_id);
    run(sql);
}

static void trades(bool some) {
    char sql[200] = "TRUNCATE positions";
    if (some) {
        snprintf(sql, sizeof sql,
                 "INSERT INTO positions (account_id, token, buy_qty, buy_value_paise, cost_paise,"
                 " event_seq) VALUES (%u, 1, 10, 5000000, 5000000, 1)",
                 client.account_id);
    }
    run(sql);
}

/* The first money to a bank account takes two; and of the two the machine's token is none. */
static void test_staff(void) {
    char id[BJ_UUID_BYTES], back[BJ_UUID_BYTES], number[BJ_BANK_NUMBER_BYTES];
    uint64_t bank_id = bank_of(&client, 0, 1).bank_id;
    bj_payout_why_t why;
    BJ_CHECK(asks(&client, new_id(id), 50000) == BJ_PAYOUT_FINE && got(id).two_people);
    BJ_CHECK(takes(&admin, id) == BJ_PAYOUT_UNAPPROVED);
    BJ_CHECK(approves(&support, id) == BJ_PAYOUT_BLOCKED);
    BJ_CHECK(approves(&operator, id) == BJ_PAYOUT_BLOCKED);
    BJ_CHECK(approves(&admin, id) == BJ_PAYOUT_FINE);
    BJ_CHECK(approves(&compliance, id) == BJ_PAYOUT_ENDED);
    BJ_CHECK(takes(&admin, id) == BJ_PAYOUT_OWN);
    BJ_CHECK(takes(&operator, id) == BJ_PAYOUT_BLOCKED && takes(&support, id) == BJ_PAYOUT_BLOCKED);
    BJ_CHECK(says(bj_payout_send, &compliance, id, "PAYOUT0000001") == BJ_PAYOUT_UNTAKEN);
    BJ_CHECK(takes(&compliance, id) == BJ_PAYOUT_FINE && takes(&compliance, id) == BJ_PAYOUT_FINE);
    BJ_CHECK(entries("payout.take") == 1);
    BJ_CHECK(bj_bank_reveal(&payments, &admin, bank_id, "r", number) == BJ_ERR_DENIED);
    BJ_CHECK(bj_bank_reveal(&payments, &compliance, bank_id, "to pay", number) == BJ_OK &&
             strcmp(number, NUMBER) == 0);
    BJ_CHECK(says(bj_payout_send, &compliance, id, "PAYOUT0000001") == BJ_PAYOUT_FINE);
    BJ_CHECK(says(bj_payout_send, &compliance, id, "PAYOUT0000002") == BJ_PAYOUT_ENDED);
    BJ_CHECK(says(bj_payout_return, &compliance, id, "r") == BJ_PAYOUT_ENDED);
    BJ_CHECK(takes(&compliance, id) == BJ_PAYOUT_ENDED);
    BJ_CHECK(bj_bank_reveal(&payments, &compliance, bank_id, "r", number) == BJ_ERR_DENIED);
    BJ_CHECK(funds_of(&client).balance_paise == 950000 && funds_of(&client).held_paise == 0);

    BJ_CHECK(asks(&client, new_id(back), 1000) == BJ_PAYOUT_FINE && !got(back).two_people);
    BJ_CHECK(approves(&admin, back) == BJ_PAYOUT_NO_NEED);
    BJ_CHECK(says(bj_payout_return, &compliance, back, "the bank was closed") == BJ_PAYOUT_FINE);
    BJ_CHECK(strcmp(got(back).reason, "the bank was closed") == 0);
    BJ_CHECK(entries("payout.send") == 1 && entries("payout.return") == 1 &&
             entries("payout.approve") == 1);
    BJ_CHECK(bj_payout_take(&payments, &admin, "00000000-0000-4000-8000-ffffffffffff", &why) ==
             BJ_ERR_NOT_FOUND);
}

/* Paid is paid: from the taking on nobody else ends it, and what was paid is recorded whatever
 * has changed since. */
static void test_taken(void) {
    char id[BJ_UUID_BYTES];
    BJ_CHECK(asks(&client, new_id(id), 1000) == BJ_PAYOUT_FINE);
    BJ_CHECK(takes(&admin, id) == BJ_PAYOUT_FINE && strcmp(got(id).taken_by, admin.actor) == 0);
    BJ_CHECK(cancels(id) == BJ_PAYOUT_TAKEN && takes(&compliance, id) == BJ_PAYOUT_ANOTHERS);
    BJ_CHECK(says(bj_payout_send, &compliance, id, "PAYOUT0000010") == BJ_PAYOUT_ANOTHERS);
    BJ_CHECK(says(bj_payout_return, &compliance, id, "r") == BJ_PAYOUT_ANOTHERS);
    BJ_CHECK(says(bj_payout_untake, &compliance, id, "r") == BJ_PAYOUT_ANOTHERS);
    BJ_CHECK(says(bj_payout_untake, &admin, id, "the bank is closed") == BJ_PAYOUT_FINE);
    BJ_CHECK(says(bj_payout_untake, &admin, id, "again") == BJ_PAYOUT_UNTAKEN);
    BJ_CHECK(says(bj_payout_send, &admin, id, "PAYOUT0000010") == BJ_PAYOUT_UNTAKEN);
    BJ_CHECK(takes(&compliance, id) == BJ_PAYOUT_FINE && entries("payout.untake") == 1);
    trades(true);
    suspend(client.user_id, true);
    whole = false;
    BJ_CHECK(says(bj_payout_send, &compliance, id, "PAYOUT0000001") == BJ_PAYOUT_UTR_TAKEN);
    BJ_CHECK(says(bj_payout_send, &compliance, id, "PAYOUT0000010") == BJ_PAYOUT_FINE);
    whole = true;
    suspend(client.user_id, false);
    trades(false);
}

/* Many small ones are one large one; a yes counts while who gave it may give it; and who is gone
 * keeps nothing. */
static void test_people(void) {
    char small[BJ_UUID_BYTES], rest[BJ_UUID_BYTES];
    uint64_t gone = strtoull(compliance.actor + 5, NULL, 10);
    BJ_CHECK(asks(&client, new_id(small), 149000) == BJ_PAYOUT_FINE && !got(small).two_people);
    BJ_CHECK(asks(&client, new_id(rest), 100) == BJ_PAYOUT_FINE && got(rest).two_people);
    BJ_CHECK(approves(&compliance, rest) == BJ_PAYOUT_FINE);
    BJ_CHECK(takes(&compliance, small) == BJ_PAYOUT_FINE);
    suspend(gone, true);
    BJ_CHECK(!got(rest).approved_by[0] && takes(&admin, rest) == BJ_PAYOUT_UNAPPROVED);
    BJ_CHECK(says(bj_payout_untake, &admin, small, "gone") == BJ_PAYOUT_FINE);
    suspend(gone, false);
    set_role(gone, "support");
    BJ_CHECK(approves(&operator, rest) == BJ_PAYOUT_FINE); /* there is nobody else now */
    set_role(gone, "compliance");
    BJ_CHECK(takes(&admin, rest) == BJ_PAYOUT_UNAPPROVED); /* and there is again */
    BJ_CHECK(cancels(small) == BJ_PAYOUT_FINE && cancels(rest) == BJ_PAYOUT_FINE);
}

/* What trades took meanwhile is not taken; nor is anything for who is suspended. */
static void test_blocked(void) {
    char id[BJ_UUID_BYTES], next[BJ_UUID_BYTES];
    int64_t free_paise = funds_of(&client).free_paise;
    BJ_CHECK(asks(&client, new_id(id), free_paise) == BJ_PAYOUT_FINE);
    BJ_CHECK(approves(&admin, id) == BJ_PAYOUT_FINE);
    trades(true);
    bj_funds_t funds = funds_of(&client);
    BJ_CHECK(funds.trades_paise == 5000000 && funds.free_paise == 0);
    BJ_CHECK(takes(&compliance, id) == BJ_PAYOUT_USED);
    trades(false);
    whole = false;
    BJ_CHECK(takes(&compliance, id) == BJ_PAYOUT_UNSURE);
    whole = true;
    suspend(client.user_id, true);
    BJ_CHECK(takes(&compliance, id) == BJ_PAYOUT_BLOCKED);
    BJ_CHECK(says(bj_payout_return, &admin, id, "too late") == BJ_PAYOUT_FINE);
    BJ_CHECK(asks(&client, new_id(next), 100) == BJ_PAYOUT_BLOCKED); /* and not "prove yourself" */
    suspend(client.user_id, false);
    BJ_CHECK(asks(&client, new_id(id), free_paise - 60) == BJ_PAYOUT_FINE);
    BJ_CHECK(asks(&client, new_id(next), 59) == BJ_PAYOUT_MIN);
    BJ_CHECK(asks(&client, next, 60) == BJ_PAYOUT_FINE); /* all there is */
    BJ_CHECK(cancels(id) == BJ_PAYOUT_FINE && cancels(next) == BJ_PAYOUT_FINE);
}

/* As many open orders as can be listed may be more: nobody knows what they may take. */
static void test_many_orders(void) {
    char id[BJ_UUID_BYTES], sql[480];
    for (int cnt = 499; cnt <= 500; cnt++) {
        snprintf(sql, sizeof sql,
                 "DELETE FROM orders; INSERT INTO orders SELECT %u, o, o, 1, 1594, 'B', 1, 1, 100,"
                 " 1, 0, 1, 0, 'open', 0, now(), now(), o FROM generate_series(1, %d) o",
                 client.account_id, cnt);
        run(sql);
        BJ_CHECK(asks(&client, new_id(id), 100) ==
                 (cnt < BJ_ORDERS_LIST_MAX ? BJ_PAYOUT_FINE : BJ_PAYOUT_BUSY));
        if (cnt < BJ_ORDERS_LIST_MAX) BJ_CHECK(cancels(id) == BJ_PAYOUT_FINE);
    }
    run("DELETE FROM orders");
}

static void test_day(void) {
    char id[BJ_UUID_BYTES];
    bj_payments_rules_t before = payments.rules;
    payments.rules.day_max_cnt = 2; /* there are two sent today */
    BJ_CHECK(asks(&client, new_id(id), 100) == BJ_PAYOUT_DAY_CNT);
    payments.rules.day_max_cnt = 9;
    payments.rules.day_max_paise = 51000 + 100;
    BJ_CHECK(asks(&client, id, 101) == BJ_PAYOUT_DAY_PAISE);
    BJ_CHECK(asks(&client, id, 100) == BJ_PAYOUT_FINE);
    payments.rules = before;
}

static void test_another_bank(void) {
    uint64_t second = 0, first = bank_of(&client, 0, 1).bank_id;
    char id[BJ_UUID_BYTES];
    act_as(&client);
    BJ_CHECK(bj_bank_remove(&payments, &client, ADDRESS, first) == BJ_ERR_BAD_FIELD); /* in use */
    BJ_CHECK(bj_bank_add(&payments, &client, ADDRESS, "987654321", "SBIN0000001", &second) ==
             BJ_OK);
    BJ_CHECK(bank_of(&client, 0, 2).bank_id == first && !bank_of(&client, 1, 2).primary);
    act_as(NULL);
    BJ_CHECK(bj_bank_check(&payments, &admin, second, true, "PD2") == BJ_OK);
    end_wait();
    BJ_CHECK(asks(&client, new_id(id), 100) == BJ_PAYOUT_FINE);
    act_as(&client);
    BJ_CHECK(bj_bank_make_primary(&payments, &client, ADDRESS, second) == BJ_OK);
    BJ_CHECK(bj_bank_make_primary(&payments, &client, ADDRESS, second) == BJ_ERR_SEQUENCE);
    BJ_CHECK(bj_bank_make_primary(&payments, &client, ADDRESS, 5) == BJ_ERR_NOT_FOUND);
    bj_bank_t bank = bank_of(&client, 0, 2);
    BJ_CHECK(bank.bank_id == second && bank.primary && bank.state == BJ_BANK_WAITING);
    act_as(NULL);
    BJ_CHECK(takes(&admin, id) == BJ_PAYOUT_NOT_PRIMARY && cancels(id) == BJ_PAYOUT_FINE);
    BJ_CHECK(asks(&client, new_id(id), 100) == BJ_PAYOUT_BANK_WAITS); /* anew */
    end_wait();
}

/* --- many at once: each half of what is free, so one of them gets it */

static _Atomic int fine, over;

static void *ask_once(void *arg) {
    const char *id = arg;
    bj_payout_why_t why = asks(&client, id, funds_of(&client).balance_paise / 2 + 1);
    if (why == BJ_PAYOUT_FINE) fine++;
    if (why == BJ_PAYOUT_OVER_FREE) over++;
    return NULL;
}

static void at_once(char ids[6][BJ_UUID_BYTES], bool same) {
    pthread_t threads[6];
    fine = over = 0;
    for (size_t i = 0; i < 6; i++) {
        new_id(ids[i]);
        if (same) memcpy(ids[i], ids[0], BJ_UUID_BYTES);
    }
    for (size_t i = 0; i < 6; i++) {
        if (pthread_create(&threads[i], NULL, ask_once, ids[i]) != 0) abort();
    }
    for (size_t i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
}

static void test_at_once(void) {
    char ids[6][BJ_UUID_BYTES];
    bj_payout_t rows[BJ_PAYMENTS_LIST_MAX];
    size_t before, after;
    uint64_t wrong = 9;
    BJ_CHECK(bj_payout_list(&payments, client.user_id, false, rows, BJ_COUNT(rows), &before) ==
             BJ_OK);
    at_once(ids, true);
    BJ_CHECK(fine == 6);
    BJ_CHECK(bj_payout_list(&payments, client.user_id, false, rows, BJ_COUNT(rows), &after) ==
                 BJ_OK &&
             after == before + 1);
    at_once(ids, false);
    BJ_CHECK(fine == 0 && over == 6);
    BJ_CHECK(bj_ledger_wrong(db, &wrong) == BJ_OK && wrong == 0);
}

static _Atomic bool removed;

static void *remove_once(void *arg) {
    uint64_t *id = arg;
    act_as(&client);
    BJ_CHECK(bj_bank_remove(&payments, &client, ADDRESS, *id) == BJ_OK);
    act_as(NULL);
    removed = true;
    return NULL;
}

/* While a payout is asked for, no bank account goes. */
static void test_remove_waits(void) {
    uint64_t id = 0;
    pthread_t thread;
    BJ_DB_CONN conn = NULL;
    act_as(&client);
    BJ_CHECK(bj_bank_add(&payments, &client, ADDRESS, "111222333", IFSC, &id) == BJ_OK);
    act_as(NULL);
    BJ_CHECK(bj_db_take(owner, &conn) == BJ_OK);
    BJ_CHECK(bj_db_script(conn, "BEGIN; SELECT 1 FROM users FOR NO KEY UPDATE") == BJ_OK);
    if (pthread_create(&thread, NULL, remove_once, &id) != 0) abort();
    usleep(300000);
    BJ_CHECK(!removed);
    BJ_CHECK(bj_db_script(conn, "COMMIT") == BJ_OK);
    pthread_join(thread, NULL);
    BJ_CHECK(removed);
}

/* A new key of the category: the number is sealed under it, and is the same. */
static void test_reseal(void) {
    size_t done = 9;
    uint16_t key_id;
    char number[BJ_BANK_NUMBER_BYTES];
    uint64_t id = bank_of(&client, 0, 2).bank_id;
    BJ_CHECK(bj_bank_reseal(db, payments.keys, &admin, 50, &done) == BJ_OK && done == 0);
    BJ_CHECK(bj_keys_rotate(payments.keys, &admin, BJ_KEYS_KYC, "test", &key_id) == BJ_OK);
    BJ_CHECK(bj_bank_reseal(db, payments.keys, &admin, 50, &done) == BJ_OK && done == 2);
    BJ_CHECK(bj_bank_reseal(db, payments.keys, &admin, 50, &done) == BJ_OK && done == 0);
    /* What it is found by, too: the same number is the same still. */
    BJ_CHECK(bj_rehash_begin(payments.keys, &admin, "test", &key_id) == BJ_OK);
    BJ_CHECK(bj_bank_reseal(db, payments.keys, &admin, 50, &done) == BJ_OK && done == 0);
    run("BEGIN; SET LOCAL session_replication_role = replica; UPDATE data_keys SET created_at ="
        " created_at - interval '1 minute'; COMMIT");
    BJ_CHECK(bj_bank_reseal(db, payments.keys, &admin, 50, &done) == BJ_OK && done == 2);
    act_as(&client);
    BJ_CHECK(bj_bank_add(&payments, &client, ADDRESS, NUMBER, IFSC, &id) == BJ_ERR_EXISTS);
    act_as(NULL);
    id = bank_of(&client, 0, 2).bank_id;
    run("BEGIN; SET LOCAL session_replication_role = replica; UPDATE bank_accounts SET checked_at ="
        " NULL, checked_by = NULL, checked_ok = NULL, check_ref = NULL; COMMIT");
    BJ_CHECK(bj_bank_reveal(&payments, &admin, id, "test", number) == BJ_OK &&
             strcmp(number, "987654321") == 0);
}

int main(void) {
    const char *control = getenv("BJ_TEST_PG_CONTROL"), *owners = getenv("BJ_TEST_PG");
    if (!control || !owners) {
        fprintf(stderr, "test_bj_payments: SKIPPED: BJ_TEST_PG is not set; run it by "
                        "tests/with-pg\n");
        BJ_CHECK(BJ_PAYOUT_FINE == 0);
        return bj_test_end("test_bj_payments (without BJ_TEST_PG)");
    }
    bj_seal_t *seal;
    owner = bj_db_pool_new(owners, 1, 3000);
    db = bj_db_pool_new(control, 8, 10000);
    bj_keys_t *keys = keys_test_new(db, "1 " KEYS_TEST_A "\n", &seal);
    bj_instruments_t *instruments = bj_instruments_new("sim/data/universe.csv");
    bj_orders_config_t config = {.db = db,
                                 .instruments = instruments,
                                 .way = {.host = "127.0.0.1", .port = 1},
                                 .session = "control",
                                 .key = "00"};
    bj_orders_t *orders = bj_orders_new(&config);
    bj_identity_config_t identity = {.db = db, .keys = keys, .origin = "https://localhost"};
    payments = (bj_payments_t){.db = db,
                               .keys = keys,
                               .instruments = instruments,
                               .orders = orders,
                               .orders_whole = is_whole,
                               .identity = bj_identity_new(&identity),
                               .rules = {.new_bank_hours = 24,
                                         .day_max_cnt = 50,
                                         .day_max_paise = 100000000,
                                         .one_person_max_paise = 200000}};
    if (!instruments || !orders || !payments.identity) abort();
    BJ_CHECK(!bj_orders_whole(orders)); /* no gateway: nobody knows */
    client = person("client@b.in", BJ_ROLE_CLIENT);
    other = person("other@b.in", BJ_ROLE_CLIENT);
    admin = staff("admin@b.in", BJ_ROLE_ADMIN);
    compliance = staff("compliance@b.in", BJ_ROLE_COMPLIANCE);
    support = staff("support@b.in", BJ_ROLE_SUPPORT);
    test_bank();
    test_receipt();
    test_ask();
    test_staff();
    test_taken();
    test_people();
    test_blocked();
    test_many_orders();
    test_day();
    test_another_bank();
    test_at_once();
    test_remove_waits();
    test_reseal();
    bj_orders_free(orders);
    bj_identity_free(payments.identity);
    bj_instruments_free(instruments);
    bj_keys_free(keys);
    bj_seal_free(seal);
    bj_db_pool_free(db);
    bj_db_pool_free(owner);
    return bj_test_end("test_bj_payments");
}
