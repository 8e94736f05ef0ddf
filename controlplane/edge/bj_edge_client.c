#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "controlplane/edge/bj_edge_priv.h"
#include "controlplane/edge/bj_upgrade.h"

bool edge_client_frame(bj_edge_t *edge, edge_client_t *client, bj_ws_opcode_t opcode,
                       const void *payload, size_t payload_bytes) {
    uint8_t frame[BJ_WS_HEAD_MAX + 512];
    assert(payload_bytes <= 512);
    /* It asks and asks and does not read the answers. */
    if (edge_waiting(client) > EDGE_OUT_SMALL_MAX_BYTES && opcode == BJ_WS_PONG) return true;
    size_t n = bj_ws_head(frame, opcode, payload_bytes);
    if (payload_bytes) memcpy(frame + n, payload, payload_bytes);
    client->beat_ns = edge->now_ns;
    return edge_send(edge, client, frame, n + payload_bytes);
}

void edge_client_end(bj_edge_t *edge, edge_client_t *client, uint16_t code, const char *reason) {
    uint8_t payload[BJ_WS_CONTROL_MAX] = {(uint8_t)(code >> 8), (uint8_t)code};
    size_t reason_bytes = strlen(reason);
    if (client->phase == EDGE_BYE) return;
    assert(reason_bytes <= sizeof payload - 2);
    memcpy(payload + 2, reason, reason_bytes);
    client->phase = EDGE_BYE;
    client->phase_ns = edge->now_ns;
    client->finish = true;
    if (!edge_client_frame(edge, client, BJ_WS_CLOSE, payload, 2 + reason_bytes)) {
        edge_client_gone(edge, client);
    }
}

void edge_client_close(bj_edge_t *edge, edge_client_t *client, uint16_t code) {
    bool error = code != BJ_WS_NORMAL && code != BJ_WS_GOING_AWAY && client->phase != EDGE_BYE;
    edge->stats.protocol_errors += error;
    edge_client_end(edge, client, code, "");
}

static void say_error(bj_edge_t *edge, edge_client_t *client, const char *text) {
    char json[160];
    /* Sentences are ours; the quotes in one of them are made into JSON's. */
    size_t n = (size_t)snprintf(json, sizeof json, "{\"type\":\"error\",\"data\":\"");
    for (; *text && n < sizeof json - 4; text++) {
        if (*text == '"') json[n++] = '\\';
        json[n++] = *text;
    }
    memcpy(json + n, "\"}", 2);
    if (edge_waiting(client) > EDGE_OUT_SMALL_MAX_BYTES) {
        edge_client_close(edge, client, BJ_WS_POLICY);
    } else if (!edge_client_frame(edge, client, BJ_WS_TEXT, json, n + 2)) {
        edge_client_gone(edge, client);
    }
}

/* --- the request --- */

static const char *reason_of(int http_status) {
    static const struct {
        int         status;
        const char *reason;
    } table[] = {{400, "Bad Request"}, {403, "Forbidden"},        {404, "Not Found"},
                 {405, "Method Not Allowed"}, {426, "Upgrade Required"},
                 {431, "Request Header Fields Too Large"}};
    for (size_t i = 0; i < BJ_COUNT(table); i++) {
        if (table[i].status == http_status) return table[i].reason;
    }
    return "Error";
}

/* A line of its own, or nothing. */
static void write_strict(const bj_edge_t *edge, char out[160]) {
    const char *value = edge->config.strict_transport;
    out[0] = '\0';
    if (value && value[0]) snprintf(out, 160, "Strict-Transport-Security: %.100s\r\n", value);
}

static void refuse(bj_edge_t *edge, edge_client_t *client, int http_status) {
    char answer[512], strict[160];
    write_strict(edge, strict);
    int n = snprintf(answer, sizeof answer,
                     "HTTP/1.1 %d %s\r\n%s%s%sContent-Length: 0\r\nConnection: close\r\n\r\n",
                     http_status, reason_of(http_status), strict,
                     http_status == 426 ? "Sec-WebSocket-Version: 13\r\n" : "",
                     http_status == 405 ? "Allow: GET\r\n" : "");
    edge->stats.refused++;
    client->phase = EDGE_BYE;
    client->phase_ns = edge->now_ns;
    client->finish = true;
    if (!edge_send(edge, client, (const uint8_t *)answer, (size_t)n)) {
        edge_client_gone(edge, client);
    }
}

static bool may_enter(bj_edge_t *edge, edge_client_t *client, const bj_upgrade_t *up) {
    bj_pass_t pass;
    int64_t now_s = time(NULL);
    size_t origin_bytes = strlen(edge->config.origin);
    if (up->origin.n != origin_bytes) return false;
    if (memcmp(up->origin.at, edge->config.origin, origin_bytes) != 0) return false;
    return bj_pass_check(edge->config.ticket_key, up->ticket.at, up->ticket.n, now_s, &pass) &&
           edge_life_begin(edge, client, &pass, now_s);
}

