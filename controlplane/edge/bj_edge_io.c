#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "controlplane/edge/bj_edge_priv.h"

static edge_io_t tls_verdict(edge_client_t *client, int rc) {
    int why = SSL_get_error(client->tls, rc);
    client->want_write = client->want_write || why == SSL_ERROR_WANT_WRITE;
    ERR_clear_error(); /* one client's error must not be taken for the next one's */
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EDGE_IO_WAIT : EDGE_IO_END;
}

static edge_io_t plain_verdict(ssize_t n) {
    return n < 0 && (errno == EAGAIN || errno == EINTR) ? EDGE_IO_WAIT : EDGE_IO_END;
}

edge_io_t edge_handshake(edge_client_t *client) {
    int rc = SSL_accept(client->tls);
    return rc == 1 ? EDGE_IO_DONE : tls_verdict(client, rc);
}

edge_io_t edge_read(edge_client_t *client, uint8_t *into, size_t room, size_t *got) {
    *got = 0;
    if (client->tls) {
        int rc = SSL_read_ex(client->tls, into, room, got);
        return rc == 1 ? EDGE_IO_DONE : tls_verdict(client, rc);
    }
    ssize_t n = recv(client->fd, into, room, 0);
    if (n <= 0) return plain_verdict(n);
    *got = (size_t)n;
    return EDGE_IO_DONE;
}

static edge_io_t write_some(edge_client_t *client, const uint8_t *data, size_t data_bytes,
                            size_t *taken) {
    *taken = 0;
    if (client->tls) {
        int rc = SSL_write_ex(client->tls, data, data_bytes, taken);
        return rc == 1 ? EDGE_IO_DONE : tls_verdict(client, rc);
    }
    ssize_t n = send(client->fd, data, data_bytes, MSG_NOSIGNAL);
    if (n < 0) return plain_verdict(n);
    *taken = (size_t)n;
    return EDGE_IO_DONE;
}

static bool keep(edge_client_t *client, const uint8_t *data, size_t data_bytes) {
    if (client->out_bytes + data_bytes > client->out_room) {
        size_t room = client->out_bytes + data_bytes;
        uint8_t *out = realloc(client->out, room);
        if (!out) return false;
        client->out = out;
        client->out_room = room;
    }
    memcpy(client->out + client->out_bytes, data, data_bytes);
    client->out_bytes += data_bytes;
    return true;
}

/* As much as the socket takes; *data and *data_bytes move on. */
static edge_io_t push(bj_edge_t *edge, edge_client_t *client, const uint8_t **data,
                      size_t *data_bytes) {
    while (*data_bytes > 0) {
        size_t taken;
        edge_io_t io = write_some(client, *data, *data_bytes, &taken);
        if (io != EDGE_IO_DONE) return io;
        *data += taken;
        *data_bytes -= taken;
        edge->stats.bytes += (int64_t)taken;
        client->progress_ns = edge->now_ns;
    }
    return EDGE_IO_DONE;
}

bool edge_send(bj_edge_t *edge, edge_client_t *client, const uint8_t *data, size_t data_bytes) {
    if (edge_waiting(client) == 0) {
        client->progress_ns = edge->now_ns; /* waiting begins now */
        if (push(edge, client, &data, &data_bytes) == EDGE_IO_END) return false;
        if (data_bytes == 0) return true;
    }
    client->want_write = true;
    return keep(client, data, data_bytes);
}

bool edge_flush(bj_edge_t *edge, edge_client_t *client) {
    const uint8_t *data = client->out + client->out_at;
    size_t left = edge_waiting(client);
    if (left == 0) return true;
    edge_io_t io = push(edge, client, &data, &left);
    client->out_at = client->out_bytes - left;
    if (io == EDGE_IO_END) return false;
    if (left == 0) { /* thousands of clients: memory only while it is needed */
        free(client->out);
        client->out = NULL;
        client->out_at = client->out_bytes = client->out_room = 0;
    } else {
        client->want_write = true;
    }
    return true;
}
