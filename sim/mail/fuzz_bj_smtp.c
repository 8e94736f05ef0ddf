/* Contract: any bytes, in any pieces; a mail handed over has a sender, a recipient and a bounded
 * text. */
#include "sim/mail/bj_smtp.h"

static void say(void *ctx, const char *line) {
    (void)ctx;
    assert(strlen(line) >= 5);
}

static bool keep(void *ctx, const bj_smtp_mail_t *mail) {
    (void)ctx;
    assert(mail->to_cnt >= 1 && mail->to_cnt <= BJ_SMTP_RECIPIENT_MAX && mail->to[0][0]);
    assert(mail->text_bytes <= BJ_SMTP_TEXT_MAX && mail->text[mail->text_bytes] == '\0');
    return mail->text_bytes % 2;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    static bj_smtp_t smtp;
    bj_smtp_open(&smtp, say, keep, NULL);
    size_t half = data_bytes / 2;
    if (bj_smtp_feed(&smtp, (const char *)data, half)) {
        (void)bj_smtp_feed(&smtp, (const char *)data + half, data_bytes - half);
    }
    return 0;
}
