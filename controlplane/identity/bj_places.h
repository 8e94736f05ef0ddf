#ifndef BJ_PLACES_H
#define BJ_PLACES_H

/* bj_places - where in the world an address roughly is, from a file of this machine: nobody outside
 * is asked.
 *
 * File       a line a network, in any order: NETWORK,LATITUDE,LONGITUDE,COUNTRY, as
 *            "203.0.113.0/24,19.07,72.88,IN"; IPv4 or IPv6, degrees, two capital letters.  Empty
 *            lines and those that begin with # are nothing.  No two networks overlap.
 * Ownership  the table is the caller's; it does not change after it was made.
 * Threads    any may look.
 * Cost       a binary search. */
#include "dataplane/base/bj_base.h"

enum { BJ_PLACES_ERROR_BYTES = 160, BJ_COUNTRY_BYTES = 3 };

typedef struct bj_place {
    double latitude, longitude; /* degrees */
    char   country[BJ_COUNTRY_BYTES];
} bj_place_t;

typedef struct bj_places bj_places_t;

/* NULL: error says which line, and why. */
bj_places_t *bj_places_read(const char *text, size_t text_bytes, char error[BJ_PLACES_ERROR_BYTES]);
bj_places_t *bj_places_load(const char *path, char error[BJ_PLACES_ERROR_BYTES]);
void bj_places_free(bj_places_t *places);
size_t bj_places_cnt(const bj_places_t *places); /* networks; 0 for NULL */

/* False: not an address, or in none of the networks; NULL places: in none. */
BJ_MUST_USE bool bj_places_find(const bj_places_t *places, const char *address, bj_place_t *place);

/* Along the surface. */
double bj_place_distance_km(const bj_place_t *a, const bj_place_t *b);

#endif /* BJ_PLACES_H */
