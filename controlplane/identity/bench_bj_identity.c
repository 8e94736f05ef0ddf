/* What proving who somebody is costs: a session's check as every request has it, from this
 * process's memory; and Argon2id alone, by as many threads at once as log-ins get, at the least
 * cost or at the one that is asked for: bench_bj_identity [MEMORY_KIB PASSES]. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/identity/bj_argon.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_password.h"
#include "controlplane/text/bj_text.h"

enum { CHECKS = 100000, SESSIONS = 64, THREADS = 2, HASH_S = 3 };

static char tokens[SESSIONS][BJ_TOKEN_BYTES];

#define DEVICE "4AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static void remember(bj_identity_t *identity, bj_role_t role) {
    int64_t now_ns = bj_clock_wall_ns();
    for (uint64_t i = 0; i < SESSIONS; i++) {
        bj_caller_t caller = {.role = role,
                              .device = DEVICE,
                              .device_to_ns = INT64_MAX,
                              .user_id = 1000 + i,
                              .account_id = 1000,
                              .created_ns = now_ns,
                              .seen_ns = now_ns,
                              .proved_ns = now_ns,
                              .expires_ns = now_ns + BJ_SESSION_LIFE_NS,
                              .home = "203.0.113.1"};
        bj_token_make(tokens[i]);
        bj_token_hash(tokens[i], caller.token_hash);
        bj_session_remember(identity->memory, &caller, 0, now_ns);
    }
}

/* As many networks as a table of the world has. */
static bj_places_t *many_places(void) {
    enum { NETWORKS = 500000, LINE_BYTES = 40 };
    char error[BJ_PLACES_ERROR_BYTES], *text = malloc((size_t)NETWORKS * LINE_BYTES);
    size_t at = 0;
    if (!text) abort();
    for (unsigned i = 0; i < NETWORKS; i++) {
        unsigned network = (203U << 16 | 113U << 8) - NETWORKS / 2 + i;
        at += (size_t)snprintf(text + at, LINE_BYTES, "%u.%u.%u.0/24,19.07,72.88,IN\n",
                               network >> 16, network >> 8 & 255, network & 255);
    }
    bj_places_t *places = bj_places_read(text, at, error);
    free(text);
    if (!places) abort();
    return places;
}

/* client: where the request comes from; NULL: that is not asked. */
static void check_sessions(bj_identity_t *identity, const char *name, const char *client) {
    bj_caller_t caller;
    const bj_context_t context = {
        .client = client,
        .device = DEVICE,
        .agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
                 "Chrome/150.0.0.0 Safari/537.36",
        .brands = "\"Chromium\";v=\"150\", \"Not=A?Brand\";v=\"24\""};
    int64_t from_ns = bj_clock_mono_ns();
    for (size_t i = 0; i < CHECKS; i++) {
        if (bj_identity_session(identity, tokens[i % SESSIONS], &caller) != BJ_OK) abort();
        if (client) bj_identity_context(identity, &context, &caller);
        if (caller.device_due || caller.browser_old) abort();
    }
    printf("%s %.2f us\n", name,
           (double)(bj_clock_mono_ns() - from_ns) / CHECKS / (double)BJ_NS_PER_US);
}

static void *hash_on(void *arg) {
    char out[BJ_PASSWORD_HASH_BYTES];
    int64_t end_ns = bj_clock_mono_ns() + HASH_S * BJ_NS_PER_S;
    for (unsigned *cnt = arg; bj_clock_mono_ns() < end_ns; ++*cnt) {
        if (!bj_password_hash("correct horse battery", out)) abort();
    }
    return NULL;
}

static void hash(size_t thread_cnt) {
    pthread_t thread[THREADS];
    unsigned cnt[THREADS] = {0}, all = 0;
    for (size_t i = 0; i < thread_cnt; i++) {
        if (pthread_create(&thread[i], NULL, hash_on, &cnt[i]) != 0) abort();
    }
    for (size_t i = 0; i < thread_cnt; i++) {
        pthread_join(thread[i], NULL);
        all += cnt[i];
    }
    printf("argon2_by_%zu %.1f hashes_per_s\n", thread_cnt, (double)all / HASH_S);
}

int main(int argc, char **argv) {
    uint64_t memory_kib, passes;
    if (argc == 3 && bj_parse_u64(argv[1], &memory_kib) && bj_parse_u64(argv[2], &passes)) {
        bj_argon_use((bj_argon_cost_t){(uint32_t)memory_kib, (uint32_t)passes});
    }
    bj_identity_config_t config = {.cache = bj_cache_new("/nonexistent/redis.sock"),
                                   .origin = "https://localhost",
                                   .places = many_places(),
                                   .context = {.client = BJ_MOVES_COUNTRY,
                                               .staff_device = true,
                                               .browser_min = bj_browser_default,
                                               .v4_bits = 24,
                                               .v6_bits = 48}};
    bj_identity_t *identity = bj_identity_new(&config);
    if (!config.cache || !identity) abort();
    remember(identity, BJ_ROLE_CLIENT);
    check_sessions(identity, "session_check", NULL);
    check_sessions(identity, "session_check_home", "203.0.113.1");
    check_sessions(identity, "session_check_moving", "203.0.112.7");
    remember(identity, BJ_ROLE_RISK);
    check_sessions(identity, "session_check_staff", "203.0.113.1");
    hash(1);
    hash(THREADS);
    bj_identity_free(identity);
    bj_cache_free(config.cache);
    return 0;
}
