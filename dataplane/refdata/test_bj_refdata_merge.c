/* Goal: files of a day that fit together become the feed's tables; each way they can fail to fit is
 * one row: a field of one golden file replaced, and the sentence.  Then random days against a
 * model that searches from end to end. */
#include "dataplane/base/bj_test.h"
#include "dataplane/refdata/test_refdata_bed.h"

static const char *const all[] = {BED_FO_SPREADS, BED_UDIFF_FO, BED_UDIFF_CM, BED_FO_STREAMS,
                                  BED_CM_STREAMS, BED_SECURITY, BED_CONTRACT};
enum { ALL = BJ_COUNT(all) };

typedef struct set { bj_ref_file_t *file[ALL]; } set_t;

static set_t load_all(void) {
    set_t set;
    for (size_t i = 0; i < ALL; i++) set.file[i] = bed_load(all[i]);
    return set;
}
static void free_all(set_t *set) {
    for (size_t i = 0; i < ALL; i++) bj_ref_free(set->file[i]);
}
static bj_status_t merge(const set_t *set, size_t cnt, bj_ref_merge_rule_t rule,
                         bj_ref_day_t **day) {
    return bj_ref_merge((const bj_ref_file_t *const *)set->file, cnt, &rule, day);
}

static bool says(const bj_ref_day_t *day, const char *want) {
    for (uint32_t i = 0; i < day->report.kept_cnt; i++) {
        char sentence[BJ_REF_SENTENCE_BYTES];
        if (strstr(bj_ref_sentence(&day->report.kept[i], sentence), want)) return true;
        fprintf(stderr, "  said: %s\n", sentence);
    }
    return false;
}

static void test_good_day(void) {
    set_t set = load_all();
    bj_ref_day_t *day;
    bj_ref_merge_rule_t rule = {.day = BED_DAY};
    BJ_CHECK(merge(&set, ALL, rule, &day) == BJ_OK && day->report.error_cnt == 0);
    free_all(&set); /* the day does not need them */
    BJ_CHECK(day->row_cnt == 10 && day->stream_cnt == 4 && day->instrument_cnt == 11);
    BJ_CHECK(day->spreads_left_out == 1);
    for (size_t i = 0; i < day->row_cnt; i++) {
        const bj_ref_day_row_t *row = &day->rows[i];
        const bj_ref_instrument_t *instrument = &day->instruments[row->instrument_idx];
        const bj_ref_day_stream_t *stream = &day->streams[row->stream_idx];
        BJ_CHECK(stream->segment == row->segment && stream->stream_id == row->stream_id);
        BJ_CHECK(instrument->token == row->token && instrument->contract.segment == row->segment);
        BJ_CHECK(instrument->flags & BJ_REF_TICK_BY_TICK && instrument->lot_qty > 0);
        BJ_CHECK(!row->spread && row->leg[0] == 0 && instrument->prev_close_paise > 0);
    }
    size_t without = 0;
    for (size_t i = 0; i < day->instrument_cnt; i++) {
        without += !(day->instruments[i].flags & BJ_REF_TICK_BY_TICK);
    }
    BJ_CHECK(without == 1); /* the test security is in no stream */
    bj_ref_day_free(day);
}

