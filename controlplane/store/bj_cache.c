#include "controlplane/store/bj_cache.h"

#include <hiredis/hiredis.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>

#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

enum { IDLE_MAX = 8, WAIT_MS = 100, PAUSE_MIN_MS = 100, PAUSE_MAX_MS = 1000 };

struct bj_cache {
    pthread_mutex_t lock;
    char           *socket_path;
    redisContext   *idle[IDLE_MAX];
    size_t          idle_cnt;
    bool            up, said_down, probing;
    int64_t         next_try_ns, pause_ns;
};

bj_cache_t *bj_cache_new(const char *socket_path) {
    bj_cache_t *cache = calloc(1, sizeof *cache);
    if (!cache) return NULL;
    cache->socket_path = strdup(socket_path);
    if (!cache->socket_path) {
        free(cache);
        return NULL;
    }
    cache->pause_ns = PAUSE_MIN_MS * BJ_NS_PER_MS;
    pthread_mutex_init(&cache->lock, NULL);
    return cache;
}

void bj_cache_free(bj_cache_t *cache) {
    if (!cache) return;
    while (cache->idle_cnt > 0) redisFree(cache->idle[--cache->idle_cnt]);
    pthread_mutex_destroy(&cache->lock);
    free(cache->socket_path);
    free(cache);
}

bool bj_cache_up(bj_cache_t *cache) {
    pthread_mutex_lock(&cache->lock);
    bool up = cache->up;
    pthread_mutex_unlock(&cache->lock);
    return up;
}

/* With the lock held.  After a failure all idle connections are of a server that has gone. */
static void note(bj_cache_t *cache, bool ok) {
    cache->probing = false;
    if (ok) {
        if (cache->said_down) BJ_INFO("cache is back");
        cache->pause_ns = PAUSE_MIN_MS * BJ_NS_PER_MS;
    } else {
        if (!cache->said_down) BJ_WARN("cache is away: %s", cache->socket_path);
        while (cache->idle_cnt > 0) redisFree(cache->idle[--cache->idle_cnt]);
        cache->next_try_ns = bj_clock_mono_ns() + cache->pause_ns;
        cache->pause_ns *= 2;
        if (cache->pause_ns > PAUSE_MAX_MS * BJ_NS_PER_MS) {
            cache->pause_ns = PAUSE_MAX_MS * BJ_NS_PER_MS;
        }
    }
    cache->said_down = !ok;
    cache->up = ok;
}

static redisContext *dial(const bj_cache_t *cache) {
    struct timeval wait = {.tv_usec = WAIT_MS * 1000};
    redisContext *conn = redisConnectUnixWithTimeout(cache->socket_path, wait);
    if (conn && !conn->err && redisSetTimeout(conn, wait) == REDIS_OK) return conn;
    if (conn) redisFree(conn);
    return NULL;
}

static redisContext *take(bj_cache_t *cache, bool *reused) {
    redisContext *conn = NULL;
    pthread_mutex_lock(&cache->lock);
    *reused = cache->idle_cnt > 0;
    bool wait = !cache->up && (cache->probing || bj_clock_mono_ns() < cache->next_try_ns);
    if (*reused) conn = cache->idle[--cache->idle_cnt];
    if (!conn && !wait) cache->probing = !cache->up;
    pthread_mutex_unlock(&cache->lock);
    if (conn || wait) return conn;
    conn = dial(cache);
    if (conn) return conn;
    pthread_mutex_lock(&cache->lock);
    note(cache, false);
    pthread_mutex_unlock(&cache->lock);
    return NULL;
}

static void give(bj_cache_t *cache, redisContext *conn) {
    bool ok = conn->err == 0;
    pthread_mutex_lock(&cache->lock);
    note(cache, ok);
    bool keep = ok && cache->idle_cnt < IDLE_MAX;
    if (keep) cache->idle[cache->idle_cnt++] = conn;
    pthread_mutex_unlock(&cache->lock);
    if (!keep) redisFree(conn);
}

/* One command.  A connection that was idle while Redis restarted fails on first use: that one is
 * dropped and the command is given once more on a new one; every command here may be repeated but
 * the counter, where one too many is harmless. */
