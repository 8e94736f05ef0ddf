#ifndef BJ_SESSION_H
#define BJ_SESSION_H

/* bj_session - a session's way through the cache: as JSON for Redis, and this process's own
 * memory. */
#include <jansson.h>
#include "controlplane/access/bj_access.h"

enum { BJ_SESSION_JSON_BYTES = 4096, BJ_SESSION_MEMORY = 4096 };

/* False: does not fit. */
BJ_MUST_USE bool bj_session_write(const bj_caller_t *caller, char out[BJ_SESSION_JSON_BYTES]);
/* False: not ours, or not whole. */
BJ_MUST_USE bool bj_session_read(const char *text, size_t text_bytes, bj_caller_t *caller);

/* True while a session of these times may be used. */
bool bj_session_alive(const bj_caller_t *caller, int64_t now_ns);

/* The last BJ_SESSION_MEMORY sessions seen; any thread. */
typedef struct bj_session_memory bj_session_memory_t;
bj_session_memory_t *bj_session_memory_new(void);
void bj_session_memory_free(bj_session_memory_t *memory);
void bj_session_remember(bj_session_memory_t *memory, const bj_caller_t *caller, int64_t now_ns);
void bj_session_forget(bj_session_memory_t *memory, const uint8_t *token_hash);
/* Only what was confirmed by PostgreSQL within the last age_max_ns. */
BJ_MUST_USE bool bj_session_recall(bj_session_memory_t *memory, const uint8_t *token_hash,
                                   int64_t now_ns, int64_t age_max_ns, bj_caller_t *caller);

#endif /* BJ_SESSION_H */
