#!/usr/bin/env python3
"""captures.py SEED FOLDER [FEATURE...] - a day of the feed, made up, as it might have been captured.

Writes FOLDER/a.pcap and FOLDER/b.pcap (and stream files), the same for the same seed.  Features:
    loss      each source loses datagrams, now and then both lose the same
    dup       datagrams come twice on one source
    reorder   datagrams overtake each other, by up to 1.5 ms
    several   up to three messages a datagram
    trailing  bytes behind the last message
    lengths   lengths that lie, fragments, cut messages
    halves    order ids that are not whole numbers, and other fields out of range
    strange   unknown orders, ids used again, tokens of another stream
    cancels   trade cancels
    spreads   calendar spreads, negative prices
    switch    streams begin again at 1 at another site
    late      both captures begin late
    same_ids  the segments use the same order ids
    foreign   other traffic on the wire
    listed    stream files that lack a token;  pairs: with the tokens of some spreads
    only_a, only_b   one source only
    one       one stream of one segment;  long: ten times as many messages
    cut       the last packet is not whole
    eth vlan qinq sll sll2 raw   link type;  pcapng, big (endian), micro: the file
"""
import os
import random
import struct
import sys

EPOCH = 315532800 - 19800  # of the exchange, in UNIX seconds
FROM = 1746157500 * 10**9  # a morning in May 2025
WAIT = 20 * 10**6  # ns: the test's --gap-wait-us
GROUP = {1: (60, 60, 41, 31, 16641, 10631), 2: (70, 70, 41, 31, 17741, 10831),
         3: (80, 80, 41, 31, 18841, 10831)}
PREFIX = {1: "cm", 2: "fo", 3: "cd"}


class Stream:
    def __init__(self, segment, number, tokens, spreads):
        self.segment, self.number, self.tokens, self.spreads = segment, number, tokens, spreads
        self.seq, self.live, self.trades = 0, {}, []

    def key(self):
        return self.segment, self.number


