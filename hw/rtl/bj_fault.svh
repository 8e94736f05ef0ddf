// Seeded faults: with BJ_FAULTS defined the bench asks for one of them by its number (sim/hw/faults).
// In synthesis and in every other build they are constants, and gone.
`ifndef BJ_FAULT_SVH
`define BJ_FAULT_SVH
`ifdef BJ_FAULTS
import "DPI-C" function bit bj_fault(input int number);
`define BJ_FAULT(number) (bj_fault(number))
`elsif BJ_FAULT_IS // for hw/fv/prove
`define BJ_FAULT(number) (number == `BJ_FAULT_IS)
`else
`define BJ_FAULT(number) (1'b0)
`endif
`endif
