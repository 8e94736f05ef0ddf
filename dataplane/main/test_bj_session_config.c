/* Goal: what the configuration says of a session is what the gateway gets; what it may not say is
 * refused with a sentence that names the field. */
#include "dataplane/main/bj_session_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"

static char key_file[] = "/tmp/bj_session_key_XXXXXX", file[] = "/tmp/bj_session_XXXXXX";

/* The rest of the session's object; its id, name and key are good. */
static bj_config_t *config_of(const char *rest) {
    FILE *out = fopen(file, "w");
    BJ_CHECK(out && fprintf(out,
                            "{\"s\": [{%s%s\"key_file\": \"%s\"%s}]}",
                            strstr(rest, "\"id\"") ? "" : "\"id\": 1023,",
                            strstr(rest, "\"name\"") ? "" : "\"name\": \"desk\",", key_file,
                            rest) > 0);
    if (out) fclose(out);
    return bj_config_load(file);
}

enum { TRADE = BJ_GATEWAY_MAY_TRADE | BJ_GATEWAY_MAY_CANCEL };
static const struct {
    const char *rest;
    uint32_t accounts[2], account_cnt;
    bool all, clear;
    uint8_t may, on_disconnect;
    bj_gateway_source_t source;
    uint32_t source_cnt;
    bj_gateway_throttle_t throttle;
} good[] = {
    {", \"account\": 900", {900}, 1, .may = TRADE},
    {", \"account\": 900, \"clear\": true", {900}, 1, .clear = true, .may = TRADE},
    {", \"account\": 900, \"clear\": false", {900}, 1, .may = TRADE},
    {", \"account\": 900, \"admin\": false", {900}, 1, .may = TRADE},
    {", \"account\": 0, \"admin\": true", {0}, 0, .all = true,
     .may = TRADE | BJ_GATEWAY_MAY_ADMIN},
    {", \"accounts\": [7, 2147483647]", {7, 2147483647}, 2, .may = TRADE},
    {", \"account\": 7, \"accounts\": [8]", {7, 8}, 2, .may = TRADE},
    {", \"all_accounts\": true, \"may\": [\"cancel\"]", {0}, 0, .all = true,
     .may = BJ_GATEWAY_MAY_CANCEL},
    {", \"may\": [\"admin\"]", {0}, 0, .may = BJ_GATEWAY_MAY_ADMIN},
    {", \"may\": [\"admin\", \"second\"]", {0}, 0,
     .may = BJ_GATEWAY_MAY_ADMIN | BJ_GATEWAY_MAY_SECOND},
    {", \"account\": 1, \"may\": [\"admin\", \"trade\"]", {1}, 1,
     .may = TRADE | BJ_GATEWAY_MAY_ADMIN},
    {", \"account\": 1, \"from\": [\"10.1.2.3\"]", {1}, 1, .may = TRADE,
     .source = {0x0a010203, 0xffffffff}, .source_cnt = 1},
    {", \"account\": 1, \"from\": [\"10.1.0.0/16\", \"127.0.0.1/32\"]", {1}, 1, .may = TRADE,
     .source = {0x0a010000, 0xffff0000}, .source_cnt = 2},
    {", \"account\": 1, \"from\": [\"0.0.0.0/0\"]", {1}, 1, .may = TRADE, .source = {0, 0},
     .source_cnt = 1},
    {", \"account\": 1, \"cancel_on_disconnect\": \"all\"", {1}, 1, .may = TRADE,
     .on_disconnect = BJ_DISCONNECT_ALL},
    {", \"account\": 1, \"cancel_on_disconnect\": \"never\"", {1}, 1, .may = TRADE,
     .on_disconnect = BJ_DISCONNECT_NEVER},
    {", \"account\": 1, \"rate_per_s\": 50", {1}, 1, .may = TRADE,
     .throttle = {50, 50, 50, 50, 80, 1000}},
    {", \"account\": 1, \"rate_per_s\": 1000000, \"burst\": 7, \"cancel_rate_per_s\": 8,"
     "\"cancel_burst\": 9, \"warn_pct\": 100, \"cut_refusals\": 0", {1}, 1, .may = TRADE,
     .throttle = {1000000, 7, 8, 9, 100, 0}},
};