class Day:
    """What the exchange sends: (time, stream, bytes, may it be lost)."""

    def __init__(self, rng, features):
        self.rng, self.has = rng, features.__contains__
        self.sent, self.now, self.next_id = [], FROM, {}
        self.streams = []
        for segment in (2,) if self.has("one") else (1, 2, 3):
            for number in range(1, 2 if self.has("one") else 3):
                tokens = [1000 * number + i for i in range(5)]
                spreads = tokens[:2] + [7000 + number] if self.has("spreads") and segment == 2 else []
                self.streams.append(Stream(segment, number, tokens, spreads))
        self.frail = True  # may what is sent now be lost on both sources?

    def put(self, stream, kind, body, seq=None):
        if seq is None:
            stream.seq += 1
            seq = stream.seq
        raw = struct.pack("<HHIc", 9 + len(body), stream.number, seq, kind.encode()) + body
        self.sent.append((self.now, stream, raw, self.frail))

    def exch(self):
        return self.now - EPOCH * 10**9

    def order(self, stream, kind, oid, token, side, price, qty):
        self.put(stream, kind, struct.pack("<qdiBii", self.exch(), oid, token, ord(side), price, qty))

    def trade(self, stream, kind, buy, sell, token, price, qty):
        self.put(stream, kind, struct.pack("<qddiii", self.exch(), buy, sell, token, price, qty))

    def beat(self, stream):
        self.put(stream, "Z", struct.pack("<I", stream.seq), 0)

    def new_id(self, stream):
        of = 0 if self.has("same_ids") else stream.segment
        key = stream.segment
        self.next_id[key] = self.next_id.get(key, 0) + 1
        # streams number apart: the first two digits are the stream's
        return (10 + stream.number + 20 * of) * 10**14 + self.next_id[key]

    def price(self, spread):
        return self.rng.randint(-40, 40) * 5 if spread else 100000 + self.rng.randint(-40, 40) * 5

    def pick(self, stream, **want):
        found = [oid for oid, order in stream.live.items()
                 if all(order[name] == value for name, value in want.items())]
        return self.rng.choice(found) if found else None

    def act(self, stream):
        rng = self.rng
        if self.has("strange") and rng.random() < 0.08:
            return self.act_strange(stream)
        kind = rng.choices("NMXTC", (50, 15, 15, 20, 3 if self.has("cancels") else 0))[0]
        oid = self.pick(stream)
        if kind == "N" or oid is None:
            spread = bool(stream.spreads) and rng.random() < 0.4
            token = rng.choice(stream.spreads if spread else stream.tokens)
            order = dict(token=token, spread=spread, side=rng.choice("BS"), price=self.price(spread),
                         qty=rng.randint(1, 500))
            oid = self.new_id(stream)
            stream.live[oid] = order
            return self.order(stream, "G" if spread else "N", oid, token, order["side"], order["price"],
                              order["qty"])
        order = stream.live[oid]
        if kind == "M":
            if rng.random() < 0.5:
                order["price"] = self.price(order["spread"])
            order["qty"] = rng.randint(0, 500) if rng.random() < 0.9 else 0
            self.order(stream, "H" if order["spread"] else "M", oid, order["token"], order["side"],
                       order["price"], order["qty"])
            if not order["qty"]:
                del stream.live[oid]
        elif kind == "X":
            del stream.live[oid]
            self.order(stream, "J" if order["spread"] else "X", oid, order["token"], order["side"],
                       rng.choice((order["price"], 0)), order["qty"])
        elif kind == "T":
            self.act_trade(stream, oid, order)
        else:
            self.act_cancel(stream, oid)

    def act_trade(self, stream, oid, order):
        other = self.pick(stream, token=order["token"], spread=order["spread"],
                          side="S" if order["side"] == "B" else "B")
        ids = [i for i in (oid, other) if i]
        qty = self.rng.randint(1, min(stream.live[i]["qty"] for i in ids) + (self.rng.random() < 0.1))
        buy, sell = (oid, other or 0) if order["side"] == "B" else (other or 0, oid)
        made = (buy, sell, order["token"], order["price"], qty)
        self.trade(stream, "K" if order["spread"] else "T", *made)
        if not order["spread"]:
            stream.trades.append(made)
        for i in ids:
            stream.live[i]["qty"] -= qty
            if stream.live[i]["qty"] <= 0:
                del stream.live[i]

    def act_cancel(self, stream, oid):
        if stream.trades and self.rng.random() < 0.8:
            self.trade(stream, "C", *self.rng.choice(stream.trades))
        else:  # of a trade that never was
            self.trade(stream, "C", oid, 0, stream.tokens[0], 100000, 5)

    def act_strange(self, stream):
        rng, token = self.rng, self.rng.choice(stream.tokens)
        unknown = 9 * 10**14 + rng.randint(1, 50)
        kind = rng.choice(("X", "M", "T", "again", "moved", "M0", "other", "crossed"))
        if kind in "XM":
            self.order(stream, kind, unknown + stream.segment * 10**13 * (not self.has("same_ids")) +
                       stream.number * 10**12, token, "B", 99000, 7)
        elif kind == "M0":
            self.order(stream, "M", unknown, token, "S", 99000, 0)
        elif kind == "T":
            self.trade(stream, "T", unknown, self.pick(stream, side="S") or 0, token, 100000, 3)
        elif kind == "other":  # of the other stream of this segment, which has named it long ago
            self.order(stream, "N", self.new_id(stream), 1000 * (3 - stream.number), "B", 99000, 3)
        elif self.pick(stream, spread=False):
            oid = self.pick(stream, spread=False)
            del stream.live[oid]
            side = rng.choice("BS")
            if kind == "again":
                self.order(stream, "N", oid, token, side, self.price(False), 9)
            elif kind == "moved":
                self.order(stream, "M", oid, token, side, self.price(False), 9)
            else:
                self.order(stream, "N", oid, token, side, 100400 if side == "B" else 99600, 5)

    def name_all(self):
        """Every token is named in its own stream before anything is lost."""
        self.frail = False
        for stream in self.streams:
            for spread, tokens in ((False, stream.tokens), (True, stream.spreads)):
                for token in tokens:
                    self.now += 20000
                    self.order(stream, "G" if spread else "N", self.new_id(stream), token, "B", 98000, 1)
        self.now += 10**7
        self.frail = True

    def switch(self, stream):
        """At another site the stream begins again and sends its book."""
        self.frail = True
        self.now += 500000
        stream.seq = 0
        self.switched.append(self.now)
        for oid, order in list(stream.live.items()):
            if self.rng.random() < 0.2:
                del stream.live[oid]
                continue
            self.now += 2000
            self.order(stream, "G" if order["spread"] else "N", oid, order["token"], order["side"],
                       order["price"], order["qty"])

    def make(self, cnt):
        self.switched = []
        self.name_all()
        at = set(self.rng.sample(range(cnt * 2 // 3, cnt), 3)) if self.has("switch") else ()
        for i in range(cnt):
            stream = self.rng.choice(self.streams)
            if i in at:
                self.now += 1000
                self.switch(stream)
            self.now += self.rng.randint(1000, 80000)
            self.act(stream)
            if self.rng.random() < 0.004:
                self.idle()
        self.idle()
        return self.sent

    def idle(self):
        """Quiet for a while; the first message of each stream behind it is not lost."""
        self.now += 3 * 10**6
        for stream in self.streams:
            if stream.seq:
                self.beat(stream)
        self.now += WAIT + 10**7
        for stream in self.streams:
            self.frail = False
            if stream.seq:
                self.order(stream, "X", 8 * 10**14 + 1, stream.tokens[0], "B", 1, 1)
            self.frail = True
        self.now += 1000


# --- from messages to what each source brings
def batches(day, several):
    """Datagrams: (time of the last message, stream, bytes, may it be lost)."""
    out, open_ = [], {}
    for time, stream, raw, frail in day.sent:
        got = open_.get(stream.key())
        if got and several and len(got[2]) < 120 and time - got[0] < 10**6 and got[3] == frail and \
                day.rng.random() < 0.5 and raw[4:8] > b"\0\0\0\0":
            got[0], got[2] = time, got[2] + raw
            continue
        open_[stream.key()] = [time, stream, raw, frail]
        out.append(open_[stream.key()])
    return out


def near(time, times):
    """Before a switch every hole has been filled or given up: an idle time and a wait are over."""
    return any(t - 80 * 10**6 <= time <= t + 10 * 10**6 for t in times)


def spoil(rng, raw, lengths, halves):
    """A copy that cannot be used."""
    raw = bytearray(raw)
    choice = rng.choice([c for c in ("len", "cut", "zero") if lengths] +
                        [c for c in ("half", "big", "side", "token", "qty", "nan") if halves])
    if choice == "len":
        struct.pack_into("<H", raw, 0, rng.choice((1, len(raw) + 1, 65535, 13, 45 + 38)))
    elif choice == "cut":
        raw = raw[:rng.randint(0, len(raw) - 1)]
    elif choice == "zero":
        struct.pack_into("<H", raw, 0, 0)
    elif raw[8:9] not in (b"T", b"K", b"C") and choice in ("side", "qty", "token"):
        struct.pack_into(*{"side": ("<B", raw, 29, 66 + 7), "qty": ("<i", raw, 34, -1),
                           "token": ("<i", raw, 25, 0)}[choice])
    else:
        value = {"half": 1.5, "big": 2.0**53, "nan": float("nan")}.get(choice, -1.0)
        struct.pack_into("<d", raw, 17, value)
    return bytes(raw)


def carry(day, source):
    rng, has, out = day.rng, day.has, []
    lag = source * rng.randint(200000, 1500000)
    for time, stream, raw, frail in batches(day, has("several")):
        calm = near(time, day.switched) or (has("late") and time < FROM)
        arrive, single = time + lag, len(raw) in (38, 45)
        one = stream.key() + (time, raw[:9])
        shared = random.Random(repr(one) + "shared").random()  # the same on both sources
        if not calm and frail:
            if has("loss") and (rng.random() < 0.05 or shared < 0.01):
                continue
            if (has("lengths") or has("halves")) and single and raw[8:9] != b"Z" and \
                    (rng.random() < 0.03 or shared > 0.993):
                out.append((arrive, stream, spoil(rng, raw, has("lengths"), has("halves")), False))
                continue
            if has("lengths") and rng.random() < 0.01:
                out.append((arrive, stream, raw, True))  # a fragment of it, and nothing else
                continue
            if has("reorder") and rng.random() < 0.2:
                arrive += rng.randint(0, 1500000)
        if has("trailing") and rng.random() < 0.3:
            raw += rng.choice((b"\0" * 5, b"\0" * 30, b"\xee" * 6, b"\x26\0\1\0\x05\0\0\0",
                               b"\xee" * 25, b"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7\xf6\xf5"))
        out.append((arrive, stream, raw, False))
        if has("dup") and not calm and rng.random() < 0.05:
            out.append((arrive + rng.randint(0, 1000000), stream, raw, False))
    out.sort(key=lambda d: d[0])
    return out


# --- frames and files
def frame_ip(rng, source, stream, payload, fragment):
    net, sub, a, b, port_a, port_b = GROUP[stream.segment]
    last, port = (b, port_b) if source else (a, port_a)
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), rng.randint(0, 65535),
                       0x2000 if fragment else 0, 1, 17, 0, bytes((10, 60, 1, 1 + source)),
                       bytes((239, net, sub, last + stream.number - 1)))
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xFFFF) + (total >> 16)
    total = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    if rng.random() < 0.9:  # else as a card that fills it in would have it captured
        head = head[:10] + struct.pack(">H", total) + head[12:]
    port += stream.number - 1
    return head + struct.pack(">HHHH", port, port, 8 + len(payload), 0) + payload


