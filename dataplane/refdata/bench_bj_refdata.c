/* Lines of a contract master per second: 100,000 of them from memory, minimum of several runs; and
 * the merge of a stream file as long with it. */
#include <stdio.h>
#include <stdlib.h>

#include "dataplane/base/bj_time.h"
#include "dataplane/refdata/bj_refdata_merge.h"

enum { LINES = 100000, ROUNDS = 7 };

static size_t make_contract(char *out, size_t out_bytes) {
    size_t n = (size_t)snprintf(out, out_bytes, "NEATFO|7.0.4|\n");
    for (int i = 0; i < LINES; i++) {
        n += (size_t)snprintf(
            out + n, out_bytes - n,
            "%d|26000|OPTIDX|BHARAT50|||1472135400|%d|CE|1|0|0|1|0|2|1||3|0||3|0||3|0||1470182400|"
            "0|1472135400|0|65|65|5|0|1755|1755|0|0|0|0|0|0|5|4900000|0|0|0|0|0|0||0||BHARAT50CE%d|"
            "0|0|0|0||E|Y|N|N|C|N|BHARAT50|INDEX|%d|N|\n", 35000 + i, 100 + i * 100, i, 31250 + i);
    }
    return n;
}

static size_t make_streams(char *out, size_t out_bytes) {
    size_t n = (size_t)snprintf(out, out_bytes, "1470182400,%d,\n", LINES);
    for (int i = 0; i < LINES; i++) {
        n += (size_t)snprintf(out + n, out_bytes - n, "C,%d,%d,OPTIDX,BHARAT50,1472135400,%d,CE,\n",
                              1 + i % 18, 35000 + i, 100 + i * 100);
    }
    return n;
}

int main(void) {
    size_t room = (size_t)LINES * 400;
    char *contract = malloc(room), *streams = malloc(room);
    if (!contract || !streams) return 1;
    size_t contract_bytes = make_contract(contract, room);
    size_t streams_bytes = make_streams(streams, room);
    int64_t load_ns = INT64_MAX, merge_ns = INT64_MAX;
    bool good = true;
    for (int round = 0; round < ROUNDS; round++) {
        bj_ref_file_t *files[2];
        bj_ref_day_t *day;
        bj_ref_merge_rule_t rule = {0};
        int64_t t0 = bj_clock_mono_ns();
        good &= bj_ref_parse("contract.txt", contract, contract_bytes, BJ_REF_ANY, BJ_REF_STRICT,
                             &files[0]) == BJ_OK;
        int64_t t1 = bj_clock_mono_ns();
        good &= bj_ref_parse("fo_contract_stream_info.csv", streams, streams_bytes, BJ_REF_ANY,
                             BJ_REF_STRICT, &files[1]) == BJ_OK;
        int64_t t2 = bj_clock_mono_ns();
        good &= bj_ref_merge((const bj_ref_file_t *const *)files, 2, &rule, &day) == BJ_OK;
        int64_t t3 = bj_clock_mono_ns();
        good &= day && day->row_cnt == LINES;
        if (t1 - t0 < load_ns) load_ns = t1 - t0;
        if (t3 - t2 < merge_ns) merge_ns = t3 - t2;
        bj_ref_day_free(day);
        bj_ref_free(files[0]), bj_ref_free(files[1]);
    }
    printf("refdata_lines_per_s %lld lines_per_s\nrefdata_merge_ms %lld ms\n",
           (long long)(LINES * BJ_NS_PER_S / load_ns), (long long)(merge_ns / BJ_NS_PER_MS));
    free(contract), free(streams);
    return !good;
}
