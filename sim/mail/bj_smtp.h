#ifndef BJ_SMTP_H
#define BJ_SMTP_H

/* bj_smtp - the server's side of one SMTP conversation, without a socket.
 *
 * Purpose    Take mail as a provider would, enough for libcurl and any mail library: EHLO, HELO,
 *            MAIL, RCPT, DATA, RSET, NOOP, QUIT (RFC 5321 sections 3, 4.1; dot-stuffing 4.5.2;
 *            limits 4.5.3.1).
 * Use        bj_smtp_open, then bj_smtp_feed for whatever bytes came; it answers through `say` and
 *            hands over each whole mail through `mail`.  Commands may be pipelined or cut anywhere.
 * Ownership  the caller owns the struct; strings given to callbacks are borrowed for the call.
 * Limits     line 1000 bytes, 20 recipients, 256 KiB of text: above them a 5xx answer, nothing
 *            kept.
 * Threads    one a conversation. */
#include "dataplane/base/bj_base.h"

enum {
    BJ_SMTP_LINE_MAX = 1000,
    BJ_SMTP_ADDRESS_MAX = 256,
    BJ_SMTP_RECIPIENT_MAX = 20,
    BJ_SMTP_TEXT_MAX = 256 * 1024,
};

typedef struct bj_smtp_mail {
    const char *from;
    const char (*to)[BJ_SMTP_ADDRESS_MAX];
    size_t      to_cnt;
    const char *text; /* headers and body, lines ended by CR LF, NUL behind */
    size_t      text_bytes;
} bj_smtp_mail_t;

typedef void bj_smtp_say_fn(void *ctx, const char *line);               /* with CR LF */
typedef bool bj_smtp_mail_fn(void *ctx, const bj_smtp_mail_t *mail);    /* false: cannot keep it */

typedef enum bj_smtp_state { BJ_SMTP_GREETED, BJ_SMTP_READY, BJ_SMTP_FROM, BJ_SMTP_TO,
                             BJ_SMTP_DATA, BJ_SMTP_CLOSED } bj_smtp_state_t;

typedef struct bj_smtp {
    bj_smtp_say_fn  *say;
    bj_smtp_mail_fn *mail;
    void            *ctx;
    bj_smtp_state_t  state;
    bool   line_over, text_over; /* this line, this text passed its limit */
    size_t line_bytes, text_bytes, to_cnt;
    char   line[BJ_SMTP_LINE_MAX + 1];
    char   from[BJ_SMTP_ADDRESS_MAX];
    char   to[BJ_SMTP_RECIPIENT_MAX][BJ_SMTP_ADDRESS_MAX];
    char   text[BJ_SMTP_TEXT_MAX + 1];
} bj_smtp_t;

void bj_smtp_open(bj_smtp_t *smtp, bj_smtp_say_fn *say, bj_smtp_mail_fn *mail, void *ctx);
/* False once the conversation has ended: close after sending what was said. */
bool bj_smtp_feed(bj_smtp_t *smtp, const char *data, size_t data_bytes);

#endif /* BJ_SMTP_H */
