/* Goal: a mail's form, that no field can add a header, and that text too long for its block is
 * refused rather than cut. */
#include <stdlib.h>
#include "controlplane/notify/bj_mail.h"
#include "dataplane/base/bj_test.h"

#define AT_NS INT64_C(1795518289000000000) /* 2026-11-24T11:04:49Z, a Tuesday */

static void test_form(void) {
    static const char want[] = "Date: Tue, 24 Nov 2026 11:04:49 +0000\r\n"
                               "From: Bijli <us@b.in>\r\nTo: <you@c.in>\r\nSubject: Hello\r\n"
                               "MIME-Version: 1.0\r\n"
                               "Content-Type: text/plain; charset=utf-8\r\n"
                               "Auto-Submitted: auto-generated\r\n\r\none\r\n.\r\ntwo\r\n";
    char out[1024];
    size_t n = bj_mail_format(out, sizeof out, "us@b.in", "you@c.in", "Hello", "one\n.\ntwo\n",
                              AT_NS);
    BJ_CHECK(n == sizeof want - 1 && strcmp(out, want) == 0);
}

static void test_injection(void) {
    char out[1024];
    BJ_CHECK(!bj_mail_format(out, sizeof out, "us@b.in", "y@c.in\nBcc: z@d.in", "s", "t", AT_NS));
    BJ_CHECK(!bj_mail_format(out, sizeof out, "us@b.in", "y@c.in\rX", "s", "t", AT_NS));
    BJ_CHECK(!bj_mail_format(out, sizeof out, "us@b.in", "y@c.in", "s\r\nX: y", "t", AT_NS));
    BJ_CHECK(!bj_mail_format(out, sizeof out, "us@b.in\n", "y@c.in", "s", "t", AT_NS));
}

static void test_every_size(void) {
    char whole[1024];
    size_t want = bj_mail_format(whole, sizeof whole, "us@b.in", "y@c.in", "s", "a\nb\n", AT_NS);
    BJ_CHECK(want > 0);
    for (size_t n = 1; n < want + 4; n++) {
        char *exact = malloc(n);
        size_t got = bj_mail_format(exact, n, "us@b.in", "y@c.in", "s", "a\nb\n", AT_NS);
        BJ_CHECK(got == 0 || (got == want && strcmp(exact, whole) == 0));
        BJ_CHECK(got == want || n < want + 2);
        free(exact);
    }
}

static void test_stays_here(void) {
    static const char *const here[] = {"smtp://127.0.0.1:25", "smtp://localhost", "smtp://[::1]/"};
    static const char *const away[] = {"smtp://mail.example.com", "smtp://127.0.0.1.example.com",
                                       "smtp://localhost@example.com", "smtps://127.0.0.1", ""};
    for (size_t i = 0; i < BJ_COUNT(here); i++) BJ_CHECK(bj_mail_stays_here(here[i]));
    for (size_t i = 0; i < BJ_COUNT(away); i++) BJ_CHECK(!bj_mail_stays_here(away[i]));
}

int main(void) {
    test_stays_here();
    test_form();
    test_injection();
    test_every_size();
    return bj_test_end("test_bj_mail");
}
