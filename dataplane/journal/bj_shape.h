#ifndef BJ_SHAPE_H
#define BJ_SHAPE_H

/* bj_shape - the engine's shape as the configuration says it: the dataplane, its standby and
 * whoever makes its snapshots must have the same one.
 *
 *   venue                    "internal": our matching is the market; "nse": orders go to the
 *                            exchange (docs/venue.md); absent: internal
 *   dataplane.instrument_max, account_max, order_max
 *
 * Errors  false after a sentence in the log that names the key; a missing key, or a value of the
 *         wrong kind, ends the process (bj_config.h).  Start-up only. */
#include "dataplane/base/bj_config.h"
#include "dataplane/engine/bj_engine.h"

BJ_MUST_USE bool bj_shape_read(const bj_config_t *config, bj_engine_config_t *shape);
/* May what lies there go on with this shape?  False after a sentence: its orders are elsewhere. */
BJ_MUST_USE bool bj_shape_fits(const bj_engine_config_t *shape, const char *dir, bool venue);

#endif /* BJ_SHAPE_H */
