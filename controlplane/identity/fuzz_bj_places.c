/* Whatever is in the file of places: a table or an error, and no look-up leaves it. */
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/identity/bj_places.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    static const char *const addresses[] = {"0.0.0.0", "10.1.2.3", "255.255.255.255", "::",
                                            "2001:db8::1", "ffff::ffff"};
    char error[BJ_PLACES_ERROR_BYTES] = "";
    bj_place_t place;
    bj_places_t *places = bj_places_read((const char *)data, data_bytes, error);
    if (!places && !error[0]) abort();
    for (size_t i = 0; i < BJ_COUNT(addresses); i++) {
        if (bj_places_find(places, addresses[i], &place) && place.country[2]) abort();
    }
    bj_places_free(places);
    return 0;
}
