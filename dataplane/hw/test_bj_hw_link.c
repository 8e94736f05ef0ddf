/* Goal: a card's window carries frames, accesses and answers both ways; what has no room, is too
 * long, does not answer or is not there is said; and the numbers a design is programmed with. */
#include "dataplane/hw/bj_hw_link.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/feed/bj_feed_unwrap.h"
#include "dataplane/hw/bj_hw_setup.h"

static const bj_hw_card_ops_t *ops = &bj_hw_link_ops;

typedef struct bed {
    char file[32];
    bj_hw_link_t driver, card;
    _Atomic bool stop;
} bed_t;

static void bed_open(bed_t *bed) {
    memset(bed, 0, sizeof *bed);
    memcpy(bed->file, "/tmp/bj_hw_XXXXXX", sizeof "/tmp/bj_hw_XXXXXX");
    close(mkstemp(bed->file));
    BJ_CHECK(bj_hw_link_create(&bed->driver, bed->file));
    BJ_CHECK(bj_hw_link_attach(&bed->card, bed->file));
}
static void bed_close(bed_t *bed) {
    bj_hw_link_close(&bed->driver);
    bj_hw_link_close(&bed->card);
    unlink(bed->file);
}

/* A card that keeps registers: each reads what was written last, plus its address. */
static void *card_main(void *arg) {
    bed_t *bed = arg;
    uint32_t value[64] = {0};
    while (!atomic_load(&bed->stop)) {
        const bj_hw_access_t *access = bj_ring_peek(bed->card.ring[BJ_HW_ACCESS]);
        if (!access) continue;
        bj_hw_access_t got = *access;
        bj_ring_release(bed->card.ring[BJ_HW_ACCESS]);
        if (got.is_write) {
            value[got.at / 4] = got.value;
            continue;
        }
        bj_hw_access_t stale = {.id = got.id - 1};
        if (!bj_ring_push(bed->card.ring[BJ_HW_VALUE], &stale, sizeof stale)) abort();
        got.value = value[got.at / 4] + got.at;
        if (!bj_ring_push(bed->card.ring[BJ_HW_VALUE], &got, sizeof got)) abort();
    }
    return NULL;
}

static void test_registers(void) {
    bed_t bed;
    pthread_t thread;
    uint32_t value = 0;
    bed_open(&bed);
    int64_t from_ns = bj_clock_mono_ns();
    BJ_CHECK(!ops->read(&bed.driver, 4, &value)); /* nobody answers */
    BJ_CHECK(bj_clock_mono_ns() - from_ns >= BJ_HW_LINK_WAIT_NS);
    pthread_create(&thread, NULL, card_main, &bed);
    BJ_CHECK(ops->write(&bed.driver, 8, 1000) && ops->read(&bed.driver, 8, &value) &&
             value == 1008);
    for (uint32_t i = 0; i < 1000; i++) {
        BJ_CHECK(ops->write(&bed.driver, 16, i) && ops->read(&bed.driver, 16, &value) &&
                 value == i + 16);
    }
    atomic_store(&bed.stop, true);
    pthread_join(thread, NULL);
    uint32_t cnt = 0;
    while (ops->write(&bed.driver, 8, cnt))
        cnt++;
    BJ_CHECK(cnt == 256); /* then there is no room */
    bed_close(&bed);
}

/* A card that answers, without end, what nobody has asked. */
static void test_babble(void) {
    bed_t bed;
    uint32_t value = 0;
    bed_open(&bed);
    atomic_store(&bed.card.ring[BJ_HW_VALUE]->head, UINT64_C(1) << 48);
    BJ_CHECK(!ops->read(&bed.driver, 4, &value));
    bed_close(&bed);
}

static void test_frames(void) {
    bed_t bed;
    uint8_t frame[BJ_HW_FRAME_MAX + 1] = {7, 8, 9};
    uint32_t cnt = 0;
    bed_open(&bed);
    BJ_CHECK(ops->host_done(&bed.driver));
    BJ_CHECK(ops->host_frame(&bed.driver, frame, 100) && !ops->host_done(&bed.driver));
    const bj_hw_frame_t *got = bj_ring_peek(bed.card.ring[BJ_HW_HOST]);
    BJ_CHECK(got && got->data_bytes == 100 && memcmp(got->data, frame, 100) == 0);
    bj_ring_release(bed.card.ring[BJ_HW_HOST]);
    BJ_CHECK(ops->host_done(&bed.driver));
    BJ_CHECK(!bj_hw_link_wire(&bed.driver, frame, sizeof frame)); /* too long */
    while (bj_hw_link_wire(&bed.driver, frame, BJ_HW_FRAME_MAX))
        cnt++;
    BJ_CHECK(cnt == 1 << 13);
    bj_hw_answer_t answer = {.seq = 5, .idx = 3};
    BJ_CHECK(!ops->answer(&bed.driver));
    BJ_CHECK(bj_ring_push(bed.card.ring[BJ_HW_ANSWER], &answer, sizeof answer));
    BJ_CHECK(ops->answer(&bed.driver) && ops->answer(&bed.driver)->idx == 3);
    ops->answer_done(&bed.driver);
    BJ_CHECK(!ops->answer(&bed.driver));
    bed_close(&bed);
}