static void test_spreads(void) {
    set_t set = load_all();
    bj_ref_day_t *day;
    bj_ref_merge_rule_t rule = {.spread_token = BJ_REF_SPREAD_LEG1};
    BJ_CHECK(merge(&set, ALL, rule, &day) == BJ_OK && day->spreads_left_out == 0);
    const bj_ref_day_row_t *row = &day->rows[day->row_cnt - 1];
    BJ_CHECK(day->row_cnt == 11 && row->spread && row->token == 35001); /* beside the future's */
    BJ_CHECK(row->leg[0] == 35001 && row->leg[1] == 35002 && row->segment == BJ_SEGMENT_FO);
    BJ_CHECK(row->instrument_idx == BJ_REF_NONE && row->stream_id == 1);
    bj_ref_day_free(day);
    static const char own[] = "1470182400,2,\nP,1,35001,35002,9000001,\nP,2,35002,35001,9000002,\n";
    static const char twice[] = "1470182400,2,\nP,1,35001,35002,\nP,1,35001,36001,\n";
    bj_ref_file_t *golden = set.file[0];
    BJ_CHECK(!bj_ref_parse("fo_s", own, sizeof own - 1, BJ_REF_ANY, BJ_REF_STRICT, &set.file[0]));
    rule.spread_token = BJ_REF_SPREAD_FIELD;
    BJ_CHECK(merge(&set, ALL, rule, &day) == BJ_OK && day->row_cnt == 12);
    BJ_CHECK(day->rows[10].token == 9000001 && day->rows[11].token == 9000002);
    bj_ref_day_free(day);
    bj_ref_free(set.file[0]);
    BJ_CHECK(!bj_ref_parse("fo_s", twice, sizeof twice - 1, BJ_REF_ANY, BJ_REF_STRICT,
                           &set.file[0]));
    BJ_CHECK(merge(&set, ALL, rule, &day) == BJ_OK && day->spreads_left_out == 2);
    bj_ref_day_free(day);
    rule.spread_token = BJ_REF_SPREAD_LEG1;
    BJ_CHECK(merge(&set, ALL, rule, &day) == BJ_ERR_CONFIG);
    BJ_CHECK(says(day, "fo_s:3: Token1: 35001 is in stream 1 already"));
    bj_ref_day_free(day);
    bj_ref_free(set.file[0]);
    set.file[0] = golden;
    free_all(&set);
}

static const struct {
    size_t      file;
    unsigned    line, idx;
    const char *put, *want;
    size_t      lost; /* feed rows in lenient mode, of 11 with the spread */
} cases[] = {
    {0, 1, 0, "1470096000", "fo_spd_contract_stream_info.csv:1: date: is 1 days before the day", 1},
    {3, 1, 0, "1470268800", "fo_contract_stream_info.csv:1: date: is 1 days after the day", 7},
    {0, 2, 2, "35999", "fo_spd_contract_stream_info.csv:2: Token1: 35999 is in no stream file", 1},
    {0, 2, 3, "101", "fo_spd_contract_stream_info.csv:2: Token2: 101 is in no stream file", 1},
    {3, 2, 2, "35999", "fo_contract_stream_info.csv:2: Token: 35999 is in no master of its", 2},
    {3, 2, 4, "BHARAT60", "Token: 35001 is another contract (BHARAT50) in dataplane", 2},
    {3, 4, 6, "2440000", "fo_contract_stream_info.csv:4: Token: 35010 is another contract", 1},
    {3, 4, 7, "PE", "fo_contract_stream_info.csv:4: Token: 35010 is another contract", 1},
    {3, 4, 5, "1472200000", "fo_contract_stream_info.csv:4: Token: 35010 is another contract", 1},
    {4, 2, 7, "BE", "cm_contract_stream_info.csv:2: Token: 101 is another contract (BIJLI)", 1},
    {6, 2, 0, "35099", "fo_contract_stream_info.csv:2: Token: 35001 is in no master", 2},
};

static void one_case(size_t i) {
    set_t set = load_all();
    char text[BED_BYTES];
    const char *name = all[cases[i].file];
    size_t n = bed_edit(name, cases[i].line, cases[i].idx, cases[i].put, text);
    bj_ref_free(set.file[cases[i].file]);
    BJ_CHECK(!bj_ref_parse(name, text, n, BJ_REF_ANY, BJ_REF_STRICT, &set.file[cases[i].file]));
    bj_ref_day_t *day;
    bj_ref_merge_rule_t rule = {.day = BED_DAY, .spread_token = BJ_REF_SPREAD_LEG1};
    BJ_CHECK(merge(&set, ALL, rule, &day) == BJ_ERR_CONFIG && day->row_cnt == 0);
    BJ_CHECK(says(day, cases[i].want));
    bj_ref_day_free(day);
    rule.mode = BJ_REF_LENIENT;
    BJ_CHECK(merge(&set, ALL, rule, &day) == BJ_OK && day->row_cnt == 11 - cases[i].lost);
    bj_ref_day_free(day);
    free_all(&set);
}

