#ifndef BJ_WIRE_CHECK_H
#define BJ_WIRE_CHECK_H

/* The two assertions behind every wire and shared-memory struct: a wrong field breaks the build on
 * the line that says which byte. */
#include "dataplane/base/bj_base.h"

#define BJ_WIRE_SIZE(T, n) static_assert(sizeof(T) == (n), #T " is not " #n " bytes")
#define BJ_WIRE_AT(T, f, n) static_assert(offsetof(T, f) == (n), #T "." #f " is not at byte " #n)
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "wire structs are read in place");

#endif /* BJ_WIRE_CHECK_H */
