/* Goal: where a session is, by each rule and on both sides of it; what the configuration may say.
 * With a PostgreSQL (tests/with-pg): a session that moves is kept and told once, a proof from there
 * is its home from then on; a device of staff's that soon runs out is told of once. */
#include "controlplane/identity/bj_context.h"

#include "controlplane/identity/bj_identity_repo.h"
#include "controlplane/identity/bj_login.h"
#include "controlplane/identity/bj_prove.h"
#include "controlplane/identity/bj_staff_device.h"
#include "controlplane/identity/identity_test.h"

#define HOUR_NS (3600 * BJ_NS_PER_S)
static const char table[] = "203.0.113.0/25,19.07,72.88,IN\n"  /* Mumbai */
                            "203.0.113.128/25,28.61,77.2,IN\n" /* Delhi, 1150 km */
                            "198.51.100.0/24,25.2,55.27,AE\n"
                            "2001:db8:1::/48,28.61,77.2,IN\n";
static bj_places_t *places;

static const struct {
    bj_moves_t moves;
    const char *home, *now;
    int hours;
    bool elsewhere;
} rows[] = {
    {BJ_MOVES_OFF, "203.0.113.1", "198.51.100.1", 0, false},
    {BJ_MOVES_COUNTRY, "203.0.113.1", "203.0.113.1", 0, false},
    {BJ_MOVES_COUNTRY, "203.0.113.1", "198.51.100.1", 99, true},
    {BJ_MOVES_COUNTRY, "203.0.113.1", "2001:db8:1::7", 0, false}, /* a phone, another network */
    {BJ_MOVES_COUNTRY, "203.0.113.1", "8.8.8.8", 0, false},       /* nobody knows where */
    {BJ_MOVES_COUNTRY, "8.8.8.8", "198.51.100.1", 0, false},
    {BJ_MOVES_COUNTRY, "", "198.51.100.1", 0, false},
    {BJ_MOVES_TRAVEL, "203.0.113.1", "2001:db8:1::7", 1, true},
    {BJ_MOVES_TRAVEL, "203.0.113.1", "2001:db8:1::7", 2, false},
    {BJ_MOVES_TRAVEL, "203.0.113.1", "198.51.100.1", 99, true},
    {BJ_MOVES_NETWORK, "203.0.113.1", "203.0.113.250", 0, false}, /* the same /24 */
    {BJ_MOVES_NETWORK, "203.0.113.1", "203.0.112.1", 0, true},
    {BJ_MOVES_NETWORK, "8.8.8.8", "8.8.9.8", 0, true},
    {BJ_MOVES_NETWORK, "2001:db8:1::1", "2001:db8:1:ffff::1", 0, false},
    {BJ_MOVES_NETWORK, "2001:db8:1::1", "2001:db8:2::1", 0, true},
    {BJ_MOVES_NETWORK, "8.8.8.8", "2001:db8:1::1", 0, true},
    {BJ_MOVES_NETWORK, "8.8.8.8", "what", 0, true},
};

static void test_rules(void) {
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        bj_context_rules_t rules = {.v4_bits = 24, .v6_bits = 48};
        bj_caller_t caller = {.role = i % 2 ? BJ_ROLE_CLIENT : BJ_ROLE_RISK, .home_ns = HOUR_NS};
        *(i % 2 ? &rules.client : &rules.staff) = rows[i].moves;
        snprintf(caller.home, sizeof caller.home, "%s", rows[i].home);
        int64_t now_ns = (1 + rows[i].hours) * HOUR_NS;
        bool got = bj_context_elsewhere(&rules, places, &caller, rows[i].now, now_ns);
        BJ_CHECK(got == rows[i].elsewhere);
        if (got != rows[i].elsewhere) fprintf(stderr, "  row %zu\n", i);
        BJ_CHECK(!bj_context_elsewhere(&rules, places, &caller, NULL, now_ns));
    }
    bj_context_rules_t odd = {.staff = BJ_MOVES_NETWORK, .v4_bits = 20, .v6_bits = 20};
    bj_caller_t caller = {.role = BJ_ROLE_ADMIN, .home = "10.0.16.1"};
    BJ_CHECK(!bj_context_elsewhere(&odd, NULL, &caller, "10.0.31.9", 0));
    BJ_CHECK(bj_context_elsewhere(&odd, NULL, &caller, "10.0.32.1", 0));
}

static void test_config(void) {
    static const struct {
        const char *json, *wrong;
    } texts[] = {
        {"{}", ""},
        {"{\"identity\":{\"session_moves\":{\"client\":\"travel\",\"staff\":\"off\"}}}", ""},
        {"{\"identity\":{\"session_moves\":{\"client\":\"often\"}}}",
         "identity.session_moves.client"},
        {"{\"identity\":{\"session_moves\":{\"staff\":\"\"}}}", "identity.session_moves.staff"},
        {"{\"identity\":{\"session_moves\":{\"stuff\":\"off\"}}}", "identity.session_moves must"},
        {"{\"identity\":{\"session_moves\":\"off\"}}", "identity.session_moves must"},
    };
    for (size_t i = 0; i < BJ_COUNT(texts); i++) {
        char path[] = "/tmp/test_bj_context.XXXXXX", error[BJ_CONTEXT_ERROR_BYTES];
        bj_context_rules_t rules;
        const bj_demands_t demands = {.staff = BJ_DEMAND_NONE};
        FILE *file = fdopen(mkstemp(path), "w");
        BJ_CHECK(file && fputs(texts[i].json, file) >= 0 && fclose(file) == 0);
        bj_config_t *config = bj_config_load(path);
        bool ok = bj_context_rules_read(config, &demands, &rules, error);
        BJ_CHECK(ok == !texts[i].wrong[0] &&
                 strncmp(error, texts[i].wrong, strlen(texts[i].wrong)) == 0);
        if (i == 0) {
            BJ_CHECK(rules.client == BJ_MOVES_COUNTRY && rules.staff == BJ_MOVES_NETWORK);
            BJ_CHECK(rules.reads && rules.v4_bits == 24 && rules.v6_bits == 48);
        }
        bj_config_free(config);
        unlink(path);
    }
}

