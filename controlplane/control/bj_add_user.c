#include "controlplane/control/bj_add_user.h"

#include <stdio.h>
#include "controlplane/control/bj_settings.h"
#include "controlplane/control/bj_world.h"
#include "controlplane/identity/bj_contact.h"
#include "controlplane/identity/bj_password.h"

/* "": none. */
static void read_password(char *out, size_t out_bytes) {
    if (!fgets(out, (int)out_bytes, stdin)) out[0] = '\0';
    out[strcspn(out, "\r\n")] = '\0';
}

static const bj_trail_who_t setup = {.actor = "setup", .role = "none", .address = "local"};

static int add(bj_control_t *control, const char *email, const char *name, bj_role_t role,
               const char *phone, const char *password) {
    char lower[BJ_EMAIL_BYTES];
    uint32_t account_id;
    const char *refused = "";
    if (!bj_email_read(email, lower)) {
        fprintf(stderr, "EMAIL must be an address like you@b.in\n");
        return 2;
    }
    if (password && (refused = bj_password_refused(password, lower))) {
        fprintf(stderr, "the password %s\n", refused);
        return 2;
    }
    bj_status_t status =
        bj_identity_add(control->app.identity, lower, name, role, password, &account_id);
    if (status == BJ_OK && phone) {
        status = bj_contact_vouch(control->app.identity, &setup, lower, phone);
    }
    if (status != BJ_OK) {
        fprintf(stderr, "the user was not added: %s\n", bj_status_text(status));
        return 1;
    }
    printf("%u\n", account_id);
    if (!password) fprintf(stderr, "the first password comes by mail: ask for it at /forgot\n");
    return 0;
}

int bj_add_user(const bj_config_t *config, const char *email, const char *name, const char *role,
                const char *phone) {
    char password[256], number[BJ_PHONE_BYTES];
    bj_control_t control;
    if (bj_role_of(role) == BJ_ROLE_NONE || name[0] == '\0' || strlen(name) > 80) {
        fprintf(stderr, "ROLE is client, dealer, risk, compliance, support, admin or auditor; NAME "
                        "has 1 to 80 characters\n");
        return 2;
    }
    if (phone && !bj_phone_read(phone, number)) {
        fprintf(stderr,
                "PHONE must be an Indian mobile number: ten digits that begin with 6 to 9\n");
        return 2;
    }
    read_password(password, sizeof password);
    if (password[0] && !bj_settings_simulated(config)) {
        explicit_bzero(password, sizeof password);
        fprintf(stderr, "a password is taken in a simulated world only: give an empty line, and "
                        "the first one comes by mail\n");
        return 2;
    }
    int code = 1;
    if (bj_control_stores(&control, config)) {
        code = add(&control, email, name, bj_role_of(role), phone ? number : NULL,
                   password[0] ? password : NULL);
    }
    explicit_bzero(password, sizeof password);
    bj_control_close(&control);
    return code;
}
