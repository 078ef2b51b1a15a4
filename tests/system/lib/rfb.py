# SPDX-License-Identifier: GPL-2.0-only
"""rfb.py: a small VNC client (RFB 3.8, RFC 6143): a screen's picture in shades, and keys pressed.

It speaks to a server in dom0 through a program there that has the connection as its input and output."""

import struct
import zlib

ZLIB, RESIZE = 6, -223
# One byte a pixel: three bits of red and of green, two of blue.
PIXELS = struct.pack(">BBBBHHHBBBxxx", 8, 8, 0, 1, 7, 7, 3, 0, 3, 6)


class Screen:
    """A connection to the server on a port of dom0's loopback."""

    def __init__(self, dom0, port, name=b""):
        self.session = dom0.machine.spawn(f"nc 127.0.0.1 {port}")
        assert self.take(12) == b"RFB 003.008\n"
        self.session.send(b"RFB 003.008\n")
        kinds = self.take(self.number(">B"))
        assert 1 in kinds, f"no access without a password: {kinds}"
        self.session.send(b"\1")
        assert self.number(">I") == 0
        self.session.send(b"\1")                        # others may look, too
        self.width, self.height = struct.unpack(">HH", self.take(4))
        self.take(16)
        self.title = self.take(self.number(">I"))
        assert name in self.title, self.title
        self.inflate = zlib.decompressobj()
        self.picture = bytearray(self.width * self.height)
        self.session.send(b"\0\0\0\0" + PIXELS + struct.pack(">BxHii", 2, 2, ZLIB, RESIZE))

    def take(self, count):
        """The next count bytes that the server says."""
        text = self.session.text
        self.session.machine.until(lambda: len(text.data) - text.at >= count, 60, f"{count} bytes of the screen's")
        data = text.data[text.at:text.at + count]
        text.at += count
        return data

    def number(self, kind):
        return struct.unpack(kind, self.take(struct.calcsize(kind)))[0]

    def rectangle(self):
        x, y, width, height, encoding = struct.unpack(">HHHHi", self.take(12))
        if encoding == RESIZE:
            self.width, self.height = width, height
            self.picture = bytearray(width * height)
            return
        assert encoding == ZLIB, encoding
        data = self.inflate.decompress(self.take(self.number(">I")))
        for row in range(height):
            at = (y + row) * self.width + x
            self.picture[at:at + width] = data[row * width:(row + 1) * width]

    def look(self, all_of_it=False):
        """Waits for what has changed since the last look."""
        self.session.send(struct.pack(">BBHHHH", 3, not all_of_it, 0, 0, self.width, self.height))
        while (kind := self.number(">B")) != 0:
            if kind == 3:                               # what was cut there
                self.take(3)
                self.take(self.number(">I"))
            else:
                assert kind == 2, kind                  # a bell
        self.take(1)
        for _ in range(self.number(">H")):
            self.rectangle()

    def cells(self, width=8, height=16):
        """The character cells with anything but the background in them, as (column, row)."""
        used = set()
        for y in range(self.height):
            line = self.picture[y * self.width:(y + 1) * self.width]
            for column in range(self.width // width) if any(line) else ():
                if any(line[column * width:(column + 1) * width]):
                    used.add((column, y // height))
        return used

    def press(self, text):
        for c in text:
            key = 0xff0d if c == "\n" else ord(c)
            for down in (1, 0):
                self.session.send(struct.pack(">BBxxI", 4, down, key))

    def leave(self):
        self.session.hangup()
