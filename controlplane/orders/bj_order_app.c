#include "controlplane/orders/bj_order_app.h"

#include <pthread.h>
#include <stdlib.h>
#include "dataplane/base/bj_time.h"

enum { KEY_BYTES = 17, NAME_BYTES = 161 };
#define PAUSE_NS (10 * BJ_NS_PER_S)

typedef struct known {
    uint32_t app_id; /* 0: free */
    char api_key[KEY_BYTES], name[NAME_BYTES];
} known_t;

struct bj_order_apps {
    bj_db_pool_t *db;
    pthread_mutex_t lock;
    int64_t not_before_ns;            /* the database did not answer: nobody waits for it again */
    known_t known[BJ_ORDER_APPS_MAX]; /* by number: a later one takes the place */
};

bj_order_apps_t *bj_order_apps_new(bj_db_pool_t *db) {
    bj_order_apps_t *apps = calloc(1, sizeof *apps);
    if (!apps) return NULL;
    apps->db = db;
    pthread_mutex_init(&apps->lock, NULL);
    return apps;
}

void bj_order_apps_free(bj_order_apps_t *apps) {
    if (apps) pthread_mutex_destroy(&apps->lock);
    free(apps);
}

/* False: nobody can say now.  One that is not there any more has no key and no name. */
static bool look_up(bj_order_apps_t *apps, known_t *app) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_query(apps->db, "SELECT api_key, name FROM apps WHERE app_id = $1",
                                     BJ_DB_PARAMS(bj_db_u64(app->app_id).text), &rows);
    if (status != BJ_OK || bj_db_rows(rows) == 0) return status == BJ_OK;
    return bj_db_get_str(rows, 0, 0, app->api_key, sizeof app->api_key) &&
           bj_db_get_str(rows, 0, 1, app->name, sizeof app->name);
}

/* The statement is outside of the lock: it may take a while. */
static known_t known_of(bj_order_apps_t *apps, uint32_t app_id) {
    known_t *place = &apps->known[app_id % BJ_ORDER_APPS_MAX];
    pthread_mutex_lock(&apps->lock);
    known_t app = *place;
    bool paused = bj_clock_mono_ns() < apps->not_before_ns;
    pthread_mutex_unlock(&apps->lock);
    if (app.app_id == app_id) return app;
    app = (known_t){.app_id = app_id};
    if (paused) return app;
    bool said = look_up(apps, &app);
    pthread_mutex_lock(&apps->lock);
    if (said)
        *place = app;
    else
        apps->not_before_ns = bj_clock_mono_ns() + PAUSE_NS;
    pthread_mutex_unlock(&apps->lock);
    return said ? app : (known_t){.app_id = app_id};
}

void bj_order_apps_meet(bj_order_apps_t *apps, uint32_t app_id) {
    if (app_id) (void)known_of(apps, app_id);
}

json_t *bj_order_apps_json(bj_order_apps_t *apps, uint32_t app_id) {
    if (app_id == 0) return json_null();
    known_t app = known_of(apps, app_id);
    return json_pack("{s:s, s:s, s:s}", "id", bj_db_u64(app_id).text, "api_key", app.api_key,
                     "name", app.name);
}
