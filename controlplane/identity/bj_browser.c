#include "controlplane/identity/bj_browser.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *name, *word, *brand;
} browsers[BJ_BROWSER_CNT] = {
#define X(name, word, brand) [BJ_BROWSER_##name] = {#name, word, brand},
    BJ_BROWSER_LIST(X)
#undef X
};

/* Each with what was mended until the middle of 2025. */
const bj_browser_min_t bj_browser_default = {.asked = true,
                                             .major = {[BJ_BROWSER_edge] = 137,
                                                       [BJ_BROWSER_opera] = 120,
                                                       [BJ_BROWSER_firefox] = 128,
                                                       [BJ_BROWSER_chrome] = 137,
                                                       [BJ_BROWSER_safari] = 18}};

bool bj_browser_min_read(const bj_config_t *config, const bj_browser_min_t *or_else,
                         bj_browser_min_t *min, char error[BJ_BROWSER_ERROR_BYTES]) {
    static const char path[] = "identity.staff_browser_min";
    const char *names[BJ_BROWSER_CNT];
    char at[64];
    for (size_t i = 0; i < BJ_BROWSER_CNT; i++)
        names[i] = browsers[i].name;
    *min = *or_else;
    error[0] = '\0';
    if (bj_config_only(config, path, NULL, 0)) return true; /* absent, or nothing in it */
    if (!bj_config_only(config, path, names, BJ_BROWSER_CNT)) {
        snprintf(error, BJ_BROWSER_ERROR_BYTES,
                 "%s must be an object with edge, opera, firefox, chrome and safari, and nothing "
                 "else",
                 path);
        return false;
    }
    *min = (bj_browser_min_t){.asked = false};
    for (size_t i = 0; i < BJ_BROWSER_CNT; i++) {
        snprintf(at, sizeof at, "%s.%s", path, browsers[i].name);
        min->major[i] = (uint32_t)bj_config_int_or(config, at, 0, 9999, 0);
        min->asked |= min->major[i] > 0;
    }
    return true;
}

/* The number behind the word, or 0. */
static uint32_t version_at(const char *word, size_t word_bytes) {
    unsigned long n = word ? strtoul(word + word_bytes, NULL, 10) : 0;
    return n <= 9999 ? (uint32_t)n : 0;
}

/* As "Chromium";v="131". */
static uint32_t brand_version(const char *brands, const char *brand) {
    size_t brand_bytes = strlen(brand);
    const char *at = brand_bytes && brands ? strstr(brands, brand) : NULL;
    if (!at || strncmp(at + brand_bytes, ";v=\"", 4) != 0) return 0;
    return version_at(at, brand_bytes + 4);
}

bool bj_browser_fits(const bj_browser_min_t *min, const char *agent, const char *brands) {
    if (!min->asked) return true;
    for (size_t i = 0; agent && i < BJ_BROWSER_CNT; i++) {
        const char *word = strstr(agent, browsers[i].word);
        if (!word) continue;
        uint32_t brand = brand_version(brands, browsers[i].brand);
        uint32_t major = version_at(word, strlen(browsers[i].word));
        /* It says two things: the older one counts. */
        if (brand && brand < major) major = brand;
        return min->major[i] && major >= min->major[i];
    }
    return false;
}
