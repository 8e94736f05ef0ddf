/* A session that is used from elsewhere, or by another device: what the gate asks, and what is kept
 * and told of it. */
#include <inttypes.h>
#include <stdio.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_tell.h"
#include "controlplane/identity/bj_tries.h"
#include "controlplane/store/bj_bytea.h"

void bj_identity_context(void *ctx, const bj_context_t *context, bj_caller_t *caller) {
    const bj_identity_t *identity = ctx;
    const bj_context_rules_t *rules = &identity->config.context;
    bj_context_fit(rules, context, bj_clock_wall_ns(), caller);
    caller->reads_elsewhere = rules->reads;
    caller->is_elsewhere =
        caller->moved_ns || bj_context_elsewhere(rules, identity->config.places, caller,
                                                 context->client, bj_clock_wall_ns());
}

/* None: another request was first, or it has proved itself or ended meanwhile. */
static const char moved_sql[] =
    "UPDATE sessions SET moved_at = now()"
    " WHERE user_id = $1 AND session_hash = $2::bytea AND moved_at IS NULL AND home = $3";

static const char *country(const bj_identity_t *identity, const char *address, bj_place_t *place) {
    bool known = bj_places_find(identity->config.places, address, place);
    return known ? place->country : "?";
}

static bj_status_t keep(bj_identity_t *identity, const bj_trail_who_t *who,
                        const bj_caller_t *caller) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    bj_place_t place;
    char subject[BJ_TRAIL_SUBJECT_BYTES], was[128], now[64];
    bj_status_t status = bj_entry_begin(identity->config.db, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, moved_sql,
                           BJ_DB_PARAMS(bj_db_u64(caller->user_id).text,
                                        bj_bytea(caller->session_hash, BJ_HASH_BYTES).text,
                                        caller->home),
                           &rows);
    }
    if (status != BJ_OK) return status;
    if (bj_db_changed(rows) == 0) return BJ_ERR_NOT_FOUND;
    snprintf(was, sizeof was, "{\"address\":\"%s\",\"country\":\"%s\"}", caller->home,
             country(identity, caller->home, &place));
    snprintf(now, sizeof now, "{\"country\":\"%s\"}", country(identity, who->address, &place));
    return bj_entry_commit(
        db, who,
        &(bj_trail_act_t){.act = "session.moved",
                          .outcome = "done",
                          .before_json = was,
                          .after_json = now,
                          .subject = bj_session_subject(caller->session_hash, subject)});
}

static const bj_tries_limit_t tell_limit = {.burst = 3, .fill_s = 6 * 3600};

static void tell(bj_identity_t *identity, const bj_caller_t *caller, const char *address) {
    char key[48], what[240];
    uint32_t retry_s;
    bj_place_t place;
    snprintf(key, sizeof key, "told moved %" PRIu64, caller->user_id);
    if (bj_tries_take(identity->config.db, key, tell_limit, &retry_s) != BJ_OK) return;
    snprintf(what, sizeof what,
             "One of your Bijli sessions is used from another place just now: %.45s, country %s. "
             "Nothing is traded or changed from there until it is proved again that it is you.",
             address, country(identity, address, &place));
    bj_tell(identity, caller->email, "Your session is used from another place", what);
}

void bj_identity_moved(void *ctx, const bj_context_t *context, const bj_caller_t *caller) {
    bj_identity_t *identity = ctx;
    bj_trail_who_t who = bj_trail_who(caller, context->client);
    bj_status_t status = keep(identity, &who, caller);
    /* Not kept: the next request from there is judged alike, and tries again. */
    if (status != BJ_OK && status != BJ_ERR_NOT_FOUND) return;
    bj_identity_uncache(identity, caller->token_hash);
    if (status == BJ_OK) tell(identity, caller, context->client);
}

/* Once a minute a session: else whoever has one could fill the trail. */
void bj_identity_unfit(void *ctx, const bj_context_t *context, const bj_caller_t *caller,
                       const char *why) {
    bj_identity_t *identity = ctx;
    char key[BJ_HASH_HEX_BYTES + 8], hex[BJ_HASH_HEX_BYTES], subject[BJ_TRAIL_SUBJECT_BYTES];
    uint32_t retry_s;
    snprintf(key, sizeof key, "unfit %s", bj_hash_hex(caller->session_hash, hex));
    if (!bj_bucket_take(identity->config.buckets, key, 1, bj_clock_mono_ns(), &retry_s)) return;
    bj_trail_who_t who = bj_trail_who(caller, context->client);
    const bj_trail_act_t act = {.act = "access.refused",
                                .outcome = "refused",
                                .reason = why,
                                .subject = bj_session_subject(caller->session_hash, subject)};
    bj_status_t status = bj_trail_add(identity->config.db, &who, &act);
    (void)status; /* it is refused all the same, and the log says so */
}
