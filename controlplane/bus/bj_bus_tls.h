#ifndef BJ_BUS_TLS_H
#define BJ_BUS_TLS_H

/* bj_bus_tls - one thread at a time in a TLS connection of cnats.
 *
 * Purpose    cnats 3.4.1 calls SSL_read in one thread, SSL_write in others on one SSL object, which
 *            OpenSSL forbids.  Its makers mended it in 2025 by a mutex around both and the
 *            SSL_get_error after them (https://github.com/nats-io/nats.c/pull/913); this does the
 *            same from outside: the three functions of these names in the .c stand before
 *            OpenSSL's for all libraries of the process.  It can go with a cnats that has the mend.
 *            cnats' event loop, with one thread for both, is no way out: it keeps the parser of the
 *            old connection for the next one, and gives out half a message with other bytes.
 * Shape      a mutex an SSL object, made and freed with it.  The three are as OpenSSL's to whoever
 *            uses an SSL object from one thread.
 * Needs      sockets that do not block: cnats leaves them so when it has a write deadline, and
 *            waits outside of OpenSSL.
 * Threads    any.
 * Errors     without memory for a mutex the process ends.
 * Cost       a mutex that is mostly free, a call. */
#include <stdbool.h>

/* Before the first connection.  False: this program's functions do not stand before OpenSSL's (it
 * was linked so, or something was loaded before it); then no TLS may be spoken. */
bool bj_bus_tls_guard(void);

#endif /* BJ_BUS_TLS_H */
