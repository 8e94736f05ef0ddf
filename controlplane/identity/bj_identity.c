#include "controlplane/identity/bj_identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/store/bj_bytea.h"
#include "controlplane/identity/bj_contact.h"
#include "controlplane/identity/bj_copy.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_identity_repo.h"
#include "controlplane/identity/bj_password.h"
#include "dataplane/base/bj_log.h"

bj_identity_t *bj_identity_new(const bj_identity_config_t *config) {
    bj_identity_t *identity = calloc(1, sizeof *identity);
    if (!identity) return NULL;
    identity->config = *config;
    if (!bj_webauthn_rp_id(config->origin, config->rp_id, identity->rp_id)) {
        BJ_ERROR("identity.rp_id is neither the host of web.origin nor a domain above it");
        free(identity);
        return NULL;
    }
    identity->memory = bj_session_memory_new();
    size_t at = 0, room = sizeof identity->first_watchlist;
    const char *const *symbol = config->first_symbols;
    at += (size_t)snprintf(identity->first_watchlist, room, "{");
    for (size_t i = 0; symbol && symbol[i] && at + 24 < room; i++) {
        at += (size_t)snprintf(identity->first_watchlist + at, room - at, "%s\"%s\"", i ? "," : "",
                               symbol[i]);
    }
    snprintf(identity->first_watchlist + at, room - at, "}");
    return identity;
}

bj_demand_t bj_identity_demand(const bj_identity_t *identity, bj_role_t role) {
    const bj_demands_t *demands = &identity->config.demands;
    return role == BJ_ROLE_CLIENT ? demands->client : demands->staff;
}

void bj_identity_free(bj_identity_t *identity) {
    if (!identity) return;
    bj_session_memory_free(identity->memory);
    free(identity);
}

