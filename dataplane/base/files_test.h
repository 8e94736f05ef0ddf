#ifndef FILES_TEST_H
#define FILES_TEST_H
/* files_test.h - a test's own folder and the files in it.
 *   test_dir   of mkdtemp, from a name that ends in XXXXXX, which the test puts there first
 *   test_path  of a file in it: good until the fourth one after it
 *   test_put   writes one.  False: it is not there as a whole. */
#include <stdbool.h>
#include <stdio.h>

static char test_dir[64];

static inline const char *test_path(const char *name) {
    static char path[4][160];
    static unsigned turn;
    char *out = path[turn++ % 4];
    snprintf(out, sizeof path[0], "%s/%s", test_dir, name);
    return out;
}

static inline bool test_put(const char *name, const char *text) {
    FILE *out = fopen(test_path(name), "we");
    bool ok = out && fputs(text, out) >= 0;
    return out && fclose(out) == 0 && ok;
}

#endif
