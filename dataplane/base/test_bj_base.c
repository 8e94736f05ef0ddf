/* Goal: the small things everyone leans on: status words, both clocks' epochs, CRC32C and FNV
 * against published vectors, configuration lookups, shared memory seen by a second mapping. */
#include "dataplane/base/bj_base.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "dataplane/base/bj_bits.h"
#include "dataplane/base/bj_caps.h"
#include "dataplane/base/bj_config.h"
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_health.h"
#include "dataplane/base/bj_pages.h"
#include "dataplane/base/bj_run.h"
#include "dataplane/base/bj_shm.h"
#include "dataplane/base/bj_status.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"

static void test_status(void) {
    static const int values[] = {
#define X(name, value, text) value,
        BJ_STATUS_LIST(X)
#undef X
    };
    for (size_t i = 0; i < BJ_COUNT(values); i++) {
        for (size_t j = 0; j < i; j++) BJ_CHECK(values[i] != values[j]);
        BJ_CHECK(strcmp(bj_status_name((bj_status_t)values[i]), "BJ_STATUS_?") != 0);
        BJ_CHECK(strlen(bj_status_text((bj_status_t)values[i])) > 1);
    }
    BJ_CHECK(strcmp(bj_status_name(BJ_REJ_TICK), "BJ_REJ_TICK") == 0);
    BJ_CHECK(strcmp(bj_status_name((bj_status_t)9999), "BJ_STATUS_?") == 0);
    BJ_CHECK(strcmp(bj_status_text((bj_status_t)9999), "unknown status") == 0);
}

/* 2025-05-02T09:15:00+05:30 is 1746157500 UNIX; the exchange counts it from 1980 in Indian time. */
static void test_time(void) {
    int64_t exch_ns = (INT64_C(1746157500) + 19800 - 315532800) * BJ_NS_PER_S + 7;
    BJ_CHECK(bj_time_from_exch_ns(exch_ns) == INT64_C(1746157500) * BJ_NS_PER_S + 7);
    BJ_CHECK(bj_time_to_exch_ns(bj_time_from_exch_ns(exch_ns)) == exch_ns);
}

