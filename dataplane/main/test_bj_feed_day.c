/* Goal: a configuration with several segments is read as it says, row by row, from tables and from
 * the exchange's files; whatever is wrong in it is refused with a sentence that names the key. */
#include "dataplane/main/bj_feed_day.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"

enum { CASH = 61 }; /* rows of universe.csv, the last only on the broadcast */

#define GOLDEN "dataplane/refdata/golden/"
#define ENTRY(segment, cnt, group_b) "\"segment\": \"" segment "\", \"stream_cnt\": " #cnt \
    ", \"group_a\": \"239.70.70.41\", \"port_a\": 17741, \"group_b\": \"" group_b \
    "\", \"port_b\": 10831"
#define TABLE ", \"universe_csv\": \"sim/data/fo.csv\""
#define FO_STREAMS ENTRY("FO", 2, "239.70.70.31")
#define FO FO_STREAMS TABLE
#define CD ENTRY("CD", 2, "239.80.0.2") TABLE
#define SPREAD(token, near, far, stream) \
    ", \"spreads\": [{\"token\": " #token ", \"near\": " #near ", \"far\": " #far \
    ", \"stream\": " #stream "}]"

#define BCAST_ITEM(segment, group_b) "{\"segment\": \"" segment "\", \"port_a\": 10822," \
    " \"group_a\": \"239.50.50.22\", \"group_b\": \"" group_b "\", \"port_b\": 10821}"
#define BCAST(segment, group_b) ", \"broadcast\": [" BCAST_ITEM(segment, group_b)

static char dir[] = "/tmp/bj_feed_day_XXXXXX";
static char said[4096]; /* by the log, last */

static const char *path(const char *name) {
    static char paths[2][128];
    static unsigned turn;
    char *out = paths[turn++ % 2];
    snprintf(out, sizeof paths[0], "%s/%s", dir, name);
    return out;
}

/* more: keys of "feed", in the place of the usual ones. */
static bool read_day(bj_feed_day_t *day, const char *segments, const char *more) {
    static const char *const usual[][2] = {
        {"\"stream_cnt\"", "5"}, {"\"port_a\"", "16641"}, {"\"port_b\"", "10631"},
        {"\"group_a\"", "\"239.60.60.41\""}, {"\"group_b\"", "\"239.60.60.31\""}};
    FILE *out = fopen(path("config.json"), "w");
    if (!out) abort();
    fprintf(out, "{\"universe_csv\": \"sim/data/universe.csv\", \"feed\": {");
    for (size_t i = 0; i < BJ_COUNT(usual); i++)
        if (!strstr(more, usual[i][0]) || strstr(more, "broadcast"))
            fprintf(out, "%s: %s,", usual[i][0], usual[i][1]);
    fprintf(out, "\"segments\": [%s]%s}}", segments, more);
    fclose(out);
    bj_config_t *config = bj_config_load(path("config.json"));
    int err = dup(STDERR_FILENO), log = open(path("log"), O_RDWR | O_CREAT | O_TRUNC, 0600);
    dup2(log, STDERR_FILENO);
    *day = (bj_feed_day_t){0};
    bool ok = bj_feed_day_read(day, config);
    dup2(err, STDERR_FILENO);
    ssize_t bytes = pread(log, said, sizeof said - 1, 0);
    said[bytes < 0 ? 0 : bytes] = '\0';
    close(err), close(log);
    bj_config_free(config);
    return ok;
}

static void check_groups(const bj_feed_day_t *day) {
    BJ_CHECK(day->stream_cnt == 9);
    for (uint32_t i = 0; i < 5; i++) {
        const bj_feed_stream_t *stream = &day->streams[i];
        BJ_CHECK(stream->segment == BJ_SEGMENT_CM && stream->stream_id == i + 1);
        BJ_CHECK(stream->source[0].ip == 0xef3c3c29 + i && stream->source[0].port == 16641 + i);
        BJ_CHECK(stream->source[1].ip == 0xef3c3c1f + i && stream->source[1].port == 10631 + i);
    }
    const bj_feed_stream_t *fo = &day->streams[6], *cd = &day->streams[7];
    BJ_CHECK(fo->segment == BJ_SEGMENT_FO && fo->stream_id == 2);
    BJ_CHECK(fo->source[0].ip == 0xef46462a && fo->source[0].port == 17742);
    BJ_CHECK(fo->source[1].ip == 0xef464620 && fo->source[1].port == 10832);
    BJ_CHECK(cd->segment == BJ_SEGMENT_CD && cd->stream_id == 1 && cd->source[1].port == 10831);
}

