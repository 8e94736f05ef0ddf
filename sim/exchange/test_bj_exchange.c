/* Goal: a capture made in fast mode is what the sources send, to the byte.  Read back with libpcap,
 * checksums and times in order; source B's has every message, so that who follows it has the
 * model's books, futures and spreads included; what is missing in A's is what was dropped there;
 * the same configuration gives the same bytes; a bare switch-over begins at 1 with nothing. */
#include "sim/exchange/bj_exchange.h"

#include <pcap/pcap.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"

enum { ORDER_MAX = 1 << 15, STREAMS = 6, SECONDS = 20 };

static char dir[] = "/tmp/bj_exchange_XXXXXX";
static char file_a[64], file_b[64], file_config[64];

static void write_config(const char *faults, int refresh_s) {
    FILE *out = fopen(file_config, "w");
    if (!out) abort();
    fprintf(out, "{\"run_dir\": \"%s\", \"universe_csv\": \"sim/data/universe.csv\","
            "\"feed\": {\"segment\": \"CM\", \"stream_cnt\": 4, \"port_a\": 16641,"
            " \"port_b\": 10631, \"group_a\": \"239.60.60.41\", \"group_b\": \"239.60.60.31\"},"
            "\"exchange\": {\"source_a\": \"10.60.1.1\", \"source_b\": \"10.60.2.1\", \"seed\": 3,"
            " \"messages_per_s\": 5000, \"trade_cancels_per_10000\": 200, \"refresh_s\": %d,"
            " \"faults\": [%s], \"segments\": [{\"segment\": \"FO\","
            " \"universe_csv\": \"sim/data/fo.csv\", \"stream_cnt\": 2,"
            " \"group_a\": \"239.70.70.41\", \"port_a\": 17741,"
            " \"group_b\": \"239.70.70.31\", \"port_b\": 10831, \"spreads\": ["
            " {\"token\": 900001, \"near\": 35001, \"far\": 35002, \"stream\": 1},"
            " {\"token\": 900002, \"near\": 35111, \"far\": 35112, \"stream\": 2}]}]}}\n",
            dir, refresh_s, faults);
    fclose(out);
}

/* Leaves the exchange open: its model is the oracle. */
static bj_exchange_t *run_fast(void) {
    static const volatile sig_atomic_t never;
    static volatile sig_atomic_t refresh;
    bj_exchange_t *exchange = calloc(1, sizeof *exchange);
    bj_config_t *config = bj_config_load(file_config);
    bj_exchange_options_t options = {{file_a, file_b}, SECONDS * BJ_NS_PER_S, true};
    bj_exchange_open(exchange, config, &options);
    bj_exchange_run(exchange, &never, &refresh);
    bj_config_free(config);
    return exchange;
}

/* --- reading, the plainest way */
static uint32_t be(const uint8_t *at, int bytes) {
    uint32_t value = 0;
    while (bytes--) value = value << 8 | *at++;
    return value;
}

static bool sums_to_ones(const uint8_t *data, uint32_t bytes, uint32_t sum) {
    for (uint32_t i = 0; i < bytes; i += 2) {
        sum += (uint32_t)data[i] << 8 | (i + 1 < bytes ? data[i + 1] : 0u);
    }
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return sum == 0xffff;
}

typedef struct reader {
    const bj_day_t *day;
    uint32_t    source;
    bj_books_t *books;
    int64_t     last_ns;
    uint64_t    frames, type_cnt[128], missing, negative;
    uint32_t    seq[STREAMS], restarts[STREAMS], beat_seq[STREAMS]; /* last of each stream */
    unsigned    bad_frame, bad_time, bad_message;
} reader_t;

static uint32_t row_of(const reader_t *reader, uint32_t stream_idx, int32_t token) {
    for (uint32_t i = 0; i < reader->day->row_cnt; i++) {
        const bj_model_row_t *row = &reader->day->row[i];
        if (row->stream_idx == stream_idx && row->row.token == (uint32_t)token) return i;
    }
    abort();
}

