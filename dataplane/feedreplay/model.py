#!/usr/bin/env python3
"""model.py [--a A.pcap] [--b B.pcap] [--stream-files DIR] [--trades FILE] [--candles FILE]

What bijli-feedreplay should print and write (its trades in the order of their lines, not of their times).

A plain and slow second opinion, for tests: it shares no code with the feed.  It reads captures by hand,
takes the union of both, puts each stream in order of sequence, and keeps one dictionary of orders.
It knows no clocks and no waits: it is right where every copy comes within the wait (docs/feed-replay.md).
"""
import argparse
import datetime
import glob
import os
import struct
import sys

NAMES = {"CM": 1, "FO": 2, "CD": 3, "CO": 4}
SEGMENT_OF_NETWORK = {(239, 60): 1, (239, 70): 2, (239, 80): 3, (239, 90): 4}
ORDER = struct.Struct("<HHIcqdiBii")
TRADE = struct.Struct("<HHIcqddiii")
HEARTBEAT = struct.Struct("<HHIcI")
SIZES = {**dict.fromkeys(b"NMXGHJ", 38), **dict.fromkeys(b"TKC", 45), ord("Z"): 13}
TIME_MAX = 220 * 366 * 86400 * 10**9
LEVELS = 20


# --- captures
def packets(path):
    """(time in ns, link type, bytes) of each packet."""
    data = open(path, "rb").read()
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        yield from packets_ng(data)
        return
    little = data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1")
    end = "<" if little else ">"
    magic, = struct.unpack(end + "I", data[:4])
    link = struct.unpack(end + "I", data[20:24])[0] & 0xFFFF
    unit = 1 if magic == 0xA1B23C4D else 1000
    at = 24
    while at + 16 <= len(data):
        s, part, cap, _ = struct.unpack(end + "IIII", data[at:at + 16])
        if at + 16 + cap > len(data):
            return
        yield s * 10**9 + part * unit, link, data[at + 16:at + 16 + cap]
        at += 16 + cap


