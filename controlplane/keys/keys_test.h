/* keys_test.h - a key service for tests: a key file with these lines, over this database. */
#ifndef KEYS_TEST_H
#define KEYS_TEST_H
#include <stdlib.h>
#include <unistd.h>
#include "controlplane/keys/bj_keys.h"

#define KEYS_TEST_A "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEYS_TEST_B "ffeeddccbbaa99887766554433221100FFEEDDCCBBAA99887766554433221100"

static inline bj_seal_t *keys_test_seal(const char *lines) {
    char name[] = "/tmp/bj_keys.XXXXXX", error[160];
    int fd = mkstemp(name);
    bool ok = fd >= 0 && write(fd, lines, strlen(lines)) == (ssize_t)strlen(lines);
    close(fd);
    bj_seal_t *seal = ok ? bj_seal_new(name, error, sizeof error) : NULL;
    unlink(name);
    if (!seal) abort();
    return seal;
}

/* *seal is the caller's to free, after the keys. */
static inline bj_keys_t *keys_test_new(bj_db_pool_t *db, const char *lines, bj_seal_t **seal) {
    *seal = keys_test_seal(lines);
    bj_keys_t *keys = bj_keys_new(&(bj_keys_config_t){.db = db, .seal = *seal});
    if (!keys) abort();
    return keys;
}

#endif /* KEYS_TEST_H */
