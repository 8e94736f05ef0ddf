/* Goal: what the exchange's master says of a contract is what the engine and NNF are told, only
 * what may trade here is taken, and what is wrong is named by file and line. */
#include "dataplane/main/bj_contracts.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/base/files_test.h"
#include "dataplane/base/bj_time.h"

#define GOLDEN "dataplane/refdata/golden/contract.txt"
enum { FIELDS = 70, LINE_BYTES = 1024 };
static const int64_t in_august = INT64_C(1785715200) * BJ_NS_PER_S; /* 2026-08-03 */

static char said[4096]; /* by the log, last */
static bj_contract_t *rows;
static uint32_t row_cnt;

/* keys: those of the configuration. */
static bool read_with(const char *keys, int64_t now_ns) {
    BJ_CHECK(test_put("config.json", keys));
    bj_config_t *config = bj_config_load(test_path("config.json"));
    int err = dup(STDERR_FILENO), log = open(test_path("log"), O_RDWR | O_CREAT | O_TRUNC, 0600);
    dup2(log, STDERR_FILENO);
    free(rows);
    bool ok = bj_contracts_read(config, now_ns, &rows, &row_cnt);
    dup2(err, STDERR_FILENO);
    ssize_t bytes = pread(log, said, sizeof said - 1, 0);
    said[bytes < 0 ? 0 : bytes] = '\0';
    close(err), close(log);
    bj_config_free(config);
    BJ_CHECK(ok || (!rows && !row_cnt));
    return ok;
}

static void row_is(uint32_t at, const bj_nnf_instrument_t *nnf, const bj_cmd_instrument_t *terms,
                   uint32_t underlying, bool put) {
    BJ_CHECK(at < row_cnt && rows[at].underlying == underlying && rows[at].put == put);
    BJ_CHECK(at < row_cnt && memcmp(&rows[at].nnf, nnf, sizeof *nnf) == 0);
    BJ_CHECK(at < row_cnt && memcmp(&rows[at].terms, terms, sizeof *terms) == 0);
}

static void test_golden(void) {
    static const bj_nnf_instrument_t future = {.token = 35001, .symbol = "BHARAT50",
                                               .instrument = "FUTIDX", .option_type = "XX",
                                               .expiry_s = 1472135400, .strike_paise = -1};
    static const bj_cmd_instrument_t future_terms = {
        .symbol = "BHARAT50-35001", .tick_paise = 20, .lot_qty = 65, .band_lo_paise = 2205040,
        .band_hi_paise = 2695040, .prev_close_paise = 2450050, .freeze_qty = 1755};
    static const bj_nnf_instrument_t put = {.token = 35011, .symbol = "BHARAT50",
                                            .instrument = "OPTIDX", .option_type = "PE",
                                            .expiry_s = 1472135400, .strike_paise = 2450000};
    static const bj_cmd_instrument_t put_terms = {
        .symbol = "BHARAT50-35011", .tick_paise = 5, .lot_qty = 65, .band_lo_paise = 26000,
        .band_hi_paise = 31775, .prev_close_paise = 28890, .freeze_qty = 1755};
    BJ_CHECK(read_with("{\"contracts_file\": \"" GOLDEN "\"}", in_august));
    BJ_CHECK(row_cnt == 6);
    row_is(0, &future, &future_terms, 26000, false);
    row_is(3, &put, &put_terms, 26000, true);
}

static void test_which(void) {
    static const struct {
        const char *of;
        int days;
        uint32_t want;
    } cases[] = {{"\"BIJLI\"", 0, 2}, {"\"BHARAT50\"", 0, 4}, {"\"BHARAT50\", \"BIJLI\"", 0, 6},
                 {"\"NOSUCH\"", 0, 0},
                 {"\"BHARAT50\"", 22, 4},   /* the day of expiry: it trades */
                 {"\"BHARAT50\"", 23, 1},   /* the September future */
                 {"\"BIJLI\"", 23, 0}};
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        char keys[256];
        snprintf(keys, sizeof keys, "{\"contracts_file\": \"" GOLDEN "\", \"contracts_of\": [%s]}",
                 cases[i].of);
        int64_t day_ns = INT64_C(86400) * BJ_NS_PER_S;
        BJ_CHECK(read_with(keys, in_august + cases[i].days * day_ns) == (cases[i].want > 0));
        BJ_CHECK(row_cnt == cases[i].want);
        BJ_CHECK(row_cnt || strstr(said, "none to take"));
    }
    BJ_CHECK(read_with("{}", in_august) && !rows && !row_cnt);
    BJ_CHECK(!read_with("{\"contracts_file\": \"/no/such\"}", in_august));
    BJ_CHECK(strstr(said, "contracts_file /no/such") != NULL);
    BJ_CHECK(!read_with("{\"contracts_file\": \"dataplane/refdata/golden/security.txt\"}",
                        in_august));
}

