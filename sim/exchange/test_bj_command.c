/* Goal: every form of every command is read as it is written, and a bad word gets a sentence that
 * names it and says what it may be.  Over the socket: one line, one answer, whatever the pieces. */
#include "sim/exchange/bj_command.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_ctl.h"
#include "sim/exchange/bj_frame.h"

static const bj_streams_t streams = {
    3, {{BJ_SEGMENT_CM, 1, {{0}}}, {BJ_SEGMENT_CM, 2, {{0}}}, {BJ_SEGMENT_FO, 1, {{0}}}}, 0};

/* A broadcast has a name beside the streams', and is one of its segment and of all. */
static void test_broadcast_names(void) {
    static const bj_streams_t more = {
        4, {{BJ_SEGMENT_CM, 1, {{0}}}, {BJ_SEGMENT_FO, 1, {{0}}}, {BJ_SEGMENT_CM, 0, {{0}}},
            {BJ_SEGMENT_FO, 0, {{0}}}}, 2};
    static const struct { const char *text; uint64_t mask; } cases[] = {
        {"all", 15}, {"CM", 5}, {"FO", 10}, {"CM:bcast", 4}, {"FO:bcast", 8}, {"CM:1", 1},
        {"CM:0", 0}, {"CD:bcast", 0}, {"bcast", 0}};
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        BJ_CHECK(bj_streams_mask(&more, cases[i].text) == cases[i].mask);
    }
    BJ_CHECK(bj_streams_find(&more, BJ_SEGMENT_CM, 0) == UINT32_MAX); /* no service knows it */
    BJ_CHECK(bj_streams_broadcast(&more, BJ_SEGMENT_FO) == 3);
    BJ_CHECK(bj_streams_broadcast(&streams, BJ_SEGMENT_FO) == UINT32_MAX);
}

static void test_good(void) {
    static const struct { const char *line; bj_command_t want; } cases[] = {
        {"drop a CM:1 permille 10",
         {BJ_COMMAND_FAULT, {BJ_FAULT_DROP, BJ_WHO_A, 1, 10, 0, 1, 0}, false, 0}},
        {"  corrupt  b   all next 5 ",
         {BJ_COMMAND_FAULT, {BJ_FAULT_CORRUPT, BJ_WHO_B, 7, 0, 5, 1, 0}, false, 0}},
        {"duplicate both CM permille 1000",
         {BJ_COMMAND_FAULT, {BJ_FAULT_DUPLICATE, BJ_WHO_BOTH, 3, 1000, 0, 1, 0}, false, 0}},
        {"reorder a FO:1 next 1 depth 4",
         {BJ_COMMAND_FAULT, {BJ_FAULT_REORDER, BJ_WHO_A, 4, 0, 1, 4, 0}, false, 0}},
        {"reorder a FO permille 0",
         {BJ_COMMAND_FAULT, {BJ_FAULT_REORDER, BJ_WHO_A, 4, 0, 0, 1, 0}, false, 0}},
        {"delay b all us 250",
         {BJ_COMMAND_FAULT, {BJ_FAULT_DELAY, BJ_WHO_B, 7, 0, 0, 0, 250000}, false, 0}},
        {"silence a all on",
         {BJ_COMMAND_FAULT, {BJ_FAULT_SILENCE, BJ_WHO_A, 7, 0, 0, 0, INT64_MAX}, false, 0}},
        {"silence a all off",
         {BJ_COMMAND_FAULT, {BJ_FAULT_SILENCE, BJ_WHO_A, 7, 0, 0, 0, 0}, false, 0}},
        {"silence both CM:2 ms 1500",
         {BJ_COMMAND_FAULT, {BJ_FAULT_SILENCE, BJ_WHO_BOTH, 2, 0, 0, 0, 1500000000}, false, 0}},
        {"switch CM:1 bare", {BJ_COMMAND_SWITCH, {.streams = 1}, false, 0}},
        {"switch all full", {BJ_COMMAND_SWITCH, {.streams = 7}, true, 0}},
        {"picture FO", {BJ_COMMAND_PICTURE, {.streams = 4}, false, 0}},
        {"clear", {BJ_COMMAND_CLEAR, {.who = BJ_WHO_BOTH, .streams = UINT64_MAX}, false, 0}},
        {"clear a", {BJ_COMMAND_CLEAR, {.who = BJ_WHO_A, .streams = UINT64_MAX}, false, 0}},
        {"clear b CM:2", {BJ_COMMAND_CLEAR, {.who = BJ_WHO_B, .streams = 2}, false, 0}},
        {"seed 42", {BJ_COMMAND_SEED, {0}, false, 42}},
        {"status", {BJ_COMMAND_STATUS, {0}, false, 0}},
        {"nnf drop", {BJ_COMMAND_NNF_DROP, {0}, false, 0}},
        {"nnf refuse 5", {BJ_COMMAND_NNF_REFUSE, {.time_ns = 5000000000}, false, 0}},
        {"nnf refuse 0", {BJ_COMMAND_NNF_REFUSE, {0}, false, 0}},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        char error[BJ_COMMAND_ERROR_BYTES] = "";
        bj_command_t got;
        const bj_fault_t *want = &cases[i].want.fault;
        unsigned fails = bj_fail_cnt;
        BJ_CHECK(bj_command_read(cases[i].line, &streams, &got, error));
        BJ_CHECK(got.kind == cases[i].want.kind && got.full == cases[i].want.full);
        BJ_CHECK(got.seed == cases[i].want.seed && got.fault.kind == want->kind);
        BJ_CHECK(got.fault.who == want->who && got.fault.streams == want->streams);
        BJ_CHECK(got.fault.permille == want->permille && got.fault.next == want->next);
        BJ_CHECK(got.fault.depth == want->depth && got.fault.time_ns == want->time_ns);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in '%s': %s\n", cases[i].line, error);
    }
}