static const bj_market_instrument_t *row_is(const bj_feed_day_t *day, uint32_t idx,
                                            bj_segment_t segment, uint32_t token,
                                            uint32_t stream_idx, const char *symbol) {
    const bj_market_instrument_t *row = &day->market[idx];
    const bj_feed_instrument_t *feed = &day->feed[idx];
    BJ_CHECK(idx < day->row_cnt && row->token == token && feed->token == token);
    BJ_CHECK(row->segment == segment && feed->stream_idx == stream_idx);
    BJ_CHECK(row->spread == feed->spread && strcmp(row->symbol, symbol) == 0);
    return row;
}

static void test_tables(void) {
    bj_feed_day_t day;
    BJ_CHECK(read_day(&day, "{" FO SPREAD(900002, 35111, 35112, 2) "}, {" CD "}", ""));
    check_groups(&day);
    BJ_CHECK(day.row_cnt == CASH + 8 + 1 + 8);
    (void)row_is(&day, 0, BJ_SEGMENT_CM, 1333, 0, "HDFCBANK");
    (void)row_is(&day, CASH - 1, BJ_SEGMENT_CM, 99001, BJ_FEED_NO_STREAM, "BIJLIDEMO");
    const bj_market_instrument_t *row = row_is(&day, CASH + 6, BJ_SEGMENT_FO, 35111, 6, "ITC-NOV");
    BJ_CHECK(row->tick_paise == 5 && row->lot_qty == 1600 && row->prev_close_paise == 40500);
    BJ_CHECK(row->band_lo_paise == 36450 && row->band_hi_paise == 44550 && !row->spread);
    row = row_is(&day, CASH + 8, BJ_SEGMENT_FO, 900002, 6, "ITC-NOV/DEC");
    BJ_CHECK(row->spread && row->leg_token[0] == 35111 && row->leg_token[1] == 35112);
    BJ_CHECK(row->prev_close_paise == -25 && row->tick_paise == 5 && row->lot_qty == 1600);
    BJ_CHECK(row->band_lo_paise == 0 && row->band_hi_paise == 0);
    (void)row_is(&day, CASH + 9, BJ_SEGMENT_CD, 35001, 7, "NIFTY-NOV");
    bj_feed_day_free(&day);
    BJ_CHECK(read_day(&day, "", "")); /* the cash segment alone, as in the demo */
    BJ_CHECK(day.row_cnt == CASH && day.stream_cnt == 5 && !day.carried[BJ_SEGMENT_FO]);
    bj_feed_day_free(&day);
}

static void test_services(void) {
    bj_feed_day_t day;
    BJ_CHECK(read_day(&day, "{" FO ", \"recovery_host\": \"10.60.3.2\","
                            " \"recovery_port\": 10990" SPREAD(900002, 35111, 35112, 2) "}",
                      ", \"snapshot_host\": \"127.0.0.1\", \"snapshot_port\": 7"));
    const bj_feed_tcp_address_t *cm = day.service[BJ_SEGMENT_CM];
    const bj_feed_tcp_address_t *fo = day.service[BJ_SEGMENT_FO];
    BJ_CHECK(cm[BJ_FEED_SERVICE_SNAPSHOT].ip == 0x7f000001 &&
             cm[BJ_FEED_SERVICE_SNAPSHOT].port == 7 && !cm[BJ_FEED_SERVICE_RECOVERY].port);
    BJ_CHECK(fo[BJ_FEED_SERVICE_RECOVERY].ip == 0x0a3c0302 &&
             fo[BJ_FEED_SERVICE_RECOVERY].port == 10990 && !fo[BJ_FEED_SERVICE_SNAPSHOT].port);
    bj_feed_day_free(&day);
}

static void copy(const char *from, const char *name, const char *more) {
    char text[16384];
    FILE *in = fopen(from, "r"), *out = fopen(path(name), "w");
    if (!in || !out) abort();
    size_t bytes = fread(text, 1, sizeof text, in);
    fwrite(text, 1, bytes, out);
    fputs(more, out);
    fclose(in), fclose(out);
}

static const char bcast[] =
    BCAST("FO", "239.50.50.21") ", " BCAST_ITEM("CM", "239.50.50.11") "]";

/* A contract that no stream file names any more: a row if the broadcast is heard, else none. */
static void test_streamless(const char *stream_file, const char *segments) {
    bj_feed_day_t day;
    FILE *out = fopen(path(stream_file), "w");
    if (!out) abort();
    fputs("1470182400,5,\nC,1,35001,FUTIDX,BHARAT50,1472135400,-1,XX,\n"
          "C,1,35002,FUTIDX,BHARAT50,1475159400,-1,XX,\n"
          "C,1,35010,OPTIDX,BHARAT50,1472135400,2450000,CE,\n"
          "C,1,35011,OPTIDX,BHARAT50,1472135400,2450000,PE,\n"
          "C,2,36001,FUTSTK,BIJLI,1472135400,-1,XX,\n", out);
    fclose(out);
    BJ_CHECK(read_day(&day, segments, "") && day.row_cnt == CASH + 5 + 1);
    bj_feed_day_free(&day);
    BJ_CHECK(read_day(&day, segments, bcast) && day.row_cnt == CASH + 5 + 1 + 1);
    const bj_market_instrument_t *row =
        row_is(&day, CASH + 6, BJ_SEGMENT_FO, 36002, BJ_FEED_NO_STREAM, "BIJLI-260825-1520CE");
    BJ_CHECK(row->lot_qty > 0);
    bj_feed_day_free(&day);
}

