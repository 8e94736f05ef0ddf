/* Goal: what the configuration says of the way to the exchange is what the client gets; what it may
 * not say is refused with a sentence that names the key. */
#include "dataplane/main/bj_nse_setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"

static char root[] = "/tmp/bj_nse_setup_XXXXXX";
static char file[64], password[64], universe[64];

static void file_put(const char *path, const char *text) {
    FILE *out = fopen(path, "w");
    BJ_CHECK(out && fputs(text, out) >= 0);
    if (out) fclose(out);
}

typedef struct part { const char *key, *value; } part_t;

/* The usual, in which one key has another value; without a value it is not there. */
static bj_config_t *config_of(const char *key, const char *value, const char *beside) {
    char at[80];
    const part_t parts[] = {
        {"router_host", "\"10.1.2.3\""}, {"router_port", "9601"}, {"ca_file", "\"ca.pem\""},
        {"box", "9"}, {"broker", "\"90001\""}, {"user", "901"}, {"password_file", at},
        {"others", "{\"account\": \"C####\"}"}};
    FILE *out = fopen(file, "w");
    (void)snprintf(at, sizeof at, "\"%s\"", password);
    BJ_CHECK(out != NULL);
    if (!out) return NULL;
    fprintf(out, "{\"universe_csv\": \"%s\"%s, \"nse\": {\"x\": 0", universe, beside);
    for (size_t i = 0; i < BJ_COUNT(parts); i++) {
        if (strcmp(parts[i].key, key) != 0)
            fprintf(out, ", \"%s\": %s", parts[i].key, parts[i].value);
    }
    if (*value) fprintf(out, ", \"%s\": %s", key, value);
    fputs("}}", out);
    fclose(out);
    return bj_config_load(file);
}

static bj_nse_setup_t setup;

static void test_usual(void) {
    bj_config_t *config = config_of("", "", "");
    BJ_CHECK(bj_nse_setup_read(config, &setup));
    const bj_nnf_client_config_t *client = &setup.client;
    BJ_CHECK(client->segment == BJ_NNF_CM && client->box_id == 9 && client->user_id == 901);
    BJ_CHECK(client->branch_id == 1 && strcmp(client->broker_id, "90001") == 0);
    BJ_CHECK(strcmp(client->password, "Secret12") == 0 && client->router_port == 9601);
    BJ_CHECK(strcmp(client->router_ip, "10.1.2.3") == 0 && strcmp(setup.ca_file, "ca.pem") == 0);
    BJ_CHECK(strcmp(client->others.account, "C####") == 0 && client->party_cnt == 0);
    BJ_CHECK(strcmp(client->others.pan, "PAN_EXEMPT") == 0);
    BJ_CHECK(client->others.pro_client == BJ_NNF_CLIENT && client->order_max == 1 << 20);
    BJ_CHECK(client->instrument_cnt == 1 && client->instruments[0].token == 101);
    BJ_CHECK(client->settings.rate_per_s == 90 && client->settings.burst_per_100ms == 90);
    BJ_CHECK(client->settings.foreign_cancel && client->settings.settle_ns == 2 * BJ_NS_PER_S);
    BJ_CHECK(setup.core == -1);
    bj_nse_setup_free(&setup);
    BJ_CHECK(!setup.client.password[0]);
    bj_config_free(config);
}

static void test_accounts(void) {
    bj_config_t *config = config_of(
        "accounts", "[{\"id\": 7, \"account\": \"PROP\", \"pro\": true, \"pan\": \"ABCDE1234F\","
        " \"nnf_id\": 111111111111100, \"algo_id\": 5, \"open_close\": \"O\"}]", "");
    BJ_CHECK(bj_nse_setup_read(config, &setup));
    const bj_nnf_party_t *party = &setup.client.parties[0];
    BJ_CHECK(setup.client.party_cnt == 1 && party->account_id == 7 && party->algo_id == 5);
    BJ_CHECK(party->pro_client == BJ_NNF_PRO && strcmp(party->pan, "ABCDE1234F") == 0);
    BJ_CHECK(party->nnf_id == INT64_C(111111111111100) && party->open_close == 'O');
    bj_nse_setup_free(&setup);
    bj_config_free(config);
}

