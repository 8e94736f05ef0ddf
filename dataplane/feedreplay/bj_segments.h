#ifndef BJ_SEGMENTS_H
#define BJ_SEGMENTS_H

/* bj_segments - which segment a multicast group belongs to, from a small dated file (nse-groups.csv
 * is built in). */
#include <stdio.h>
#include "dataplane/wire/bj_wire_mtbt.h"

enum { BJ_SEGMENTS_MAX = 256 };

typedef struct bj_segments {
    struct {
        uint32_t ip, mask;
        bj_segment_t segment;
    } network[BJ_SEGMENTS_MAX];
    size_t cnt;
} bj_segments_t;

/* False, with a sentence on stderr: the file is not there, or a line of it is wrong. */
BJ_MUST_USE bool bj_segments_load(bj_segments_t *segments, const char *path);
void bj_segments_load_default(bj_segments_t *segments);
/* Of a group, host order; 0: in no network of the file. */
unsigned bj_segments_of(const bj_segments_t *segments, uint32_t ip);

/* "CM" ... "CO"; 0 of any other name, in any case of letters. */
unsigned bj_segments_named(const char *name);

#endif /* BJ_SEGMENTS_H */
