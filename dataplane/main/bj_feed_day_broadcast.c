/* Where the broadcast comes in, and what has its prices from there. */
#include <stdio.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/main/bj_feed_day_priv.h"

enum { WHERE_BYTES = 64 };

bool bj_feed_day_hears(const bj_feed_day_t *day, bj_segment_t segment) {
    bool found = false;
    for (uint32_t i = 0; i < day->broadcast_cnt; i++)
        found |= day->broadcast[i].segment == segment;
    return found;
}

static bool source_read(bj_feed_broadcast_t *made, const bj_config_t *item, size_t at,
                        unsigned source) {
    static const char *const group_keys[] = {"group_a", "group_b"};
    static const char *const port_keys[] = {"port_a", "port_b"};
    char where[WHERE_BYTES];
    uint32_t group_ip;
    uint16_t port = (uint16_t)bj_config_int(item, port_keys[source], 1, UINT16_MAX);
    snprintf(where, sizeof where, "feed.broadcast[%zu].%s", at, group_keys[source]);
    if (!bj_feed_day_group(item, group_keys[source], where, &group_ip)) return false;
    made->groups.source[source] = (bj_feed_group_t){group_ip, port};
    return true;
}

static bool item_read(bj_feed_day_t *day, const bj_config_t *item, size_t at) {
    const char *text = bj_config_str(item, "segment");
    bj_segment_t segment = bj_segment_named(text);
    if (segment != BJ_SEGMENT_CM && segment != BJ_SEGMENT_FO) {
        BJ_ERROR("feed.broadcast[%zu].segment: %s is not CM or FO", at, text);
        return false;
    }
    if (bj_feed_day_hears(day, segment)) {
        BJ_ERROR("feed.broadcast[%zu].segment: %s is there twice", at, text);
        return false;
    }
    bj_feed_broadcast_t *made = &day->broadcast[day->broadcast_cnt++];
    *made = (bj_feed_broadcast_t){.segment = segment};
    return source_read(made, item, at, 0) && source_read(made, item, at, 1);
}

static void warn_of(const bj_feed_day_t *day, bj_segment_t segment) {
    uint32_t dark_cnt = 0, first = 0;
    for (uint32_t i = 0; i < day->row_cnt; i++) {
        if (day->feed[i].stream_idx != BJ_FEED_NO_STREAM || day->market[i].segment != segment)
            continue;
        if (!dark_cnt++) first = i;
    }
    if (dark_cnt)
        BJ_WARN("feed.broadcast: no entry of %s: %s and %u more have no prices",
                bj_segment_name(segment), day->market[first].symbol, dark_cnt - 1);
}

void bj_feed_day_warn(const bj_feed_day_t *day) {
    for (bj_segment_t segment = BJ_SEGMENT_CM; segment <= BJ_SEGMENT_FO; segment++)
        if (!bj_feed_day_hears(day, segment)) warn_of(day, segment);
}

bool bj_feed_day_broadcast(bj_feed_day_t *day, const bj_config_t *config) {
    for (size_t i = 0; i < bj_config_cnt(config, "feed.broadcast"); i++)
        if (!item_read(day, bj_config_item(config, "feed.broadcast", i), i)) return false;
    return true;
}
