#include "controlplane/control/bj_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "controlplane/admin/bj_admin.h"
#include "controlplane/admin/bj_elevation.h"
#include "controlplane/apps/bj_apps_http.h"
#include "controlplane/audit/bj_trail_keeper.h"
#include "controlplane/control/bj_renewal.h"
#include "controlplane/control/bj_settings.h"
#include "controlplane/identity/bj_identity_http.h"
#include "controlplane/identity/bj_password.h"
#include "controlplane/identity/bj_totp.h"
#include "controlplane/instruments/bj_instruments.h"
#include "controlplane/market/bj_quotes.h"
#include "controlplane/orders/bj_orders.h"
#include "controlplane/server/bj_csp.h"
#include "controlplane/server/bj_refusal.h"
#include "controlplane/server/bj_routes.h"
#include "controlplane/text/bj_text.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

enum { DB_CONNS = 12, DB_TIMEOUT_MS = 3000 };

/* The server is made last, because it serves the rest: until then there is nobody to tell. */
static void notify_send(void *ctx, uint32_t account_id, const char *text) {
    bj_control_t *control = ctx;
    if (control->server) bj_server_send(control->server, account_id, text);
}

/* What ended here is told to the other replicas, and to bijli-edge: a letter and a hash. */
static const char ended_subject[] = "auth.ended";
enum { ENDED_SESSION = 's', STALE_TOKEN = 't', CHANGED_APP = 'a', ENDED_BYTES = 1 + BJ_HASH_BYTES };

static void tell_replicas(bj_control_t *control, char what, const uint8_t *hash) {
    uint8_t text[ENDED_BYTES] = {(uint8_t)what};
    if (!control->bus) return;
    memcpy(text + 1, hash, BJ_HASH_BYTES);
    bj_status_t status = bj_bus_publish(control->bus, ended_subject, text, sizeof text);
    (void)status; /* away: their copies end within a second, their streams ask within 30; sockets of
                   * prices end with the life that they have */
}

static void notify_end(void *ctx, const uint8_t *session_hash) {
    bj_control_t *control = ctx;
    if (control->server) bj_server_end(control->server, session_hash);
    tell_replicas(control, ENDED_SESSION, session_hash);
}

static void notify_stale(void *ctx, const uint8_t *token_hash) {
    tell_replicas(ctx, STALE_TOKEN, token_hash);
}

static void notify_app(void *ctx, const uint8_t *token_hash) {
    tell_replicas(ctx, CHANGED_APP, token_hash);
}

/* Our own come back too, and change nothing.  Whoever may publish can end streams, which open
 * again, and make us ask the record once more. */
static void on_ended(void *ctx, const char *subject, const void *data, size_t data_bytes) {
    (void)subject;
    bj_control_t *control = ctx;
    const uint8_t *text = data;
    if (data_bytes != ENDED_BYTES) return;
    if (text[0] == STALE_TOKEN) bj_identity_heard_stale(control->app.identity, text + 1);
    if (text[0] == ENDED_SESSION) bj_server_end(control->server, text + 1);
}

static bj_notify_t notify_of(bj_control_t *control) {
    return (bj_notify_t){.ctx = control, .send = notify_send, .end = notify_end,
                          .stale = notify_stale, .app = notify_app};
}

enum { HASH_MS = 25, HASH_MEMORY_MB = 128 };

/* How dear a password's hash is, as this machine can bear it: docs/identity.md. */
static void measure_hash(bj_control_t *control, const bj_config_t *config) {
    int64_t target_ms = bj_config_int_or(config, "identity.hash_ms", 1, 5000, HASH_MS);
    int64_t all_mb = bj_config_int_or(config, "identity.hash_memory_mb", 1, 4096, HASH_MEMORY_MB);
    uint32_t memory_max_kib = (uint32_t)(all_mb * 1024 / BJ_ARGON_AT_ONCE);
    control->hash = bj_argon_choose(target_ms * BJ_NS_PER_MS, memory_max_kib, bj_argon_time, NULL,
                                    &control->hash_ns);
    bj_argon_use(control->hash);
    BJ_INFO("a password's hash: Argon2id, %u KiB, %u passes, %.1f ms; wished: %lld ms",
            control->hash.memory_kib, control->hash.passes,
            (double)control->hash_ns / (double)BJ_NS_PER_MS, (long long)target_ms);
}

