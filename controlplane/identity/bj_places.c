#include "controlplane/identity/bj_places.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEY_BYTES = 16, LINE_BYTES = 200 };

typedef struct row {
    uint8_t    from[KEY_BYTES], to[KEY_BYTES]; /* IPv4 as ::ffff:a.b.c.d */
    bj_place_t place;
    size_t     line;
} row_t;

struct bj_places {
    size_t cnt;
    row_t *row; /* by from */
};

/* *head_bits: how many bits stand before the address's own. */
static bool read_address(const char *text, uint8_t key[KEY_BYTES], int *head_bits) {
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    *head_bits = 0;
    if (inet_pton(AF_INET6, text, key) == 1) return true;
    *head_bits = 96;
    memcpy(key, mapped, sizeof mapped);
    return inet_pton(AF_INET, text, key + sizeof mapped) == 1;
}

static const char *read_network(char *text, row_t *row) {
    char *slash = strchr(text, '/'), *end;
    int head_bits;
    if (!slash) return "the network has no /LENGTH";
    *slash = '\0';
    long bits = strtol(slash + 1, &end, 10);
    if (!read_address(text, row->from, &head_bits)) return "the network is no address";
    if (end == slash + 1 || *end || bits < 0 || bits > 128 - head_bits) {
        return "no such network length";
    }
    bits += head_bits;
    memcpy(row->to, row->from, KEY_BYTES);
    for (long bit = bits; bit < 128; bit++) {
        uint8_t mask = (uint8_t)(0x80 >> bit % 8);
        if (row->from[bit / 8] & mask) return "the network has bits behind its length";
        row->to[bit / 8] |= mask;
    }
    return NULL;
}

static bool read_degrees(const char *text, double max, double *out) {
    char *end;
    *out = strtod(text, &end);
    return end != text && !*end && isfinite(*out) && fabs(*out) <= max;
}

static const char *read_line(char *line, row_t *row) {
    char *field[4], *at = line;
    for (size_t i = 0; i < BJ_COUNT(field); i++) {
        field[i] = at;
        at += strcspn(at, ",");
        if ((*at == ',') != (i + 1 < BJ_COUNT(field))) return "a line has four fields";
        if (*at) *at++ = '\0';
    }
    const char *wrong = read_network(field[0], row);
    if (wrong) return wrong;
    if (!read_degrees(field[1], 90, &row->place.latitude)) return "the latitude is none";
    if (!read_degrees(field[2], 180, &row->place.longitude)) return "the longitude is none";
    if (strlen(field[3]) != 2 || strspn(field[3], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2) {
        return "the country is not two capital letters";
    }
    memcpy(row->place.country, field[3], BJ_COUNTRY_BYTES);
    return NULL;
}

static int by_from(const void *a, const void *b) {
    return memcmp(((const row_t *)a)->from, ((const row_t *)b)->from, KEY_BYTES);
}

/* The next line, without its end, into out; false at the end.  *wrong: it does not fit. */
static bool next_line(const char **at, const char *end, char out[LINE_BYTES], const char **wrong) {
    if (*at == end) return false;
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    size_t bytes = (size_t)((stop ? stop : end) - *at);
    *wrong = bytes >= LINE_BYTES || memchr(*at, '\0', bytes) ? "too long a line" : NULL;
    if (*wrong) bytes = 0;
    memcpy(out, *at, bytes);
    if (bytes && out[bytes - 1] == '\r') bytes--;
    out[bytes] = '\0';
    *at = stop ? stop + 1 : end;
    return true;
}

static const char *read_all(bj_places_t *places, const char *at, const char *end, size_t *line) {
    char text[LINE_BYTES];
    const char *wrong;
    for (*line = 1; next_line(&at, end, text, &wrong); ++*line) {
        if (wrong) return wrong;
        if (text[0] == '\0' || text[0] == '#') continue;
        row_t *row = &places->row[places->cnt];
        wrong = read_line(text, row);
        if (wrong) return wrong;
        row->line = *line;
        places->cnt++;
    }
    qsort(places->row, places->cnt, sizeof *places->row, by_from);
    for (size_t i = 1; i < places->cnt; i++) {
        if (memcmp(places->row[i].from, places->row[i - 1].to, KEY_BYTES) > 0) continue;
        *line = places->row[i].line;
        return "the network overlaps another one's";
    }
    return NULL;
}

bj_places_t *bj_places_read(const char *text, size_t text_bytes,
                            char error[BJ_PLACES_ERROR_BYTES]) {
    size_t line_cnt = 1, line = 0;
    for (size_t i = 0; i < text_bytes; i++) line_cnt += text[i] == '\n';
    bj_places_t *places = calloc(1, sizeof *places);
    if (places) places->row = calloc(line_cnt, sizeof *places->row);
    const char *wrong = places && places->row ? read_all(places, text, text + text_bytes, &line)
                                              : "no memory";
    if (!wrong) return places;
    snprintf(error, BJ_PLACES_ERROR_BYTES, "line %zu: %s", line, wrong);
    bj_places_free(places);
    return NULL;
}

bj_places_t *bj_places_load(const char *path, char error[BJ_PLACES_ERROR_BYTES]) {
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t room = 0;
    /* Up to a NUL, which no line may hold: all of it, or an error. */
    ssize_t bytes = file ? getdelim(&text, &room, '\0', file) : -1;
    bool empty = file && bytes < 0 && feof(file);
    if (file) fclose(file);
    bj_places_t *places = NULL;
    if (bytes < 0 && !empty) snprintf(error, BJ_PLACES_ERROR_BYTES, "cannot be read");
    else places = bj_places_read(text, empty ? 0 : (size_t)bytes, error);
    free(text);
    return places;
}

void bj_places_free(bj_places_t *places) {
    if (!places) return;
    free(places->row);
    free(places);
}

size_t bj_places_cnt(const bj_places_t *places) { return places ? places->cnt : 0; }

bool bj_places_find(const bj_places_t *places, const char *address, bj_place_t *place) {
    uint8_t key[KEY_BYTES];
    int head_bits;
    if (!places || !read_address(address, key, &head_bits)) return false;
    size_t lo = 0, hi = places->cnt; /* the first that begins above it */
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (memcmp(places->row[mid].from, key, KEY_BYTES) <= 0) lo = mid + 1;
        else hi = mid;
    }
    if (lo == 0 || memcmp(places->row[lo - 1].to, key, KEY_BYTES) < 0) return false;
    *place = places->row[lo - 1].place;
    return true;
}

double bj_place_distance_km(const bj_place_t *a, const bj_place_t *b) {
    const double rad = 3.14159265358979323846 / 180, earth_km = 6371;
    double lat = sin((b->latitude - a->latitude) * rad / 2);
    double lon = sin((b->longitude - a->longitude) * rad / 2);
    double h = lat * lat + cos(a->latitude * rad) * cos(b->latitude * rad) * lon * lon;
    return 2 * earth_km * asin(sqrt(h > 1 ? 1 : h));
}
