#include "controlplane/bus/bj_bus.h"

#include <nats/nats.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "controlplane/bus/bj_bus_tls.h"
#include "dataplane/base/bj_log.h"

enum { RETRY_MS = 250, CONNECT_MS = 1000, PING_MS = 2000, JS_WAIT_MS = 1000, PENDING_MAX = 65536 };

struct bj_bus {
    natsOptions      *options;
    natsConnection   *conn;
    jsCtx            *js;
    _Atomic bool      up;
    _Atomic uint64_t  up_cnt;
    _Atomic uint64_t  refused_cnt; /* puts the server said no to since the last settle */
    pthread_mutex_t   lock;        /* of closed */
    pthread_cond_t    closed_cond;
    bool              closed;
};

struct bj_bus_sub {
    natsSubscription *sub;
    bj_bus_msg_fn    *on_msg;
    void             *ctx;
    pthread_mutex_t   lock;
    pthread_cond_t    over_cond;
    bool              over;
};

static void on_up(natsConnection *conn, void *ctx) {
    (void)conn;
    bj_bus_t *bus = ctx;
    bus->up = true;
    bus->up_cnt++;
    BJ_INFO("bus is up");
}

static void on_down(natsConnection *conn, void *ctx) {
    (void)conn;
    bj_bus_t *bus = ctx;
    if (atomic_exchange(&bus->up, false)) BJ_WARN("bus is away");
}

static void on_closed(natsConnection *conn, void *ctx) {
    (void)conn;
    bj_bus_t *bus = ctx;
    pthread_mutex_lock(&bus->lock);
    bus->closed = true;
    pthread_cond_signal(&bus->closed_cond);
    pthread_mutex_unlock(&bus->lock);
}

static void on_error(natsConnection *conn, natsSubscription *sub, natsStatus err, void *ctx) {
    (void)conn;
    (void)sub;
    (void)ctx;
    BJ_WARN("bus: %s", natsStatus_GetText(err));
}

static void on_refused(jsCtx *js, jsPubAckErr *err, void *ctx) {
    (void)js;
    bj_bus_t *bus = ctx;
    if (bus->refused_cnt++ == 0) {
        BJ_WARN("bus: stream refused a message: %s", err->ErrText ? err->ErrText : "no answer");
    }
}

/* Secure: a server that offers no TLS is refused. */
static natsStatus set_tls(natsOptions *o, const bj_bus_login_t *login) {
    if (!bj_bus_tls_guard()) {
        BJ_ERROR("bus: OpenSSL cannot be kept to one thread a connection in this program");
        return NATS_SSL_ERROR;
    }
    natsStatus s = natsOptions_SetSecure(o, true);
    if (s == NATS_OK) s = natsOptions_LoadCATrustedCertificates(o, login->ca_file);
    if (s == NATS_OK && login->cert_file) {
        s = natsOptions_LoadCertificatesChain(o, login->cert_file, login->key_file);
    }
    if (s == NATS_OK) s = natsOptions_SetExpectedHostname(o, "bijli-nats");
    return s;
}

/* One line a setting; the first that fails ends it. */
static natsStatus set_options(bj_bus_t *bus, const bj_bus_login_t *login) {
    natsOptions *o = bus->options;
    natsStatus s = natsOptions_SetURL(o, login->url);
    if (s == NATS_OK) s = natsOptions_SetName(o, login->name);
    if (s == NATS_OK && login->password) {
        s = natsOptions_SetUserInfo(o, login->name, login->password);
    }
    if (s == NATS_OK && login->ca_file) s = set_tls(o, login);
    if (s == NATS_OK) s = natsOptions_SetTimeout(o, CONNECT_MS);
    if (s == NATS_OK) s = natsOptions_SetAllowReconnect(o, true);
    if (s == NATS_OK) s = natsOptions_SetMaxReconnect(o, -1);
    if (s == NATS_OK) s = natsOptions_SetReconnectWait(o, RETRY_MS);
    if (s == NATS_OK) s = natsOptions_SetReconnectJitter(o, RETRY_MS, RETRY_MS);
    if (s == NATS_OK) s = natsOptions_SetRetryOnFailedConnect(o, true, on_up, bus);
    if (s == NATS_OK) s = natsOptions_SetFailRequestsOnDisconnect(o, true);
    if (s == NATS_OK) s = natsOptions_SetPingInterval(o, PING_MS);
    if (s == NATS_OK) s = natsOptions_SetMaxPendingMsgs(o, PENDING_MAX);
    /* Also keeps the socket from blocking, which bj_bus_tls needs. */
    if (s == NATS_OK) s = natsOptions_SetWriteDeadline(o, CONNECT_MS);
    if (s == NATS_OK) s = natsOptions_SetDisconnectedCB(o, on_down, bus);
    if (s == NATS_OK) s = natsOptions_SetReconnectedCB(o, on_up, bus);
    if (s == NATS_OK) s = natsOptions_SetClosedCB(o, on_closed, bus);
    if (s == NATS_OK) s = natsOptions_SetErrorHandler(o, on_error, bus);
    return s;
}