static void test_broadcast(void) {
    char table[256];
    bj_feed_day_t day;
    FILE *out = fopen(path("only.csv"), "w");
    if (!out) abort();
    fputs("symbol,token,stream,tick_paise,lot_qty,prev_close_paise,band_lo_paise,band_hi_paise,"
          "freeze_qty,avg_daily_qty,avg_daily_trades,annual_vol_bp\n"
          "ONLY,77,0,5,1,1000,900,1100,10,1,1,0\nBOTH,78,2,5,1,1000,900,1100,10,1,1,0\n", out);
    fclose(out);
    snprintf(table, sizeof table, "{" FO_STREAMS ", \"universe_csv\": \"%s\"}", path("only.csv"));
    BJ_CHECK(read_day(&day, table, bcast) && day.row_cnt == CASH + 2 && day.broadcast_cnt == 2);
    (void)row_is(&day, CASH, BJ_SEGMENT_FO, 77, BJ_FEED_NO_STREAM, "ONLY");
    (void)row_is(&day, CASH + 1, BJ_SEGMENT_FO, 78, 6, "BOTH");
    const bj_feed_broadcast_t *heard = &day.broadcast[0];
    BJ_CHECK(heard->segment == BJ_SEGMENT_FO);
    BJ_CHECK(heard->groups.source[0].ip == 0xef323216 && heard->groups.source[0].port == 10822);
    BJ_CHECK(heard->groups.source[1].ip == 0xef323215 && heard->groups.source[1].port == 10821);
    BJ_CHECK(!said[0]);
    bj_feed_day_free(&day);
    BJ_CHECK(read_day(&day, table, "") && day.row_cnt == CASH + 2 && day.broadcast_cnt == 0);
    BJ_CHECK(strstr(said, "feed.broadcast: no entry of FO: ONLY and 0 more have no prices"));
    bj_feed_day_free(&day);
    snprintf(table, sizeof table, "{" ENTRY("CD", 2, "239.80.0.2") ", \"universe_csv\": \"%s\"}",
             path("only.csv")); /* whose broadcast we cannot read */
    BJ_CHECK(!read_day(&day, table, bcast) && strstr(said, "token 77 is on stream 0"));
    bj_feed_day_free(&day);
    unlink(path("only.csv"));
}

static void test_files(void) {
    static const char *const names[] = {"fo_contract_stream_info.csv", "contract.txt",
                                        "fo_spd_contract_stream_info.csv"};
    bj_feed_day_t day;
    char segments[512];
    for (size_t i = 0; i < BJ_COUNT(names); i++) {
        char golden[128];
        snprintf(golden, sizeof golden, GOLDEN "%s", names[i]);
        copy(golden, names[i], "");
    }
    FILE *spreads = fopen(path(names[2]), "w");
    if (!spreads) abort();
    fputs("1470182400,1,\nP,1,35001,35002,900001,\n", spreads);
    fclose(spreads);
    snprintf(segments, sizeof segments, "{" FO_STREAMS ", \"stream_files_dir\": \"%s\"}", dir);
    BJ_CHECK(read_day(&day, segments, ""));
    BJ_CHECK(day.row_cnt == CASH + 6 + 1);
    const bj_market_instrument_t *row =
        row_is(&day, CASH, BJ_SEGMENT_FO, 35001, 5, "BHARAT50-260825");
    BJ_CHECK(row->tick_paise == 20 && row->lot_qty == 65 && row->band_lo_paise == 2205040);
    (void)row_is(&day, CASH + 2, BJ_SEGMENT_FO, 35010, 5, "BHARAT50-260825-24500CE");
    (void)row_is(&day, CASH + 5, BJ_SEGMENT_FO, 36002, 6, "BIJLI-260825-1520CE");
    row = row_is(&day, CASH + 6, BJ_SEGMENT_FO, 900001, 5, "BHARAT50-260825/260929");
    BJ_CHECK(row->spread && row->leg_token[0] == 35001 && row->leg_token[1] == 35002);
    bj_feed_day_free(&day);
    test_streamless(names[0], segments);
    snprintf(segments, sizeof segments, "{" ENTRY("CD", 2, "239.70.70.31")
             ", \"stream_files_dir\": \"%s\"}", dir);
    BJ_CHECK(!read_day(&day, segments, "") && strstr(said, "has no instrument of the segment"));
    bj_feed_day_free(&day);
    copy(GOLDEN "fo_contract_stream_info.csv", names[0], "C,1,nonsense,\n");
    snprintf(segments, sizeof segments, "{" FO_STREAMS ", \"stream_files_dir\": \"%s\"}", dir);
    BJ_CHECK(!read_day(&day, segments, "") && strstr(said, "feed.segments[0].stream_files_dir"));
    BJ_CHECK(strstr(said, "fo_contract_stream_info.csv:8: line: has 4 fields") != NULL);
    bj_feed_day_free(&day);
    for (size_t i = 0; i < BJ_COUNT(names); i++) unlink(path(names[i]));
}

