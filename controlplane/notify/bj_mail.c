#include "controlplane/notify/bj_mail.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/notify/bj_outbox.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

enum { SEND_TIMEOUT_MS = 10000 };
static_assert((int)BJ_MAIL_BYTES <= (int)BJ_OUTBOX_DATA_BYTES, "a mail fits the outbox");

struct bj_mail {
    char smtp_url[256], from[260];
    bj_outbox_t *outbox;
};

typedef struct rest {
    const char *data;
    size_t data_bytes;
} rest_t;

static size_t give_data(char *out, size_t size, size_t cnt, void *ctx) {
    rest_t *rest = ctx;
    size_t n = rest->data_bytes;
    if (n > size * cnt) n = size * cnt;
    memcpy(out, rest->data, n);
    rest->data += n;
    rest->data_bytes -= n;
    return n;
}

bool bj_mail_stays_here(const char *smtp_url) {
    static const char *const here[] = {"smtp://127.0.0.1", "smtp://localhost", "smtp://[::1]"};
    for (size_t i = 0; i < BJ_COUNT(here); i++) {
        size_t n = strlen(here[i]);
        if (strncmp(smtp_url, here[i], n) == 0 && strchr(":/", smtp_url[n])) return true;
    }
    return false;
}

/* 550 to 553: about this address (RFC 5321, 4.2.3).  All others are about us, or will pass. */
static bj_outbox_answer_t answer_of(CURLcode rc, long code) {
    if (rc == CURLE_OK) return BJ_OUTBOX_TAKEN;
    return code >= 550 && code <= 553 ? BJ_OUTBOX_NEVER : BJ_OUTBOX_LATER;
}

static bj_outbox_answer_t deliver(void *ctx, const char *address, const char *data,
                                  size_t data_bytes) {
    long code = 0;
    const bj_mail_t *mail = ctx;
    rest_t rest = {.data = data, .data_bytes = data_bytes};
    CURL *curl = curl_easy_init();
    if (!curl) return BJ_OUTBOX_LATER;
    struct curl_slist *to = curl_slist_append(NULL, address);
    curl_easy_setopt(curl, CURLOPT_URL, mail->smtp_url);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, mail->from);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_data);
    curl_easy_setopt(curl, CURLOPT_READDATA, &rest);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)SEND_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    /* A link in a mail lets somebody in: it leaves this machine under TLS or not at all. */
    long tls = bj_mail_stays_here(mail->smtp_url) ? CURLUSESSL_NONE : CURLUSESSL_ALL;
    curl_easy_setopt(curl, CURLOPT_USE_SSL, tls);
    CURLcode rc = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    if (rc != CURLE_OK) BJ_WARN("a mail was not taken: %s, %ld", curl_easy_strerror(rc), code);
    curl_slist_free_all(to);
    curl_easy_cleanup(curl);
    return answer_of(rc, code);
}

bj_mail_t *bj_mail_new(const char *smtp_url, const char *from) {
    bj_mail_t *mail = calloc(1, sizeof *mail);
    if (!mail) return NULL;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    snprintf(mail->smtp_url, sizeof mail->smtp_url, "%s", smtp_url);
    snprintf(mail->from, sizeof mail->from, "%s", from);
    mail->outbox = bj_outbox_new("mail", deliver, mail);
    if (mail->outbox) return mail;
    free(mail);
    return NULL;
}

void bj_mail_free(bj_mail_t *mail) {
    if (!mail) return;
    bj_outbox_free(mail->outbox);
    free(mail);
}

bool bj_mail_send(bj_mail_t *mail, const char *to, const char *subject, const char *text) {
    char data[BJ_MAIL_BYTES];
    size_t data_bytes =
        bj_mail_format(data, sizeof data, mail->from, to, subject, text, bj_clock_wall_ns());
    bool ok = bj_outbox_put(mail->outbox, to, data, data_bytes);
    explicit_bzero(data, sizeof data);
    return ok;
}

int64_t bj_mail_failed_cnt(bj_mail_t *mail) {
    return bj_outbox_failed_cnt(mail->outbox);
}
