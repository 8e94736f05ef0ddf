#ifndef BJ_FEED_DAY_PRIV_H
#define BJ_FEED_DAY_PRIV_H

/* bj_feed_day_priv - a segment's entry in the configuration, and where its rows come from. */
#include "dataplane/main/bj_feed_day.h"

typedef struct bj_feed_entry {
    const bj_config_t *config;
    const char  *prefix;    /* of its keys there: "feed." or nothing */
    char         where[48]; /* of its keys in what we say: "feed." or "feed.segments[0]." */
    bj_segment_t segment;
    uint32_t     stream_idx, stream_cnt; /* its own: from stream_idx */
    uint32_t     row_idx;                /* its first */
} bj_feed_entry_t;

bool bj_feed_day_rows_of_csv(bj_feed_day_t *day, const bj_feed_entry_t *entry, const char *file);
bool bj_feed_day_rows_of_files(bj_feed_day_t *day, const bj_feed_entry_t *entry, const char *dir);
bool bj_feed_day_spreads(bj_feed_day_t *day, const bj_feed_entry_t *entry);

/* One row more; stream_id 0: only the broadcast has it.  from: where it stands, in what we say.  A
 * spread's legs must be there already: its symbol, tick and lot come from them. */
bool bj_feed_day_add(bj_feed_day_t *day, const bj_feed_entry_t *entry, const char *from,
                     uint32_t stream_id, const bj_market_instrument_t *row);
bool bj_feed_day_add_spread(bj_feed_day_t *day, const bj_feed_entry_t *entry, const char *from,
                            uint32_t stream_id, uint32_t token, const uint32_t leg[2]);

/* feed.broadcast; before the rows. */
bool bj_feed_day_broadcast(bj_feed_day_t *day, const bj_config_t *config);
bool bj_feed_day_hears(const bj_feed_day_t *day, bj_segment_t segment);
/* Behind the rows: a warning of those that nobody will tell of. */
void bj_feed_day_warn(const bj_feed_day_t *day);

/* A group of the entry, at key.  where: how the key is called in what we say. */
bool bj_feed_day_group(const bj_config_t *config, const char *key, const char *where,
                       uint32_t *group_ip);

#endif /* BJ_FEED_DAY_PRIV_H */
