/* Goal: a ticket is byte for byte what another program makes of the same key and words:
 *   printf 'ACCOUNT.MADE.EXPIRY.UNTIL.WHO' | openssl dgst -sha256 -hmac 0123456789abcdef */
#include "controlplane/market/bj_ticket.h"
#include "dataplane/base/bj_test.h"

#define UNTIL_S INT64_C(1795600000)

static bj_caller_t caller_of(uint32_t account_id) {
    bj_caller_t caller = {.role = BJ_ROLE_CLIENT, .account_id = account_id,
                          .expires_ns = UNTIL_S * BJ_NS_PER_S};
    for (size_t i = 0; i < sizeof caller.session_hash; i++) {
        caller.session_hash[i] = (uint8_t)i;
        caller.token_hash[i] = (uint8_t)(255 - i);
    }
    return caller;
}

int main(void) {
    char ticket[BJ_TICKET_BYTES], other[BJ_TICKET_BYTES];
    bj_caller_t caller = caller_of(1001);
    bj_ticket_make("0123456789abcdef", &caller, 1795518229, ticket);
    BJ_CHECK(strcmp(ticket,
                    "1001.1795518229.1795518289.1795600000.000102030405060708090a0b0c0d0e0f."
                    "58008093dc8950d07d2e14896c5be0794e76d27f8471726cae05b977fce90f0e") == 0);
    caller = caller_of(1002);
    bj_ticket_make("0123456789abcdef", &caller, 1795518229, other);
    BJ_CHECK(strcmp(strrchr(ticket, '.'), strrchr(other, '.')) != 0);
    caller = caller_of(1001);
    bj_ticket_make("0123456789abcdeg", &caller, 1795518229, other);
    BJ_CHECK(strcmp(strrchr(ticket, '.'), strrchr(other, '.')) != 0);
    /* An app is known by its token, whatever session there was. */
    caller.is_app = true;
    bj_ticket_make("0123456789abcdef", &caller, 1795518229, other);
    BJ_CHECK(strstr(other, ".fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0.") != NULL);
    /* The operator is nobody's session. */
    caller = (bj_caller_t){.role = BJ_ROLE_ADMIN, .is_operator = true};
    bj_ticket_make("k", &caller, 1795518229, other);
    BJ_CHECK(strncmp(other, "0.1795518229.1795518289.1795521829.00000000", 43) == 0);
    caller = caller_of(UINT32_MAX); /* the longest there is */
    caller.expires_ns = INT64_MAX;
    bj_ticket_make("k", &caller, INT64_MAX - BJ_TICKET_LIFE_S, other);
    BJ_CHECK(strlen(other) == 10 + 1 + 19 + 1 + 19 + 1 + 10 + 1 + 32 + 1 + 64);
    return bj_test_end("test_bj_ticket");
}
