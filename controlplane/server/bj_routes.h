#ifndef BJ_ROUTES_H
#define BJ_ROUTES_H

/* bj_routes - every route of the API, domain by domain: read the lists to know it all. */
#include "controlplane/server/bj_http.h"

extern const bj_route_t bj_identity_routes[], bj_factor_routes[], bj_password_routes[],
    bj_session_routes[], bj_passkey_routes[], bj_people_routes[], bj_instruments_routes[],
    bj_market_routes[], bj_orders_routes[], bj_portfolio_routes[], bj_admin_routes[],
    bj_admin_engine_routes[], bj_elevation_routes[], bj_trail_routes[];

/* All of the above, NULL-ended (routes.c). */
extern bj_route_list_t bj_routes[];

#endif /* BJ_ROUTES_H */
