#ifndef BJ_WIRE_BE_H
#define BJ_WIRE_BE_H

/* Big-endian numbers of a wire, as types of their own: a struct of them needs no packing, and one
 * cannot be used as a number by mistake. */
#include "dataplane/base/bj_wire_check.h"

typedef struct bj_be16 { uint8_t byte[2]; } bj_be16_t;
typedef struct bj_be32 { uint8_t byte[4]; } bj_be32_t;
typedef struct bj_be64 { uint8_t byte[8]; } bj_be64_t;

static inline int16_t bj_be16_get(bj_be16_t wire) {
    uint16_t value;
    memcpy(&value, &wire, sizeof value);
    return (int16_t)__builtin_bswap16(value);
}
static inline int32_t bj_be32_get(bj_be32_t wire) {
    uint32_t value;
    memcpy(&value, &wire, sizeof value);
    return (int32_t)__builtin_bswap32(value);
}
static inline int64_t bj_be64_get(bj_be64_t wire) {
    uint64_t value;
    memcpy(&value, &wire, sizeof value);
    return (int64_t)__builtin_bswap64(value);
}
static inline double bj_be64_get_double(bj_be64_t wire) {
    int64_t bits = bj_be64_get(wire);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline bj_be16_t bj_be16(int16_t value) {
    uint16_t bits = __builtin_bswap16((uint16_t)value);
    bj_be16_t wire;
    memcpy(&wire, &bits, sizeof wire);
    return wire;
}
static inline bj_be32_t bj_be32(int32_t value) {
    uint32_t bits = __builtin_bswap32((uint32_t)value);
    bj_be32_t wire;
    memcpy(&wire, &bits, sizeof wire);
    return wire;
}
static inline bj_be64_t bj_be64(int64_t value) {
    uint64_t bits = __builtin_bswap64((uint64_t)value);
    bj_be64_t wire;
    memcpy(&wire, &bits, sizeof wire);
    return wire;
}
static inline bj_be64_t bj_be64_double(double value) {
    int64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bj_be64(bits);
}

#endif /* BJ_WIRE_BE_H */