/* False: there is to be one, and it is not good. */
static bool open_places(bj_control_t *control, const bj_config_t *config) {
    char error[BJ_PLACES_ERROR_BYTES];
    const char *file = bj_config_str_or(config, "identity.places_file", "");
    if (!file[0]) {
        BJ_INFO("identity.places_file is not set: log-ins are not judged by where they come from");
        return true;
    }
    control->places = bj_places_load(file, error);
    if (control->places) {
        BJ_INFO("%zu networks have a place", bj_places_cnt(control->places));
    } else {
        BJ_ERROR("identity.places_file: %s", error);
    }
    return control->places != NULL;
}

/* Both lists of what is no password.  False: the log says which is not good. */
static bool open_lists(bj_control_t *control, const bj_config_t *config) {
    char error[BJ_LEAKED_ERROR_BYTES];
    const char *words =
        bj_config_str_or(config, "identity.dictionary", "/var/cache/cracklib/cracklib_dict");
    if (!bj_password_dictionary(words)) {
        BJ_ERROR("identity.dictionary: cracklib's dictionary is not there");
        return false;
    }
    control->leaked = bj_leaked_open(bj_config_str(config, "identity.leaked_file"), error);
    if (!control->leaked) BJ_ERROR("identity.leaked_file: %s", error);
    bj_password_leaked(control->leaked);
    return control->leaked != NULL;
}

enum { VAULT_TIMEOUT_MS = 2000 };

/* Vault wraps the keys where there is one; the key file, if it is there too, opens what it has
 * wrapped before.  Neither is asked for anything yet. */
static bool open_keys(bj_control_t *control, const bj_config_t *config) {
    char error[160];
    const char *url = bj_config_str_or(config, "keys.vault.url", "");
    const char *file = bj_config_str_or(config, "identity.key_file", "");
    control->seal = *file ? bj_seal_new(file, error, sizeof error) : NULL;
    if (*file && !control->seal) {
        BJ_ERROR("identity.key_file: %s", error);
        return false;
    }
    if (*url) {
        const bj_vault_config_t vault = {
            .url = url,
            .key = bj_config_str_or(config, "keys.vault.key", "bijli"),
            .token_file = bj_config_str(config, "keys.vault.token_file"),
            .ca_file = bj_config_str_or(config, "keys.vault.ca_file", ""),
            .name_space = bj_config_str_or(config, "keys.vault.namespace", ""),
            .timeout_ms = VAULT_TIMEOUT_MS,
        };
        control->vault = bj_vault_new(&vault);
        if (!control->vault) BJ_ERROR("keys.vault: url must be https://HOST:PORT, key a name");
        if (!control->vault) return false;
    }
    bj_keys_config_t keys = {
        .db = control->app.db, .seal = control->seal, .vault = control->vault};
    if (!bj_cipher_of(bj_config_str_or(config, "keys.cipher", "aes-256-gcm"), &keys.cipher)) {
        BJ_ERROR("keys.cipher must be aes-256-gcm or chacha20-poly1305");
        return false;
    }
    if (!bj_mac_of(bj_config_str_or(config, "keys.address_hash", "sha256"), &keys.mac)) {
        BJ_ERROR("keys.address_hash must be sha256, sha3-256 or sha512");
        return false;
    }
    control->app.keys = bj_keys_new(&keys);
    if (!control->app.keys) BJ_ERROR("identity.key_file or keys.vault.url must be there");
    return control->app.keys != NULL;
}

/* False: the log says why. */
static bool open_mail(bj_control_t *control, const bj_config_t *config) {
    char token[512] = "", path[40];
    bj_sms_config_t sms = {.url = bj_config_str(config, "sms.url"),
                           .token = token,
                           .sender = bj_config_str_or(config, "sms.sender", ""),
                           .entity_id = bj_config_str_or(config, "sms.entity_id", "")};
    for (int i = 0; i < BJ_SMS_KIND_CNT; i++) {
        snprintf(path, sizeof path, "sms.templates.%s", bj_sms_kind_name((bj_sms_kind_t)i));
        sms.template_id[i] = bj_config_str_or(config, path, "");
    }
    if (bj_config_str_or(config, "sms.token_file", "")[0]) {
        bj_config_secret(config, "sms.token_file", token, sizeof token);
    }
    control->sms = bj_sms_new(&sms);
    explicit_bzero(token, sizeof token);
    if (!control->sms) BJ_ERROR("sms.url must be https://, or http:// to 127.0.0.1");
    control->mail =
        bj_mail_new(bj_config_str(config, "mail.smtp_url"), bj_config_str(config, "mail.from"));
    if (!control->mail) BJ_ERROR("no memory for the mail");
    return control->sms && control->mail;
}

