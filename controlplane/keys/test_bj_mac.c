/* The keyed hashes are what their standards say, and each has one name. */
#include "controlplane/keys/bj_mac.h"
#include "dataplane/base/bj_test.h"

static const char *hex(const uint8_t *data, char out[2 * BJ_MAC_BYTES + 1]) {
    for (size_t i = 0; i < BJ_MAC_BYTES; i++)
        snprintf(out + 2 * i, 3, "%02x", data[i]);
    return out;
}

/* Computed by RFC 2104's formula over Python's hashes; the key is 00 to 1f. */
int main(void) {
    static const struct {
        bj_mac_t mac;
        const char *name, *of_abc;
    } cases[] = {
        {BJ_MAC_SHA256, "sha256",
         "f0133729c4163dede81e21cd47839256da58171238c8a0d874397c73b14e1e47"},
        {BJ_MAC_SHA3_256, "sha3-256",
         "632f618ac17ba24355d9ee1fd187cf75bb5b68e6948804bf6674bf5ee7f1c345"},
        {BJ_MAC_SHA512, "sha512",
         "69d4a21e226bf0d348cb9a847c01cf24e93e8ac30d7c951704b936f82f795a62"},
    };
    uint8_t key[BJ_MAC_KEY_BYTES], out[BJ_MAC_BYTES];
    char text[2 * BJ_MAC_BYTES + 1];
    bj_mac_t mac;
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)i;
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        BJ_CHECK(bj_mac_make(cases[i].mac, key, "abc", 3, out));
        BJ_CHECK(strcmp(hex(out, text), cases[i].of_abc) == 0);
        BJ_CHECK(bj_mac_of(cases[i].name, &mac) && mac == cases[i].mac);
        BJ_CHECK(strcmp(bj_mac_name(mac), cases[i].name) == 0);
    }
    BJ_CHECK(!bj_mac_of("md5", &mac) && !bj_mac_of("SHA256", &mac) && !bj_mac_of("", &mac));
    return bj_test_end("test_bj_mac");
}
