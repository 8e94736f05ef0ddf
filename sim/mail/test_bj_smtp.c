/* Goal: every command in and out of its place, limits, dot-stuffing; and the same conversation cut
 * at every byte gives the same answers and the same mail. */
#include "sim/mail/bj_smtp.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"

typedef struct heard {
    char     said[8192];
    unsigned mails;
    char     last[1024];
    bool     refuse;
} heard_t;

static void say(void *ctx, const char *line) {
    heard_t *heard = ctx;
    size_t n = strlen(heard->said);
    snprintf(heard->said + n, sizeof heard->said - n, "%.3s ", line);
}

static bool keep(void *ctx, const bj_smtp_mail_t *mail) {
    heard_t *heard = ctx;
    BJ_CHECK(mail->text[mail->text_bytes] == '\0' && strlen(mail->text) == mail->text_bytes);
    if (heard->refuse) return false;
    heard->mails++;
    snprintf(heard->last, sizeof heard->last, "%s>%s+%zu:%s", mail->from, mail->to[0], mail->to_cnt,
             mail->text);
    return true;
}

#define HI "EHLO me\r\n"
#define TO "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"

/* Codes said after the greeting, mails kept. */
static const struct {
    const char *name, *send, *said;
    unsigned    mails;
    const char *last;
} cases[] = {
    {"a mail", HI TO "DATA\r\nhello\r\n.\r\nQUIT\r\n", "220 250 250 250 354 250 221 ", 1,
     "a@b>c@d+1:hello\r\n"},
    {"lines may end in LF alone", "HELO me\nMAIL FROM:<a@b>\nRCPT TO:<c@d>\nDATA\nx\n.\n",
     "220 250 250 250 354 250 ", 1, "a@b>c@d+1:x\r\n"},
    {"dots are unstuffed", HI TO "DATA\r\n..\r\n...x\r\n.\r\n", "220 250 250 250 354 250 ", 1,
     "a@b>c@d+1:.\r\n..x\r\n"},
    {"two recipients",
     HI "MAIL FROM:<a@b> SIZE=5\r\nRCPT TO:<c@d>\r\nRCPT TO: <e@f>\r\nDATA\r\n.\r\n",
     "220 250 250 250 250 354 250 ", 1, "a@b>c@d+2:"},
    {"empty sender", HI "mail from:<>\r\nRCPT TO:<c@d>\r\nDATA\r\n.\r\n",
     "220 250 250 250 354 250 ", 1, ">c@d+1:"},
    {"no hello", "MAIL FROM:<a@b>\r\n", "220 503 ", 0, ""},
    {"data before recipients", HI "MAIL FROM:<a@b>\r\nDATA\r\n", "220 250 250 503 ", 0, ""},
    {"recipient before sender", HI "RCPT TO:<c@d>\r\n", "220 250 503 ", 0, ""},
    {"second sender", HI "MAIL FROM:<a@b>\r\nMAIL FROM:<a@b>\r\n", "220 250 250 503 ", 0, ""},
    {"no brackets", HI "MAIL FROM:a@b\r\n", "220 250 501 ", 0, ""},
    {"a space inside", HI "MAIL FROM:<a b>\r\n", "220 250 501 ", 0, ""},
    {"no recipient in brackets", HI "MAIL FROM:<a@b>\r\nRCPT TO:<>\r\n", "220 250 250 501 ", 0, ""},
    {"reset forgets", HI TO "RSET\r\nDATA\r\nNOOP\r\n", "220 250 250 250 250 503 250 ", 0, ""},
    {"reset does not greet", "RSET\r\nMAIL FROM:<a@b>\r\n", "220 250 503 ", 0, ""},
    {"unknown verb", "HELP\r\nEHLOX\r\n\r\n", "220 500 500 500 ", 0, ""},
    {"nothing after quit", "QUIT\r\nEHLO\r\n", "220 221 ", 0, ""},
};

static void talk(const char *send, size_t cut, heard_t *heard) {
    bj_smtp_t *smtp = malloc(sizeof *smtp);
    bj_smtp_open(smtp, say, keep, heard);
    size_t n = strlen(send);
    for (size_t at = 0; at < n; at += cut) {
        size_t part = n - at < cut ? n - at : cut;
        char *exact = malloc(part); /* the sanitizer sees a byte too far */
        memcpy(exact, send + at, part);
        (void)bj_smtp_feed(smtp, exact, part);
        free(exact);
    }
    free(smtp);
}

static void test_cases(void) {
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        for (size_t cut = 1; cut <= strlen(cases[i].send); cut++) {
            heard_t heard = {0};
            unsigned fails = bj_fail_cnt;
            talk(cases[i].send, cut, &heard);
            BJ_CHECK(strcmp(heard.said, cases[i].said) == 0);
            BJ_CHECK(heard.mails == cases[i].mails && strcmp(heard.last, cases[i].last) == 0);
            if (bj_fail_cnt != fails) {
                fprintf(stderr, "  in case: %s, cut %zu, said %s\n", cases[i].name, cut,
                        heard.said);
                break;
            }
        }
    }
}

static void test_limits(void) {
    static char send[600 * 1024];
    heard_t heard = {0};
    memset(send, 'x', 1200);
    memcpy(send + 1200, "\r\nNOOP\r\n", 9);
    talk(send, 4096, &heard);
    BJ_CHECK(strcmp(heard.said, "220 500 250 ") == 0); /* the long line alone is refused */

    size_t n = (size_t)snprintf(send, sizeof send, HI TO "DATA\r\n");
    while (n < 300 * 1024) n += (size_t)snprintf(send + n, sizeof send - n, "%0500d\r\n", 7);
    snprintf(send + n, sizeof send - n, ".\r\n" TO "DATA\r\nsmall\r\n.\r\n");
    heard = (heard_t){0};
    talk(send, 4096, &heard);
    BJ_CHECK(strcmp(heard.said, "220 250 250 250 354 552 250 250 354 250 ") == 0);
    BJ_CHECK(heard.mails == 1);

    heard = (heard_t){.refuse = true};
    talk(HI TO "DATA\r\nx\r\n.\r\n", 4096, &heard);
    BJ_CHECK(strcmp(heard.said, "220 250 250 250 354 451 ") == 0 && heard.mails == 0);

    n = (size_t)snprintf(send, sizeof send, HI "MAIL FROM:<a@b>\r\n");
    for (int i = 0; i <= BJ_SMTP_RECIPIENT_MAX; i++) {
        n += (size_t)snprintf(send + n, sizeof send - n, "RCPT TO:<c%d@d>\r\n", i);
    }
    heard = (heard_t){0};
    talk(send, 4096, &heard);
    BJ_CHECK(strstr(heard.said, "250 452 ") != NULL);
}

int main(void) {
    test_cases();
    test_limits();
    return bj_test_end("test_bj_smtp");
}
