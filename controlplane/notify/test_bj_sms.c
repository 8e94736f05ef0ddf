/* Goal: what is asked of a gateway, to the byte; that a code goes out in clear to this machine
 * only; that each kind has its own registered template and no number or text can add a word to the
 * request; that a gateway which says no is asked again. */
#include <arpa/inet.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "controlplane/notify/bj_sms.h"
#include "dataplane/base/bj_test.h"

static const bj_sms_config_t config = {.url = "http://127.0.0.1:1/sms",
                                       .token = "t",
                                       .sender = "BIJLIX",
                                       .entity_id = "1001",
                                       .template_id = {"2001", "2002", "2003", "2004"}};

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

/* A gateway that is away for the first one who asks, and has no such number as the third one's; it
 * keeps what all said. */
enum { ASKED = 4 };
typedef struct gateway {
    int fd;
    unsigned unheard; /* answers that did not go out whole */
    char said[ASKED][4096];
} gateway_t;

static void hear(int fd, char said[4096]) {
    size_t n = 0;
    const char *body = NULL;
    /* Head and body may come apart; a body of ours ends with a brace. */
    while (n < 4095 && !(body && said[n - 1] == '}')) {
        ssize_t more = read(fd, said + n, 4095 - n);
        if (more <= 0) break;
        n += (size_t)more;
        said[n] = '\0';
        body = strstr(said, "\r\n\r\n");
    }
}

static void *serve(void *arg) {
    static const char *const answers[ASKED] = {
        "HTTP/1.1 503 Away\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 202 Taken\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 422 No such number\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 202 Taken\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"};
    gateway_t *gateway = arg;
    for (int i = 0; i < ASKED; i++) {
        int fd = accept(gateway->fd, NULL, NULL);
        hear(fd, gateway->said[i]);
        size_t bytes = strlen(answers[i]);
        gateway->unheard += write(fd, answers[i], bytes) != (ssize_t)bytes;
        close(fd);
    }
    return NULL;
}

static void test_sent(void) {
    static const char text[] = "\"to\":\"+919876543210\",\"text\":\"123456 is your code";
    gateway_t gateway = {.fd = socket(AF_INET, SOCK_STREAM, 0)};
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t at_bytes = sizeof at;
    pthread_t thread;
    char url[64];
    BJ_CHECK(bind(gateway.fd, (struct sockaddr *)&at, sizeof at) == 0);
    BJ_CHECK(getsockname(gateway.fd, (struct sockaddr *)&at, &at_bytes) == 0);
    BJ_CHECK(listen(gateway.fd, ASKED) == 0);
    BJ_CHECK(pthread_create(&thread, NULL, serve, &gateway) == 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/sms", ntohs(at.sin_port));
    bj_sms_config_t there = config;
    there.url = url;
    bj_sms_t *sms = bj_sms_new(&there);
    BJ_CHECK(sms && bj_sms_send(sms, BJ_SMS_CODE, "+919876543210", "123456"));
    BJ_CHECK(bj_sms_send(sms, BJ_SMS_CODE, "+916000000000", "654321"));
    BJ_CHECK(bj_sms_send(sms, BJ_SMS_CODE, "+919876543210", "123456"));
    pthread_join(thread, NULL);
    BJ_CHECK(gateway.unheard == 0);
    /* One that is never taken keeps nobody behind it. */
    BJ_CHECK(strstr(gateway.said[2], "\"to\":\"+916000000000\""));
    BJ_CHECK(bj_sms_failed_cnt(sms) == 1);
    for (int i = 0; i < ASKED; i++) {
        if (i == 2) continue;
        BJ_CHECK(strncmp(gateway.said[i], "POST /sms HTTP/1.1\r\n", 20) == 0);
        BJ_CHECK(strstr(gateway.said[i], "\r\nAuthorization: Bearer t\r\n"));
        BJ_CHECK(strstr(gateway.said[i], "\r\nContent-Type: application/json\r\n"));
        BJ_CHECK(strstr(gateway.said[i], text));
    }
    bj_sms_free(sms);
    close(gateway.fd);
}

int main(void) {
    test_sent();
    test_form();
    test_kinds();
    test_url();
    return bj_test_end("test_bj_sms");
}
