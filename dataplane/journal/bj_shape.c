#include "dataplane/journal/bj_shape.h"

#include "dataplane/base/bj_log.h"

static const char *const venue_words[] = {"internal", "nse"};

bool bj_shape_read(const bj_config_t *config, bj_engine_config_t *shape) {
    const char *venue = bj_config_str_or(config, "venue", venue_words[false]);
    *shape = (bj_engine_config_t){
        .instrument_max = (uint32_t)bj_config_int(config, "dataplane.instrument_max", 1, 1 << 20),
        .account_max = (uint32_t)bj_config_int(config, "dataplane.account_max", 1, 1 << 24),
        .order_max = (uint32_t)bj_config_int(config, "dataplane.order_max", 1, 1 << 26),
        .venue = strcmp(venue, venue_words[true]) == 0,
    };
    if (shape->venue || strcmp(venue, venue_words[false]) == 0) return true;
    BJ_ERROR("venue is internal or nse, not %s", venue);
    return false;
}

bool bj_shape_fits(const bj_engine_config_t *shape, const char *dir, bool venue) {
    if (shape->venue == venue) return true;
    BJ_ERROR("journal %s is of venue %s, the configuration says venue %s: it goes on with its own "
             "alone; another venue begins in another data_dir", dir, venue_words[venue],
             venue_words[shape->venue]);
    return false;
}