/* False: the log says what it may be. */
static bool open_demands(bj_control_t *control, const bj_config_t *config) {
    char error[BJ_DEMAND_ERROR_BYTES];
    bool ok = bj_demands_read(config, &control->demands, error);
    if (!ok) BJ_ERROR("%s", error);
    if (ok) {
        BJ_INFO("a second factor is demanded: of clients %s, of staff %s",
                bj_demand_name(control->demands.client), bj_demand_name(control->demands.staff));
    }
    return ok;
}

/* False: the log says what it may be. */
static bool open_context(bj_control_t *control, const bj_config_t *config) {
    char error[BJ_CONTEXT_ERROR_BYTES];
    if (!bj_context_rules_read(config, &control->demands, &control->context, error)) {
        BJ_ERROR("%s", error);
        return false;
    }
    const char *file = bj_config_str_or(config, "identity.device_ca_file", "");
    bool by_device = control->context.staff_device;
    BJ_INFO("staff works by %s, %s",
            by_device ? "enrolled devices only" : "any device (identity.staff_device)",
            control->context.browser_min.asked ? "browsers that are new enough" : "any browser");
    if (!*file && !by_device) return true;
    char wrong[BJ_DEVICE_ERROR_BYTES];
    control->device_ca = bj_device_ca_new(
        file, bj_config_str_or(config, "identity.device_ca_key_file", ""), wrong);
    if (!control->device_ca) BJ_ERROR("%s", wrong);
    return control->device_ca != NULL;
}

/* Money in paise.  The orders come later, with their gateway. */
static void open_payments(bj_control_t *control, const bj_config_t *config) {
    const bj_app_t *app = &control->app;
    int64_t day_max_paise = bj_config_int_or(config, "payouts.day_max_paise", 100,
                                             INT64_C(100000000000000), INT64_C(1000000000));
    int64_t one_person_max_paise = bj_config_int_or(config, "payouts.one_person_max_paise", 0,
                                                    INT64_C(100000000000000), INT64_C(20000000));
    control->payments = (bj_payments_t){
        .db = app->db, .keys = app->keys, .identity = app->identity,
        .instruments = app->instruments,
        .orders_whole = bj_orders_whole,
        .rules = {.new_bank_hours =
                      (uint32_t)bj_config_int_or(config, "payouts.new_bank_hours", 1, 720, 24),
                  .day_max_cnt =
                      (uint32_t)bj_config_int_or(config, "payouts.day_max_count", 1, 100, 5),
                  .day_max_paise = day_max_paise,
                  .one_person_max_paise = one_person_max_paise}};
    control->app.payments = &control->payments;
}

