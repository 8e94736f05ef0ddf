#include "dataplane/main/bj_nse_setup.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/main/bj_nnf_names.h"
#include "dataplane/nnf/bj_nnf_pan.h"

enum { PASSWORD_BYTES = 10 }; /* eight characters and the end of a line */

/* --- one value */
static bool text_read(const char *at, const char *name, const char *text, char *out,
                      size_t out_bytes) {
    if (*text && snprintf(out, out_bytes, "%s", text) < (int)out_bytes) return true;
    BJ_ERROR("%s%s is 1 to %zu characters, not \"%s\"", at, name, out_bytes - 1, text);
    return false;
}

static bool segment_read(const bj_config_t *config, bj_nnf_segment_t *segment) {
    const char *text = bj_config_str_or(config, "nse.segment", "cm");
    *segment = strcmp(text, "fo") == 0 ? BJ_NNF_FO : BJ_NNF_CM;
    if (*segment == BJ_NNF_FO || strcmp(text, "cm") == 0) return true;
    BJ_ERROR("nse.segment is cm or fo, not %s", text);
    return false;
}

static bool router_read(const bj_config_t *config, bj_nnf_client_config_t *client) {
    struct in_addr address;
    const char *host = bj_config_str(config, "nse.router_host");
    client->router_port = (uint16_t)bj_config_int(config, "nse.router_port", 1, UINT16_MAX);
    if (inet_pton(AF_INET, host, &address) != 1) {
        BJ_ERROR("nse.router_host is an IPv4 address, not %s", host);
        return false;
    }
    return text_read("nse.", "router_host", host, client->router_ip, sizeof client->router_ip);
}

static bool user_read(const bj_config_t *config, bj_nnf_client_config_t *client) {
    char password[PASSWORD_BYTES];
    client->box_id = (int16_t)bj_config_int(config, "nse.box", 1, INT16_MAX);
    client->user_id = (int32_t)bj_config_int(config, "nse.user", 1, INT32_MAX);
    client->branch_id = (int16_t)bj_config_int_or(config, "nse.branch", 0, INT16_MAX, 1);
    const char *broker = bj_config_str(config, "nse.broker");
    if (!text_read("nse.", "broker", broker, client->broker_id, sizeof client->broker_id))
        return false;
    bj_config_secret(config, "nse.password_file", password, sizeof password);
    bool ok = strlen(password) < sizeof client->password;
    if (ok) memcpy(client->password, password, strlen(password) + 1);
    if (!ok) BJ_ERROR("nse.password_file: at most %zu characters", sizeof client->password - 1);
    explicit_bzero(password, sizeof password);
    return ok;
}

/* --- accounts */
/* item: an object of the list, or the whole configuration where names begin with "nse.others.". */
static bool party_read(const bj_config_t *item, const char *prefix, const char *at,
                       bj_nnf_party_t *party) {
    char key[32];
#define KEY(name) (snprintf(key, sizeof key, "%s" name, prefix), key)
    const char *account = bj_config_str(item, KEY("account"));
    const char *pan = bj_config_str_or(item, KEY("pan"), BJ_NNF_PAN_EXEMPT);
    const char *open_close = bj_config_str_or(item, KEY("open_close"), "");
    party->pro_client =
        bj_config_bool_or(item, KEY("pro"), false) ? BJ_NNF_PRO : BJ_NNF_CLIENT;
    party->nnf_id = bj_config_int_or(item, KEY("nnf_id"), 0, INT64_C(999999999999999), 0);
    party->algo_id = (int32_t)bj_config_int_or(item, KEY("algo_id"), 0, INT32_MAX, 0);
    party->open_close = (uint8_t)*open_close;
#undef KEY
    if (*open_close && strcmp(open_close, "O") != 0 && strcmp(open_close, "C") != 0) {
        BJ_ERROR("%sopen_close is O or C, not %s", at, open_close);
        return false;
    }
    if (!text_read(at, "account", account, party->account, sizeof party->account))
        return false;
    if (bj_nnf_pan_ok(pan)) return memcpy(party->pan, pan, strlen(pan) + 1), true;
    BJ_ERROR("%span is " BJ_NNF_PAN_EXEMPT " or ten characters as ABCDE1234F", at);
    return false;
}

static bool others_read(const bj_config_t *config, bj_nnf_party_t *others) {
    if (!*bj_config_str_or(config, "nse.others.account", "")) return true;
    if (!party_read(config, "nse.others.", "nse.others.", others)) return false;
    if (strchr(others->account, BJ_NNF_ACCOUNT_DIGIT)) return true;
    BJ_ERROR("nse.others.account has a # for each digit of an account's number: %s has none",
             others->account);
    return false;
}

