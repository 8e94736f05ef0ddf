#include "tests/simulation/sim_disk.h"

#include <stdlib.h>
#include "tests/simulation/sim_wrap.h"

enum { PATH_BYTES = 96, NAMES_MAX = 192, CHANGES_MAX = 512, FOLDERS = 3 };

static const char *const folders[FOLDERS] = {"/sim", "/sim/journal", "/sim/events"};

typedef struct name {
    char        path[PATH_BYTES]; /* "": not in use */
    sim_file_t *file;
} name_t;

typedef enum change_kind { NAME_MADE, NAME_REMOVED, NAME_MOVED } change_kind_t;
typedef struct change { /* of names, not on the disk yet */
    change_kind_t kind;
    char        path[PATH_BYTES], to[PATH_BYTES];
    sim_file_t *file;
} change_t;

static struct disk {
    sim_file_t files[SIM_FILES_MAX]; /* the first are the folders */
    name_t     names[NAMES_MAX], disk_names[NAMES_MAX];
    change_t   changes[CHANGES_MAX];
    uint32_t   change_cnt;
    sim_disk_faults_t faults;
} disks[SIM_MACHINES];

static struct disk *here(void) { return &disks[sim_machine_now()]; }
sim_disk_faults_t *sim_faults(void) { return &here()->faults; }

sim_fault_drawn_t sim_faults_draw(void) {
    sim_disk_faults_t *f = sim_faults();
    sim_fault_t how = sim_one_in(2) ? SIM_FAULT_ONCE : SIM_FAULT_FOR_GOOD;
    uint64_t kind = sim_roll(3);
    if (kind == 0) f->no_room = true, f->rewrite = sim_one_in(2);
    if (kind == 1) f->write_fault = how;
    if (kind == 2) f->sync_fault = how;
    return (sim_fault_drawn_t){.kind = kind, .how = how};
}

void sim_faults_end(void) {
    sim_disk_faults_t *f = sim_faults();
    f->no_room = f->rewrite = false;
    f->write_fault = f->sync_fault = SIM_FAULT_NONE;
}

/* --- files */

static void file_drop(sim_file_t *file) {
    if (file->folder || file->links || file->disk_links || file->uses) return;
    __real_free(file->cache), __real_free(file->disk), __real_free(file->dropped);
    *file = (sim_file_t){0};
}

static sim_file_t *file_new(void) {
    for (uint32_t i = FOLDERS; i < SIM_FILES_MAX; i++) {
        if (here()->files[i].used) continue;
        here()->files[i] = (sim_file_t){.used = true, .locked_by = -1};
        return &here()->files[i];
    }
    abort();
}

/* A mapping must stay where it is: files that are mapped have their size before. */
bool sim_file_room(sim_file_t *file, uint64_t bytes) {
    if (bytes <= file->room_bytes) return true;
    uint64_t room = (bytes + 4095) / 4096 * 4096, sectors = room / SIM_SECTOR_BYTES;
    if (room < 2 * file->room_bytes) room = 2 * file->room_bytes, sectors = room / SIM_SECTOR_BYTES;
    uint8_t *cache = __real_aligned_alloc(4096, room), *on_disk = __real_calloc(1, room);
    bool *dropped = __real_calloc(sectors, sizeof *dropped);
    if (!cache || !on_disk || !dropped) abort();
    memset(cache, 0, room);
    if (file->room_bytes) {
        memcpy(cache, file->cache, file->room_bytes);
        memcpy(on_disk, file->disk, file->room_bytes);
        memcpy(dropped, file->dropped, file->room_bytes / SIM_SECTOR_BYTES);
    }
    __real_free(file->cache), __real_free(file->disk), __real_free(file->dropped);
    file->cache = cache, file->disk = on_disk, file->dropped = dropped;
    file->room_bytes = room;
    return true;
}

void sim_file_unuse(sim_file_t *file) {
    file->uses--;
    file_drop(file);
}

static bool fault_met(sim_fault_t *fault) {
    if (*fault == SIM_FAULT_NONE) return false;
    if (*fault == SIM_FAULT_ONCE) *fault = SIM_FAULT_NONE;
    sim_faults()->hit_cnt++;
    return true;
}