def link_of(features):
    for name, number in (("raw", 101), ("sll2", 276), ("sll", 113)):
        if name in features:
            return name, number
    return next((n for n in ("vlan", "qinq") if n in features), "eth"), 1


def wrap(kind, ip, pad):
    if kind == "raw":
        return ip
    if kind == "sll":
        return struct.pack(">HHH8sH", 2, 1, 6, b"\2\0\0\0\0\1\0\0", 0x800) + ip
    if kind == "sll2":
        return struct.pack(">HHIHBB8s", 0x800, 0, 3, 1, 2, 6, b"\2\0\0\0\0\1\0\0") + ip
    tags = {"vlan": b"\x81\0\0\7", "qinq": b"\x88\xa8\0\7\x81\0\0\x09"}.get(kind, b"")
    frame = b"\1\0\x5e\0\0\1\2\0\0\0\0\1" + tags + b"\x08\0" + ip
    return frame + bytes(max(0, 60 - len(frame)) if pad else 0)


def write(path, packets, link, features):
    end = ">" if "big" in features else "<"
    unit = 1000 if "micro" in features else 1
    with open(path, "wb") as file:
        if "pcapng" in features:
            options = b"" if unit == 1000 else struct.pack(end + "HHB3xHH", 9, 1, 9, 0, 0)
            write_block(file, end, 0x0A0D0D0A, struct.pack(end + "IHHq", 0x1A2B3C4D, 1, 0, -1))
            write_block(file, end, 1, struct.pack(end + "HHI", link, 0, 65535) + options)
            for time, data in packets:
                time //= unit
                write_block(file, end, 6, struct.pack(end + "IIIII", 0, time >> 32, time & 0xFFFFFFFF,
                                                      len(data), len(data)) + data)
            return
        file.write(struct.pack(end + "IHHiIII", 0xA1B2C3D4 if unit == 1000 else 0xA1B23C4D, 2, 4, 0, 0,
                               65535, link))
        for time, data in packets:
            file.write(struct.pack(end + "IIII", time // 10**9, time % 10**9 // unit, len(data),
                                   len(data)) + data)


