#ifndef BJ_CLI_BREAKER_H
#define BJ_CLI_BREAKER_H

/* bj_cli_breaker - what the calendar says about an index circuit breaker now, and the commands that
 * are to follow it, as an operator types them. */
#include <jansson.h>
#include "dataplane/calendar/bj_calendar.h"

/* Adds level_pct, at, halt_min, auction_min, rest_of_day and later to answer.  False: the table
 * knows no halt for this level at this time; answer is untouched. */
BJ_MUST_USE bool bj_cli_breaker(const bj_calendar_t *calendar, uint32_t level_pct, int64_t now_ns,
                                json_t *answer);

#endif /* BJ_CLI_BREAKER_H */
