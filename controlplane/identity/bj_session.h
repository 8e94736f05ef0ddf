#ifndef BJ_SESSION_H
#define BJ_SESSION_H

/* bj_session - a session's way through the cache: as JSON for Redis, and this process's own
 * memory. */
#include <jansson.h>
#include "controlplane/access/bj_access.h"
#include "dataplane/base/bj_time.h"

enum { BJ_SESSION_JSON_BYTES = 4096, BJ_SESSION_MEMORY = 4096 };
/* How long what is no session is believed to be none: a token that is to come is none yet that
 * anybody could have asked for. */
#define BJ_SESSION_NONE_NS (60 * BJ_NS_PER_S)
/* How long another process's word that a session has ended may take to be heard here; this
 * process's own is heard at once. */
#define BJ_SESSION_FRESH_NS BJ_NS_PER_S

/* False: does not fit. */
BJ_MUST_USE bool bj_session_write(const bj_caller_t *caller, char out[BJ_SESSION_JSON_BYTES]);
/* False: not ours, or not whole. */
BJ_MUST_USE bool bj_session_read(const char *text, size_t text_bytes, bj_caller_t *caller);

/* Where Redis has the copy of an API app's token (bj_apps.h), by the hash's hex digits. */
#define BJ_APP_COPY_KEY "apptoken:%s"

/* True while a session of these times may be used. */
bool bj_session_alive(const bj_caller_t *caller, int64_t now_ns);

/* The last BJ_SESSION_MEMORY sessions seen; any thread.
 *
 * Two ages: when PostgreSQL confirmed it (a wall clock, for while it is away), and until when it
 * may be used unasked (BJ_SESSION_FRESH_NS, a monotonic clock).  What is forgotten stays so: who
 * read the record before has an older turn, and is not remembered. */
typedef struct bj_session_memory bj_session_memory_t;
bj_session_memory_t *bj_session_memory_new(void);
void bj_session_memory_free(bj_session_memory_t *memory);
/* To be asked before the record is, and given with what the record said. */
uint32_t bj_session_turn(bj_session_memory_t *memory, const uint8_t *token_hash);
/* As PostgreSQL said at now_ns. */
void bj_session_remember(bj_session_memory_t *memory, const bj_caller_t *caller, uint32_t turn,
                         int64_t now_ns);
/* As another copy says: nothing for while PostgreSQL is away. */
void bj_session_lean(bj_session_memory_t *memory, const bj_caller_t *caller, uint32_t turn);
void bj_session_forget(bj_session_memory_t *memory, const uint8_t *token_hash);
/* Some may have ended unheard: nothing confirmed before now counts while PostgreSQL is away. */
void bj_session_doubt(bj_session_memory_t *memory);
/* Only what was confirmed by PostgreSQL within the last age_max_ns. */
BJ_MUST_USE bool bj_session_recall(bj_session_memory_t *memory, const uint8_t *token_hash,
                                   int64_t now_ns, int64_t age_max_ns, bj_caller_t *caller);
/* Only what may be used unasked; mono_ns: bj_clock_mono_ns. */
BJ_MUST_USE bool bj_session_fresh(bj_session_memory_t *memory, const uint8_t *token_hash,
                                  int64_t mono_ns, bj_caller_t *caller);

/* True if it was good here, however long ago, and has not ended since. */
BJ_MUST_USE bool bj_session_seen(bj_session_memory_t *memory, const uint8_t *token_hash);
/* The last BJ_SESSION_MEMORY hashes that were no session's; mono_ns as above. */
void bj_session_note_none(bj_session_memory_t *memory, const uint8_t *token_hash, int64_t mono_ns);
BJ_MUST_USE bool bj_session_is_none(bj_session_memory_t *memory, const uint8_t *token_hash,
                                    int64_t mono_ns);

#endif /* BJ_SESSION_H */
