#ifndef CLI_TEST_H
#define CLI_TEST_H

/* cli_test - for the tests of bijlictl's words: a line as a shell would hand it over. */
#include <string.h>

/* Writes the words of line, which is cut up, behind a stand-in for the program's name; at most max
 * in all.  How many there are. */
static inline int cli_words(char *line, char **argv, int max) {
    int argc = 0;
    char *rest = line, *word;
    argv[argc++] = line;
    while (argc < max && (word = strsep(&rest, " "))) {
        if (*word) argv[argc++] = word;
    }
    return argc;
}

#endif /* CLI_TEST_H */
