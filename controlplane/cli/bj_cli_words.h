#ifndef BJ_CLI_WORDS_H
#define BJ_CLI_WORDS_H

/* bj_cli_words - what stands on a command line, a word at a time.
 *
 * Owner   everything pointed to is argv's.
 * Errors  a sentence, which is static. */
#include "dataplane/base/bj_base.h"

/* An option's value, if argv[*at] is that option; *at is moved over it.  "": nothing follows. */
bool bj_cli_value(int argc, char **argv, int *at, const char *name, const char **value);
/* What is none of a command's own options: --json, or one more of at most word_max words.
 * NULL: taken. */
const char *bj_cli_word(const char *text, bool *json, const char **word, size_t *word_cnt,
                        size_t word_max);

#endif /* BJ_CLI_WORDS_H */