def packets_ng(data):
    at, link, unit = 0, None, 1000
    end = "<" if data[8:12] == b"\x4d\x3c\x2b\x1a" else ">"
    while at + 12 <= len(data):
        kind, size = struct.unpack(end + "II", data[at:at + 8])
        if at + size > len(data):
            return
        body = data[at + 8:at + size - 4]
        if kind == 1:
            link, = struct.unpack(end + "H", body[:2])
            options = body[8:]
            while len(options) >= 4:
                code, length = struct.unpack(end + "HH", options[:4])
                if code == 9:
                    unit = 10**(9 - options[4])
                options = options[4 + (length + 3) // 4 * 4:]
        if kind == 6:
            _, high, low, cap, _ = struct.unpack(end + "IIIII", body[:20])
            yield (high << 32 | low) * unit, link, body[20:20 + cap]
        at += size


def ip_of(link, p):
    """The IPv4 packet with UDP in it, or None."""
    if link == 1:
        kind, at = p[12:14], 14
    elif link == 113:
        kind, at = p[14:16], 16
    elif link == 276:
        kind, at = p[0:2], 20
    else:
        kind, at = b"\x08\x00", 0
    while kind in (b"\x81\x00", b"\x88\xa8", b"\x91\x00"):
        kind, at = p[at + 2:at + 4], at + 4
    ip = p[at:]
    return ip if kind == b"\x08\x00" and len(ip) >= 20 and ip[0] >> 4 == 4 and ip[9] == 17 else None


def sum_of(head):
    total = sum(struct.unpack(">%dH" % (len(head) // 2), head))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def udp_of(ip):
    """(address, port, payload); payload None: a fragment, a lying length, a wrong checksum."""
    size, total = (ip[0] & 15) * 4, struct.unpack(">H", ip[2:4])[0]
    address = tuple(ip[16:20])
    good = size >= 20 and size + 8 <= total <= len(ip) and not struct.unpack(">H", ip[6:8])[0] & 0x3FFF
    good = good and (ip[10:12] == b"\0\0" or sum_of(ip[:size]) == 0xFFFF)
    if not good:
        return address, None, None
    port, length = struct.unpack(">HH", ip[size + 2:size + 6])
    if not 8 <= length <= total - size:
        return address, None, None
    return address, port, ip[size + 8:size + length]


# --- messages
class Message:
    def __init__(self, raw):
        self.length, self.stream, self.seq = struct.unpack("<HHI", raw[:8])
        self.kind = chr(raw[8])
        self.spread = self.kind in "GHJK"
        self.token = None
        if self.kind == "Z":
            self.last = HEARTBEAT.unpack(raw)[4]
        elif self.kind in "TKC":
            (_, _, _, _, self.time, self.buy, self.sell, self.token, self.price,
             self.qty) = TRADE.unpack(raw)
        else:
            (_, _, _, _, self.time, self.id, self.token, side, self.price,
             self.qty) = ORDER.unpack(raw)
            self.side = chr(side)

    def is_good(self):
        if not self.stream or (self.kind == "Z") != (self.seq == 0) or self.stream > 64:
            return False
        if self.kind == "Z":
            return True
        free = self.spread or self.kind == "X"  # of a cancel the id counts alone
        price = self.price > -2**31 if free else self.price > 0
        if not price or self.token <= 0 or not 0 < self.time <= TIME_MAX:
            return False
        if self.kind in "TKC":
            return (self.qty > 0 and whole(self.buy) and whole(self.sell) and self.buy != self.sell)
        return (self.side in "BS" and whole(self.id) and self.id != 0 and
                (self.kind in "XJ" or self.qty >= (1 if self.kind in "NG" else 0)))


def whole(number):
    return 0 <= number < 2**53 and number == int(number)


def cut(payload):
    """Messages of a datagram; None stands for one that cannot be used."""
    at, stream = 0, None
    while at == 0 or (len(payload) - at >= 9 and payload[at:at + 2] != b"\0\0"):
        rest = payload[at:]
        size = SIZES.get(rest[8]) if len(rest) >= 9 else None
        if not size or len(rest) < size or struct.unpack("<H", rest[:2])[0] != size:
            if at == 0 or size:
                yield None
            return
        message = Message(rest[:size])
        at += size
        if not message.is_good() or stream not in (None, message.stream):
            yield None
            continue
        stream = message.stream
        yield message


# --- the day
class Day:
    def __init__(self, listed):
        self.listed = listed
        self.home = dict(listed or {})  # (token, segment, spread): stream
        self.copies = {}  # (segment, stream): {(time, seq): message}
        self.beats = {}  # (segment, stream): [(last seq, time of the newest message before it)]
        self.count = dict.fromkeys(("messages", "duplicates", "gaps", "gap_messages", "unknown_orders",
                                    "bad_messages", "trades", "traded_qty"), 0)
        self.orders = {}  # (stream, id): [token, spread, side, price, qty]
        self.trades = []  # [key of the instrument, message, cancelled]

    def hear(self, segment, source, message, newest):
        stream = (segment, message.stream)
        if message.kind == "Z":
            self.beats.setdefault(stream, []).append((message.last, newest.get((source, stream), 0)))
            return
        key = (message.token, segment, message.spread)
        if self.listed is None or message.spread:
            self.home.setdefault(key, message.stream)
        copies = self.copies.setdefault(stream, {})
        if (message.time, message.seq) in copies:
            self.count["duplicates"] += 1
        copies[(message.time, message.seq)] = message
        newest[(source, stream)] = max(newest.get((source, stream), 0), message.time)

    def runs(self, stream):
        """A stream's messages in order; where the sequence falls it began again."""
        runs, last = [], 0
        for (_, seq), message in sorted(self.copies.get(stream, {}).items()):
            if not runs or seq <= last:
                runs.append([])
            runs[-1].append(message)
            last = seq
        return runs

    def play_stream(self, stream):
        runs = self.runs(stream)
        starts = [run[0].time for run in runs] + [None]
        for no, run in enumerate(runs):
            if no:
                self.forget(stream)
            known = [m.seq for m in run]
            ends = starts[no + 1]
            beats = [last for last, time in self.beats.get(stream, ())
                     if (no == 0 or time >= starts[no]) and (ends is None or time < ends)]
            self.count_gaps(known, max(beats + [0]))
            for message in run:
                self.play(stream, message)
        if not runs:
            self.count_gaps([], max([last for last, _ in self.beats.get(stream, ())] + [0]))

    def count_gaps(self, known, beat):
        last = 0
        for seq in known + ([beat + 1] if beat > (known or [0])[-1] else []):
            if seq > last + 1:
                self.count["gaps"] += 1
                self.count["gap_messages"] += seq - last - 1
            last = seq

    def forget(self, stream):
        for key in list(self.orders):
            if key[0] == stream:
                del self.orders[key]

    def play(self, stream, message):
        segment, stream_id = stream
        self.count["messages"] += 1
        home = self.home.get((message.token, segment, message.spread))
        if home is None:
            return  # a token that is not listed
        if home != stream_id:
            self.count["bad_messages"] += 1
            return
        key = (message.token, segment, message.spread)
        if message.kind == "C":
            self.cancel(key, message)
        if message.kind in "TK":
            self.trades.append([key, message, False])
            self.count["trades"] += 1
            self.count["traded_qty"] += message.qty
            self.reduce(stream, message, message.buy, "B")
            self.reduce(stream, message, message.sell, "S")
        elif message.kind in "XJ":
            if self.orders.pop((stream, message.id), None) is None:
                self.count["unknown_orders"] += 1
        elif message.kind in "NMGH":
            self.orders.pop((stream, message.id), None)
            if message.qty:
                self.orders[(stream, message.id)] = [message.token, message.spread, message.side,
                                                     message.price, message.qty]

    def cancel(self, key, message):
        for trade in reversed(self.trades):
            of = trade[1]
            if trade[0] == key and not trade[2] and (of.buy, of.sell, of.price, of.qty) == (
                    message.buy, message.sell, message.price, message.qty):
                trade[2] = True
                return

    def reduce(self, stream, message, order_id, side):
        if not order_id:
            return
        order = self.orders.get((stream, order_id))
        if not order or order[:3] != [message.token, message.spread, side]:
            self.count["unknown_orders"] += 1
            return
        order[4] -= message.qty
        if order[4] <= 0:
            del self.orders[(stream, order_id)]

    def levels(self, key, side):
        token, segment, spread = key
        at = {}
        for (of, _), order in self.orders.items():
            if of[0] == segment and order[:3] == [token, spread, side]:
                qty, cnt = at.get(order[3], (0, 0))
                at[order[3]] = (qty + order[4], cnt + 1)
        best = sorted(at, reverse=side == "B")[:LEVELS]
        return [(price, *at[price]) for price in best] + [(0, 0, 0)] * (LEVELS - len(best))


def fnv(value, data):
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def digests(day):
    bbo = depth = 0xCBF29CE484222325
    for key in sorted(day.home):
        token = struct.pack("<I", key[0])
        bids, asks = day.levels(key, "B"), day.levels(key, "S")
        bbo = fnv(bbo, token + b"".join(struct.pack("<iQ", *side[0][:2]) for side in (bids, asks)))
        depth = fnv(depth, token + b"".join(struct.pack("<iQI", *level) for level in bids + asks))
    return bbo, depth


def name_of(key):
    return {of: name for name, of in NAMES.items()}[key[1]] + ("-SPREAD" if key[2] else "")


def write_trades(day, path):
    with open(path, "w") as file:
        file.write("time,segment,token,price,qty,buy_order_id,sell_order_id,cancelled\n")
        for line in sorted("%s.%09d,%s,%d,%d,%d,%d,%d,%d\n" % (
                stamp(of.time, "%Y-%m-%dT%H:%M:%S"), of.time % 10**9, name_of(key), of.token, of.price,
                of.qty, of.buy, of.sell, cancelled) for key, of, cancelled in day.trades):
            file.write(line)


def stamp(time, form):
    """The exchange counts Indian time from 1980."""
    moment = datetime.datetime(1980, 1, 1) + datetime.timedelta(seconds=time // 10**9)
    return moment.strftime(form)


def write_candles(day, path):
    candles = {}
    for key, of, cancelled in day.trades:
        if not cancelled:
            candles.setdefault((key, stamp(of.time, "%Y-%m-%dT%H:%M")), []).append(of)
    with open(path, "w") as file:
        file.write("token,minute,open,high,low,close,volume,trades,segment\n")
        for (key, minute), trades in sorted(candles.items()):
            prices = [of.price for of in trades]
            file.write("%d,%s,%d,%d,%d,%d,%d,%d,%s\n" % (
                key[0], minute, prices[0], max(prices), min(prices), prices[-1],
                sum(of.qty for of in trades), len(trades), name_of(key)))


def read_listed(folder):
    listed = {}
    for path in glob.glob(os.path.join(folder, "*_contract_stream_info.csv")):
        segment = NAMES[os.path.basename(path)[:2].upper()]
        for row in open(path).read().split("\n")[1:]:
            field = row.split(",")
            if field[0] == "C":
                listed[(int(field[2]), segment, False)] = int(field[1])
            elif field[0] == "P" and field[4]:
                listed[(int(field[4]), segment, True)] = int(field[1])
    return listed


def broadcast_of(payload):
    """Records of a whole datagram of the broadcast in CM whose items are not compressed, or None."""
    if payload is None or len(payload) < 4 or payload[0] != 4 or any(cut(payload)):
        return None
    at, records = 4, 0
    for _ in range(struct.unpack(">H", payload[2:4])[0]):
        item = payload[at + 2 + 8:]
        if len(item) < 42 or payload[at:at + 2] != b"\0\0":
            return None
        code, size, cnt = *struct.unpack(">H", item[10:12]), *struct.unpack(">HH", item[38:42])
        if len(item) < size or (code == 7208 and size != 566):
            return None
        records += cnt if code == 7208 else 0
        at += 2 + 8 + size
    return records


def read_union(paths, heard):
    """(time, source, segment, payload or None) of the feed's datagrams, in order of time."""
    datagrams, groups = [], set()
    for source, path in enumerate(paths):
        for no, (time, link, data) in enumerate(packets(path) if path else ()):
            ip = ip_of(link, data)
            if not ip:
                continue
            address, port, payload = udp_of(ip)
            records = broadcast_of(payload)
            if records is not None:
                heard["broadcast_datagrams"] += 1
                heard["broadcast_mbp_records"] += records
                continue
            segment = SEGMENT_OF_NETWORK.get(address[:2])
            known = segment is not None or (payload is not None and any(cut(payload)))
            if known:
                groups.add((address, port))
            datagrams.append((time, source, no, address, port, segment or 1, payload))
    groups |= {(address, None) for address, _ in groups}
    return [(source, segment, payload) for _, source, _, address, port, segment, payload in
            sorted(datagrams, key=lambda d: d[:3]) if (address, port) in groups]


def main():
    parser = argparse.ArgumentParser()
    for option in ("--a", "--b", "--stream-files", "--trades", "--candles"):
        parser.add_argument(option)
    asked = parser.parse_args()
    day = Day(read_listed(asked.stream_files) if asked.stream_files else None)
    newest, streams = {}, set()
    heard = dict.fromkeys(("broadcast_datagrams", "broadcast_mbp_records", "broadcast_index_records",
                           "broadcast_bad"), 0)
    for source, segment, payload in read_union((asked.a, asked.b), heard):
        for message in cut(payload) if payload is not None else (None,):
            if message is None:
                day.count["bad_messages"] += 1
                continue
            streams.add((segment, message.stream))
            day.hear(segment, source, message, newest)
    for stream in sorted(streams):
        day.play_stream(stream)
    for name, value in day.count.items():
        print(name, value)
    bbo, depth = digests(day)
    if asked.trades:
        write_trades(day, asked.trades)
    if asked.candles:
        write_candles(day, asked.candles)
    print("bbo_digest %016x\ndepth_digest %016x" % (bbo, depth))
    if heard["broadcast_datagrams"]:
        for name, value in heard.items():
            print(name, value)


if __name__ == "__main__":
    sys.exit(main())
