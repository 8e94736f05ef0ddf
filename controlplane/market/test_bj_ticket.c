/* Goal: a ticket is byte for byte what another program makes of the same key and words:
 *   printf '1001.1795518289' | openssl dgst -sha256 -hmac 0123456789abcdef */
#include "controlplane/market/bj_ticket.h"
#include "dataplane/base/bj_test.h"

int main(void) {
    char ticket[BJ_TICKET_BYTES], other[BJ_TICKET_BYTES];
    bj_ticket_make("0123456789abcdef", 1001, 1795518289, ticket);
    BJ_CHECK(strcmp(ticket,
                    "1001.1795518289."
                    "d7faa2ac1feb8d70225aadc149cf8b89cd4e2dfcd86c5e92c89ea4ec400cca68") == 0);
    bj_ticket_make("0123456789abcdef", 1002, 1795518289, other);
    BJ_CHECK(strcmp(ticket + 16, other + 16) != 0);
    bj_ticket_make("0123456789abcdeg", 1001, 1795518289, other);
    BJ_CHECK(strcmp(ticket, other) != 0);
    bj_ticket_make("k", UINT32_MAX, INT64_MAX, other); /* the longest there is */
    BJ_CHECK(strlen(other) == 10 + 1 + 19 + 1 + 64);
    return bj_test_end("test_bj_ticket");
}