static void hear_order(reader_t *reader, uint32_t stream_idx, const bj_mtbt_order_t *wire) {
    uint32_t idx = row_of(reader, stream_idx, wire->token);
    int32_t price_paise = wire->price_paise + reader->day->row[idx].bias_paise;
    bj_order_t *order = bj_books_find(reader->books, (uint64_t)wire->order_id);
    reader->negative += wire->price_paise < 0;
    bool new = wire->type == 'N' || wire->type == 'G';
    reader->bad_message += new == (order != NULL);
    if (new && !order) {
        reader->bad_message += bj_books_add(reader->books, idx, (uint64_t)wire->order_id,
                                            (bj_side_t)wire->side, price_paise, wire->qty, 0,
                                            &order) != BJ_OK;
    } else if (order && (wire->type == 'X' || wire->type == 'J')) {
        bj_books_remove(reader->books, order);
    } else if (order && price_paise == bj_books_price_of(reader->books, order)) {
        bj_books_set_qty(reader->books, order, wire->qty);
    } else if (order) {
        reader->bad_message +=
            bj_books_move(reader->books, order, price_paise, wire->qty) != BJ_OK;
    }
}

static void hear_trade(reader_t *reader, const bj_mtbt_trade_t *wire) {
    const double ids[] = {wire->buy_order_id, wire->sell_order_id};
    for (int side = 0; side < 2; side++) {
        bj_order_t *order = bj_books_find(reader->books, (uint64_t)ids[side]);
        if (order) bj_books_set_qty(reader->books, order, order->qty - wire->qty);
    }
}

static void begin_again(reader_t *reader, uint32_t stream_idx) {
    reader->restarts[stream_idx]++;
    for (uint32_t i = 0; reader->books && i < reader->day->row_cnt; i++) {
        if (reader->day->row[i].stream_idx == stream_idx) bj_books_clear(reader->books, i);
    }
}

static void hear_message(reader_t *reader, uint32_t stream_idx, const uint8_t *data) {
    bj_mtbt_order_t order;
    bj_mtbt_trade_t trade;
    memcpy(&order, data, sizeof order);
    memcpy(&trade, data, sizeof trade); /* a frame is long enough for either */
    reader->type_cnt[order.type & 127]++;
    if (order.type == 'Z') {
        memcpy(&reader->beat_seq[stream_idx], data + 9, sizeof reader->beat_seq[0]);
        return;
    }
    if (order.header.seq == 1 && reader->seq[stream_idx]) begin_again(reader, stream_idx);
    else reader->missing += order.header.seq - reader->seq[stream_idx] - 1;
    reader->seq[stream_idx] = order.header.seq;
    if (!reader->books) return;
    if (order.type == 'T' || order.type == 'K') hear_trade(reader, &trade);
    else if (order.type != 'C') hear_order(reader, stream_idx, &order);
}

static void hear_frame(reader_t *reader, const uint8_t *frame, uint32_t bytes, int64_t time_ns) {
    static const uint8_t pad[64];
    uint8_t data[128] = {0};
    uint32_t udp_bytes = be(frame + 38, 2), stream_idx = 0, ip = be(frame + 30, 4);
    bool good = bytes >= 60 && be(frame + 12, 2) == 0x0800 && frame[14] == 0x45 &&
                be(frame + 16, 2) == 20 + udp_bytes && 34 + udp_bytes <= bytes &&
                sums_to_ones(frame + 14, 20, 0) &&
                sums_to_ones(frame + 34, udp_bytes, be(frame + 26, 2) + be(frame + 28, 2) +
                             be(frame + 30, 2) + be(frame + 32, 2) + 17 + udp_bytes) &&
                !memcmp(frame + 34 + udp_bytes, pad, bytes - 34 - udp_bytes);
    for (stream_idx = 0; stream_idx < STREAMS; stream_idx++) {
        const bj_stream_place_t *to =
            &reader->day->streams.stream[stream_idx].source[reader->source];
        if (to->group_ip == ip && to->port == be(frame + 36, 2)) break;
    }
    reader->frames++;
    reader->bad_time += time_ns < reader->last_ns;
    reader->last_ns = time_ns;
    if (!good || stream_idx == STREAMS) {
        reader->bad_frame++;
        return;
    }
    memcpy(data, frame + 42, udp_bytes - 8);
    hear_message(reader, stream_idx, data);
}

