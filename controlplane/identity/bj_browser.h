#ifndef BJ_BROWSER_H
#define BJ_BROWSER_H

/* bj_browser - which browser says it is, and how old: its User-Agent, and Sec-CH-UA where it has
 * one.  A statement of the browser's, which anybody can make: it keeps away who does not update,
 * not who lies.
 *
 * Shape    identity.staff_browser_min {"chrome", "edge", "firefox", "opera", "safari"}: the oldest
 *          major version that staff may use; a browser without one is not for staff.
 * Threads  any; nothing is kept here. */
#include "dataplane/base/bj_config.h"

/* X(name, word in User-Agent, brand in Sec-CH-UA or ""): the first word that is there counts, since
 * each browser also names those that it is like. */
#define BJ_BROWSER_LIST(X)                                                                         \
    X(edge, "Edg/", "\"Microsoft Edge\"")                                                          \
    X(opera, "OPR/", "\"Opera\"")                                                                  \
    X(firefox, "Firefox/", "")                                                                     \
    X(chrome, "Chrome/", "\"Chromium\"")                                                           \
    X(safari, "Version/", "")

typedef enum bj_browser {
#define X(name, word, brand) BJ_BROWSER_##name,
    BJ_BROWSER_LIST(X)
#undef X
        BJ_BROWSER_CNT
} bj_browser_t;

typedef struct bj_browser_min {
    bool asked;
    uint32_t major[BJ_BROWSER_CNT]; /* 0: not for staff */
} bj_browser_min_t;

enum { BJ_BROWSER_ERROR_BYTES = 160 };
/* or_else: what holds if identity.staff_browser_min is absent.  False: error names the field. */
BJ_MUST_USE bool bj_browser_min_read(const bj_config_t *config, const bj_browser_min_t *or_else,
                                     bj_browser_min_t *min, char error[BJ_BROWSER_ERROR_BYTES]);

/* What staff may use if nothing is said. */
extern const bj_browser_min_t bj_browser_default;

/* True: nothing is asked, or it says that it is new enough.  agent, brands: NULL, none came. */
bool bj_browser_fits(const bj_browser_min_t *min, const char *agent, const char *brands);

#endif /* BJ_BROWSER_H */