static void test_bad(void) {
    static const struct {
        const char *segments, *more, *said;
    } cases[] = {
        {"", ", \"segment\": \"XX\"", "feed.segment: XX is not CM, FO, CD or CO"},
        {"", ", \"group_a\": \"10.0.0.1\"", "feed.group_a: 10.0.0.1 is not a multicast group"},
        {"", ", \"stream_cnt\": 3", "is on stream 4; feed.stream_cnt is 3"},
        {"", ", \"recovery_port\": 1, \"recovery_host\": \"here\"",
         "feed.recovery_host: here is not a numeric IPv4 address"},
        {"", ", \"broadcast\": [{\"segment\": \"CD\"}]",
         "feed.broadcast[0].segment: CD is not CM or FO"},
        {"", BCAST("CM", "239.1.1.1") ", " BCAST_ITEM("CM", "239.1.1.2") "]",
         "feed.broadcast[1].segment: CM is there twice"},
        {"", BCAST("CM", "10.1.1.1") "]",
         "feed.broadcast[0].group_b: 10.1.1.1 is not a multicast group"},
        {"{" FO "}", ", \"segment\": \"FO\"", "feed.segments[0].segment: FO is there twice"},
        {"{" CD "}, {" FO "}, {" FO "}", "", "feed.segments[2].segment: FO is there twice"},
        {"{}", "", "feed.segments[0].segment:  is not CM, FO, CD or CO"},
        {"{" ENTRY("FO", 60, "239.7.7.3") TABLE "}", "",
         "feed.segments[0].stream_cnt: more than 64 streams"},
        {"{" ENTRY("FO", 1, "239.7.7.3") TABLE "}", "",
         "sim/data/fo.csv: token 35101 is on stream 2; feed.segments[0].stream_cnt is 1"},
        {"{" ENTRY("FO", 2, "x") TABLE "}", "", "feed.segments[0].group_b: x is not a multicast"},
        {"{" FO ", \"snapshot_host\": \"x\", \"snapshot_port\": 5}", "",
         "feed.segments[0].snapshot_host: x is not a numeric"},
        {"{" FO_STREAMS "}", "",
         "feed.segments[0].universe_csv, feed.segments[0].stream_files_dir"},
        {"{" FO ", \"stream_files_dir\": \"/tmp\"}", "", "one of the two"},
        {"{" FO_STREAMS ", \"stream_files_dir\": \"/none\"}", "",
         "feed.segments[0].stream_files_dir: /none: "},
        {"{" FO_STREAMS ", \"universe_csv\": \"/none\"}", "", "universe_csv /none: "},
        {"{" FO SPREAD(9, 35111, 35113, 2) "}", "",
         "feed.segments[0].spreads[0]: spread 9: 35113 is no instrument of the segment"},
        {"{" FO SPREAD(9, 1333, 35112, 2) "}", "", "spread 9: 1333 is no instrument"},
        {"{" FO SPREAD(9, 35111, 35111, 2) "}", "", "spread 9: near and far are one"},
        {"{" FO SPREAD(9, 35111, 35112, 3) "}", "", "spreads[0]: token 9 is on stream 3"},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bj_feed_day_t day;
        BJ_CHECK(!read_day(&day, cases[i].segments, cases[i].more));
        BJ_CHECK(strstr(said, cases[i].said) != NULL);
        if (!strstr(said, cases[i].said))
            fprintf(stderr, "  %s\n  not said: %s\n", said, cases[i].said);
        bj_feed_day_free(&day);
    }
}

int main(void) {
    if (!mkdtemp(dir)) return 1;
    test_tables();
    test_services();
    test_broadcast();
    test_files();
    test_bad();
    unlink(path("config.json")), unlink(path("log"));
    BJ_CHECK(rmdir(dir) == 0);
    return bj_test_end("test_bj_feed_day");
}
