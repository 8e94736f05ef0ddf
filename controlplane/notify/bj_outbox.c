#include "controlplane/notify/bj_outbox.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

enum { TRIES_MAX = 6, WAIT_FIRST_MS = 1000 };

typedef struct letter {
    struct letter *next;
    char to[BJ_OUTBOX_TO_BYTES], data[BJ_OUTBOX_DATA_BYTES];
    size_t data_bytes;
} letter_t;

struct bj_outbox {
    const char *what;
    bj_outbox_send_fn *send;
    void *ctx;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work;
    letter_t *first, **end;
    unsigned queued;
    bool stop;
    int64_t failed_cnt;
};

/* True if the outbox is stopping. */
static bool pause_ms(bj_outbox_t *outbox, int64_t wait_ms) {
    struct timespec until;
    int64_t until_ns = bj_clock_wall_ns() + wait_ms * BJ_NS_PER_MS;
    until.tv_sec = until_ns / BJ_NS_PER_S;
    until.tv_nsec = until_ns % BJ_NS_PER_S;
    pthread_mutex_lock(&outbox->lock);
    while (!outbox->stop && pthread_cond_timedwait(&outbox->work, &outbox->lock, &until) == 0) {
    }
    bool stop = outbox->stop;
    pthread_mutex_unlock(&outbox->lock);
    return stop;
}

static void deliver_in_the_end(bj_outbox_t *outbox, const letter_t *letter) {
    int64_t wait_ms = WAIT_FIRST_MS;
    for (int try = 0; try < TRIES_MAX; try++, wait_ms *= 2) {
        bj_outbox_answer_t answer =
            outbox->send(outbox->ctx, letter->to, letter->data, letter->data_bytes);
        if (answer == BJ_OUTBOX_TAKEN) return;
        if (answer == BJ_OUTBOX_NEVER) break;
        if (try + 1 < TRIES_MAX && pause_ms(outbox, wait_ms)) break;
    }
    pthread_mutex_lock(&outbox->lock);
    outbox->failed_cnt++;
    pthread_mutex_unlock(&outbox->lock);
    BJ_ERROR("a %s was given up", outbox->what);
}

static letter_t *take(bj_outbox_t *outbox) {
    pthread_mutex_lock(&outbox->lock);
    while (!outbox->first && !outbox->stop)
        pthread_cond_wait(&outbox->work, &outbox->lock);
    letter_t *letter = outbox->stop ? NULL : outbox->first;
    if (letter) {
        outbox->first = letter->next;
        if (!outbox->first) outbox->end = &outbox->first;
        outbox->queued--;
    }
    pthread_mutex_unlock(&outbox->lock);
    return letter;
}

static void letter_free(letter_t *letter) {
    explicit_bzero(letter, sizeof *letter); /* it held a token or a code */
    free(letter);
}

static void *work(void *arg) {
    bj_outbox_t *outbox = arg;
    for (letter_t *letter; (letter = take(outbox));) {
        deliver_in_the_end(outbox, letter);
        letter_free(letter);
    }
    return NULL;
}

bj_outbox_t *bj_outbox_new(const char *what, bj_outbox_send_fn *send, void *ctx) {
    bj_outbox_t *outbox = calloc(1, sizeof *outbox);
    if (!outbox) return NULL;
    outbox->what = what;
    outbox->send = send;
    outbox->ctx = ctx;
    outbox->end = &outbox->first;
    pthread_mutex_init(&outbox->lock, NULL);
    pthread_cond_init(&outbox->work, NULL);
    if (pthread_create(&outbox->thread, NULL, work, outbox) == 0) return outbox;
    free(outbox);
    return NULL;
}

void bj_outbox_free(bj_outbox_t *outbox) {
    if (!outbox) return;
    pthread_mutex_lock(&outbox->lock);
    outbox->stop = true;
    pthread_cond_broadcast(&outbox->work);
    pthread_mutex_unlock(&outbox->lock);
    pthread_join(outbox->thread, NULL);
    while (outbox->first) {
        letter_t *next = outbox->first->next;
        letter_free(outbox->first);
        outbox->first = next;
    }
    free(outbox);
}

bool bj_outbox_put(bj_outbox_t *outbox, const char *to, const char *data, size_t data_bytes) {
    letter_t *letter = calloc(1, sizeof *letter);
    if (!letter) return false;
    bool fits = data_bytes && data_bytes < sizeof letter->data &&
                (size_t)snprintf(letter->to, sizeof letter->to, "%s", to) < sizeof letter->to;
    if (fits) memcpy(letter->data, data, letter->data_bytes = data_bytes);
    pthread_mutex_lock(&outbox->lock);
    bool ok = fits && outbox->queued < BJ_OUTBOX_QUEUE_MAX && !outbox->stop;
    if (ok) {
        *outbox->end = letter;
        outbox->end = &letter->next;
        outbox->queued++;
        pthread_cond_signal(&outbox->work);
    }
    pthread_mutex_unlock(&outbox->lock);
    if (!ok) letter_free(letter);
    return ok;
}

int64_t bj_outbox_failed_cnt(bj_outbox_t *outbox) {
    pthread_mutex_lock(&outbox->lock);
    int64_t cnt = outbox->failed_cnt;
    pthread_mutex_unlock(&outbox->lock);
    return cnt;
}
