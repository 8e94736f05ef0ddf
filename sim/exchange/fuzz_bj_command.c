/* Any text: a command within its ranges, or a sentence of printable characters; never both. */
#include "sim/exchange/bj_command.h"

static const bj_streams_t streams = {
    3, {{BJ_SEGMENT_CM, 1, {{0}}}, {BJ_SEGMENT_CM, 2, {{0}}}, {BJ_SEGMENT_FO, 1, {{0}}}}, 0};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    char line[300], error[BJ_COMMAND_ERROR_BYTES] = "";
    bj_command_t command;
    size_t n = data_bytes < sizeof line ? data_bytes : sizeof line - 1;
    memcpy(line, data, n);
    line[n] = '\0';
    bool read = bj_command_read(line, &streams, &command, error);
    assert(read == (error[0] == '\0') && strlen(error) < sizeof error);
    for (size_t i = 0; error[i]; i++) assert(error[i] >= ' ' && error[i] <= '~');
    if (!read) return 0;
    const bj_fault_t *fault = &command.fault;
    assert(fault->permille <= 1000 && fault->next <= 1000000000 && fault->time_ns >= 0);
    assert(fault->depth <= BJ_COMMAND_DEPTH_MAX && !(fault->permille && fault->next));
    assert(command.kind <= BJ_COMMAND_NNF_REFUSE && fault->who < BJ_WHO_CNT);
    bool about_streams = command.kind < BJ_COMMAND_SEED;
    assert(!about_streams || fault->streams);
    return 0;
}
