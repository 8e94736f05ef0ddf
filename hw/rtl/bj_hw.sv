//////////////////////////////////////////////////////////////////////////////
// Module      bj_hw
// Purpose     What a card holds: bj_book and bj_risk_gate, with control and counters by AXI4-Lite.
// Interface   s_*, top_*, deep_*: bj_book.  order_*: an order, an AXI4-Stream without tready; verdict_*: its
//             verdict; free_*: value no longer open (bj_risk_gate).  axil_*: AXI4-Lite, 32 bits,
//             addresses of hw/regs.tbl; one write and one read at a time.
// Latency     the book's is bj_book's; a verdict exactly 4 clocks behind its order.  A write takes effect 1
//             clock after both its channels have been taken; a read answers 1 clock after its address.  A
//             command (LOAD, GOOD, VOID) waits for a clock between messages: STATUS says so, and a further
//             one is answered SLVERR.  So is a write that names an index, a place or a desk that is not
//             there; it does nothing.
// Throughput  a write every 2 clocks, a read every 2; an order and a free_ a clock, whatever the feed does.
// Reset       synchronous, high: registers as in hw/regs.tbl, counters 0; bj_book's, bj_risk_gate's.
// Stall       none of the streams has a tready; the bus waits for nobody but its own answers.
// Corner      addresses that are not there read 0 and take what is written; WSTRB is not looked at.  A counter
//             that the host sets in a clock in which it would count does not count.
// Verified    sim/hw/regs.cpp: the bus, every register, a snapshot by commands; sim/hw/risk.cpp: the
//             gate; sim/hw/replay.cpp: captures
//////////////////////////////////////////////////////////////////////////////
`include "bj_fault.svh"
`default_nettype none

module bj_hw #(
    parameter TB = 6,
    parameter AB = 10,
    parameter OB = 12,
    parameter K  = 5,
    parameter DB = 4, // desks, as a power of two
    parameter LW = 71
) (
    input  wire            clk,
    input  wire            rst,
    input  wire            s_valid,
    input  wire     [63:0] s_data,
    input  wire      [7:0] s_keep,
    input  wire            s_last,
    input  wire            s_user,
    // control
    input  wire            axil_awvalid,
    output wire            axil_awready,
    input  wire     [11:0] axil_awaddr,
    input  wire            axil_wvalid,
    output wire            axil_wready,
    input  wire     [31:0] axil_wdata,
    output reg             axil_bvalid,
    input  wire            axil_bready,
    output reg       [1:0] axil_bresp,
    input  wire            axil_arvalid,
    output wire            axil_arready,
    input  wire     [11:0] axil_araddr,
    output reg             axil_rvalid,
    input  wire            axil_rready,
    output reg      [31:0] axil_rdata,
    output wire      [1:0] axil_rresp,
    // out
    output wire            top_valid,
    output wire   [TB-1:0] top_tok,
    output wire            top_void,
    output wire            top_bid_live,
    output wire   [LW-1:0] top_bid,
    output wire            top_ask_live,
    output wire   [LW-1:0] top_ask,
    output wire            deep_valid,
    output wire   [TB-1:0] deep_tok,
    output wire            deep_void,
    output wire    [K-1:0] deep_bid_live,
    output wire [K*LW-1:0] deep_bid,
    output wire    [K-1:0] deep_ask_live,
    output wire [K*LW-1:0] deep_ask,
    // orders
    input  wire            order_valid,
    input  wire   [DB-1:0] order_desk,
    input  wire   [TB-1:0] order_tok,
    input  wire     [30:0] order_price,
    input  wire     [30:0] order_qty,
    output wire            verdict_valid,
    output wire            verdict_pass,
    output wire      [5:0] verdict_why,
    input  wire            free_valid,
    input  wire   [DB-1:0] free_desk,
    input  wire     [61:0] free_value
);
    // --- the bus: a write when both its channels are there and nobody waits for an answer
    wire        w_en   = axil_awvalid && axil_wvalid && !axil_bvalid;
    wire [11:0] w_at   = axil_awaddr;
    wire [31:0] w_data = axil_wdata;
    wire [11:0] r_at   = axil_araddr;
    assign axil_awready = w_en;
    assign axil_wready  = w_en;
    assign axil_arready = !axil_rvalid;
    assign axil_rresp   = 2'b00;