bool bj_control_stores(bj_control_t *control, const bj_config_t *config) {
    *control = (bj_control_t){.mail = NULL};
    bj_app_t *app = &control->app;
    char error[BJ_SETTINGS_ERROR_BYTES];
    if (!bj_settings_good(config, error)) {
        BJ_ERROR("%s", error);
        return false;
    }
    if (!open_demands(control, config) || !open_context(control, config)) return false;
    app->instruments = bj_instruments_new(bj_config_str(config, "universe_csv"));
    if (!app->instruments) return false;
    for (size_t i = 0; i < BJ_FIRST_SYMBOLS && bj_instrument_at(app->instruments, i); i++) {
        control->first_symbols[i] = bj_instrument_at(app->instruments, i)->symbol;
    }
    app->db = bj_db_pool_new(bj_config_str(config, "postgres.control"), DB_CONNS, DB_TIMEOUT_MS);
    app->cache = bj_cache_new(bj_config_str(config, "redis.socket"));
    app->buckets = bj_bucket_new();
    if (!app->db || !app->cache) {
        BJ_ERROR("no memory for the stores");
        return false;
    }
    if (!open_mail(control, config)) return false;
    if (!open_lists(control, config)) return false;
    measure_hash(control, config);
    if (!open_places(control, config) || !open_keys(control, config)) return false;
    uint32_t factor_drop_hours =
        (uint32_t)bj_config_int_or(config, "identity.factor_drop_hours", 1, 168, 24);
    uint32_t totp_late_steps = (uint32_t)bj_config_int_or(config, "identity.totp_late_steps", 0,
                                                          BJ_TOTP_LATE_MAX, 0);
    uint32_t codes_per_network =
        (uint32_t)bj_config_int_or(config, "identity.codes_per_network", 1, 10000, 30);
    bj_identity_config_t identity = {.db = app->db,
                                     .demands = control->demands,
                                     .context = control->context,
                                     .device_ca = control->device_ca,
                                     .cache = app->cache,
                                     .mail = control->mail,
                                     .sms = control->sms,
                                     .passkey_rsa = bj_config_bool_or(
                                         config, "identity.passkey_rsa", false),
                                     .totp_late_steps = totp_late_steps,
                                     .factor_drop_hours = factor_drop_hours,
                                     .codes_per_network = codes_per_network,
                                     .buckets = app->buckets,
                                     .keys = app->keys,
                                     .places = control->places,
                                     .notify = notify_of(control),
                                     .origin = bj_config_str(config, "web.origin"),
                                     .rp_id = bj_config_str_or(config, "identity.rp_id", ""),
                                     .first_symbols = control->first_symbols};
    app->identity = bj_identity_new(&identity);
    if (app->identity) open_payments(control, config);
    return app->identity != NULL;
}

/* The relay has committed something of that account. */
static void on_account(void *ctx, const char *subject, const void *data, size_t data_bytes) {
    (void)data, (void)data_bytes;
    bj_control_t *control = ctx;
    uint64_t account_id;
    const char *dot = strchr(subject, '.');
    if (!dot || !bj_parse_u64(dot + 1, &account_id)) return;
    if (account_id == 0 || account_id > UINT32_MAX) return;
    notify_send(control, (uint32_t)account_id, "{\"type\":\"portfolio\"}");
}

static bool open_orders(bj_control_t *control, const bj_config_t *config) {
    char key[129];
    /* "control" is the session's name; its key is where the gateway has it from. */
    for (size_t i = 0; i < bj_config_cnt(config, "gateway.sessions"); i++) {
        const bj_config_t *session = bj_config_item(config, "gateway.sessions", i);
        if (strcmp(bj_config_str(session, "name"), "control") != 0) continue;
        bj_config_secret(session, "key_file", key, sizeof key);
        bj_orders_config_t orders = {
            .db = control->app.db,
            .instruments = control->app.instruments,
            .notify = notify_of(control),
            .way = bj_oe_way_read(config, session),
            .session = "control",
            .key = key,
        };
        control->payments.orders = control->app.orders = bj_orders_new(&orders);
        explicit_bzero(key, sizeof key);
        return control->app.orders != NULL;
    }
    BJ_ERROR("gateway.sessions has none named control");
    return false;
}

enum { HEAD_EVERY_S = 2, HEAD_EVERY_CNT = 256 };

static bool open_trail(bj_control_t *control, const bj_config_t *config) {
    bj_trail_keeper_config_t trail = {
        .db = control->app.db,
        .dir = bj_config_str(config, "trail.dir"),
        .key_file = bj_config_str(config, "trail.key_file"),
        .head_every_ns =
            bj_config_int_or(config, "trail.head_every_s", 1, 3600, HEAD_EVERY_S) * BJ_NS_PER_S,
        .head_every_cnt = (uint64_t)bj_config_int_or(config, "trail.head_every_cnt", 1, 1000000,
                                                     HEAD_EVERY_CNT),
    };
    control->app.trail = bj_trail_keeper_new(&trail);
    return control->app.trail != NULL;
}

static void set(bj_health_t *part, bool up, const char *why) {
    part->state = up ? BJ_HEALTH_UP : BJ_HEALTH_DOWN;
    snprintf(part->text, sizeof part->text, "%s", up ? "" : why);
}

/* Asks, rather than remembers: a pool nobody uses does not know that its server has gone. */
static bool db_answers(bj_db_pool_t *db) {
    return bj_db_query(db, "SELECT 1", BJ_DB_NO_PARAMS, NULL) == BJ_OK;
}

