#include "sim/exchange/bj_day.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

/* --- streams */
static uint32_t group_of(const bj_config_t *config, const char *path) {
    struct in_addr ip;
    const char *text = bj_config_str(config, path);
    if (inet_pton(AF_INET, text, &ip) != 1 || !IN_MULTICAST(ntohl(ip.s_addr))) {
        bj_config_die("configuration: %s must be a multicast group's IPv4 address, not '%s'", path,
                      text);
    }
    return ntohl(ip.s_addr);
}

/* prefix: where the keys stand, "feed." or nothing. */
static void add_places(bj_day_t *day, const bj_config_t *config, const char *prefix,
                       bj_segment_t segment, uint32_t cnt, uint16_t first_id) {
    static const char *const sides[BJ_SOURCES] = {"a", "b"};
    char key[32];
    for (uint32_t s = 0; s < BJ_SOURCES; s++) {
        snprintf(key, sizeof key, "%sgroup_%s", prefix, sides[s]);
        uint32_t group_ip = group_of(config, key);
        snprintf(key, sizeof key, "%sport_%s", prefix, sides[s]);
        int64_t port = bj_config_int(config, key, 1, UINT16_MAX - BJ_UNIVERSE_STREAM_MAX);
        for (uint32_t i = 0; i < cnt; i++) {
            bj_stream_t *stream = &day->streams.stream[day->streams.cnt + i];
            stream->segment = segment;
            stream->stream_id = (uint16_t)(first_id + i);
            stream->source[s] = (bj_stream_place_t){group_ip + i, (uint16_t)(port + i)};
        }
    }
    day->streams.cnt += cnt;
}

static void add_streams(bj_day_t *day, const bj_config_t *config, const char *prefix,
                        bj_segment_t segment) {
    char key[32];
    snprintf(key, sizeof key, "%sstream_cnt", prefix);
    uint32_t room = BJ_UNIVERSE_STREAM_MAX - day->streams.cnt;
    uint32_t cnt = (uint32_t)bj_config_int(config, key, 1, room);
    add_places(day, config, prefix, segment, cnt, 1);
}

/* Behind all streams: for who takes stream_idx by stream_idx, one more each. */
static void add_broadcasts(bj_day_t *day, const bj_config_t *config) {
    for (size_t i = 0; i < bj_config_cnt(config, "feed.broadcast"); i++) {
        const bj_config_t *item = bj_config_item(config, "feed.broadcast", i);
        const char *text = bj_config_str(item, "segment");
        bj_segment_t segment = bj_segment_named(text);
        if (segment != BJ_SEGMENT_CM && segment != BJ_SEGMENT_FO) {
            bj_config_die("configuration: feed.broadcast: segment must be CM or FO, not '%s'",
                          text);
        }
        if (bj_streams_broadcast(&day->streams, segment) != UINT32_MAX ||
            day->streams.cnt == BJ_UNIVERSE_STREAM_MAX) {
            bj_config_die(
                "configuration: feed.broadcast: segment %s is there twice, or has no room", text);
        }
        add_places(day, item, "", segment, 1, 0);
        day->streams.broadcast_cnt++;
    }
}

/* --- instruments */
static void add_rows(bj_day_t *day, const char *file, bj_segment_t segment, size_t most_cnt) {
    static bj_universe_row_t rows[BJ_DAY_ROWS_MAX];
    char error[512];
    size_t row_cnt;
    if (bj_universe_load(file, rows, BJ_DAY_ROWS_MAX, &row_cnt, error, sizeof error) != BJ_OK) {
        bj_config_die("%s", error);
    }
    for (size_t i = 0; i < row_cnt && i < most_cnt; i++) {
        uint32_t stream_idx = rows[i].stream
                                  ? bj_streams_find(&day->streams, segment, rows[i].stream)
                                  : bj_streams_broadcast(&day->streams, segment);
        if (stream_idx == UINT32_MAX) continue; /* of a stream that is not published here */
        if (day->row_cnt == BJ_DAY_ROWS_MAX) {
            bj_config_die("%s: more than %d instruments in all", file, BJ_DAY_ROWS_MAX);
        }
        day->row[day->row_cnt++] = (bj_model_row_t){.row = rows[i], .stream_idx = stream_idx};
    }
}

static uint32_t find_leg(const bj_day_t *day, bj_segment_t segment, const bj_config_t *item,
                         const char *key) {
    int64_t token = bj_config_int(item, key, 1, INT32_MAX);
    for (uint32_t i = 0; i < day->row_cnt; i++) {
        const bj_model_row_t *row = &day->row[i];
        bool same = day->streams.stream[row->stream_idx].segment == segment && !row->spread;
        if (same && row->row.token == token) return i;
    }
    bj_config_die("configuration: exchange.segments: spreads: %s: %s has no instrument %lld", key,
                  bj_segment_name(segment), (long long)token);
}

static int64_t round_up(int64_t value, int64_t unit) { return (value + unit - 1) / unit * unit; }