/* Stream files alone will do: the instrument is then what they say. */
static void test_without_masters(void) {
    set_t set = load_all();
    bj_ref_day_t *day;
    bj_ref_merge_rule_t rule = {0};
    BJ_CHECK(merge(&set, 5, rule, &day) == BJ_OK && day->row_cnt == 10);
    BJ_CHECK(day->instrument_cnt == 10);
    const bj_ref_instrument_t *first = &day->instruments[day->rows[0].instrument_idx];
    BJ_CHECK(first->token == 35001 && !strcmp(first->contract.symbol, "BHARAT50"));
    BJ_CHECK(first->tick_paise == 0 && first->prev_close_paise == 2450050); /* by the bhavcopy */
    bj_ref_day_free(day);
    BJ_CHECK(merge(&set, 0, rule, &day) == BJ_OK && day->row_cnt == 0 && day->stream_cnt == 0);
    bj_ref_day_free(day);
    free_all(&set);
}

/* A bhavcopy of the old kind has no tokens, and only two of the symbols. */
static void test_old_bhavcopy(void) {
    bj_ref_file_t *files[2] = {bed_load(BED_OLD_CM), bed_load(BED_SECURITY)};
    bj_ref_day_t *day;
    bj_ref_merge_rule_t rule = {0};
    BJ_CHECK(bj_ref_merge((const bj_ref_file_t *const *)files, 2, &rule, &day) == BJ_OK);
    BJ_CHECK(day->instruments[0].prev_close_paise == 152340);
    BJ_CHECK(day->instruments[1].prev_close_paise == 0);
    BJ_CHECK(day->instruments[3].prev_close_paise == 4560);
    bj_ref_day_free(day);
    bj_ref_file_t *twice[2] = {files[1], files[1]}; /* the same master given twice */
    BJ_CHECK(bj_ref_merge((const bj_ref_file_t *const *)twice, 2, &rule, &day) == BJ_ERR_CONFIG);
    BJ_CHECK(says(day, "security.txt:2: token: 101 is also in dataplane/refdata/golden/secur"));
    BJ_CHECK(day->report.error_cnt == 5);
    bj_ref_day_free(day);
    bj_ref_free(files[0]), bj_ref_free(files[1]);
}

/* --- a folder */

static void put_file(const char *dir, const char *name, const char *text, size_t text_bytes) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *out = fopen(path, "we");
    BJ_CHECK(out && fwrite(text, 1, text_bytes, out) == text_bytes);
    if (out) fclose(out);
}

static void copy_golden(const char *dir, const char *golden) {
    char text[BED_BYTES];
    size_t n = bed_slurp(golden, text);
    put_file(dir, strrchr(golden, '/') + 1, text, n);
}

static void test_folder(void) {
    char dir[] = "/tmp/bj_refdata_XXXXXX", command[64];
    bj_ref_day_t *day;
    bj_ref_merge_rule_t rule = {.day = BED_DAY};
    BJ_CHECK(mkdtemp(dir) != NULL);
    BJ_CHECK(bj_ref_merge_dir(dir, &rule, &day) == BJ_ERR_NOT_FOUND && day->row_cnt == 0);
    BJ_CHECK(says(day, "folder: has no XX_contract_stream_info.csv: it must have one"));
    bj_ref_day_free(day);
    for (size_t i = 0; i < ALL; i++) copy_golden(dir, all[i]);
    put_file(dir, "README", "not one of theirs\n", 18);
    BJ_CHECK(bj_ref_merge_dir(dir, &rule, &day) == BJ_OK && day->row_cnt == 10);
    BJ_CHECK(day->report.error_cnt == 0 && day->instruments[day->rows[0].instrument_idx].lot_qty);
    bj_ref_day_free(day);
    put_file(dir, "cm_contract_stream_info.csv", "<html>gone</html>\n", 18); /* a failed download */
    BJ_CHECK(bj_ref_merge_dir(dir, &rule, &day) == BJ_ERR_CONFIG && day->row_cnt == 0);
    BJ_CHECK(says(day, "cm_contract_stream_info.csv:0: file: is none of the files we know"));
    bj_ref_day_free(day);
    rule.mode = BJ_REF_LENIENT;
    BJ_CHECK(bj_ref_merge_dir(dir, &rule, &day) == BJ_OK && day->row_cnt == 6);
    BJ_CHECK(day->report.error_cnt == 1);
    bj_ref_day_free(day);
    snprintf(command, sizeof command, "rm -r %s", dir);
    BJ_CHECK(system(command) == 0);
    BJ_CHECK(bj_ref_merge_dir(dir, &rule, &day) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(says(day, "folder: No such file or directory"));
    bj_ref_day_free(day);
}

/* --- random days: two stream files that overlap now and then, against a search from end to end */

static uint32_t dice(uint64_t *rng, uint32_t sides) {
    *rng = *rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*rng >> 33) % sides;
}

