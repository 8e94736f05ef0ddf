#include <stdio.h>
#include <time.h>
#include "controlplane/notify/bj_mail.h"
#include "dataplane/base/bj_time.h"

/* A line break in a header would be a header of the sender's choosing. */
static bool one_line(const char *text) { return !strpbrk(text, "\r\n"); }

size_t bj_mail_format(char *out, size_t out_bytes, const char *from, const char *to,
                      const char *subject, const char *text, int64_t now_ns) {
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t now_s = (time_t)(now_ns / BJ_NS_PER_S);
    struct tm tm;
    if (!one_line(from) || !one_line(to) || !one_line(subject) || !gmtime_r(&now_s, &tm)) return 0;
    int n = snprintf(out, out_bytes,
                     "Date: %s, %02d %s %d %02d:%02d:%02d +0000\r\n"
                     "From: Bijli <%s>\r\nTo: <%s>\r\nSubject: %s\r\nMIME-Version: 1.0\r\n"
                     "Content-Type: text/plain; charset=utf-8\r\nAuto-Submitted: auto-generated\r\n"
                     "\r\n",
                     days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour,
                     tm.tm_min, tm.tm_sec, from, to, subject);
    if (n < 0 || (size_t)n >= out_bytes) return 0;
    size_t at = (size_t)n;
    for (const char *p = text; *p; p++) {
        if (at + 3 > out_bytes) return 0;
        if (*p == '\n') out[at++] = '\r';
        out[at++] = *p;
    }
    out[at] = '\0';
    return at;
}
