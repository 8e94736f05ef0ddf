#include "controlplane/privacy/bj_retention.h"

#include <stdio.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/privacy/bj_erasure.h"

static const struct {
    const char *name, *sql;
    size_t offset;
} sweeps[] = {
    {"sessions", "DELETE FROM sessions WHERE expires_at < now()",
     offsetof(bj_retention_t, sessions)},
    {"links", "DELETE FROM mail_tokens WHERE expires_at < now() - keep_for('mail_tokens')",
     offsetof(bj_retention_t, links)},
    {"logins", "DELETE FROM login_pending WHERE expires_at < now() - keep_for('login_pending')",
     offsetof(bj_retention_t, logins)},
    {"history", "DELETE FROM logins WHERE at < now() - keep_for('login_devices')",
     offsetof(bj_retention_t, history)},
    {"devices",
     "WITH known AS (DELETE FROM login_devices WHERE seen_at < now() - keep_for('login_devices')"
     "  RETURNING 1),"
     " staffs AS (DELETE FROM staff_devices WHERE coalesce(revoked_at, expires_at, decided_at,"
     "  asked_at + interval '7 days') < now() - keep_for('staff_devices') RETURNING 1)"
     " SELECT count(*) FROM (SELECT FROM known UNION ALL SELECT FROM staffs) all_of_them",
     offsetof(bj_retention_t, devices)},
    /* Nobody has ever been in.  The row of the answer is no row that went: it has their count. */
    {"unconfirmed", "SELECT users_unconfirmed_end()", offsetof(bj_retention_t, unconfirmed)},
    /* With the name, and before: it goes by the name's time. */
    {"numbers",
     "UPDATE bank_accounts SET number_sealed = NULL, number_hash = NULL WHERE number_sealed IS NOT"
     " NULL AND removed_at IS NOT NULL AND user_id IN (SELECT user_id FROM users"
     " WHERE identity_until < current_date)",
     offsetof(bj_retention_t, numbers)},
    {"names",
     "UPDATE users SET name_sealed = NULL, identity_until = NULL"
     " WHERE identity_until < current_date",
     offsetof(bj_retention_t, names)},
    /* Addresses and numbers: those that nobody verified, and those of before. */
    {"contacts",
     "WITH gone AS (DELETE FROM contact_changes"
     "  WHERE coalesce(sent_at, asked_at) < now() - keep_for('contact_changes') RETURNING 1),"
     " old AS (DELETE FROM contact_undos WHERE expires_at < now() - keep_for('contact_undos')"
     "  RETURNING 1)"
     " SELECT count(*) FROM (SELECT FROM gone UNION ALL SELECT FROM old) all_of_them",
     offsetof(bj_retention_t, contacts)},
};

static bj_status_t sweep_in(bj_db_t *db, bj_retention_t *out, size_t *all) {
    bj_status_t status = BJ_OK;
    for (size_t i = 0; status == BJ_OK && i < BJ_COUNT(sweeps); i++) {
        BJ_DB_RESULT rows = NULL;
        status = bj_db_ask(db, sweeps[i].sql, BJ_DB_NO_PARAMS, &rows);
        uint64_t counted = 0;
        size_t n = status == BJ_OK ? bj_db_changed(rows) : 0;
        if (bj_db_get_u64(rows, 0, 0, &counted)) n = (size_t)counted;
        memcpy((char *)out + sweeps[i].offset, &n, sizeof n);
        *all += n;
    }
    return status;
}

static bj_status_t sweep(bj_identity_t *identity, const bj_trail_who_t *who, const char *reason,
                         bj_retention_t *out) {
    BJ_DB_CONN db = NULL;
    char after[320];
    size_t all = 0;
    bj_status_t status = bj_entry_begin(identity->config.db, &db);
    if (status == BJ_OK) status = sweep_in(db, out, &all);
    if (status != BJ_OK || (all == 0 && !reason)) return status;
    snprintf(after, sizeof after,
             "{\"erased\":%zu,\"waiting\":%zu,\"sessions\":%zu,\"links\":%zu,\"logins\":%zu,"
             "\"history\":%zu,\"devices\":%zu,\"unconfirmed\":%zu,\"names\":%zu,"
             "\"contacts\":%zu,\"numbers\":%zu}",
             out->erased, out->waiting, out->sessions, out->links, out->logins, out->history,
             out->devices, out->unconfirmed, out->names, out->contacts, out->numbers);
    const bj_trail_act_t act = {.act = "privacy.retention",
                                .subject = "people",
                                .outcome = "done",
                                .reason = reason,
                                .after_json = after};
    return bj_entry_commit(db, who, &act);
}

bj_status_t bj_retention_run(bj_identity_t *identity, const bj_trail_who_t *who, const char *reason,
                             bj_retention_t *out) {
    *out = (bj_retention_t){0};
    bj_status_t status = bj_erasure_run(identity, who, &out->erased, &out->waiting);
    return status == BJ_OK ? sweep(identity, who, reason, out) : status;
}
