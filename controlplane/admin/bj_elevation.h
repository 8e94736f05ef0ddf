#ifndef BJ_ELEVATION_H
#define BJ_ELEVATION_H

/* bj_elevation - a right for a while, or one act: asked for with a reason, given by somebody else,
 * over by itself.
 *
 * Purpose  Nobody holds for good what is needed once a month; whoever needs it says why, and a
 *          second person sees it before it happens.
 * Shape    sql/0010_access.sql, where constraints carry the rules: never by oneself, decided once,
 *          within a day, and what was given only ends earlier.  `what` is "role:risk", all that
 *          this role may, or "right:day_end", one policy that asks for an elevation.
 * About    "right:factor_drop" is for one person, and says how it was made sure who asks
 *          (docs/help-lost-factors.md); the decider sees both (sql/0025_by_people.sql).
 * Act      "act:limit": one command that loosens what is in force, as bj_admin_msg.h has it, with
 *          what that was; bj_admin_second_http.h sends it once somebody has said yes
 *          (sql/0030_second_person.sql).
 * Trail    asked, given, refused and ended are entries; what is done under it has its id there.
 * Threads  any worker.
 * Errors   bj_db's, and those that are named. */
#include "controlplane/access/bj_policy.h"
#include "controlplane/audit/bj_trail.h"
#include "controlplane/keys/bj_keys.h"
#include "controlplane/store/bj_db.h"

enum { BJ_ELEVATION_WHAT_BYTES = 48, BJ_ELEVATION_REASON_BYTES = 801,
       BJ_ELEVATION_MINUTES_MAX = 480, BJ_ELEVATIONS_LIST_MAX = 200,
       BJ_ELEVATION_CHECKS_BYTES = 128, BJ_ELEVATION_ACT_BYTES = 512,
       BJ_ELEVATION_IN_FORCE_BYTES = 128, BJ_ELEVATION_OUTCOME_BYTES = 16 };

typedef enum bj_elevation_state {
    BJ_ELEVATION_ASKED,
    BJ_ELEVATION_ACTIVE,
    BJ_ELEVATION_REFUSED,
    BJ_ELEVATION_ENDED,
    BJ_ELEVATION_LAPSED, /* nobody decided within a day */
} bj_elevation_state_t;

typedef struct bj_elevation {
    uint64_t id;
    char     asker[BJ_TRAIL_ACTOR_BYTES];
    char     decider[BJ_TRAIL_ACTOR_BYTES];  /* "": nobody yet */
    char     asker_name[BJ_NAME_BYTES]; /* of a person */
    char     what[BJ_ELEVATION_WHAT_BYTES], reason[BJ_ELEVATION_REASON_BYTES];
    uint64_t about;                             /* 0: nobody */
    char     checks[BJ_ELEVATION_CHECKS_BYTES]; /* "call_back,mail_word"; "": none */
    char     act[BJ_ELEVATION_ACT_BYTES]; /* JSON; "": none */
    char     in_force[BJ_ELEVATION_IN_FORCE_BYTES];
    char     outcome[BJ_ELEVATION_OUTCOME_BYTES]; /* of an act, as bj_trail_act_t; "": not known */
    uint32_t minutes;
    int64_t  asked_us, decided_us, ends_us; /* 0: not yet */
    bj_elevation_state_t state;
} bj_elevation_t;

const char *bj_elevation_state_name(bj_elevation_state_t state);

/* True if the caller may ask for it: a policy that its role may have given, or another role of
 * staff. */
bool bj_elevation_askable(const bj_caller_t *caller, const char *what);
/* Calls each with everything that the caller may ask for. */
void bj_elevation_each_askable(const bj_caller_t *caller,
                               void (*each)(void *ctx, const char *what), void *ctx);

/* How somebody can be made sure of, NULL-ended. */
extern const char *const bj_elevation_checks[];

typedef struct bj_elevation_ask {
    const char *what, *reason;
    uint32_t    minutes;
    uint64_t    about;  /* 0: nobody */
    const char *checks; /* as in bj_elevation_t; NULL: none */
    const char *act_json, *in_force_json; /* NULL: none */
} bj_elevation_ask_t;

/* who: with its elevation, if it has one; its actor is the asker.  BJ_ERR_BAD_FIELD: about nobody
 * or oneself, or the checks do not do. */
BJ_MUST_USE bj_status_t bj_elevation_ask(bj_db_pool_t *pool, const bj_trail_who_t *who,
                                         const bj_elevation_ask_t *ask, uint64_t *id);
/* True if the operator's token may say yes: there are not two people yet who can.  People whom the
 * operator suspended count, others for seven days (sql/0037). */
BJ_MUST_USE bj_status_t bj_elevation_by_operator(bj_db_pool_t *pool, bool *may);
/* BJ_ERR_NOT_FOUND  no such ask that waits (decided, lapsed)
 * BJ_ERR_DENIED     one's own, or about oneself */
BJ_MUST_USE bj_status_t bj_elevation_decide(bj_db_pool_t *pool, const bj_trail_who_t *who,
                                            uint64_t id, bool yes, const char *reason);
/* What became of an act that was said yes to, with the entry that says so. */
BJ_MUST_USE bj_status_t bj_elevation_done(bj_db_pool_t *pool, const bj_trail_who_t *who,
                                          uint64_t id, const bj_trail_act_t *entry);
/* Ends what lasts; anyones: also somebody else's.  BJ_ERR_NOT_FOUND: none that lasts. */
BJ_MUST_USE bj_status_t bj_elevation_end(bj_db_pool_t *pool, const bj_trail_who_t *who, uint64_t id,
                                         bool anyones);

/* Newest first; asker NULL: everybody's; open_only: those that wait or last. */
BJ_MUST_USE bj_status_t bj_elevation_list(bj_db_pool_t *pool, bj_keys_t *keys, const char *asker,
                                          bool open_only, bj_elevation_t *rows, size_t rows_max,
                                          size_t *cnt);
BJ_MUST_USE bj_status_t bj_elevation_get(bj_db_pool_t *pool, bj_keys_t *keys, uint64_t id,
                                         bj_elevation_t *row);

/* bj_elevate_fn of the gate; ctx is the pool.  One that cannot be looked up is none. */
void bj_elevation_give(void *pool, bj_policy_t policy, bj_caller_t *caller);

#endif /* BJ_ELEVATION_H */