/* Stricter than the standard: what a mailbox at a public provider looks like. */
bool bj_email_read(const char *text, char out[BJ_EMAIL_BYTES]) {
    static const char local[] = "abcdefghijklmnopqrstuvwxyz0123456789.!#$%&'*+/=?^_`{|}~-";
    static const char domain[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";
    size_t text_bytes = strlen(text);
    if (text_bytes >= BJ_EMAIL_BYTES) return false;
    for (size_t i = 0; i <= text_bytes; i++) {
        out[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
    }
    size_t local_bytes = strspn(out, local);
    if (local_bytes == 0 || local_bytes > 64 || out[local_bytes] != '@') return false;
    if (out[0] == '.' || out[local_bytes - 1] == '.' || strstr(out, "..")) return false;
    const char *host = out + local_bytes + 1;
    size_t host_bytes = strlen(host);
    return host_bytes >= 3 && strspn(host, domain) == host_bytes && strchr(host, '.') &&
           !strchr(".-", host[0]) && !strchr(".-", host[host_bytes - 1]);
}

static bj_status_t mail_confirm(bj_identity_t *identity, const char *email, const char *token) {
    char text[1024];
    snprintf(text, sizeof text,
             "Welcome to Bijli.\n\nOpen this link to confirm your address; it works once, for a "
             "day:\n\n%s/confirm#token=%s\n\nIf you did not sign up, do nothing.\n",
             identity->config.origin, token);
    bool ok = bj_mail_send(identity->config.mail, email, "Confirm your address", text);
    explicit_bzero(text, sizeof text);
    return ok ? BJ_OK : BJ_ERR_FULL;
}

static bj_status_t mail_exists(bj_identity_t *identity, const char *email) {
    char text[512];
    snprintf(text, sizeof text,
             "Somebody asked for a Bijli account with this address, which has one already.\n\n"
             "If it was you, log in at %s/login. If not, do nothing.\n",
             identity->config.origin);
    bool ok = bj_mail_send(identity->config.mail, email, "You already have an account", text);
    return ok ? BJ_OK : BJ_ERR_FULL;
}

bj_status_t bj_identity_register(bj_identity_t *identity, const bj_trail_who_t *who,
                                 const char *email, const char *name, const char *phone,
                                 const char *password) {
    char hash[BJ_PASSWORD_HASH_BYTES], token[BJ_TOKEN_BYTES];
    uint8_t token_hash[BJ_HASH_BYTES];
    if (!bj_password_hash(password, hash)) return BJ_ERR_FULL;
    bj_token_make(token);
    bj_token_hash(token, token_hash);
    const bj_user_new_t user = {.email = email,
                                .name = name,
                                .phone = phone,
                                .password_hash = hash,
                                .watchlist = identity->first_watchlist};
    bj_status_t status =
        bj_user_register(identity->config.db, identity->config.keys, who, &user, token_hash);
    if (status == BJ_OK) status = mail_confirm(identity, email, token);
    else if (status == BJ_ERR_EXISTS) status = mail_exists(identity, email);
    explicit_bzero(token, sizeof token);
    return status;
}

bj_status_t bj_identity_confirm(bj_identity_t *identity, const bj_trail_who_t *who,
                                const char *token) {
    uint8_t hash[BJ_HASH_BYTES];
    if (!bj_token_formed(token)) return BJ_ERR_NOT_FOUND;
    bj_token_hash(token, hash);
    uint64_t user_id;
    bj_status_t status = bj_user_confirm(identity->config.db, who, hash, &user_id);
    if (status != BJ_OK) return status;
    /* None goes out to a link from before numbers were asked for, or past the limits: whoever logs
     * in can ask for one. */
    uint32_t retry_s;
    bj_status_t sent = bj_contact_again(identity, who, user_id, BJ_CONTACT_PHONE, &retry_s);
    (void)sent;
    return BJ_OK;
}

static void cache_key(const uint8_t *token_hash, char out[80]) {
    char hex[BJ_HASH_HEX_BYTES];
    snprintf(out, 80, "session:%s", bj_hash_hex(token_hash, hex));
}

/* In place of a copy: there is none, and none is to be made of what was read before.  The second
 * one says that there is no session any more either. */
static const char no_copy[] = "-", no_session[] = "x";

static void put_mark(bj_identity_t *identity, const uint8_t *token_hash, const char *mark) {
    char key[80];
    cache_key(token_hash, key);
    bj_status_t cached =
        bj_cache_set(identity->config.cache, key, mark, strlen(mark), BJ_SESSION_CACHE_S);
    (void)cached; /* away: then it serves nobody, and its copy ends within a minute */
    bj_session_forget(identity->memory, token_hash);
    bj_notify_stale(&identity->config.notify, token_hash);
}

void bj_identity_heard_stale(bj_identity_t *identity, const uint8_t token_hash[BJ_HASH_BYTES]) {
    bj_session_forget(identity->memory, token_hash);
}

void bj_identity_doubt(bj_identity_t *identity) {
    bj_session_doubt(identity->memory);
}

void bj_identity_uncache(bj_identity_t *identity, const uint8_t *token_hash) {
    put_mark(identity, token_hash, no_copy);
}

/* The record is gone already: a copy made between the two would outlive it. */
void bj_identity_dead(bj_identity_t *identity, const uint8_t *token_hash) {
    put_mark(identity, token_hash, no_session);
}

void bj_identity_end(bj_identity_t *identity, const uint8_t *token_hash,
                     const uint8_t *session_hash) {
    bj_identity_dead(identity, token_hash);
    bj_notify_end(&identity->config.notify, session_hash);
}

/* No process remembers these by itself. */
static void uncache_app(bj_identity_t *identity, const uint8_t *token_hash) {
    char key[80], hex[BJ_HASH_HEX_BYTES];
    snprintf(key, sizeof key, BJ_APP_COPY_KEY, bj_hash_hex(token_hash, hex));
    bj_status_t cached = bj_cache_set(identity->config.cache, key, no_copy, sizeof no_copy - 1,
                                      BJ_SESSION_CACHE_S);
    (void)cached; /* away: then it serves nobody, and its copy ends within a minute */
    bj_notify_app(&identity->config.notify, token_hash);
}

static bool hash_at(const bj_db_result_t *rows, size_t row, size_t col,
                    uint8_t hash[BJ_HASH_BYTES]) {
    size_t hash_bytes;
    return bj_bytea_get(rows, row, col, hash, BJ_HASH_BYTES, &hash_bytes);
}

void bj_identity_uncache_all(bj_identity_t *identity, const bj_db_result_t *rows) {
    uint8_t hash[BJ_HASH_BYTES];
    for (size_t i = 0; i < bj_db_rows(rows); i++) {
        if (hash_at(rows, i, 0, hash)) bj_identity_uncache(identity, hash);
    }
}

void bj_identity_ended(bj_identity_t *identity, const bj_sessions_ended_t *ended) {
    uint8_t token[BJ_HASH_BYTES], session[BJ_HASH_BYTES];
    for (size_t i = 0; i < bj_db_rows(ended->rows); i++) {
        bool ok = hash_at(ended->rows, i, 0, token) && hash_at(ended->rows, i, 1, session);
        if (ok) bj_identity_end(identity, token, session);
    }
    for (size_t i = 0; i < bj_db_rows(ended->apps); i++) {
        if (hash_at(ended->apps, i, 0, token)) uncache_app(identity, token);
    }
}

bj_status_t bj_identity_logout(bj_identity_t *identity, const bj_caller_t *caller,
                               const char *address) {
    bj_trail_who_t who = bj_trail_who(caller, address);
    BJ_SESSIONS_ENDED ended = {0};
    bj_status_t status = bj_session_delete(identity->config.db, &who, caller, &ended);
    if (status != BJ_OK) return status;
    bj_identity_ended(identity, &ended);
    bj_identity_dead(identity, caller->token_hash);
    return BJ_OK;
}

bj_status_t bj_identity_revoke(bj_identity_t *identity, const bj_trail_who_t *who,
                               uint64_t user_id, const char *id, const char *reason) {
    BJ_SESSIONS_ENDED ended = {0};
    bj_status_t status = bj_session_revoke(identity->config.db, who, user_id, id, reason, &ended);
    if (status == BJ_OK) bj_identity_ended(identity, &ended);
    return status;
}

bj_status_t bj_identity_revoke_others(bj_identity_t *identity, const bj_trail_who_t *who,
                                      const bj_caller_t *caller, size_t *ended_cnt) {
    BJ_SESSIONS_ENDED ended = {0};
    bj_status_t status = bj_sessions_revoke_others(identity->config.db, who, caller->user_id,
                                                   caller->session_hash, &ended);
    if (status == BJ_OK) bj_identity_ended(identity, &ended);
    *ended_cnt = ended.live_cnt;
    return status;
}

bj_status_t bj_identity_revoke_all(bj_identity_t *identity, const bj_trail_who_t *who,
                                   const bj_caller_t *caller, const char *role,
                                   const char *reason, size_t *ended_cnt, size_t *apps_cnt) {
    BJ_SESSIONS_ENDED ended = {0};
    const uint8_t *keep = caller->is_operator ? NULL : caller->session_hash;
    bj_status_t status =
        bj_sessions_revoke_all(identity->config.db, who, role, keep, reason, &ended);
    if (status == BJ_OK) bj_identity_ended(identity, &ended);
    *ended_cnt = ended.live_cnt;
    *apps_cnt = bj_db_rows(ended.apps);
    return status;
}

bj_status_t bj_identity_lives(void *ctx, const bj_caller_t *caller) {
    const bj_identity_t *identity = ctx;
    return bj_session_lives(identity->config.db, caller->user_id, caller->session_hash);
}

static bool from_memory(bj_identity_t *identity, const uint8_t *token_hash, bj_caller_t *caller) {
    return bj_session_fresh(identity->memory, token_hash, bj_clock_mono_ns(), caller) &&
           bj_session_alive(caller, bj_clock_wall_ns());
}

bj_status_t bj_identity_session_known(void *ctx, const char *token, bj_caller_t *caller) {
    uint8_t hash[BJ_HASH_BYTES];
    if (!bj_token_formed(token)) return BJ_ERR_NOT_FOUND;
    bj_token_hash(token, hash);
    return from_memory(ctx, hash, caller) ? BJ_OK : BJ_ERR_NOT_FOUND;
}

bool bj_identity_seen(void *ctx, const char *token) {
    const bj_identity_t *identity = ctx;
    uint8_t hash[BJ_HASH_BYTES];
    if (!bj_token_formed(token)) return true; /* nobody is asked about it */
    bj_token_hash(token, hash);
    return bj_session_seen(identity->memory, hash);
}

static bool from_cache(bj_identity_t *identity, const uint8_t *token_hash, const char *key,
                       bj_caller_t *caller) {
    char text[BJ_SESSION_JSON_BYTES + BJ_COPY_MARK_BYTES];
    size_t text_bytes;
    if (bj_cache_get(identity->config.cache, key, text, sizeof text, &text_bytes) != BJ_OK) {
        return false;
    }
    /* Ended by another process: this one does not go by its memory while PostgreSQL is away. */
    if (strcmp(text, no_session) == 0) bj_session_forget(identity->memory, token_hash);
    return bj_copy_open(identity->config.keys, key, text) &&
           bj_session_read(text, strlen(text), caller) &&
           memcmp(caller->token_hash, token_hash, BJ_HASH_BYTES) == 0 &&
           bj_session_alive(caller, bj_clock_wall_ns());
}

static void to_cache(bj_identity_t *identity, const char *key, const bj_caller_t *caller) {
    char text[BJ_SESSION_JSON_BYTES + BJ_COPY_MARK_BYTES];
    if (!bj_session_write(caller, text)) return;
    if (!bj_copy_seal(identity->config.keys, key, text, sizeof text)) return;
    /* Never over another: it may say that the session has ended since it was read. */
    bj_status_t status =
        bj_cache_set_new(identity->config.cache, key, text, strlen(text), BJ_SESSION_CACHE_S);
    (void)status; /* a cache that is away costs time, nothing else */
}

static bj_status_t from_record(bj_identity_t *identity, const uint8_t *hash, const char *key,
                               bj_caller_t *caller) {
    uint32_t turn = bj_session_turn(identity->memory, hash);
    bj_status_t status =
        bj_session_select(identity->config.db, identity->config.keys, hash, caller);
    if (status != BJ_OK) return status;
    bj_session_remember(identity->memory, caller, turn, bj_clock_wall_ns());
    to_cache(identity, key, caller);
    return BJ_OK;
}

bj_status_t bj_identity_session_again(void *ctx, const char *token, bj_caller_t *caller) {
    uint8_t hash[BJ_HASH_BYTES];
    char key[80];
    if (!bj_token_formed(token)) return BJ_ERR_NOT_FOUND;
    bj_token_hash(token, hash);
    cache_key(hash, key);
    bj_status_t status = from_record(ctx, hash, key, caller);
    if (status == BJ_ERR_NOT_FOUND) put_mark(ctx, hash, no_session);
    return status;
}

bj_status_t bj_identity_session(void *ctx, const char *token, bj_caller_t *caller) {
    bj_identity_t *identity = ctx;
    uint8_t hash[BJ_HASH_BYTES];
    char key[80];
    if (!bj_token_formed(token)) return BJ_ERR_NOT_FOUND;
    bj_token_hash(token, hash);
    cache_key(hash, key);
    if (from_memory(identity, hash, caller)) return BJ_OK;
    if (bj_session_is_none(identity->memory, hash, bj_clock_mono_ns())) return BJ_ERR_NOT_FOUND;
    uint32_t turn = bj_session_turn(identity->memory, hash);
    if (from_cache(identity, hash, key, caller)) {
        bj_session_lean(identity->memory, caller, turn);
        return BJ_OK;
    }
    bj_status_t status = from_record(identity, hash, key, caller);
    if (status == BJ_OK) return BJ_OK;
    int64_t now_ns = bj_clock_wall_ns();
    if (status == BJ_ERR_NOT_FOUND) {
        bj_session_forget(identity->memory, hash);
        bj_session_note_none(identity->memory, hash, bj_clock_mono_ns());
        return status;
    }
    bool known = bj_session_recall(identity->memory, hash, now_ns, BJ_SESSION_AWAY_NS, caller);
    return known && bj_session_alive(caller, now_ns) ? BJ_OK : BJ_ERR_UNAVAILABLE;
}

bj_status_t bj_identity_add(bj_identity_t *identity, const char *email, const char *name,
                            bj_role_t role, const char *password, uint32_t *account_id) {
    char hash[BJ_PASSWORD_HASH_BYTES], lower[BJ_EMAIL_BYTES];
    if (!bj_email_read(email, lower) || (password && bj_password_refused(password, lower))) {
        return BJ_ERR_BAD_FIELD;
    }
    bool hashed = password ? bj_password_hash(password, hash) : bj_password_nobodys(hash);
    if (!hashed) return BJ_ERR_FULL;
    const bj_trail_who_t who = {.actor = "setup", .role = "none", .address = "local"};
    BJ_SESSIONS_ENDED ended = {0};
    const bj_user_new_t user = {.email = lower,
                                .name = name,
                                .role = role,
                                .password_hash = hash,
                                .first_password = !password,
                                .watchlist = identity->first_watchlist};
    bj_status_t status =
        bj_user_put(identity->config.db, identity->config.keys, &who, &user, account_id, &ended);
    if (status == BJ_OK) bj_identity_ended(identity, &ended);
    return status;
}
