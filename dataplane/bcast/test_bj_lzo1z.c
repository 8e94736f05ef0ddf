/* Our decompressor beside liblzo2: what the library packs comes back byte by byte; of any other
 * bytes both say the same, but for the reason.  Input and output lie in allocations of just their
 * size, so that the sanitizer sees a byte too many. */
#include <lzo/lzo1z.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/bcast/bj_lzo1z.h"

enum { PLAIN_MAX = 100000, PACKED_MAX = PLAIN_MAX + PLAIN_MAX / 16 + 67 };

static uint64_t rng = 1;
static uint32_t dice(uint32_t sides) {
    rng = rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(rng >> 33) % sides;
}

static size_t pack(const uint8_t *plain, size_t plain_bytes, uint8_t *packed) {
    static lzo_align_t work[LZO1Z_999_MEM_COMPRESS / sizeof(lzo_align_t) + 1];
    lzo_uint n = PACKED_MAX;
    int rc = lzo1z_999_compress(plain, plain_bytes, packed, &n, work);
    BJ_CHECK(rc == LZO_E_OK);
    return n;
}

typedef struct got {
    bool    ok;
    size_t  bytes;
    uint8_t *out; /* to be freed */
} got_t;

static got_t ours(const uint8_t *packed, size_t packed_bytes, size_t room) {
    uint8_t *in = malloc(packed_bytes + !packed_bytes);
    got_t got = {.bytes = room, .out = malloc(room + !room)};
    if (packed_bytes) memcpy(in, packed, packed_bytes);
    bj_status_t status = bj_lzo1z_decompress(in, packed_bytes, got.out, &got.bytes);
    BJ_CHECK(got.bytes <= room);
    got.ok = status == BJ_OK;
    BJ_CHECK(got.ok || status == BJ_ERR_TRUNCATED || status == BJ_ERR_BAD_FIELD ||
             status == BJ_ERR_FULL);
    free(in);
    return got;
}

static got_t theirs(const uint8_t *packed, size_t packed_bytes, size_t room) {
    got_t got = {.out = malloc(room + !room)};
    lzo_uint n = room;
    got.ok = lzo1z_decompress_safe(packed, packed_bytes, got.out, &n, NULL) == LZO_E_OK;
    got.bytes = n;
    return got;
}

/* Any bytes: both take them, and to the same, or neither. */
static bool same(const uint8_t *packed, size_t packed_bytes, size_t room) {
    got_t a = ours(packed, packed_bytes, room), b = theirs(packed, packed_bytes, room);
    bool ok = a.ok == b.ok && (!a.ok || (a.bytes == b.bytes && !memcmp(a.out, b.out, a.bytes)));
    BJ_CHECK(ok);
    bool taken = a.ok;
    free(a.out), free(b.out);
    return taken;
}

/* --- data to pack: 0 the same byte, 1 noise, 2 few values, 3 records that change little, 4 far
 * repeats, 5 zeros with noise here and there */
static void fill(uint8_t *plain, size_t bytes, uint32_t kind) {
    for (size_t i = 0; i < bytes; i++) {
        uint8_t noise = (uint8_t)dice(256);
        switch (kind) {
        case 0: plain[i] = 7; break;
        case 1: plain[i] = noise; break;
        case 2: plain[i] = noise & 3; break;
        case 3: plain[i] = i >= 48 && noise < 240 ? plain[i - 48] : noise; break;
        case 4: plain[i] = i >= 20000 && noise < 250 ? plain[i - 20000] : noise; break;
        default: plain[i] = noise < 20 ? (uint8_t)dice(256) : 0;
        }
    }
}

static void test_back_again(void) {
    static uint8_t plain[PLAIN_MAX], packed[PACKED_MAX];
    static const size_t sizes[] = {0, 1, 2, 3, 4, 5, 17, 18, 19, 100, 238, 239, 255, 256, 273, 474,
                                   574, 1000, 1792, 1793, 2816, 2817, 3000, 16384, 16385, 17000,
                                   49151, 50000, PLAIN_MAX};
    for (uint32_t kind = 0; kind < 6; kind++) {
        for (size_t i = 0; i < BJ_COUNT(sizes); i++) {
            fill(plain, sizes[i], kind);
            size_t n = pack(plain, sizes[i], packed);
            got_t got = ours(packed, n, sizes[i]);
            BJ_CHECK(got.ok && got.bytes == sizes[i] && !memcmp(got.out, plain, sizes[i]));
            free(got.out);
            if (!sizes[i]) continue;
            got = ours(packed, n, sizes[i] - 1); /* one byte of room too few */
            BJ_CHECK(!got.ok);
            free(got.out);
        }
    }
}

static void test_many_sizes(void) {
    static uint8_t plain[3000], packed[PACKED_MAX];
    for (uint32_t round = 0; round < 3000; round++) {
        size_t bytes = dice(sizeof plain);
        fill(plain, bytes, dice(6));
        size_t n = pack(plain, bytes, packed);
        got_t got = ours(packed, n, sizeof plain);
        BJ_CHECK(got.ok && got.bytes == bytes && !memcmp(got.out, plain, bytes));
        free(got.out);
    }
}

static void test_truncated(void) {
    static uint8_t plain[PLAIN_MAX], packed[PACKED_MAX];
    for (uint32_t kind = 0; kind < 6; kind++) {
        size_t bytes = kind == 4 ? 24000 : 700;
        fill(plain, bytes, kind);
        size_t n = pack(plain, bytes, packed);
        for (size_t cut = 0; cut < n; cut += 1 + n / 2000) {
            got_t got = ours(packed, cut, bytes);
            BJ_CHECK(!got.ok);
            free(got.out);
        }
        packed[n] = 0; /* a byte too many */
        got_t got = ours(packed, n + 1, bytes);
        BJ_CHECK(!got.ok);
        free(got.out);
    }
}

/* A byte or a few become others: refused, or taken for something else by both. */
static void test_corrupt(void) {
    static uint8_t plain[24000], packed[PACKED_MAX];
    uint32_t taken = 0;
    for (uint32_t round = 0; round < (BJ_TEST_SLOW ? 6000 : 60000); round++) {
        size_t bytes = round % 1000 ? 1 + dice(700) : 24000;
        fill(plain, bytes, round % 1000 ? dice(6) : 4);
        size_t n = pack(plain, bytes, packed);
        for (uint32_t left = 1 + dice(3); left; left--)
            packed[dice((uint32_t)n)] = (uint8_t)dice(256);
        taken += same(packed, n, 2 * bytes);
    }
    BJ_CHECK(taken > 1000 && taken < 59000); /* both ways were seen */
}

/* Instructions by the dice, ended properly: every branch, with distances that often fit. */
static void test_made_up(void) {
    uint8_t packed[260];
    uint32_t taken = 0;
    for (uint32_t round = 0; round < (BJ_TEST_SLOW ? 40000 : 400000); round++) {
        size_t n = dice(40);
        packed[0] = (uint8_t)(18 + dice(60));
        for (size_t i = 1; i <= n; i++) packed[i] = dice(3) ? (uint8_t)dice(256) : (uint8_t)dice(4);
        static const uint8_t end[] = {0x11, 0, 0};
        memcpy(packed + n + 1, end, sizeof end);
        taken += same(packed, n + 1 + sizeof end, 6000);
    }
    BJ_CHECK(taken > (BJ_TEST_SLOW ? 100 : 1000));
}

int main(void) {
    test_back_again();
    test_many_sizes();
    test_truncated();
    test_corrupt();
    test_made_up();
    return bj_test_end("test_bj_lzo1z");
}
