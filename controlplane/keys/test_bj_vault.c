/* Goal: what Vault answers is taken for what it is, whatever it is; what it wraps comes back. */
#include "controlplane/keys/bj_vault.h"
#include "controlplane/keys/vault_test.h"
#include "controlplane/store/child_test.h"
#include "dataplane/base/bj_test.h"

static void test_answers(void) {
    static const struct {
        long code;
        const char *body;
        bj_status_t want;
    } cases[] = {
        {200, "{\"data\":{\"ciphertext\":\"vault:v1:AAAA\"}}", BJ_OK},
        {200, "{\"request_id\":\"x\",\"data\":{\"ciphertext\":\"y\",\"key_version\":1}}", BJ_OK},
        {200, "{\"data\":{}}", BJ_ERR_CORRUPT},
        {200, "{\"data\":[\"ciphertext\"]}", BJ_ERR_CORRUPT},
        {200, "{\"data\":{\"ciphertext\":\"\"}}", BJ_ERR_CORRUPT},
        {200, "{\"data\":{\"ciphertext\":\"0123456789012345678901\"}}", BJ_ERR_CORRUPT}, /* long */
        {200, "{\"data\":{\"ciphertext\":5}}", BJ_ERR_CORRUPT},
        {200, "", BJ_ERR_CORRUPT},
        {200, "<html>", BJ_ERR_CORRUPT},
        {204, "", BJ_ERR_UNAVAILABLE},
        {400, "{\"errors\":[\"invalid ciphertext\"]}", BJ_ERR_CORRUPT},
        {403, "{\"errors\":[\"permission denied\"]}", BJ_ERR_DENIED},
        {404, "{\"errors\":[]}", BJ_ERR_NOT_FOUND},
        {429, "", BJ_ERR_UNAVAILABLE},
        {500, "{\"errors\":[\"x\"]}", BJ_ERR_UNAVAILABLE},
        {503, "{\"errors\":[\"Vault is sealed\"]}", BJ_ERR_UNAVAILABLE},
    };
    char out[16];
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bj_status_t got = bj_vault_read(cases[i].code, cases[i].body, strlen(cases[i].body),
                                        "ciphertext", out, sizeof out);
        BJ_CHECK(got == cases[i].want);
        if (got != cases[i].want)
            fprintf(stderr, "  in case %ld %s\n", cases[i].code, cases[i].body);
    }
}

static void test_texts(void) {
    static const char *const good[] = {"vault:v1:AAAA", "vault:v12:AAA=", "vault:v3:AA=="};
    static const char *const bad[] = {"",
                                      "vault:",
                                      "vault:v:AAAA",
                                      "vault:v0:AAAA",
                                      "vault:v1:",
                                      "vault:v1:AAA",
                                      "vault:v1:A===",
                                      "vault:v1:AA=A",
                                      "file:1:AAAA",
                                      "vault:v1:AAA'",
                                      "vault:v1:AAAA\n"};
    uint8_t out[3];
    for (size_t i = 0; i < BJ_COUNT(good); i++)
        BJ_CHECK(bj_vault_formed(good[i]));
    for (size_t i = 0; i < BJ_COUNT(bad); i++)
        BJ_CHECK(!bj_vault_formed(bad[i]));
    BJ_CHECK(bj_base64_read("Zm9v", out, 3) && !memcmp(out, "foo", 3)); /* RFC 4648 section 10 */
    BJ_CHECK(bj_base64_read("Zm8=", out, 2) && bj_base64_read("Zg==", out, 1));
    BJ_CHECK(!bj_base64_read("Zm9v", out, 2) && !bj_base64_read("Zm8=", out, 3));
    BJ_CHECK(!bj_base64_read("Zm9", out, 2) && !bj_base64_read("Zm 9", out, 3));
}

