#ifndef BJ_FEEDLIVE_H
#define BJ_FEEDLIVE_H

/* bj_feedlive - how many orders live at once in a capture, at most: so that the books are as large
 * as they must be and no larger.  Follows ids and quantities alone, first copies in the order they
 * came: a cancel that overtook its order leaves it alive, so the answer errs upwards.  The heap. */
#include "dataplane/feed/bj_feed_decode.h"

typedef struct bj_feedlive bj_feedlive_t;

bj_feedlive_t *bj_feedlive_new(void);
/* stream_id up to BJ_FEED_STREAM_MAX. */
void bj_feedlive_see(bj_feedlive_t *live, unsigned segment, const bj_feed_msg_t *msg);
size_t bj_feedlive_most(const bj_feedlive_t *live);
void bj_feedlive_free(bj_feedlive_t *live);

#endif /* BJ_FEEDLIVE_H */
