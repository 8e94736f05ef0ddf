#include "controlplane/notify/bj_mail.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

enum { TRIES_MAX = 6, WAIT_FIRST_MS = 1000, SEND_TIMEOUT_MS = 10000 };

typedef struct letter {
    struct letter *next;
    char   to[260], data[BJ_MAIL_BYTES];
    size_t data_bytes, read_bytes;
} letter_t;

struct bj_mail {
    char smtp_url[256], from[260];
    pthread_t       thread;
    pthread_mutex_t lock;
    pthread_cond_t  work;
    letter_t       *first, **end;
    unsigned        queued;
    bool            stop;
    int64_t         failed_cnt;
};

static size_t give_data(char *out, size_t size, size_t cnt, void *ctx) {
    letter_t *letter = ctx;
    size_t n = letter->data_bytes - letter->read_bytes;
    if (n > size * cnt) n = size * cnt;
    memcpy(out, letter->data + letter->read_bytes, n);
    letter->read_bytes += n;
    return n;
}

static bool deliver(const bj_mail_t *mail, letter_t *letter) {
    CURL *curl = curl_easy_init();
    if (!curl) return false;
    struct curl_slist *to = curl_slist_append(NULL, letter->to);
    letter->read_bytes = 0;
    curl_easy_setopt(curl, CURLOPT_URL, mail->smtp_url);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, mail->from);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_data);
    curl_easy_setopt(curl, CURLOPT_READDATA, letter);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)SEND_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    CURLcode rc = curl_easy_perform(curl);
    if (rc != CURLE_OK) BJ_WARN("a mail was not taken: %s", curl_easy_strerror(rc));
    curl_slist_free_all(to);
    curl_easy_cleanup(curl);
    return rc == CURLE_OK;
}

/* True if the mail is stopping. */
static bool pause_ms(bj_mail_t *mail, int64_t wait_ms) {
    struct timespec until;
    int64_t until_ns = bj_clock_wall_ns() + wait_ms * BJ_NS_PER_MS;
    until.tv_sec = until_ns / BJ_NS_PER_S;
    until.tv_nsec = until_ns % BJ_NS_PER_S;
    pthread_mutex_lock(&mail->lock);
    while (!mail->stop && pthread_cond_timedwait(&mail->work, &mail->lock, &until) == 0) {}
    bool stop = mail->stop;
    pthread_mutex_unlock(&mail->lock);
    return stop;
}

static void deliver_in_the_end(bj_mail_t *mail, letter_t *letter) {
    int64_t wait_ms = WAIT_FIRST_MS;
    for (int try = 0; try < TRIES_MAX; try++, wait_ms *= 2) {
        if (deliver(mail, letter)) return;
        if (try + 1 < TRIES_MAX && pause_ms(mail, wait_ms)) break;
    }
    pthread_mutex_lock(&mail->lock);
    mail->failed_cnt++;
    pthread_mutex_unlock(&mail->lock);
    BJ_ERROR("a mail was given up");
}

static letter_t *take(bj_mail_t *mail) {
    pthread_mutex_lock(&mail->lock);
    while (!mail->first && !mail->stop) pthread_cond_wait(&mail->work, &mail->lock);
    letter_t *letter = mail->stop ? NULL : mail->first;
    if (letter) {
        mail->first = letter->next;
        if (!mail->first) mail->end = &mail->first;
        mail->queued--;
    }
    pthread_mutex_unlock(&mail->lock);
    return letter;
}

static void *work(void *arg) {
    bj_mail_t *mail = arg;
    for (letter_t *letter; (letter = take(mail));) {
        deliver_in_the_end(mail, letter);
        explicit_bzero(letter, sizeof *letter); /* it held a token */
        free(letter);
    }
    return NULL;
}

bj_mail_t *bj_mail_new(const char *smtp_url, const char *from) {
    bj_mail_t *mail = calloc(1, sizeof *mail);
    if (!mail) return NULL;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    snprintf(mail->smtp_url, sizeof mail->smtp_url, "%s", smtp_url);
    snprintf(mail->from, sizeof mail->from, "%s", from);
    mail->end = &mail->first;
    pthread_mutex_init(&mail->lock, NULL);
    pthread_cond_init(&mail->work, NULL);
    if (pthread_create(&mail->thread, NULL, work, mail) == 0) return mail;
    free(mail);
    return NULL;
}

void bj_mail_free(bj_mail_t *mail) {
    if (!mail) return;
    pthread_mutex_lock(&mail->lock);
    mail->stop = true;
    pthread_cond_broadcast(&mail->work);
    pthread_mutex_unlock(&mail->lock);
    pthread_join(mail->thread, NULL);
    while (mail->first) {
        letter_t *next = mail->first->next;
        free(mail->first);
        mail->first = next;
    }
    free(mail);
}

bool bj_mail_send(bj_mail_t *mail, const char *to, const char *subject, const char *text) {
    letter_t *letter = calloc(1, sizeof *letter);
    if (!letter) return false;
    snprintf(letter->to, sizeof letter->to, "%s", to);
    letter->data_bytes = bj_mail_format(letter->data, sizeof letter->data, mail->from, to, subject,
                                        text, bj_clock_wall_ns());
    pthread_mutex_lock(&mail->lock);
    bool ok = letter->data_bytes && mail->queued < BJ_MAIL_QUEUE_MAX && !mail->stop;
    if (ok) {
        *mail->end = letter;
        mail->end = &letter->next;
        mail->queued++;
        pthread_cond_signal(&mail->work);
    }
    pthread_mutex_unlock(&mail->lock);
    if (!ok) free(letter);
    return ok;
}

int64_t bj_mail_failed_cnt(bj_mail_t *mail) {
    pthread_mutex_lock(&mail->lock);
    int64_t cnt = mail->failed_cnt;
    pthread_mutex_unlock(&mail->lock);
    return cnt;
}