static redisReply *ask_so(bj_cache_t *cache, size_t arg_cnt, const char **args,
                          const size_t *lens, bool *again) {
    *again = false;
    for (int attempt = 0; attempt < 2; attempt++) {
        bool reused;
        redisContext *conn = take(cache, &reused);
        if (!conn) return NULL;
        redisReply *reply = redisCommandArgv(conn, (int)arg_cnt, args, lens);
        if (!reply && reused && conn->err == REDIS_ERR_EOF) {
            *again = true;
            redisFree(conn);
            continue;
        }
        give(cache, conn);
        if (reply && reply->type == REDIS_REPLY_ERROR) BJ_WARN("cache: %.120s", reply->str);
        return reply;
    }
    return NULL;
}

static redisReply *ask(bj_cache_t *cache, size_t arg_cnt, const char **args, const size_t *lens) {
    bool again;
    return ask_so(cache, arg_cnt, args, lens, &again);
}

static bj_status_t verdict(const redisReply *reply) {
    if (!reply) return BJ_ERR_UNAVAILABLE;
    return reply->type == REDIS_REPLY_ERROR ? BJ_ERR_DB : BJ_OK;
}

bj_status_t bj_cache_get(bj_cache_t *cache, const char *key, char *out, size_t out_bytes,
                         size_t *value_bytes) {
    const char *args[] = {"GET", key};
    const size_t lens[] = {3, strlen(key)};
    *value_bytes = 0;
    redisReply *reply = ask(cache, BJ_COUNT(args), args, lens);
    bj_status_t status = verdict(reply);
    if (status == BJ_OK && reply->type != REDIS_REPLY_STRING) status = BJ_ERR_NOT_FOUND;
    if (status == BJ_OK && (size_t)reply->len >= out_bytes) status = BJ_ERR_FULL;
    if (status == BJ_OK) {
        *value_bytes = (size_t)reply->len;
        memcpy(out, reply->str, *value_bytes);
        out[*value_bytes] = '\0';
    }
    freeReplyObject(reply);
    return status;
}

typedef struct digits {
    char text[24];
    size_t n;
} digits_t;

static digits_t digits(int64_t value) {
    digits_t out;
    out.n = (size_t)snprintf(out.text, sizeof out.text, "%lld", (long long)value);
    return out;
}

static bj_status_t plain(bj_cache_t *cache, size_t arg_cnt, const char **args, const size_t *lens) {
    redisReply *reply = ask(cache, arg_cnt, args, lens);
    bj_status_t status = verdict(reply);
    freeReplyObject(reply);
    return status;
}

bj_status_t bj_cache_set(bj_cache_t *cache, const char *key, const char *value, size_t value_bytes,
                         int32_t ttl_s) {
    digits_t ttl = digits(ttl_s);
    const char *args[] = {"SET", key, value, "EX", ttl.text};
    const size_t lens[] = {3, strlen(key), value_bytes, 2, ttl.n};
    return plain(cache, BJ_COUNT(args), args, lens);
}

static bool has_value(bj_cache_t *cache, const char *key, const char *value, size_t value_bytes) {
    const char *args[] = {"GET", key};
    const size_t lens[] = {3, strlen(key)};
    redisReply *reply = ask(cache, BJ_COUNT(args), args, lens);
    bool same = reply && reply->type == REDIS_REPLY_STRING && (size_t)reply->len == value_bytes &&
                memcmp(reply->str, value, value_bytes) == 0;
    freeReplyObject(reply);
    return same;
}

/* Said twice because its answer was lost, it may find its own value, which is no other's. */
bj_status_t bj_cache_set_new(bj_cache_t *cache, const char *key, const char *value,
                             size_t value_bytes, int32_t ttl_s) {
    digits_t ttl = digits(ttl_s);
    const char *args[] = {"SET", key, value, "EX", ttl.text, "NX"};
    const size_t lens[] = {3, strlen(key), value_bytes, 2, ttl.n, 2};
    bool again;
    redisReply *reply = ask_so(cache, BJ_COUNT(args), args, lens, &again);
    bj_status_t status = verdict(reply);
    bool exists = status == BJ_OK && reply->type == REDIS_REPLY_NIL;
    freeReplyObject(reply);
    if (!exists || (again && has_value(cache, key, value, value_bytes))) return status;
    return BJ_ERR_EXISTS;
}

