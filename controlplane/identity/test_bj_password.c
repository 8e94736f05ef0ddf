/* Goal: which passwords are refused and why; that the hash is what we promise and verifies only its
 * own; that tokens differ and their text form is what other programs make of the same bytes. */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "controlplane/identity/bj_password.h"
#include "controlplane/identity/bj_token.h"
#include "dataplane/base/bj_test.h"

static const struct {
    const char *password, *email;
    bool refused;
} cases[] = {
    {"correct horse battery", "a@b.in", false},
    {"kX9#mQ2$vL", "a@b.in", false},
    {"kX9#mQ2$v", "a@b.in", true},               /* nine */
    {"", "a@b.in", true},
    {"password123", "a@b.in", true},
    {"PassWord!!!", "a@b.in", true},
    {"1234567890", "a@b.in", true},
    {"0987654321", "a@b.in", true},
    {"aaaaaaaaaaaa", "a@b.in", true},
    {"abcdefghijkl", "a@b.in", true},
    {"qwertyqwerty", "a@b.in", true},
    {"123qwerty123", "a@b.in", true},
    {"passwordless sunshine", "a@b.in", false},
    {"1qaz2wsx3edc", "a@b.in", true},           /* fingers that walk */
    {"q1w2e3r4t5y6", "a@b.in", true},
    {"1234QWERasdf", "a@b.in", true},
    {"qazwsx edc rfv", "a@b.in", false},        /* lifted often enough */
    {"few dresses were made", "a@b.in", false},
    {"P@ssw0rd123", "a@b.in", true},            /* signs for letters */
    {"Spongebob1", "a@b.in", true},
    {"some.person@mail.example", "some.person@mail.example", true},
    {"SOME.PERSON@mail.example", "some.person@mail.example", true},
    {"some.person", "some.person@mail.example", true},
    {"some.person7", "some.person@mail.example", true},
    {"\xe0\xa4\xac\xe0\xa4\xbf\xe0\xa4\x9c\xe0\xa4\xb2\xe0\xa5\x80", "a@b.in", false},
    {"tnahpele123", "a@b.in", true},            /* a word turned round */
    {"99mississippi", "a@b.in", true},
    {"elephants12", "a@b.in", true},
    {"abababababab", "a@b.in", true},           /* two characters only */
    {"3f9a0c77d21b", "client@bijli.localhost", false}, /* as set-up makes them */
};

static void test_rules(void) {
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        unsigned fails = bj_fail_cnt;
        BJ_CHECK((bj_password_refused(cases[i].password, cases[i].email) != NULL) ==
                 cases[i].refused);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s\n", cases[i].password);
    }
    char longest[BJ_PASSWORD_MAX + 2];
    for (int i = 0; i <= BJ_PASSWORD_MAX; i++) longest[i] = "kX9#mQ2$vL"[i % 10];
    longest[BJ_PASSWORD_MAX] = '\0';
    BJ_CHECK(!bj_password_refused(longest, "a@b.in"));
    longest[BJ_PASSWORD_MAX] = '!', longest[BJ_PASSWORD_MAX + 1] = '\0';
    BJ_CHECK(bj_password_refused(longest, "a@b.in"));
}

