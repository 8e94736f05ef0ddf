#include "dataplane/base/bj_log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_time.h"

static const char *log_process = "bijli";
static bj_log_level_t log_least = BJ_LOG_INFO;
static const char *const level_names[] = {"debug", "info", "warn", "error"};

void bj_log_init(const char *process, bj_log_level_t least) {
    log_process = process;
    log_least = least;
}

/* JSON text: quotes and backslashes escaped, control bytes become spaces. */
static size_t escape(char *out, size_t out_bytes, const char *in) {
    size_t n = 0;
    for (; *in && n + 3 < out_bytes; in++) {
        if (*in == '"' || *in == '\\') out[n++] = '\\';
        out[n++] = (unsigned char)*in < 0x20 ? ' ' : *in;
    }
    out[n] = '\0';
    return n;
}

void bj_log_line(bj_log_level_t level, const char *where, const char *format, ...) {
    if (level < log_least) return;
    char text[1024], safe[1536], line[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    escape(safe, sizeof safe, text);

    time_t now_s = (time_t)(bj_clock_wall_ns() / BJ_NS_PER_S);
    long ms = (long)(bj_clock_wall_ns() / BJ_NS_PER_MS % 1000);
    struct tm tm;
    char stamp[32];
    gmtime_r(&now_s, &tm);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &tm);
    int n = snprintf(line, sizeof line,
                     "{\"time\":\"%s.%03ldZ\",\"level\":\"%s\",\"process\":\"%s\",\"at\":\"%s\","
                     "\"text\":\"%s\"}\n",
                     stamp, ms, level_names[level], log_process, where, safe);
    if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0) return; /* nowhere left to say so */
}