static void test_config(void) {
    bj_vault_config_t config = {.url = "http://127.0.0.1:1", .key = "bijli", .token_file = "x"};
    BJ_CHECK(!bj_vault_new(&config)); /* the token does not go out in clear */
    config.url = "https://127.0.0.1:1";
    config.key = "../sys/seal";
    BJ_CHECK(!bj_vault_new(&config));
    config.key = "bijli";
    bj_vault_t *vault = bj_vault_new(&config);
    char out[BJ_WRAPPED_BYTES];
    BJ_CHECK(vault && bj_vault_wrap(vault, "x", 1, out) == BJ_ERR_UNAVAILABLE); /* no token */
    bj_vault_free(vault);
}

static void test_stand_in(vault_test_t *there) {
    char wrapped[BJ_WRAPPED_BYTES], again[BJ_WRAPPED_BYTES];
    uint8_t back[5];
    bj_vault_t *vault = vault_test_client(there);
    BJ_CHECK(vault && bj_vault_wrap(vault, "bijli", 5, wrapped) == BJ_OK);
    BJ_CHECK(!strncmp(wrapped, "vault:v1:", 9) && !strstr(wrapped, "bijli"));
    BJ_CHECK(bj_vault_unwrap(vault, wrapped, back, 5) == BJ_OK && !memcmp(back, "bijli", 5));
    BJ_CHECK(bj_vault_unwrap(vault, wrapped, back, 4) == BJ_ERR_CORRUPT);
    there->version = 2;
    BJ_CHECK(bj_vault_rewrap(vault, wrapped, again) == BJ_OK && !strncmp(again, "vault:v2:", 9));
    BJ_CHECK(bj_vault_unwrap(vault, again, back, 5) == BJ_OK && !memcmp(back, "bijli", 5));
    wrapped[12] = wrapped[12] == 'A' ? 'B' : 'A';
    BJ_CHECK(bj_vault_unwrap(vault, wrapped, back, 5) == BJ_ERR_CORRUPT);
    static const struct {
        vault_mood_t mood;
        bj_status_t want;
    } moods[] = {{VAULT_SEALED, BJ_ERR_UNAVAILABLE},
                 {VAULT_DENIES, BJ_ERR_DENIED},
                 {VAULT_GARBAGE, BJ_ERR_CORRUPT},
                 {VAULT_SHORT, BJ_ERR_CORRUPT},
                 {VAULT_HANGS_UP, BJ_ERR_UNAVAILABLE}};
    for (size_t i = 0; i < BJ_COUNT(moods); i++) {
        there->mood = moods[i].mood;
        BJ_CHECK(bj_vault_wrap(vault, "bijli", 5, wrapped) == moods[i].want);
        BJ_CHECK(bj_vault_unwrap(vault, again, back, 5) == moods[i].want);
    }
    there->mood = VAULT_WELL;
    vault_test_kill(there);
    BJ_CHECK(bj_vault_unwrap(vault, again, back, 5) == BJ_ERR_UNAVAILABLE);
    vault_test_listen(there);
    BJ_CHECK(bj_vault_unwrap(vault, again, back, 5) == BJ_OK);
    bj_vault_free(vault);
}

/* Somebody else's server on the same port is not told the token. */
static void test_stranger(vault_test_t *there, const char *other_ca) {
    char out[BJ_WRAPPED_BYTES];
    bj_vault_config_t config = {.url = there->url,
                                .key = "bijli",
                                .token_file = there->token_file,
                                .ca_file = other_ca,
                                .timeout_ms = 1000};
    bj_vault_t *vault = bj_vault_new(&config);
    int asked = there->asked_cnt;
    BJ_CHECK(vault && bj_vault_wrap(vault, "x", 1, out) == BJ_ERR_UNAVAILABLE);
    BJ_CHECK(there->asked_cnt == asked);
    bj_vault_free(vault);
}

int main(void) {
    static vault_test_t there;
    char dir[64];
    signal(SIGPIPE, SIG_IGN);
    if (!child_mkdir(dir, sizeof dir)) abort();
    test_answers();
    test_texts();
    test_config();
    vault_test_start(&there, dir);
    test_stand_in(&there);
    test_stranger(&there, "/etc/ssl/certs/ca-certificates.crt");
    vault_test_end(&there);
    rmdir(dir);
    return bj_test_end("test_bj_vault");
}
