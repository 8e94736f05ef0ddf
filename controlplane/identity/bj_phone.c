#include "controlplane/identity/bj_phone.h"

#include <stdio.h>

enum { NUMBER_DIGITS = 10, DIGITS_MAX = 14 };

/* The digits alone, and whether a + stood first.  0: something else was in it, or too much. */
static size_t digits_of(const char *text, char out[DIGITS_MAX + 1], bool *plus) {
    static const char between[] = " \t.-()/";
    static const char hard_space[] = "\xc2\xa0"; /* as pages and phones paste it */
    size_t n = 0;
    text += strspn(text, between);
    *plus = *text == '+';
    for (text += *plus; *text; text++) {
        if (strncmp(text, hard_space, 2) == 0)
            text++;
        else if (*text >= '0' && *text <= '9' && n < DIGITS_MAX)
            out[n++] = *text;
        else if (!strchr(between, *text))
            return 0;
    }
    out[n] = '\0';
    return n;
}

bool bj_phone_read(const char *text, char out[BJ_PHONE_BYTES]) {
    static const struct {
        const char *before;
        bool plus;
    } ways[] = {{"", false},     {"0", false}, {"91", false},
                {"0091", false}, {"91", true}, {"910", true}};
    char digits[DIGITS_MAX + 1];
    bool plus;
    size_t n = digits_of(text, digits, &plus);
    for (size_t i = 0; i < BJ_COUNT(ways); i++) {
        size_t skip = strlen(ways[i].before);
        if (ways[i].plus != plus || n != skip + NUMBER_DIGITS) continue;
        if (strncmp(digits, ways[i].before, skip) != 0 || digits[skip] < '6') continue;
        snprintf(out, BJ_PHONE_BYTES, "+91%s", digits + skip);
        return true;
    }
    return false;
}

const char *bj_phone_hint(const char *phone, char out[BJ_PHONE_BYTES]) {
    size_t n = strlen(phone);
    snprintf(out, BJ_PHONE_BYTES, "+91********%s", n > 2 ? phone + n - 2 : "??");
    return out;
}
