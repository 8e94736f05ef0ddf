#include "controlplane/identity/bj_password.h"
#include "controlplane/identity/bj_token.h"

#include <crack.h>
#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>
#include "controlplane/identity/bj_argon.h"
#include "dataplane/base/bj_log.h"

/* The words that the worst of the leaked lists are made of.  A password is refused if it is one of
 * these, or nothing but one of these and digits and signs around it, in any case. */
static const char *const worst[] = {
    "password", "passw0rd", "qwerty", "qwertyuiop", "asdfghjkl", "zxcvbnm", "iloveyou", "admin",
    "administrator", "welcome", "monkey", "dragon", "letmein", "football", "baseball", "sunshine",
    "princess", "shadow", "superman", "batman", "trustno", "master", "michael", "jennifer",
    "jordan", "hunter", "charlie", "thomas", "robert", "daniel", "jessica", "ashley", "michelle",
    "nicole", "starwars", "computer", "internet", "whatever", "freedom", "secret", "killer",
    "pepper", "ginger", "summer", "winter", "spring", "autumn", "flower", "cookie", "cheese",
    "banana", "orange", "purple", "yellow", "silver", "golden", "diamond", "google", "facebook",
    "samsung", "india", "mumbai", "delhi", "krishna", "ganesh", "sachin", "cricket", "bollywood",
    "hanuman", "lakshmi", "priyanka", "rahul", "omsairam", "jaihind", "jaimatadi", "sairam",
    "trading", "broker", "client", "bijli", "zerodha", "sensex", "nifty", "market", "money",
    "rupees", "stocks", "hello", "login", "access", "default", "changeme", "guest", "test",
    "testing", "temp", "user", "root", "pass", "abc", "qwe", "asd", "qazwsx", "qwaszx",
    "spongebob", "motdepasse", "woaini", "chocolate", "butterfly", "babygirl",
};

/* Each character is the one before it, or the next one up or down: 1111111111, 0123456789. */
static bool is_run(const char *p) {
    for (size_t i = 1; p[i]; i++) {
        int step = p[i] - p[i - 1];
        bool wraps = (p[i - 1] == '9' && p[i] == '0') || (p[i - 1] == '0' && p[i] == '9');
        if ((step < -1 || step > 1) && !wraps) return false;
    }
    return true;
}

/* Where a key lies, as row * 16 + column; -1: not among letters and digits. */
static int key_of(char c) {
    static const char *const rows[] = {"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"};
    for (int row = 0; row < (int)BJ_COUNT(rows); row++) {
        const char *at = strchr(rows[row], tolower((unsigned char)c));
        if (at && *at) return row * 16 + (int)(at - rows[row]);
    }
    return -1;
}

/* Fingers that walk over the keyboard, and lift seldom: 1qaz2wsx3edc, q1w2e3r4t5, 1234qwerasdf. */
static bool is_walk(const char *p) {
    size_t lift_cnt = 0, i = 1;
    for (; p[0] && p[i]; i++) {
        int a = key_of(p[i - 1]), b = key_of(p[i]);
        bool beside = a >= 0 && b >= 0 && abs(a / 16 - b / 16) <= 1 && abs(a % 16 - b % 16) <= 1;
        lift_cnt += !beside;
    }
    return lift_cnt * 4 <= i;
}

/* A sign or digit that stands for a letter. */
static char letter_of(char c) {
    static const char signs[] = "@043$5!1", letters[] = "aoaessii";
    const char *at = strchr(signs, c);
    return at && c ? letters[at - signs] : c;
}

static bool is_word(const char *p, const char *word) {
    while (*word && tolower((unsigned char)letter_of(*p)) == *word) p++, word++;
    return *word == '\0';
}