static bool sector_differs(const sim_file_t *file, uint64_t at) {
    return memcmp(file->cache + at, file->disk + at, SIM_SECTOR_BYTES) != 0;
}

static void sector_write(sim_file_t *file, uint64_t at) {
    memcpy(file->disk + at, file->cache + at, SIM_SECTOR_BYTES);
}

bool sim_file_sync(sim_file_t *file) {
    bool failed = fault_met(&sim_faults()->sync_fault);
    for (uint64_t at = 0; at < file->room_bytes; at += SIM_SECTOR_BYTES) {
        bool *dropped = &file->dropped[at / SIM_SECTOR_BYTES];
        if (*dropped || !sector_differs(file, at)) continue;
        if (failed && !sim_one_in(3))
            *dropped = true;
        else
            sector_write(file, at);
    }
    if (!failed) file->disk_bytes = file->cache_bytes;
    file->error_cnt += failed;
    return !failed;
}

/* --- names */

static name_t *name_find(name_t *names, const char *path) {
    for (uint32_t i = 0; i < NAMES_MAX; i++)
        if (names[i].file && strcmp(names[i].path, path) == 0) return &names[i];
    return NULL;
}

static void name_set(name_t *names, const char *path, sim_file_t *file) {
    name_t *name = name_find(names, path);
    for (uint32_t i = 0; !name && i < NAMES_MAX; i++)
        if (!names[i].file) name = &names[i];
    if (!name || strlen(path) >= PATH_BYTES) abort();
    memcpy(name->path, path, strlen(path) + 1);
    name->file = file;
}

static uint32_t *links_of(const name_t *names, sim_file_t *file) {
    return names == here()->names ? &file->links : &file->disk_links;
}

static void name_clear(name_t *names, const char *path) {
    name_t *name = name_find(names, path);
    if (!name) return;
    --*links_of(names, name->file);
    name->file = NULL;
}

static void name_put(name_t *names, const char *path, sim_file_t *file) {
    name_clear(names, path);
    name_set(names, path, file);
    ++*links_of(names, file);
}

static void change_apply(name_t *names, const change_t *change) {
    if (change->kind != NAME_MADE) name_clear(names, change->path);
    if (change->kind == NAME_MADE) name_put(names, change->path, change->file);
    if (change->kind == NAME_MOVED) name_put(names, change->to, change->file);
}

static void change_add(change_kind_t kind, const char *path, const char *to, sim_file_t *file) {
    if (here()->change_cnt == CHANGES_MAX) abort();
    change_t *change = &here()->changes[here()->change_cnt++];
    *change = (change_t){.kind = kind, .file = file};
    snprintf(change->path, sizeof change->path, "%s", path);
    snprintf(change->to, sizeof change->to, "%s", to);
    change_apply(here()->names, change);
}

static void files_drop(void) {
    for (uint32_t i = FOLDERS; i < SIM_FILES_MAX; i++) {
        bool pending = false;
        for (uint32_t c = 0; c < here()->change_cnt && !pending; c++)
            pending = here()->changes[c].file == &here()->files[i];
        if (here()->files[i].used && !pending) file_drop(&here()->files[i]);
    }
}

static const sim_file_t *folder_of(const char *path) {
    size_t bytes = (size_t)(strrchr(path, '/') - path);
    for (uint32_t i = 0; i < FOLDERS; i++)
        if (strlen(folders[i]) == bytes && memcmp(folders[i], path, bytes) == 0)
            return &here()->files[i];
    return NULL;
}

sim_file_t *sim_file_find(const char *path) {
    for (uint32_t i = 0; i < FOLDERS; i++)
        if (strcmp(folders[i], path) == 0) return &here()->files[i];
    const name_t *name = name_find(here()->names, path);
    return name ? name->file : NULL;
}

sim_file_t *sim_file_make(const char *path) {
    if (!folder_of(path)) return NULL;
    sim_file_t *file = file_new();
    change_add(NAME_MADE, path, "", file);
    return file;
}

