/* test_refdata_bed.h - what the tests of this room share: the golden files in memory, and a copy of
 * one with a field of one line replaced.  Run from the repository's root. */
#ifndef TEST_REFDATA_BED_H
#define TEST_REFDATA_BED_H

#include <stdio.h>
#include <stdlib.h>

#include "dataplane/refdata/bj_refdata_merge.h"

#define BED_GOLDEN "dataplane/refdata/golden/"
#define BED_CM_STREAMS BED_GOLDEN "cm_contract_stream_info.csv"
#define BED_FO_STREAMS BED_GOLDEN "fo_contract_stream_info.csv"
#define BED_FO_SPREADS BED_GOLDEN "fo_spd_contract_stream_info.csv"
#define BED_CONTRACT BED_GOLDEN "contract.txt"
#define BED_SECURITY BED_GOLDEN "security.txt"
#define BED_MII_CM BED_GOLDEN "NSE_CM_security_03082026.csv"
#define BED_MII_FO BED_GOLDEN "NSE_FO_contract_03082026.csv"
#define BED_UDIFF_CM BED_GOLDEN "BhavCopy_NSE_CM_0_0_0_20260731_F_0000.csv"
#define BED_UDIFF_FO BED_GOLDEN "BhavCopy_NSE_FO_0_0_0_20260731_F_0000.csv"
#define BED_OLD_CM BED_GOLDEN "cm03JUL2024bhav.csv"
#define BED_OLD_FO BED_GOLDEN "fo03JUL2024bhav.csv"
#define BED_FULL_CM BED_GOLDEN "sec_bhavdata_full_31072026.csv"
enum { BED_DAY = 20668, BED_BYTES = 16384 }; /* 2026-08-03 */

static const char *const bed_names[] = {
    BED_CM_STREAMS, BED_FO_STREAMS, BED_FO_SPREADS, BED_CONTRACT, BED_SECURITY, BED_MII_CM,
    BED_MII_FO, BED_UDIFF_CM, BED_UDIFF_FO, BED_OLD_CM, BED_OLD_FO, BED_FULL_CM};
static const bj_ref_kind_t bed_kinds[] = {
    BJ_REF_STREAMS, BJ_REF_STREAMS, BJ_REF_SPREADS, BJ_REF_CONTRACT, BJ_REF_SECURITY,
    BJ_REF_MII_CM, BJ_REF_MII_FO, BJ_REF_UDIFF, BJ_REF_UDIFF, BJ_REF_OLD_CM, BJ_REF_OLD_FO,
    BJ_REF_FULL_CM};

static inline size_t bed_slurp(const char *name, char *text) {
    FILE *in = fopen(name, "re");
    assert(in);
    size_t n = fread(text, 1, BED_BYTES - 1, in);
    fclose(in);
    text[n] = '\0';
    return n;
}

/* Where field `idx` (from 0) of line `line` (from 1) begins; quotes are not looked at. */
static inline char *bed_find(char *text, unsigned line, unsigned idx, char comma) {
    while (--line) text = strchr(text, '\n') + 1;
    while (idx--) text = strchr(text, comma) + 1;
    return text;
}

/* The file with that field replaced; text NULL: nothing is. */
static inline size_t bed_edit(const char *name, unsigned line, unsigned idx, const char *put,
                              char *out) {
    char text[BED_BYTES];
    char comma = strstr(name, ".txt") ? '|' : ',';
    bed_slurp(name, text);
    char *at = bed_find(text, line, idx, comma);
    char *end = at + strcspn(at, (char[]){comma, '\r', '\n', '\0'});
    return (size_t)snprintf(out, BED_BYTES, "%.*s%s%s", (int)(at - text), text, put, end);
}

static inline bj_ref_file_t *bed_load(const char *name) {
    bj_ref_file_t *file;
    bj_status_t status = bj_ref_load(name, BJ_REF_ANY, BJ_REF_STRICT, &file);
    assert(status == BJ_OK);
    (void)status;
    return file;
}

#endif /* TEST_REFDATA_BED_H */
