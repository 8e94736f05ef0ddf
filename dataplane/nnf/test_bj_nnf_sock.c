/* The server over real sockets: the gateway router by TLS 1.3, then a box on the port it was told.
 * An older TLS gets nothing; a member that goes away is noticed. */
#include "dataplane/nnf/bj_nnf_sock.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/nnf/cert_test.h"
#include "dataplane/nnf/test_nnf_bed.h"

static bed_t bed;
static bj_nnf_sock_t *sock;
static uint16_t box_port, router_port;
static char cert_file[64], key_file[64];

static void turn(void) {
    for (int i = 0; i < 20; i++) {
        (void)bj_nnf_sock_step(sock, bed.now);
        (void)bj_nnf_server_step(bed.server, bed.now);
    }
}

static int dial(uint16_t port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    BJ_CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    return fd;
}

static int fd_nonblock(uint16_t port) {
    int fd = dial(port);
    struct timeval none = {0, 1000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof none);
    return fd;
}

/* One query; the number of bytes of its answer in out, 0 if there was none. */
static size_t query(const uint8_t *ask, size_t ask_bytes, uint8_t *out, size_t out_bytes,
                    int tls_max) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    int fd = fd_nonblock(router_port), done = 0, got = -1;
    SSL_CTX_set_max_proto_version(ctx, tls_max);
    SSL *ssl = SSL_new(ctx);
    SSL_set_fd(ssl, fd);
    SSL_set_connect_state(ssl);
    for (int i = 0; i < 50 && got <= 0; i++) {
        turn();
        if (done <= 0) done = SSL_do_handshake(ssl) == 1 ? SSL_write(ssl, ask, (int)ask_bytes) : 0;
        if (done > 0) got = SSL_read(ssl, out, (int)out_bytes);
    }
    if (got > 0) BJ_CHECK(SSL_version(ssl) == TLS1_3_VERSION);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    close(fd);
    turn();
    return got > 0 ? (size_t)got : 0;
}

static bj_nnf_packet_t packet;

static bj_nnf_msg_t read_packet(int fd, bj_nnf_seal_t *in) {
    uint8_t data[BJ_NNF_PACKET_MAX_BYTES];
    size_t have = 0;
    bj_nnf_msg_t msg = {0};
    for (int i = 0; i < 50; i++) {
        turn();
        ssize_t got = recv(fd, data + have, sizeof data - have, 0);
        if (got > 0) have += (size_t)got;
        bj_status_t status = bj_nnf_take(in, data, have, &packet);
        if (status == BJ_ERR_TRUNCATED) continue;
        BJ_CHECK(status == BJ_OK && packet.packet_bytes == have);
        status = bj_nnf_decode(BJ_NNF_CM, packet.msg, packet.msg_bytes, &msg);
        BJ_CHECK(status == BJ_OK);
        break;
    }
    return msg;
}

static void write_packet(int fd, bj_nnf_seal_t *out, const bj_nnf_msg_t *msg) {
    uint8_t wire[BJ_NNF_PACKET_MAX_BYTES], data[BJ_NNF_PACKET_MAX_BYTES];
    size_t n = bj_nnf_encode(BJ_NNF_CM, msg, wire, sizeof wire);
    size_t bytes = bj_nnf_pack(out, 5, wire, n, data, sizeof data);
    BJ_CHECK(n && send(fd, data, bytes / 2, 0) == (ssize_t)(bytes / 2)); /* in two pieces */
    turn();
    BJ_CHECK(send(fd, data + bytes / 2, bytes - bytes / 2, 0) == (ssize_t)(bytes - bytes / 2));
}