static bool cache_answers(bj_cache_t *cache) {
    char value[8];
    size_t value_bytes;
    bj_status_t status = bj_cache_get(cache, "probe", value, sizeof value, &value_bytes);
    return status == BJ_OK || status == BJ_ERR_NOT_FOUND || status == BJ_ERR_FULL;
}

static void trail(bj_control_t *control, bj_health_t *part) {
    char why[BJ_TRAIL_NOTE_BYTES];
    bj_trail_figures_t figures;
    if (bj_trail_keeper_trouble(control->app.trail, why)) {
        part->state = BJ_HEALTH_DEGRADED;
        snprintf(part->text, sizeof part->text, "audit trail: %.140s", why);
    }
    bj_trail_keeper_figures(control->app.trail, &figures);
    bj_health_figure(part, "trail_entries", (int64_t)figures.entries);
    bj_health_figure(part, "trail_signed", (int64_t)figures.signed_entries);
    bj_health_figure(part, "trail_heads", (int64_t)figures.heads);
    bj_health_figure(part, "trail_looked_again", (int64_t)figures.looked_at_again);
    bj_health_figure(part, "trail_spooled", (int64_t)figures.spooled);
}

static void self(bj_control_t *control, bj_status_board_t *board) {
    bj_health_t *part = &board->part[BJ_PART_CONTROL];
    bj_part_t    must[] = {BJ_PART_POSTGRES, BJ_PART_GATEWAY};
    *part = (bj_health_t){.state = BJ_HEALTH_UP, .pid = getpid(), .time_ns = bj_clock_wall_ns()};
    for (size_t i = 0; i < BJ_COUNT(must); i++) {
        if (board->part[must[i]].state == BJ_HEALTH_UP) continue;
        part->state = BJ_HEALTH_DEGRADED;
        snprintf(part->text, sizeof part->text, "%s is away", bj_part_name(must[i]));
    }
    trail(control, part);
    if (!control->server) return;
    bj_limit_figures_t limits = bj_limits_figures(control->limits);
    bj_health_figure(part, "limit_refused", limits.refused);
    bj_refusal_figures_t refusals = bj_refusal_figures();
    bj_health_figure(part, "refused", refusals.refused);
    bj_health_figure(part, "malformed", refusals.malformed);
    bj_csp_figures_t csp = bj_csp_figures();
    bj_health_figure(part, "csp_violations", csp.violations);
    bj_health_figure(part, "csp_dropped", csp.dropped);
    bj_health_figure(part, "limit_local", limits.local);
    bj_health_figure(part, "limit_leases", limits.leases);
    const bj_server_stats_t *stats = bj_server_stats(control->server);
    bj_health_figure(part, "requests", stats->requests);
    bj_health_figure(part, "answers_4xx", stats->answers_4xx);
    bj_health_figure(part, "answers_5xx", stats->answers_5xx);
    bj_health_figure(part, "too_busy", stats->too_busy);
    bj_health_figure(part, "streams", stats->streams);
    bj_health_figure(part, "stream_texts", stats->stream_texts);
    bj_health_figure(part, "streams_too_slow", stats->streams_too_slow);
    for (bj_dpop_wrong_t wrong = BJ_DPOP_GOOD + 1; wrong < BJ_DPOP_WRONG_CNT; wrong++) {
        char name[40];
        snprintf(name, sizeof name, "proof_%s", bj_dpop_name(wrong));
        bj_health_figure(part, name, bj_apps_refused_cnt(control->app.apps, wrong));
    }
    bj_health_figure(part, "hash_memory_kib", control->hash.memory_kib);
    bj_health_figure(part, "hash_passes", control->hash.passes);
    bj_health_figure(part, "places", (int64_t)bj_places_cnt(control->places));
    bj_health_figure(part, "hash_us", control->hash_ns / BJ_NS_PER_US);
    bj_health_figure(part, "mails_failed", bj_mail_failed_cnt(control->mail));
    bj_health_figure(part, "messages_failed", bj_sms_failed_cnt(control->sms));
}

