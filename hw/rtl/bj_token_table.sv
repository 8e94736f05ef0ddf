//////////////////////////////////////////////////////////////////////////////
// Module      bj_token_table
// Purpose     From the exchange's token to our index: two ways of 2^AB places.
// Interface   tok_en, tok: asked; hit, idx: the answer.  w_*: the host fills it; it chooses places so
//             that every token has one (way 0 at its low bits, way 1 at those xor the next AB).
// Latency     hit and idx 1 clock after tok_en (unregistered RAM outputs and a compare), held until
//             the next tok_en.
// Throughput  one a clock.
// Stall       never.
// Reset       the places are emptied by the sweep: one a clock while `sweep` is high.
// Corner      a token in both ways: way 0 is believed.  A write in the clock of a question is not seen by
//             it; one in a clock of the sweep is lost.
// Verified    sim/hw
//////////////////////////////////////////////////////////////////////////////
`default_nettype none

module bj_token_table #(
    parameter AB = 10, // places of a way, as a power of two
    parameter TB = 6   // bits of an index
) (
    input  wire          clk,
    input  wire          tok_en,
    input  wire   [31:0] tok,
    output wire          hit,
    output wire [TB-1:0] idx,
    // host
    input  wire          w_en,
    input  wire          w_way,
    input  wire [AB-1:0] w_at,
    input  wire          w_live,
    input  wire   [31:0] w_tok,
    input  wire [TB-1:0] w_idx,
    // emptying
    input  wire          sweep,
    input  wire [AB-1:0] sweep_at
);
    localparam W = 1 + 32 + TB;
    reg  [W-1:0] way0 [0:(1 << AB)-1];
    reg  [W-1:0] way1 [0:(1 << AB)-1];
    reg  [W-1:0] rd0, rd1;
    reg   [31:0] asked;
    wire [AB-1:0] at0 = tok[AB-1:0], at1 = tok[AB-1:0] ^ tok[2*AB-1:AB];
    wire [AB-1:0] w_at_any = sweep ? sweep_at : w_at;
    wire  [W-1:0] w_data   = sweep ? {W{1'b0}} : {w_live, w_tok, w_idx};
    always @(posedge clk) begin
        if (tok_en) begin
            rd0   <= way0[at0];
            rd1   <= way1[at1];
            asked <= tok;
        end
        if (sweep || (w_en && !w_way)) way0[w_at_any] <= w_data;
        if (sweep || (w_en && w_way)) way1[w_at_any] <= w_data;
    end
    wire hit0 = rd0[W-1] && rd0[TB +: 32] == asked;
    wire hit1 = rd1[W-1] && rd1[TB +: 32] == asked;
    assign hit = hit0 || hit1;
    assign idx = hit0 ? rd0[TB-1:0] : rd1[TB-1:0];
endmodule

`default_nettype wire