static void test_router_and_box(void) {
    bj_nnf_keys_t keys = {.cipher = BJ_NNF_CLEAR};
    bj_nnf_seal_t out = {0}, in = {0};
    bj_nnf_msg_t ask = {.code = BJ_NNF_ROUTE, .box_id = 7, .broker_id = "12345"}, got;
    uint8_t wire[256], data[256], answer[1024];
    BJ_CHECK(bj_nnf_seal_start(&out, &keys, BJ_NNF_FROM_MEMBER, true));
    BJ_CHECK(bj_nnf_seal_start(&in, &keys, BJ_NNF_TO_MEMBER, false));
    size_t n = bj_nnf_encode(BJ_NNF_CM, &ask, wire, sizeof wire);
    size_t bytes = bj_nnf_pack(&out, 0, wire, n, data, sizeof data);
    BJ_CHECK(query(data, bytes, answer, sizeof answer, TLS1_2_VERSION) == 0);
    size_t answered = query(data, bytes, answer, sizeof answer, TLS1_3_VERSION);
    BJ_CHECK(bj_nnf_take(&in, answer, answered, &packet) == BJ_OK);
    BJ_CHECK(bj_nnf_decode(BJ_NNF_CM, packet.msg, packet.msg_bytes, &got) == BJ_OK);
    BJ_CHECK(got.code == BJ_NNF_ROUTED && got.error == 0 && got.port == box_port);
    BJ_CHECK(strcmp(got.ip, "127.0.0.1") == 0 && got.form_bytes == 136);

    int fd = fd_nonblock((uint16_t)got.port);
    ask = (bj_nnf_msg_t){.code = BJ_NNF_BOX_REGISTER, .box_id = 7};
    write_packet(fd, &out, &ask);
    BJ_CHECK(read_packet(fd, &in).code == BJ_NNF_BOX_REGISTERED);
    keys = (bj_nnf_keys_t){.cipher = BJ_NNF_TAG, .dynamic_iv = got.dynamic_iv};
    memcpy(keys.key, got.crypto_key, sizeof keys.key);
    memcpy(keys.static_iv, got.static_iv, sizeof keys.static_iv);
    memcpy(keys.aad, got.additional_key, sizeof keys.aad);
    BJ_CHECK(bj_nnf_seal_start(&out, &keys, BJ_NNF_FROM_MEMBER, true));
    BJ_CHECK(bj_nnf_seal_start(&in, &keys, BJ_NNF_TO_MEMBER, false));
    ask = (bj_nnf_msg_t){.code = BJ_NNF_BOX_SIGN_ON, .box_id = 7, .broker_id = "12345"};
    memcpy(ask.session_key, got.session_key, sizeof ask.session_key);
    write_packet(fd, &out, &ask);
    BJ_CHECK(read_packet(fd, &in).code == BJ_NNF_BOX_SIGNED_ON);
    BJ_CHECK(bj_nnf_server_counters(bed.server)->boxes == 1);
    close(fd);
    turn();
    BJ_CHECK(bj_nnf_server_counters(bed.server)->boxes == 0);
    BJ_CHECK(bj_nnf_server_counters(bed.server)->connections == 0);
    bj_nnf_seal_end(&out);
    bj_nnf_seal_end(&in);
}

static void test_plain_text_at_the_router(void) {
    int fd = fd_nonblock(router_port);
    char answer[16];
    BJ_CHECK(send(fd, "GET / HTTP/1.0\r\n\r\n", 18, 0) == 18);
    turn();
    ssize_t got = 1;
    while (got > 0) /* an alert of TLS, then the end, or a reset */
        got = recv(fd, answer, sizeof answer, 0);
    close(fd);
    turn();
    BJ_CHECK(bj_nnf_server_counters(bed.server)->connections == 0);
}

/* Ports that nobody has just now. */
static uint16_t port_free(void) {
    struct sockaddr_in any = {.sin_family = AF_INET};
    socklen_t n = sizeof any;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    inet_pton(AF_INET, "127.0.0.1", &any.sin_addr);
    BJ_CHECK(bind(fd, (struct sockaddr *)&any, sizeof any) == 0);
    BJ_CHECK(getsockname(fd, (struct sockaddr *)&any, &n) == 0);
    close(fd);
    return ntohs(any.sin_port);
}

int main(void) {
    const char *error;
    snprintf(cert_file, sizeof cert_file, "/tmp/test_bj_nnf_sock.%d.cert", (int)getpid());
    snprintf(key_file, sizeof key_file, "/tmp/test_bj_nnf_sock.%d.key", (int)getpid());
    BJ_CHECK(cert_test_make(cert_file, key_file));
    bed_open(&bed, BJ_NNF_CM, BJ_NNF_TAG);
    bj_nnf_server_free(bed.server);
    box_port = port_free(), router_port = port_free();
    bed.config.port = box_port;
    bed.server = bj_nnf_server_new(&bed.config, &error);
    bj_nnf_sock_config_t config = {.host = "127.0.0.1", .port = box_port,
                                   .router_port = router_port, .cert_file = key_file,
                                   .key_file = key_file};
    BJ_CHECK(bj_nnf_sock_new(&config, bed.server) == NULL); /* a key is no certificate */
    config.cert_file = cert_file;
    sock = bj_nnf_sock_new(&config, bed.server);
    BJ_CHECK(sock != NULL);
    if (sock) {
        BJ_CHECK(bj_nnf_sock_new(&config, bed.server) == NULL); /* the ports are taken */
        test_router_and_box();
        test_plain_text_at_the_router();
    }
    bj_nnf_sock_free(sock, bed.now);
    bj_nnf_server_free(bed.server);
    unlink(cert_file), unlink(key_file);
    return bj_test_end("test_bj_nnf_sock");
}
