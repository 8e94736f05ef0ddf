/* With a PostgreSQL (BJ_TEST_PG as its owner, the server's role in BJ_TEST_PG_CONTROL;
 * tests/with-pg starts one): random transfers come out as a naive model of them says, to the paisa;
 * many at once take no account below zero and wait for each other without end never. */
#include <pthread.h>
#include <stdlib.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/ledger/bj_ledger.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"

enum { CLIENTS = 4, SIDES = CLIENTS + 1, STEPS = 1500, TRANSFERS = 4096, THREADS = 8 };

static bj_db_pool_t *db;
static const bj_trail_who_t who = {.actor = "setup", .role = "none", .address = "local"};
static uint32_t accounts[CLIENTS];
static uint64_t seed = 20261128;
static unsigned id_cnt;

static uint32_t dice(uint32_t below) {
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(seed >> 33) % below;
}

static void make_clients(bj_db_pool_t *owner) {
    static const char sql[] =
        "WITH e AS (SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL,"
        " NULL, 'local', NULL)), made AS (INSERT INTO users (email, name, password_hash) VALUES"
        " ($1, 'A', '$argon2id$x') RETURNING account_id) SELECT account_id FROM made, e";
    for (int i = 0; i < CLIENTS; i++) {
        BJ_DB_RESULT rows = NULL;
        char email[16];
        snprintf(email, sizeof email, "l%d@b.in", i);
        BJ_CHECK(bj_db_query(owner, sql, BJ_DB_PARAMS(email), &rows) == BJ_OK);
        BJ_CHECK(bj_db_get_u32(rows, 0, 0, &accounts[i]));
    }
}

/* Side 0 is the bank. */
static bj_ledger_side_t side(uint32_t s) {
    if (s == 0) return (bj_ledger_side_t){.kind = BJ_LEDGER_BANK};
    return (bj_ledger_side_t){.kind = BJ_LEDGER_CLIENT, .account_id = accounts[s - 1]};
}

static const char *id_text(unsigned n, char out[BJ_UUID_BYTES]) {
    snprintf(out, BJ_UUID_BYTES, "00000000-0000-4000-8000-%012x", n);
    return out;
}

static bj_status_t kept(bj_db_t *conn) {
    const bj_trail_act_t act = {.act = "ledger.test", .subject = "ledger", .outcome = "done"};
    return bj_entry_commit(conn, &who, &act);
}

static bj_status_t moved(const bj_ledger_transfer_t *transfer, bool *made) {
    BJ_DB_CONN conn = NULL;
    bj_status_t status = bj_entry_begin(db, &conn);
    if (status == BJ_OK) status = bj_ledger_transfer(conn, transfer, made);
    return status == BJ_OK ? kept(conn) : status;
}

static bj_status_t ended(const char *id, bj_ledger_how_t how) {
    BJ_DB_CONN conn = NULL;
    bj_status_t status = bj_entry_begin(db, &conn);
    if (status == BJ_OK) status = bj_ledger_end(conn, id, how);
    return status == BJ_OK ? kept(conn) : status;
}

static bj_ledger_balance_t balance(uint32_t s) {
    BJ_DB_CONN conn = NULL;
    bj_ledger_balance_t got;
    BJ_CHECK(bj_db_take(db, &conn) == BJ_OK && bj_ledger_balance(conn, side(s), &got) == BJ_OK);
    return got;
}

/* --- the model: what everybody has, counted anew from all transfers each time */

typedef enum state { PENDING, POSTED, VOIDED } state_t;
static struct model {
    uint32_t debit, credit;
    int64_t paise, corrected;
    state_t state;
    bool is_correction;
} model[TRANSFERS];

/* What side s may still give: the bank gives by credit, a client by debit. */
static int64_t model_left(uint32_t s) {
    int64_t left = 0;
    for (unsigned i = 0; i < id_cnt; i++) {
        const struct model *m = &model[i];
        bool gives = s ? m->debit == s : m->credit == s, gets = s ? m->credit == s : m->debit == s;
        if (gives && m->state != VOIDED) left -= m->paise;
        if (gets && m->state == POSTED) left += m->paise;
    }
    return left;
}

