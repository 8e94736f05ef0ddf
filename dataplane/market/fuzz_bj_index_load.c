/* Any bytes as indices.json: refused with words that name the file, or a set that may be made. */
#include "dataplane/market/bj_index_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    static const bj_market_instrument_t shares[] = {
        {.token = 1, .symbol = "A", .prev_close_paise = 100},
        {.token = 2, .symbol = "B", .prev_close_paise = INT32_MAX},
        {.token = 3, .symbol = "C", .prev_close_paise = 0}};
    char name[64], error[256] = "";
    int fd = memfd_create("indices", 0);
    if (fd < 0 || write(fd, data, data_bytes) != (ssize_t)data_bytes) abort();
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    bj_index_set_t set;
    bj_status_t status = bj_index_load(name, shares, 3, &set, error, sizeof error);
    if (status != BJ_OK) {
        if (!strstr(error, name) || set.defs || set.def_cnt) abort();
    } else {
        for (uint32_t i = 0; i < set.def_cnt; i++)
            if (bj_index_def_check(&set.defs[i], 3)) abort();
    }
    bj_index_set_free(&set);
    close(fd);
    return 0;
}