/* In one step in the server: a counter without an end would lock somebody out for ever. */
static const char count_lua[] =
    "local n = redis.call('INCR', KEYS[1]) "
    "if n == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end return n";

bj_status_t bj_cache_count(bj_cache_t *cache, const char *key, int32_t ttl_s, int64_t *count) {
    digits_t ttl = digits(ttl_s);
    const char *args[] = {"EVAL", count_lua, "1", key, ttl.text};
    const size_t lens[] = {4, sizeof count_lua - 1, 1, strlen(key), ttl.n};
    redisReply *reply = ask(cache, BJ_COUNT(args), args, lens);
    bj_status_t status = verdict(reply);
    if (status == BJ_OK && reply->type != REDIS_REPLY_INTEGER) status = BJ_ERR_DB;
    *count = status == BJ_OK ? reply->integer : 0;
    freeReplyObject(reply);
    return status;
}

/* The bucket is kept as the time when it is full again, by Redis's own clock: replicas need not
 * agree on one. */
static const char lease_lua[] =
    "local t = redis.call('TIME') local now = t[1] * 1000000 + t[2] "
    "local token, burst, want = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]) "
    "local full = tonumber(redis.call('GET', KEYS[1]) or now) "
    "if full < now then full = now end "
    "local room = math.floor((now + burst * token - full) / token) "
    "if room < 1 then return math.floor((now + burst * token - full - token) / 1000) - 1 end "
    "if room > want then room = want end full = full + room * token "
    "redis.call('SET', KEYS[1], string.format('%.0f', full), "
    "'PX', math.floor((full - now) / 1000) + 1000) return room";

/* Said twice because its answer was lost, it leases twice: a little stricter, nothing else. */
bj_status_t bj_cache_lease(bj_cache_t *cache, const char *key, int64_t token_us, int64_t burst,
                           int64_t want, uint32_t *got, uint32_t *wait_ms) {
    digits_t token = digits(token_us), depth = digits(burst), ask_for = digits(want);
    const char *args[] = {"EVAL", lease_lua, "1", key, token.text, depth.text, ask_for.text};
    const size_t lens[] = {4, sizeof lease_lua - 1, 1, strlen(key), token.n, depth.n, ask_for.n};
    redisReply *reply = ask(cache, BJ_COUNT(args), args, lens);
    bj_status_t status = verdict(reply);
    if (status == BJ_OK && reply->type != REDIS_REPLY_INTEGER) status = BJ_ERR_DB;
    int64_t n = status == BJ_OK ? reply->integer : 0;
    *got = n > 0 && n <= want ? (uint32_t)n : 0;
    *wait_ms = n < 0 && n >= -3600000 ? (uint32_t)-n : 0;
    freeReplyObject(reply);
    return status;
}

bj_status_t bj_cache_set_many(bj_cache_t *cache, const bj_cache_item_t *items, size_t item_cnt,
                              int32_t ttl_s) {
    bool reused;
    redisContext *conn = item_cnt > 0 ? take(cache, &reused) : NULL;
    if (!conn) return item_cnt > 0 ? BJ_ERR_UNAVAILABLE : BJ_OK;
    digits_t ttl = digits(ttl_s);
    for (size_t i = 0; i < item_cnt; i++) {
        const char *args[] = {"SET", items[i].key, items[i].value, "EX", ttl.text};
        const size_t lens[] = {3, strlen(items[i].key), items[i].value_bytes, 2, ttl.n};
        redisAppendCommandArgv(conn, (int)BJ_COUNT(args), args, lens);
    }
    bj_status_t status = BJ_OK;
    for (size_t i = 0; i < item_cnt; i++) {
        redisReply *reply = NULL;
        if (redisGetReply(conn, (void **)&reply) != REDIS_OK) {
            status = BJ_ERR_UNAVAILABLE;
            break;
        }
        if (verdict(reply) != BJ_OK) status = BJ_ERR_DB;
        freeReplyObject(reply);
    }
    give(cache, conn);
    return status;
}
