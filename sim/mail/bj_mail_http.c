#include "sim/mail/bj_mail_http.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* What a header of the head says, or NULL. */
static const char *header(const char *data, const char *name) {
    char line[40];
    snprintf(line, sizeof line, "\r\n%s:", name);
    const char *at = strcasestr(data, line), *end = strstr(data, "\r\n\r\n");
    if (!at || !end || at >= end) return NULL;
    at += strlen(line);
    return at + strspn(at, " ");
}

size_t bj_mail_http_whole(const char *data, size_t data_bytes) {
    const char *end = memmem(data, data_bytes, "\r\n\r\n", 4);
    if (!end) return 0;
    const char *length = header(data, "Content-Length");
    size_t body_bytes = length ? (size_t)strtoul(length, NULL, 10) : 0;
    size_t head_bytes = (size_t)(end - data) + 4;
    return body_bytes <= data_bytes - head_bytes ? head_bytes + body_bytes : 0;
}

static char *answer(const char *status, const char *type, const char *body, size_t *answer_bytes) {
    char *out = NULL;
    int n = asprintf(&out,
                     "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                     "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; "
                     "frame-ancestors 'none'; form-action 'none'; base-uri 'none'\r\n"
                     "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
                     "Cache-Control: no-store\r\nConnection: close\r\n\r\n%s",
                     status, type, strlen(body), body);
    *answer_bytes = n < 0 ? 0 : (size_t)n;
    return n < 0 ? NULL : out;
}

static void put_escaped(FILE *out, const char *text, size_t n) {
    for (size_t i = 0; i < n; i++) {
        switch (text[i]) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        case '\r': break;
        default: fputc(text[i], out);
        }
    }
}

/* Text with its https:// words made into links. */
static void put_body(FILE *out, const char *text) {
    while (*text) {
        const char *link = strstr(text, "https://");
        size_t plain = link ? (size_t)(link - text) : strlen(text);
        put_escaped(out, text, plain);
        text += plain;
        if (!link) break;
        size_t n = strcspn(link, " \t\r\n<>\"'");
        fputs("<a href=\"", out);
        put_escaped(out, link, n);
        fputs("\">", out);
        put_escaped(out, link, n);
        fputs("</a>", out);
        text += n;
    }
}

static char *page(const bj_mailbox_t *box, size_t *answer_bytes) {
    char *body = NULL;
    size_t body_bytes;
    FILE *out = open_memstream(&body, &body_bytes);
    if (!out) return NULL;
    fputs(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Bijli mail sink</title>"
        "<meta name=viewport content=\"width=device-width\"><style>"
        "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;"
        "color-scheme:light dark}article{border:1px solid #8886;border-radius:8px;padding:1rem;"
        "margin:1rem 0}h2{font-size:1rem;margin:0}pre{white-space:pre-wrap;overflow-wrap:anywhere;"
        "font:inherit;margin:.5rem 0 0}</style><h1>Mail sink</h1>"
        "<p>Stands for the providers of mail and text messages: nothing here leaves this "
        "machine.</p>",
        out);
    if (!bj_mailbox_newest(box, 0)) fputs("<p>No mail yet.</p>", out);
    const bj_mailbox_entry_t *entry;
    for (size_t i = 0; (entry = bj_mailbox_newest(box, i)); i++) {
        fprintf(out, "<article><h2>%" PRIu64 ". ", entry->number);
        put_escaped(out, entry->subject, strlen(entry->subject));
        fputs("</h2><p>to ", out);
        put_escaped(out, entry->to, strlen(entry->to));
        fputs("</p><pre>", out);
        put_body(out, entry->text);
        fputs("</pre></article>", out);
    }
    if (fclose(out) != 0) return NULL;
    char *whole = answer("200 OK", "text/html; charset=utf-8", body, answer_bytes);
    free(body);
    return whole;
}