static bool is_worst(const char *password) {
    const char *from = password, *to = password + strlen(password);
    while (from < to && !isalpha((unsigned char)*from)) from++;
    while (to > from && !isalpha((unsigned char)to[-1])) to--;
    if (from == to) return false;
    for (size_t i = 0; i < BJ_COUNT(worst); i++) {
        size_t word_bytes = strlen(worst[i]);
        size_t left = (size_t)(to - from);
        /* One word, or the same word again and again. */
        if (left % word_bytes) continue;
        const char *p = from;
        while (p < to && is_word(p, worst[i])) p += word_bytes;
        if (p == to) return true;
    }
    return false;
}

static char dictionary[200];

bool bj_password_dictionary(const char *path) {
    static const char *const endings[] = {"pwd", "pwi", "hwm"};
    char name[sizeof dictionary + 4];
    for (size_t i = 0; i < BJ_COUNT(endings); i++) {
        int n = snprintf(name, sizeof name, "%s.%s", path, endings[i]);
        if (n < 0 || (size_t)n >= sizeof name || access(name, R_OK) != 0) return false;
    }
    snprintf(dictionary, sizeof dictionary, "%.*s", (int)sizeof dictionary - 1, path);
    return true;
}

/* cracklib keeps what it reads in places of its own: one at a time. */
static const char *crack(const char *password, const char *email) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static _Thread_local char said[160];
    char name[65];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(email, "@"), email);
    pthread_mutex_lock(&lock);
    const char *wrong = FascistCheckUser(password, dictionary, name, name);
    if (wrong) snprintf(said, sizeof said, "is too easy to guess: %s", wrong);
    pthread_mutex_unlock(&lock);
    return wrong ? said : NULL;
}

static const bj_leaked_t *leaked_list;

void bj_password_leaked(const bj_leaked_t *leaked) { leaked_list = leaked; }

/* Lists of the commonest are often in lower case only. */
static const char *leaked(const char *password) {
    char lower[BJ_PASSWORD_MAX + 1];
    size_t i = 0;
    if (!leaked_list) return NULL;
    for (; password[i]; i++) lower[i] = (char)tolower((unsigned char)password[i]);
    lower[i] = '\0';
    bj_leaked_said_t said = bj_leaked_find(leaked_list, password);
    if (said == BJ_LEAKED_NO) said = bj_leaked_find(leaked_list, lower);
    explicit_bzero(lower, sizeof lower);
    if (said == BJ_LEAKED_NO) return NULL;
    if (said == BJ_LEAKED_YES) return "is among those that have leaked; choose another";
    BJ_ERROR("identity.leaked_file has broken since the start: no new password is taken");
    return "cannot be looked up among those that have leaked; try again later";
}

const char *bj_password_refused(const char *password, const char *email) {
    size_t password_bytes = strlen(password), name_bytes = strcspn(email, "@");
    if (password_bytes < BJ_PASSWORD_MIN || password_bytes > BJ_PASSWORD_MAX) {
        return "must be 10 to 128 characters long";
    }
    if (strcasecmp(password, email) == 0) return "must not be your e-mail address";
    if (name_bytes == password_bytes && strncasecmp(password, email, name_bytes) == 0) {
        return "must not be your e-mail address";
    }
    if (is_run(password) || is_walk(password) || is_worst(password)) {
        return "is one of the first that anybody would try; choose another";
    }
    const char *wrong = leaked(password);
    return wrong || !dictionary[0] ? wrong : crack(password, email);
}

bool bj_password_hash(const char *password, char out[BJ_PASSWORD_HASH_BYTES]) {
    static_assert((int)BJ_PASSWORD_HASH_BYTES == (int)BJ_ARGON_TEXT_BYTES, "one text");
    return bj_argon_hash(password, out);
}

bool bj_password_verify(const char *hash, const char *password) {
    return bj_argon_verify(hash, password);
}

bool bj_password_nobodys(char out[BJ_PASSWORD_HASH_BYTES]) {
    char token[BJ_TOKEN_BYTES];
    bj_token_make(token);
    bool ok = bj_password_hash(token, out);
    explicit_bzero(token, sizeof token);
    return ok;
}
