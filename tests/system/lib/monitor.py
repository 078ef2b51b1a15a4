# SPDX-License-Identifier: GPL-2.0-only
"""monitor.py: lines for QEMU's monitor, over a socket: Corner(more=Monitor(path).arguments)."""

import contextlib
import json
import socket


class Monitor:
    def __init__(self, path):
        self.path = path

    @property
    def arguments(self):
        return ["-qmp", f"unix:{self.path},server=on,wait=off"]

    def __call__(self, line):
        """One line; what it says."""
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as sock:
            sock.connect(self.path)
            stream = sock.makefile("rw", encoding="utf-8")
            stream.readline()
            ask(stream, {"execute": "qmp_capabilities"})
            return ask(stream, {"execute": "human-monitor-command", "arguments": {"command-line": line}})


def ask(stream, question):
    stream.write(json.dumps(question) + "\n")
    stream.flush()
    while True:
        answer = json.loads(stream.readline())
        if "error" in answer:
            raise ValueError(f"QEMU's monitor: {answer['error']}")
        if "return" in answer:
            return answer["return"]
