#include "dataplane/main/bj_feed_day_priv.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_log.h"

enum { KEY_BYTES = 48 };

static const char *key_of(const bj_feed_entry_t *entry, const char *name, char key[KEY_BYTES]) {
    snprintf(key, KEY_BYTES, "%s%s", entry->prefix, name);
    return key;
}

/* --- the segment and its streams */
static bool segment_read(bj_feed_day_t *day, bj_feed_entry_t *entry) {
    char key[KEY_BYTES];
    const char *text = bj_config_str_or(entry->config, key_of(entry, "segment", key),
                                        entry->prefix[0] ? "CM" : "");
    entry->segment = bj_segment_named(text);
    if (!entry->segment)
        BJ_ERROR("%ssegment: %s is not CM, FO, CD or CO", entry->where, text);
    else if (day->carried[entry->segment])
        BJ_ERROR("%ssegment: %s is there twice", entry->where, text);
    bool ok = entry->segment && !day->carried[entry->segment];
    day->carried[entry->segment] = true;
    return ok;
}

bool bj_feed_day_group(const bj_config_t *config, const char *key, const char *where,
                       uint32_t *group_ip) {
    struct in_addr group;
    const char *text = bj_config_str(config, key);
    bool ok = inet_pton(AF_INET, text, &group) == 1 && IN_MULTICAST(ntohl(group.s_addr));
    if (ok) *group_ip = ntohl(group.s_addr);
    else BJ_ERROR("%s: %s is not a multicast group", where, text);
    return ok;
}

static bool source_read(bj_feed_day_t *day, const bj_feed_entry_t *entry, unsigned source) {
    static const char *const group_keys[] = {"group_a", "group_b"};
    static const char *const port_keys[] = {"port_a", "port_b"};
    uint32_t group_ip;
    char key[KEY_BYTES], where[2 * KEY_BYTES];
    int64_t port = bj_config_int(entry->config, key_of(entry, port_keys[source], key), 1,
                                 UINT16_MAX - BJ_FEED_STREAM_MAX);
    snprintf(where, sizeof where, "%s%s", entry->where, group_keys[source]);
    key_of(entry, group_keys[source], key);
    if (!bj_feed_day_group(entry->config, key, where, &group_ip)) return false;
    for (uint32_t i = 0; i < entry->stream_cnt; i++)
        day->streams[entry->stream_idx + i].source[source] =
            (bj_feed_group_t){group_ip + i, (uint16_t)(port + i)};
    return true;
}

static bool streams_read(bj_feed_day_t *day, bj_feed_entry_t *entry) {
    char key[KEY_BYTES];
    entry->stream_idx = day->stream_cnt;
    entry->stream_cnt = (uint32_t)bj_config_int(entry->config, key_of(entry, "stream_cnt", key), 1,
                                                BJ_FEED_STREAM_MAX);
    day->stream_cnt += entry->stream_cnt;
    if (day->stream_cnt > BJ_FEED_STREAM_MAX) {
        BJ_ERROR("%sstream_cnt: more than %d streams in all", entry->where, BJ_FEED_STREAM_MAX);
        return false;
    }
    for (uint32_t i = 0; i < entry->stream_cnt; i++) {
        bj_feed_stream_t *stream = &day->streams[entry->stream_idx + i];
        stream->segment = entry->segment;
        stream->stream_id = (uint16_t)(i + 1);
    }
    return source_read(day, entry, 0) && source_read(day, entry, 1);
}

static bool service_read(bj_feed_day_t *day, const bj_feed_entry_t *entry,
                         bj_feed_service_t service) {
    static const char *const host_keys[] = {"recovery_host", "snapshot_host"};
    static const char *const port_keys[] = {"recovery_port", "snapshot_port"};
    struct in_addr host;
    char key[KEY_BYTES];
    int64_t port =
        bj_config_int_or(entry->config, key_of(entry, port_keys[service], key), 0, UINT16_MAX, 0);
    if (!port) return true;
    const char *text = bj_config_str(entry->config, key_of(entry, host_keys[service], key));
    if (inet_pton(AF_INET, text, &host) != 1) {
        BJ_ERROR("%s%s: %s is not a numeric IPv4 address", entry->where, host_keys[service], text);
        return false;
    }
    day->service[entry->segment][service] =
        (bj_feed_tcp_address_t){ntohl(host.s_addr), (uint16_t)port};
    return true;
}