static void read_capture(reader_t *reader, const char *file) {
    char error[PCAP_ERRBUF_SIZE];
    pcap_t *pcap =
        pcap_open_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, error);
    struct pcap_pkthdr *head;
    const u_char *frame;
    if (!pcap || pcap_datalink(pcap) != DLT_EN10MB) abort();
    while (pcap_next_ex(pcap, &head, &frame) == 1) {
        hear_frame(reader, frame, head->caplen, head->ts.tv_sec * BJ_NS_PER_S + head->ts.tv_usec);
    }
    pcap_close(pcap);
}

static bj_books_t *new_books(const bj_day_t *day) {
    size_t bytes = (bj_books_footprint(day->row_cnt, ORDER_MAX) + 63) / 64 * 64;
    bj_books_t *books = bj_books_new(aligned_alloc(64, bytes), day->row_cnt, ORDER_MAX);
    for (uint32_t i = 0; i < day->row_cnt; i++) {
        if (bj_books_set_tick(books, i, day->row[i].row.tick_paise) != BJ_OK) abort();
    }
    return books;
}

static uint64_t digest_of(const char *file) {
    static uint8_t bytes[64 << 20];
    FILE *in = fopen(file, "r");
    size_t n = in ? fread(bytes, 1, sizeof bytes, in) : 0;
    if (!in || !n || n == sizeof bytes) abort();
    fclose(in);
    return bj_fnv1a(BJ_FNV_OFFSET, bytes, n);
}

static void test_capture(void) {
    write_config("\"drop a CM permille 50\", \"duplicate a FO permille 100\"", 7);
    bj_exchange_t *exchange = run_fast();
    reader_t a = {.day = &exchange->day}, b = {.day = &exchange->day, .source = 1};
    b.books = new_books(&exchange->day);
    uint64_t hash = bj_books_hash(bj_model_books(exchange->model), BJ_FNV_OFFSET);
    uint64_t dropped = bj_faults_cnt(exchange->faults, 0, BJ_FAULT_DROP);
    bj_model_stats_t stats = bj_model_stats(exchange->model);
    BJ_CHECK(exchange->day.streams.cnt == STREAMS);
    /* The files are complete once they are closed; the day outlives that here. */
    bj_day_t *day = malloc(sizeof *day);
    *day = exchange->day;
    a.day = b.day = day;
    BJ_CHECK(bj_exchange_close(exchange));
    free(exchange);
    read_capture(&a, file_a);
    read_capture(&b, file_b);
    BJ_CHECK(a.bad_frame == 0 && a.bad_time == 0 && b.bad_frame == 0 && b.bad_time == 0);
    BJ_CHECK(b.bad_message == 0 && b.missing == 0);
    BJ_CHECK(bj_books_hash(b.books, BJ_FNV_OFFSET) == hash);
    BJ_CHECK(b.negative > 100 && b.type_cnt['G'] > 50 && b.type_cnt['H'] > 0);
    BJ_CHECK(b.type_cnt['J'] > 0 && b.type_cnt['K'] > 0 && b.type_cnt['C'] == stats.trade_cancels);
    BJ_CHECK(stats.trade_cancels > 50 && b.type_cnt['T'] + b.type_cnt['K'] == stats.trades);
    BJ_CHECK(dropped > 1000 && b.frames - a.frames < dropped); /* and some were doubled */
    BJ_CHECK(a.type_cnt['N'] < b.type_cnt['N'] && b.restarts[0] == 2);
    BJ_CHECK(b.last_ns >= BJ_EXCHANGE_FAST_START_NS + (SECONDS - 1) * BJ_NS_PER_S);
    BJ_CHECK(b.last_ns < BJ_EXCHANGE_FAST_START_NS + SECONDS * BJ_NS_PER_S + BJ_NS_PER_MS);
    free(b.books);
    free(day);
}

static void test_same_bytes(void) {
    uint64_t digest[2][2];
    write_config("\"reorder a all permille 50 depth 3\", \"corrupt b all permille 5\","
                 " \"delay b FO us 700\", \"seed 5\"", 0);
    for (int i = 0; i < 2; i++) {
        bj_exchange_t *exchange = run_fast();
        BJ_CHECK(bj_exchange_close(exchange));
        free(exchange);
        digest[i][0] = digest_of(file_a);
        digest[i][1] = digest_of(file_b);
    }
    BJ_CHECK(digest[0][0] == digest[1][0] && digest[0][1] == digest[1][1]);
    BJ_CHECK(digest[0][0] != digest[0][1]);
}