static natsStatus open_stream_context(bj_bus_t *bus) {
    jsOptions options;
    jsOptions_Init(&options);
    options.Wait = JS_WAIT_MS;
    options.PublishAsync.MaxPending = 8192;
    options.PublishAsync.ErrHandler = on_refused;
    options.PublishAsync.ErrHandlerClosure = bus;
    return natsConnection_JetStream(&bus->js, bus->conn, &options);
}

/* nats:// without a CA is in clear, the password too: to this machine only. */
static bool clear_elsewhere(const bj_bus_login_t *login) {
    static const char *const here[] = {"127.0.0.1", "localhost", "[::1]"};
    if (login->ca_file || strncmp(login->url, "nats://", 7) != 0) return false;
    const char *host = login->url + 7, *user_end = strchr(host, '@');
    if (user_end) host = user_end + 1;
    for (size_t i = 0; i < BJ_COUNT(here); i++) {
        size_t n = strlen(here[i]);
        if (strncmp(host, here[i], n) != 0 || !strchr(":/", host[n])) continue;
        return strchr(host, ',') != NULL;
    }
    return true;
}

bj_bus_t *bj_bus_open(const bj_bus_login_t *login) {
    const char *error;
    /* The client would take anything for a host and try it for ever. */
    if (strncmp(login->url, "nats://", 7) != 0 && strncmp(login->url, "tls://", 6) != 0) {
        BJ_ERROR("bus: the URL must begin with nats:// or tls://");
        return NULL;
    }
    if (clear_elsewhere(login)) {
        BJ_ERROR("bus: another machine's is spoken to under TLS only: nats.ca_file is missing");
        return NULL;
    }
    bj_bus_t *bus = calloc(1, sizeof *bus);
    if (!bus) return NULL;
    pthread_mutex_init(&bus->lock, NULL);
    pthread_cond_init(&bus->closed_cond, NULL);
    natsStatus s = natsOptions_Create(&bus->options);
    if (s == NATS_OK) s = set_options(bus, login);
    if (s == NATS_OK) s = natsConnection_Connect(&bus->conn, bus->options);
    if (s == NATS_OK) on_up(bus->conn, bus);
    if (s == NATS_NOT_YET_CONNECTED) {
        BJ_WARN("bus is away at start");
        s = NATS_OK;
    }
    if (s == NATS_OK) s = open_stream_context(bus);
    if (s == NATS_OK) return bus;
    error = nats_GetLastError(NULL);
    BJ_ERROR("bus: %s%s%s", natsStatus_GetText(s), error ? ": " : "", error ? error : "");
    bj_bus_close(bus);
    return NULL;
}

/* nats.WHO.NAME, or NULL. */
static const char *own(const bj_config_t *config, const char *who, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "nats.%s.%s", who, name);
    const char *text = bj_config_str_or(config, path, "");
    return text[0] ? text : NULL;
}

bj_bus_t *bj_bus_open_as(const bj_config_t *config, const char *who) {
    char name[32], path[64], password[256] = "";
    const char *ca_file = bj_config_str_or(config, "nats.ca_file", "");
    snprintf(name, sizeof name, "bijli-%s", who);
    snprintf(path, sizeof path, "nats.%s.password_file", who);
    if (own(config, who, "password_file")) {
        bj_config_secret(config, path, password, sizeof password);
    }
    bj_bus_login_t login = {.url = bj_config_str(config, "nats.url"),
                            .name = name,
                            .password = password[0] ? password : NULL,
                            .ca_file = ca_file[0] ? ca_file : NULL,
                            .cert_file = own(config, who, "cert_file"),
                            .key_file = own(config, who, "key_file")};
    bj_bus_t *bus = bj_bus_open(&login);
    explicit_bzero(password, sizeof password);
    return bus;
}

