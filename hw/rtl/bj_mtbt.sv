//////////////////////////////////////////////////////////////////////////////
// Module      bj_mtbt
// Purpose     One MTBT message from a datagram's payload: fields, checks, and early the words that
//             tables are asked for.
// Interface   p_*, h_*: from bj_strip.  key_*: an order id, in the clock its last byte arrives (of a
//             trade twice: buyer, then seller); tok_*: the token, likewise.  m_*: the message, one
//             clock, with m_good and what else there is to say of it.
// Latency     m_valid 1 clock after the edge that takes the message's last beat; key_en and tok_en
//             0 clocks after their bytes, at least one beat before that.  Always.
// Throughput  one frame after another without a gap; the smallest message takes ten beats.
// Stall       never.
// Reset       synchronous, high: valid bits only.
// Corner      m_good low: a field is out of range, the length lies, the type is unknown: such a
//             message changes nothing and is not taken by arbitration.  m_odd: more than one
//             message in the datagram; poison: a frame that was bad after its message had been
//             handed on and was good (padding, then a wrong FCS).  Both mean: what we know is no longer exact.
//             The checks are dataplane/feed/bj_feed_decode.c's, field by field.
// Source      NSE MTBT API specification v6.7; dataplane/wire/bj_wire_mtbt.h
// Verified    sim/hw (co-simulation against bj_feed_decode)
//////////////////////////////////////////////////////////////////////////////
`include "bj_fault.svh"
`default_nettype none

