/* Goal: the project's own table loads whole; each way a line can be wrong is refused with the file,
 * the line and the field; columns may come in any order. */
#include "dataplane/base/bj_universe.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"

#define HEAD                                                                                    \
    "symbol,token,stream,tick_paise,lot_qty,prev_close_paise,band_lo_paise,band_hi_paise,"       \
    "freeze_qty,avg_daily_qty,avg_daily_trades,annual_vol_bp,name\n"
#define GOOD "INFY,1594,4,10,1,112100,89680,134520,226000,11324218,239329,2350,Infosys\n"

static const struct {
    const char *name, *text;
    bj_status_t want;
    const char *says; /* after the file's name; NULL: nothing */
} cases[] = {
    {"one good line", HEAD GOOD, BJ_OK, NULL},
    {"comments and blanks", "# x\n\n" HEAD "\r\n# y\n" GOOD, BJ_OK, NULL},
    {"no newline at the end", HEAD "INFY,1594,4,10,1,112100,89680,134520,226000,1,1,0,", BJ_OK,
     NULL},
    {"an unknown column", "x," HEAD "7," GOOD, BJ_OK, NULL},
    {"nothing", "", BJ_ERR_CONFIG, ":0: file: has no instrument"},
    {"header only", HEAD, BJ_ERR_CONFIG, ":1: file: has no instrument"},
    {"a column is missing", "symbol,token\nINFY,1594\n", BJ_ERR_CONFIG, ":1: stream: the header"},
    {"line ends early", HEAD "INFY,1594,4\n", BJ_ERR_CONFIG, ":2: tick_paise: the line ends"},
    {"token is a word", HEAD "INFY,abc,4,10,1,112100,89680,134520,226000,1,1,0,\n", BJ_ERR_CONFIG,
     ":2: token: 'abc' is not a whole number"},
    {"token is zero", HEAD "INFY,0,4,10,1,112100,89680,134520,226000,1,1,0,\n", BJ_ERR_CONFIG,
     ":2: token:"},
    {"price has a point", HEAD "INFY,1594,4,10,1,1121.00,89680,134520,226000,1,1,0,\n",
     BJ_ERR_CONFIG, ":2: prev_close_paise:"},
    {"only on the broadcast", HEAD "INFY,1594,0,10,1,112100,89680,134520,226000,1,1,0,\n", BJ_OK,
     NULL},
    {"stream too large", HEAD "INFY,1594,65,10,1,112100,89680,134520,226000,1,1,0,\n",
     BJ_ERR_CONFIG, ":2: stream:"},
    {"price past 32 bits", HEAD "INFY,1594,4,10,1,2147483648,89680,134520,226000,1,1,0,\n",
     BJ_ERR_CONFIG, ":2: prev_close_paise:"},
    {"number past 64 bits", HEAD "INFY,1594,4,10,1,99999999999999999999,1,2,1,1,1,0,\n",
     BJ_ERR_CONFIG, ":2: prev_close_paise:"},
    {"symbol in lower case", HEAD "infy,1594,4,10,1,112100,89680,134520,226000,1,1,0,\n",
     BJ_ERR_CONFIG, ":2: symbol: 'infy'"},
    {"symbol too long", HEAD "ABCDEFGHIJKLMNOP,1594,4,10,1,112100,89680,134520,226000,1,1,0,\n",
     BJ_ERR_CONFIG, ":2: symbol: longer than 15"},
    {"close off the tick", HEAD "INFY,1594,4,10,1,112105,89680,134520,226000,1,1,0,\n",
     BJ_ERR_CONFIG, ":2: prev_close_paise: not a whole tick"},
    {"band off the tick", HEAD "INFY,1594,4,10,1,112100,89685,134520,226000,1,1,0,\n",
     BJ_ERR_CONFIG, ":2: band_lo_paise: not a whole tick"},
    {"close outside its band", HEAD "INFY,1594,4,10,1,89670,89680,134520,226000,1,1,0,\n",
     BJ_ERR_CONFIG, ":2: band_lo_paise: the band"},
    {"freeze off the lot", HEAD "INFY,1594,4,10,7,112100,89680,134520,15,1,1,0,\n", BJ_ERR_CONFIG,
     ":2: freeze_qty: not a whole lot"},
    {"same token twice", HEAD GOOD "TCS,1594,4,10,1,112100,89680,134520,226000,1,1,0,\n",
     BJ_ERR_CONFIG, ":3: token: 1594 is there twice"},
    {"same symbol twice", HEAD GOOD "INFY,1595,4,10,1,112100,89680,134520,226000,1,1,0,\n",
     BJ_ERR_CONFIG, ":3: symbol: INFY is there twice"},
    {"too many rows",
     HEAD GOOD "TCS,1,4,10,1,112100,89680,134520,226000,1,1,0,\n"
               "ITC,2,4,10,1,112100,89680,134520,226000,1,1,0,\n",
     BJ_ERR_FULL, ":4:"},
};

