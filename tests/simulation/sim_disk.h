#ifndef SIM_DISK_H
#define SIM_DISK_H

/* sim_disk - a disk, a page cache over it, and the names of files, under the real file code.  Each
 * machine has its own, with the same paths.
 *
 * Data       A write, or a store into a mapping, changes the cache.  A sync of the file copies it
 *            to the disk.  A power loss keeps of each sector of 512 bytes the old or the new, by
 *            the dice, and so of the size.
 * Names      A file's name, and what rename and unlink do, are on the disk once the folder was
 *            synced.  A power loss keeps the first few of the changes after that, in order, as
 *            journalling file systems do; it keeps them whatever became of the data.
 * Faults     No room: what makes a file longer fails with ENOSPC (rewrite true), or every write.
 *            A failed sync drops what it did not write: the cache still has it, no later sync
 *            writes it, and the next one says yes, but for descriptors that were open before
 *            (Linux since 4.13, errseq_t).  Writes may be short.
 * Killed     a process that is killed loses nothing but the end of the write it was in.
 * Bound      SIM_FILES_MAX files, names of one folder and one level.  Threads: one. */
#include <dirent.h>
#include "tests/simulation/sim_proc.h"

enum { SIM_FILES_MAX = 256, SIM_FDS_MAX = 96, SIM_FD_BASE = 1000, SIM_MAPS_MAX = 96 };
enum { SIM_SECTOR_BYTES = 512, SIM_NAME_BYTES = 64, SIM_LISTED_MAX = 192 };

typedef enum sim_fault { SIM_FAULT_NONE, SIM_FAULT_ONCE, SIM_FAULT_FOR_GOOD } sim_fault_t;

typedef struct sim_disk_faults {
    bool        no_room, rewrite; /* rewrite: what has its room may be written again */
    bool        short_writes;
    sim_fault_t write_fault, sync_fault;
    uint64_t    hit_cnt; /* how often one of them was met */
} sim_disk_faults_t;
sim_disk_faults_t *sim_faults(void); /* of the machine that is at it */

enum { SIM_FAULT_STEPS = 200 }; /* so long a disk that refuses is left alone */
typedef struct sim_fault_drawn {
    uint64_t    kind; /* 0: no room, 1: a write, 2: a sync */
    sim_fault_t how;  /* of 1 and 2 */
} sim_fault_drawn_t;
sim_fault_drawn_t sim_faults_draw(void); /* the dice say how it refuses from here on */
void sim_faults_end(void); /* it does what it should; writes may still be short */

void sim_disk_new(void); /* on every machine */
void sim_disk_free(void);
/* On sim_machine; every process there must be dead.  wipe: somebody moves all files away. */
void sim_disk_power_loss(void);
void sim_disk_wipe(void);
void sim_disk_let_go(const sim_proc_t *proc);

/* --- for sim_disk_calls.c */
typedef struct sim_file {
    uint8_t *cache, *disk;
    bool    *dropped; /* sectors that a failed sync gave up */
    uint64_t room_bytes, cache_bytes, disk_bytes;
    uint32_t links, disk_links, uses; /* names, names on the disk, descriptors and mappings */
    uint32_t error_cnt; /* syncs that failed */
    bool     used, folder;
    int      locked_by; /* descriptor, or -1 */
} sim_file_t;

sim_file_t *sim_file_find(const char *path);
sim_file_t *sim_file_make(const char *path); /* NULL: no such folder */
bool sim_file_room(sim_file_t *file, uint64_t bytes);
bool sim_file_sync(sim_file_t *file); /* false: the fault was met */
void sim_folder_sync(const sim_file_t *folder);
bool sim_name_remove(const char *path);
bool sim_name_move(const char *from, const char *to);
void sim_file_unuse(sim_file_t *file);
/* The idx-th name in a folder, NULL: there are fewer. */
const char *sim_name_at(const sim_file_t *folder, uint32_t idx);
const char *sim_folder_path(const sim_file_t *folder);

#endif /* SIM_DISK_H */
