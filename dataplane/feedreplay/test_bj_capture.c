/* Goal: one datagram under every link type becomes the same frame; a capture cut off at any byte
 * gives what came before, and says so; times, order and checksums; networks and segments. */
#include "dataplane/feedreplay/bj_capture.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/feed/bj_feed_unwrap.h"
#include "dataplane/feedreplay/bj_segments.h"

enum { FILE_BYTES = 1024, HEAD_BYTES = 24, RECORD_BYTES = 16 };

typedef struct file {
    uint8_t bytes[FILE_BYTES];
    size_t used;
} file_t;

static const uint8_t ip_packet[] = {/* 239.60.60.41:16641, "hello"; the checksum is right */
                                    0x45, 0,  0,  33, 0, 0,   0,   0,   1,   17,   0x83,
                                    0x2a, 10, 60, 1,  1, 239, 60,  60,  41,  0x41, 1,
                                    0x41, 1,  0,  13, 0, 0,   'h', 'e', 'l', 'l',  'o'};

static void put(file_t *file, const void *data, size_t bytes) {
    memcpy(file->bytes + file->used, data, bytes);
    file->used += bytes;
}

static void put_head(file_t *file, uint32_t magic, uint32_t link) {
    const uint32_t head[] = {magic, 2 | 4 << 16, 0, 0, 65535, link};
    file->used = 0;
    put(file, head, sizeof head);
}

static void put_packet(file_t *file, uint32_t s, uint32_t part, const void *lead,
                       size_t lead_bytes) {
    uint32_t bytes = (uint32_t)(lead_bytes + sizeof ip_packet);
    const uint32_t record[] = {s, part, bytes, bytes};
    put(file, record, sizeof record);
    put(file, lead, lead_bytes);
    put(file, ip_packet, sizeof ip_packet);
}

static bool read_it(bj_capture_t *capture, file_t *file, uint32_t source, char *error, char *note) {
    FILE *mem = fmemopen(file->bytes, file->used ? file->used : 1, "rb");
    if (!file->used) fgetc(mem);
    return bj_capture_read_file(capture, mem, "it.pcap", source, error, note);
}

static bool is_hello(const bj_capture_t *capture, size_t i) {
    bj_feed_udp_t udp;
    const bj_capture_frame_t *frame = &capture->frames[i];
    return bj_feed_unwrap(capture->bytes + frame->at, frame->len_bytes, &udp) == BJ_OK &&
           udp.group_ip == 0xef3c3c29 && udp.port == 16641 && udp.data_bytes == 5 &&
           !memcmp(udp.data, "hello", 5);
}

static const uint8_t eth[] = {1, 0, 0x5e, 60, 60, 41, 2, 0, 0, 0, 0, 1, 8, 0};
static const uint8_t vlan[] = {1, 0, 0x5e, 60, 60, 41, 2, 0, 0, 0, 0, 1, 0x81, 0, 0, 7, 8, 0};
static const uint8_t qinq[] = {1, 0,    0x5e, 60, 60, 41,   2, 0, 0, 0, 0,
                               1, 0x88, 0xa8, 0,  7,  0x81, 0, 0, 9, 8, 0};
static const uint8_t sll[] = {0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0};
static const uint8_t sll2[] = {8, 0, 0, 0, 0, 0, 0, 3, 0, 1, 2, 6, 2, 0, 0, 0, 0, 1, 0, 0};
static const uint8_t arp[] = {255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 8, 6};

static void test_links(void) {
    const struct {
        uint32_t link;
        const uint8_t *lead;
        size_t lead_bytes, frames;
    } cases[] = {{1, eth, sizeof eth, 1},   {1, vlan, sizeof vlan, 1},   {1, qinq, sizeof qinq, 1},
                 {113, sll, sizeof sll, 1}, {276, sll2, sizeof sll2, 1}, {101, NULL, 0, 1},
                 {228, NULL, 0, 1},         {1, arp, sizeof arp, 0}};
    char error[BJ_CAPTURE_TEXT_BYTES], note[BJ_CAPTURE_TEXT_BYTES];
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bj_capture_t capture = {0};
        file_t file;
        put_head(&file, 0xa1b2c3d4, cases[i].link);
        put_packet(&file, 5, 7, cases[i].lead ? cases[i].lead : eth, cases[i].lead_bytes);
        BJ_CHECK(read_it(&capture, &file, 0, error, note) && !*error && !*note);
        BJ_CHECK(capture.frame_cnt == cases[i].frames && capture.packet_cnt == 1);
        if (capture.frame_cnt) {
            BJ_CHECK(is_hello(&capture, 0) && capture.frames[0].recv_ns == 5000007000);
        }
        bj_capture_free(&capture);
    }
}

