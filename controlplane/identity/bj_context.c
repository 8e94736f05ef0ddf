#include "controlplane/identity/bj_context.h"

#include <arpa/inet.h>
#include <stdio.h>
#include "controlplane/identity/bj_suspect.h"

static const char *const words[] = {"off", "country", "travel", "network"};

static bool word_of(const bj_config_t *config, const char *path, bj_moves_t *moves) {
    const char *text = bj_config_str_or(config, path, words[*moves]);
    for (size_t i = 0; i < BJ_COUNT(words); i++) {
        if (strcmp(words[i], text) != 0) continue;
        *moves = (bj_moves_t)i;
        return true;
    }
    return false;
}

static bool read_moves(const bj_config_t *config, bj_context_rules_t *rules,
                       char error[BJ_CONTEXT_ERROR_BYTES]) {
    static const char *const keys[] = {"client", "staff", "reads", "v4_bits", "v6_bits"};
    *rules = (bj_context_rules_t){.client = BJ_MOVES_COUNTRY, .staff = BJ_MOVES_NETWORK};
    error[0] = '\0';
    if (!bj_config_only(config, "identity.session_moves", keys, BJ_COUNT(keys))) {
        snprintf(error, BJ_CONTEXT_ERROR_BYTES,
                 "identity.session_moves must be an object with client, staff, reads, v4_bits and "
                 "v6_bits, and nothing else");
        return false;
    }
    const char *wrong = NULL;
    if (!word_of(config, "identity.session_moves.client", &rules->client)) wrong = "client";
    if (!word_of(config, "identity.session_moves.staff", &rules->staff)) wrong = "staff";
    rules->reads = bj_config_bool_or(config, "identity.session_moves.reads", true);
    rules->v4_bits =
        (unsigned)bj_config_int_or(config, "identity.session_moves.v4_bits", 8, 32, 24);
    rules->v6_bits =
        (unsigned)bj_config_int_or(config, "identity.session_moves.v6_bits", 16, 64, 48);
    if (wrong) {
        snprintf(error, BJ_CONTEXT_ERROR_BYTES,
                 "identity.session_moves.%s must be off, country, travel or network", wrong);
    }
    return !wrong;
}

bool bj_context_rules_read(const bj_config_t *config, const bj_demands_t *demands,
                           bj_context_rules_t *rules, char error[BJ_CONTEXT_ERROR_BYTES]) {
    static const bj_browser_min_t any = {.asked = false};
    const char *or_else = demands->staff == BJ_DEMAND_PASSKEY ? "certificate" : "off";
    if (!read_moves(config, rules, error)) return false;
    const char *device = bj_config_str_or(config, "identity.staff_device", or_else);
    rules->staff_device = strcmp(device, "certificate") == 0;
    if (!rules->staff_device && strcmp(device, "off") != 0) {
        snprintf(error, BJ_CONTEXT_ERROR_BYTES, "identity.staff_device must be certificate or off");
        return false;
    }
    static_assert((int)BJ_BROWSER_ERROR_BYTES <= (int)BJ_CONTEXT_ERROR_BYTES, "it fits");
    return bj_browser_min_read(config, rules->staff_device ? &bj_browser_default : &any,
                               &rules->browser_min, error);
}

void bj_context_fit(const bj_context_rules_t *rules, const bj_context_t *context, int64_t now_ns,
                    bj_caller_t *caller) {
    if (caller->role == BJ_ROLE_CLIENT) return;
    bool shown = caller->device[0] && context->device &&
                 strcmp(caller->device, context->device) == 0 && now_ns < caller->device_to_ns;
    /* One that was begun by a device is its own, whatever is demanded of others. */
    caller->device_due = !shown && (rules->staff_device || caller->device[0]);
    caller->browser_old = !bj_browser_fits(&rules->browser_min, context->agent, context->brands);
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits) {
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(a, b, whole) != 0) return false;
    return !rest || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

static bool same_network(const bj_context_rules_t *rules, const char *a, const char *b) {
    uint8_t a_bytes[16], b_bytes[16];
    if (inet_pton(AF_INET, a, a_bytes) == 1 && inet_pton(AF_INET, b, b_bytes) == 1) {
        return same_bits(a_bytes, b_bytes, rules->v4_bits);
    }
    return inet_pton(AF_INET6, a, a_bytes) == 1 && inet_pton(AF_INET6, b, b_bytes) == 1 &&
           same_bits(a_bytes, b_bytes, rules->v6_bits);
}

bool bj_context_elsewhere(const bj_context_rules_t *rules, const bj_places_t *places,
                          const bj_caller_t *caller, const char *address, int64_t now_ns) {
    bj_moves_t moves = caller->role == BJ_ROLE_CLIENT ? rules->client : rules->staff;
    bj_place_t home, here;
    if (moves == BJ_MOVES_OFF || !address || !caller->home[0]) return false;
    if (strcmp(address, caller->home) == 0 || same_network(rules, address, caller->home)) {
        return false;
    }
    if (moves == BJ_MOVES_NETWORK) return true;
    if (!bj_places_find(places, caller->home, &home) || !bj_places_find(places, address, &here)) {
        return false;
    }
    if (strcmp(home.country, here.country) != 0) return true;
    return moves == BJ_MOVES_TRAVEL && bj_suspect_travel(&home, caller->home_ns, &here, now_ns);
}
