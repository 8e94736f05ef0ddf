/* Contract: whatever is typed is no number, or one of the one form; that form reads as itself; and
 * a number has at least its ten digits in what was typed. */
#include "controlplane/identity/bj_phone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    char text[BJ_PHONE_TYPED_MAX + 1], out[BJ_PHONE_BYTES], again[BJ_PHONE_BYTES];
    size_t n = data_bytes < sizeof text ? data_bytes : sizeof text - 1;
    if (n) memcpy(text, data, n);
    text[n] = '\0';
    if (!bj_phone_read(text, out)) return 0;
    assert(strlen(out) == 13 && strncmp(out, "+91", 3) == 0 && out[3] >= '6');
    assert(strspn(out + 1, "0123456789") == 12);
    bool same = bj_phone_read(out, again);
    assert(same && strcmp(out, again) == 0);
    size_t digits = 0;
    for (size_t i = 0; text[i]; i++)
        digits += text[i] >= '0' && text[i] <= '9';
    assert(digits >= 10 && digits <= 14);
    return 0;
}