def write_block(file, end, kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack(end + "I", 12 + len(body))
    file.write(struct.pack(end + "I", kind) + size + body + size)


def foreign(rng, kind):
    """Traffic that is none of the feed's."""
    udp = struct.pack(">HHHH", 53, 5353, 8 + 30, 0) + bytes(rng.randrange(256) for _ in range(30))
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, b"\x0a\0\0\1", b"\x0a\0\0\2")
    tcp = ip[:9] + b"\x06" + ip[10:] + bytes(20)
    if kind in ("eth", "vlan", "qinq") and rng.random() < 0.3:
        return b"\xff" * 6 + b"\2\0\0\0\0\1" + b"\x08\x06" + bytes(46)  # ARP
    return wrap(kind, rng.choice((ip + udp, tcp)), True)


def broadcast(rng, source, serial):
    """A datagram of the compressed broadcast, not compressed: 1 or 2 records of 7208 in CM, or a code nobody reads."""
    cnt, code = rng.randint(1, 2), rng.choice((7208, 7208, 7211))
    head = struct.pack(">4xI2xHHI4x8x8xH", 1430625600, code, 0, serial, 566)
    records = b"".join(struct.pack(">IHHQi", rng.randint(1, 99999), 1, 2, rng.randint(0, 10**9),
                                   rng.randint(0, 10**6)) + bytes(262 - 20) for _ in range(cnt))
    message = (head + struct.pack(">H", cnt) + records).ljust(566, b"\0")
    payload = struct.pack(">BBHH", 4, 0, 1, 0) + bytes(8) + message
    address = bytes((239, 60, 60, 191 + source)) if serial % 3 else bytes((239, 50, 50, 11 + source))
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), 1, 0, 1, 17, 0, b"\x0a\x3c\1\1", address)
    return ip + struct.pack(">HHHH", 10811, 10811, 8 + len(payload), 0) + payload