static void use_up(edge_client_t *client, size_t n) {
    client->in_bytes -= n;
    memmove(client->in, client->in + n, client->in_bytes);
}

static void enter(bj_edge_t *edge, edge_client_t *client, const bj_upgrade_t *up) {
    char accept[BJ_UPGRADE_ACCEPT_BYTES], answer[512], strict[160];
    write_strict(edge, strict);
    bj_upgrade_accept(up->key, accept);
    int n = snprintf(answer, sizeof answer,
                     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n"
                     "Sec-WebSocket-Protocol: " BJ_UPGRADE_PROTOCOL "\r\n%s\r\n",
                     accept, strict);
    client->phase = EDGE_OPEN;
    client->phase_ns = edge->now_ns;
    use_up(client, up->request_bytes);
    if (!edge_send(edge, client, (const uint8_t *)answer, (size_t)n)) {
        edge_client_gone(edge, client);
    }
}

/* True: there is a reason to look at what follows. */
static bool take_request(bj_edge_t *edge, edge_client_t *client) {
    bj_upgrade_t up;
    if (bj_upgrade_parse((const char *)client->in, client->in_bytes, &up) != BJ_OK) return false;
    int status = up.http_status;
    if (status == 101 && !may_enter(edge, client, &up)) status = 403;
    if (status == 101) {
        enter(edge, client, &up);
    } else {
        refuse(edge, client, status);
    }
    return status == 101;
}

/* --- wishes --- */

static bool make_room(const bj_edge_t *edge, edge_client_t *client) {
    if (!client->want_at) {
        client->want_at = calloc(edge->config.token_cnt, sizeof *client->want_at);
    }
    if (client->want_cnt == client->want_room) {
        size_t room = client->want_room ? 2u * client->want_room : 16;
        edge_want_t *wants = realloc(client->wants, room * sizeof *wants);
        if (!wants) return false;
        client->wants = wants;
        client->want_room = (uint16_t)room;
    }
    return client->want_at != NULL;
}

/* False: the client has all it may have. */
static bool want(const bj_edge_t *edge, edge_client_t *client, uint32_t idx, bj_tick_mode_t mode,
                 bool change_mode) {
    uint16_t at = client->want_at ? client->want_at[idx] : 0;
    if (at) {
        edge_want_t *old = &client->wants[at - 1];
        if (change_mode && old->mode != mode) {
            old->mode = (uint8_t)mode;
            old->fresh = true;
        }
        return true;
    }
    if (client->want_cnt == BJ_WISH_TOKENS_MAX || !make_room(edge, client)) return false;
    client->wants[client->want_cnt++] = (edge_want_t){
        .instrument_idx = (uint16_t)idx, .mode = (uint8_t)mode, .fresh = true};
    client->want_at[idx] = client->want_cnt;
    return true;
}

/* The last one takes the place of the one that goes. */
static void unwant(edge_client_t *client, uint32_t idx) {
    uint16_t at = client->want_at ? client->want_at[idx] : 0;
    if (!at) return;
    edge_want_t last = client->wants[--client->want_cnt];
    client->wants[at - 1] = last;
    client->want_at[last.instrument_idx] = at;
    client->want_at[idx] = 0;
}

static void grant(bj_edge_t *edge, edge_client_t *client, const bj_wish_t *wish) {
    bool unknown = false, full = false;
    for (size_t i = 0; i < wish->token_cnt; i++) {
        uint32_t token = wish->tokens[i];
        uint32_t idx = (token & 255) == 1 ? edge_find(edge, token / 256) : UINT32_MAX;
        if (idx == UINT32_MAX) {
            unknown = true;
        } else if (wish->kind == BJ_WISH_UNSUBSCRIBE) {
            unwant(client, idx);
        } else if (!want(edge, client, idx, wish->mode, wish->kind == BJ_WISH_MODE)) {
            full = true;
        }
    }
    if (unknown) say_error(edge, client, "a token is not known");
    if (full && !client->gone) say_error(edge, client, "at most 3000 tokens");
}

/* --- frames --- */

static void take_text(bj_edge_t *edge, edge_client_t *client, const uint8_t *text,
                      size_t text_bytes) {
    const char *error = NULL;
    if (!bj_utf8_valid(text, text_bytes)) { /* RFC 6455 section 8.1 */
        edge_client_close(edge, client, BJ_WS_NOT_UTF8);
    } else if (bj_wish_parse((const char *)text, text_bytes, &edge->wish, &error) == BJ_OK) {
        grant(edge, client, &edge->wish);
    } else {
        say_error(edge, client, error);
    }
}

