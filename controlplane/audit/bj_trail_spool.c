#include "controlplane/audit/bj_trail_spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>
#include "controlplane/text/bj_text.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

struct bj_trail_spool {
    pthread_mutex_t lock;
    char           *file;
};

bj_trail_spool_t *bj_trail_spool_new(const char *file) {
    bj_trail_spool_t *spool = calloc(1, sizeof *spool);
    if (!spool || !(spool->file = strdup(file))) {
        free(spool);
        return NULL;
    }
    pthread_mutex_init(&spool->lock, NULL);
    return spool;
}

void bj_trail_spool_free(bj_trail_spool_t *spool) {
    if (!spool) return;
    pthread_mutex_destroy(&spool->lock);
    free(spool->file);
    free(spool);
}

/* One line, or NULL. */
static char *line_of(const bj_trail_who_t *who, const bj_trail_act_t *act) {
    char time[BJ_TIME_TEXT_BYTES], id[24];
    uint64_t dice;
    if (getrandom(&dice, sizeof dice, 0) != (ssize_t)sizeof dice) return NULL;
    snprintf(id, sizeof id, "%016" PRIx64, dice);
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s*, s:s*, s:s*, s:s, s:s*}", "id", id, "at",
        bj_time_text(bj_clock_wall_ns(), time), "actor", who->actor, "role", who->role, "act",
        act->act, "subject", act->subject, "outcome", act->outcome, "reason",
        act->reason, "before", act->before_json, "after", act->after_json, "address", who->address,
        "elevation", who->elevation);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return text;
}

static bool append(const char *file, const char *text) {
    int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    /* A line before the text: what a crash left half written is a line of its own. */
    size_t all_bytes = strlen(text) + 2;
    char *all = malloc(all_bytes + 1);
    bool ok = all && snprintf(all, all_bytes + 1, "\n%s\n", text) == (int)all_bytes &&
              write(fd, all, all_bytes) == (ssize_t)all_bytes && fdatasync(fd) == 0;
    free(all);
    return close(fd) == 0 && ok;
}

bj_status_t bj_trail_spool_put(bj_trail_spool_t *spool, const bj_trail_who_t *who,
                               const bj_trail_act_t *act) {
    char *text = line_of(who, act);
    pthread_mutex_lock(&spool->lock);
    bool ok = text && append(spool->file, text);
    pthread_mutex_unlock(&spool->lock);
    free(text);
    if (!ok) BJ_ERROR("the audit trail's spool cannot be written: %s", strerror(errno));
    return ok ? BJ_OK : BJ_ERR_IO;
}

/* after_json with what says that it came late. */
static char *after_of(const char *after, const char *at, const char *id) {
    json_t *json = after ? json_loads(after, 0, NULL) : json_object();
    if (!json_is_object(json)) {
        json_decref(json);
        json = json_object();
    }
    json_object_set_new(json, "spooled", json_pack("{s:s, s:s}", "at", at, "id", id));
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return text;
}

/* A drain that was cut off after its commit: then it is in the trail.  Asked for by what no other
 * entry can hold, among those that are not older than it. */
static const char there_sql[] =
    "SELECT 1 FROM audit_entries WHERE at >= $1::timestamptz - interval '1 minute'"
    " AND after_json LIKE '%\"id\":\"' || $2 || '\"}}'";

/* BJ_ERR_BAD_FIELD: a line that the trail does not take. */
static bj_status_t bring_in(bj_db_pool_t *pool, json_t *line, size_t *cnt) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT there = NULL;
    bj_trail_who_t who = {.elevation = NULL};
    bj_trail_act_t act = {.reason = NULL};
    const char *id, *at, *actor, *address, *after = NULL;
    if (json_unpack(line, "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s?s, s?s, s?s, s:s, s?s}", "id",
                    &id, "at", &at, "actor", &actor, "role", &who.role, "act", &act.act, "subject",
                    &act.subject, "outcome", &act.outcome, "reason", &act.reason, "before",
                    &act.before_json, "after", &after, "address", &address, "elevation",
                    &who.elevation) != 0) {
        return BJ_ERR_BAD_FIELD;
    }
    bj_status_t status = bj_db_take(pool, &db);
    if (status == BJ_OK) status = bj_db_ask(db, there_sql, BJ_DB_PARAMS(at, id), &there);
    if (status != BJ_OK || bj_db_rows(there) > 0) return status;
    snprintf(who.actor, sizeof who.actor, "%s", actor);
    snprintf(who.address, sizeof who.address, "%s", address);
    char *late = after_of(after, at, id);
    act.after_json = late;
    status = bj_trail_append(db, &who, &act);
    free(late);
    *cnt += status == BJ_OK;
    return status;
}

static bj_status_t drain(FILE *in, bj_db_pool_t *pool, size_t *cnt, bool *refused) {
    char *text = NULL;
    size_t room = 0;
    bj_status_t status = BJ_OK;
    while (status == BJ_OK && getline(&text, &room, in) > 0) {
        if (text[0] == '\n') continue;
        json_t *line = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        if (!line) BJ_WARN("half a line in the audit trail's spool: it was never acted on");
        else status = bring_in(pool, line, cnt);
        json_decref(line);
        if (status != BJ_ERR_BAD_FIELD) continue;
        *refused = true;
        status = BJ_OK;
    }
    free(text);
    return status;
}

/* What the trail did not take is not thrown away. */
static bool put_aside(const char *file) {
    char other[600];
    snprintf(other, sizeof other, "%s.refused.%" PRId64, file, bj_clock_wall_ns());
    BJ_ERROR("the audit trail did not take a line of its spool: see %s", other);
    return rename(file, other) == 0;
}

bj_status_t bj_trail_spool_drain(bj_trail_spool_t *spool, bj_db_pool_t *pool, size_t *cnt) {
    *cnt = 0;
    pthread_mutex_lock(&spool->lock);
    FILE *in = fopen(spool->file, "re");
    bj_status_t status = in || errno == ENOENT ? BJ_OK : BJ_ERR_IO;
    if (in) {
        bool refused = false;
        status = drain(in, pool, cnt, &refused);
        fclose(in);
        bool gone = status == BJ_OK &&
                    (refused ? put_aside(spool->file) : unlink(spool->file) == 0);
        if (status == BJ_OK && !gone) status = BJ_ERR_IO;
        if (gone && refused) status = BJ_ERR_BAD_FIELD;
    }
    pthread_mutex_unlock(&spool->lock);
    return status;
}
