#include "sim/mail/bj_smtp.h"

#include <ctype.h>
#include <strings.h>

static void forget_mail(bj_smtp_t *smtp) {
    smtp->from[0] = '\0';
    smtp->to_cnt = smtp->text_bytes = 0;
    smtp->text_over = false;
}

void bj_smtp_open(bj_smtp_t *smtp, bj_smtp_say_fn *say, bj_smtp_mail_fn *mail, void *ctx) {
    smtp->say = say;
    smtp->mail = mail;
    smtp->ctx = ctx;
    smtp->state = BJ_SMTP_GREETED;
    smtp->line_bytes = 0;
    smtp->line_over = false;
    forget_mail(smtp);
    say(ctx, "220 localhost Bijli mail sink\r\n");
}

/* "<a@b>" with optional parameters behind: copies a@b.  An empty reverse path is allowed
 * (4.5.5). */
static bool address_of(const char *rest, char out[BJ_SMTP_ADDRESS_MAX]) {
    while (*rest == ' ') rest++;
    const char *end = strchr(rest, '>');
    if (*rest != '<' || !end || end - rest - 1 >= BJ_SMTP_ADDRESS_MAX) return false;
    for (const char *p = rest + 1; p < end; p++) {
        if (!isgraph((unsigned char)*p) || *p == '<') return false;
    }
    size_t n = (size_t)(end - rest - 1);
    memcpy(out, rest + 1, n);
    out[n] = '\0';
    return true;
}

static void on_hello(bj_smtp_t *smtp, const char *rest) {
    (void)rest;
    forget_mail(smtp);
    smtp->state = BJ_SMTP_READY;
    smtp->say(smtp->ctx, "250-localhost\r\n250-SIZE 262144\r\n250 PIPELINING\r\n");
}

static void on_mail(bj_smtp_t *smtp, const char *rest) {
    if (!address_of(rest, smtp->from)) {
        smtp->say(smtp->ctx, "501 MAIL FROM:<address> is what it may be\r\n");
        return;
    }
    smtp->state = BJ_SMTP_FROM;
    smtp->say(smtp->ctx, "250 ok\r\n");
}

static void on_rcpt(bj_smtp_t *smtp, const char *rest) {
    if (smtp->to_cnt == BJ_SMTP_RECIPIENT_MAX) {
        smtp->say(smtp->ctx, "452 too many recipients\r\n");
        return;
    }
    if (!address_of(rest, smtp->to[smtp->to_cnt]) || smtp->to[smtp->to_cnt][0] == '\0') {
        smtp->say(smtp->ctx, "501 RCPT TO:<address> is what it may be\r\n");
        return;
    }
    smtp->to_cnt++;
    smtp->state = BJ_SMTP_TO;
    smtp->say(smtp->ctx, "250 ok\r\n");
}

static void on_data(bj_smtp_t *smtp, const char *rest) {
    (void)rest;
    smtp->state = BJ_SMTP_DATA;
    smtp->say(smtp->ctx, "354 end with a line that is one dot\r\n");
}

static void on_reset(bj_smtp_t *smtp, const char *rest) {
    (void)rest;
    forget_mail(smtp);
    if (smtp->state != BJ_SMTP_GREETED) smtp->state = BJ_SMTP_READY;
    smtp->say(smtp->ctx, "250 ok\r\n");
}

static void on_noop(bj_smtp_t *smtp, const char *rest) {
    (void)rest;
    smtp->say(smtp->ctx, "250 ok\r\n");
}

static void on_quit(bj_smtp_t *smtp, const char *rest) {
    (void)rest;
    smtp->state = BJ_SMTP_CLOSED;
    smtp->say(smtp->ctx, "221 bye\r\n");
}

enum { IN_ANY = 0x1f };
#define IN(state) (1u << (state))

/* A verb, the states it is allowed in, and what it does. */
static const struct {
    const char *verb;
    unsigned    states;
    void (*run)(bj_smtp_t *smtp, const char *rest);
} verbs[] = {
    {"EHLO", IN_ANY, on_hello},
    {"HELO", IN_ANY, on_hello},
    {"MAIL FROM:", IN(BJ_SMTP_READY), on_mail},
    {"RCPT TO:", IN(BJ_SMTP_FROM) | IN(BJ_SMTP_TO), on_rcpt},
    {"DATA", IN(BJ_SMTP_TO), on_data},
    {"RSET", IN_ANY, on_reset},
    {"NOOP", IN_ANY, on_noop},
    {"QUIT", IN_ANY, on_quit},
};

static void on_command(bj_smtp_t *smtp) {
    if (smtp->line_over) {
        smtp->say(smtp->ctx, "500 line too long\r\n");
        return;
    }
    for (size_t i = 0; i < BJ_COUNT(verbs); i++) {
        size_t n = strlen(verbs[i].verb);
        if (strncasecmp(smtp->line, verbs[i].verb, n) != 0) continue;
        char after = smtp->line[n];
        if (verbs[i].verb[n - 1] != ':' && after != '\0' && after != ' ') continue;
        if (!(verbs[i].states & IN(smtp->state))) {
            smtp->say(smtp->ctx, "503 not now\r\n");
            return;
        }
        verbs[i].run(smtp, smtp->line + n);
        return;
    }
    smtp->say(smtp->ctx, "500 unknown command\r\n");
}

static void end_of_text(bj_smtp_t *smtp) {
    smtp->text[smtp->text_bytes] = '\0';
    const bj_smtp_mail_t mail = {smtp->from, (const char(*)[BJ_SMTP_ADDRESS_MAX])smtp->to,
                                 smtp->to_cnt, smtp->text, smtp->text_bytes};
    if (smtp->text_over) smtp->say(smtp->ctx, "552 larger than 262144 bytes\r\n");
    else if (!smtp->mail(smtp->ctx, &mail)) smtp->say(smtp->ctx, "451 could not keep it\r\n");
    else smtp->say(smtp->ctx, "250 kept\r\n");
    forget_mail(smtp);
    smtp->state = BJ_SMTP_READY;
}

static void on_text_line(bj_smtp_t *smtp) {
    const char *line = smtp->line;
    size_t n = smtp->line_bytes;
    if (n == 1 && line[0] == '.' && !smtp->line_over) {
        end_of_text(smtp);
        return;
    }
    if (n && line[0] == '.') line++, n--; /* RFC 5321 4.5.2: the sender doubled it */
    if (smtp->line_over || smtp->text_bytes + n + 2 > BJ_SMTP_TEXT_MAX) {
        smtp->text_over = true;
        return;
    }
    memcpy(smtp->text + smtp->text_bytes, line, n);
    memcpy(smtp->text + smtp->text_bytes + n, "\r\n", 2);
    smtp->text_bytes += n + 2;
}

bool bj_smtp_feed(bj_smtp_t *smtp, const char *data, size_t data_bytes) {
    for (size_t i = 0; i < data_bytes && smtp->state != BJ_SMTP_CLOSED; i++) {
        if (data[i] != '\n') {
            if (smtp->line_bytes == BJ_SMTP_LINE_MAX) smtp->line_over = true;
            else smtp->line[smtp->line_bytes++] = data[i] ? data[i] : ' ';
            continue;
        }
        if (smtp->line_bytes && smtp->line[smtp->line_bytes - 1] == '\r') smtp->line_bytes--;
        smtp->line[smtp->line_bytes] = '\0';
        if (smtp->state == BJ_SMTP_DATA) on_text_line(smtp);
        else on_command(smtp);
        smtp->line_bytes = 0;
        smtp->line_over = false;
    }
    return smtp->state != BJ_SMTP_CLOSED;
}
