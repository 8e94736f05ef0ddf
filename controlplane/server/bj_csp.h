#ifndef BJ_CSP_H
#define BJ_CSP_H

/* bj_csp - what browsers tell of our pages' Content-Security-Policy: that something was kept out.
 *
 * Source   Content Security Policy Level 3, 5.2 and 5.3: report-uri sends {"csp-report": {...}},
 *          report-to an array of {"type": "csp-violation", "body": {...}} (Reporting API).
 * Purpose  OWASP ASVS 3.4.7: a page that somebody has got something into says so, and so does a
 *          page of ours that is wrong.  Anybody may send one, so it is a hint and no proof.
 * Privacy  of a report stay the directive, the kind or the host of what was kept out, and of our
 *          page's path the words: no query, no number, no sample of the script, nobody's address.
 * Threads  any. */
#include "controlplane/access/bj_bucket.h"

enum {
    BJ_CSP_BODY_MAX_BYTES = 16 * 1024,
    BJ_CSP_REPORTS_MAX = 10, /* of one body; the rest is not looked at */
    BJ_CSP_WORD_BYTES = 64,
};

typedef struct bj_csp_report {
    char directive[BJ_CSP_WORD_BYTES]; /* "script-src-elem" */
    char blocked[BJ_CSP_WORD_BYTES];   /* "inline", "https://host:1", "?": none that we would say */
    char page[BJ_CSP_WORD_BYTES];      /* "/account/security" */
} bj_csp_report_t;

/* Those of origin's pages; others are left out.  False: no such body. */
BJ_MUST_USE bool bj_csp_read(const char *body, size_t body_bytes, const char *origin,
                             bj_csp_report_t out[BJ_CSP_REPORTS_MAX], size_t *cnt);
/* Counts each, and says a few a minute in the log. */
void bj_csp_note(bj_bucket_t *buckets, const bj_csp_report_t *reports, size_t cnt);

/* Since this process began. */
typedef struct bj_csp_figures {
    int64_t violations, dropped; /* counted; bodies that were no report of our pages */
} bj_csp_figures_t;
bj_csp_figures_t bj_csp_figures(void);
void bj_csp_dropped(void);

#endif /* BJ_CSP_H */