static void test_good(void) {
    for (size_t i = 0; i < BJ_COUNT(good); i++) {
        unsigned fails = bj_fail_cnt;
        bj_gateway_session_config_t got;
        bj_config_t *config = config_of(good[i].rest);
        BJ_CHECK(bj_session_config_read(bj_config_item(config, "s", 0), &got));
        BJ_CHECK(got.id == 1023 && strcmp(got.name, "desk") == 0 && got.key_bytes == 6);
        BJ_CHECK(got.account_cnt == good[i].account_cnt && got.all_accounts == good[i].all);
        BJ_CHECK(got.clear == good[i].clear);
        BJ_CHECK(memcmp(got.accounts, good[i].accounts, sizeof good[i].accounts) == 0);
        BJ_CHECK(got.may == good[i].may && got.on_disconnect == good[i].on_disconnect);
        BJ_CHECK(got.source_cnt == good[i].source_cnt &&
                 memcmp(&got.sources[0], &good[i].source, sizeof good[i].source) == 0);
        BJ_CHECK(memcmp(&got.throttle, &good[i].throttle, sizeof got.throttle) == 0);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s\n", good[i].rest);
        bj_config_free(config);
    }
}

static const struct {
    const char *rest, *said; /* a part of the sentence */
} bad[] = {
    {"", "account, accounts or all_accounts"},
    {", \"account\": 0", "account, accounts or all_accounts"},
    {", \"account\": -1", "account must be a whole number"},
    {", \"accounts\": [0]", "accounts[0] must be a whole number in [1, 2147483647]"},
    {", \"accounts\": 5", "accounts must be a list"},
    {", \"account\": 1, \"may\": [\"fly\"]", "may has fly; it may have trade, cancel, admin"},
    {", \"account\": 1, \"may\": \"trade\"", "may must be a list"},
    {", \"account\": 1, \"from\": [\"10.1.2.3/16\"]", "from has 10.1.2.3/16; it may"},
    {", \"account\": 1, \"from\": [\"10.1.2\"]", "from has 10.1.2; it may"},
    {", \"account\": 1, \"from\": [\"10.1.2.3/33\"]", "from has 10.1.2.3/33; it may"},
    {", \"account\": 1, \"from\": [\"10.1.2.3/\"]", "from has 10.1.2.3/; it may"},
    {", \"account\": 1, \"from\": [\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\"]",
     "from may have 8"},
    {", \"account\": 1, \"cancel_on_disconnect\": \"some\"",
     "cancel_on_disconnect is flagged, all or never"},
    {", \"account\": 1, \"rate_per_s\": 0", "rate_per_s must be a whole number in [1, 1000000]"},
    {", \"account\": 1, \"rate_per_s\": 1, \"burst\": 1000001", "burst must be"},
    {", \"account\": 1, \"rate_per_s\": 1, \"warn_pct\": 101", "warn_pct must be"},
    {", \"account\": 1, \"burst\": 9", "burst needs a rate_per_s"},
    {", \"account\": 1, \"cut_refusals\": 9", "cut_refusals needs a rate_per_s"},
    {", \"id\": 1024, \"account\": 1", "id must be a whole number in [1, 1023]"},
    {", \"account\": 1, \"name\": \"sixteen-is-above\"", "must have 1 to 15 characters"},
};

/* In a process of its own, because a value of the wrong kind ends it. */
static void check_bad(const char *rest, const char *said) {
    char text[2048] = "";
    int ends[2];
    bj_config_t *config = config_of(rest);
    BJ_CHECK(pipe(ends) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        bj_gateway_session_config_t got;
        dup2(ends[1], STDERR_FILENO);
        _exit(bj_session_config_read(bj_config_item(config, "s", 0), &got) ? 0 : 2);
    }
    int status = 0;
    BJ_CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
    close(ends[1]);
    BJ_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 2);
    BJ_CHECK(read(ends[0], text, sizeof text - 1) > 0);
    BJ_CHECK(strstr(text, said) != NULL);
    if (!strstr(text, said)) fprintf(stderr, "  %s: %s", rest, text);
    close(ends[0]);
    bj_config_free(config);
}

int main(void) {
    bj_log_init("test", BJ_LOG_ERROR);
    int key_fd = mkstemp(key_file);
    BJ_CHECK(write(key_fd, "secret\n", 7) == 7);
    close(key_fd), close(mkstemp(file));
    test_good();
    for (size_t i = 0; i < BJ_COUNT(bad); i++)
        check_bad(bad[i].rest, bad[i].said);
    unlink(key_file), unlink(file);
    return bj_test_end("test_bj_session_config");
}
