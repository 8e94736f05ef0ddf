/* What is written to people about their address and number. */
#include <stdio.h>
#include "controlplane/identity/bj_contact_priv.h"
#include "dataplane/base/bj_log.h"

static void mail(bj_identity_t *identity, const char *to, const char *subject, const char *text) {
    bool sent = identity->config.mail && bj_mail_send(identity->config.mail, to, subject, text);
    if (!sent) BJ_WARN("a mail about an address or number could not be sent");
}

static void message(bj_identity_t *identity, bj_sms_kind_t kind, const char *to,
                    const char *variable) {
    bool sent = identity->config.sms && bj_sms_send(identity->config.sms, kind, to, variable);
    if (!sent) BJ_WARN("a text message could not be sent");
}

static void mail_code(bj_identity_t *identity, const char *to, const char *code) {
    char text[512];
    if (!code) {
        snprintf(text, sizeof text,
                 "Somebody, perhaps you, gave this address for a Bijli account; it has one "
                 "already, and nothing was changed.\n\nIf it was not you, do nothing.\n");
        mail(identity, to, "This address has an account already", text);
        return;
    }
    snprintf(text, sizeof text,
             "%s is your code to make this the address of your Bijli account; it works once, for "
             "10 minutes.\n\nGive it to nobody: we never ask for it. If it was not you, do "
             "nothing.\n",
             code);
    mail(identity, to, "Your code for Bijli", text);
    explicit_bzero(text, sizeof text);
}

void bj_contact_send_code(bj_identity_t *identity, bj_contact_kind_t kind, const char *to,
                          const char *code) {
    if (kind == BJ_CONTACT_EMAIL)
        mail_code(identity, to, code);
    else if (code)
        message(identity, BJ_SMS_CODE, to, code);
    else
        message(identity, BJ_SMS_KNOWN, to, "");
}

static void tell_first(bj_identity_t *identity, const bj_contact_changed_t *c) {
    char text[512], hint[BJ_CONTACT_HINT_BYTES];
    snprintf(text, sizeof text,
             "The phone number %s is verified and belongs to your Bijli account now.\n\nIf it was "
             "not you, set a new password at %s/forgot and change the number at "
             "%s/account/security.\n",
             bj_contact_hint(c->kind, c->now, hint), identity->config.origin,
             identity->config.origin);
    mail(identity, c->email, "Your phone number is verified", text);
}

void bj_contact_tell_changed(bj_identity_t *identity, const bj_contact_changed_t *c) {
    static const struct {
        const char *what, *subject;
    } words[] = {[BJ_CONTACT_EMAIL] = {"e-mail address", "Your e-mail address was changed"},
                 [BJ_CONTACT_PHONE] = {"phone number", "Your phone number was changed"}};
    char text[1024], hint[BJ_CONTACT_HINT_BYTES];
    if (!c->old[0]) {
        tell_first(identity, c);
        return;
    }
    snprintf(text, sizeof text,
             "The %s of your Bijli account was changed just now, to %s.\n\nIf it was not you, "
             "open this link within %d days: it puts the old one back, logs out every device and "
             "asks for a new password:\n\n%s/undo#token=%s\n\nIf it was you, do nothing.\n",
             words[c->kind].what, bj_contact_hint(c->kind, c->now, hint), BJ_CONTACT_UNDO_DAYS,
             identity->config.origin, c->undo);
    mail(identity, c->kind == BJ_CONTACT_EMAIL ? c->old : c->email, words[c->kind].subject, text);
    explicit_bzero(text, sizeof text);
    if (c->kind == BJ_CONTACT_PHONE) {
        message(identity, BJ_SMS_CHANGED, c->old, c->now + strlen(c->now) - 2);
    }
}

void bj_contact_tell_undone(bj_identity_t *identity, bj_contact_kind_t kind, const char *email) {
    char text[768];
    snprintf(
        text, sizeof text,
        "The change of your Bijli account's %s is taken back: the old one counts again, every "
        "device is logged out, and the password works no more. Authenticator apps and passkeys "
        "that were added since then are gone, and with an address a number that was verified "
        "since then.\n\nSet a new password at %s/forgot, then look "
        "at your orders, your passkeys and the programs that act for you: "
        "%s/account/security\n",
        kind == BJ_CONTACT_EMAIL ? "e-mail address" : "phone number", identity->config.origin,
        identity->config.origin);
    mail(identity, email, "The change is taken back", text);
}