bool bj_day_spread(const bj_model_row_t *near, const bj_model_row_t *far, uint32_t token,
                   bj_model_row_t *spread) {
    int64_t tick = near->row.tick_paise;
    int64_t off = (int64_t)far->row.prev_close_paise - near->row.prev_close_paise;
    off = off / tick * tick;
    int64_t half = round_up(near->row.prev_close_paise / 20 + 1, tick); /* 5 % of the near leg */
    int64_t bias = half + round_up(off < 0 ? -off : off, tick) + tick;
    if (bias > INT32_MAX || bias + off + half > INT32_MAX) return false;
    *spread = (bj_model_row_t){.row = near->row, .spread = true, .bias_paise = (int32_t)bias};
    spread->row.token = token;
    spread->row.prev_close_paise = (int32_t)(bias + off);
    spread->row.band_lo_paise = (int32_t)(bias + off - half);
    spread->row.band_hi_paise = (int32_t)(bias + off + half);
    spread->row.avg_daily_qty = far->row.avg_daily_qty / 4 + 1;
    spread->row.avg_daily_trades = far->row.avg_daily_trades / 4 + 1;
    return true;
}

static void add_spread(bj_day_t *day, const bj_config_t *item, bj_segment_t segment) {
    bj_model_row_t spread;
    uint32_t near_idx = find_leg(day, segment, item, "near");
    uint32_t far_idx = find_leg(day, segment, item, "far");
    uint32_t token = (uint32_t)bj_config_int(item, "token", 1, INT32_MAX);
    uint16_t stream_id = (uint16_t)bj_config_int(item, "stream", 1, BJ_UNIVERSE_STREAM_MAX);
    if (near_idx == far_idx)
        bj_config_die("configuration: exchange.segments: spreads: near and far are one");
    if (day->row_cnt == BJ_DAY_ROWS_MAX ||
        !bj_day_spread(&day->row[near_idx], &day->row[far_idx], token, &spread)) {
        bj_config_die("configuration: exchange.segments: spreads: no room for spread %u", token);
    }
    spread.near_idx = near_idx;
    spread.far_idx = far_idx;
    spread.row.stream = stream_id;
    spread.stream_idx = bj_streams_find(&day->streams, segment, stream_id);
    if (spread.stream_idx == UINT32_MAX) {
        bj_config_die("configuration: exchange.segments: spreads: stream: %s has no stream %u",
                      bj_segment_name(segment), stream_id);
    }
    day->row[day->row_cnt++] = spread;
}

/* --- segments */
static bj_day_segment_t *add_segment(bj_day_t *day, const char *text) {
    bj_segment_t segment = bj_segment_named(text);
    if (!segment) {
        bj_config_die(
            "configuration: exchange.segments: segment must be CM, FO, CD or CO, not '%s'", text);
    }
    for (uint32_t i = 0; i < day->segment_cnt; i++) {
        if (day->segment[i].segment == segment) {
            bj_config_die("configuration: exchange.segments: segment %s is there twice", text);
        }
    }
    bj_day_segment_t *made = &day->segment[day->segment_cnt++];
    *made = (bj_day_segment_t){.segment = segment};
    return made;
}

static uint16_t port_of(const bj_config_t *config, const char *path) {
    return (uint16_t)bj_config_int_or(config, path, 0, UINT16_MAX, 0);
}

static void read_more(bj_day_t *day, const bj_config_t *item) {
    bj_day_segment_t *made = add_segment(day, bj_config_str(item, "segment"));
    made->recovery_port = port_of(item, "recovery_port");
    made->snapshot_port = port_of(item, "snapshot_port");
    add_streams(day, item, "", made->segment);
}

static void read_more_rows(bj_day_t *day, const bj_config_t *item) {
    bj_segment_t segment = bj_segment_named(bj_config_str(item, "segment"));
    add_rows(day, bj_config_str(item, "universe_csv"), segment, BJ_DAY_ROWS_MAX);
    for (size_t i = 0; i < bj_config_cnt(item, "spreads"); i++) {
        add_spread(day, bj_config_item(item, "spreads", i), segment);
    }
}

void bj_day_read(const bj_config_t *config, bj_day_t *day) {
    bj_day_segment_t *made = add_segment(day, bj_config_str_or(config, "feed.segment", "CM"));
    made->recovery_port = port_of(config, "exchange.recovery_port");
    made->snapshot_port = port_of(config, "exchange.snapshot_port");
    add_streams(day, config, "feed.", made->segment);
    size_t more_cnt = bj_config_cnt(config, "exchange.segments");
    for (size_t i = 0; i < more_cnt; i++) {
        read_more(day, bj_config_item(config, "exchange.segments", i));
    }
    add_broadcasts(day, config);
    add_rows(day, bj_config_str(config, "universe_csv"), made->segment,
             (size_t)bj_config_int_or(config, "exchange.instrument_cnt", 1, BJ_DAY_ROWS_MAX,
                                      BJ_DAY_ROWS_MAX));
    for (size_t i = 0; i < more_cnt; i++) {
        read_more_rows(day, bj_config_item(config, "exchange.segments", i));
    }
}
