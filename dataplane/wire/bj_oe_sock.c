#include "dataplane/wire/bj_oe_sock.h"

#include <errno.h>
#include <openssl/err.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include "dataplane/wire/bj_oe_tls.h"

static _Thread_local char why[128];

/* --- under OpenSSL: send(2) without a signal, which its own socket BIO may raise */
static int fd_write(BIO *bio, const char *data, int data_bytes) {
    BIO_clear_retry_flags(bio);
    ssize_t n = send((int)(intptr_t)BIO_get_data(bio), data, (size_t)data_bytes, MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
    return (int)n;
}

static int fd_read(BIO *bio, char *data, int data_bytes) {
    BIO_clear_retry_flags(bio);
    ssize_t n = recv((int)(intptr_t)BIO_get_data(bio), data, (size_t)data_bytes, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
    return (int)n;
}

static long fd_ctrl(BIO *bio, int cmd, long number, void *pointer) {
    (void)bio, (void)number, (void)pointer;
    return cmd == BIO_CTRL_FLUSH;
}

static BIO_METHOD *method;
static void method_make(void) {
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "bj_oe_sock");
    if (!method) return;
    BIO_meth_set_write(method, fd_write);
    BIO_meth_set_read(method, fd_read);
    BIO_meth_set_ctrl(method, fd_ctrl);
}

static SSL *tls_new(SSL_CTX *context, int fd, bj_oe_tls_side_t side, const char *peer) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, method_make);
    SSL *tls = method ? SSL_new(context) : NULL;
    BIO *bio = tls ? BIO_new(method) : NULL;
    if (!bio || SSL_set1_host(tls, peer) != 1) {
        BIO_free(bio);
        SSL_free(tls);
        return NULL;
    }
    BIO_set_data(bio, (void *)(intptr_t)fd); /* a number: nothing is owned */
    BIO_set_init(bio, 1);
    SSL_set_bio(tls, bio, bio);
    if (side == BJ_OE_TLS_CLIENT) SSL_set_connect_state(tls);
    else SSL_set_accept_state(tls);
    return tls;
}

bool bj_oe_sock_open_as(bj_oe_sock_t *sock, int fd, SSL_CTX *tls, bj_oe_tls_side_t side,
                        const char *peer) {
    *sock = (bj_oe_sock_t){.fd = fd, .tls = tls ? tls_new(tls, fd, side, peer) : NULL};
    if (!tls || sock->tls) return true;
    ERR_clear_error();
    bj_oe_sock_close(sock);
    return false;
}

bool bj_oe_sock_open(bj_oe_sock_t *sock, int fd, SSL_CTX *tls) {
    if (!bj_oe_sock_open_as(sock, fd, tls, BJ_OE_TLS_CLIENT, BJ_OE_TLS_HOST)) return false;
    if (sock->tls) SSL_set_read_ahead(sock->tls, 1); /* one system call for a record, not two */
    return true;
}

bool bj_oe_sock_shaken(const bj_oe_sock_t *sock) {
    return !sock->tls || SSL_is_init_finished(sock->tls);
}

bool bj_oe_sock_waits(const bj_oe_sock_t *sock) {
    return sock->tls && SSL_pending(sock->tls) > 0;
}

void bj_oe_sock_close(bj_oe_sock_t *sock) {
    if (sock->tls) {
        if (SSL_is_init_finished(sock->tls)) (void)SSL_shutdown(sock->tls); /* says so, and goes */
        SSL_free(sock->tls);
        ERR_clear_error();
    }
    if (sock->fd >= 0) close(sock->fd);
    *sock = (bj_oe_sock_t){.fd = -1};
}

/* What a call of OpenSSL's that gave no bytes means, in words of recv(2). */
static ssize_t tls_said(bj_oe_sock_t *sock, int result) {
    int error = SSL_get_error(sock->tls, result), system = errno;
    if (error == SSL_ERROR_ZERO_RETURN) return 0;
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        errno = EAGAIN;
        return -1;
    }
    long verify = SSL_get_verify_result(sock->tls);
    unsigned long code = ERR_peek_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    snprintf(why, sizeof why, "TLS: %s%s%s",
             reason ? reason : "the connection was cut",
             verify == X509_V_OK ? "" : ": ",
             verify == X509_V_OK ? "" : X509_verify_cert_error_string(verify));
    ERR_clear_error();
    errno = error == SSL_ERROR_SYSCALL && system ? system : EPROTO;
    return -1;
}

ssize_t bj_oe_sock_recv(bj_oe_sock_t *sock, void *data, size_t data_bytes) {
    why[0] = '\0';
    if (!sock->tls) return recv(sock->fd, data, data_bytes, 0);
    ERR_clear_error();
    errno = 0;
    int n = SSL_read(sock->tls, data, (int)data_bytes);
    return n > 0 ? n : tls_said(sock, n);
}

ssize_t bj_oe_sock_send(bj_oe_sock_t *sock, const void *data, size_t data_bytes) {
    why[0] = '\0';
    if (!sock->tls) return send(sock->fd, data, data_bytes, MSG_NOSIGNAL);
    ERR_clear_error();
    errno = 0;
    int n = SSL_write(sock->tls, data, (int)data_bytes);
    if (n > 0) return n;
    ssize_t said = tls_said(sock, n);
    if (said == 0) errno = EPIPE;
    return -1;
}

const char *bj_oe_sock_why(void) { return why[0] ? why : strerror(errno); }
