/* What the configuration may say of whom the server talks to; that without "simulated": true each
 * thing of the development world is refused by its name.  Demo accounts in a database:
 * tests/world/52-logs.test.mjs. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "controlplane/control/bj_settings.h"
#include "dataplane/base/bj_test.h"

/* "": good, else what the sentence begins with. */
static void judge(const char *json, const char *wanted) {
    char path[] = "/tmp/test_bj_settings.XXXXXX", error[BJ_SETTINGS_ERROR_BYTES] = "";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    BJ_CHECK(file && fputs(json, file) >= 0 && fclose(file) == 0);
    bj_config_t *config = bj_config_load(path);
    bool ok = bj_settings_good(config, error);
    bool right = ok == !*wanted && strncmp(error, wanted, strlen(wanted)) == 0;
    if (!right) fprintf(stderr, "%s: %s\n", json, error);
    BJ_CHECK(right);
    /* A sentence never says what is in the configuration. */
    BJ_CHECK(!strstr(error, "hush"));
    bj_config_free(config);
    unlink(path);
}

static void address(const char *field, const char *name, const char *text, bool good) {
    char json[400], wanted[80];
    snprintf(json, sizeof json, "{\"simulated\": true, \"%s\": {\"%s\": \"%s\"}}", field, name,
             text);
    snprintf(wanted, sizeof wanted, "%s.%s must be ", field, name);
    judge(json, good ? "" : wanted);
}

static void test_addresses(void) {
    static const struct {
        const char *field, *name, *text;
        bool good;
    } cases[] = {
        {"web", "origin", "https://localhost:8443", true},
        {"web", "origin", "https://trade.example", true},
        {"web", "origin", "http://trade.example", false},
        {"web", "origin", "https://trade.example/a", false},
        {"web", "origin", "https://u:hush@trade.example", false},
        {"web", "origin", "trade.example", false},
        {"web", "edge_url", "wss://localhost:8445/", true},
        {"web", "edge_url", "ws://localhost:8445/", false},
        {"mail", "smtp_url", "smtp://127.0.0.1:8446", true},
        {"mail", "smtp_url", "smtps://mail.example:465", true},
        {"mail", "smtp_url", "file:///etc/passwd", false},
        {"mail", "smtp_url", "smtp://u:hush@mail.example", false},
        {"sms", "url", "http://127.0.0.1:8447/sms", true},
        {"sms", "url", "https://sms.example/send?v=1", true},
        {"sms", "url", "http://sms.example/send", false},
        {"sms", "url", "gopher://127.0.0.1:8447/sms", false},
        {"sms", "url", "https://169.254.169.254/latest", false},
        {"sms", "url", "https://2852039166/latest", false},
        {"sms", "url", "https://0.0.0.0/", false},
        {"sms", "url", "https://239.1.2.3/", false},
        {"sms", "url", "https://[fe80::1]/", false},
        {"sms", "url", "https://[ff02::1]/", false},
        {"sms", "url", "https://[::]/", false},
        {"sms", "url", "https://[::ffff:169.254.169.254]/", false},
        {"sms", "url", "https://[::1]/", true},
        {"sms", "url", "https://[2001:db8::5]/", true},
        {"nats", "url", "nats://hush@127.0.0.1:4222", true},
        {"nats", "url", "tls://bus.example:4222", true},
        {"nats", "url", "http://127.0.0.1:4222", false},
        {"redis", "socket", "/run/redis.sock", true},
        {"redis", "socket", "redis.example:6379", false},
        {"postgres", "control", "host=/run/pg password=hush", true},
        {"postgres", "control", "host=db.example password=hush", false},
        {"postgres", "control", "host=db.example sslmode=verify-full", true},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        address(cases[i].field, cases[i].name, cases[i].text, cases[i].good);
    }
    judge("{\"simulated\": true, \"keys\": {\"vault\": {\"url\": \"http://127.0.0.1:8200\"}}}",
          "keys.vault.url must be https://HOST:PORT");
}

static void test_production(void) {
    static const struct {
        const char *json, *path;
    } cases[] = {
        {"\"exchange\": {\"seed\": 1}", "exchange"},
        {"\"maker\": {\"messages_per_s\": 10}", "maker"},
        {"\"mail\": {\"dir\": \"/var/mail\"}", "mail.dir"},
        {"\"mail\": {\"from\": \"no-reply@bijli.localhost\"}", "mail.from"},
        {"\"sms\": {\"url\": \"http://127.0.0.1:8447/sms\"}", "sms.url"},
        {"\"web\": {\"origin\": \"https://localhost:8443\"}", "web.origin"},
        {"\"web\": {\"edge_url\": \"wss://127.0.0.1:8445/\"}", "web.edge_url"},
        {"\"apps\": {\"url\": \"https://a.localhost:8454\"}", "apps.url"},
        {"\"universe_csv\": \"/srv/bijli/sim/data/universe.csv\"", "universe_csv"},
        {"\"identity\": {\"demand\": {\"client\": \"none\"}}", "identity.demand.client"},
        {"\"identity\": {\"demand\": {\"staff\": \"none\"}}", "identity.demand.staff"},
    };
    char json[200], wanted[80];
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        snprintf(wanted, sizeof wanted, "%s is of the development world", cases[i].path);
        snprintf(json, sizeof json, "{%s}", cases[i].json);
        judge(json, wanted);
        snprintf(json, sizeof json, "{\"simulated\": false, %s}", cases[i].json);
        judge(json, wanted);
        snprintf(json, sizeof json, "{\"simulated\": true, %s}", cases[i].json);
        judge(json, "");
    }
    judge(
        "{\"web\": {\"origin\": \"https://trade.example\", \"edge_url\": \"wss://t.example/\"},"
        " \"sms\": {\"url\": \"https://sms.example/send\"},"
        " \"mail\": {\"smtp_url\": \"smtp://127.0.0.1:25\", \"from\": \"a@trade.example\"},"
        " \"identity\": {\"demand\": {\"client\": \"factor\"}}, \"universe_csv\": \"/etc/u.csv\"}",
        "");
}

int main(void) {
    test_addresses();
    test_production();
    return bj_test_end("test_bj_settings");
}
