# SPDX-License-Identifier: GPL-2.0-only
"""link.py: the harness's end of the agent's protocol (agent.c has the frame format).

Link.feed() takes what the channel delivered and returns the rest, that is what was no frame: the
console's own text. Everything goes out through the write function given."""

import base64
import re
import time
import zlib

FRAME = re.compile(rb"~([A-Z])([0-9a-f]{2}):([A-Za-z0-9+/=]*):([0-9a-f]{8})~\r*\n?")
PARTIAL = re.compile(rb"~(?:[A-Z](?:[0-9a-f]{0,2}(?::[A-Za-z0-9+/=]*(?::[0-9a-f]{0,8})?)?)?)?$")
CHUNK = 45          # bytes of input in a frame: the hypervisor's console buffer holds 128
RESEND = 2.0        # seconds; repeating is harmless, so load only costs time


def make_frame(kind, seq, data):
    body = b"%c%02x:%s" % (kind.encode(), seq, base64.b64encode(data))
    return b"~%s:%08x~\n" % (body, zlib.crc32(body))


class Link:
    """Reliable, ordered messages over a noisy tty."""

    def __init__(self, write, on_message):
        self.write = write
        self.on_message = on_message        # (kind, data)
        self.pending = b""
        self.after_frame = False
        self.queue = []
        self.send_seq = 0
        self.expect_seq = 1
        self.sent = None                    # the frame under way, and when to repeat it
        self.resend_at = 0.0
        self.repeats = 0

    def reset(self):
        """Tell the agent that a new peer is here; it forgets its sessions."""
        self.queue = []
        self.send_seq, self.expect_seq = 0, 1
        self._send(make_frame("R", 0, b""))

    @property
    def idle(self):
        return self.sent is None and not self.queue

    def send(self, kind, data):
        self.queue.append((kind, data))
        self.tick()

    def tick(self):
        """Send the next frame or repeat the one under way; call often."""
        if self.sent is not None:
            if time.monotonic() >= self.resend_at:
                self.repeats += 1
                self._send(self.sent)
        elif self.queue:
            kind, data = self.queue.pop(0)
            self.send_seq = (self.send_seq + 1) & 0xFF
            self._send(make_frame(kind, self.send_seq, data))

    def _send(self, frame):
        self.sent = frame
        self.resend_at = time.monotonic() + RESEND
        self.write(frame)

    def feed(self, data):
        if self.after_frame:
            data = data.lstrip(b"\r\n")       # the frame's own line end, come late
        self.pending += data
        text = b""
        self.after_frame = self.after_frame and not data
        while True:
            m = FRAME.search(self.pending)
            if not m:
                break
            body = m.group(0).strip(b"\r\n~").rsplit(b":", 1)[0]
            text += self.pending[:m.start()]
            self.pending = self.pending[m.end():]
            self.after_frame = not self.pending
            if zlib.crc32(body) == int(m.group(4), 16):
                self._frame(m.group(1).decode(), int(m.group(2), 16), m.group(3))
        m = PARTIAL.search(self.pending)
        keep = len(self.pending) - m.start() if m else 0
        if keep > 2048:
            keep = 0
        cut = len(self.pending) - keep
        text, self.pending = text + self.pending[:cut], self.pending[cut:]
        return text

    def _frame(self, kind, seq, payload):
        if kind == "A":
            if self.sent is not None and seq == self.send_seq:
                self.sent = None
                self.tick()
            return
        if kind not in "OX":        # our own frames, echoed by a tty that is not raw yet
            return
        self.write(make_frame("B", seq, b""))
        if seq == self.expect_seq:
            self.expect_seq = (self.expect_seq + 1) & 0xFF
            self.on_message(kind, base64.b64decode(payload))
