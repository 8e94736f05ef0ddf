#ifndef BJ_HELD_H
#define BJ_HELD_H

/* bj_held - the list of what we hold of a person: one line a table.
 *
 * Rule  every table with a user_id or an account_id is here (test_bj_privacy looks into the
 *       database's own catalogue): what is not in the list would be in no export and would stay
 *       when somebody is erased.
 * Not   hashes of tokens and codes, and secrets: they say nothing of a person, and a copy of them
 * in somebody's download folder would be worth stealing. */
#include "dataplane/base/bj_base.h"

typedef struct bj_held {
    const char *table, *title;
    const char *why;   /* what it is for */
    const char *rule;  /* in retention_rules, of how long; NULL: as long as the account */
    const char *sql;   /* the rows as one JSON array; $1: whose, $2: how many, NULL: all */
    const char *brief; /* the columns that a printed page has room for, with blanks between */
    const char *erase; /* what takes it away, $1: the user's number; NULL: it stays, by the rule */
} bj_held_t;

/* Ended by one without a table. */
extern const bj_held_t bj_held[];

#endif /* BJ_HELD_H */
