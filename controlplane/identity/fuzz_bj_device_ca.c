/* Whatever bytes come as a device's request: no crash, and one that is good has a key of its own.
 */
#include <stdlib.h>
#include "controlplane/identity/bj_device_ca.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    static const uint8_t none[32];
    uint8_t hash[32] = {0};
    if (bj_device_request_good(data, data_bytes, hash) && memcmp(hash, none, 32) == 0) abort();
    return 0;
}