module bj_mtbt (
    input  wire         clk,
    input  wire         rst,
    input  wire         p_valid,
    input  wire  [63:0] p_data,
    input  wire   [7:0] p_keep,
    input  wire   [2:0] p_idx,
    input  wire         s_valid,
    input  wire         s_last,
    input  wire         s_user,
    input  wire         h_mine,
    input  wire         h_bad,
    input  wire         h_odd,
    input  wire   [1:0] h_source,
    input  wire  [15:0] h_bytes,
    // asked early
    output wire         key_en,
    output wire         key_which, // 0: the order or the buyer, 1: the seller
    output wire  [63:0] key,
    output wire         tok_en,
    output wire  [31:0] tok,
    // the message
    output reg          m_valid,
    output wire         m_good,
    output wire         m_odd,
    output wire         m_host,    // from the host, not from the exchange
    output wire         m_source,
    output reg    [2:0] m_kind,    // one of the KIND_
    output reg          m_ask,     // side
    output reg   [31:0] m_seq,     // of a heartbeat: the last one sent
    output reg   [30:0] m_price,
    output reg   [30:0] m_qty,
    output wire         m_id0,     // the order's or buyer's id is not 0
    output wire         m_id1,
    output wire         bad_frame, // one clock each
    output reg          poison
);
    localparam KIND_NEW = 3'd1, KIND_MODIFY = 3'd2, KIND_CANCEL = 3'd3, KIND_TRADE = 3'd4,
               KIND_OTHER = 3'd5, KIND_BEAT = 3'd6;
    localparam [63:0] TS_MAX = 64'd220 * 64'd366 * 64'd86400 * 64'd1000000000;
    localparam EXP_0 = 11'd1023, EXP_MAX = 11'd1075;

    function automatic [7:0] lane(input [63:0] d, input integer i);
        lane = d[8*i +: 8];
    endfunction
    // A whole number in [1, 2^53) held in a double.
    function automatic whole(input [63:0] x);
        integer i;
        reg [5:0] d;
        reg       low;
        begin
            d   = x[57:52] - EXP_0[5:0];
            low = 1'b0;
            for (i = 0; i < 52; i = i + 1)
                if ({26'd0, d} + i < 52) low = low | x[i];
            whole = !x[63] && x[62:52] >= EXP_0 && x[62:52] <= EXP_MAX && !low;
        end
    endfunction

    // --- what came before this beat
    reg [63:24] last_data;
    always @(posedge clk) if (p_valid) last_data <= p_data[63:24];

    // --- beat 0 and 1: header and type
    reg  [15:0] len, stream;
    reg  [31:0] seq;
    reg   [7:0] kind_byte;
    always @(posedge clk) if (p_valid) begin
        if (p_idx == 3'd0) begin
            len        <= p_data[16 +: 16];
            stream     <= p_data[32 +: 16];
            seq[15:0]  <= p_data[48 +: 16];
        end
        if (p_idx == 3'd1) begin
            seq[31:16] <= p_data[15:0];
            kind_byte  <= lane(p_data, 2);
        end
    end
    reg  [2:0] kind;
    reg        is_trade, is_order, is_beat, is_spread, any_price;
    always @* begin
        is_order  = 1'b0;
        is_trade  = 1'b0;
        is_beat   = 1'b0;
        is_spread = 1'b0;
        kind      = KIND_OTHER;
        case (kind_byte)
            "N": begin is_order = 1'b1; kind = KIND_NEW; end
            "M": begin is_order = 1'b1; kind = KIND_MODIFY; end
            "X": begin is_order = 1'b1; kind = KIND_CANCEL; end
            "T": begin is_trade = 1'b1; kind = KIND_TRADE; end
            "C": is_trade = 1'b1;
            "G", "H", "J": begin is_order = 1'b1; is_spread = 1'b1; end
            "K": begin is_trade = 1'b1; is_spread = 1'b1; end
            "Z": begin is_beat = 1'b1; kind = KIND_BEAT; end
            default: ;
        endcase
        any_price = is_spread || kind_byte == "X";
    end

    // --- time, ids, token, side: each looked at in the clock after its last byte
    reg [63:0] ts, key0, key1;
    reg [31:0] token;
    reg  [7:0] side;
    reg        ts_ok, id0_ok, id1_ok, id0_zero, id1_zero, same_ids, token_ok, side_ok, head_ok;
    assign key       = {p_data[23:0], last_data[63:24]};
    assign key_which = p_idx == 3'd4;
    assign key_en    = p_valid && (p_idx == 3'd3 || (p_idx == 3'd4 && is_trade));
    assign tok       = p_data[24 +: 32];
    assign tok_en    = p_valid && (p_idx == 3'd3 ? !is_trade : p_idx == 3'd4 && is_trade);
    always @(posedge clk) begin
        if (p_valid && p_idx == 3'd2) ts <= {p_data[23:0], last_data[63:24]};
        if (p_valid && p_idx == 3'd3) begin
            key0 <= key;
            side <= lane(p_data, 7);
        end
        if (p_valid && p_idx == 3'd4) key1 <= key;
        if (tok_en) token <= tok;
        ts_ok    <= ts != 64'd0 && ts <= TS_MAX;
        id0_ok   <= whole(key0) || `BJ_FAULT(12);
        id1_ok   <= whole(key1);
        id0_zero <= key0[62:0] == 63'd0;
        id1_zero <= key1[62:0] == 63'd0;
        same_ids <= key0 == key1;
        token_ok <= !token[31] && token != 32'd0;
        side_ok  <= side == "B" || side == "S";
        head_ok  <= len == {8'd0, is_order ? 8'd38 : is_trade ? 8'd45 : 8'd13} &&
                    stream != 16'd0 && (is_beat ? seq == 32'd0 : seq != 32'd0) &&
                    (is_order || is_trade || is_beat);
    end

    // --- the last beat
    wire [2:0] last_idx = is_trade ? 3'd5 : is_beat ? 3'd1 : 3'd4;
    // A heartbeat's last bytes are in beat 1, where its type still is on its way.
    wire       now_beat = p_idx == 3'd1 && lane(p_data, 2) == "Z";
    wire       ends     = p_valid && (now_beat || (p_idx == last_idx && p_idx > 3'd1));
    wire [7:0] need     = now_beat ? 8'h7f : is_trade ? 8'h7f : 8'hff;
    reg        done;       // of this frame the message has been handed on
    reg        used;       // and was good
    reg        whole_beat; // all its bytes are there, and the frame is not known to be bad
    reg        trade_q, order_q, any_q;
    reg [31:0] price, qty;
    always @(posedge clk) begin
        m_valid <= ends && !done;
        if (m_valid) used <= m_good || m_odd;
        poison  <= s_valid && s_last && s_user && done && (m_valid ? m_good || m_odd : used);
        if (ends && !done) begin
            whole_beat <= (p_keep & need) == need && !(s_last && s_user);
            m_kind     <= now_beat ? KIND_BEAT : kind;
            trade_q    <= is_trade && !now_beat;
            order_q    <= is_order && !now_beat;
            any_q      <= any_price;
            m_ask      <= side == "S";
            m_seq      <= now_beat ? p_data[24 +: 32] : seq;
            price      <= is_trade ? {p_data[23:0], last_data[63:56]} : p_data[31:0];
            qty        <= is_trade ? p_data[24 +: 32] : p_data[63:32];
        end
        if (ends) done <= 1'b1;
        if (s_valid && s_last) done <= 1'b0;
        if (rst) begin
            m_valid <= 1'b0;
            poison  <= 1'b0;
            done    <= 1'b0;
        end
    end
    reg mine_q, runt;
    always @(posedge clk) begin
        mine_q <= h_mine && !h_bad;
        runt   <= s_valid && s_last && !done && !ends && p_valid && p_idx > 3'd1 && !rst;
    end
    assign bad_frame = (runt && mine_q) || (m_valid && h_mine && !m_good && !m_odd);

    // --- what can be said at the end
    // The heartbeat's own header is looked at a beat earlier than the others' have to be.
    wire       beat       = m_kind == KIND_BEAT;
    wire       price_ok   = any_q ? price != 32'h80000000 : !price[31] && price != 32'd0;
    wire       qty_ok     = m_kind == KIND_CANCEL || (any_q && qty_any)
                                ? qty != 32'h80000000
                                : !qty[31] && (qty != 32'd0 || qty_zero);
    reg        qty_any, qty_zero; // spread cancel: anything; modify: 0 too
    always @(posedge clk) if (ends && !done) begin
        qty_any  <= kind_byte == "X" || kind_byte == "J";
        qty_zero <= kind_byte == "M" || kind_byte == "H";
    end
    wire       order_ok   = order_q && id0_ok && side_ok && ts_ok && token_ok && price_ok && qty_ok;
    wire       trade_ok   = trade_q && (id0_ok || id0_zero) && (id1_ok || id1_zero) &&
                            !same_ids && !(id0_zero && id1_zero) && ts_ok && token_ok &&
                            price_ok && qty_ok;
    wire       beat_ok    = beat && len == 16'd13 && stream != 16'd0 && seq == 32'd0;
    wire  [5:0] msg_bytes = order_q ? 6'd38 : trade_q ? 6'd45 : 6'd13;
    wire       framed     = beat ? beat_ok : head_ok;
    wire       fields_ok  = framed && (beat ? beat_ok : order_q ? order_ok : trade_ok);
    wire       ours       = h_mine && !h_bad && whole_beat;
    assign m_odd    = m_valid && ours && framed && (h_odd || h_bytes > {10'd0, msg_bytes});
    assign m_good   = ours && !h_odd && h_bytes == {10'd0, msg_bytes} && fields_ok;
    assign m_host   = h_source == 2'd2;
    assign m_source = h_source[0];
    assign m_id0    = !id0_zero;
    assign m_id1    = !id1_zero;
    always @* begin
        m_price = price[30:0];
        m_qty   = qty[30:0];
    end
endmodule

`default_nettype wire