void bj_bus_close(bj_bus_t *bus) {
    if (!bus) return;
    if (bus->conn) {
        /* Callbacks name the bus; closed is the last of them. */
        natsConnection_Close(bus->conn);
        pthread_mutex_lock(&bus->lock);
        while (!bus->closed) pthread_cond_wait(&bus->closed_cond, &bus->lock);
        pthread_mutex_unlock(&bus->lock);
    }
    jsCtx_Destroy(bus->js);
    natsConnection_Destroy(bus->conn);
    natsOptions_Destroy(bus->options);
    pthread_cond_destroy(&bus->closed_cond);
    pthread_mutex_destroy(&bus->lock);
    free(bus);
}

bool bj_bus_up(bj_bus_t *bus) { return bus->up; }
uint64_t bj_bus_up_cnt(bj_bus_t *bus) { return bus->up_cnt; }

static bj_status_t as_status(natsStatus s) {
    switch ((int)s) {
    case NATS_OK: return BJ_OK;
    case NATS_TIMEOUT: return BJ_ERR_TIMEOUT;
    case NATS_NOT_FOUND: return BJ_ERR_NOT_FOUND;
    case NATS_INVALID_ARG:
    case NATS_INVALID_SUBJECT: return BJ_ERR_BAD_FIELD;
    case NATS_ERR: return BJ_ERR_DB;
    default: return BJ_ERR_UNAVAILABLE;
    }
}

bj_status_t bj_bus_publish(bj_bus_t *bus, const char *subject, const void *data,
                           size_t data_bytes) {
    if (!bus->up) return BJ_ERR_UNAVAILABLE;
    return as_status(natsConnection_Publish(bus->conn, subject, data, (int)data_bytes));
}

void bj_bus_flush(bj_bus_t *bus) {
    if (bus->up) natsConnection_FlushTimeout(bus->conn, CONNECT_MS);
}

static void on_message(natsConnection *conn, natsSubscription *from, natsMsg *msg, void *ctx) {
    (void)conn;
    (void)from;
    bj_bus_sub_t *sub = ctx;
    sub->on_msg(sub->ctx, natsMsg_GetSubject(msg), natsMsg_GetData(msg),
                (size_t)natsMsg_GetDataLength(msg));
    natsMsg_Destroy(msg);
}

static void on_over(void *ctx) {
    bj_bus_sub_t *sub = ctx;
    pthread_mutex_lock(&sub->lock);
    sub->over = true;
    pthread_cond_signal(&sub->over_cond);
    pthread_mutex_unlock(&sub->lock);
}

bj_bus_sub_t *bj_bus_subscribe(bj_bus_t *bus, const char *subject, bj_bus_msg_fn *on_msg,
                               void *ctx) {
    bj_bus_sub_t *sub = calloc(1, sizeof *sub);
    if (!sub) return NULL;
    sub->on_msg = on_msg;
    sub->ctx = ctx;
    pthread_mutex_init(&sub->lock, NULL);
    pthread_cond_init(&sub->over_cond, NULL);
    natsStatus s = natsConnection_Subscribe(&sub->sub, bus->conn, subject, on_message, sub);
    if (s == NATS_OK) s = natsSubscription_SetOnCompleteCB(sub->sub, on_over, sub);
    if (s == NATS_OK) return sub;
    BJ_ERROR("bus: cannot subscribe to %s: %s", subject, natsStatus_GetText(s));
    natsSubscription_Destroy(sub->sub);
    free(sub);
    return NULL;
}

void bj_bus_unsubscribe(bj_bus_sub_t *sub) {
    if (!sub) return;
    /* Refused when the connection was closed first: then the subscription is ending already. */
    (void)natsSubscription_Unsubscribe(sub->sub);
    pthread_mutex_lock(&sub->lock);
    while (!sub->over) pthread_cond_wait(&sub->over_cond, &sub->lock);
    pthread_mutex_unlock(&sub->lock);
    natsSubscription_Destroy(sub->sub);
    pthread_cond_destroy(&sub->over_cond);
    pthread_mutex_destroy(&sub->lock);
    free(sub);
}

