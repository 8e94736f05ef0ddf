#ifndef BJ_LOG_H
#define BJ_LOG_H

/* bj_log - one JSON object a line on stderr; svlogd keeps it.
 *
 * Threads  any; a line is one write(2).
 * Cost     a format and a syscall: never from a tile's step, only from start-up and housekeeping.
 * Rule     no secret, no password, no key, no personal data in a line.  BJ_LOG_* sets `at`
 *          itself. */

typedef enum bj_log_level { BJ_LOG_DEBUG, BJ_LOG_INFO, BJ_LOG_WARN, BJ_LOG_ERROR } bj_log_level_t;

/* Once at start: the process's name as it shall stand in each line.  Lives as long as the
 * process. */
void bj_log_init(const char *process, bj_log_level_t least);

__attribute__((format(printf, 3, 4))) void bj_log_line(bj_log_level_t level, const char *where,
                                                       const char *format, ...);

#define BJ_LOG_STR2(x) #x
#define BJ_LOG_STR(x) BJ_LOG_STR2(x)
#define BJ_LOG_AT __FILE__ ":" BJ_LOG_STR(__LINE__)
#define BJ_DEBUG(...) bj_log_line(BJ_LOG_DEBUG, BJ_LOG_AT, __VA_ARGS__)
#define BJ_INFO(...) bj_log_line(BJ_LOG_INFO, BJ_LOG_AT, __VA_ARGS__)
#define BJ_WARN(...) bj_log_line(BJ_LOG_WARN, BJ_LOG_AT, __VA_ARGS__)
#define BJ_ERROR(...) bj_log_line(BJ_LOG_ERROR, BJ_LOG_AT, __VA_ARGS__)

#endif /* BJ_LOG_H */
