/* Any bytes as a proof, in a block of exactly that size. */
#include <stdlib.h>
#include "controlplane/apps/bj_dpop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    const bj_dpop_want_t want = {"GET", "https://b.in/me", "x", 1000};
    bj_dpop_t dpop;
    char *text = malloc(data_bytes + 1);
    if (!text) return 0;
    memcpy(text, data, data_bytes);
    text[data_bytes] = '\0';
    if (!bj_dpop_refused(text, &want, &dpop)) abort(); /* of now, and signed: nobody's luck */
    free(text);
    return 0;
}
