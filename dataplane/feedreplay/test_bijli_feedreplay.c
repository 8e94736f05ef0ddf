/* Goal: the program, asked as a person would, against model.py, which shares no code with it: the
 * same counts, digests, trades and candles over captures made at random, each way to spoil a feed
 * alone and then all of them mixed; and a clear word on every wrong question.  Needs python3. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_test.h"

#define HERE "dataplane/feedreplay/"
enum { COMMAND_BYTES = 4096, MIXES = 12 };

static char dir[] = "/tmp/bijli-feedreplay-test-XXXXXX";

__attribute__((format(printf, 1, 2))) static int run(const char *format, ...) {
    char command[COMMAND_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static uint64_t rng;
static uint32_t dice(uint32_t sides) {
    rng = rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(rng >> 33) % sides;
}

/* Both sides are told of the same files: what was made, and asked for. */
static bool agree(unsigned seed, const char *features) {
    char sources[256] = "";
    (void)run("rm -rf %s/*", dir);
    if (run("python3 " HERE "captures.py %u %s %s", seed, dir, features)) return false;
    for (const char *s = "ab"; *s; s++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%c.pcap", dir, *s);
        size_t at = strlen(sources);
        if (access(path, R_OK) == 0)
            snprintf(sources + at, sizeof sources - at, "--%c %s ", *s, path);
    }
    const char *listed = strstr(features, "listed") ? "--stream-files" : "";
    const char *listed_dir = *listed ? dir : "";
    int model = run("python3 " HERE "model.py %s %s %s --trades %s/mt --candles %s/mc >%s/m",
                    sources, listed, listed_dir, dir, dir, dir);
    int ours = run(BIJLI_FEEDREPLAY " %s %s %s --gap-wait-us 20000 --trades %s/t --candles %s/c "
                                    ">%s/all 2>%s/err",
                   sources, listed, listed_dir, dir, dir, dir, dir);
    return !model && !ours &&
           !run("grep -v -e ns_per_message -e messages_per_s %s/all | diff %s/m - >&2", dir, dir) &&
           !run("(head -1 %s/t; tail -n +2 %s/t | LC_ALL=C sort) | diff -q %s/mt - >&2", dir, dir,
                dir) &&
           !run("diff -q %s/mc %s/c >&2", dir, dir);
}

static void check(unsigned seed, const char *features) {
    bool ok = agree(seed, features);
    BJ_CHECK(ok);
    if (ok) return;
    fprintf(stderr, "  replay: python3 " HERE "captures.py %u DIR %s\n", seed, features);
    (void)run("cat %s/err >&2", dir);
}

static void test_alone(void) {
    static const char *const features[] = {"",
                                           "loss",
                                           "dup loss only_a",
                                           "reorder loss",
                                           "several loss",
                                           "trailing",
                                           "lengths",
                                           "halves",
                                           "strange",
                                           "cancels",
                                           "late loss",
                                           "switch loss",
                                           "switch reorder",
                                           "foreign vlan",
                                           "broadcast loss",
                                           "broadcast foreign several",
                                           "listed",
                                           "listed spreads loss",
                                           "listed pairs spreads loss",
                                           "sll micro",
                                           "sll2 foreign",
                                           "raw big several",
                                           "qinq trailing pcapng",
                                           "pcapng big micro",
                                           "cut",
                                           "only_b loss",
                                           "spreads",
                                           "spreads loss switch cancels",
                                           "same_ids switch"};
    for (size_t i = 0; i < BJ_COUNT(features); i++)
        check((unsigned)(i + 1), features[i]);
}

static void test_mixed(void) {
    static const char *const may[] = {"loss",    "dup",     "reorder", "several", "trailing",
                                      "lengths", "halves",  "strange", "cancels", "switch",
                                      "late",    "foreign", "listed",  "cut",     "pcapng",
                                      "big",     "micro",   "spreads", "same_ids", "pairs"};
    static const char *const links[] = {"eth", "vlan", "qinq", "sll", "sll2", "raw"};
    const char *asked = getenv("BIJLI_TEST_SEED");
    unsigned from = asked ? (unsigned)strtoul(asked, NULL, 10) : 1000;
    for (unsigned seed = from; seed < from + MIXES; seed++) {
        char features[256];
        rng = seed;
        size_t at = (size_t)snprintf(features, sizeof features, "%s", links[dice(6)]);
        for (size_t i = 0; i < BJ_COUNT(may); i++) {
            if (dice(100) < 45)
                at += (size_t)snprintf(features + at, sizeof features - at, " %s", may[i]);
        }
        check(seed, features);
    }
}

/* At the recorded pace: the same, and as long as it took (some 0.1 s). */
static void test_pace(void) {
    BJ_CHECK(agree(3, "reorder strange switch"));
    BJ_CHECK(!run(BIJLI_FEEDREPLAY " --pace --a %s/a.pcap --b %s/b.pcap --gap-wait-us 20000 >%s/p",
                  dir, dir, dir));
    BJ_CHECK(!run("grep -v -e ns_per_message -e messages_per_s %s/p | diff %s/m - >&2", dir, dir));
    BJ_CHECK(!run("awk '/^messages_per_s/ { exit !($2 > 100 && $2 < 50000) }' %s/p", dir));
}