static void test_cases(void) {
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        char file[] = "/tmp/bj_universe_XXXXXX", error[512], want[512];
        int fd = mkstemp(file);
        BJ_CHECK(write(fd, cases[i].text, strlen(cases[i].text)) == (ssize_t)strlen(cases[i].text));
        close(fd);

        bj_universe_row_t rows[2];
        size_t row_cnt = 99;
        unsigned fails = bj_fail_cnt;
        bj_status_t got = bj_universe_load(file, rows, 2, &row_cnt, error, sizeof error);
        BJ_CHECK(got == cases[i].want);
        BJ_CHECK(row_cnt == (got == BJ_OK));
        snprintf(want, sizeof want, "%s%s", cases[i].says ? file : "",
                 cases[i].says ? cases[i].says : "");
        BJ_CHECK(strncmp(error, want, strlen(want)) == 0 && (*want || !*error));
        if (got == BJ_OK) BJ_CHECK(rows[0].token == 1594 && rows[0].band_hi_paise == 134520);
        if (bj_fail_cnt != fails)
            fprintf(stderr, "  in case: %s\n  error: %s\n", cases[i].name, error);
        unlink(file);
    }
}

/* Two bad lines are two sentences; a small buffer is never passed. */
static void test_all_named(void) {
    char file[] = "/tmp/bj_universe_XXXXXX";
    static const char text[] =
        HEAD "A,0,4,10,1,100,90,120,1,1,1,0,\nB,2,-1,10,1,100,90,120,1,1,1,0,\n";
    int fd = mkstemp(file);
    BJ_CHECK(write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1);
    close(fd);
    bj_universe_row_t rows[4];
    size_t row_cnt;
    for (size_t n = 0; n < 256; n++) {
        char *error = malloc(n ? n : 1); /* exactly n bytes: the sanitizer sees the next one */
        BJ_CHECK(bj_universe_load(file, rows, 4, &row_cnt, error, n) == BJ_ERR_CONFIG);
        if (n) BJ_CHECK(strlen(error) < n);
        if (n == 255) BJ_CHECK(strstr(error, ":2: token") && strstr(error, ":3: stream"));
        free(error);
    }
    BJ_CHECK(bj_universe_load("/nonexistent/u.csv", rows, 4, &row_cnt, NULL, 0) == BJ_ERR_IO);
    unlink(file);
}

static void test_own_table(void) {
    static bj_universe_row_t rows[256];
    char error[512];
    size_t row_cnt;
    bj_status_t got = bj_universe_load("sim/data/universe.csv", rows, BJ_COUNT(rows), &row_cnt,
                                       error, sizeof error);
    BJ_CHECK(got == BJ_OK);
    if (got != BJ_OK) fprintf(stderr, "%s\n", error);
    BJ_CHECK(row_cnt >= 50);
    for (size_t i = 0; i < row_cnt; i++) BJ_CHECK(rows[i].name[0] && rows[i].annual_vol_bp > 0);
}

int main(void) {
    test_cases();
    test_all_named();
    test_own_table();
    return bj_test_end("test_bj_universe");
}
