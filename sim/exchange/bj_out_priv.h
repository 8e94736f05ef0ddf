#ifndef BJ_OUT_PRIV_H
#define BJ_OUT_PRIV_H

/* What bj_out.c knows of its two ways out, and they of it. */
#include <netinet/in.h>
#include "sim/exchange/bj_out.h"

typedef struct bj_out_datagram {
    uint32_t stream_idx, data_bytes;
    uint8_t  data[BJ_OUT_BYTES_MAX];
} bj_out_datagram_t;

typedef struct bj_out_source {
    const char *iface;     /* udp only */
    uint32_t    source_ip; /* host order */
} bj_out_source_t;

typedef struct bj_out_way {
    void *(*open)(const bj_config_t *config, const bj_out_source_t *sources,
                  const bj_streams_t *streams);
    void (*close)(void *way);
    /* Returns how many of the datagrams left. */
    size_t (*send)(void *way, uint32_t source, const bj_out_datagram_t *datagrams, size_t cnt);
    bool (*listener_came)(void *way); /* NULL: cannot be known */
} bj_out_way_t;

extern const bj_out_way_t bj_out_udp, bj_out_memif;

#endif /* BJ_OUT_PRIV_H */
