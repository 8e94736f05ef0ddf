#include "controlplane/server/bj_routes.h"

bj_route_list_t bj_routes[] = {
    bj_identity_routes,
    bj_factor_routes,
    bj_password_routes,
    bj_session_routes,
    bj_passkey_routes,
    bj_people_routes,
    bj_instruments_routes,
    bj_market_routes,
    bj_orders_routes,
    bj_portfolio_routes,
    bj_admin_routes,
    bj_admin_engine_routes,
    bj_elevation_routes,
    bj_trail_routes,
    NULL,
};