`include "bj_regs.svh"

    reg         waits;           // a command
    reg   [2:0] cmd;             // {void, good, load}
    reg [TB-1:0] cmd_tok;
    wire        cmd_ready, up, sweeping;
    wire        any_cmd = c_LOAD || c_GOOD || c_VOID;
    wire        any_tok = any_cmd || c_TOKEN_PUT || c_WINDOW_PUT || c_BAND_PUT;
    wire        nowhere = (any_tok && |(w_data[15:0] >> TB)) || (c_DESK_PUT && |(w_data[15:0] >> DB)) ||
                          (c_TOKEN_PUT && |(w_data[29:16] >> AB));
    wire        put_token = c_TOKEN_PUT && !nowhere, put_window = c_WINDOW_PUT && !nowhere;
    wire        put_band = c_BAND_PUT && !nowhere, put_desk = c_DESK_PUT && !nowhere;
    always @(posedge clk) begin
        if (axil_bready) axil_bvalid <= 1'b0;
        if (w_en) begin
            axil_bvalid <= 1'b1;
            axil_bresp  <= nowhere || (any_cmd && waits) ? 2'b10 : 2'b00;
        end
        if (axil_rready) axil_rvalid <= 1'b0;
        if (axil_arvalid && axil_arready) begin
            axil_rvalid <= 1'b1;
            axil_rdata  <= r_data;
        end
        if (waits && cmd_ready) waits <= 1'b0;
        if (any_cmd && !waits && !nowhere) begin
            waits   <= 1'b1;
            cmd     <= {c_VOID, c_GOOD, c_LOAD};
            cmd_tok <= w_data[TB-1:0];
        end
        if (rst) begin
            axil_bvalid <= 1'b0;
            axil_rvalid <= 1'b0;
            waits       <= 1'b0;
        end
    end

    // --- the book
    wire [(1<<TB)-1:0] voids, loading;
    wire  [31:0] next_seq;
    wire   [4:0] stash_cnt;
    wire  [15:0] ev;
    bj_book #(.TB(TB), .AB(AB), .OB(OB), .K(K)) book (.clk(clk), .rst(rst), .s_valid(s_valid),
        .s_data(s_data), .s_keep(s_keep), .s_last(s_last), .s_user(s_user),
        .cfg_ip({r_IP_HOST, r_IP_B, r_IP_A}),
        .cfg_port({r_PORT_HOST[15:0], r_PORT_B[15:0], r_PORT_A[15:0]}), .cfg_far(r_FAR),
        .cfg_wait(r_WAIT), .tok_w_en(put_token), .tok_w_way(w_data[31]),
        .tok_w_at(w_data[16 +: AB]), .tok_w_live(w_data[30]), .tok_w_tok(r_TOKEN),
        .tok_w_idx(w_data[TB-1:0]), .par_w_en(put_window), .par_w_idx(w_data[TB-1:0]),
        .par_w_base(r_WINDOW_BASE), .par_w_inv(r_WINDOW_INV), .par_w_shift(w_data[19:16]),
        .cmd_load(waits && cmd[0]), .cmd_good(waits && cmd[1]), .cmd_void(waits && cmd[2]),
        .cmd_tok(cmd_tok), .cmd_ready(cmd_ready), .up(up), .sweeping(sweeping), .voids(voids),
        .loading(loading), .next_seq(next_seq), .stash_cnt(stash_cnt), .top_valid(top_valid),
        .top_tok(top_tok), .top_void(top_void), .top_bid_live(top_bid_live), .top_bid(top_bid),
        .top_ask_live(top_ask_live), .top_ask(top_ask), .deep_valid(deep_valid),
        .deep_tok(deep_tok), .deep_void(deep_void), .deep_bid_live(deep_bid_live),
        .deep_bid(deep_bid), .deep_ask_live(deep_ask_live), .deep_ask(deep_ask), .ev(ev));

    // --- the gate
    wire  [62:0] open_value;
    reg   [30:0] open_hi;
    bj_risk_gate #(.DB(DB), .TB(TB)) gate (.clk(clk), .rst(rst), .kill(r_KILL[0]), .in_valid(order_valid),
        .in_desk(order_desk), .in_tok(order_tok), .in_price(order_price), .in_qty(order_qty),
        .out_valid(verdict_valid), .out_pass(verdict_pass), .out_why(verdict_why), .free_valid(free_valid),
        .free_desk(free_desk), .free_value(free_value), .free_over(e_CNT_FREED), .w_tok_en(put_band), .w_tok(w_data[TB-1:0]),
        .w_lo(r_BAND_LO[30:0]), .w_hi(r_BAND_HI[30:0]), .w_freeze(r_FREEZE[30:0]), .w_desk_en(put_desk),
        .w_desk(w_data[DB-1:0]), .w_live(w_data[31]), .w_qty(r_DESK_QTY[30:0]),
        .w_value({r_DESK_VALUE_HI[29:0] & ~{30{`BJ_FAULT(24)}}, r_DESK_VALUE}),
        .w_open({r_DESK_OPEN_HI[30:0], r_DESK_OPEN}), .w_cost(r_DESK_COST),
        .w_credit({r_DESK_CREDIT_HI[15:0], r_DESK_CREDIT}), .see_desk(r_SEE_DESK[DB-1:0]),
        .see_open(open_value));
    always @(posedge clk)
        if (axil_arvalid && axil_arready && r_at == AT_OPEN_VALUE) open_hi <= open_value[62:32];
    wire   [5:0] refused = {6{verdict_valid}} & verdict_why;
    assign {e_CNT_RATE, e_CNT_OPEN, e_CNT_VALUE, e_CNT_QTY, e_CNT_BAND, e_CNT_KILLED} = refused;
    assign e_CNT_ASKED     = verdict_valid;
    assign e_CNT_PASSED    = verdict_valid && verdict_pass;
    assign v_OPEN_VALUE    = open_value[31:0];
    assign v_OPEN_VALUE_HI = open_hi;

    // --- what can be read
    wire [1023:0] voids_wide   = {{(1024-(1<<TB)){1'b0}}, voids};
    wire [1023:0] loading_wide = {{(1024-(1<<TB)){1'b0}}, loading};
    assign v_SHAPE       = {DB[3:0], K[3:0], OB[7:0], AB[7:0], TB[7:0]};
    assign v_STATUS      = {waits, sweeping, up};
    assign v_NEXT_SEQ    = next_seq;
    assign v_STASH       = stash_cnt;
    assign v_VOIDS       = voids_wide[32*r_SEE[4:0] +: 32];
    assign v_LOADING     = loading_wide[32*r_SEE[4:0] +: 32];
    assign {e_CNT_TAKE, e_CNT_MANY, e_CNT_POISON, e_CNT_ROOM, e_CNT_OFF, e_CNT_OTHER, e_CNT_ORDER, e_CNT_TOKEN,
            e_CNT_LATE, e_CNT_DUP, e_CNT_GAP, e_CNT_RESTART, e_CNT_BAD, e_CNT_BEAT, e_CNT_KNOWN} = ev[14:0];
    wire unused = &{1'b0, ev[15], r_SEE[31:5], r_PORT_A[31:16], r_PORT_B[31:16], r_PORT_HOST[31:16], w_data,
                    r_KILL[31:1], r_BAND_LO[31], r_BAND_HI[31], r_FREEZE[31], r_DESK_QTY[31],
                    r_DESK_VALUE_HI[31:30], r_DESK_OPEN_HI[31], r_DESK_CREDIT_HI[31:16], r_SEE_DESK[31:DB]};
endmodule

`default_nettype wire