/* CRC32C: RFC 3720 B.4 and the check value of "123456789"; FNV-1a 64: Noll's published vectors. */
static void test_hash(void) {
    uint8_t zeros[32] = {0}, ones[32], ascending[32];
    memset(ones, 0xff, sizeof ones);
    for (uint8_t i = 0; i < 32; i++) ascending[i] = i;
    BJ_CHECK(bj_crc32c(0, "123456789", 9) == 0xe3069283);
    BJ_CHECK(bj_crc32c(0, zeros, 32) == 0x8a9136aa);
    BJ_CHECK(bj_crc32c(0, ones, 32) == 0x62a8ab43);
    BJ_CHECK(bj_crc32c(0, ascending, 32) == 0x46dd794e);
    BJ_CHECK(bj_crc32c(bj_crc32c(0, "1234", 4), "56789", 5) == 0xe3069283);
    BJ_CHECK(bj_fnv1a(BJ_FNV_OFFSET, "", 0) == UINT64_C(0xcbf29ce484222325));
    BJ_CHECK(bj_fnv1a(BJ_FNV_OFFSET, "a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
    BJ_CHECK(bj_fnv1a(BJ_FNV_OFFSET, "foobar", 6) == UINT64_C(0x85944171f73967e8));
}

static void test_config(void) {
    char file[] = "/tmp/bj_config_XXXXXX", secret_file[] = "/tmp/bj_secret_XXXXXX", text[512],
         secret[16];
    int fd = mkstemp(file), secret_fd = mkstemp(secret_file);
    int n = snprintf(text, sizeof text,
                     "{\"gateway\":{\"port\":9001,\"ip\":\"1.2.3.4\",\"spin\":true,\"key\":\"%s\"},"
                     "\"sessions\":[{\"name\":\"desk\"},{\"name\":\"control\"}]}",
                     secret_file);
    BJ_CHECK(write(fd, text, (size_t)n) == n);
    BJ_CHECK(write(secret_fd, "hunter2\nmore", 12) == 12);
    close(fd);
    close(secret_fd);

    bj_config_t *config = bj_config_load(file);
    BJ_CHECK(bj_config_int(config, "gateway.port", 1, 65535) == 9001);
    BJ_CHECK(strcmp(bj_config_str(config, "gateway.ip"), "1.2.3.4") == 0);
    BJ_CHECK(bj_config_bool_or(config, "gateway.spin", false));
    BJ_CHECK(bj_config_int_or(config, "gateway.none", 0, 9, 4) == 4);
    BJ_CHECK(bj_config_str_or(config, "no.such.key", NULL) == NULL);
    BJ_CHECK(bj_config_cnt(config, "sessions") == 2 && bj_config_cnt(config, "none") == 0);
    BJ_CHECK(strcmp(bj_config_str(bj_config_item(config, "sessions", 1), "name"), "control") == 0);
    bj_config_secret(config, "gateway.key", secret, sizeof secret);
    BJ_CHECK(strcmp(secret, "hunter2") == 0);
    bj_config_free(config);
    unlink(file);
    unlink(secret_file);
}

static void test_shm(void) {
    char file[] = "/tmp/bj_shm_XXXXXX";
    close(mkstemp(file));
    size_t mem_bytes = 0;
    char *writer = bj_shm_create(file, 8192);
    const char *reader = bj_shm_open(file, &mem_bytes);
    BJ_CHECK(writer && reader && mem_bytes == 8192 && reader[100] == 0);
    writer[100] = 'x';
    BJ_CHECK(reader[100] == 'x');
    char *again = bj_shm_create(file, 4096); /* a new world; the old mapping is untouched */
    BJ_CHECK(again && reader[100] == 'x' && again[100] == 0);
    bj_shm_close(reader, 8192);
    bj_shm_close(writer, 8192);
    bj_shm_close(again, 4096);
    unlink(file);
    BJ_CHECK(bj_shm_open(file, &mem_bytes) == NULL);
}

/* What was written reads back; three seconds later the same file means that the process is gone. */
static void test_health(void) {
    char dir[] = "/tmp/bj_health_XXXXXX", path[64];
    BJ_CHECK(mkdtemp(dir) != NULL);
    bj_health_t said = {.state = BJ_HEALTH_DEGRADED, .text = "feed is silent"}, heard;
    for (int i = 0; i < BJ_HEALTH_FIGURES_MAX + 3; i++)
        bj_health_figure(&said, i ? "n" : "first", i);
    BJ_CHECK(said.figure_cnt == BJ_HEALTH_FIGURES_MAX);
    said.figure_cnt = 2;
    BJ_CHECK(bj_health_write(dir, "relay", &said));
    bj_health_read(dir, "relay", bj_clock_wall_ns(), &heard);
    BJ_CHECK(heard.state == BJ_HEALTH_DEGRADED && strcmp(heard.text, "feed is silent") == 0);
    BJ_CHECK(heard.pid == getpid() && heard.figure_cnt == 2 && heard.figures[1].value == 1);
    bj_health_read(dir, "relay", bj_clock_wall_ns() + 4 * BJ_NS_PER_S, &heard);
    BJ_CHECK(heard.state == BJ_HEALTH_DOWN && strcmp(heard.text, "not running") == 0);
    bj_health_read(dir, "nobody", bj_clock_wall_ns(), &heard);
    BJ_CHECK(heard.state == BJ_HEALTH_DOWN && heard.figure_cnt == 0);
    snprintf(path, sizeof path, "%s/relay.status.json", dir);
    unlink(path);
    rmdir(dir);
}

/* A service with a folder of its own writes there, and is found where all are looked for. */
static void test_run_links(void) {
    char dir[] = "/tmp/bj_run_XXXXXX", link[64], own[64], file[128];
    bj_health_t said = {.state = BJ_HEALTH_UP, .text = "prices"}, heard;
    struct stat st;
    BJ_CHECK(mkdtemp(dir) != NULL);
    snprintf(link, sizeof link, "%s/edge.status.json", dir);
    snprintf(own, sizeof own, "%s/edge", dir);
    BJ_CHECK(bj_run_file(file, sizeof file, dir, "edge.status.json") && strcmp(file, link) == 0);
    BJ_CHECK(mkdir(own, 0700) == 0 && symlink("edge/status.json", link) == 0);
    BJ_CHECK(bj_run_file(file, sizeof file, dir, "edge.status.json"));
    BJ_CHECK(bj_health_write(dir, "edge", &said));
    bj_health_read(dir, "edge", bj_clock_wall_ns(), &heard);
    BJ_CHECK(heard.state == BJ_HEALTH_UP && strcmp(heard.text, "prices") == 0);
    BJ_CHECK(lstat(link, &st) == 0 && S_ISLNK(st.st_mode));
    BJ_CHECK(lstat(file, &st) == 0 && S_ISREG(st.st_mode) && unlink(file) == 0);
    static const char *const bad[] = {"/etc/passwd", "../x", "edge/../../x"};
    for (size_t i = 0; i < BJ_COUNT(bad); i++) {
        BJ_CHECK(unlink(link) == 0 && symlink(bad[i], link) == 0);
        BJ_CHECK(!bj_run_file(file, sizeof file, dir, "edge.status.json"));
        BJ_CHECK(!bj_health_write(dir, "edge", &said));
    }
    BJ_CHECK(!bj_run_file(file, 8, dir, "edge.status.json"));
    BJ_CHECK(unlink(link) == 0 && rmdir(own) == 0 && rmdir(dir) == 0);
}

/* In a thread: what only a capability lets do (root's here) is refused, and not for the others. */
static void *without_caps(void *arg) {
    bool *refused = arg;
    bool dropped = bj_caps_drop() && bj_caps_drop();
    *refused = dropped && chroot("/") != 0 && errno == EPERM;
    return NULL;
}

static void test_caps(void) {
    pthread_t thread;
    bool refused = false;
    BJ_CHECK(pthread_create(&thread, NULL, without_caps, &refused) == 0);
    BJ_CHECK(pthread_join(thread, NULL) == 0 && refused);
    BJ_CHECK(geteuid() != 0 || chroot("/") == 0 || errno == EPERM); /* root of a container */
}

static void *wait_told(void *arg) {
    char said;
    (void)!read(*(int *)arg, &said, 1);
    return NULL;
}

/* A thread that keeps what the others have given up is found. */
static int none_of_process(void) {
    pthread_t thread;
    int told[2];
#ifdef __SANITIZE_THREAD__
    return 0; /* it has a thread of its own */
#endif
    bool had = !bj_caps_none(); /* root's, here */
    bool made = pipe(told) == 0 && pthread_create(&thread, NULL, wait_told, &told[0]) == 0;
    if (!made || !bj_caps_drop() || bj_caps_none() == had) return 1;
    made = write(told[1], "x", 1) == 1 && pthread_join(thread, NULL) == 0;
    return made && bj_caps_none() ? 0 : 1;
}

static void test_caps_none(void) {
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) _exit(none_of_process());
    BJ_CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

static void test_bits(void) {
    uint64_t set[3] = {0};
    BJ_CHECK(bj_bits_next(set, 192, 0) == 192 && bj_bits_next(set, 192, 192) == 192);
    for (uint32_t n = 0; n < 192; n++) { /* alone, then with a neighbour in the next word */
        bj_bits_set(set, n);
        BJ_CHECK(bj_bits_has(set, n) && !bj_bits_has(set, (n + 1) % 192));
        BJ_CHECK(bj_bits_next(set, 192, 0) == n && bj_bits_next(set, 192, n) == n);
        BJ_CHECK(bj_bits_next(set, 192, n + 1) == 192);
        uint32_t far = (n + 64) % 192;
        bj_bits_set(set, far);
        BJ_CHECK(bj_bits_next(set, 192, n + 1) == (far > n ? far : 192));
        bj_bits_clear(set, far), bj_bits_clear(set, n);
        BJ_CHECK(!bj_bits_has(set, n) && bj_bits_next(set, 192, 0) == 192);
    }
}

/* Zeroed, and every page there before anyone has written to it. */
static void test_pages(void) {
    static const size_t sizes[] = {1, 4096, (1 << 21) - 1, (1 << 21) + 1};
    for (size_t i = 0; i < BJ_COUNT(sizes); i++) {
        uint8_t *mem = bj_pages_new(sizes[i]), there[1024];
        size_t whole = sizes[i] > 1 << 21 ? 2 << 21 : 1 << 21;
        BJ_CHECK(mem && (uintptr_t)mem % (1 << 21) == 0);
        BJ_CHECK(mincore(mem, whole, there) == 0);
        for (size_t at = 0; at < whole; at += 4096) BJ_CHECK(there[at / 4096] & 1 && !mem[at]);
        free(mem);
    }
}

int main(void) {
    test_bits();
    test_pages();
    test_health();
    test_run_links();
    test_caps();
    test_caps_none();
    test_status();
    test_time();
    test_hash();
    test_config();
    test_shm();
    return bj_test_end("test_bj_base");
}