/* "wherever-river" and "leaked when typed In" have leaked; the list is not asked without one. */
static void test_leaked(void) {
    char path[] = "/tmp/test_bj_password.XXXXXX", error[BJ_LEAKED_ERROR_BYTES];
    static const char list[] = "6B6E3FEA358E7A303A582F0C418B7AE8638226EF:1\n"
                               "89392CD80D3A7D66070B0E398AA50DDCA7EFD4FE:12\n";
    int fd = mkstemp(path);
    BJ_CHECK(fd >= 0 && write(fd, list, sizeof list - 1) == sizeof list - 1);
    bj_leaked_t *leaked = bj_leaked_open(path, error);
    BJ_CHECK(leaked);
    BJ_CHECK(!bj_password_refused("wherever-river", "a@b.in"));
    bj_password_leaked(leaked);
    const char *why = bj_password_refused("wherever-river", "a@b.in");
    BJ_CHECK(why && strcmp(why, "is among those that have leaked; choose another") == 0);
    BJ_CHECK(bj_password_refused("Wherever-River", "a@b.in")); /* as in lower case */
    BJ_CHECK(bj_password_refused("leaked when typed In", "a@b.in"));
    BJ_CHECK(!bj_password_refused("leaked when typed in", "a@b.in"));
    BJ_CHECK(!bj_password_refused("wherever-rivers", "a@b.in"));
    BJ_CHECK(ftruncate(fd, 50) == 0);
    why = bj_password_refused("wherever-rivers", "a@b.in"); /* not taken unseen */
    BJ_CHECK(why && strstr(why, "cannot be looked up"));
    bj_password_leaked(NULL);
    bj_leaked_close(leaked);
    BJ_CHECK(close(fd) == 0 && unlink(path) == 0);
}

static void test_hash(void) {
    char hash[BJ_PASSWORD_HASH_BYTES], other[BJ_PASSWORD_HASH_BYTES];
    BJ_CHECK(bj_password_hash("correct horse battery", hash));
    BJ_CHECK(bj_password_hash("correct horse battery", other));
    BJ_CHECK(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0);
    BJ_CHECK(strcmp(hash, other) != 0); /* another salt */
    BJ_CHECK(bj_password_verify(hash, "correct horse battery"));
    BJ_CHECK(!bj_password_verify(hash, "correct horse batterz"));
    BJ_CHECK(!bj_password_verify(hash, ""));
    BJ_CHECK(!bj_password_verify("", "correct horse battery"));
    BJ_CHECK(!bj_password_verify(NULL, "correct horse battery"));
}

/* CPU time, because the machine is shared: nobody's hash must cost what a real one costs. */
static void test_nobody_costs_the_same(void) {
    char hash[BJ_PASSWORD_HASH_BYTES];
    clock_t real = 0, none = 0;
    BJ_CHECK(bj_password_hash("correct horse battery", hash));
    for (int i = 0; i < 5; i++) {
        clock_t t0 = clock();
        BJ_CHECK(!bj_password_verify(hash, "wrong horse battery"));
        clock_t t1 = clock();
        BJ_CHECK(!bj_password_verify(NULL, "wrong horse battery"));
        real += t1 - t0, none += clock() - t1;
    }
    BJ_CHECK(none > real / 2 && none < real * 2);
}

static void test_tokens(void) {
    char a[BJ_TOKEN_BYTES], b[BJ_TOKEN_BYTES], hex[BJ_HASH_HEX_BYTES];
    uint8_t hash[BJ_HASH_BYTES];
    bj_token_make(a);
    bj_token_make(b);
    BJ_CHECK(strcmp(a, b) != 0 && bj_token_formed(a) && bj_token_formed(b));
    BJ_CHECK(!bj_token_formed("") && !bj_token_formed("a b"));
    a[42] = '=';
    BJ_CHECK(!bj_token_formed(a));
    bj_token_hash("abc", hash); /* FIPS 180-2, appendix B.1 */
    BJ_CHECK(strcmp(bj_hash_hex(hash, hex),
                    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") == 0);
    /* All 64 digits turn up, and the last one holds four bits only. */
    bool seen[256] = {false};
    for (int i = 0; i < 500; i++) {
        bj_token_make(a);
        for (int k = 0; k < 43; k++) seen[(unsigned char)a[k]] = true;
        BJ_CHECK(strchr("AEIMQUYcgkosw048", a[42]));
    }
    int seen_cnt = 0;
    for (int i = 0; i < 256; i++) seen_cnt += seen[i];
    BJ_CHECK(seen_cnt == 64);
}

int main(void) {
    BJ_CHECK(!bj_password_dictionary("/nonexistent/dict"));
    BJ_CHECK(bj_password_dictionary("/var/cache/cracklib/cracklib_dict"));
    test_rules();
    test_leaked();
    test_hash();
    test_nobody_costs_the_same();
    test_tokens();
    return bj_test_end("test_bj_password");
}
