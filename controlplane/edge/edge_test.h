/* edge_test.h - a small WebSocket client, plain TCP, for the edge's test and benchmark. */
#ifndef EDGE_TEST_H
#define EDGE_TEST_H
#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dataplane/base/bj_base.h"

#define EDGE_TEST_KEY "0123456789abcdef"
#define EDGE_TEST_ORIGIN "https://localhost:8443"

enum { EDGE_TICKET_BYTES = 192 };

/* For the session whose name is a repeated byte of who. */
static inline void edge_ticket_of(uint8_t who, int64_t made_s, int64_t expiry_s, int64_t until_s,
                                  char out[EDGE_TICKET_BYTES]) {
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_bytes = 0;
    int n = snprintf(out, EDGE_TICKET_BYTES, "1001.%lld.%lld.%lld.", (long long)made_s,
                     (long long)expiry_s, (long long)until_s);
    for (int i = 0; i < 16; i++, n += 2) {
        snprintf(out + n, EDGE_TICKET_BYTES - (size_t)n, "%02x", who);
    }
    HMAC(EVP_sha256(), EDGE_TEST_KEY, (int)strlen(EDGE_TEST_KEY), (unsigned char *)out, (size_t)n,
         mac, &mac_bytes);
    n += snprintf(out + n, EDGE_TICKET_BYTES - (size_t)n, ".");
    for (unsigned i = 0; i < mac_bytes; i++, n += 2) {
        snprintf(out + n, EDGE_TICKET_BYTES - (size_t)n, "%02x", mac[i]);
    }
}
static inline void edge_ticket(int64_t expiry_s, char out[EDGE_TICKET_BYTES]) {
    edge_ticket_of(0x11, expiry_s - 60, expiry_s, expiry_s + 3600, out);
}

static inline int edge_connect(uint16_t port, int rcvbuf_bytes) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (rcvbuf_bytes) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf_bytes, sizeof rcvbuf_bytes);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0) return fd;
    close(fd);
    return -1;
}

static inline bool edge_write(int fd, const void *data, size_t n) {
    return send(fd, data, n, MSG_NOSIGNAL) == (ssize_t)n;
}

/* Exactly n bytes within 3 s. */
static inline bool edge_read_all(int fd, void *into, size_t n) {
    for (size_t at = 0; at < n;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, 3000) <= 0) return false;
        ssize_t got = recv(fd, (char *)into + at, n - at, 0);
        if (got <= 0) return false;
        at += (size_t)got;
    }
    return true;
}

static inline void edge_request(int fd, const char *ticket, const char *origin) {
    char text[640];
    int n = snprintf(text, sizeof text,
                     "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                     "Sec-WebSocket-Protocol: bijli.ticks, bijli.ticket.%s\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: %s\r\n\r\n",
                     ticket, origin);
    if (!edge_write(fd, text, (size_t)n)) perror("request");
}

/* The answer's status and its lines; the socket stands behind its empty line. */
static inline int edge_answer_text(int fd, char text[512]) {
    memset(text, 0, 512);
    for (size_t n = 0; n < 511 && !strstr(text, "\r\n\r\n"); n++) {
        if (!edge_read_all(fd, text + n, 1)) return -1;
    }
    return (int)strtol(text + strcspn(text, " "), NULL, 10);
}
static inline int edge_answer(int fd) {
    char text[512];
    return edge_answer_text(fd, text);
}

static inline bool edge_say(int fd, unsigned first_byte, const void *payload, size_t n) {
    static uint8_t frame[70100];
    size_t head = 6;
    frame[0] = (uint8_t)first_byte;
    if (n < 126) {
        frame[1] = (uint8_t)(0x80 | n);
    } else {
        frame[1] = 0x80 | 126;
        frame[2] = (uint8_t)(n >> 8);
        frame[3] = (uint8_t)n;
        head = 8;
    }
    memset(frame + head - 4, 0, 4); /* a mask of zeros is a mask */
    if (n) memcpy(frame + head, payload, n);
    return edge_write(fd, frame, head + n);
}
static inline bool edge_say_text(int fd, const char *text) {
    return edge_say(fd, 0x81, text, strlen(text));
}

typedef struct edge_heard {
    unsigned first_byte;
    size_t   n;
    uint8_t  payload[600000];
} edge_heard_t;

static inline bool edge_hear(int fd, edge_heard_t *heard) {
    uint8_t head[10];
    if (!edge_read_all(fd, head, 2)) return false;
    heard->first_byte = head[0];
    heard->n = head[1];
    size_t ext = heard->n == 126 ? 2 : heard->n == 127 ? 8 : 0;
    if (ext && !edge_read_all(fd, head + 2, ext)) return false;
    if (ext) heard->n = 0;
    for (size_t i = 0; i < ext; i++) heard->n = heard->n << 8 | head[2 + i];
    return heard->n <= sizeof heard->payload && edge_read_all(fd, heard->payload, heard->n);
}

#endif