static void probe(void *ctx, bj_status_board_t *board) {
    bj_control_t *control = ctx;
    bj_app_t *app = &control->app;
    set(&board->part[BJ_PART_GATEWAY], bj_orders_up(app->orders), "no session with the gateway");
    set(&board->part[BJ_PART_POSTGRES], db_answers(app->db), "the database does not answer");
    set(&board->part[BJ_PART_REDIS], cache_answers(app->cache), "the cache does not answer");
    set(&board->part[BJ_PART_NATS], bj_bus_up(control->bus), "the bus does not answer");
    board->market_trouble = bj_quotes_trouble(app->quotes);
    self(control, board);
    bj_orders_tidy(app->orders);
    bj_status_t states = bj_instruments_refresh(app->instruments, app->db);
    (void)states; /* away: as last known */
    /* The bus was away: what it would have said is lost, so every page looks for itself. */
    uint64_t up_cnt = bj_bus_up_cnt(control->bus);
    if (control->bus_up_cnt && up_cnt != control->bus_up_cnt) {
        notify_send(control, 0, "{\"type\":\"portfolio\"}");
        bj_server_doubt(control->server);
        bj_identity_doubt(app->identity);
    }
    control->bus_up_cnt = up_cnt;
}

/* limits.TIER.LOAD.per_s and .burst, where the configuration says else than the table. */
static void open_limits(bj_control_t *control, const bj_config_t *config) {
    bj_limit_rate_t rates[BJ_TIER_CNT][BJ_LOAD_CNT];
    char path[64];
    for (unsigned i = 0; i < BJ_TIER_CNT * BJ_LOAD_CNT; i++) {
        unsigned tier = i / BJ_LOAD_CNT, load = i % BJ_LOAD_CNT;
        int n = snprintf(path, sizeof path, "limits.%s.%s.", bj_tier_name(tier),
                         bj_load_name(load));
        bj_limit_rate_t *rate = &rates[tier][load];
        *rate = bj_limit_rates[tier][load];
        snprintf(path + n, sizeof path - (size_t)n, "per_s");
        rate->per_s = (uint32_t)bj_config_int_or(config, path, 1, 1000000, rate->per_s);
        snprintf(path + n, sizeof path - (size_t)n, "burst");
        rate->burst = (uint32_t)bj_config_int_or(config, path, 1, 1000000, rate->burst);
    }
    control->limits = bj_limits_new(rates[0], control->app.cache);
}

static bool open_apps(bj_control_t *control, const bj_config_t *config) {
    const char *bound = bj_config_str_or(config, "apps.bound", "chosen");
    if (strcmp(bound, "chosen") != 0 && strcmp(bound, "demanded") != 0) {
        BJ_ERROR("configuration: apps.bound must be chosen or demanded");
        return false;
    }
    snprintf(control->own_url, sizeof control->own_url, "%.200s/api/v1",
             bj_config_str(config, "web.origin"));
    bj_apps_config_t apps = {.db = control->app.db,
                             .cache = control->app.cache,
                             .keys = control->app.keys,
                             .notify = notify_of(control),
                             .bound_demanded = strcmp(bound, "demanded") == 0,
                             .proofs_max = (uint32_t)bj_config_int_or(config, "apps.proofs_max", 1,
                                                                      100000000, 0),
                             .own_url = control->own_url,
                             .kite_url = bj_config_str_or(config, "apps.url", ""),
                             .token_key_file = bj_config_str(config, "apps.token_key_file")};
    if (!bj_sig_of(bj_config_str_or(config, "apps.token_signature", "EdDSA"),
                   &apps.token_signature)) {
        BJ_ERROR("apps.token_signature must be EdDSA or ES256");
        return false;
    }
    control->app.apps = bj_apps_new(&apps);
    return control->app.apps != NULL;
}

static bool open_server(bj_control_t *control, const bj_config_t *config) {
    bj_server_config_t server = {
        .socket = bj_config_str(config, "control.socket"),
        .web_root = bj_config_str(config, "web.root"),
        .origin = bj_config_str(config, "web.origin"),
        .edge_url = bj_config_str(config, "web.edge_url"),
        .gate = {.routes = bj_routes,
                 .app = &control->app,
                 .session = bj_identity_session,
                 .session_known = bj_identity_session_known,
                 .session_again = bj_identity_session_again,
                 .session_lives = bj_identity_lives,
                 .session_seen = bj_identity_seen,
                 .session_ctx = control->app.identity,
                 .context = bj_identity_context,
                 .moved = bj_identity_moved,
                 .unfit = bj_identity_unfit,
                 .rotate = bj_identity_rotate,
                 .elevate = bj_elevation_give,
                 .elevate_ctx = control->app.db,
                 .app_caller = bj_apps_caller,
                 .app_key = bj_apps_key_shown,
                 .app_spend = bj_apps_key_spend,
                 .app_ctx = control->app.apps,
                 .kite_routes = bj_kite_routes,
                 .notes = bj_route_notes,
                 .limits = control->limits,
                 .demands = control->demands,
                 .buckets = control->app.buckets},
    };
    bj_config_secret(config, "control.operator_token_file", server.gate.operator_token,
                     sizeof server.gate.operator_token);
    control->server = bj_server_new(&server);
    explicit_bzero(server.gate.operator_token, sizeof server.gate.operator_token);
    return control->server != NULL;
}