/* Whoever gives: a client that is debited, the bank that is credited; both may. */
static bool model_takes(uint32_t debit, uint32_t credit, int64_t paise) {
    if (debit == credit || paise <= 0) return false;
    return (!debit || model_left(debit) >= paise) && (credit || model_left(credit) >= paise);
}

static void step_transfer(void) {
    char id[BJ_UUID_BYTES];
    bool made, two_phase = dice(2);
    struct model m = {.debit = dice(SIDES),
                      .credit = dice(SIDES),
                      .paise = 1 + dice(1000),
                      .state = two_phase ? PENDING : POSTED};
    const bj_ledger_transfer_t transfer = {.id = id_text(id_cnt, id),
                                           .what = "settlement",
                                           .debit = side(m.debit),
                                           .credit = side(m.credit),
                                           .amount_paise = m.paise,
                                           .two_phase = two_phase};
    bool takes = model_takes(m.debit, m.credit, m.paise);
    BJ_CHECK(moved(&transfer, &made) == (takes ? BJ_OK : BJ_ERR_BAD_FIELD));
    if (!takes) return;
    BJ_CHECK(made);
    model[id_cnt++] = m;
    if (dice(4)) return;
    BJ_CHECK(moved(&transfer, &made) == BJ_OK && !made); /* again: the same one */
    bj_ledger_transfer_t other = transfer;
    other.amount_paise++;
    BJ_CHECK(moved(&other, &made) == BJ_ERR_EXISTS);
}

static void step_end(void) {
    char id[BJ_UUID_BYTES];
    if (id_cnt == 0) return;
    unsigned n = dice(id_cnt);
    bj_ledger_how_t how = dice(2) ? BJ_LEDGER_POSTED : BJ_LEDGER_VOIDED;
    bool waits = model[n].state == PENDING;
    BJ_CHECK(ended(id_text(n, id), how) == (waits ? BJ_OK : BJ_ERR_NOT_FOUND));
    if (waits) model[n].state = how == BJ_LEDGER_POSTED ? POSTED : VOIDED;
}

static void step_correct(void) {
    char id[BJ_UUID_BYTES], of[BJ_UUID_BYTES];
    if (id_cnt == 0) return;
    unsigned n = dice(id_cnt);
    struct model m = {.debit = model[n].credit,
                      .credit = model[n].debit,
                      .paise = 1 + dice(800),
                      .state = POSTED,
                      .is_correction = true};
    const bj_ledger_transfer_t transfer = {.id = id_text(id_cnt, id),
                                           .what = "correction",
                                           .debit = side(m.debit),
                                           .credit = side(m.credit),
                                           .amount_paise = m.paise,
                                           .corrects = id_text(n, of)};
    bool takes = model[n].state == POSTED && model[n].corrected + m.paise <= model[n].paise &&
                 model_takes(m.debit, m.credit, m.paise);
    BJ_CHECK(moved(&transfer, NULL) == (takes ? BJ_OK : BJ_ERR_BAD_FIELD));
    if (!takes) return;
    model[n].corrected += m.paise;
    model[id_cnt++] = m;
}

static void check_balances(void) {
    int64_t debits = 0, credits = 0, held = 0;
    for (uint32_t s = 0; s < SIDES; s++) {
        bj_ledger_balance_t got = balance(s);
        int64_t left = s ? bj_ledger_left_paise(&got)
                         : got.debits_paise - got.credits_paise - got.held_credits_paise;
        BJ_CHECK(left == model_left(s) && left >= 0);
        debits += got.debits_paise;
        credits += got.credits_paise;
        held += got.held_debits_paise - got.held_credits_paise;
    }
    BJ_CHECK(debits == credits && held == 0);
}