/* The golden file with one field of its first contract changed. */
static void file_with(int field, const char *value) {
    char line[LINE_BYTES], out_line[2 * LINE_BYTES] = "";
    FILE *in = fopen(GOLDEN, "r"), *out = fopen(test_path("contract.txt"), "w");
    if (!in || !out) abort();
    for (int n = 1; fgets(line, sizeof line, in); n++) {
        char *at = line;
        size_t used = 0;
        for (int f = 0; n == 2 && f < FIELDS; f++) {
            char *text = strsep(&at, "|");
            if (!text) break;
            used += (size_t)snprintf(out_line + used, sizeof out_line - used, "%s%s",
                                     f == field ? value : text, f + 1 < FIELDS ? "|" : "");
        }
        fputs(n == 2 ? out_line : line, out);
    }
    fclose(in), fclose(out);
}

static void test_bad_lines(void) {
    static const struct {
        int field;
        const char *value;
        bool ok;
        uint32_t rows;
        const char *says;
    } cases[] = {
        {12, "0", true, 5, ""},   /* not permitted: left out */
        {68, "Y", true, 5, ""},   /* deleted */
        {34, "1801", true, 6, ""}, /* a freeze quantity that is not whole lots: see below */
        {3, "LONGERTHAN10", false, 0, "contract.txt:2: symbol"},
        {42, "0", false, 0, "contract.txt:2: price range"},
        {67, "0", false, 0, "contract.txt:2: base price"},
        {34, "64", false, 0, "contract.txt:2: freeze quantity"},
        {32, "x", false, 0, "contract.txt:2: "}, /* the reader's own */
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        char keys[256];
        file_with(cases[i].field, cases[i].value);
        snprintf(keys, sizeof keys, "{\"contracts_file\": \"%s\"}", test_path("contract.txt"));
        bool ok = read_with(keys, in_august);
        BJ_CHECK(ok == cases[i].ok && row_cnt == cases[i].rows);
        BJ_CHECK(strstr(said, cases[i].says) != NULL);
        if (cases[i].field == 34 && ok) BJ_CHECK(rows[0].terms.freeze_qty == 1755);
        if (ok != cases[i].ok) fprintf(stderr, "  field %d: %s\n", cases[i].field, said);
    }
}

/* Whatever the token, the engine's name is unique and fits. */
static void test_names(void) {
    static const struct {
        const char *symbol, *token, *name;
    } cases[] = {{"M&M", "7", "M&M-7"}, {"ABCDEFGHIJ", "1234567890", "ABCD-1234567890"},
                 {"ABCDEFGHIJ", "35123", "ABCDEFGHI-35123"}};
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        char keys[256], text[8192], *line;
        size_t bytes;
        file_with(3, cases[i].symbol);
        FILE *in = fopen(test_path("contract.txt"), "r");
        bytes = in ? fread(text, 1, sizeof text - 1, in) : 0;
        if (in) fclose(in);
        text[bytes] = '\0';
        line = strstr(text, "35001|");
        FILE *out = fopen(test_path("contract.txt"), "w");
        if (!line || !out) abort();
        fprintf(out, "%.*s%s%s", (int)(line - text), text, cases[i].token, line + 5);
        fclose(out);
        snprintf(keys, sizeof keys, "{\"contracts_file\": \"%s\"}", test_path("contract.txt"));
        BJ_CHECK(read_with(keys, in_august) && strcmp(rows[0].terms.symbol, cases[i].name) == 0);
        if (!row_cnt) fprintf(stderr, "  %s\n", said);
    }
}

int main(void) {
    bj_log_init("test", BJ_LOG_INFO);
    snprintf(test_dir, sizeof test_dir, "/tmp/test_bj_contracts_XXXXXX");
    BJ_CHECK(mkdtemp(test_dir) != NULL);
    test_golden();
    test_which();
    test_bad_lines();
    test_names();
    free(rows);
    char clean[96];
    snprintf(clean, sizeof clean, "rm -r %s", test_dir);
    BJ_CHECK(system(clean) == 0);
    return bj_test_end("test_bj_contracts");
}