bool sim_name_remove(const char *path) {
    const name_t *name = name_find(here()->names, path);
    if (!name) return false;
    change_add(NAME_REMOVED, path, "", name->file);
    return true;
}

bool sim_name_move(const char *from, const char *to) {
    const name_t *name = name_find(here()->names, from);
    if (!name) return false;
    change_add(NAME_MOVED, from, to, name->file);
    return true;
}

const char *sim_name_at(const sim_file_t *folder, uint32_t idx) {
    for (uint32_t i = 0; i < NAMES_MAX; i++) {
        if (!here()->names[i].file || folder_of(here()->names[i].path) != folder) continue;
        if (!idx--) return strrchr(here()->names[i].path, '/') + 1;
    }
    return NULL;
}

const char *sim_folder_path(const sim_file_t *folder) { return folders[folder - here()->files]; }

void sim_folder_sync(const sim_file_t *folder) {
    uint32_t left = 0;
    for (uint32_t i = 0; i < here()->change_cnt; i++) {
        if (folder_of(here()->changes[i].path) == folder)
            change_apply(here()->disk_names, &here()->changes[i]);
        else
            here()->changes[left++] = here()->changes[i];
    }
    here()->change_cnt = left;
    files_drop();
}

/* --- the end of the power */

static void file_after(sim_file_t *file, uint64_t keep_in_8) {
    bool longer = sim_roll(8) < keep_in_8;
    if (longer) file->disk_bytes = file->cache_bytes;
    for (uint64_t at = 0; at < file->room_bytes; at += SIM_SECTOR_BYTES) {
        bool dropped = file->dropped[at / SIM_SECTOR_BYTES];
        if (!dropped && sector_differs(file, at) && sim_roll(8) < keep_in_8)
            sector_write(file, at);
    }
    if (file->disk_bytes < file->room_bytes)
        memset(file->disk + file->disk_bytes, 0, file->room_bytes - file->disk_bytes);
    if (file->room_bytes) {
        memcpy(file->cache, file->disk, file->room_bytes);
        memset(file->dropped, 0, file->room_bytes / SIM_SECTOR_BYTES);
    }
    file->cache_bytes = file->disk_bytes;
}

void sim_disk_power_loss(void) {
    uint64_t keep_in_8 = sim_one_in(3) ? 0 : sim_one_in(3) ? 8 : 1 + sim_roll(7);
    uint32_t kept = (uint32_t)sim_roll(here()->change_cnt + 1);
    for (uint32_t i = 0; i < kept; i++) change_apply(here()->disk_names, &here()->changes[i]);
    here()->change_cnt = 0;
    for (uint32_t i = 0; i < SIM_FILES_MAX; i++)
        here()->files[i].links = here()->files[i].disk_links;
    memcpy(here()->names, here()->disk_names, sizeof here()->names);
    files_drop();
    for (uint32_t i = FOLDERS; i < SIM_FILES_MAX; i++)
        if (here()->files[i].used) file_after(&here()->files[i], keep_in_8);
}

/* --- made and freed */

void sim_disk_wipe(void) {
    for (uint32_t i = 0; i < NAMES_MAX; i++)
        here()->names[i].file = here()->disk_names[i].file = NULL;
    here()->change_cnt = 0;
    for (uint32_t i = FOLDERS; i < SIM_FILES_MAX; i++) {
        sim_file_t *file = &here()->files[i];
        file->links = file->disk_links = 0;
        if (file->used) file_drop(file);
    }
}

void sim_disk_new(void) {
    memset(disks, 0, sizeof disks);
    for (uint32_t m = 0; m < SIM_MACHINES; m++)
        for (uint32_t i = 0; i < FOLDERS; i++)
            disks[m].files[i] = (sim_file_t){.used = true, .folder = true, .locked_by = -1};
}

void sim_disk_free(void) {
    for (sim_machine = SIM_MACHINES; sim_machine--;) {
        for (uint32_t i = 0; i < SIM_FILES_MAX; i++) here()->files[i].uses = 0;
        sim_disk_wipe();
    }
    sim_machine = 0;
}