/* False: somebody knows the password of an account that set-up made for the development world. */
static bool no_demo(const bj_app_t *app, const bj_config_t *config) {
    const char *email;
    if (bj_settings_simulated(config)) return true;
    bj_status_t status = bj_settings_demo(app->db, app->keys, &email);
    if (status != BJ_OK) {
        BJ_WARN("nobody knows if demo accounts are there: %s", bj_status_text(status));
    }
    if (email) {
        BJ_ERROR("%s is of the development world: suspend it, or say \"simulated\": true", email);
    }
    return !email;
}

bool bj_control_open(bj_control_t *control, const bj_config_t *config) {
    if (!bj_control_stores(control, config)) return false;
    bj_app_t *app = &control->app;
    if (!no_demo(app, config)) return false;
    app->origin = bj_config_str(config, "web.origin");
    app->edge_url = bj_config_str(config, "web.edge_url");
    app->kite_url = bj_config_str_or(config, "apps.url", "");
    app->venue = bj_config_str_or(config, "venue", "internal");
    app->simulated = bj_settings_simulated(config);
    bj_config_secret(config, "edge.ticket_key_file", app->ticket_key, sizeof app->ticket_key);
    app->quotes = bj_quotes_new(bj_config_str(config, "run_dir"));
    /* Before whoever may change something. */
    if (!bj_argon_start()) return false;
    if (!app->quotes || !open_trail(control, config) || !open_apps(control, config)) return false;
    open_limits(control, config);
    if (!open_server(control, config)) return false;
    control->bus = bj_bus_open_as(config, "control");
    if (!control->bus) return false;
    control->accounts = bj_bus_subscribe(control->bus, "acct.*", on_account, control);
    control->ended = bj_bus_subscribe(control->bus, ended_subject, on_ended, control);
    if (!control->accounts || !control->ended || !open_orders(control, config)) return false;
    bj_admin_config_t admin = {.run_dir = bj_config_str(config, "run_dir"),
                               .notify = notify_of(control), .probe = probe, .ctx = control};
    app->admin = bj_admin_new(&admin);
    control->chores = bj_chores_new(
        app, (uint32_t)bj_config_int_or(config, "keys.rotate_days", BJ_RENEWAL_DAYS_MIN,
                                        BJ_RENEWAL_DAYS_MAX, BJ_RENEWAL_DAYS));
    return app->admin && control->chores;
}

/* First the handlers, which use everything; then whoever may still tell the server something; then
 * it. */
void bj_control_close(bj_control_t *control) {
    bj_app_t *app = &control->app;
    if (control->server) bj_server_quiet(control->server);
    bj_chores_free(control->chores);
    bj_admin_free(app->admin);
    bj_orders_free(app->orders);
    bj_bus_unsubscribe(control->accounts);
    bj_bus_unsubscribe(control->ended);
    if (control->bus) bj_bus_close(control->bus);
    bj_server_free(control->server);
    bj_trail_keeper_free(app->trail);
    bj_quotes_free(app->quotes);
    bj_apps_free(app->apps);
    bj_limits_free(control->limits);
    bj_identity_free(app->identity);
    bj_device_ca_free(control->device_ca);
    bj_mail_free(control->mail);
    bj_sms_free(control->sms);
    bj_keys_free(app->keys);
    bj_vault_free(control->vault);
    bj_seal_free(control->seal);
    bj_places_free(control->places);
    bj_password_leaked(NULL);
    bj_leaked_close(control->leaked);
    bj_bucket_free(app->buckets);
    if (app->cache) bj_cache_free(app->cache);
    if (app->db) bj_db_pool_free(app->db);
    bj_instruments_free(app->instruments);
    explicit_bzero(app->ticket_key, sizeof app->ticket_key);
}