/* Two packets: cut inside the file's head, an error; later, as many as are whole. */
static void test_cut(void) {
    char error[BJ_CAPTURE_TEXT_BYTES], note[BJ_CAPTURE_TEXT_BYTES];
    file_t file;
    put_head(&file, 0xa1b23c4d, 1);
    put_packet(&file, 1, 1, eth, sizeof eth);
    size_t first = file.used;
    put_packet(&file, 1, 2, eth, sizeof eth);
    size_t whole = file.used;
    for (file.used = 1; file.used <= whole; file.used++) {
        bj_capture_t capture = {0};
        bool ok = read_it(&capture, &file, 0, error, note);
        bool between = file.used == HEAD_BYTES || file.used == first || file.used == whole;
        BJ_CHECK(ok == (file.used >= HEAD_BYTES) && ok == !*error);
        BJ_CHECK(!*note == (!ok || between));
        BJ_CHECK(capture.frame_cnt == (size_t)(file.used >= first) + (file.used == whole));
        if (*note) BJ_CHECK(strstr(note, "it.pcap: packet ") != NULL);
        bj_capture_free(&capture);
    }
}

static void test_bad(void) {
    char error[BJ_CAPTURE_TEXT_BYTES], note[BJ_CAPTURE_TEXT_BYTES];
    bj_capture_t capture = {0};
    file_t file;
    put_head(&file, 0xa1b2c3d4, 1);
    put_packet(&file, 5, 7, eth, sizeof eth);
    memset(file.bytes + file.used, 0xff, RECORD_BYTES); /* a packet of 4 GB */
    file.used += 100;
    BJ_CHECK(!read_it(&capture, &file, 0, error, note) && strstr(error, "it.pcap: packet 2: "));
    bj_capture_free(&capture);
    capture = (bj_capture_t){0};
    put_head(&file, 0xa1b2c3d4, 105);
    BJ_CHECK(!read_it(&capture, &file, 0, error, note) && strstr(error, "link type 105"));
    BJ_CHECK(!bj_capture_read(&capture, "/none/such", 0, error, note) &&
             strstr(error, "/none/such"));
    bj_capture_free(&capture);
}

/* By time; a clock that runs backwards in a file stands still; at one time A first. */
static void test_merge(void) {
    static const struct {
        uint32_t source, ns;
    } want[] = {{0, 10}, {1, 10}, {0, 20}, {0, 20}, {1, 30}};
    char error[BJ_CAPTURE_TEXT_BYTES], note[BJ_CAPTURE_TEXT_BYTES];
    bj_capture_t capture = {0};
    file_t file;
    put_head(&file, 0xa1b23c4d, 1);
    put_packet(&file, 0, 10, eth, sizeof eth);
    put_packet(&file, 0, 30, eth, sizeof eth);
    BJ_CHECK(read_it(&capture, &file, 1, error, note));
    put_head(&file, 0xa1b23c4d, 113);
    put_packet(&file, 0, 10, sll, sizeof sll);
    put_packet(&file, 0, 20, sll, sizeof sll);
    put_packet(&file, 0, 15, sll, sizeof sll);
    memset(file.bytes + HEAD_BYTES + RECORD_BYTES + sizeof sll + 10, 0, 2); /* a card fills it in */
    BJ_CHECK(read_it(&capture, &file, 0, error, note));
    bj_capture_merge(&capture);
    BJ_CHECK(capture.frame_cnt == BJ_COUNT(want));
    for (size_t i = 0; i < capture.frame_cnt; i++) {
        BJ_CHECK(capture.frames[i].source == want[i].source && is_hello(&capture, i));
        BJ_CHECK(capture.frames[i].recv_ns == want[i].ns);
    }
    bj_capture_free(&capture);
}

static void test_segments(void) {
    static const struct {
        uint32_t ip;
        unsigned segment;
    } cases[] = {{0xef3c3c29, BJ_SEGMENT_CM},
                 {0xef464647, BJ_SEGMENT_FO},
                 {0xef50501f, BJ_SEGMENT_CD},
                 {0xef5a5a29, BJ_SEGMENT_CO},
                 {0xef3b3c29, 0},
                 {0x0a000001, 0}};
    bj_segments_t segments;
    bj_segments_load_default(&segments);
    for (size_t i = 0; i < BJ_COUNT(cases); i++)
        BJ_CHECK(bj_segments_of(&segments, cases[i].ip) == cases[i].segment);
    BJ_CHECK(bj_segments_named("fo") == BJ_SEGMENT_FO && !bj_segments_named("XX"));
}

int main(void) {
    test_links();
    test_cut();
    test_bad();
    test_merge();
    test_segments();
    return bj_test_end("test_bj_capture");
}
