#ifndef BJ_SHM_H
#define BJ_SHM_H

/* bj_shm - a file mapped into memory, shared with whoever else maps it.
 *
 * Ownership  the creator makes the file at its full size (0640); readers map it read-only.
 * Errors     NULL and errno; nothing is left mapped.
 * Cost       start-up only. */
#include "dataplane/base/bj_base.h"

/* bj_shm_create makes file (replacing what was there) with mem_bytes of zeros and maps it. */
void *bj_shm_create(const char *file, size_t mem_bytes);

/* bj_shm_open maps an existing file read-only; *mem_bytes is its size. */
const void *bj_shm_open(const char *file, size_t *mem_bytes);

/* The same to read and to write: for a peer with rings of its own in it. */
void *bj_shm_attach(const char *file, size_t *mem_bytes);

void bj_shm_close(const void *mem, size_t mem_bytes);

#endif /* BJ_SHM_H */
