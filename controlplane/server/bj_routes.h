#ifndef BJ_ROUTES_H
#define BJ_ROUTES_H

/* bj_routes - every route of the API, domain by domain: read the lists to know it all. */
#include "controlplane/server/bj_http.h"

/* X(domain): its list is bj_DOMAIN_routes. */
#define BJ_ROUTE_LIST(X)                                                                           \
    X(identity)                                                                                    \
    X(factor)                                                                                      \
    X(password)                                                                                    \
    X(contact)                                                                                     \
    X(passkey)                                                                                     \
    X(session)                                                                                     \
    X(history)                                                                                     \
    X(people)                                                                                      \
    X(instruments)                                                                                 \
    X(market)                                                                                      \
    X(orders)                                                                                      \
    X(portfolio)                                                                                   \
    X(admin)                                                                                       \
    X(admin_engine)                                                                                \
    X(elevation)                                                                                   \
    X(trail)                                                                                       \
    X(apps)                                                                                        \
    X(connect)                                                                                     \
    X(keys)                                                                                        \
    X(privacy)                                                                                     \
    X(csp)                                                                                         \
    X(staff_device)                                                                                \
    X(funds)                                                                                       \
    X(banks)                                                                                       \
    X(money)                                                                                       \
    X(receipts)

#define X(domain) extern const bj_route_t bj_##domain##_routes[];
BJ_ROUTE_LIST(X)
#undef X

extern const bj_route_t bj_kite_session_routes[];

/* All of the above, NULL-ended (routes.c); those of bj_kite_ are asked in Kite's way. */
extern bj_route_list_t bj_routes[], bj_kite_routes[];
/* What is to be said of some of them: scopes of apps, what is deprecated. */
extern const bj_route_note_t bj_route_notes[];

#endif /* BJ_ROUTES_H */