INSTRUMENT = {1: "EQUITY,T{0},0,0,EQ", 2: "FUTSTK,T{1},{2},-1,XX", 3: "FUTCUR,T{1},{2},-1,XX"}


def write_lists(folder, day):
    for segment, prefix in PREFIX.items():
        rows = [f"C,{s.number},{token},"
                + INSTRUMENT[segment].format(token, s.number, 1430625600 + token % 1000 * 30 * 86400) + ",\n"
                for s in day.streams if s.segment == segment for token in s.tokens[1:]]
        with open(os.path.join(folder, prefix + "_contract_stream_info.csv"), "w") as file:
            file.write(f"1430625600,{len(rows)},\n" + "".join(rows))
    rows = ["P,1,1001,1002,\n"]
    if day.has("pairs"):  # 7002 in a stream that does not carry it
        rows += [f"P,{1 if token == 7002 else s.number},{s.tokens[i + 2]},{s.tokens[i + 3]},{token},\n"
                 for s in day.streams for i, token in enumerate(s.spreads[1:])]
    with open(os.path.join(folder, "fo_spd_contract_stream_info.csv"), "w") as file:
        file.write(f"1430625600,{len(rows)},\n" + "".join(rows))


def main():
    seed, folder, features = int(sys.argv[1]), sys.argv[2], set(sys.argv[3:])
    rng = random.Random(seed)
    day = Day(rng, features)
    day.make(15000 if "long" in features else 1500)
    if "late" in features:
        day.sent = [m for m in day.sent if m[0] > FROM + 14 * 10**6]
    if "listed" in features:
        write_lists(folder, day)
    kind, link = link_of(features)
    for source, name in enumerate("ab"):
        packets = []
        for time, stream, raw, fragment in carry(day, source):
            packets.append((time, wrap(kind, frame_ip(rng, source, stream, raw, fragment),
                                       rng.random() < 0.5)))
            if "broadcast" in features and rng.random() < 0.02:
                packets.append((time, wrap(kind, broadcast(rng, source, len(packets)), False)))
            if "foreign" in features and rng.random() < 0.05:
                packets.append((time, foreign(rng, kind)))
        path = os.path.join(folder, name + ".pcap")
        if "only_" + "ba"[source] in features:
            continue
        write(path, packets, link, features)
        if "cut" in features:
            os.truncate(path, os.path.getsize(path) - 7)


if __name__ == "__main__":
    sys.exit(main())