static void test_bad(void) {
    static const struct { const char *line, *word, *may_be; } cases[] = {
        {"", "empty", "command"},
        {"   ", "empty", "command"},
        {"explode", "'explode'", "drop, corrupt"},
        {"drop", "after 'drop'", "a, b or both"},
        {"drop c all permille 1", "'c'", "a, b or both"},
        {"drop a", "after 'a'", "from CM:1 to FO:1"},
        {"drop a CM:3 permille 1", "'CM:3'", "from CM:1 to FO:1"},
        {"drop a cm:1 permille 1", "'cm:1'", "all, a segment"},
        {"drop a all", "after 'all'", "permille N or next N"},
        {"drop a all often", "'often'", "permille N or next N"},
        {"drop a all permille", "after 'permille'", "[0, 1000]"},
        {"drop a all permille 1001", "'1001'", "[0, 1000]"},
        {"drop a all permille -1", "'-1'", "[0, 1000]"},
        {"drop a all permille 1.5", "'1.5'", "[0, 1000]"},
        {"drop a all next 9999999999999999999", "'9999999999999999999'", "[0, 1000000000]"},
        {"drop a all next 5 depth 2", "'depth'", "too many"},
        {"reorder a all next 5 depth 0", "'0'", "[1, 100]"},
        {"reorder a all next 5 depth", "after 'depth'", "[1, 100]"},
        {"delay a all 5", "'5'", "us"},
        {"delay a all us 10000001", "'10000001'", "[0, 10000000]"},
        {"silence a all", "after 'all'", "on, off or ms N"},
        {"silence a all ms x", "'x'", "whole number"},
        {"switch all", "after 'all'", "bare (no book) or full"},
        {"switch CM:1 empty", "'empty'", "bare (no book) or full"},
        {"picture", "after 'picture'", "all"},
        {"clear x", "'x'", "a, b or both"},
        {"seed", "after 'seed'", "whole number"},
        {"status now", "'now'", "too many"},
        {"nnf", "after 'nnf'", "drop or refuse"},
        {"nnf cut", "'cut'", "drop or refuse"},
        {"nnf drop all", "'all'", "too many"},
        {"nnf refuse", "after 'refuse'", "[0, 86400]"},
        {"a b c d e f g h i", "more than 8", "words"},
        {"drop\ta all permille 1", "byte 5", "printable"},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        char error[BJ_COMMAND_ERROR_BYTES] = "";
        bj_command_t got;
        bool named = !bj_command_read(cases[i].line, &streams, &got, error) &&
                     strstr(error, cases[i].word) && strstr(error, cases[i].may_be);
        BJ_CHECK(named);
        if (!named) fprintf(stderr, "  in '%s': %s\n", cases[i].line, error);
    }
    char longer[BJ_COMMAND_BYTES + 1], error[BJ_COMMAND_ERROR_BYTES];
    bj_command_t got;
    memset(longer, 'x', sizeof longer);
    longer[BJ_COMMAND_BYTES] = '\0';
    BJ_CHECK(!bj_command_read(longer, &streams, &got, error) && strstr(error, "at most 127"));
    longer[BJ_COMMAND_BYTES - 1] = '\0';
    BJ_CHECK(!bj_command_read(longer, &streams, &got, error) && strstr(error, "not a command"));
}

