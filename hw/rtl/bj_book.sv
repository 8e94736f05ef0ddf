//////////////////////////////////////////////////////////////////////////////
// Module      bj_book
// Purpose     MTBT frames in, top of book and depth out: the whole market-data pipeline.
// Interface   s_*: frames, AXI4-Stream without tready (bj_strip).  cfg_*: still while frames come.
//             top_*: one clock for each message of a known token: both sides' best level, and whether
//             the token is void.  deep_*: the same, K levels.  tok_w_*, par_*: the host's tables.
//             cmd_*: see Void.  ev: what is counted, one bit a clock each, in the order of regs.tbl (CNT_).
// Latency     from the edge that takes the message's last beat: top_* exactly 3 clocks, deep_*
//             exactly 8, for N, M, X and T, whatever the book holds.
// Throughput  frames back to back without a gap: an MTBT frame takes 10 beats at least, one message
//             8 clocks.
// Stall       never: there is no tready.  A cmd_ waits for cmd_ready, a clock between messages while
//             nothing is swept.
// Reset       synchronous, high; then `up` is low while the tables are emptied (2 * 2^OB clocks, or
//             2^AB if that is more; frames on the wire make it longer).
//             A frame that begins while `up` is low is lost, and that voids all tokens.
// Void        what cannot be exact is said: a token is void (top_void, void_set) from the message on
//             that its book cannot take: a price outside its window or between ticks, no room for the
//             order, an order that its message says is another token's; all tokens: a gap, a frame
//             with more than one message, a frame found bad after its message was used, a restart
//             during the sweep of the one before.  Messages for a void token change nothing.
//             Back: cmd_load empties the token (loading), the host sends its book's orders as N
//             from the host's group, cmd_good ends it.  A message of the exchange for the token
//             meanwhile ends it too, in void: then the host tries again.
// Restart     the stream begins again at 1: all orders are forgotten, in the same clock.
// Verified    sim/hw: against dataplane/feed, every output of every message
//////////////////////////////////////////////////////////////////////////////
`include "bj_fault.svh"
`default_nettype none