static bj_ref_file_t *random_streams(uint64_t *rng, const char *name, uint32_t rows) {
    static char text[1 << 16];
    size_t n = (size_t)snprintf(text, sizeof text, "1470182400,%u,\n", rows);
    uint32_t token = 1;
    for (uint32_t i = 0; i < rows; i++) {
        token += 1 + dice(rng, 3);
        n += (size_t)snprintf(text + n, sizeof text - n, "C,%u,%u,EQUITY,S%u,0,0,EQ,\n",
                              1 + dice(rng, BJ_REF_STREAM_MAX), token, token);
    }
    bj_ref_file_t *file;
    bj_status_t status = bj_ref_parse(name, text, n, BJ_REF_ANY, BJ_REF_STRICT, &file);
    BJ_CHECK(status == BJ_OK && file->row_cnt == rows);
    return file;
}

static void test_random(uint64_t seed) {
    uint64_t rng = seed * 2 + 1;
    unsigned fails = bj_fail_cnt;
    bj_ref_file_t *files[2] = {random_streams(&rng, "cm_a", 1 + dice(&rng, 300)),
                               random_streams(&rng, "cm_b", 1 + dice(&rng, 300))};
    bj_ref_day_t *day;
    bj_ref_merge_rule_t rule = {.mode = BJ_REF_LENIENT};
    BJ_CHECK(bj_ref_merge((const bj_ref_file_t *const *)files, 2, &rule, &day) == BJ_OK);
    size_t twice = 0, at = files[0]->row_cnt;
    for (size_t i = 0; i < files[1]->row_cnt; i++) {
        const bj_ref_stream_t *row = &files[1]->streams[i];
        size_t k = 0;
        while (k < files[0]->row_cnt && files[0]->streams[k].token != row->token) k++;
        if (k < files[0]->row_cnt) {
            twice++;
            continue;
        }
        BJ_CHECK(day->rows[at].token == row->token && day->rows[at].stream_id == row->stream_id);
        at++;
    }
    BJ_CHECK(day->row_cnt == at && day->report.error_cnt == twice && day->instrument_cnt == at);
    uint32_t in_streams = 0;
    for (size_t i = 0; i < day->stream_cnt; i++) {
        in_streams += day->streams[i].row_cnt;
        if (i) BJ_CHECK(day->streams[i].stream_id > day->streams[i - 1].stream_id);
    }
    BJ_CHECK(in_streams == day->row_cnt);
    for (size_t i = 0; i < day->row_cnt; i++) {
        BJ_CHECK(day->streams[day->rows[i].stream_idx].stream_id == day->rows[i].stream_id);
    }
    if (bj_fail_cnt != fails) fprintf(stderr, "  seed %llu\n", (unsigned long long)seed);
    bj_ref_day_free(day);
    bj_ref_free(files[0]), bj_ref_free(files[1]);
}

int main(void) {
    test_good_day();
    test_spreads();
    for (size_t i = 0; i < BJ_COUNT(cases); i++) one_case(i);
    test_without_masters();
    test_old_bhavcopy();
    test_folder();
    for (uint64_t seed = 1; seed <= 100; seed++) test_random(seed);
    return bj_test_end("test_bj_refdata_merge");
}
