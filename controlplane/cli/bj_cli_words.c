#include "controlplane/cli/bj_cli_words.h"

#include <string.h>

bool bj_cli_value(int argc, char **argv, int *at, const char *name, const char **value) {
    if (strcmp(argv[*at], name) != 0) return false;
    *value = *at + 1 < argc ? argv[++*at] : "";
    return true;
}

const char *bj_cli_word(const char *text, bool *json, const char **word, size_t *word_cnt,
                        size_t word_max) {
    if (strcmp(text, "--json") == 0) {
        *json = true;
        return NULL;
    }
    if (text[0] == '-') return "unknown option";
    if (*word_cnt == word_max) return "a word too many";
    word[(*word_cnt)++] = text;
    return NULL;
}
