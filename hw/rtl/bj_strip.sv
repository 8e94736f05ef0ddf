//////////////////////////////////////////////////////////////////////////////
// Module      bj_strip
// Purpose     Ethernet, IPv4 and UDP off a frame while it arrives; says whose datagram it is and
//             whether its headers hold.
// Interface   s_*: AXI4-Stream, 64 bits, byte 0 of the frame in lane 0 (bits 7:0); no gaps in_frame
//             tkeep; tuser with tlast: the MAC says the frame is bad (FCS).  p_*: the payload, put so that its byte 6 is in lane 0 of beat 1 (p_idx 1):
//             beat 0 has payload bytes 0..5 in lanes 2..7.  So an MTBT order's price and quantity
//             fill beat 4, whether the frame has an 802.1Q tag or not.
// Latency     0 clocks from s_* to p_* (a 2:1 multiplexer).  h_* are right from the third clock
//             after the beat that ends the UDP header, which is before payload beat 3's edge,
//             until the next frame's beat 1.
// Throughput  one beat a clock.
// Stall       never: there is no tready.
// Reset       synchronous, high: the frame in flight is forgotten, and so is what is left of it
//             when reset is over.
// Corner      h_mine is low: not ours (not IPv4/UDP, another group or port).  h_bad: ours, but the
//             headers lie: fragment, wrong checksum, lengths.  h_odd: ours and honest, but not one
//             plain datagram: bytes behind the UDP datagram (every token is void), or IP options
//             (lost, as a frame that never came: the next number says so).  The rules are
//             dataplane/feed/bj_feed_unwrap.c's, but that it cannot know that a frame is shorter than
//             its IP length says: its message is used.
// Verified    sim/hw (co-simulation against bj_feed_unwrap)
//////////////////////////////////////////////////////////////////////////////
`include "bj_fault.svh"
`default_nettype none

module bj_strip (
    input  wire         clk,
    input  wire         rst,
    // frame
    input  wire         s_valid,
    input  wire  [63:0] s_data,
    input  wire   [7:0] s_keep,
    input  wire         s_last,
    // who is ours: source A, source B, the host's own
    input  wire  [95:0] cfg_ip,   // three of 32 bits, first A
    input  wire  [47:0] cfg_port, // three of 16 bits
    // payload, in the same clock
    output wire         p_valid,
    output wire  [63:0] p_data,
    output wire   [7:0] p_keep,
    output wire   [2:0] p_idx,    // stays at 7
    // header verdict
    output reg          h_mine,
    output reg          h_bad,
    output reg          h_odd,
    output reg    [1:0] h_source, // 0 A, 1 B, 2 host
    output reg   [15:0] h_bytes,  // of the UDP payload
    output wire         busy      // tables may be asked in the clock after the next
);
    // --- where we are
    reg  [4:0] beat;
    reg        skip;              // the rest of a frame that reset cut
    reg        in_frame = 1'b0;     // not reset: the wire goes on
    wire       in_frame_next = s_valid ? !s_last : in_frame;
    always @(posedge clk) begin
        in_frame <= in_frame_next;
        if (s_valid) begin
            beat <= s_last ? 5'd0 : beat == 5'd31 ? beat : beat + 5'd1;
            if (s_last) skip <= 1'b0;
        end
        if (rst) begin
            beat <= 5'd0;
            skip <= in_frame_next;
        end
    end
    assign busy = beat >= 5'd7;

    // --- the header, as it lies in the frame: bytes 0..47
    /* verilator lint_off UNUSEDSIGNAL */ // addresses of the Ethernet; they go in synthesis
    reg [383:0] head;
    /* verilator lint_on UNUSEDSIGNAL */
    reg         vlan;
    genvar b;
    generate
        for (b = 0; b < 6; b = b + 1) begin : g_head
            always @(posedge clk) if (s_valid && beat == b) head[64*b +: 64] <= s_data;
        end
    endgenerate
    always @(posedge clk) // type at bytes 12, 13: in beat 1
        if (s_valid && beat == 5'd1) vlan <= s_data[32 +: 8] == 8'h81 && s_data[40 +: 8] == 8'h00;

    // --- payload: what is left of the last beat, and this one
    reg [31:0] rest;
    reg  [3:0] rest_keep;
    always @(posedge clk) if (s_valid) begin
        rest      <= s_data[63:32];
        rest_keep <= s_keep[7:4];
    end
    wire [4:0] idx = beat - (vlan ? 5'd6 : 5'd5);
    assign p_data  = vlan ? {s_data[31:0], rest} : s_data;
    assign p_keep  = vlan ? {s_keep[3:0], rest_keep} : s_keep;
    assign p_valid = s_valid && !skip && beat >= (vlan ? 5'd6 : 5'd5);
    assign p_idx   = idx > 5'd7 ? 3'd7 : idx[2:0];

    // --- the verdict, in three steps; bytes of a header of 28 that begins at 14 or at 18
    function automatic [15:0] be16(input [223:0] h, input integer at);
        be16 = {h[8*at +: 8], h[8*at+8 +: 8]};
    endfunction
    wire [223:0] ip = vlan ? head[8*18 +: 224] : head[8*14 +: 224];
    wire  [15:0] ethertype = vlan ? {head[8*16 +: 8], head[8*17 +: 8]}
                                    : {head[8*12 +: 8], head[8*13 +: 8]};
    reg   [19:0] sum;
    reg          is_ip, is_whole, is_plain, two_long, bad_udp;
    reg   [15:0] udp_bytes;
    reg    [2:0] group_ip, group_port;
    wire  [31:0] to_ip = {be16(ip, 16), be16(ip, 18)};
    integer i;
    reg   [19:0] words;
    always @* begin
        words = 20'd0;
        for (i = 0; i < 10; i = i + 1) words = words + {4'd0, be16(ip, 2 * i)};
    end
    wire  [15:0] ip_total = be16(ip, 2);
    always @(posedge clk) begin
        sum       <= words;
        is_ip     <= ethertype == 16'h0800 && ip[8*9 +: 8] == 8'd17;
        is_whole  <= ip[7:4] == 4'd4 && ip[3:0] >= 4'd5 && (be16(ip, 6) & 16'h3fff) == 16'd0;
        is_plain  <= ip[3:0] == 4'd5;
        udp_bytes <= be16(ip, 24);
        bad_udp   <= be16(ip, 24) < 16'd8 || {1'b0, be16(ip, 24)} + 17'd20 > {1'b0, ip_total};
        two_long  <= {1'b0, be16(ip, 24)} + 17'd20 != {1'b0, ip_total};
        for (i = 0; i < 3; i = i + 1) begin
            group_ip[i]   <= to_ip == cfg_ip[32*i +: 32];
            group_port[i] <= be16(ip, 22) == cfg_port[16*i +: 16];
        end
    end
    wire [16:0] fold = {1'b0, sum[15:0]} + {13'd0, sum[19:16]};
    wire [15:0] sum16 = fold[15:0] + {15'd0, fold[16]};
    wire  [2:0] hit = is_plain ? group_ip & group_port : group_ip;
    always @(posedge clk) begin
        h_mine   <= is_ip && |hit;
        h_bad    <= !is_whole || (is_plain && ((sum16 != 16'hffff && !`BJ_FAULT(11)) || bad_udp));
        h_odd    <= !is_plain || two_long;
        h_source <= hit[0] ? 2'd0 : hit[1] ? 2'd1 : 2'd2;
        h_bytes  <= udp_bytes - 16'd8;
    end
endmodule

`default_nettype wire
