#include "controlplane/identity/bj_factor.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_login_repo.h"
#include "controlplane/identity/bj_tries.h"
#include "dataplane/base/bj_log.h"

enum { RECOVERY_DIGITS = 26 }; /* of base32: 130 bits, the last two of which are 0 */
const char bj_demand_why[] = "it is the last one that is demanded";
static const bj_tries_limit_t code_limit = {.burst = 10, .fill_s = 3600};

/* Binds a sealed secret to its user. */
static const char *bound(uint64_t user_id, char out[40]) {
    snprintf(out, 40, "totp %" PRIu64, user_id);
    return out;
}

bj_status_t bj_factor_state(bj_identity_t *identity, uint64_t user_id, bj_factor_state_t *state) {
    return bj_factor_count(identity->config.db, user_id, state);
}

/* Of an act that found something else than it wants: an entry says so. */
static bj_status_t ended(bj_identity_t *identity, const bj_trail_who_t *who, uint64_t user_id,
                         const char *act, bj_status_t status) {
    const char *why = status == BJ_ERR_EXISTS      ? "there is a factor already"
                      : status == BJ_ERR_NOT_FOUND ? "there is no such factor"
                      : status == BJ_ERR_DENIED    ? "wrong code"
                                                   : NULL;
    return bj_entry_refused(identity->config.db, who, user_id, act, why, status);
}

bj_status_t bj_factor_enrol(bj_identity_t *identity, const bj_trail_who_t *who, uint64_t user_id,
                            char secret_text[BJ_TOTP_TEXT_BYTES]) {
    uint8_t secret[BJ_TOTP_SECRET_BYTES];
    bj_sealed_t sealed;
    char what[40];
    if (getrandom(secret, sizeof secret, 0) != sizeof secret) return BJ_ERR_UNAVAILABLE;
    bj_status_t status = bj_keys_close(identity->config.keys, BJ_KEYS_FACTORS, bound(user_id, what),
                                       secret, sizeof secret, &sealed);
    if (status == BJ_OK &&
        !bj_base32_write(secret, sizeof secret, secret_text, BJ_TOTP_TEXT_BYTES)) {
        status = BJ_ERR_UNAVAILABLE;
    }
    if (status == BJ_OK) status = bj_totp_put(identity->config.db, who, user_id, &sealed);
    explicit_bzero(secret, sizeof secret);
    return ended(identity, who, user_id, "auth.factor.enrol", status);
}

void bj_recovery_write(const uint8_t raw[BJ_RECOVERY_RAW_BYTES], char out[BJ_RECOVERY_BYTES]) {
    char text[RECOVERY_DIGITS + 1];
    bool ok = bj_base32_write(raw, BJ_RECOVERY_RAW_BYTES, text, sizeof text);
    snprintf(out, BJ_RECOVERY_BYTES, "%.5s-%.5s-%.5s-%.5s-%s", text, text + 5, text + 10, text + 15,
             ok ? text + 20 : "");
    explicit_bzero(text, sizeof text);
}

