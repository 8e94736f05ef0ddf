/* Goal: of a file of leaked passwords, what is wrong with it is said with its line; what is in it
 * is found, and nothing else, as a naive scan of the same file says, for every size and every end
 * of line; and a file that breaks under an open list ends nothing. */
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "controlplane/identity/bj_leaked.h"
#include "dataplane/base/bj_test.h"

enum { TEXT_BYTES = 44 };
#define A "0000000000000000000000000000000000000001"
#define B "0000000000000000000000000000000000000002"
#define C "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"

static char path[] = "/tmp/test_bj_leaked.XXXXXX";

static void put(const char *text, size_t text_bytes) {
    FILE *file = fopen(path, "w");
    if (!file || fwrite(text, 1, text_bytes, file) != text_bytes || fclose(file)) abort();
}

static const struct {
    const char *text, *error; /* NULL: it is good */
} files[] = {
    {A ":1\n" B ":22\n" C ":333\n", NULL},
    {A ":1\r\n" B ":22\r\n" C ":333\r\n", NULL},
    {A ":1\n" B ":22", NULL},
    {A ":1\r\n" B ":22", NULL},
    {A ":12345678901234567890\n", NULL},
    {"", "is empty"},
    {"\n", "line 1: no SHA-1 of 40 hex digits in upper case"},
    {A ":1\n\n" B ":1\n", "line 2: no SHA-1 of 40 hex digits in upper case"},
    {A ":1\n" B ":1\n\n", "line 3: no SHA-1 of 40 hex digits in upper case"},
    {"password\n", "line 1: no SHA-1 of 40 hex digits in upper case"},
    {"00000000000000000000000000000000:1\n", "line 1: no SHA-1 of 40 hex digits in upper case"},
    {A ":1\nffffffffffffffffffffffffffffffffffffffff:1\n",
     "line 2: no SHA-1 of 40 hex digits in upper case"},
    {A "\n", "line 1: no ':' behind the SHA-1"},
    {A "\r\n", "line 1: no ':' behind the SHA-1"},
    {A "0:1\n", "line 1: no ':' behind the SHA-1"},
    {A ":\n", "line 1: no whole number behind the ':'"},
    {A ":-1\n", "line 1: no whole number behind the ':'"},
    {A ":1 \n", "line 1: no whole number behind the ':'"},
    {A ":1\r\r\n", "line 1: no whole number behind the ':'"},
    {A ":123456789012345678901\n", "line 1: no whole number behind the ':'"},
    {A ":1\n" B ":" A A A "\n", "line 2: too long a line"},
    {A ":1\n" B ":" A A A, "line 2: too long a line"},
    {B ":1\n" A ":1\n", "line 2: not sorted, or there twice"},
    {A ":1\n" B ":1\n" B ":1\n", "line 3: not sorted, or there twice"},
};

static void test_files(void) {
    char error[BJ_LEAKED_ERROR_BYTES];
    for (size_t i = 0; i < BJ_COUNT(files); i++) {
        put(files[i].text, strlen(files[i].text));
        bj_leaked_t *leaked = bj_leaked_open(path, error);
        bool same = files[i].error ? !leaked && strcmp(error, files[i].error) == 0 : leaked != NULL;
        BJ_CHECK(same);
        if (!same) fprintf(stderr, "  in file %zu: %s\n", i, error);
        bj_leaked_close(leaked);
    }
    put(A ":1\n\0" B ":1\n", 88);
    BJ_CHECK(!bj_leaked_open(path, error) && strncmp(error, "line 2: no SHA-1", 16) == 0);
    BJ_CHECK(!bj_leaked_open("/nonexistent", error) && strcmp(error, "cannot be read") == 0);
    BJ_CHECK(!bj_leaked_open("/tmp", error) && strcmp(error, "cannot be read") == 0);
}

/* FIPS 180-2: a password as everybody else hashes it. */
static void test_known(void) {
    static const char text[] = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:3730471\n";
    char error[BJ_LEAKED_ERROR_BYTES];
    put(text, sizeof text - 1);
    bj_leaked_t *leaked = bj_leaked_open(path, error);
    BJ_CHECK(leaked && bj_leaked_find(leaked, "password") == BJ_LEAKED_YES);
    BJ_CHECK(leaked && bj_leaked_find(leaked, "Password") == BJ_LEAKED_NO);
    BJ_CHECK(leaked && bj_leaked_find(leaked, "") == BJ_LEAKED_NO);
    bj_leaked_close(leaked);
}