static const struct {
    const char *key, *value, *beside, *said;
} bad[] = {
    {"router_host", "\"router.example\"", "", "nse.router_host is an IPv4 address"},
    {"router_host", "", "", "nse.router_host"},
    {"router_port", "0", "", "nse.router_port must be a whole number in [1, 65535]"},
    {"ca_file", "", "", "nse.ca_file"},
    {"segment", "\"eq\"", "", "nse.segment is cm or fo, not eq"},
    {"box", "0", "", "nse.box must be"},
    {"broker", "\"900012\"", "", "nse.broker is 1 to 5 characters"},
    {"broker", "\"\"", "", "nse.broker is 1 to 5 characters"},
    {"user", "\"901\"", "", "nse.user must be"},
    {"password_file", "\"/nowhere\"", "", "nse.password_file"},
    {"others", "{\"account\": \"CLIENT\"}", "", "nse.others.account has a #"},
    {"others", "{\"account\": \"C##########\"}", "", "nse.others.account is 1 to 10"},
    {"others", "{\"account\": \"C###\", \"pan\": \"abcde1234f\"}", "", "nse.others.pan is"},
    {"others", "{\"account\": \"C###\", \"open_close\": \"X\"}", "", "nse.others.open_close is O"},
    {"others", "", "", "nse.others.account or nse.accounts must say"},
    {"accounts", "[{\"id\": 0, \"account\": \"A\"}]", "", "id must be"},
    {"accounts", "[{\"id\": 1, \"account\": \"\"}]", "", "nse.accounts[0].account is 1 to 10"},
    {"rate_per_s", "0", "", "nse.rate_per_s must be"},
    {"burst_per_100ms", "91", "", "nse.burst_per_100ms must be a whole number in [1, 90]"},
    {"order_max", "16777217", "", "nse.order_max must be"},
    {"retry_max_ms", "499", "", "nse.retry_max_ms must be"},
    {"segment", "\"fo\"", ", \"contracts_file\": \"\"", "contracts_file"},
    {"branch", "1", ", \"dataplane\": {\"durability\": \"memory\"}",
     "dataplane.durability is memory"},
    {"branch", "1", ", \"dataplane\": {\"journal_prune\": true}",
     "dataplane.journal_prune is true"},
    {"branch", "1", ", \"bands\": {\"sliding\": \"*\"}", "bands.sliding must be empty"},
};

/* In a process of its own, because a value of the wrong kind ends it. */
static void check_bad(size_t i) {
    char text[2048] = "";
    int ends[2], status = 0;
    bj_config_t *config = config_of(bad[i].key, bad[i].value, bad[i].beside);
    BJ_CHECK(pipe(ends) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        _exit(bj_nse_setup_read(config, &setup) ? 0 : 2);
    }
    BJ_CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
    close(ends[1]);
    bool refused = WIFEXITED(status) && WEXITSTATUS(status) == 2;
    BJ_CHECK(read(ends[0], text, sizeof text - 1) > 0 || !refused);
    BJ_CHECK(refused && strstr(text, bad[i].said) != NULL);
    if (!refused || !strstr(text, bad[i].said))
        fprintf(stderr, "  %s %s: %s\n", bad[i].key, bad[i].value, text);
    close(ends[0]);
    bj_config_free(config);
}

int main(void) {
    bj_log_init("test", BJ_LOG_ERROR);
    if (!mkdtemp(root)) return 1;
    (void)snprintf(file, sizeof file, "%s/config", root);
    (void)snprintf(password, sizeof password, "%s/password", root);
    (void)snprintf(universe, sizeof universe, "%s/universe", root);
    file_put(password, "Secret12\n");
    file_put(universe, "symbol,token,stream,tick_paise,lot_qty,prev_close_paise,band_lo_paise,"
                       "band_hi_paise,freeze_qty,avg_daily_qty,avg_daily_trades,annual_vol_bp\n"
                       "DEMO,101,1,5,1,10000,9000,11000,1000,1000000,10000,2500\n");
    test_usual();
    test_accounts();
    for (size_t i = 0; i < BJ_COUNT(bad); i++) check_bad(i);
    unlink(file), unlink(password), unlink(universe), rmdir(root);
    return bj_test_end("test_bj_nse_setup");
}
