#ifndef BJ_PAGES_H
#define BJ_PAGES_H

/* bj_pages - memory whose first use costs nothing: zeroed, every page of it there already, huge
 * ones where the kernel gives them.  For what a hot path writes in turn, as rings.
 *
 * Ownership  the caller's, until free().
 * Errors     NULL: no memory.
 * Cost       at start: bytes rounded up to 2 MB, all of it resident. */
#include "dataplane/base/bj_base.h"

void *bj_pages_new(size_t bytes);

#endif /* BJ_PAGES_H */
