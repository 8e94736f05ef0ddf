#include "controlplane/control/bj_add_funds.h"

#include <inttypes.h>
#include <stdio.h>
#include "controlplane/control/bj_settings.h"
#include "controlplane/control/bj_world.h"
#include "controlplane/identity/bj_identity_repo.h"
#include "controlplane/payments/bj_receipt.h"
#include "controlplane/text/bj_text.h"

/* Two, since one that records does not approve. */
static const bj_trail_who_t setup = {.actor = "setup", .role = "none", .address = "local"},
                            server = {.actor = "server", .role = "none", .address = "local"};

static bj_status_t receive(const bj_payments_t *payments, uint64_t bank_id, uint32_t account_id,
                           int64_t paise) {
    char id[BJ_UUID_BYTES], utr[BJ_UTR_BYTES];
    snprintf(id, sizeof id, "00000000-0000-4000-8000-%012" PRIx32, account_id);
    snprintf(utr, sizeof utr, "DEMO%010" PRIu32, account_id);
    const bj_receipt_new_t receipt = {
        .id = id, .bank_id = bank_id, .amount_paise = paise, .utr = utr, .paid_on = "2026-01-05"};
    bj_status_t status = bj_receipt_record(payments, &setup, &receipt);
    return status == BJ_OK ? bj_receipt_decide(payments, &server, id, NULL) : status;
}

static bj_status_t add(bj_control_t *control, const char *email, const char *number,
                       const char *ifsc, int64_t paise) {
    bj_payments_t payments = control->payments;
    bj_user_t user = {.role = BJ_ROLE_NONE};
    uint64_t bank_id;
    payments.identity = NULL; /* nobody is told */
    payments.rules.new_bank_hours = 0;
    bj_status_t status = bj_user_by_email(payments.db, payments.keys, email, &user);
    if (status != BJ_OK) return status;
    const bj_caller_t caller = {
        .role = user.role, .user_id = user.user_id, .account_id = user.account_id};
    explicit_bzero(&user, sizeof user);
    status = bj_bank_add(&payments, &caller, "local", number, ifsc, &bank_id);
    if (status == BJ_ERR_EXISTS) return BJ_OK;
    if (status == BJ_OK) status = bj_bank_check(&payments, &setup, bank_id, true, "demo");
    return status == BJ_OK ? receive(&payments, bank_id, caller.account_id, paise) : status;
}

int bj_add_funds(const bj_config_t *config, const char *email, const char *number, const char *ifsc,
                 const char *paise) {
    char digits[BJ_BANK_NUMBER_BYTES], code[BJ_IFSC_BYTES];
    uint64_t amount;
    bj_control_t control;
    if (!bj_settings_simulated(config)) {
        fprintf(stderr, "money is made in a simulated world only\n");
        return 2;
    }
    if (!bj_bank_number_read(number, digits) || !bj_ifsc_read(ifsc, code) ||
        !bj_parse_u64(paise, &amount) || amount == 0 || amount > 100000000000000) {
        fprintf(stderr, "%s; %s; PAISE is a whole number\n", BJ_BANK_NUMBER_WANTED, BJ_IFSC_WANTED);
        return 2;
    }
    bj_status_t status = BJ_ERR_UNAVAILABLE;
    if (bj_control_stores(&control, config)) {
        status = add(&control, email, digits, code, (int64_t)amount);
    }
    bj_control_close(&control);
    if (status != BJ_OK) fprintf(stderr, "no money was added: %s\n", bj_status_text(status));
    return status == BJ_OK ? 0 : 1;
}