static bool accounts_read(const bj_config_t *config, bj_nse_setup_t *setup) {
    size_t cnt = bj_config_cnt(config, "nse.accounts");
    if (cnt > BJ_NSE_ACCOUNTS_MAX) {
        BJ_ERROR("nse.accounts: at most %d", BJ_NSE_ACCOUNTS_MAX);
        return false;
    }
    for (size_t i = 0; i < cnt; i++) {
        char at[48];
        const bj_config_t *item = bj_config_item(config, "nse.accounts", i);
        bj_nnf_party_t *party = &setup->accounts[i];
        (void)snprintf(at, sizeof at, "nse.accounts[%zu].", i);
        party->account_id = (uint32_t)bj_config_int(item, "id", 1, UINT32_MAX);
        if (!party_read(item, "", at, party)) return false;
    }
    setup->client.parties = setup->accounts;
    setup->client.party_cnt = (uint32_t)cnt;
    if (cnt || setup->client.others.account[0]) return true;
    BJ_ERROR("nse.others.account or nse.accounts must say what the exchange calls our accounts");
    return false;
}

/* --- the rest */
static void settings_read(const bj_config_t *config, bj_nnf_client_settings_t *s) {
    *s = bj_nnf_client_settings_usual;
    s->foreign_cancel = true;
    s->full_orders = bj_config_bool_or(config, "nse.full_orders", s->full_orders);
    s->volume_is_total = bj_config_bool_or(config, "nse.volume_is_total", s->volume_is_total);
    s->resend_cancel = bj_config_bool_or(config, "nse.resend_cancel", s->resend_cancel);
    s->rate_per_s = (uint32_t)bj_config_int_or(config, "nse.rate_per_s", 1, 100000, s->rate_per_s);
    s->burst_per_100ms = (uint32_t)bj_config_int_or(config, "nse.burst_per_100ms", 1,
                                                    s->rate_per_s, s->rate_per_s);
    s->heartbeat_ns = bj_config_int_or(config, "nse.heartbeat_s", 1, 3600, 30) * BJ_NS_PER_S;
    s->answer_wait_ns = bj_config_int_or(config, "nse.answer_wait_s", 1, 600, 10) * BJ_NS_PER_S;
    s->settle_ns = bj_config_int_or(config, "nse.settle_ms", 1, 600000, 2000) * BJ_NS_PER_MS;
    s->retry_ns = bj_config_int_or(config, "nse.retry_ms", 1, 600000, 500) * BJ_NS_PER_MS;
    int64_t retry_ms = s->retry_ns / BJ_NS_PER_MS;
    s->retry_max_ns = bj_config_int_or(config, "nse.retry_max_ms", retry_ms, 3600000,
                                       retry_ms > 30000 ? retry_ms : 30000) * BJ_NS_PER_MS;
}

/* What does not go with orders that are elsewhere. */
static bool rest_goes(const bj_config_t *config) {
    const char *durability = bj_config_str_or(config, "dataplane.durability", "disk");
    const char *why = NULL;
    if (strcmp(durability, "memory") == 0)
        why = "dataplane.durability is memory: an order at the exchange must be in the journal";
    else if (bj_config_bool_or(config, "dataplane.journal_prune", false))
        why = "dataplane.journal_prune is true: what is at the exchange is found in the whole "
              "journal";
    else if (*bj_config_str_or(config, "bands.sliding", ""))
        why = "bands.sliding must be empty: it is the exchange that moves bands";
    if (why) BJ_ERROR("venue is nse, and %s", why);
    return why == NULL;
}

static bool instruments_read(const bj_config_t *config, bj_nse_setup_t *setup) {
    setup->instruments = calloc(BJ_NNF_NAMES_MAX, sizeof *setup->instruments);
    setup->client.instruments = setup->instruments;
    return setup->instruments && bj_nnf_names_read(config, setup->client.segment, "nse",
                                                   setup->instruments,
                                                   &setup->client.instrument_cnt);
}

bool bj_nse_setup_read(const bj_config_t *config, bj_nse_setup_t *setup) {
    memset(setup, 0, sizeof *setup);
    bj_nnf_client_config_t *client = &setup->client;
    setup->ca_file = bj_config_str(config, "nse.ca_file");
    setup->core = (int)bj_config_int_or(config, "nse.core", -1, 1023, -1);
    client->order_max = (uint32_t)bj_config_int_or(config, "nse.order_max", 1, 1 << 24, 1 << 20);
    client->iv_bytes = (uint8_t)bj_config_int_or(config, "nse.iv_bytes", 12, 16, 12);
    settings_read(config, &client->settings);
    return rest_goes(config) && segment_read(config, &client->segment) &&
           router_read(config, client) && user_read(config, client) &&
           others_read(config, &client->others) && accounts_read(config, setup) &&
           instruments_read(config, setup);
}

void bj_nse_setup_free(bj_nse_setup_t *setup) {
    free(setup->instruments);
    explicit_bzero(setup, sizeof *setup);
}
