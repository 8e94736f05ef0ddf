/* Goal: what is asked of a gateway, to the byte; that a code goes out in clear to this machine
 * only; that each kind has its own registered template and no number or text can add a word to the
 * request. */
#include <jansson.h>
#include <stdlib.h>
#include "controlplane/notify/bj_sms.h"
#include "dataplane/base/bj_test.h"

static const bj_sms_config_t config = {.url = "http://127.0.0.1:1/sms",
                                       .token = "t",
                                       .sender = "BIJLIX",
                                       .entity_id = "1001",
                                       .template_id = {"2001", "2002", "2003"}};

static void test_form(void) {
    static const char want[] =
        "{\"to\":\"+919876543210\",\"text\":\"123456 is your code for Bijli, good for 10 minutes. "
        "Give it to nobody: we never ask for it.\",\"sender\":\"BIJLIX\",\"entity_id\":\"1001\","
        "\"template_id\":\"2001\"}";
    char out[BJ_SMS_BODY_BYTES];
    size_t n = bj_sms_format(out, sizeof out, &config, BJ_SMS_CODE, "+919876543210", "123456");
    BJ_CHECK(n == sizeof want - 1 && memcmp(out, want, n) == 0);
    for (size_t room = 1; room <= n; room++) {
        BJ_CHECK(bj_sms_format(out, room, &config, BJ_SMS_CODE, "+919876543210", "123456") == 0);
    }
}

static void test_kinds(void) {
    char out[BJ_SMS_BODY_BYTES];
    for (int kind = 0; kind < BJ_SMS_KIND_CNT; kind++) {
        size_t n = bj_sms_format(out, sizeof out, &config, (bj_sms_kind_t)kind, "+91", "\"}{\n");
        json_t *json = json_loadb(out, n, JSON_REJECT_DUPLICATES, NULL);
        const char *text = json_string_value(json_object_get(json, "text"));
        const char *template_id = json_string_value(json_object_get(json, "template_id"));
        /* One message of the network: 160 characters of its alphabet. */
        BJ_CHECK(json_object_size(json) == 5 && text && strlen(text) <= 160 && !strchr(text, '%'));
        BJ_CHECK(template_id && !strcmp(template_id, config.template_id[kind]));
        json_decref(json);
    }
}

static void test_url(void) {
    static const struct {
        const char *url;
        bool good;
    } cases[] = {{"https://sms.example/v1", true},
                 {"http://127.0.0.1:8446/sms", true},
                 {"http://localhost:8446/sms", true},
                 {"http://sms.example/v1", false},
                 {"http://127.0.0.1.evil.example/", false},
                 {"ftp://127.0.0.1:1/", false},
                 {"", false}};
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bj_sms_config_t other = config;
        other.url = cases[i].url;
        bj_sms_t *sms = bj_sms_new(&other);
        BJ_CHECK((sms != NULL) == cases[i].good);
        if (sms) BJ_CHECK(bj_sms_failed_cnt(sms) == 0);
        bj_sms_free(sms);
    }
}

int main(void) {
    test_form();
    test_kinds();
    test_url();
    return bj_test_end("test_bj_sms");
}
