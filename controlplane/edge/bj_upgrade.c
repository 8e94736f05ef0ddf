#include "controlplane/edge/bj_upgrade.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <strings.h>

enum { KEY_BYTES = 24 }; /* 16 bytes in base64 */

typedef bj_upgrade_text_t text_t;

static bool equals(text_t text, const char *word) {
    return text.n == strlen(word) && strncasecmp(text.at, word, text.n) == 0;
}

static text_t trim(text_t text) {
    while (text.n && (*text.at == ' ' || *text.at == '\t')) text.at++, text.n--;
    while (text.n && (text.at[text.n - 1] == ' ' || text.at[text.n - 1] == '\t')) text.n--;
    return text;
}

/* Up to the first of any stop character, which is used up too; *rest is what follows. */
static text_t cut(text_t *rest, char stop) {
    const char *end = rest->n ? memchr(rest->at, stop, rest->n) : NULL;
    text_t head = {rest->at, end ? (size_t)(end - rest->at) : rest->n};
    size_t used = head.n + (end ? 1 : 0);
    rest->at += used;
    rest->n -= used;
    return head;
}

static bool list_has(text_t list, const char *word) {
    while (list.n) {
        if (equals(trim(cut(&list, ',')), word)) return true;
    }
    return false;
}

/* A line of the head ends in CR LF and has no other control character but a tab (RFC 9112 2.2). */
static bool clean(text_t line) {
    for (size_t i = 0; i < line.n; i++) {
        unsigned char c = (unsigned char)line.at[i];
        if ((c < ' ' && c != '\t') || c == 0x7f) return false;
    }
    return true;
}

static bool begins(text_t text, const char *word) {
    size_t n = strlen(word);
    return text.n >= n && memcmp(text.at, word, n) == 0;
}

/* False: names no ticks, or two tickets, of which somebody else would take the other. */
static bool read_protocols(text_t list, text_t *ticket) {
    static const char prefix[] = "bijli.ticket.";
    const size_t n = sizeof prefix - 1;
    bool ticks = false;
    while (list.n) {
        text_t item = trim(cut(&list, ','));
        ticks |= item.n == strlen(BJ_UPGRADE_PROTOCOL) && begins(item, BJ_UPGRADE_PROTOCOL);
        if (!begins(item, prefix)) continue;
        if (ticket->at) return false;
        *ticket = (text_t){item.at + n, item.n - n};
    }
    return ticks;
}

static int read_request_line(text_t line) {
    text_t method = cut(&line, ' '), target = cut(&line, ' ');
    if (line.n != 8 || memcmp(line.at, "HTTP/1.1", 8) != 0) return 400;
    if (method.n != 3 || memcmp(method.at, "GET", 3) != 0) return 405;
    text_t path = cut(&target, '?');
    if (path.n != 1 || path.at[0] != '/') return 404;
    return 101;
}

typedef struct heads {
    text_t host, upgrade, connection, key, version, origin, protocols;
} heads_t;

static const struct {
    const char *name;
    size_t      at;
} head_table[] = {
    {"Host", offsetof(heads_t, host)},
    {"Upgrade", offsetof(heads_t, upgrade)},
    {"Connection", offsetof(heads_t, connection)},
    {"Sec-WebSocket-Key", offsetof(heads_t, key)},
    {"Sec-WebSocket-Version", offsetof(heads_t, version)},
    {"Origin", offsetof(heads_t, origin)},
    {"Sec-WebSocket-Protocol", offsetof(heads_t, protocols)},
};

/* False: no name, a blank before the colon, or one of ours for the second time. */
static bool read_head(text_t line, heads_t *heads) {
    text_t name = cut(&line, ':');
    if (name.n == 0 || line.at == name.at + name.n) return false; /* no colon at all */
    if (name.at[name.n - 1] == ' ' || name.at[0] == ' ' || name.at[0] == '\t') return false;
    for (size_t i = 0; i < BJ_COUNT(head_table); i++) {
        if (!equals(name, head_table[i].name)) continue;
        text_t *into = (text_t *)(void *)((char *)heads + head_table[i].at);
        if (into->at) return false;
        *into = trim(line);
    }
    return true;
}

/* Section 4.2.1. */
static int judge(const heads_t *heads) {
    if (!heads->host.at) return 400;
    if (!list_has(heads->upgrade, "websocket")) return 400;
    if (!list_has(heads->connection, "upgrade")) return 400;
    if (heads->version.n != 2 || memcmp(heads->version.at, "13", 2) != 0) return 426;
    unsigned char raw[KEY_BYTES];
    if (heads->key.n != KEY_BYTES || memcmp(heads->key.at + KEY_BYTES - 2, "==", 2) != 0)
        return 400;
    if (EVP_DecodeBlock(raw, (const unsigned char *)heads->key.at, KEY_BYTES) < 0) return 400;
    return 101;
}

static int read_all(text_t head, bj_upgrade_t *upgrade) {
    heads_t heads = {0};
    bool first = true;
    while (head.n) {
        text_t line = cut(&head, '\n');
        if (line.n == 0 || line.at[line.n - 1] != '\r') return 400;
        line.n--;
        if (!clean(line)) return 400;
        if (first) {
            int status = read_request_line(line);
            if (status != 101) return status;
        } else if (!read_head(line, &heads)) {
            return 400;
        }
        first = false;
    }
    upgrade->key = heads.key;
    upgrade->origin = heads.origin;
    int status = judge(&heads);
    if (status == 101 && !read_protocols(heads.protocols, &upgrade->ticket)) status = 400;
    return status;
}

bj_status_t bj_upgrade_parse(const char *data, size_t data_bytes, bj_upgrade_t *upgrade) {
    *upgrade = (bj_upgrade_t){0};
    size_t look_bytes = data_bytes < BJ_UPGRADE_BYTES_MAX ? data_bytes : BJ_UPGRADE_BYTES_MAX;
    const char *end = look_bytes ? memmem(data, look_bytes, "\r\n\r\n", 4) : NULL;
    if (!end && data_bytes < BJ_UPGRADE_BYTES_MAX) return BJ_ERR_TRUNCATED;
    if (!end) {
        upgrade->http_status = 431;
        return BJ_OK;
    }
    upgrade->request_bytes = (size_t)(end - data) + 4;
    upgrade->http_status = read_all((text_t){data, upgrade->request_bytes - 2}, upgrade);
    return BJ_OK;
}

void bj_upgrade_accept(bj_upgrade_text_t key, char out[BJ_UPGRADE_ACCEPT_BYTES]) {
    static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char text[KEY_BYTES + sizeof magic - 1], hash[SHA_DIGEST_LENGTH];
    assert(key.n == KEY_BYTES);
    memcpy(text, key.at, KEY_BYTES);
    memcpy(text + KEY_BYTES, magic, sizeof magic - 1);
    SHA1(text, sizeof text, hash);
    EVP_EncodeBlock((unsigned char *)out, hash, sizeof hash);
}
