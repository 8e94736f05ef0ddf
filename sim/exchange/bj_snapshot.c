#include <stdlib.h>
#include "sim/exchange/bj_recovery.h"

/* A stream's orders at one moment.  Readers under way keep the one that they began with. */
typedef struct picture {
    uint32_t user_cnt; /* readers, and the table while it is the last one */
    size_t   used_bytes, size_bytes;
    uint8_t  data[];
} picture_t;

struct bj_pictures {
    const bj_streams_t *streams;
    const bj_model_t   *model;
    bool      every_request;
    uint64_t  taken_cnt;
    picture_t *last[BJ_UNIVERSE_STREAM_MAX]; /* NULL: none was taken */
};

static void let_go(picture_t *picture) {
    if (picture && --picture->user_cnt == 0) free(picture);
}

static void put(picture_t *picture, const void *data, size_t data_bytes) {
    assert(data_bytes <= picture->size_bytes - picture->used_bytes);
    memcpy(picture->data + picture->used_bytes, data, data_bytes);
    picture->used_bytes += data_bytes;
}

static void put_order(void *ctx, const bj_mtbt_snapshot_order_t *order) {
    put(ctx, order, sizeof *order);
}

bool bj_pictures_take(bj_pictures_t *pictures, uint32_t stream_idx) {
    uint32_t order_cnt = bj_model_order_cnt(pictures->model, stream_idx);
    size_t size_bytes =
        sizeof(bj_mtbt_snapshot_t) + order_cnt * sizeof(bj_mtbt_snapshot_order_t);
    picture_t *picture = malloc(sizeof *picture + size_bytes);
    if (!picture) return false;
    *picture = (picture_t){.user_cnt = 1, .size_bytes = size_bytes};
    bj_mtbt_snapshot_t head = {.transcode = BJ_MTBT_SNAPSHOT_CODE,
                               .size_bytes = (uint32_t)size_bytes, .record_cnt = order_cnt,
                               .last_seq = bj_model_last_seq(pictures->model, stream_idx),
                               .stream_id = pictures->streams->stream[stream_idx].stream_id};
    put(picture, &head, sizeof head);
    bj_model_each_order(pictures->model, stream_idx, put_order, picture);
    assert(picture->used_bytes == size_bytes);
    let_go(pictures->last[stream_idx]);
    pictures->last[stream_idx] = picture;
    pictures->taken_cnt++;
    return true;
}

uint64_t bj_pictures_cnt(const bj_pictures_t *pictures) { return pictures->taken_cnt; }

bj_pictures_t *bj_pictures_new(const bj_streams_t *streams, const bj_model_t *model,
                               bool every_request) {
    bj_pictures_t *pictures = calloc(1, sizeof *pictures);
    if (!pictures) return NULL;
    pictures->streams = streams;
    pictures->model = model;
    pictures->every_request = every_request;
    return pictures;
}

void bj_pictures_free(bj_pictures_t *pictures) {
    if (!pictures) return;
    for (uint32_t i = 0; i < BJ_UNIVERSE_STREAM_MAX; i++) let_go(pictures->last[i]);
    free(pictures);
}

/* --- the service's side */
static bool ask(void *ctx, const bj_mtbt_request_t *request, bj_answer_t *answer) {
    const bj_snapshot_t *snapshot = ctx;
    bj_pictures_t *pictures = snapshot->pictures;
    if (!bj_recovery_request_ok(request, 'O', pictures->streams, snapshot->segment,
                                &answer->stream_idx)) {
        return false;
    }
    if (pictures->every_request) (void)bj_pictures_take(pictures, answer->stream_idx);
    picture_t *picture = pictures->last[answer->stream_idx];
    if (!picture) return false;
    picture->user_cnt++;
    answer->what = picture;
    answer->end = picture->size_bytes;
    return true;
}

static size_t give(void *ctx, bj_answer_t *answer, uint8_t *out, size_t room) {
    (void)ctx;
    const picture_t *picture = answer->what;
    size_t left = (size_t)(answer->end - answer->at), n = left < room ? left : room;
    memcpy(out, picture->data + answer->at, n);
    answer->at += n;
    return n;
}

static void done(void *ctx, bj_answer_t *answer) {
    (void)ctx;
    let_go(answer->what);
}

const bj_service_ops_t bj_snapshot_ops = {'B', ask, give, done};