/* %41 -> A, in place; a bad escape stays as it is. */
static void unescape(char *text) {
    char *to = text;
    for (const char *from = text; *from; from++) {
        unsigned byte;
        if (*from == '%' && sscanf(from + 1, "%2x", &byte) == 1 && from[1] && from[2] && byte) {
            *to++ = (char)byte;
            from += 2;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
}

static char *latest(const bj_mailbox_t *box, const char *target, size_t *answer_bytes) {
    char to[BJ_SMTP_ADDRESS_MAX] = "";
    sscanf(target, "/latest?to=%255[^& ]", to);
    unescape(to);
    const bj_mailbox_entry_t *entry;
    for (size_t i = 0; (entry = bj_mailbox_newest(box, i)); i++) {
        if (strcasecmp(entry->to, to) != 0) continue;
        json_t *json = json_pack("{s:s, s:s, s:s}", "to", entry->to, "subject", entry->subject,
                                 "text", entry->text);
        char *body = json ? json_dumps(json, JSON_COMPACT) : NULL;
        json_decref(json);
        char *whole = body ? answer("200 OK", "application/json", body, answer_bytes)
                           : answer("500 Internal Server Error", "text/plain", "", answer_bytes);
        free(body);
        return whole;
    }
    return answer("404 Not Found", "application/json", "{\"error\":\"no mail to that address\"}",
                  answer_bytes);
}

/* As if it were a mail to that number. */
static bool keep_sms(bj_mailbox_t *box, const char *body) {
    const char *to, *text, *sender, *entity, *template_id;
    char mail[2048], list[1][BJ_SMTP_ADDRESS_MAX];
    json_t *json = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
    bool ok = json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:s, s:s, s:s, s:s}", "to", &to,
                             "text", &text, "sender", &sender, "entity_id", &entity, "template_id",
                             &template_id) == 0 &&
              !strpbrk(to, "\r\n") && !strpbrk(template_id, "\r\n") && strlen(to) < sizeof list[0];
    if (ok) {
        snprintf(list[0], sizeof list[0], "%s", to);
        int n = snprintf(mail, sizeof mail, "To: %s\r\nSubject: Text message (%s)\r\n\r\n%s\r\n",
                         to, template_id, text);
        const bj_smtp_mail_t kept = {.from = "sms",
                                     .to = (const char(*)[BJ_SMTP_ADDRESS_MAX])list,
                                     .to_cnt = 1,
                                     .text = mail,
                                     .text_bytes = (size_t)n};
        ok = n > 0 && (size_t)n < sizeof mail && bj_mailbox_keep(box, &kept);
    }
    json_decref(json);
    return ok;
}

static char *sms(bj_mailbox_t *box, const char *data, size_t *answer_bytes) {
    const char *type = header(data, "Content-Type");
    if (!type || strncasecmp(type, "application/json", 16) != 0) {
        return answer("415 Unsupported Media Type", "text/plain", "JSON only\n", answer_bytes);
    }
    bool ok = keep_sms(box, strstr(data, "\r\n\r\n") + 4);
    return answer(ok ? "202 Accepted" : "400 Bad Request", "text/plain", "", answer_bytes);
}

static bool host_is_ours(const char *data) {
    const char *host = header(data, "Host");
    if (!host) return false;
    size_t n = strcspn(host, ":\r");
    return (n == 9 && strncasecmp(host, "localhost", 9) == 0) ||
           (n == 9 && strncmp(host, "127.0.0.1", 9) == 0);
}

char *bj_mail_http_answer(bj_mailbox_t *box, const char *data, size_t *answer_bytes) {
    char method[8] = "", target[1024] = "";
    if (sscanf(data, "%7s %1023s", method, target) != 2) {
        return answer("400 Bad Request", "text/plain", "not HTTP\n", answer_bytes);
    }
    bool is_sms = strcmp(method, "POST") == 0 && strcmp(target, "/sms") == 0;
    if (strcmp(method, "GET") != 0 && !is_sms) {
        return answer("405 Method Not Allowed", "text/plain", "GET, or POST /sms\n", answer_bytes);
    }
    if (!host_is_ours(data)) {
        return answer("403 Forbidden", "text/plain", "Host must be localhost\n", answer_bytes);
    }
    if (is_sms) return sms(box, data, answer_bytes);
    if (strcmp(target, "/") == 0) return page(box, answer_bytes);
    if (strncmp(target, "/latest?to=", 11) == 0) return latest(box, target, answer_bytes);
    return answer("404 Not Found", "text/plain", "only / and /latest?to=ADDRESS\n", answer_bytes);
}