/* --- rows */
static bool room_make(bj_feed_day_t *day) {
    if (day->row_cnt < day->row_room) return true;
    uint32_t room = day->row_room ? 2 * day->row_room : 256;
    void *feed = realloc(day->feed, room * sizeof *day->feed);
    if (feed) day->feed = feed;
    void *market = realloc(day->market, room * sizeof *day->market);
    if (market) day->market = market;
    if (!feed || !market) return false;
    day->row_room = room;
    return true;
}

bool bj_feed_day_add(bj_feed_day_t *day, const bj_feed_entry_t *entry, const char *from,
                     uint32_t stream_id, const bj_market_instrument_t *row) {
    bool has_broadcast = entry->segment == BJ_SEGMENT_CM || entry->segment == BJ_SEGMENT_FO;
    bool only_broadcast = stream_id == 0 && has_broadcast && !row->spread;
    if (!only_broadcast && (stream_id < 1 || stream_id > entry->stream_cnt)) {
        BJ_ERROR("%s: token %u is on stream %u; %sstream_cnt is %u", from, row->token, stream_id,
                 entry->where, entry->stream_cnt);
        return false;
    }
    if (day->row_cnt == BJ_FEED_DAY_ROWS_MAX || !room_make(day)) {
        BJ_ERROR("%s: more than %d instruments in all, or no memory", from, BJ_FEED_DAY_ROWS_MAX);
        return false;
    }
    bj_market_instrument_t *market = &day->market[day->row_cnt];
    day->feed[day->row_cnt++] =
        (bj_feed_instrument_t){.token = row->token,
                               .stream_idx = only_broadcast
                                                 ? BJ_FEED_NO_STREAM
                                                 : (uint16_t)(entry->stream_idx + stream_id - 1),
                               .spread = row->spread};
    *market = *row;
    market->segment = (uint8_t)entry->segment;
    return true;
}

/* --- all of it */
static bool rows_read(bj_feed_day_t *day, const bj_feed_entry_t *entry) {
    const char *csv = bj_config_str_or(entry->config, "universe_csv", "");
    const char *dir = bj_config_str_or(entry->config, "stream_files_dir", "");
    if (entry->prefix[0])
        return bj_feed_day_rows_of_csv(day, entry, bj_config_str(entry->config, "universe_csv"));
    if (!csv[0] == !dir[0]) {
        BJ_ERROR("%suniverse_csv, %sstream_files_dir: one of the two", entry->where, entry->where);
        return false;
    }
    bool ok = csv[0] ? bj_feed_day_rows_of_csv(day, entry, csv)
                     : bj_feed_day_rows_of_files(day, entry, dir);
    return ok && bj_feed_day_spreads(day, entry);
}

static bool entry_read(bj_feed_day_t *day, bj_feed_entry_t *entry) {
    entry->row_idx = day->row_cnt;
    return segment_read(day, entry) && streams_read(day, entry) &&
           service_read(day, entry, BJ_FEED_SERVICE_RECOVERY) &&
           service_read(day, entry, BJ_FEED_SERVICE_SNAPSHOT) && rows_read(day, entry);
}

bool bj_feed_day_read(bj_feed_day_t *day, const bj_config_t *config) {
    bj_feed_entry_t first = {.config = config, .prefix = "feed.", .where = "feed."};
    if (!bj_feed_day_broadcast(day, config) || !entry_read(day, &first)) return false;
    for (size_t i = 0; i < bj_config_cnt(config, "feed.segments"); i++) {
        bj_feed_entry_t entry = {.config = bj_config_item(config, "feed.segments", i),
                                 .prefix = ""};
        snprintf(entry.where, sizeof entry.where, "feed.segments[%zu].", i);
        if (!entry_read(day, &entry)) return false;
    }
    bj_feed_day_warn(day);
    return true;
}

void bj_feed_day_free(bj_feed_day_t *day) {
    free(day->feed), free(day->market);
    *day = (bj_feed_day_t){0};
}
