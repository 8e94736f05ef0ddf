/* Whatever bytes come as a report: no crash, and what stays has none of the bytes that may not. */
#include <stdlib.h>
#include "controlplane/server/bj_csp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    bj_csp_report_t got[BJ_CSP_REPORTS_MAX];
    size_t cnt;
    if (!bj_csp_read((const char *)data, data_bytes, "https://b.in", got, &cnt) && cnt) abort();
    for (size_t i = 0; i < cnt; i++) {
        if (strpbrk(got[i].page, "?#=%@\n0123456789") || strpbrk(got[i].blocked, "#=%@\n")) abort();
        if (!got[i].directive[0] || !got[i].blocked[0]) abort();
    }
    return 0;
}