bool bj_recovery_hash(const char *text, uint8_t out[BJ_HASH_BYTES]) {
    char plain[RECOVERY_DIGITS + 1];
    size_t digit_cnt = 0;
    for (; *text; text++) {
        if (*text == ' ' || *text == '-') continue;
        char c = (char)toupper((unsigned char)*text);
        if (!((c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7'))) return false;
        if (digit_cnt == RECOVERY_DIGITS) return false;
        plain[digit_cnt++] = c;
    }
    plain[digit_cnt] = '\0';
    bj_token_hash(plain, out);
    explicit_bzero(plain, sizeof plain);
    return digit_cnt == RECOVERY_DIGITS;
}

/* Exits like bj_token_make if the kernel has no random bytes: a code must never be a guess. */
void bj_recovery_make(bj_recovery_codes_t codes, uint8_t (*hashes)[BJ_HASH_BYTES]) {
    uint8_t raw[BJ_RECOVERY_RAW_BYTES];
    for (size_t i = 0; i < BJ_RECOVERY_CNT; i++) {
        bool ok = getrandom(raw, sizeof raw, 0) == sizeof raw;
        if (ok) bj_recovery_write(raw, codes[i]);
        if (!ok || !bj_recovery_hash(codes[i], hashes[i])) {
            BJ_ERROR("the kernel gives no random bytes");
            abort();
        }
    }
    explicit_bzero(raw, sizeof raw);
}

/* Opens a user's secret; it is the caller's to wipe. */
static bj_status_t secret_of(bj_identity_t *identity, uint64_t user_id, bj_totp_row_t *row,
                             uint8_t secret[BJ_TOTP_SECRET_BYTES]) {
    char what[40];
    bj_status_t status = bj_totp_select(identity->config.db, user_id, row);
    if (status != BJ_OK) return status;
    status = bj_keys_open(identity->config.keys, BJ_KEYS_FACTORS, bound(user_id, what),
                          &row->secret, secret, BJ_TOTP_SECRET_BYTES);
    if (status == BJ_OK) return BJ_OK;
    BJ_ERROR("the factor of user %" PRIu64 " (key %u) does not open: %s", user_id,
             row->secret.key_id, bj_status_text(status));
    return BJ_ERR_UNAVAILABLE;
}

static void reseal(bj_identity_t *identity, uint64_t user_id, const bj_totp_row_t *row,
                   const uint8_t *secret) {
    bj_sealed_t sealed;
    char what[40];
    uint16_t newest;
    if (bj_keys_newest(identity->config.keys, BJ_KEYS_FACTORS, &newest) != BJ_OK) return;
    if (row->secret.key_id == newest) return;
    if (bj_keys_close(identity->config.keys, BJ_KEYS_FACTORS, bound(user_id, what), secret,
                      BJ_TOTP_SECRET_BYTES, &sealed) != BJ_OK) {
        return;
    }
    bj_status_t status = bj_totp_reseal(identity->config.db, user_id, row->secret.key_id, &sealed);
    (void)status; /* next time */
}

static int64_t now_s(void) {
    return bj_clock_wall_ns() / BJ_NS_PER_S;
}

static bj_status_t check_totp(bj_identity_t *identity, uint64_t user_id, const char *code) {
    uint8_t secret[BJ_TOTP_SECRET_BYTES];
    bj_totp_row_t row;
    uint64_t step;
    bj_status_t status = secret_of(identity, user_id, &row, secret);
    if (status == BJ_ERR_NOT_FOUND || (status == BJ_OK && !row.confirmed)) status = BJ_ERR_DENIED;
    if (status != BJ_OK) return status;
    bool found = bj_totp_find(secret, code, now_s(), identity->config.totp_late_steps,
                              row.last_step, &step);
    /* Of two that come at once with one code, one moves the step on. */
    status = found ? bj_totp_use(identity->config.db, user_id, step) : BJ_ERR_DENIED;
    if (status == BJ_OK) reseal(identity, user_id, &row, secret);
    explicit_bzero(secret, sizeof secret);
    return status;
}

bj_device_t bj_factor_device(bj_identity_t *identity, uint64_t user_id, const char *token) {
    bj_device_t device = {.known = false};
    if (!bj_token_formed(token)) return device;
    bj_token_hash(token, device.hash);
    device.known = bj_device_seen(identity->config.db, user_id, device.hash) == BJ_OK;
    return device;
}

enum { TRIES_KEY_BYTES = 128 };
static void tries_key(uint64_t user_id, const bj_device_t *device, char out[TRIES_KEY_BYTES]) {
    char hex[BJ_HASH_HEX_BYTES] = "";
    if (device->known) bj_hash_hex(device->hash, hex);
    snprintf(out, TRIES_KEY_BYTES, "totp %" PRIu64 " %s", user_id, hex);
}

bj_status_t bj_factor_check(bj_identity_t *identity, const bj_trail_who_t *who, uint64_t user_id,
                            const bj_device_t *device, const char *code, uint32_t *retry_s) {
    char key[TRIES_KEY_BYTES];
    uint8_t hash[BJ_HASH_BYTES];
    bj_db_pool_t *db = identity->config.db;
    *retry_s = 0;
    if (!bj_totp_formed(code)) {
        bool formed = bj_recovery_hash(code, hash);
        return formed ? bj_recovery_use(db, who, user_id, hash) : BJ_ERR_DENIED;
    }
    tries_key(user_id, device, key);
    bj_status_t status = bj_tries_take(db, key, code_limit, retry_s);
    if (status == BJ_OK) status = check_totp(identity, user_id, code);
    if (status == BJ_OK) bj_tries_give(db, key, code_limit);
    return status;
}

static bj_status_t confirm(bj_identity_t *identity, const bj_trail_who_t *who,
                           bj_rotation_t *rotation, const char *code, bj_recovery_codes_t codes) {
    BJ_DB_RESULT stale = NULL;
    const bj_caller_t *caller = rotation->caller;
    uint8_t secret[BJ_TOTP_SECRET_BYTES];
    bj_recovery_hashes_t hashes;
    bj_totp_row_t row;
    bj_totp_confirm_t sure = {.user_id = caller->user_id,
                              .secret = &row.secret,
                              .hashes = hashes,
                              .rotation = rotation};
    bj_status_t status = secret_of(identity, caller->user_id, &row, secret);
    if (status == BJ_OK && row.confirmed) status = BJ_ERR_NOT_FOUND;
    if (status != BJ_OK) return status;
    bool found = bj_totp_find(secret, code, now_s(), identity->config.totp_late_steps, 0,
                              &sure.step);
    rotation->by = BJ_PROOF_CODE;
    explicit_bzero(secret, sizeof secret);
    if (!found) return BJ_ERR_DENIED;
    bj_recovery_make(codes, hashes);
    status = bj_totp_confirm(identity->config.db, who, &sure, &stale);
    bj_rotated(identity, rotation, status);
    if (status == BJ_OK) bj_identity_uncache_all(identity, stale);
    return status;
}

bj_status_t bj_factor_confirm(bj_identity_t *identity, const bj_trail_who_t *who,
                              bj_rotation_t *rotation, const char *device, const char *code,
                              bj_recovery_codes_t codes, uint32_t *retry_s) {
    char key[TRIES_KEY_BYTES];
    const bj_caller_t *caller = rotation->caller;
    bj_device_t known = bj_factor_device(identity, caller->user_id, device);
    tries_key(caller->user_id, &known, key);
    bj_status_t status = bj_tries_take(identity->config.db, key, code_limit, retry_s);
    if (status != BJ_OK) return status;
    status = confirm(identity, who, rotation, code, codes);
    if (status == BJ_OK) bj_tries_give(identity->config.db, key, code_limit);
    return ended(identity, who, caller->user_id, "auth.factor.confirm", status);
}

bj_status_t bj_factor_renew(bj_identity_t *identity, const bj_trail_who_t *who,
                            bj_rotation_t *rotation, bj_recovery_codes_t codes) {
    bj_recovery_hashes_t hashes;
    bj_recovery_make(codes, hashes);
    bj_status_t status = bj_recovery_put(identity->config.db, who, rotation, hashes);
    bj_rotated(identity, rotation, status);
    return ended(identity, who, rotation->caller->user_id, "auth.factor.codes", status);
}

bj_status_t bj_factor_remove(bj_identity_t *identity, const bj_trail_who_t *who,
                             bj_rotation_t *rotation) {
    bj_status_t status = bj_totp_delete(identity->config.db, who, rotation);
    bj_rotated(identity, rotation, status);
    if (status == BJ_ERR_DENIED) {
        return bj_entry_refused(identity->config.db, who, rotation->caller->user_id,
                                "auth.factor.remove", bj_demand_why, status);
    }
    return ended(identity, who, rotation->caller->user_id, "auth.factor.remove", status);
}
