/* The real event log, with segments of 64 events: a run begins several, and a start does not look
 * through 32 MiB of each. */
#define BJ_EVLOG_SEGMENT_BITS 6
#include "dataplane/market/bj_evlog.c"
