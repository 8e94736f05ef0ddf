#ifndef BJ_HW_DUT_H
#define BJ_HW_DUT_H

/* bj_hw_dut - the design (hw/rtl/bj_hw.sv) as C sees it, simulated by Verilator: frames in, what it
 * answers, its registers.  The only file behind it is C++.
 *
 * Clocks     the design's clock runs only inside these calls.
 * Ownership  new allocates, free frees.  Threads: one. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bj_hw_dut bj_hw_dut_t;

enum { BJ_HW_DUT_LEVELS = 5 };
typedef struct bj_hw_dut_level {
    int32_t price_paise;
    int64_t qty; /* 0: there is no such level */
} bj_hw_dut_level_t;

typedef struct bj_hw_dut_answer {
    uint32_t idx, seq;
    bool     is_void;
    uint32_t top_clocks, deep_clocks; /* from the frame's last beat */
    bj_hw_dut_level_t top[2], deep[2][BJ_HW_DUT_LEVELS];
} bj_hw_dut_answer_t;

bj_hw_dut_t *bj_hw_dut_new(void); /* reset, and its tables emptied */
void bj_hw_dut_free(bj_hw_dut_t *dut);

/* A frame of the wire, and as many clocks as its answer takes.  True: it has answered. */
bool bj_hw_dut_frame(bj_hw_dut_t *dut, const uint8_t *frame, size_t frame_bytes,
                     bj_hw_dut_answer_t *answer);
/* A frame of the host's: nobody waits for what comes out. */
void bj_hw_dut_host_frame(bj_hw_dut_t *dut, const uint8_t *frame, size_t frame_bytes);
void bj_hw_dut_idle(bj_hw_dut_t *dut, uint32_t clocks);

uint32_t bj_hw_dut_read(bj_hw_dut_t *dut, uint32_t at);
void bj_hw_dut_write(bj_hw_dut_t *dut, uint32_t at, uint32_t value);

uint64_t bj_hw_dut_clocks(const bj_hw_dut_t *dut);
/* A seeded fault (hw/rtl/bj_fault.svh) from now on; 0: none. */
void bj_hw_dut_fault(int number);

#ifdef __cplusplus
}
#endif

#endif /* BJ_HW_DUT_H */
