#include "controlplane/access/bj_scope.h"
#include "controlplane/server/bj_routes.h"

bj_route_list_t bj_routes[] = {
#define X(domain) bj_##domain##_routes,
    BJ_ROUTE_LIST(X)
#undef X
        NULL,
};

bj_route_list_t bj_kite_routes[] = {bj_kite_session_routes, NULL};

/* A route without a scope is none for an app: everything that says how somebody comes in, other
 * apps, and all that is an operator's. */
const bj_route_note_t bj_route_notes[] = {
    {.method = "GET", .path = "/health", .unlimited = true},
    {.method = "POST", .path = "/csp-reports", .reports = true},
    {.method = "GET", .path = "/me", .scope = BJ_SCOPE_PROFILE},
    {.method = "GET", .path = "/user/profile", .scope = BJ_SCOPE_PROFILE},
    {.method = "GET", .path = "/instruments", .scope = BJ_SCOPE_MARKET_READ},
    {.method = "GET", .path = "/market/quotes", .scope = BJ_SCOPE_MARKET_READ},
    {.method = "GET", .path = "/market/book/*", .scope = BJ_SCOPE_MARKET_READ},
    {.method = "GET", .path = "/market/candles/*", .scope = BJ_SCOPE_MARKET_READ},
    {.method = "GET", .path = "/market/ticket", .scope = BJ_SCOPE_MARKET_READ},
    {.method = "GET", .path = "/orders", .scope = BJ_SCOPE_ORDERS_READ},
    {.method = "GET", .path = "/trades", .scope = BJ_SCOPE_ORDERS_READ},
    {.method = "POST", .path = "/orders", .scope = BJ_SCOPE_ORDERS_WRITE},
    {.method = "PATCH", .path = "/orders/*", .scope = BJ_SCOPE_ORDERS_WRITE},
    {.method = "DELETE", .path = "/orders/*", .scope = BJ_SCOPE_ORDERS_WRITE},
    {.method = "GET", .path = "/positions", .scope = BJ_SCOPE_PORTFOLIO_READ},
    {.method = NULL},
};
