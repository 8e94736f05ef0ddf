/* Any bytes, into exactly so much room as the first two say: nothing outside is touched, and the
 * library says the same of them. */
#include <lzo/lzo1z.h>
#include <stdlib.h>
#include "dataplane/bcast/bj_lzo1z.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    if (data_bytes < 2) return 0;
    size_t room = (size_t)data[0] << 8 | data[1], ours_bytes = room;
    uint8_t *ours = malloc(room + !room), *theirs = malloc(room + !room);
    lzo_uint theirs_bytes = room;
    bj_status_t status = bj_lzo1z_decompress(data + 2, data_bytes - 2, ours, &ours_bytes);
    int rc = lzo1z_decompress_safe(data + 2, data_bytes - 2, theirs, &theirs_bytes, NULL);
    assert((status == BJ_OK) == (rc == LZO_E_OK) && ours_bytes <= room);
    if (status == BJ_OK) assert(ours_bytes == theirs_bytes && !memcmp(ours, theirs, ours_bytes));
    free(ours), free(theirs);
    return 0;
}