module bj_book #(
    parameter TB = 6,  // tokens, as a power of two
    parameter AB = 10, // places of the token table's ways
    parameter OB = 12, // rows of the order table's ways: 16 orders each
    parameter WB = 6,  // words of 2^BB ticks
    parameter BB = 6,
    parameter K  = 5,
    parameter QW = 40,
    parameter TW = WB + BB,
    parameter LW = 31 + QW // a level outside: {price, qty}
) (
    input  wire           clk,
    input  wire           rst,
    input  wire           s_valid,
    input  wire    [63:0] s_data,
    input  wire     [7:0] s_keep,
    input  wire           s_last,
    input  wire           s_user,
    input  wire    [95:0] cfg_ip,
    input  wire    [47:0] cfg_port,
    input  wire    [31:0] cfg_far,
    input  wire    [31:0] cfg_wait,
    // the host's tables
    input  wire           tok_w_en,
    input  wire           tok_w_way,
    input  wire  [AB-1:0] tok_w_at,
    input  wire           tok_w_live,
    input  wire    [31:0] tok_w_tok,
    input  wire  [TB-1:0] tok_w_idx,
    input  wire           par_w_en,
    input  wire  [TB-1:0] par_w_idx,
    input  wire    [31:0] par_w_base,
    input  wire    [31:0] par_w_inv,
    input  wire     [3:0] par_w_shift,
    // void and back
    input  wire           cmd_load,
    input  wire           cmd_good,
    input  wire           cmd_void,
    input  wire  [TB-1:0] cmd_tok,
    output wire           cmd_ready, // a cmd_ is taken in this clock
    output wire           up,
    output wire           sweeping,
    output reg [(1<<TB)-1:0] voids,
    output reg [(1<<TB)-1:0] loading,
    output wire    [31:0] next_seq,
    output wire     [4:0] stash_cnt,
    // what comes out
    output wire           top_valid,
    output reg   [TB-1:0] top_tok,
    output wire           top_void,
    output wire           top_bid_live,
    output wire  [LW-1:0] top_bid,
    output wire           top_ask_live,
    output wire  [LW-1:0] top_ask,
    output wire           deep_valid,
    output reg   [TB-1:0] deep_tok,
    output reg            deep_void,
    output reg  [K-1:0]   deep_bid_live,
    output reg  [K*LW-1:0] deep_bid,
    output reg  [K-1:0]   deep_ask_live,
    output reg  [K*LW-1:0] deep_ask,
    output wire    [15:0] ev
);
    localparam KIND_NEW = 3'd1, KIND_MODIFY = 3'd2, KIND_CANCEL = 3'd3, KIND_TRADE = 3'd4,
               KIND_BEAT = 3'd6;
    localparam EW = 1 + 31 + TW + QW;

    // --- frame to message
    wire        p_valid, h_mine, h_bad, h_odd, strip_busy;
    wire [63:0] p_data;
    wire  [7:0] p_keep;
    wire  [2:0] p_idx;
    wire  [1:0] h_source;
    wire [15:0] h_bytes;
    bj_strip strip (.clk(clk), .rst(rst), .s_valid(s_valid), .s_data(s_data), .s_keep(s_keep),
        .s_last(s_last), .cfg_ip(cfg_ip), .cfg_port(cfg_port), .p_valid(p_valid), .p_data(p_data),
        .p_keep(p_keep), .p_idx(p_idx), .h_mine(h_mine), .h_bad(h_bad), .h_odd(h_odd),
        .h_source(h_source), .h_bytes(h_bytes), .busy(strip_busy));

    wire        key_en, key_which, tok_en, m_valid, m_good, m_odd, m_host, m_source, m_ask, m_id0,
                m_id1, bad_frame, poison;
    wire [63:0] key;
    wire [31:0] tok, m_seq;
    wire  [2:0] m_kind;
    wire [30:0] m_price, m_qty;
    bj_mtbt mtbt (.clk(clk), .rst(rst), .p_valid(p_valid), .p_data(p_data), .p_keep(p_keep),
        .p_idx(p_idx), .s_valid(s_valid), .s_last(s_last), .s_user(s_user), .h_mine(h_mine),
        .h_bad(h_bad), .h_odd(h_odd), .h_source(h_source), .h_bytes(h_bytes), .key_en(key_en),
        .key_which(key_which), .key(key), .tok_en(tok_en), .tok(tok), .m_valid(m_valid),
        .m_good(m_good), .m_odd(m_odd), .m_host(m_host), .m_source(m_source), .m_kind(m_kind),
        .m_ask(m_ask), .m_seq(m_seq), .m_price(m_price), .m_qty(m_qty), .m_id0(m_id0),
        .m_id1(m_id1), .bad_frame(bad_frame), .poison(poison));

    // --- arbitration, in the clock of m_valid
    wire a_take, a_restart, a_gap, a_dup, a_late;
    wire is_beat = m_kind == KIND_BEAT;
    bj_arb arb (.clk(clk), .rst(rst), .cfg_far(cfg_far), .cfg_wait(cfg_wait),
        .m_valid(m_valid && m_good && !m_host), .m_source(m_source), .m_beat(is_beat),
        .m_seq(m_seq), .take(a_take), .restart(a_restart), .gap(a_gap), .dup(a_dup),
        .late(a_late), .next_seq(next_seq));

    // --- tables: asked before the last beat has come
    reg  [AB-1:0] tok_sweep_at;
    reg           tok_sweep;
    always @(posedge clk) begin
        tok_sweep_at <= tok_sweep_at + 1'b1;
        if (&tok_sweep_at) tok_sweep <= 1'b0;
        if (rst) begin
            tok_sweep    <= 1'b1;
            tok_sweep_at <= {AB{1'b0}};
        end
    end
    wire          t_hit;
    wire [TB-1:0] t;
    bj_token_table #(.AB(AB), .TB(TB)) tokens (.clk(clk), .tok_en(tok_en), .tok(tok), .hit(t_hit),
        .idx(t), .w_en(tok_w_en), .w_way(tok_w_way), .w_at(tok_w_at), .w_live(tok_w_live),
        .w_tok(tok_w_tok), .w_idx(tok_w_idx), .sweep(tok_sweep), .sweep_at(tok_sweep_at));

    reg           pf_en;
    always @(posedge clk) pf_en <= tok_en && !rst;
    reg    [67:0] params [0:(1<<TB)-1];
    reg    [67:0] param;
    always @(posedge clk) begin
        if (pf_en) param <= params[t];
        if (par_w_en) params[par_w_idx] <= {par_w_base, par_w_inv, par_w_shift};
    end

    wire    [1:0] o_hit_raw, o_ask;
    wire [2*TB-1:0] o_tok;
    wire   [61:0] o_price, o_qty;
    wire [2*TW-1:0] o_tick;
    wire          o_full, orders_up, quiet, purging;
    wire [TB-1:0] purge_tok;
    reg           w_en, w_which, w_live, w_ask;
    reg  [TB-1:0] w_tok;
    reg    [30:0] w_price, w_qty;
    reg  [TW-1:0] w_tick;
    wire          clear = m_valid && a_restart;
    wire          load  = cmd_load && cmd_ready;
    bj_order_table #(.B(OB), .TB(TB), .TW(TW)) orders (.clk(clk), .rst(rst), .quiet(quiet),
        .clear(clear), .purge(load), .purge_tok(cmd_tok), .up(orders_up),
        .sweeping(sweeping), .purging(purging), .purge_q(purge_tok), .lk_en(key_en), .lk_which(key_which), .lk_key(key),
        .a_hit(o_hit_raw), .a_tok(o_tok), .a_ask(o_ask), .a_price(o_price), .a_tick(o_tick),
        .a_qty(o_qty), .full(o_full), .w_en(w_en), .w_which(w_which), .w_live(w_live),
        .w_tok(w_tok), .w_ask(w_ask), .w_price(w_price), .w_tick(w_tick), .w_qty(w_qty),
        .stash_cnt(stash_cnt));
    assign up = orders_up && !tok_sweep;

    // --- clock 1: what the message does.  Everything about it is here now.
    wire          take  = m_valid && m_good && up && (m_host ? !is_beat : a_take);
    wire          known = take && t_hit && (m_kind == KIND_NEW || m_kind == KIND_MODIFY ||
                                            m_kind == KIND_CANCEL || m_kind == KIND_TRADE);
    wire    [1:0] hit   = o_hit_raw & {m_id1 && m_kind == KIND_TRADE, m_id0} & {2{!a_restart || m_host}};
    wire [TB-1:0] tok0  = o_tok[TB-1:0], tok1 = o_tok[TB +: TB];
    wire          all_void = (m_valid && !m_host && m_good && (a_gap || (a_restart && sweeping))) ||
                             m_odd || poison || (!up && m_good && m_valid);
    wire          is_void  = (voids[t] && !(a_restart && !m_host && !sweeping)) || all_void;
    wire          open  = known && (m_host ? loading[t] && !all_void : !is_void);
    wire          is_trade = m_kind == KIND_TRADE;
    wire          adds  = open && (m_kind == KIND_NEW || (m_kind == KIND_MODIFY && m_qty != 31'd0));
    wire          own0  = hit[0] && tok0 == t;
    wire          other = known && !is_trade && hit[0] && tok0 != t && !(purging && tok0 == purge_tok);
    wire          cuts0 = open && own0 && !(is_trade && o_ask[0] && !`BJ_FAULT(9));
    wire          cuts1 = open && is_trade && hit[1] && tok1 == t && o_ask[1];
    // Of a trade the quantity of both, at most what is left of each.
    wire   [30:0] cut0  = is_trade && m_qty < o_qty[30:0] ? m_qty : o_qty[30:0];
    wire   [30:0] cut1  = m_qty < o_qty[61:31] ? m_qty : o_qty[61:31];
    wire          cut0_ask = !is_trade && o_ask[0];

    reg           op_valid, op_adds, op_add_ask, op_write0, op_write1, op_full_counts,
                  op_trade, op_w0_live, op_w1_live;
    reg     [1:0] op_sub;        // {ask, bid}
    reg  [TB-1:0] op_tok;
    reg    [30:0] op_price, op_qty, op_left0, op_left1, op_price1;
    reg    [61:0] op_sub_price, op_sub_qty;
    reg  [2*TW-1:0] op_sub_tick;
    reg    [30:0] op_price0;
    reg  [TW-1:0] op_tick0, op_tick1;
    always @(posedge clk) begin
        op_valid   <= known && !rst;
        op_tok     <= t;
        op_adds    <= adds;
        op_add_ask <= m_ask;
        op_price   <= m_price;
        op_qty     <= m_qty;
        op_trade   <= is_trade;
        op_full_counts <= adds && !hit[0];
        op_sub[0]  <= cuts0 && !cut0_ask;
        op_sub[1]  <= is_trade ? cuts1 : cuts0 && cut0_ask;
        op_sub_price <= {is_trade ? o_price[61:31] : o_price[30:0], o_price[30:0]};
        op_sub_tick  <= {is_trade ? o_tick[TW +: TW] : o_tick[TW-1:0], o_tick[TW-1:0]};
        op_sub_qty   <= {is_trade ? cut1 : cut0, cut0};
        // What the table is told, in the next two clocks.
        op_write0  <= open && (adds || (hit[0] && (is_trade ? cuts0 : 1'b1)));
        op_w0_live <= adds || (is_trade && cut0 != o_qty[30:0]);
        op_left0   <= o_qty[30:0] - cut0;
        op_price0  <= o_price[30:0];
        op_tick0   <= o_tick[TW-1:0];
        op_write1  <= cuts1;
        op_w1_live <= cut1 != o_qty[61:31];
        op_left1   <= o_qty[61:31] - cut1;
        op_price1  <= o_price[61:31];
        op_tick1   <= o_tick[TW +: TW];
    end

    // --- clock 2 and 3: the rows; the tick comes, and with it the verdict
    wire [TW-1:0] tick;
    wire          tick_ok;
    bj_tick #(.TW(TW)) ticks (.clk(clk), .price(m_price), .base(param[67:36]), .inv(param[35:4]),
        .shift(param[3:0]), .tick(tick), .ok(tick_ok));
    reg           s3_valid, s3_adds, s3_full;
    reg  [TB-1:0] s3_tok;
    reg           s3_write0, s3_write1, s3_w0_live, s3_w1_live, s3_ask, s3_trade;
    reg    [30:0] s3_price, s3_qty, s3_left1, s3_price1;
    reg  [TW-1:0] s3_tick0, s3_tick1;
    always @(posedge clk) begin
        s3_valid   <= op_valid && !rst;
        s3_adds    <= op_adds;
        s3_full    <= op_full_counts && o_full;
        s3_tok     <= op_tok;
        s3_write0  <= op_write0 && op_valid;
        s3_write1  <= op_write1 && op_valid;
        s3_w0_live <= op_w0_live;
        s3_w1_live <= op_w1_live;
        s3_ask     <= op_trade ? 1'b0 : op_add_ask;
        s3_trade   <= op_trade;
        s3_price   <= op_trade ? op_price0 : op_price;
        s3_qty     <= op_trade ? op_left0 : op_qty;
        s3_tick0   <= op_tick0;
        s3_left1   <= op_left1;
        s3_price1  <= op_price1;
        s3_tick1   <= op_tick1;
    end
    wire off_tick = s3_valid && s3_adds && !tick_ok;
    wire no_room  = s3_valid && s3_full;
    wire abort    = (off_tick || no_room) && !`BJ_FAULT(10);
    reg  [TW-1:0] s4_tick1;
    reg    [30:0] s4_left1, s4_price1;
    reg  [TB-1:0] s4_tok;
    reg           s4_write1, s4_w1_live;
    always @(posedge clk) begin
        s4_write1  <= s3_write1 && !rst;
        s4_w1_live <= s3_w1_live;
        s4_left1   <= s3_left1;
        s4_price1  <= s3_price1;
        s4_tick1   <= s3_tick1;
        s4_tok     <= s3_tok;
    end
    always @* begin
        w_en    = (s3_write0 && !abort) || s4_write1;
        w_which = !s3_write0;
        w_live  = s3_w0_live;
        w_tok   = s3_tok;
        w_ask   = s3_ask;
        w_price = s3_price;
        w_tick  = s3_trade ? s3_tick0 : tick;
        w_qty   = s3_qty;
        if (s4_write1) begin
            w_which = 1'b1;
            w_live  = s4_w1_live;
            w_tok   = s4_tok;
            w_ask   = 1'b1;
            w_price = s4_price1;
            w_tick  = s4_tick1;
            w_qty   = s4_left1;
        end
    end

    // --- the two sides; what a bid is better by is turned round
    wire [K*EW-1:0] bid_top, bid_deep, ask_top, ask_deep;
    wire            bid_top_valid, bid_deep_valid;
    /* verilator lint_off PINCONNECTEMPTY */
    bj_side #(.TB(TB), .WB(WB), .BB(BB), .K(K), .QW(QW)) bids (.clk(clk), .rst(rst),
        .clear_all(clear && !`BJ_FAULT(14)), .clear_en(load), .clear_tok(cmd_tok),
        .pf_en(pf_en), .pf_tok(t),
        .op_valid(op_valid), .op_tok(op_tok), .op_sub(op_sub[0]),
        .op_sub_key(~op_sub_price[30:0]), .op_sub_tick(~op_sub_tick[TW-1:0]),
        .op_sub_qty(op_sub_qty[30:0]), .op_add(op_adds && !op_add_ask), .op_add_key(~op_price),
        .op_add_qty(op_qty), .op_add_tick(~tick), .op_abort(abort), .top_valid(bid_top_valid),
        .top_row(bid_top), .deep_valid(bid_deep_valid), .deep_row(bid_deep));
    bj_side #(.TB(TB), .WB(WB), .BB(BB), .K(K), .QW(QW)) asks (.clk(clk), .rst(rst),
        .clear_all(clear && !`BJ_FAULT(14)), .clear_en(load), .clear_tok(cmd_tok),
        .pf_en(pf_en), .pf_tok(t),
        .op_valid(op_valid), .op_tok(op_tok), .op_sub(op_sub[1]),
        .op_sub_key(op_sub_price[61:31]), .op_sub_tick(op_sub_tick[TW +: TW]),
        .op_sub_qty(op_sub_qty[61:31]), .op_add(op_adds && op_add_ask), .op_add_key(op_price),
        .op_add_qty(op_qty), .op_add_tick(tick), .op_abort(abort), .top_valid(),
        .top_row(ask_top), .deep_valid(), .deep_row(ask_deep));
    /* verilator lint_on PINCONNECTEMPTY */

    // --- void and loading
    reg [(1<<TB)-1:0] one_cmd, one_other, one_s3;
    always @* begin
        one_cmd   = {{((1<<TB)-1){1'b0}}, 1'b1} << cmd_tok;
        one_other = {{((1<<TB)-1){1'b0}}, 1'b1} << tok0;
        one_s3    = {{((1<<TB)-1){1'b0}}, 1'b1} << s3_tok;
    end
    wire [(1<<TB)-1:0] new_voids = (other ? one_other : {(1<<TB){1'b0}}) |
                                   (abort ? one_s3 : {(1<<TB){1'b0}}) |
                                   (load || (cmd_void && cmd_ready) ? one_cmd : {(1<<TB){1'b0}});
    wire [(1<<TB)-1:0] good_now = cmd_good && cmd_ready ? one_cmd & loading : {(1<<TB){1'b0}};
    always @(posedge clk) begin
        voids   <= (voids & ~good_now) | new_voids;
        loading <= (loading & ~good_now & ~new_voids) | (load ? one_cmd : {(1<<TB){1'b0}});
        if (known && !m_host && loading[t]) begin
            loading[t] <= 1'b0;
            voids[t]   <= 1'b1;
        end
        if (clear && !sweeping) begin
            voids   <= {(1<<TB){1'b0}};
            loading <= {(1<<TB){1'b0}};
        end
        if (all_void) begin
            voids   <= {(1<<TB){1'b1}};
            loading <= {(1<<TB){1'b0}};
        end
        if (rst) begin
            voids   <= {(1<<TB){1'b0}};
            loading <= {(1<<TB){1'b0}};
        end
    end

    // --- clock 4: out.  Void is known by then.
    assign top_valid = bid_top_valid;
    reg    top_void_q;
    always @(posedge clk) begin
        top_tok    <= s3_tok;
        top_void_q <= abort || voids[s3_tok];
        if (top_valid) begin
            deep_tok  <= top_tok;
            deep_void <= top_void_q || voids[top_tok];
        end
    end
    assign top_void     = top_void_q;
    assign top_bid_live = bid_top[EW-1];
    assign top_ask_live = ask_top[EW-1];
    assign top_bid      = {~bid_top[EW-2 -: 31], bid_top[QW-1:0]};
    assign top_ask      = {ask_top[EW-2 -: 31], ask_top[QW-1:0]};
    assign deep_valid   = bid_deep_valid;
    integer k;
    always @* for (k = 0; k < K; k = k + 1) begin
        deep_bid_live[k]       = bid_deep[EW*k+EW-1];
        deep_ask_live[k]       = ask_deep[EW*k+EW-1];
        deep_bid[LW*k +: LW]   = {~bid_deep[EW*k+EW-2 -: 31], bid_deep[EW*k +: QW]};
        deep_ask[LW*k +: LW]   = {ask_deep[EW*k+EW-2 -: 31], ask_deep[EW*k +: QW]};
    end

    // --- when the sweep may use the order table's RAMs, and when the host may speak of a token: even
    //     between frames without a gap there are clocks for both
    reg [6:0] busy; // clocks since a message
    always @(posedge clk) busy <= rst ? 7'd0 : {busy[5:0], m_valid};
    assign quiet     = !strip_busy && !m_valid && busy[2:0] == 3'd0;
    assign cmd_ready = !m_valid && busy == 7'd0 && !sweeping && !rst;

    assign ev = {1'b0, take && !m_host, m_odd, poison, no_room, off_tick, other,
                 known && !is_trade && m_kind != KIND_NEW && !hit[0], take && !t_hit, a_late, a_dup,
                 a_gap, m_valid && a_restart, bad_frame, m_valid && m_good && is_beat, known};
endmodule

`default_nettype wire