/* --- the socket */
static unsigned line_cnt;
static void echo(void *ctx, const char *line, char answer[BJ_CTL_ANSWER_BYTES]) {
    (void)ctx;
    line_cnt++;
    snprintf(answer, BJ_CTL_ANSWER_BYTES, "ok %.200s", line);
}

static int dial(const char *file) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "%s", file);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(fd, (const struct sockaddr *)&at, sizeof at) != 0) return -1;
    return fd;
}

static bool exchange_text(bj_ctl_t *ctl, int fd, const char *text, size_t piece, const char *want) {
    char got[BJ_CTL_ANSWER_BYTES] = "";
    for (size_t at = 0, n = strlen(text); at < n; at += piece) {
        if (send(fd, text + at, at + piece < n ? piece : n - at, MSG_NOSIGNAL) < 0) return false;
        for (int i = 0; i < 3; i++) bj_ctl_step(ctl);
    }
    (void)recv(fd, got, sizeof got - 1, MSG_DONTWAIT);
    return !strcmp(got, want);
}

static void test_socket(void) {
    char file[64], longest[BJ_CTL_LINE_BYTES + 1], want[BJ_CTL_ANSWER_BYTES];
    struct stat st;
    snprintf(file, sizeof file, "/tmp/bj_ctl_%d", (int)getpid());
    bj_ctl_t *ctl = bj_ctl_open(file, echo, NULL);
    BJ_CHECK(ctl && stat(file, &st) == 0 && (st.st_mode & 07777) == 0600);
    if (!ctl) return;
    int fd = dial(file);
    BJ_CHECK(exchange_text(ctl, fd, "status\n", 100, "ok status\n"));
    BJ_CHECK(exchange_text(ctl, fd, "drop a all next 1\n", 1, "ok drop a all next 1\n"));
    BJ_CHECK(exchange_text(ctl, fd, "one\ntwo\nthr", 100, "ok one\nok two\n"));
    BJ_CHECK(exchange_text(ctl, fd, "ee\n", 100, "ok three\n"));
    close(fd);
    fd = dial(file);
    memset(longest, 'y', sizeof longest);
    longest[BJ_CTL_LINE_BYTES] = '\0';
    snprintf(want, sizeof want, "error: a line is shorter than %d bytes\n", BJ_CTL_LINE_BYTES);
    BJ_CHECK(exchange_text(ctl, fd, longest, 1000, want));
    BJ_CHECK(recv(fd, longest, 1, MSG_DONTWAIT) == 0); /* and hung up */
    close(fd);
    int many[BJ_CTL_CONNECTIONS + 1];
    for (int i = 0; i <= BJ_CTL_CONNECTIONS; i++) {
        many[i] = dial(file);
        for (int n = 0; n < 3; n++) bj_ctl_step(ctl);
    }
    BJ_CHECK(exchange_text(ctl, many[0], "first\n", 100, "ok first\n"));
    BJ_CHECK(recv(many[BJ_CTL_CONNECTIONS], longest, 1, MSG_DONTWAIT) == 0); /* no room for it */
    for (int i = 0; i <= BJ_CTL_CONNECTIONS; i++) close(many[i]);
    bj_ctl_close(ctl);
    BJ_CHECK(access(file, F_OK) != 0 && line_cnt == 6);
}

/* --- the frame: every byte of one, the checksums by another program */
static void test_frame(void) {
    static const uint8_t want[BJ_FRAME_LEAST_BYTES] = {
        0x01, 0x00, 0x5e, 0x3c, 0x3c, 0x29, 0x02, 0xbb, 0, 0, 0x01, 0x01, 0x08, 0x00,
        0x45, 0, 0, 31, 0, 0, 0, 0, 1, 17, 0x83, 0x2c, 10, 60, 1, 1, 239, 60, 60, 41,
        0x41, 0x01, 0x41, 0x01, 0, 11, 0x43, 0x31, 1, 2, 3};
    uint8_t frame[128];
    memset(frame, 0xff, sizeof frame);
    BJ_CHECK(bj_frame_write(frame, 0x0a3c0101, 0xef3c3c29, 16641, "\1\2\3", 3) == sizeof want);
    bool same = !memcmp(frame, want, sizeof want);
    BJ_CHECK(same);
    for (size_t i = 0; !same && i < sizeof want; i++) {
        if (frame[i] != want[i]) fprintf(stderr, "  %zu: %02x %02x\n", i, frame[i], want[i]);
    }
    BJ_CHECK(bj_frame_write(frame, 1, 2, 3, want, 38) == 80);
}

int main(void) {
    test_broadcast_names();
    test_good();
    test_bad();
    test_socket();
    test_frame();
    return bj_test_end("test_bj_command");
}
