#ifndef BJ_EXPORT_H
#define BJ_EXPORT_H

/* bj_export - all that we hold on a person (bj_held.h), as JSON and as a PDF.
 *
 * Shape    {"made", "person": {name, email, phone}, "sections": [{"table", "title", "why", "kept",
 *          "rule", "rows": [...]}]}; a section's "brief" says which columns the PDF has.
 * Owner    the JSON is the caller's (json_decref), and so are text and PDF (free).
 * Threads  any worker; one statement a table, read in one transaction that sees one moment.
 * Cost     memory: about 1 kB an order while the text is made, so a process makes one at a time.
 * Errors   bj_db's and bj_keys's; BJ_ERR_FULL: another is being made, or no memory. */
#include <jansson.h>
#include "controlplane/keys/bj_keys.h"

enum { BJ_EXPORT_TREE_ROWS = 2001, BJ_EXPORT_MAX_BYTES = 256 << 20 };

/* All of it: {"export": ...} as it goes over the wire.  BJ_ERR_OVERFLOW: more than
 * BJ_EXPORT_MAX_BYTES. */
BJ_MUST_USE bj_status_t bj_export_text(bj_db_pool_t *db, bj_keys_t *keys, uint64_t user_id,
                                       char **out);
/* At most BJ_EXPORT_TREE_ROWS rows a table, for the PDF: one more than it shows. */
BJ_MUST_USE bj_status_t bj_export_json(bj_db_pool_t *db, bj_keys_t *keys, uint64_t user_id,
                                       json_t **out);
/* A4, readable: titles, why it is kept and how long, tables; in whatever script the fonts of the
 * machine know (Debian's fonts-noto-core: those of India).  BJ_ERR_FULL: no memory. */
BJ_MUST_USE bj_status_t bj_export_pdf(const json_t *export, uint8_t **out, size_t *out_bytes);

#endif /* BJ_EXPORT_H */
