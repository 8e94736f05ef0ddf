#include "controlplane/server/bj_routes.h"

bj_route_list_t bj_routes[] = {
#define X(domain) bj_##domain##_routes,
    BJ_ROUTE_LIST(X)
#undef X
        NULL,
};