static int64_t entries(uint64_t user_id) {
    return number("SELECT count(*) FROM audit_entries WHERE act = 'session.moved' AND actor ="
                  " 'user:' || $1::bigint",
                  user_id);
}

static bj_caller_t seen_from(const char *token, const char *address) {
    bj_caller_t caller;
    const bj_context_t context = {.client = address};
    BJ_CHECK(bj_identity_session_again(identity, token, &caller) == BJ_OK);
    bj_identity_context(identity, &context, &caller);
    return caller;
}

static void test_session(void) {
    uint64_t user_id = add_user("moves@b.in", BJ_ROLE_CLIENT);
    bj_login_t login = {.client = "203.0.113.1", .device = "", .user_agent = "x"};
    BJ_CHECK(bj_login_password(identity, "moves@b.in", WORD, &login) == BJ_OK);
    BJ_CHECK(!strcmp(login.caller.home, "203.0.113.1"));
    bj_caller_t caller = seen_from(login.token, "203.0.113.200");
    BJ_CHECK(!caller.is_elsewhere && caller.home_ns && !caller.moved_ns);
    caller = seen_from(login.token, "198.51.100.1");
    BJ_CHECK(caller.is_elsewhere && caller.reads_elsewhere && !caller.moved_ns);
    const bj_context_t there = {.client = "198.51.100.1"};
    for (int i = 0; i < 3; i++)
        bj_identity_moved(identity, &there, &caller);
    BJ_CHECK(entries(user_id) == 1);
    /* At home too, until it has proved itself. */
    caller = seen_from(login.token, "203.0.113.1");
    BJ_CHECK(caller.is_elsewhere && caller.moved_ns);
    bj_rotation_t rotation = {.caller = &caller};
    bj_proof_t proof = {.password = WORD, .code = "", .address = "198.51.100.1", .device = ""};
    uint32_t retry_s;
    BJ_CHECK(bj_identity_prove(identity, &rotation, &proof, &retry_s) == BJ_OK);
    caller = seen_from(rotation.token, "198.51.100.9");
    BJ_CHECK(!caller.is_elsewhere && !caller.moved_ns && !strcmp(caller.home, "198.51.100.1"));
    caller = seen_from(rotation.token, "203.0.113.1");
    BJ_CHECK(caller.is_elsewhere && !caller.moved_ns);
    BJ_CHECK(entries(user_id) == 1);
}

/* Whose device soon runs out is told of it, once; no mail, not told. */
static void test_device_tell(void) {
    uint64_t user_id = add_user("desk@b.in", BJ_ROLE_SUPPORT);
    char sql[700];
    snprintf(sql, sizeof sql,
             "BEGIN; SET LOCAL session_replication_role = replica;"
             " INSERT INTO staff_devices (user_id, name, request, key_hash, asked_by, reason,"
             "  decided_by, decided_at, serial, certificate, expires_at) SELECT %llu, 'Desk',"
             "  decode(repeat('30', 99), 'hex'), sha256('k'), 'operator', 'r', 'operator', now(),"
             "  '4' || repeat('A', 31), decode(repeat('30', 99), 'hex'),"
             "  now() + interval '20 days'; COMMIT",
             (unsigned long long)user_id);
    BJ_DB_CONN conn = NULL;
    BJ_CHECK(bj_db_take(owner, &conn) == BJ_OK && bj_db_script(conn, sql) == BJ_OK);
#define TOLD "SELECT count(told_at) FROM staff_devices WHERE user_id = $1"
    BJ_CHECK(bj_staff_device_tell(identity) == BJ_ERR_UNAVAILABLE && number(TOLD, user_id) == 0);
    bj_mail_t *mail = bj_mail_new("smtp://127.0.0.1:1", "bijli@b.in"); /* queued is enough */
    identity->config.mail = mail;
    BJ_CHECK(bj_staff_device_tell(identity) == BJ_OK && number(TOLD, user_id) == 1);
    BJ_CHECK(bj_staff_device_tell(identity) == BJ_ERR_NOT_FOUND);
    identity->config.mail = NULL;
    bj_mail_free(mail);
}

int main(void) {
    char error[BJ_PLACES_ERROR_BYTES];
    places = bj_places_read(table, sizeof table - 1, error);
    BJ_CHECK(places);
    test_rules();
    test_config();
    if (identity_test_is_on("test_bj_context")) {
        identity_test_open(IDENTITY_TEST_NO_REDIS,
                           (bj_identity_config_t){.places = places,
                                                  .context = {.client = BJ_MOVES_COUNTRY,
                                                              .reads = true,
                                                              .v4_bits = 24,
                                                              .v6_bits = 48}});
        test_session();
        test_device_tell();
        identity_test_close();
    }
    bj_places_free(places);
    return bj_test_end("test_bj_context");
}
