#ifndef BJ_TEXT_H
#define BJ_TEXT_H

/* bj_text - how the API writes and reads times, days and identifiers, and what a name may be. */
#include "dataplane/base/bj_base.h"

enum { BJ_TIME_TEXT_BYTES = 25, BJ_ID_TEXT_BYTES = 21, BJ_DAY_TEXT_BYTES = 11 };

/* RFC 3339, UTC, milliseconds.  Returns out. */
const char *bj_time_text(int64_t time_ns, char out[BJ_TIME_TEXT_BYTES]);

/* "2026-08-03T09:15:00Z", with up to nine digits behind the second: a time that exists, UTC, from
 * 2000 to 2099. */
BJ_MUST_USE bool bj_parse_time(const char *text, int64_t *time_ns);

/* A day, counted since 1970-01-01, as "2026-08-03"; "" for day 0, which is none.  Returns out. */
const char *bj_day_text(uint32_t day, char out[BJ_DAY_TEXT_BYTES]);
/* "2026-08-03": a day that exists, from 2000-01-01 to 2099-12-31; nothing before or behind it. */
BJ_MUST_USE bool bj_parse_day(const char *text, uint32_t *day);
/* The day it is in India. */
uint32_t bj_day_of(int64_t time_ns);

/* Decimal digits.  Returns out. */
const char *bj_id_text(uint64_t id, char out[BJ_ID_TEXT_BYTES]);

/* Decimal digits only: no sign, no blank, nothing behind, fits. */
BJ_MUST_USE bool bj_parse_u64(const char *text, uint64_t *value);

/* True if what text says can be seen: no control characters, none that turn the direction of what
 * follows or take no room, and not blanks alone; "" says nothing and may.  text: UTF-8.  So a name
 * cannot pass for another.  The joiners of Indian scripts are taken where those have them, behind a
 * virama.
 * Source: Unicode 15, properties Default_Ignorable_Code_Point and Bidi_Control; RFC 5892, A.1. */
BJ_MUST_USE bool bj_text_visible(const char *text);

#endif /* BJ_TEXT_H */