static void test_model(void) {
    static void (*const steps[])(void) = {step_transfer, step_transfer, step_end, step_correct};
    uint64_t wrong = 9, first = seed;
    for (int i = 0; i < STEPS; i++) {
        steps[dice(BJ_COUNT(steps))]();
        if (i % 50 == 0) check_balances();
    }
    check_balances();
    BJ_CHECK(bj_ledger_wrong(db, &wrong) == BJ_OK && wrong == 0);
    BJ_CHECK(id_cnt > STEPS / 10); /* not all were refused */
    if (bj_fail_cnt) fprintf(stderr, "  with seed %llu\n", (unsigned long long)first);
}

static void test_lines(void) {
    bj_ledger_line_t lines[BJ_LEDGER_LIST_MAX];
    size_t cnt;
    int64_t sum = 0, wanted = 0;
    BJ_CHECK(bj_ledger_lines(db, side(1), lines, BJ_COUNT(lines), &cnt) == BJ_OK && cnt > 20);
    for (size_t i = 0; i < cnt; i++) {
        BJ_CHECK(bj_uuid_formed(lines[i].id) &&
                 (i == 0 || lines[i].made_us <= lines[i - 1].made_us));
        BJ_CHECK((strcmp(lines[i].what, "correction") == 0) == (lines[i].corrects[0] != '\0'));
        if (strcmp(lines[i].state, "posted") == 0) sum += lines[i].amount_paise;
    }
    bj_ledger_balance_t got = balance(1);
    wanted = got.credits_paise - got.debits_paise;
    if (cnt < BJ_LEDGER_LIST_MAX) BJ_CHECK(sum == wanted);
}

/* --- many at once */

static _Atomic int taken, refused, broken;

static void *take_many(void *arg) {
    unsigned from = 100000 + 1000 * (unsigned)(uintptr_t)arg;
    for (unsigned i = 0; i < 20; i++) {
        char id[BJ_UUID_BYTES];
        const bj_ledger_transfer_t transfer = {.id = id_text(from + i, id),
                                               .what = "settlement",
                                               .debit = side(1),
                                               .credit = side(0),
                                               .amount_paise = 100,
                                               .two_phase = i % 2};
        bj_status_t status = moved(&transfer, NULL);
        if (status == BJ_OK)
            taken++;
        else if (status == BJ_ERR_BAD_FIELD)
            refused++;
        else
            broken++;
    }
    return NULL;
}

/* There and back at once: two accounts are always taken in one order. */
static void *swap_many(void *arg) {
    unsigned n = (unsigned)(uintptr_t)arg;
    for (unsigned i = 0; i < 20; i++) {
        char id[BJ_UUID_BYTES];
        const bj_ledger_transfer_t transfer = {.id = id_text(200000 + 1000 * n + i, id),
                                               .what = "settlement",
                                               .debit = side(2 + n % 2),
                                               .credit = side(3 - n % 2),
                                               .amount_paise = 1};
        if (moved(&transfer, NULL) != BJ_OK) broken++;
    }
    return NULL;
}

