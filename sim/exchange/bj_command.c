#include "sim/exchange/bj_command.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORDS_MAX = 8 };

typedef struct words {
    char   text[BJ_COMMAND_BYTES];
    char  *word[WORDS_MAX];
    size_t cnt, at;
    const bj_streams_t *streams;
    char  *error;
} words_t;

__attribute__((format(printf, 2, 3))) static bool fail(words_t *words, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(words->error, BJ_COMMAND_ERROR_BYTES, format, args);
    va_end(args);
    return false;
}

/* The sentence about a word that is not there, or not what it may be. */
static bool fail_word(words_t *words, const char *name, const char *may_be) {
    const char *last = words->at ? words->word[words->at - 1] : "";
    if (words->at < words->cnt) {
        return fail(words, "'%.32s' is not %s: %s", words->word[words->at], name, may_be);
    }
    return fail(words, "after '%.32s' %s is missing: %s", last, name, may_be);
}

static bool next_is(words_t *words, const char *text) {
    if (words->at == words->cnt || strcmp(words->word[words->at], text) != 0) return false;
    words->at++;
    return true;
}

static bool read_number(words_t *words, const char *name, int64_t min, int64_t max, int64_t *out) {
    char may_be[80];
    snprintf(may_be, sizeof may_be, "a whole number in [%" PRId64 ", %" PRId64 "]", min, max);
    const char *text = words->at < words->cnt ? words->word[words->at] : "";
    size_t n = strlen(text);
    if (n < 1 || n > 18 || text[strspn(text, "0123456789")]) return fail_word(words, name, may_be);
    *out = strtoll(text, NULL, 10);
    if (*out < min || *out > max) return fail_word(words, name, may_be);
    words->at++;
    return true;
}

static bool read_who(words_t *words, bj_fault_t *fault) {
    static const char *const names[] = {[BJ_WHO_A] = "a", [BJ_WHO_B] = "b", [BJ_WHO_BOTH] = "both"};
    for (bj_who_t who = 0; who < BJ_WHO_CNT; who++) {
        fault->who = who;
        if (next_is(words, names[who])) return true;
    }
    return fail_word(words, "a source", "a, b or both");
}

static bool read_streams(words_t *words, bj_fault_t *fault) {
    if (words->at < words->cnt) {
        fault->streams = bj_streams_mask(words->streams, words->word[words->at]);
    }
    if (!fault->streams) {
        char last[BJ_STREAM_NAME_BYTES], may_be[96];
        bj_streams_name(&words->streams->stream[words->streams->cnt - 1], last);
        snprintf(may_be, sizeof may_be, "all, a segment such as CM, or a stream from CM:1 to %s",
                 last);
        return fail_word(words, "what is published here", may_be);
    }
    words->at++;
    return true;
}

/* --- what follows source and streams */
static bool read_how_often(words_t *words, bj_fault_t *fault) {
    int64_t n;
    if (next_is(words, "permille")) {
        if (!read_number(words, "a share of a thousand", 0, 1000, &n)) return false;
        fault->permille = (uint32_t)n;
    } else if (next_is(words, "next")) {
        if (!read_number(words, "a count of datagrams", 0, 1000000000, &n)) return false;
        fault->next = (uint32_t)n;
    } else {
        return fail_word(words, "how often", "permille N or next N");
    }
    fault->depth = 1;
    if (fault->kind != BJ_FAULT_REORDER || !next_is(words, "depth")) return true;
    if (!read_number(words, "a depth", 1, BJ_COMMAND_DEPTH_MAX, &n)) return false;
    fault->depth = (uint32_t)n;
    return true;
}

static bool read_delay(words_t *words, bj_fault_t *fault) {
    int64_t us;
    if (!next_is(words, "us")) return fail_word(words, "a unit", "us");
    if (!read_number(words, "a delay", 0, 10000000, &us)) return false;
    fault->time_ns = us * 1000;
    return true;
}

static bool read_silence(words_t *words, bj_fault_t *fault) {
    int64_t ms = 0;
    if (next_is(words, "ms")) {
        if (!read_number(words, "a time", 0, 86400000, &ms)) return false;
        fault->time_ns = ms * 1000000;
        return true;
    }
    fault->time_ns = next_is(words, "on") ? INT64_MAX : 0;
    if (fault->time_ns || next_is(words, "off")) return true;
    return fail_word(words, "how long", "on, off or ms N");
}

