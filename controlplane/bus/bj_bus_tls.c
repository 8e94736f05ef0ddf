#include "controlplane/bus/bj_bus_tls.h"

#include <dlfcn.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int            lock_idx; /* where an SSL object keeps its mutex */

static int (*real_read)(SSL *ssl, void *into, int room);
static int (*real_write)(SSL *ssl, const void *data, int n);
static int (*real_get_error)(const SSL *ssl, int rc);

/* What the last call of this thread came to, for the SSL_get_error that follows: by then another
 * thread may have been in the object. */
static _Thread_local struct {
    const SSL *ssl;
    int        rc, why;
} last;

static void lock_new(void *ssl, void *none, CRYPTO_EX_DATA *data, int idx, long argl, void *argp) {
    (void)ssl, (void)none, (void)argl, (void)argp;
    last.ssl = NULL; /* it may have had this address */
    pthread_mutex_t *lock = malloc(sizeof *lock);
    if (!lock || pthread_mutex_init(lock, NULL) != 0 || !CRYPTO_set_ex_data(data, idx, lock)) {
        abort();
    }
}

static void lock_free(void *ssl, void *lock, CRYPTO_EX_DATA *data, int idx, long argl, void *argp) {
    (void)ssl, (void)data, (void)idx, (void)argl, (void)argp;
    if (lock) pthread_mutex_destroy(lock);
    free(lock);
}

/* What dlsym gives is an object pointer; POSIX says it may be a function's. */
static void set_up(void) {
    *(void **)&real_read = dlsym(RTLD_NEXT, "SSL_read");
    *(void **)&real_write = dlsym(RTLD_NEXT, "SSL_write");
    *(void **)&real_get_error = dlsym(RTLD_NEXT, "SSL_get_error");
    lock_idx = SSL_get_ex_new_index(0, NULL, lock_new, NULL, lock_free);
    if (!real_read || !real_write || !real_get_error || lock_idx < 0) abort();
}

/* NULL: the object is older than the first of these calls, so none of cnats's. */
static pthread_mutex_t *enter(SSL *ssl) {
    pthread_once(&once, set_up);
    pthread_mutex_t *lock = SSL_get_ex_data(ssl, lock_idx);
    if (lock) pthread_mutex_lock(lock);
    last.ssl = NULL;
    return lock;
}

static int leave(SSL *ssl, pthread_mutex_t *lock, int rc) {
    int err = errno; /* cnats looks at it */
    if (rc < 0) {
        last.ssl = ssl;
        last.rc = rc;
        last.why = real_get_error(ssl, rc);
    }
    if (lock) pthread_mutex_unlock(lock);
    errno = err;
    return rc;
}

int SSL_read(SSL *ssl, void *into, int room) {
    pthread_mutex_t *lock = enter(ssl);
    return leave(ssl, lock, real_read(ssl, into, room));
}

int SSL_write(SSL *ssl, const void *data, int n) {
    pthread_mutex_t *lock = enter(ssl);
    return leave(ssl, lock, real_write(ssl, data, n));
}

int SSL_get_error(const SSL *ssl, int rc) {
    pthread_once(&once, set_up);
    if (last.ssl != ssl || last.rc != rc) return real_get_error(ssl, rc);
    last.ssl = NULL;
    return last.why;
}

static bool stands_first(const char *name, const void *ours) {
    return dlsym(RTLD_DEFAULT, name) == ours;
}

bool bj_bus_tls_guard(void) {
    int (*read_fn)(SSL *, void *, int) = SSL_read;
    int (*write_fn)(SSL *, const void *, int) = SSL_write;
    int (*error_fn)(const SSL *, int) = SSL_get_error;
    pthread_once(&once, set_up);
    return stands_first("SSL_read", *(void **)&read_fn) &&
           stands_first("SSL_write", *(void **)&write_fn) &&
           stands_first("SSL_get_error", *(void **)&error_fn);
}
