#ifndef BJ_MAILBOX_H
#define BJ_MAILBOX_H

/* bj_mailbox - the mails kept: each a file NNNNNN.eml in a folder, the newest ones in memory too.
 *
 * Ownership  bj_mailbox_open allocates; pointers returned live until the next bj_mailbox_keep.
 * Errors     a mail that cannot be written is not kept: bj_mailbox_keep says false.
 * Threads    one. */
#include "sim/mail/bj_smtp.h"

enum { BJ_MAILBOX_SHOWN = 50 };

typedef struct bj_mailbox_entry {
    uint64_t number; /* from 1 */
    char     to[BJ_SMTP_ADDRESS_MAX];
    char     subject[200];
    char    *text; /* the body, headers cut off */
} bj_mailbox_entry_t;

typedef struct bj_mailbox bj_mailbox_t;

bj_mailbox_t *bj_mailbox_open(const char *dir); /* NULL: the folder cannot be made or written */
void bj_mailbox_close(bj_mailbox_t *box);
bool bj_mailbox_keep(bj_mailbox_t *box, const bj_smtp_mail_t *mail);
uint64_t bj_mailbox_cnt(const bj_mailbox_t *box); /* mails kept since it was opened */
/* The i-th newest, 0 first; NULL when there are no more. */
const bj_mailbox_entry_t *bj_mailbox_newest(const bj_mailbox_t *box, size_t i);

#endif /* BJ_MAILBOX_H */
