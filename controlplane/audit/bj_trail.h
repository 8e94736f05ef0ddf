#ifndef BJ_TRAIL_H
#define BJ_TRAIL_H

/* bj_trail - the control plane's audit trail: who did what, to what, from where; before and after.
 *
 * Purpose    Nothing that changes something is done without an entry, and no entry is changed or
 *            taken away unseen: docs/audit-trail.md.
 * Shape      sql/0005_audit.sql; an entry's bytes, hashed, are a leaf of bj_merkle's tree.
 *            What PostgreSQL keeps changes together with its entry, in one transaction
 *            (bj_trail_append).  What the engine is told is asked for in an entry before it is
 *            sent, and answered in another (bj_trail_log).
 * Secrets    none, and of people only ids: what goes into an entry stays for ever.
 * Threads    any; bj_trail_append on the connection's own.
 * Errors     bj_db's. */
#include "controlplane/access/bj_access.h"
#include "controlplane/audit/bj_merkle.h"
#include "controlplane/store/bj_db.h"

enum { BJ_TRAIL_ACTOR_BYTES = 28, BJ_TRAIL_ADDRESS_BYTES = 65, BJ_TRAIL_SUBJECT_BYTES = 121,
       BJ_TRAIL_JSON_MAX = 4096 };

/* Who does it, and from where. */
typedef struct bj_trail_who {
    char        actor[BJ_TRAIL_ACTOR_BYTES]; /* "user:1001", "operator", "setup", "nobody", "server"
                                              */
    const char *role; /* as bj_role_name says */
    char        address[BJ_TRAIL_ADDRESS_BYTES];
    const char *elevation; /* under which the right was had; NULL: the role's own */
} bj_trail_who_t;

/* caller: of the session, and the elevation it is under is borrowed from it; role none: nobody. */
bj_trail_who_t bj_trail_who(const bj_caller_t *caller, const char *address);
/* The same person once it is known who it is. */
bj_trail_who_t bj_trail_user(uint64_t user_id, bj_role_t role, const char *address);

typedef struct bj_trail_act {
    const char *act;     /* "auth.login": a route's name, see bj_http.h */
    const char *subject; /* "user:1001", "instrument:INFY" */
    const char *outcome; /* "asked": the rest is to come; "done", "refused", "unknown" */
    const char *reason;  /* NULL: none; cut at 200 characters */
    const char *before_json, *after_json; /* objects; NULL: nothing to say */
} bj_trail_act_t;

/* Adds an entry in db's transaction: last of all, because from then on nobody else may append until
 * that transaction ends. */
BJ_MUST_USE bj_status_t bj_trail_append(bj_db_t *db, const bj_trail_who_t *who,
                                        const bj_trail_act_t *act);
/* The same in a transaction of its own. */
BJ_MUST_USE bj_status_t bj_trail_add(bj_db_pool_t *pool, const bj_trail_who_t *who,
                                     const bj_trail_act_t *act);

/* --- entries as they are kept */

/* Every text is borrowed from wherever the entry was read; NULL where SQL has NULL. */
typedef struct bj_trail_entry {
    uint64_t    seq; /* from 1; leaf seq - 1 of the tree */
    int64_t     at_us; /* since 1970, UTC */
    const char *actor, *role, *act, *subject, *outcome, *reason, *before_json, *after_json,
        *address, *elevation;
    bj_merkle_hash_t leaf, chain; /* as kept with it */
} bj_trail_entry_t;

/* What the entry's own bytes hash to: the same as audit_leaf of the database. */
bj_merkle_hash_t bj_trail_leaf(const bj_trail_entry_t *entry);

/* Which entries: zeros and NULLs do not ask. */
typedef struct bj_trail_filter {
    uint64_t    after;  /* only seq above it, oldest first */
    uint64_t    before; /* only seq below it, newest first */
    const char *about; /* done by, or to: an actor that is a subject too */
    const char *actor, *act; /* act: "auth.login", or all of "auth" */
    int64_t     from_us, to_us; /* to: not itself */
    size_t      limit;
} bj_trail_filter_t;

/* Calls each with every entry, in order; newest first unless `after` or `oldest_first` asks. */
BJ_MUST_USE bj_status_t bj_trail_select(bj_db_pool_t *pool, const bj_trail_filter_t *filter,
                                        bool oldest_first,
                                        void (*each)(void *ctx, const bj_trail_entry_t *entry),
                                        void *ctx);

#endif /* BJ_TRAIL_H */