/* Commands as the socket would bring them, then what they did in the captures. */
static void test_commands(void) {
    char answer[BJ_CTL_ANSWER_BYTES];
    write_config("", 0);
    bj_exchange_t *exchange = run_fast();
    uint32_t live = bj_model_order_cnt(exchange->model, 4);
    bj_exchange_command(exchange, "switch FO:1 full", answer);
    BJ_CHECK(!strncmp(answer, "ok CM:1=", 8) && bj_model_last_seq(exchange->model, 4) == live);
    bj_exchange_command(exchange, "switch CM:1 bare", answer);
    BJ_CHECK(!strncmp(answer, "ok CM:1=0 ", 10));
    bj_exchange_command(exchange, "drop b CM:1 next 4", answer);
    for (int i = 0; i < 40; i++) bj_model_step(exchange->model, exchange->now_ns += 10000000);
    uint32_t after = bj_model_last_seq(exchange->model, 0);
    bj_exchange_command(exchange, "drop c", answer);
    BJ_CHECK(!strncmp(answer, "error: 'c' is not a source", 26));
    bj_exchange_command(exchange, "picture all", answer);
    BJ_CHECK(strstr(answer, "exchange.snapshot_port is not set"));
    BJ_CHECK(exchange->switches == 2 && exchange->commands == 5 && exchange->command_errors == 2);
    bj_faults_flush(exchange->faults);
    reader_t a = {.day = &exchange->day}, b = {.day = &exchange->day, .source = 1};
    bj_day_t *day = malloc(sizeof *day);
    *day = exchange->day;
    a.day = b.day = day;
    BJ_CHECK(bj_exchange_close(exchange));
    free(exchange);
    read_capture(&a, file_a);
    read_capture(&b, file_b);
    BJ_CHECK(after > 4 && a.seq[0] == after && a.restarts[0] == 1 && a.restarts[4] == 1);
    BJ_CHECK(a.type_cnt['Z'] == 1 && a.beat_seq[0] == 0); /* the other site's first word */
    BJ_CHECK(b.seq[0] == after && b.restarts[0] == 0 && b.restarts[4] == 1); /* 1 to 4 are lost */
    free(day);
}

static void test_spread_rows(void) {
    bj_model_row_t near = {.row = {.tick_paise = 5, .lot_qty = 1, .freeze_qty = 10,
                                   .prev_close_paise = 40500, .avg_daily_qty = 8,
                                   .avg_daily_trades = 4}}, far = near, spread;
    for (int32_t off = -3000; off <= 3000; off += 5) {
        far.row.prev_close_paise = near.row.prev_close_paise + off;
        BJ_CHECK(bj_day_spread(&near, &far, 9, &spread));
        BJ_CHECK(spread.spread && spread.row.token == 9 && spread.row.band_lo_paise > 0);
        BJ_CHECK(spread.row.prev_close_paise - spread.bias_paise == off);
        BJ_CHECK(spread.bias_paise % 5 == 0 && spread.row.band_lo_paise % 5 == 0);
        BJ_CHECK(spread.row.band_lo_paise - spread.bias_paise <= off - 40500 / 20);
    }
    near.row.prev_close_paise = INT32_MAX / 5 * 5;
    far.row.prev_close_paise = 5;
    BJ_CHECK(!bj_day_spread(&near, &far, 9, &spread));
}

int main(void) {
    if (!mkdtemp(dir)) abort();
    snprintf(file_a, sizeof file_a, "%s/a.pcap", dir);
    snprintf(file_b, sizeof file_b, "%s/b.pcap", dir);
    snprintf(file_config, sizeof file_config, "%s/config.json", dir);
    test_capture();
    test_same_bytes();
    test_commands();
    test_spread_rows();
    unlink(file_a), unlink(file_b), unlink(file_config);
    rmdir(dir);
    return bj_test_end("test_bj_exchange");
}
