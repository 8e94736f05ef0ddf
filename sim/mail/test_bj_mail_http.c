/* Goal: the page shows what was sent and nothing a mail says can become markup; the newest mail to
 * an address is found; other hosts' names and other methods are refused; files survive a
 * restart. */
#include "sim/mail/bj_mail_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"

static void keep(bj_mailbox_t *box, const char *to, const char *text) {
    char list[1][BJ_SMTP_ADDRESS_MAX];
    snprintf(list[0], sizeof list[0], "%s", to);
    const bj_smtp_mail_t mail = {"f@x", (const char(*)[BJ_SMTP_ADDRESS_MAX])list, 1, text,
                                 strlen(text)};
    BJ_CHECK(bj_mailbox_keep(box, &mail));
}

static bool answers(bj_mailbox_t *box, const char *request, const char *want) {
    size_t n;
    char *got = bj_mail_http_answer(box, request, &n);
    bool ok = got && strlen(got) == n && strstr(got, want);
    if (!ok) fprintf(stderr, "  %s\n  -> %s\n", request, got);
    free(got);
    return ok;
}

#define HOST " HTTP/1.1\r\nHost: localhost:8446\r\n\r\n"

#define SMS(type, body)                                                                            \
    "POST /sms HTTP/1.1\r\nHost: 127.0.0.1:1\r\nContent-Type: " type "\r\n\r\n" body
#define WORDS(to, text)                                                                            \
    "{\"to\":\"" to "\",\"text\":\"" text                                                          \
    "\",\"sender\":\"s\",\"entity_id\":\"e\",\"template_id\":\"t\"}"

/* The gateway's stand-in: JSON of five words and nothing else; what it took is found by number. */
static void test_sms(bj_mailbox_t *box) {
    static const char cut[] = "POST /sms HTTP/1.1\r\ncontent-length: 5\r\n\r\n12345";
    BJ_CHECK(
        answers(box, SMS("application/json", WORDS("+919876543210", "a code")), "202 Accepted"));
    BJ_CHECK(answers(box, "GET /latest?to=%2B919876543210" HOST, "a code"));
    BJ_CHECK(answers(box, SMS("text/plain", WORDS("+919876543210", "x")), "415 "));
    BJ_CHECK(answers(box, SMS("application/json", WORDS("a\\nBcc: b", "x")), "400 "));
    BJ_CHECK(answers(box, SMS("application/json", "{\"to\":\"+919876543210\"}"), "400 "));
    BJ_CHECK(answers(box, SMS("application/json", ""), "400 "));
    BJ_CHECK(answers(box, "POST /sms HTTP/1.1\r\nHost: evil.example\r\n\r\n{}", "403 "));
    BJ_CHECK(bj_mail_http_whole(cut, sizeof cut - 2) == 0);
    BJ_CHECK(bj_mail_http_whole(cut, sizeof cut - 1) == sizeof cut - 1);
}

int main(void) {
    char dir[] = "/tmp/bj_mailbox_XXXXXX", file[64];
    BJ_CHECK(mkdtemp(dir) != NULL);
    bj_mailbox_t *box = bj_mailbox_open(dir);
    BJ_CHECK(answers(box, "GET /" HOST, "No mail yet."));
    keep(box, "a+1@b.in", "Subject: <b>one</b>\r\nX: y\r\n\r\nsee https://h/c?t=1&u=2 \"now\"\r\n");
    keep(box, "c@d", "subject: two\r\n\r\nbody\r\n");
    keep(box, "c@d", "no header at all\r\n");

    BJ_CHECK(answers(box, "GET /" HOST, "&lt;b&gt;one&lt;/b&gt;"));
    BJ_CHECK(answers(box, "GET /" HOST, "<a href=\"https://h/c?t=1&amp;u=2\">"));
    BJ_CHECK(answers(box, "GET /" HOST, "&quot;now&quot;"));
    BJ_CHECK(answers(box, "GET /latest?to=A%2B1@b.in" HOST, "\"subject\":\"<b>one</b>\""));
    BJ_CHECK(answers(box, "GET /latest?to=c@d" HOST, "no header at all"));
    BJ_CHECK(answers(box, "GET /latest?to=nobody" HOST, "404 Not Found"));
    BJ_CHECK(answers(box, "GET /latest?to=%" HOST, "404 Not Found"));
    BJ_CHECK(answers(box, "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", "403 Forbidden"));
    BJ_CHECK(answers(box, "GET / HTTP/1.1\r\n\r\n", "403 Forbidden"));
    BJ_CHECK(answers(box, "POST /" HOST, "405 Method"));
    BJ_CHECK(answers(box, "\r\n\r\n", "400 Bad"));
    BJ_CHECK(bj_mail_http_whole("GET / HTTP/1.1\r\n\r", 17) == 0);
    BJ_CHECK(bj_mail_http_whole("GET / HTTP/1.1\r\n\r\nx", 19) == 18);
    test_sms(box);
    bj_mailbox_close(box);

    box = bj_mailbox_open(dir); /* numbers go on behind what is there */
    keep(box, "e@f", "Subject: four\r\n\r\n");
    BJ_CHECK(bj_mailbox_newest(box, 0)->number == 5 && !bj_mailbox_newest(box, 1));
    for (int i = 0; i < 60; i++) keep(box, "e@f", "Subject: more\r\n\r\n");
    BJ_CHECK(bj_mailbox_newest(box, 49)->number == 16 && !bj_mailbox_newest(box, 50));
    bj_mailbox_close(box);
    for (int i = 1; i <= 65; i++) {
        snprintf(file, sizeof file, "%s/%06d.eml", dir, i);
        BJ_CHECK(unlink(file) == 0);
    }
    rmdir(dir);
    return bj_test_end("test_bj_mail_http");
}
