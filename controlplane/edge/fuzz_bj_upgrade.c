/* Any bytes as the request of a tick socket, in a block of exactly that size. */
#include <stdlib.h>

#include "controlplane/edge/bj_pass.h"
#include "controlplane/edge/bj_upgrade.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    char *bytes = malloc(data_bytes ? data_bytes : 1);
    if (!bytes) return 0;
    memcpy(bytes, data, data_bytes);
    bj_upgrade_t upgrade;
    if (bj_upgrade_parse(bytes, data_bytes, &upgrade) == BJ_OK) {
        bj_pass_t pass;
        char accept[BJ_UPGRADE_ACCEPT_BYTES];
        if (upgrade.request_bytes > data_bytes) abort();
        if (upgrade.http_status == 101) bj_upgrade_accept(upgrade.key, accept);
        if (bj_pass_check("key", upgrade.ticket.at, upgrade.ticket.n, 0, &pass)) abort();
    }
    free(bytes);
    return 0;
}
