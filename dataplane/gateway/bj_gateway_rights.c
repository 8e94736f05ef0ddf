/* What a session may do.  A refusal says which of its rights does not reach, so that a desk need
 * not guess; who has not proven the key is told nothing. */
#include "dataplane/gateway/bj_gateway_priv.h"

const char *rights_source(bj_gateway_t *gateway, const session_t *session, uint32_t peer_ip) {
    const bj_gateway_session_config_t *config = &session->config;
    for (uint32_t i = 0; i < config->source_cnt; i++) {
        if (peer_ip && (peer_ip & config->sources[i].mask) == config->sources[i].of) return NULL;
    }
    if (!config->source_cnt) return NULL;
    gateway->counters.denied_sources++;
    return peer_ip ? "session may not log in from this host"
                   : "session needs a source address";
}

const char *rights_wire(bj_gateway_t *gateway, const session_t *session, const conn_t *conn) {
    const bj_gateway_session_config_t *config = &session->config;
    if (!conn->proven && config->clear) return NULL;
    if (!conn->proven) {
        gateway->counters.denied_clear++;
        return "session must log in under TLS";
    }
    if (memcmp(conn->proven_name, config->name, sizeof config->name) == 0) return NULL;
    gateway->counters.denied_names++;
    return "certificate is another session's";
}

static const struct {
    uint8_t type, need; /* any of these rights */
    const char *text;
} needs[] = {
    {BJ_OE_NEW, BJ_GATEWAY_MAY_TRADE, "session may not send new orders"},
    {BJ_OE_MODIFY, BJ_GATEWAY_MAY_TRADE, "session may not modify orders"},
    {BJ_OE_CANCEL, BJ_GATEWAY_MAY_TRADE | BJ_GATEWAY_MAY_CANCEL, "session may not cancel orders"},
    {BJ_OE_MASS_CANCEL, BJ_GATEWAY_MAY_TRADE | BJ_GATEWAY_MAY_CANCEL,
     "session may not cancel orders"},
    {BJ_OE_ADMIN, BJ_GATEWAY_MAY_ADMIN, "session may not administer"},
};

static const char *kind_refused(const bj_gateway_session_config_t *config, uint8_t type) {
    for (size_t i = 0; i < BJ_COUNT(needs); i++) {
        if (needs[i].type == type) return config->may & needs[i].need ? NULL : needs[i].text;
    }
    return "session may not send this";
}

static bool has_account(const bj_gateway_session_config_t *config, uint32_t account_id) {
    for (uint32_t i = 0; i < config->account_cnt; i++) {
        if (config->accounts[i] == account_id) return true;
    }
    return config->all_accounts;
}

const char *rights_command(bj_gateway_t *gateway, const session_t *session, uint8_t type,
                           const bj_cmd_t *cmd) {
    const char *refused = kind_refused(&session->config, type);
    if (refused) {
        gateway->counters.denied_kinds++;
    } else if (type != BJ_OE_ADMIN && !has_account(&session->config, cmd->account_id) &&
               !(type == BJ_OE_MASS_CANCEL && cmd->account_id == 0)) {
        /* A mass cancel for account 0 only ever reaches the session's own orders. */
        gateway->counters.denied_accounts++;
        refused = "account_id is not one of the session's";
    } else if (type == BJ_OE_NEW && cmd->body.opened.app &&
               !(session->config.may & BJ_GATEWAY_MAY_ADMIN)) {
        gateway->counters.denied_kinds++;
        refused = "app must be 0";
    } else if (type == BJ_OE_ADMIN && cmd->flags & BJ_FLAG_TWO_PEOPLE &&
               !(session->config.may & BJ_GATEWAY_MAY_SECOND)) {
        gateway->counters.denied_kinds++;
        refused = "session may not speak for two";
    }
    if (refused) gateway->counters.not_permitted++;
    return refused;
}
