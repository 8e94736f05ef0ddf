/* bijli-dataplane --config FILE: feed, gateway, engine and journal in one process. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_stamp.h"
#include "dataplane/main/bj_world.h"

enum { EXIT_CONFIG = 2 };

/* Blocked in every thread; the main thread asks for them between two reports. */
static sigset_t signals_block(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return set;
}

static bool world_run(bj_world_t *world, const sigset_t *set) {
    const struct timespec second = {.tv_sec = 1};
    do {
        bj_world_report(world);
        bj_gateway_certs_look(&world->gateway_tile.certs, world->gateway_tile.tls);
        if (sigtimedwait(set, NULL, &second) > 0) return true;
    } while (!atomic_load(&world->failed_loops));
    return false;
}

/* Whoever resumes would be told what only this machine has.  False: told to stop. */
static bool ready_wait(const bj_world_t *world, const sigset_t *set) {
    const struct timespec moment = {.tv_nsec = 200 * BJ_NS_PER_MS};
    if (!bj_world_ready(world)) BJ_WARN("waits for a standby that has all of the journal");
    while (!bj_world_ready(world)) {
        bj_world_report(world);
        if (sigtimedwait(set, NULL, &moment) > 0) return false;
    }
    return true;
}

int main(int argc, char **argv) {
    static bj_world_t world;
    if (argc != 3 || strcmp(argv[1], "--config") != 0) {
        fprintf(stderr, "usage: %s --config FILE\n", argv[0]);
        return EXIT_CONFIG;
    }
    bj_log_init("dataplane", BJ_LOG_INFO);
    sigset_t set = signals_block();
    bj_stamp_start();
    bj_config_t *config = bj_config_load(argv[2]);
    bool ok = bj_world_new(&world, config) && bj_world_ports(&world) &&
              bj_world_recover(&world) && bj_world_replicate(&world);
    if (ok && ready_wait(&world, &set)) {
        ok = bj_world_open(&world) && bj_world_start(&world) && world_run(&world, &set);
    }
    bj_world_stop(&world);
    if (ok) bj_world_report(&world); /* the final counters */
    bj_config_free(config);
    BJ_INFO("%s", ok ? "stopped" : "stopped on an error");
    return ok ? 0 : 1;
}