/* --- questions that are wrong */
static bool says(int status, const char *words, const char *arguments) {
    int got = run("cd %s && %s >out 2>err %s", dir, BIJLI_FEEDREPLAY_AT, arguments);
    bool ok = got == status && !run("cd %s && grep -q -e '%s' %s", dir, words,
                                    status ? "err" : "out err");
    if (!ok) {
        fprintf(stderr, "  bijli-feedreplay %s: exit %d, wanted %d and '%s':\n", arguments, got,
                status, words);
        (void)run("cat %s/err >&2", dir);
    }
    return ok;
}

static void test_questions(void) {
    static const struct {
        int status;
        const char *words, *arguments;
    } cases[] = {
        {0, "usage", "--help"},
        {2, "--a or --b is missing", ""},
        {2, "are named with --a and --b", "a.pcap"},
        {2, "unrecognized option", "--nothing"},
        {2, "requires an argument", "--a"},
        {2, "none.pcap: No such file", "--a none.pcap"},
        {2, "empty: not a capture", "--a empty"},
        {2, "noise: not a capture", "--a noise"},
        {2, "link type 105", "--a wifi"},
        {2, "broken: packet 2: ", "--a broken"},
        {2, "no message of the feed", "--a nothing"},
        {2, "gap-wait-us: 1x: may be a number from 0", "--a a.pcap --gap-wait-us 1x"},
        {2, "--book: 0: may be", "--a a.pcap --book 0"},
        {2, "--book: 999: there is no such", "--a a.pcap --book 999"},
        {2, "--segment: XX: may be CM", "--a a.pcap --segment XX"},
        {2, "--streams: none: No such", "--a a.pcap --streams none"},
        {2, "groups: line 2: segment: may be", "--a a.pcap --streams groups"},
        {2, "--streams: lists: Is a directory", "--a a.pcap --streams lists"},
        {2, "what it found cannot be written", "--a a.pcap >/dev/full"},
        {2, "--stream-files: none:0: folder: No such", "--a a.pcap --stream-files none"},
        {0, "info.csv:3: Token: .*0", "--a a.pcap --stream-files lists"},
        {2, "x_contract_stream_info.csv:0: file: is none", "--a a.pcap --stream-files lists2"},
        {2, "has no XX_contract_stream_info.csv", "--a a.pcap --stream-files lists3"},
        {2, "--trades: no/file: No such", "--a a.pcap --trades no/file"},
        {2, "--candles: /dev/full: cannot be written", "--a a.pcap --candles /dev/full"},
        {0, "^messages [1-9]", "--a a.pcap --book 1001"},
        {0, "book 1001 CM stream 1 T1001: last", "--a a.pcap --stream-files . --book 1001"},
        {0, "book 7001 FO spread stream 1 T125JUL31/25AUG30: last",
         "--a a.pcap --b b.pcap --stream-files . --book 7001"},
        {0, "book 1001 CO stream 1 1001: last", "--a a.pcap --streams co --book 1001"},
        {0, "book 1001 CD stream 1 1001: last",
         "--a a.pcap --streams void --segment cd --book 1001"},
    };
    (void)run("rm -rf %s/*", dir);
    BJ_CHECK(!run("python3 " HERE "captures.py 1 %s listed pairs spreads", dir));
    BJ_CHECK(
        !run("cd %s && >empty && head -c 999 /dev/zero >noise && mkdir lists lists2 lists3 && "
             "printf '1430625600,2,\\nC,1,5,EQUITY,X,0,0,EQ,\\nC,1,0,EQUITY,X,0,0,EQ,\\n' "
             ">lists/cm_contract_stream_info.csv && >lists2/x_contract_stream_info.csv && "
             "printf '# g\\n239.1.0.0/16,ZZ\\n' >groups && printf '239.60.0.0/16,CO\\n' >co && "
             ">void && head -c 24 a.pcap >nothing && "
             "(head -c 20 a.pcap; printf '\\151\\0\\0\\0'; tail -c +25 a.pcap) >wifi && "
             "(head -c 24 a.pcap; head -c 96 a.pcap | tail -c 72; "
             "head -c 40 /dev/zero | tr '\\0' '\\377') >broken",
             dir));
    for (size_t i = 0; i < BJ_COUNT(cases); i++)
        BJ_CHECK(says(cases[i].status, cases[i].words, cases[i].arguments));
}

int main(void) {
    if (!mkdtemp(dir)) return 1;
    test_questions();
    test_alone();
    test_pace();
    test_mixed();
    (void)run("rm -rf %s", dir);
    return bj_test_end("test_bijli_feedreplay");
}
