/* Goal: the ways in which people write an Indian mobile number, and what only looks like one; that
 * a hint shows two digits. */
#include <stdio.h>
#include "controlplane/identity/bj_phone.h"
#include "dataplane/base/bj_test.h"

static const struct {
    const char *typed, *want; /* NULL: none */
} cases[] = {
    {"9876543210", "+919876543210"},
    {"+919876543210", "+919876543210"},
    {"+91 98765 43210", "+919876543210"},
    {"+91-98765-43210", "+919876543210"},
    {"+91 098765 43210", "+919876543210"},
    {"09876543210", "+919876543210"},
    {"919876543210", "+919876543210"},
    {"0091 98765 43210", "+919876543210"},
    {"(0)98765.43210", "+919876543210"},
    {"  6000000001  ", "+916000000001"},
    {"98765\xc2\xa0"
     "43210",
     "+919876543210"},
    {"9198765432", "+919198765432"}, /* ten digits are a number, 91 or not */
    {"5876543210", NULL},
    {"0876543210", NULL},
    {"987654321", NULL},
    {"98765432100", NULL},
    {"+9876543210", NULL},
    {"+929876543210", NULL},
    {"+1 415 555 2671", NULL},
    {"++919876543210", NULL},
    {"98765+43210", NULL},
    {"+91 5876543210", NULL},
    {"00919876543210000", NULL},
    {"9876543210x", NULL},
    {"9876543210\n", NULL},
    {"\xe0\xa5\xaf"
     "876543210",
     NULL}, /* a digit of Devanagari */
    {"98765\xc2 43210", NULL},
    {"98765\xc2", NULL},
    {"+", NULL},
    {"-", NULL},
    {"", NULL},
};

int main(void) {
    char out[BJ_PHONE_BYTES], hint[BJ_PHONE_BYTES];
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bool read = bj_phone_read(cases[i].typed, out);
        bool ok = read == (cases[i].want != NULL) && (!read || !strcmp(out, cases[i].want));
        BJ_CHECK(ok);
        if (!ok) fprintf(stderr, "  \"%s\" is \"%s\"\n", cases[i].typed, read ? out : "none");
    }
    BJ_CHECK(!strcmp(bj_phone_hint("+919876543210", hint), "+91********10"));
    BJ_CHECK(!strcmp(bj_phone_hint("", hint), "+91********??"));
    return bj_test_end("test_bj_phone");
}