static bool read_fault(words_t *words, bj_fault_kind_t kind, bj_command_t *command) {
    bj_fault_t *fault = &command->fault;
    command->kind = BJ_COMMAND_FAULT;
    fault->kind = kind;
    if (!read_who(words, fault) || !read_streams(words, fault)) return false;
    if (kind == BJ_FAULT_DELAY) return read_delay(words, fault);
    if (kind == BJ_FAULT_SILENCE) return read_silence(words, fault);
    return read_how_often(words, fault);
}

static bool read_switch(words_t *words, bj_command_t *command) {
    command->kind = BJ_COMMAND_SWITCH;
    if (!read_streams(words, &command->fault)) return false;
    command->full = next_is(words, "full");
    if (command->full || next_is(words, "bare")) return true;
    return fail_word(words, "a way to begin again", "bare (no book) or full (every live order)");
}

static bool read_clear(words_t *words, bj_command_t *command) {
    command->kind = BJ_COMMAND_CLEAR;
    command->fault.who = BJ_WHO_BOTH;
    command->fault.streams = UINT64_MAX;
    if (words->at < words->cnt && !read_who(words, &command->fault)) return false;
    return words->at == words->cnt || read_streams(words, &command->fault);
}

static bool read_nnf(words_t *words, bj_command_t *command) {
    int64_t s = 0;
    command->kind = BJ_COMMAND_NNF_DROP;
    if (next_is(words, "drop")) return true;
    command->kind = BJ_COMMAND_NNF_REFUSE;
    if (!next_is(words, "refuse")) return fail_word(words, "a fault", "drop or refuse");
    if (!read_number(words, "a time in seconds", 0, 86400, &s)) return false;
    command->fault.time_ns = s * 1000000000;
    return true;
}

static bool read_words(words_t *words, bj_command_t *command) {
    for (bj_fault_kind_t kind = 0; kind < BJ_FAULT_KINDS; kind++) {
        if (next_is(words, bj_fault_names[kind])) return read_fault(words, kind, command);
    }
    if (next_is(words, "switch")) return read_switch(words, command);
    if (next_is(words, "clear")) return read_clear(words, command);
    if (next_is(words, "nnf")) return read_nnf(words, command);
    if (next_is(words, "picture")) {
        command->kind = BJ_COMMAND_PICTURE;
        return read_streams(words, &command->fault);
    }
    if (next_is(words, "seed")) {
        int64_t seed;
        command->kind = BJ_COMMAND_SEED;
        if (!read_number(words, "a seed", 0, INT64_C(999999999999999999), &seed)) return false;
        command->seed = (uint64_t)seed;
        return true;
    }
    command->kind = BJ_COMMAND_STATUS;
    if (next_is(words, "status")) return true;
    return fail_word(words, "a command",
                     "drop, corrupt, duplicate, reorder, delay, silence, switch, picture, clear, "
                     "nnf, seed or status");
}

bool bj_command_read(const char *line, const bj_streams_t *streams, bj_command_t *command,
                     char error[BJ_COMMAND_ERROR_BYTES]) {
    words_t words = {.streams = streams, .error = error};
    size_t n = strlen(line);
    *command = (bj_command_t){0};
    if (n >= sizeof words.text) {
        return fail(&words, "a line is at most %zu bytes, not %zu", sizeof words.text - 1, n);
    }
    for (size_t i = 0; i < n; i++) {
        if (line[i] < ' ' || line[i] > '~') {
            return fail(&words, "byte %zu is not a printable ASCII character", i + 1);
        }
    }
    memcpy(words.text, line, n + 1);
    char *rest = words.text;
    for (char *word; (word = strsep(&rest, " "));) {
        if (!*word) continue;
        if (words.cnt == WORDS_MAX) return fail(&words, "more than %d words", WORDS_MAX);
        words.word[words.cnt++] = word;
    }
    if (!words.cnt) return fail(&words, "the line is empty: a command is expected");
    if (!read_words(&words, command)) return false;
    if (words.at == words.cnt) return true;
    return fail(&words, "'%.32s' is one word too many", words.word[words.at]);
}
