/* Contract: whatever is typed is no number and no IFSC, or one of the one form, which reads as
 * itself; a hint shows four digits of it and as many characters. */
#include "controlplane/ledger/bj_ledger.h"
#include "controlplane/payments/bj_bank.h"

static void check_number(const char *text) {
    char out[BJ_BANK_NUMBER_BYTES], again[BJ_BANK_NUMBER_BYTES], hint[BJ_BANK_NUMBER_BYTES];
    if (!bj_bank_number_read(text, out)) return;
    size_t n = strlen(out);
    assert(n >= 9 && n <= 18 && strspn(out, "0123456789") == n);
    bool same = bj_bank_number_read(out, again);
    assert(same && strcmp(out, again) == 0);
    bj_bank_hint(out, hint);
    assert(strlen(hint) == n && strspn(hint, "*") == n - 4 &&
           strcmp(hint + n - 4, out + n - 4) == 0);
}

static void check_ifsc(const char *text) {
    char out[BJ_IFSC_BYTES], again[BJ_IFSC_BYTES];
    if (!bj_ifsc_read(text, out)) return;
    assert(strlen(text) == 11 && strlen(out) == 11 && out[4] == '0');
    bool same = bj_ifsc_read(out, again);
    assert(same && strcmp(out, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    char text[BJ_BANK_TYPED_MAX + 1];
    size_t n = data_bytes < sizeof text ? data_bytes : sizeof text - 1;
    if (n) memcpy(text, data, n);
    text[n] = '\0';
    check_number(text);
    check_ifsc(text);
    if (bj_utr_formed(text)) assert(strlen(text) >= 10 && strlen(text) <= 22);
    if (bj_uuid_formed(text)) assert(strlen(text) == 36);
    return 0;
}
