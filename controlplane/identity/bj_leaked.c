#include "controlplane/identity/bj_leaked.h"

#include <fcntl.h>
#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    HASH_DIGITS = 2 * SHA_DIGEST_LENGTH,
    COUNT_DIGITS = 20,
    LINE_MAX_BYTES = HASH_DIGITS + 1 + COUNT_DIGITS + 2,
    CHECKED_BYTES = 8 << 20,
    SPOT_CNT = 1000,
};

struct bj_leaked {
    int fd;
    uint64_t bytes;
};

typedef struct line {
    uint64_t from, to; /* of the file; to: where the next one begins */
    char hash[HASH_DIGITS + 1];
} line_t;

static const char digits[] = "0123456789ABCDEF";

/* Without its LF.  NULL: it is as it should be. */
static const char *judge_line(const char *text, size_t text_bytes, char hash[HASH_DIGITS + 1]) {
    if (text_bytes && text[text_bytes - 1] == '\r') text_bytes--;
    memcpy(hash, text, text_bytes < HASH_DIGITS ? text_bytes : HASH_DIGITS);
    hash[text_bytes < HASH_DIGITS ? text_bytes : HASH_DIGITS] = '\0';
    if (strspn(hash, digits) != HASH_DIGITS) return "no SHA-1 of 40 hex digits in upper case";
    if (text_bytes == HASH_DIGITS || text[HASH_DIGITS] != ':') return "no ':' behind the SHA-1";
    size_t count_digits = text_bytes - HASH_DIGITS - 1;
    for (size_t i = HASH_DIGITS + 1; i < text_bytes; i++) {
        if (text[i] < '0' || text[i] > '9') return "no whole number behind the ':'";
    }
    bool fits = count_digits >= 1 && count_digits <= COUNT_DIGITS;
    return fits ? NULL : "no whole number behind the ':'";
}

/* The line that holds byte `at`; lo <= at: where some line begins.  NULL, or what is wrong. */
static const char *line_at(const bj_leaked_t *leaked, uint64_t lo, uint64_t at, line_t *out) {
    char window[2 * LINE_MAX_BYTES];
    uint64_t from = at - lo > LINE_MAX_BYTES ? at - LINE_MAX_BYTES : lo;
    uint64_t left = leaked->bytes - from;
    size_t want = left < sizeof window ? (size_t)left : sizeof window;
    out->from = at; /* for whoever says where */
    if (pread(leaked->fd, window, want, (off_t)from) != (ssize_t)want) return "cannot be read";
    size_t here = (size_t)(at - from), begin = here;
    while (begin > 0 && window[begin - 1] != '\n') begin--;
    if (begin == 0 && from != lo) return "too long a line";
    const char *stop = memchr(window + here, '\n', want - here);
    if (!stop && want < left) return "too long a line";
    size_t end = stop ? (size_t)(stop - window) : want;
    out->from = from + begin;
    out->to = from + end + (stop != NULL);
    return judge_line(window + begin, end - begin, out->hash);
}

/* Of the lines at the beginning; *line is the last one looked at. */
static const char *check_begin(const bj_leaked_t *leaked, line_t *line, uint64_t *number) {
    char before[HASH_DIGITS + 1] = "";
    uint64_t at = 0;
    for (*number = 1; at < leaked->bytes && at < CHECKED_BYTES; at = line->to, ++*number) {
        const char *wrong = line_at(leaked, at, at, line);
        if (wrong) return wrong;
        if (strcmp(before, line->hash) >= 0) return "not sorted, or there twice";
        memcpy(before, line->hash, sizeof before);
    }
    return NULL;
}

/* And of some behind them, the last one too. */
static const char *check_rest(const bj_leaked_t *leaked, line_t *line) {
    char before[HASH_DIGITS + 1];
    uint64_t done = line->to, rest = leaked->bytes - done;
    for (uint64_t i = 1; i <= SPOT_CNT && done < leaked->bytes; i++) {
        uint64_t at = leaked->bytes - 1 - rest / SPOT_CNT * (SPOT_CNT - i);
        if (at < done) continue;
        memcpy(before, line->hash, sizeof before);
        const char *wrong = line_at(leaked, done, at, line);
        if (wrong) return wrong;
        if (strcmp(before, line->hash) >= 0) return "not sorted, or there twice";
        done = line->to;
    }
    return NULL;
}

static bool check(const bj_leaked_t *leaked, char error[BJ_LEAKED_ERROR_BYTES]) {
    line_t line = {.from = 0};
    uint64_t number;
    if (!leaked->bytes) {
        snprintf(error, BJ_LEAKED_ERROR_BYTES, "is empty");
        return false;
    }
    const char *wrong = check_begin(leaked, &line, &number);
    if (wrong) {
        snprintf(error, BJ_LEAKED_ERROR_BYTES, "line %" PRIu64 ": %s", number, wrong);
    } else if ((wrong = check_rest(leaked, &line))) {
        snprintf(error, BJ_LEAKED_ERROR_BYTES, "the line at byte %" PRIu64 ": %s", line.from,
                 wrong);
    }
    return !wrong;
}

bj_leaked_t *bj_leaked_open(const char *path, char error[BJ_LEAKED_ERROR_BYTES]) {
    struct stat what;
    bj_leaked_t *leaked = calloc(1, sizeof *leaked);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    snprintf(error, BJ_LEAKED_ERROR_BYTES, "cannot be read");
    if (leaked) leaked->fd = fd;
    if (leaked && fd >= 0 && fstat(fd, &what) == 0 && S_ISREG(what.st_mode)) {
        leaked->bytes = (uint64_t)what.st_size;
        if (check(leaked, error)) return leaked;
    }
    if (leaked) bj_leaked_close(leaked);
    else if (fd >= 0) close(fd);
    return NULL;
}

void bj_leaked_close(bj_leaked_t *leaked) {
    if (!leaked) return;
    if (leaked->fd >= 0) close(leaked->fd);
    free(leaked);
}

static void hash_of(const char *password, char out[HASH_DIGITS + 1]) {
    uint8_t sha1[SHA_DIGEST_LENGTH];
    SHA1((const unsigned char *)password, strlen(password), sha1);
    for (size_t i = 0; i < sizeof sha1; i++) {
        out[2 * i] = digits[sha1[i] >> 4], out[2 * i + 1] = digits[sha1[i] & 15];
    }
    out[HASH_DIGITS] = '\0';
    explicit_bzero(sha1, sizeof sha1);
}

bj_leaked_said_t bj_leaked_find(const bj_leaked_t *leaked, const char *password) {
    char hash[HASH_DIGITS + 1];
    bj_leaked_said_t said = BJ_LEAKED_NO;
    hash_of(password, hash);
    uint64_t lo = 0, hi = leaked->bytes; /* where lines begin */
    while (lo < hi && said == BJ_LEAKED_NO) {
        line_t line;
        if (line_at(leaked, lo, lo + (hi - lo) / 2, &line)) {
            said = BJ_LEAKED_BROKEN;
            break;
        }
        int order = strcmp(line.hash, hash);
        if (order == 0) said = BJ_LEAKED_YES;
        if (order < 0) lo = line.to;
        else hi = line.from;
    }
    explicit_bzero(hash, sizeof hash);
    return said;
}