/* Section 5.4.  A whole text is taken where it lies; only fragments are gathered. */
static void take_fragment(bj_edge_t *edge, edge_client_t *client, const bj_ws_frame_t *frame) {
    bool first = frame->opcode == BJ_WS_TEXT;
    if (first == client->in_text) { /* a text inside a text, or the rest of none */
        edge_client_close(edge, client, BJ_WS_PROTOCOL);
        return;
    }
    if (first && frame->fin) {
        take_text(edge, client, frame->payload, frame->payload_bytes);
        return;
    }
    size_t text_bytes = client->text_bytes + frame->payload_bytes;
    uint8_t *text = text_bytes <= BJ_WS_PAYLOAD_MAX ? realloc(client->text, text_bytes + 1) : NULL;
    if (!text) {
        edge_client_close(edge, client, BJ_WS_TOO_BIG);
        return;
    }
    memcpy(text + client->text_bytes, frame->payload, frame->payload_bytes);
    client->text = text;
    client->text_bytes = text_bytes;
    client->in_text = !frame->fin;
    if (client->in_text) return;
    take_text(edge, client, text, text_bytes);
    free(client->text);
    client->text = NULL;
    client->text_bytes = 0;
}

static void take_frame(bj_edge_t *edge, edge_client_t *client, const bj_ws_frame_t *frame) {
    switch (frame->opcode) {
    case BJ_WS_TEXT:
    case BJ_WS_MORE: take_fragment(edge, client, frame); break;
    case BJ_WS_BINARY: edge_client_close(edge, client, BJ_WS_NOT_ACCEPTED); break;
    case BJ_WS_PING: /* section 5.5.3 */
        if (!edge_client_frame(edge, client, BJ_WS_PONG, frame->payload, frame->payload_bytes)) {
            edge_client_gone(edge, client);
        }
        break;
    case BJ_WS_PONG: break;
    case BJ_WS_CLOSE: { /* section 5.5.1: its code is sent back */
        uint16_t code = bj_ws_close_code(frame->payload, frame->payload_bytes);
        edge_client_close(edge, client, code);
        break;
    }
    }
}

static void take_frames(bj_edge_t *edge, edge_client_t *client) {
    size_t at = 0;
    while (client->phase == EDGE_OPEN && !client->gone) {
        bj_ws_frame_t frame;
        uint16_t code;
        bj_status_t status =
            bj_ws_decode(client->in + at, client->in_bytes - at, &frame, &code);
        if (status == BJ_ERR_TRUNCATED) break;
        if (status != BJ_OK) {
            edge_client_close(edge, client, code);
            break;
        }
        take_frame(edge, client, &frame);
        at += frame.frame_bytes;
    }
    use_up(client, at);
}

static bool in_room(edge_client_t *client) {
    if (client->in_bytes < client->in_room) return true;
    size_t room = client->in_room ? 2 * client->in_room : EDGE_IN_FIRST_BYTES;
    if (room > EDGE_IN_MAX_BYTES) room = EDGE_IN_MAX_BYTES;
    if (room == client->in_room) return false; /* cannot be: a frame that long is refused */
    uint8_t *in = realloc(client->in, room);
    if (!in) return false;
    client->in = in;
    client->in_room = room;
    return true;
}

static void use_input(bj_edge_t *edge, edge_client_t *client) {
    if (client->phase == EDGE_REQUEST && !take_request(edge, client)) return;
    if (client->phase == EDGE_OPEN && !client->gone) take_frames(edge, client);
    if (client->phase == EDGE_BYE)
        client->in_bytes = 0; /* read, so that it can be closed cleanly */
}

void edge_client_input(bj_edge_t *edge, edge_client_t *client) {
    if (client->phase == EDGE_TLS) {
        edge_io_t io = edge_handshake(client);
        if (io == EDGE_IO_END) edge_client_gone(edge, client);
        if (io != EDGE_IO_DONE) return;
        client->phase = EDGE_REQUEST;
    }
    /* A few reads and no more: one client that shouts must not keep the others waiting.  But what
     * TLS has taken out of the socket already, epoll will not speak of again. */
    for (int round = 0; !client->gone; round++) {
        if (round >= 16 && !(client->tls && SSL_has_pending(client->tls))) break;
        size_t got;
        if (!in_room(client)) {
            edge_client_gone(edge, client);
            return;
        }
        edge_io_t io = edge_read(client, client->in + client->in_bytes,
                                 client->in_room - client->in_bytes, &got);
        if (io == EDGE_IO_END) edge_client_gone(edge, client);
        if (io != EDGE_IO_DONE) break;
        client->in_bytes += got;
        use_input(edge, client);
    }
    if (client->in_bytes == 0) {
        free(client->in);
        client->in = NULL;
        client->in_room = 0;
    }
}

void edge_client_free(edge_client_t *client) {
    SSL_free(client->tls); /* NULL is allowed */
    free(client->in);
    free(client->out);
    free(client->text);
    free(client->wants);
    free(client->want_at);
    free(client);
}
