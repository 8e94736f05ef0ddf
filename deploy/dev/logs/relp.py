"""relp - the sending half of RELP, in which the other side says of each message that it has it.

rsyslog's imrelp is the other side.  Source: the protocol's description in librelp, doc/relp.html.  A frame is
`NUMBER COMMAND BYTES[ DATA]` and a line's end; numbers go from 1 to 999999999 and begin again.
"""
import re
import socket
import ssl

TIMEOUT_S = 5
WINDOW = 128  # messages on their way; what librelp itself has
OFFER = b"relp_version=0\nrelp_software=bijli,1\ncommands=syslog"
FRAME_MAX = 65536
HEAD = re.compile(rb"\n*(\d{1,9}) (\w{1,32}) (\d{1,9})(?: |(?=\n))")
HEAD_MAX = 64


class Away(Exception):
    """The other side is not there, or does not speak as it should."""


def tls(settings):
    """None: in clear, which settings.py allows on this machine only."""
    if not settings["tls"]:
        return None
    made = ssl.create_default_context(cafile=settings["ca_file"] or None)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings["cert_file"]:
        made.load_cert_chain(settings["cert_file"], settings["key_file"])
    return made


class Relp:
    def __init__(self, host, port, context):
        self.buffer, self.number, self.waiting = b"", 0, {}
        try:
            self.socket = socket.create_connection((host, port), TIMEOUT_S)
            if context:
                self.socket = context.wrap_socket(self.socket, server_hostname=host)
            self.send(b"open", OFFER, None)
            while self.waiting:
                self.answers()
        except OSError as error:
            raise Away(error) from error

    def close(self):
        try:
            self.socket.sendall(b"%d close 0\n" % (self.number % 999999999 + 1))
        except OSError:
            pass
        self.socket.close()

    def send(self, command, data, about):
        """about: what answers() gives back once the other side has it."""
        self.number = self.number % 999999999 + 1
        self.waiting[self.number] = about
        try:
            self.socket.sendall(b"%d %s %d %s\n" % (self.number, command, len(data), data))
        except OSError as error:
            raise Away(error) from error

    def full(self):
        return len(self.waiting) >= WINDOW

    def answers(self):
        """Waits for one answer at least; the abouts of what has arrived, in the order in which it was sent."""
        try:
            more = self.socket.recv(65536)
        except OSError as error:
            raise Away(error) from error
        if not more:
            raise Away("it ended the connection")
        self.buffer += more
        had = []
        while (frame := self._frame()) is not None:
            had.append(self._answer(*frame))
        return had

    def _answer(self, number, command, data):
        if command != b"rsp" or number not in self.waiting:
            raise Away("it closes" if command == b"serverclose" else "it speaks otherwise")
        if data.split(b" ", 1)[0] != b"200":
            raise Away("it refuses: " + data[:80].decode("ascii", "replace"))
        # In order: the other side answers as it takes.
        if number != next(iter(self.waiting)):
            raise Away("it answers out of order")
        return self.waiting.pop(number)

    def _frame(self):
        """The next whole frame, or None while it has not all come: (number, command, data)."""
        head = HEAD.match(self.buffer)
        if not head:
            if len(self.buffer) > HEAD_MAX:
                raise Away("it speaks otherwise")
            return None
        size = int(head[3])
        if size > FRAME_MAX:
            raise Away(f"it sends {size} bytes at once")
        end = head.end() + size
        if len(self.buffer) <= end:
            return None
        data, self.buffer = self.buffer[head.end():end], self.buffer[end + 1:]
        return int(head[1]), head[2], data