static void test_life(void) {
    bed_t bed;
    uint8_t frame[64] = {0};
    bed_open(&bed);
    BJ_CHECK(ops->boots(&bed.driver) == 0);
    BJ_CHECK(bj_hw_link_wire(&bed.driver, frame, sizeof frame));
    bj_hw_link_boot(&bed.card);
    BJ_CHECK(ops->boots(&bed.driver) == 1 && !bj_ring_peek(bed.card.ring[BJ_HW_WIRE]));
    bj_hw_link_boot(&bed.card);
    BJ_CHECK(ops->boots(&bed.driver) == 2);
    atomic_fetch_sub(&bed.card.head->beat_ns, BJ_HW_LINK_SILENT_NS);
    BJ_CHECK(ops->boots(&bed.driver) == 0);
    bj_hw_link_t other;
    BJ_CHECK(!bj_hw_link_attach(&other, "/tmp/bj_hw_nobody"));
    BJ_CHECK(truncate(bed.file, 4096) == 0 && !bj_hw_link_attach(&other, bed.file));
    unlink(bed.file);
    BJ_CHECK(!bj_hw_link_create(&other, "/proc/bj_hw_nobody"));
    bj_hw_link_close(&bed.driver);
    bj_hw_link_close(&bed.card);
}

/* --- numbers */
static void test_places(void) {
    bj_hw_token_t tokens[BJ_HW_TOKENS_MAX];
    bj_hw_place_t places[BJ_HW_TOKENS_MAX];
    for (uint32_t i = 0; i < BJ_HW_TOKENS_MAX; i++)
        tokens[i].token = 1000 + (i % 2) * 1024 + i / 2 * 2048 * 3; /* many want the same place */
    BJ_CHECK(bj_hw_places(tokens, BJ_HW_TOKENS_MAX, 10, places));
    for (uint32_t i = 0; i < BJ_HW_TOKENS_MAX; i++) {
        uint32_t token = tokens[i].token;
        BJ_CHECK(places[i].at == ((places[i].way ? token ^ token >> 10 : token) & 1023));
        for (uint32_t k = 0; k < i; k++)
            BJ_CHECK(places[i].at != places[k].at || places[i].way != places[k].way);
    }
    BJ_CHECK(!bj_hw_places(tokens, BJ_HW_TOKENS_MAX, 4, places));
}

static void test_windows(void) {
    static const int32_t ticks_paise[] = {1, 5, 10, 25, 50, 100, 500};
    for (size_t t = 0; t < BJ_COUNT(ticks_paise); t++) {
        int32_t tick = ticks_paise[t], mid = 100003 * tick;
        bj_hw_window_t w = bj_hw_window(mid, tick);
        uint32_t odd = (uint32_t)tick >> w.shift;
        BJ_CHECK((odd & 1) && odd << w.shift == (uint32_t)tick && odd * w.inverse == 1);
        BJ_CHECK(w.base_paise == mid - 2048 * tick && bj_hw_window_has(&w, mid));
        BJ_CHECK(bj_hw_window_has(&w, w.base_paise) && !bj_hw_window_has(&w, w.base_paise - tick));
        BJ_CHECK(bj_hw_window_has(&w, w.base_paise + 4095 * tick) &&
                 !bj_hw_window_has(&w, w.base_paise + 4096 * tick));
        BJ_CHECK(tick == 1 || !bj_hw_window_has(&w, mid + 1));
    }
    BJ_CHECK(bj_hw_window(0, 0).base_paise == 0 && bj_hw_window(300, 5).base_paise == 0);
}

static void test_order_frame(void) {
    uint8_t frame[BJ_HW_ORDER_FRAME_BYTES];
    const bj_hw_order_t order = {1300000000000123, 131600, 75, true};
    bj_feed_udp_t udp;
    bj_feed_msg_t msg;
    size_t used;
    bj_hw_order_frame(&order, 2885, frame);
    BJ_CHECK(bj_feed_unwrap(frame, sizeof frame, &udp) == BJ_OK);
    BJ_CHECK(udp.group_ip == BJ_HW_HOST_IP && udp.port == BJ_HW_HOST_PORT);
    BJ_CHECK(bj_feed_decode(udp.data, udp.data_bytes, &msg, &used) == BJ_OK &&
             used == udp.data_bytes);
    BJ_CHECK(msg.kind == BJ_FEED_NEW && msg.order_id == order.order_id && msg.token == 2885 &&
             msg.price_paise == 131600 && msg.qty == 75);
}

int main(void) {
    test_registers();
    test_babble();
    test_frames();
    test_life();
    test_places();
    test_windows();
    test_order_frame();
    return bj_test_end("test_bj_hw_link");
}
