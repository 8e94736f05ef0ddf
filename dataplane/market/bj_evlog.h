#ifndef BJ_EVLOG_H
#define BJ_EVLOG_H

/* bj_evlog - every durable event, in order, for readers in other processes.
 *
 * Purpose    The relay and the gateway's resend read it; it can be rebuilt from the journal, so it
 *            is not synced (but before journal files are pruned).  What is published is durable in
 *            the journal: a reader that has seen an event will see the same event under the same
 *            sequence for ever, also after a crash.
 * Shape      a folder: `head` (small shared-memory file: generation, published count) and segments
 *            events-NNNNNN of BJ_EVLOG_SEGMENT_EVENTS records of 128 bytes each, each with its
 *            CRC32C.
 * Threads    one writer (the journal tile); any number of readers in any process.
 * Restart    the writer starts a new generation, with what is whole of the last one: see
 *            bj_evlog_resume.  Readers see the generation change, open again and go on from their
 *            sequence.
 * Errors     bj_status_t; BJ_ERR_CORRUPT names the sequence in the log.
 * Cost       append: a memcpy into a mapped file; a syscall once a segment. */
#include "dataplane/base/bj_status.h"
#include "dataplane/wire/bj_wire_cmd.h"

#ifndef BJ_EVLOG_SEGMENT_BITS /* the simulation has smaller ones: tests/simulation */
#define BJ_EVLOG_SEGMENT_BITS 18
#endif
enum { BJ_EVLOG_SEGMENT_EVENTS = 1 << BJ_EVLOG_SEGMENT_BITS }; /* 32 MiB, reserved when begun */

typedef struct bj_evlog bj_evlog_t;
typedef struct bj_evlog_reader bj_evlog_reader_t;

/* NULL: the folder cannot be made or written. */
bj_evlog_t *bj_evlog_create(const char *dir, uint64_t journal_id);
/* Goes on in a log of this journal that bj_evlog_whole found whole up to whole_seq: what is behind
 * that is gone, from the disk too; appending begins behind at_seq (<= whole_seq).  Readers are
 * shown no more than they were before, and nothing behind at_seq, until bj_evlog_publish.  What is
 * appended up to whole_seq is compared with what is there, and written from the first difference
 * on: a replay touches nothing that it finds as it makes it.  NULL: it cannot be written. */
bj_evlog_t *bj_evlog_resume(const char *dir, uint64_t journal_id, uint64_t whole_seq,
                            uint64_t at_seq);
/* Of this journal's events, 1 to max_seq, how many lie there one after the other, each with its
 * checksum.  Reads all of them. */
uint64_t bj_evlog_whole(const char *dir, uint64_t journal_id, uint64_t max_seq);
/* Makes the events up to seq, and their files' names, durable. */
BJ_MUST_USE bj_status_t bj_evlog_sync(const char *dir, uint64_t seq);
void bj_evlog_close(bj_evlog_t *evlog);
/* Events must come with seq = last + 1, from 1.  Nothing is visible until bj_evlog_publish. */
BJ_MUST_USE bj_status_t bj_evlog_append(bj_evlog_t *evlog, const bj_event_t *events,
                                        size_t event_cnt);
/* Everything up to and including seq may be read now. */
void bj_evlog_publish(bj_evlog_t *evlog, uint64_t seq);

/* NULL: no log there (yet). */
bj_evlog_reader_t *bj_evlog_open(const char *dir);
void bj_evlog_reader_close(bj_evlog_reader_t *reader);
/* Which journal these events come from: another one means another world, numbered from 1 again. */
uint64_t bj_evlog_journal_id(const bj_evlog_reader_t *reader);
/* Last sequence published; 0 if none. */
uint64_t bj_evlog_published(const bj_evlog_reader_t *reader);
/* True once the writer has begun a new generation: close and open again. */
bool bj_evlog_replaced(const bj_evlog_reader_t *reader);
/* bj_evlog_read copies up to events_max events from from_seq (>= 1) on; *event_cnt is 0 when there
 * is nothing new.  BJ_ERR_CORRUPT: a record's checksum or sequence is wrong; nothing is
 * returned. */
BJ_MUST_USE bj_status_t bj_evlog_read(bj_evlog_reader_t *reader, uint64_t from_seq,
                                      bj_event_t *events, size_t events_max, size_t *event_cnt);
/* The events from seq to last_seq that lie beside each other, in place and unchecked, published or
 * not: for who has checked them with bj_evlog_whole, and writes the log.  Valid until the next
 * call; NULL: none. */
const bj_event_t *bj_evlog_look(bj_evlog_reader_t *reader, uint64_t seq, uint64_t last_seq,
                                size_t *event_cnt);

#endif /* BJ_EVLOG_H */