/* The lines of the passwords 0 .. cnt - 1, each a number. */
static int by_text(const void *a, const void *b) { return strcmp(a, b); }

static void hex_of(const char *password, char out[TEXT_BYTES]) {
    uint8_t sha1[SHA_DIGEST_LENGTH];
    SHA1((const unsigned char *)password, strlen(password), sha1);
    for (size_t i = 0; i < sizeof sha1; i++) snprintf(out + 2 * i, 3, "%02X", sha1[i]);
}

static bool scan(const char *text, const char *password) {
    char hex[TEXT_BYTES];
    hex_of(password, hex);
    return strstr(text, hex) != NULL;
}

/* Counts of all lengths, and every third file without its last end of line. */
static char *write_file(unsigned cnt, const char *end) {
    char(*hashes)[TEXT_BYTES] = calloc(cnt, sizeof *hashes), name[16];
    char *text = calloc(cnt, 70);
    size_t at = 0;
    if (!hashes || !text) abort();
    for (unsigned i = 0; i < cnt; i++) {
        snprintf(name, sizeof name, "%u", i);
        hex_of(name, hashes[i]);
    }
    qsort(hashes, cnt, sizeof *hashes, by_text);
    for (unsigned i = 0; i < cnt; i++) {
        const char *stop = i + 1 == cnt && cnt % 3 == 0 ? "" : end;
        at += (size_t)snprintf(text + at, 70, "%s:%.*s%s", hashes[i], (int)(1 + i * 7 % 20),
                               "98765432109876543210", stop);
    }
    free(hashes);
    put(text, at);
    return text;
}

static void test_against_scan(unsigned cnt, const char *end) {
    char error[BJ_LEAKED_ERROR_BYTES], name[16];
    char *text = write_file(cnt, end);
    bj_leaked_t *leaked = bj_leaked_open(path, error);
    BJ_CHECK(leaked);
    unsigned wrong_cnt = 0, step = cnt > 2000 ? cnt / 997 : 1;
    for (unsigned i = 0; leaked && i < 2 * cnt + 3; i += step) {
        snprintf(name, sizeof name, "%u", i);
        bj_leaked_said_t want = scan(text, name) ? BJ_LEAKED_YES : BJ_LEAKED_NO;
        wrong_cnt += bj_leaked_find(leaked, name) != want || (i < cnt) != (want == BJ_LEAKED_YES);
    }
    BJ_CHECK(wrong_cnt == 0);
    if (wrong_cnt) fprintf(stderr, "  with %u lines: %u wrong\n", cnt, wrong_cnt);
    bj_leaked_close(leaked);
    free(text);
}

/* Behind what is looked at line by line. */
static void test_big(void) {
    enum { LINES = 250000 };
    char error[BJ_LEAKED_ERROR_BYTES];
    test_against_scan(LINES, "\n");
    FILE *file = fopen(path, "a");
    BJ_CHECK(file && fputs(A ":1\n", file) >= 0 && fclose(file) == 0);
    BJ_CHECK(!bj_leaked_open(path, error));
    BJ_CHECK(strncmp(error, "the line at byte ", 17) == 0 && strstr(error, ": not sorted"));
}

static void test_breaks_later(void) {
    char error[BJ_LEAKED_ERROR_BYTES];
    char *text = write_file(1000, "\n");
    bj_leaked_t *leaked = bj_leaked_open(path, error);
    BJ_CHECK(leaked && bj_leaked_find(leaked, "7") == BJ_LEAKED_YES);
    BJ_CHECK(truncate(path, 100) == 0);
    BJ_CHECK(leaked && bj_leaked_find(leaked, "7") == BJ_LEAKED_BROKEN);
    put("nonsense", 8);
    BJ_CHECK(leaked && bj_leaked_find(leaked, "7") == BJ_LEAKED_BROKEN);
    bj_leaked_close(leaked);
    free(text);
}

int main(void) {
    int fd = mkstemp(path);
    if (fd < 0 || close(fd)) abort();
    test_files();
    test_known();
    for (unsigned cnt = 1; cnt < 40; cnt++) {
        test_against_scan(cnt, cnt % 2 ? "\n" : "\r\n");
    }
    test_against_scan(3000, "\r\n");
    test_big();
    test_breaks_later();
    unlink(path);
    return bj_test_end("test_bj_leaked");
}
