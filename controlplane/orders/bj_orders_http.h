#ifndef BJ_ORDERS_HTTP_H
#define BJ_ORDERS_HTTP_H

/* What other domains' routes share with those of orders. */
#include "controlplane/orders/bj_order_view.h"
#include "controlplane/server/bj_http.h"

/* The answer for a status of bj_orders.h that is not BJ_OK. */
void bj_orders_refuse(bj_http_resp_t *resp, bj_status_t status);
/* `state` and `limit` of the query. */
BJ_MUST_USE bool bj_orders_list_query(const bj_http_req_t *req, bool *open_only, int64_t *limit,
                                      bj_http_resp_t *resp);
void bj_orders_answer_list(bj_app_t *app, bj_http_resp_t *resp, const bj_order_view_t *views,
                           size_t view_cnt);

#endif /* BJ_ORDERS_HTTP_H */
