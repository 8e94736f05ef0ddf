#ifndef BJ_FEEDLIST_H
#define BJ_FEEDLIST_H

/* bj_feedlist - the instruments of the day, from the exchange's files (dataplane/refdata), into a
 * scan that has none yet.
 *
 * Files    the stream files of a folder, all of one day; masters need not be there.  A bad line is
 *          said and left out: a capture is looked at, nothing is traded on it.
 * Spreads  those whose row has the fifth field, their token.  All others come from the capture
 *          (bj_feedscan.h).
 * Names    the symbol; of another series than EQ SYMBOL-BE, of a contract
 *          SYMBOL26AUG27C25000, of a spread SYMBOL26AUG27/26SEP24.  Cut at 31 bytes.
 * Errors   sentences on stderr that name file, line and field; false if a file is none of its kind
 *          or the files do not fit together. */
#include "dataplane/feedreplay/bj_feedscan.h"

BJ_MUST_USE bool bj_feedlist_load(bj_feedscan_t *scan, const char *dir);

#endif /* BJ_FEEDLIST_H */
