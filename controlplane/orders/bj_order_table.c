#include "controlplane/orders/bj_order_table.h"

#include <pthread.h>
#include <stdlib.h>

enum { BUCKETS = 4096 };

typedef struct node {
    struct node    *next;
    bj_order_view_t view;
} node_t;

struct bj_order_table {
    pthread_mutex_t lock;
    size_t          cnt;
    node_t         *bucket[BUCKETS]; /* by account: its orders are asked for together */
};

bj_order_table_t *bj_order_table_new(void) {
    bj_order_table_t *table = calloc(1, sizeof *table);
    if (table) pthread_mutex_init(&table->lock, NULL);
    return table;
}

void bj_order_table_free(bj_order_table_t *table) {
    if (!table) return;
    bj_order_table_clear(table);
    pthread_mutex_destroy(&table->lock);
    free(table);
}

static node_t *find(bj_order_table_t *table, uint32_t account_id, uint64_t order_id) {
    for (node_t *node = table->bucket[account_id % BUCKETS]; node; node = node->next) {
        if (node->view.order_id == order_id && node->view.account_id == account_id) return node;
    }
    return NULL;
}

bool bj_order_table_get(bj_order_table_t *table, uint32_t account_id, uint64_t order_id,
                        bj_order_view_t *view) {
    pthread_mutex_lock(&table->lock);
    const node_t *node = find(table, account_id, order_id);
    if (node) *view = node->view;
    pthread_mutex_unlock(&table->lock);
    return node != NULL;
}

void bj_order_table_put(bj_order_table_t *table, const bj_order_view_t *view) {
    pthread_mutex_lock(&table->lock);
    node_t *node = find(table, view->account_id, view->order_id);
    if (!node && table->cnt < BJ_ORDER_TABLE_MAX && (node = calloc(1, sizeof *node))) {
        node_t **head = &table->bucket[view->account_id % BUCKETS];
        node->next = *head;
        *head = node;
        table->cnt++;
    }
    if (node && view->event_seq >= node->view.event_seq) node->view = *view;
    pthread_mutex_unlock(&table->lock);
}

/* Keeps views in order, newest order first; the oldest falls out at the end. */
static size_t insert(bj_order_view_t *views, size_t view_cnt, size_t views_max,
                     const bj_order_view_t *view) {
    size_t at = 0;
    while (at < view_cnt && views[at].order_id > view->order_id) at++;
    if (at == views_max) return view_cnt;
    size_t keep = view_cnt < views_max ? view_cnt : views_max - 1;
    if (at < keep) memmove(&views[at + 1], &views[at], (keep - at) * sizeof *views);
    views[at] = *view;
    return keep + 1;
}

size_t bj_order_table_merge(bj_order_table_t *table, uint32_t account_id, bool open_only,
                            bj_order_view_t *views, size_t view_cnt, size_t views_max) {
    pthread_mutex_lock(&table->lock);
    for (const node_t *n = table->bucket[account_id % BUCKETS]; n; n = n->next) {
        if (n->view.account_id != account_id) continue;
        size_t at = 0;
        while (at < view_cnt && views[at].order_id != n->view.order_id) at++;
        /* What has ended would take the room of what is open. */
        if (at == view_cnt && open_only && n->view.state != BJ_ORDER_OPEN) continue;
        if (at == view_cnt) view_cnt = insert(views, view_cnt, views_max, &n->view);
        else if (n->view.event_seq > views[at].event_seq) views[at] = n->view;
    }
    pthread_mutex_unlock(&table->lock);
    if (!open_only) return view_cnt;
    size_t kept = 0;
    for (size_t i = 0; i < view_cnt; i++) {
        if (views[i].state == BJ_ORDER_OPEN) views[kept++] = views[i];
    }
    return kept;
}

/* Removes ended orders up to event_seq; everything if all. */
static void sweep(bj_order_table_t *table, uint64_t event_seq, bool all) {
    pthread_mutex_lock(&table->lock);
    for (size_t i = 0; i < BUCKETS; i++) {
        for (node_t **at = &table->bucket[i]; *at;) {
            node_t *node = *at;
            bool old = node->view.state != BJ_ORDER_OPEN && node->view.event_seq <= event_seq;
            if (!all && !old) {
                at = &node->next;
                continue;
            }
            *at = node->next;
            free(node);
            table->cnt--;
        }
    }
    pthread_mutex_unlock(&table->lock);
}

void bj_order_table_prune(bj_order_table_t *table, uint64_t event_seq) {
    sweep(table, event_seq, false);
}

void bj_order_table_clear(bj_order_table_t *table) { sweep(table, 0, true); }

size_t bj_order_table_cnt(bj_order_table_t *table) {
    pthread_mutex_lock(&table->lock);
    size_t cnt = table->cnt;
    pthread_mutex_unlock(&table->lock);
    return cnt;
}