static bj_status_t make_stream(bj_bus_t *bus, const bj_bus_stream_t *stream) {
    const char *subjects[] = {stream->subject};
    jsErrCode code = 0;
    jsStreamConfig config;
    jsStreamConfig_Init(&config);
    config.Name = stream->name;
    config.Description = stream->about;
    config.Subjects = subjects;
    config.SubjectsLen = (int)BJ_COUNT(subjects);
    config.MaxBytes = stream->max_bytes;
    config.Storage = js_FileStorage;
    config.Discard = js_DiscardOld;
    natsStatus s = js_AddStream(NULL, bus->js, &config, NULL, &code);
    if (s != NATS_OK) {
        BJ_WARN("bus: stream %s: %s (%d)", stream->name, natsStatus_GetText(s), (int)code);
    }
    return as_status(s);
}

bj_status_t bj_bus_stream_ensure(bj_bus_t *bus, const bj_bus_stream_t *stream) {
    if (!bus->up) return BJ_ERR_UNAVAILABLE;
    jsStreamInfo *info = NULL;
    natsStatus s = js_GetStreamInfo(&info, bus->js, stream->name, NULL, NULL);
    if (s == NATS_NOT_FOUND) return make_stream(bus, stream);
    if (s != NATS_OK) return as_status(s);
    const char *about = info->Config->Description;
    bool same = about && strcmp(about, stream->about) == 0;
    jsStreamInfo_Destroy(info);
    return same ? BJ_OK : BJ_ERR_EXISTS;
}

bj_status_t bj_bus_stream_renew(bj_bus_t *bus, const bj_bus_stream_t *stream) {
    if (!bus->up) return BJ_ERR_UNAVAILABLE;
    natsStatus s = js_DeleteStream(bus->js, stream->name, NULL, NULL);
    if (s != NATS_OK && s != NATS_NOT_FOUND) return as_status(s);
    return make_stream(bus, stream);
}

bj_status_t bj_bus_stream_last(bj_bus_t *bus, const bj_bus_stream_t *stream, void *out,
                               size_t out_bytes, size_t *data_bytes) {
    *data_bytes = 0;
    if (!bus->up) return BJ_ERR_UNAVAILABLE;
    natsMsg *msg = NULL;
    natsStatus s = js_GetLastMsg(&msg, bus->js, stream->name, stream->subject, NULL, NULL);
    if (s != NATS_OK) return as_status(s);
    size_t n = (size_t)natsMsg_GetDataLength(msg);
    bool fits = n <= out_bytes;
    if (fits) memcpy(out, natsMsg_GetData(msg), n);
    natsMsg_Destroy(msg);
    *data_bytes = fits ? n : 0;
    return fits ? BJ_OK : BJ_ERR_FULL;
}

bj_status_t bj_bus_stream_put(bj_bus_t *bus, const char *subject, const char *msg_id,
                              const void *data, size_t data_bytes) {
    if (!bus->up) return BJ_ERR_UNAVAILABLE;
    jsPubOptions options;
    jsPubOptions_Init(&options);
    options.MsgId = msg_id;
    return as_status(js_PublishAsync(bus->js, subject, data, (int)data_bytes, &options));
}

bj_status_t bj_bus_stream_settle(bj_bus_t *bus, int64_t wait_ms) {
    jsPubOptions options;
    jsPubOptions_Init(&options);
    options.MaxWait = wait_ms;
    natsStatus s = js_PublishAsyncComplete(bus->js, &options);
    if (s != NATS_OK) { /* answers that come later must not count for the next batch */
        natsMsgList pending = {0};
        if (js_PublishAsyncGetPendingList(&pending, bus->js) == NATS_OK) {
            natsMsgList_Destroy(&pending);
        }
    }
    uint64_t refused = atomic_exchange(&bus->refused_cnt, 0);
    if (s != NATS_OK) return as_status(s);
    return refused ? BJ_ERR_DB : BJ_OK;
}
