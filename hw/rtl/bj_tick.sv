//////////////////////////////////////////////////////////////////////////////
// Module      bj_tick
// Purpose     From a price to its place in the ladder, and whether it has one.
// Interface   price with the instrument's base, odd part's inverse and power of two.
// Latency     tick and ok exactly 2 clocks behind price.
// Throughput  one a clock.
// Stall       never.
// Reset       none: no valid bits.
// How         price = base + tick * odd * 2^shift.  With inv = odd^-1 mod 2^32 the product
//             ((price - base) rotated right by shift) * inv mod 2^32 is the tick if there is one
//             below 2^TW, and else at least 2^TW: one multiplication says where, that it is inside
//             the window, and that it is a whole number of ticks.  Needs base < 2^31 and
//             2^TW * odd * 2^shift <= 2^31: a price below base wraps to more than 2^31, and is never
//             taken for one of the window.
// Corner      any 31-bit price; base above price: ok is low.
// Verified    sim/hw: prices in, around and between the ticks of every window
//////////////////////////////////////////////////////////////////////////////
`include "bj_fault.svh"
`default_nettype none

module bj_tick #(
    parameter TW = 12
) (
    input  wire          clk,
    input  wire   [30:0] price,
    input  wire   [31:0] base,
    input  wire   [31:0] inv,
    input  wire    [3:0] shift,
    output wire [TW-1:0] tick,
    output wire          ok
);
    wire [31:0] off = {1'b0, price} - base;
    wire [63:0] two = {off, off} >> shift;
    reg  [31:0] turned, inv_q, product;
    always @(posedge clk) begin
        turned  <= two[31:0];
        inv_q   <= inv;
        product <= turned * inv_q;
    end
    assign tick = product[TW-1:0];
    assign ok   = product[31:TW+1] == 0 && (!product[TW] || `BJ_FAULT(3));
    wire unused = &{1'b0, two[63:32]};
endmodule

`default_nettype wire