static void at_once(void *(*work)(void *)) {
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++) {
        if (pthread_create(&threads[i], NULL, work, (void *)i) != 0) abort();
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static int64_t left(uint32_t s) {
    bj_ledger_balance_t got = balance(s);
    return bj_ledger_left_paise(&got);
}

static void receive(uint32_t s, int64_t paise) {
    char id[BJ_UUID_BYTES];
    const bj_ledger_transfer_t transfer = {.id = id_text(300000 + s, id),
                                           .what = "settlement",
                                           .debit = side(0),
                                           .credit = side(s),
                                           .amount_paise = paise};
    BJ_CHECK(moved(&transfer, NULL) == BJ_OK);
}

static void test_at_once(void) {
    uint64_t wrong = 9;
    for (uint32_t s = 1; s < SIDES; s++)
        receive(s, 5000);
    bj_ledger_balance_t before = balance(1);
    int fit = (int)(bj_ledger_left_paise(&before) / 100);
    if (fit > THREADS * 20) fit = THREADS * 20;
    at_once(take_many);
    bj_ledger_balance_t after = balance(1);
    BJ_CHECK(taken == fit && refused == THREADS * 20 - fit && broken == 0);
    BJ_CHECK(bj_ledger_left_paise(&after) == bj_ledger_left_paise(&before) - 100LL * fit);
    at_once(swap_many);
    BJ_CHECK(broken == 0 && bj_ledger_wrong(db, &wrong) == BJ_OK && wrong == 0);
}

/* Not before its time; then it lets the money go, and is over. */
static void test_expire(bj_db_pool_t *owner) {
    char id[BJ_UUID_BYTES];
    uint64_t cnt = 9;
    const bj_ledger_transfer_t transfer = {.id = id_text(500000, id),
                                           .what = "settlement",
                                           .debit = side(1),
                                           .credit = side(0),
                                           .amount_paise = 7,
                                           .two_phase = true,
                                           .expires_us = (bj_clock_wall_ns() + 3600 * BJ_NS_PER_S) /
                                                         BJ_NS_PER_US};
    int64_t before = left(1);
    BJ_CHECK(moved(&transfer, NULL) == BJ_OK && left(1) == before - 7);
    BJ_CHECK(bj_ledger_expire_due(db, &who, &cnt) == BJ_OK && cnt == 0);
    BJ_DB_CONN conn = NULL;
    BJ_CHECK(bj_db_take(owner, &conn) == BJ_OK);
    BJ_CHECK(bj_db_script(conn, "BEGIN; SET LOCAL session_replication_role = replica; UPDATE"
                                " ledger_transfers SET made_at = now() - interval '2 hours',"
                                " expires_at = now() - interval '1 hour' WHERE expires_at IS NOT"
                                " NULL; COMMIT") == BJ_OK);
    BJ_CHECK(bj_ledger_expire_due(db, &who, &cnt) == BJ_OK && cnt == 1);
    BJ_CHECK(left(1) == before && ended(id, BJ_LEDGER_POSTED) == BJ_ERR_NOT_FOUND);
}

/* No entry in the trail, no transfer. */
static void test_entry(void) {
    char id[BJ_UUID_BYTES];
    const bj_ledger_transfer_t transfer = {.id = id_text(400000, id),
                                           .what = "settlement",
                                           .debit = side(0),
                                           .credit = side(1),
                                           .amount_paise = 5};
    {
        BJ_DB_CONN conn = NULL;
        BJ_CHECK(bj_db_take(db, &conn) == BJ_OK && bj_db_begin(conn) == BJ_OK);
        BJ_CHECK(bj_ledger_transfer(conn, &transfer, NULL) == BJ_OK);
        BJ_CHECK(bj_db_commit(conn) == BJ_ERR_BAD_FIELD);
    }
    bool made = false;
    BJ_CHECK(moved(&transfer, &made) == BJ_OK && made);
}

static void test_uuid(void) {
    BJ_CHECK(bj_uuid_formed("0190f5c8-7d1a-7abc-9def-0123456789ab"));
    BJ_CHECK(!bj_uuid_formed("") && !bj_uuid_formed("0190f5c8-7d1a-7abc-9def-0123456789a"));
    BJ_CHECK(!bj_uuid_formed("0190f5c8-7d1a-7abc-9def-0123456789abc"));
    BJ_CHECK(!bj_uuid_formed("0190F5C8-7d1a-7abc-9def-0123456789ab"));
    BJ_CHECK(!bj_uuid_formed("0190f5c8_7d1a-7abc-9def-0123456789ab"));
}

int main(void) {
    const char *control = getenv("BJ_TEST_PG_CONTROL"), *owner = getenv("BJ_TEST_PG");
    test_uuid();
    if (!control || !owner) {
        fprintf(stderr,
                "test_bj_ledger: SKIPPED: BJ_TEST_PG is not set; run it by tests/with-pg\n");
        return bj_test_end("test_bj_ledger (without BJ_TEST_PG)");
    }
    bj_db_pool_t *owners = bj_db_pool_new(owner, 1, 3000);
    db = bj_db_pool_new(control, THREADS, 10000);
    make_clients(owners);
    test_model();
    test_lines();
    test_at_once();
    test_entry();
    test_expire(owners);
    bj_db_pool_free(db);
    bj_db_pool_free(owners);
    return bj_test_end("test_bj_ledger");
}
