#ifndef BJ_CONTROL_WORLD_H
#define BJ_CONTROL_WORLD_H

/* bj_world - bijli-control's parts, made from the configuration in the order they need each
 * other. */
#include "controlplane/access/bj_limit.h"
#include "controlplane/admin/bj_admin_status.h"
#include "controlplane/bus/bj_bus.h"
#include "controlplane/control/bj_app.h"
#include "controlplane/control/bj_chores.h"
#include "controlplane/identity/bj_argon.h"
#include "controlplane/identity/bj_context.h"
#include "controlplane/identity/bj_device_ca.h"
#include "controlplane/identity/bj_leaked.h"
#include "controlplane/identity/bj_places.h"
#include "controlplane/keys/bj_keys.h"
#include "controlplane/notify/bj_mail.h"
#include "controlplane/notify/bj_sms.h"
#include "controlplane/payments/bj_payments.h"
#include "controlplane/server/bj_server.h"
#include "dataplane/base/bj_config.h"

enum { BJ_FIRST_SYMBOLS = 12 };

typedef struct bj_control {
    bj_app_t     app;
    char         own_url[216]; /* what stands before the path of a request to our own API */
    bj_mail_t   *mail;
    bj_sms_t *sms;
    bj_seal_t *seal; /* the key file */
    bj_chores_t *chores;
    bj_vault_t *vault; /* NULL: the key file wraps the keys */
    bj_payments_t payments;
    bj_limits_t *limits;
    bj_leaked_t *leaked;
    bj_places_t *places; /* NULL: no table of places is configured */
    bj_bus_t    *bus;
    bj_bus_sub_t *accounts, *ended;
    bj_server_t *server;
    uint64_t     bus_up_cnt;
    bj_argon_cost_t hash; /* of a password, and how long that took to make at start */
    int64_t      hash_ns;
    bj_context_rules_t context;
    bj_device_ca_t *device_ca; /* of staff's; NULL: no device is given */
    bj_demands_t demands; /* which second factor of whom */
    const char  *first_symbols[BJ_FIRST_SYMBOLS + 1];
} bj_control_t;

/* What --add-user needs: instruments, stores, identity.  False: the log says why. */
BJ_MUST_USE bool bj_control_stores(bj_control_t *control, const bj_config_t *config);
/* The rest: bus, gateway session, server, admin's thread. */
BJ_MUST_USE bool bj_control_open(bj_control_t *control, const bj_config_t *config);
/* Also what is only half made. */
void bj_control_close(bj_control_t *control);

#endif /* BJ_CONTROL_WORLD_H */
