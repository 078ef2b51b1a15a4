#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""extract-vmlinux.py BZIMAGE ELF: unpack a bzImage's payload into the ELF kernel inside it.

Our hypervisor takes dom0 as ELF and holds no decompressors; this is what the images use."""

import lzma
import struct
import subprocess
import sys

# magic of the payload -> how to unpack it
FILTERS = (
    (b"\xfd7zXZ\0", lambda data: lzma.LZMADecompressor().decompress(data)),
    (b"\x1f\x8b", lambda data: piped(["gzip", "-dc"], data)),
    (b"\x28\xb5\x2f\xfd", lambda data: piped(["zstd", "-dc"], data)),
    (b"\x02\x21\x4c\x18", lambda data: piped(["lz4", "-dc"], data)),
    (b"\x7fELF", lambda data: data),
)


def piped(argv, data):
    return subprocess.run(argv, input=data, stdout=subprocess.PIPE, check=False).stdout


def extract(image):
    """The ELF file inside a bzImage, checked against the size its packer appended."""
    if image[0x202:0x206] != b"HdrS":
        raise ValueError("not a bzImage: no HdrS at offset 0x202")
    setup = (image[0x1F1] or 4) + 1
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = setup * 512 + offset
    payload = image[start:start + length]
    if len(payload) != length or length < 8:
        raise ValueError("truncated bzImage: the payload reaches beyond the end of the file")
    (size,) = struct.unpack("<I", payload[-4:])
    for magic, unpack in FILTERS:
        if payload.startswith(magic):
            elf = unpack(payload[:-4])
            break
    else:
        raise ValueError("unknown compression, payload starts with " + payload[:6].hex())
    if elf[:4] != b"\x7fELF" or len(elf) != size:
        raise ValueError(f"payload unpacks to {len(elf)} bytes, {size} expected")
    return elf


def main(argv):
    if len(argv) != 3:
        sys.exit("usage: extract-vmlinux.py BZIMAGE ELF")
    with open(argv[1], "rb") as f:
        image = f.read()
    try:
        elf = extract(image)
    except (ValueError, struct.error, lzma.LZMAError) as e:
        sys.exit(f"extract-vmlinux: {argv[1]}: {e}")
    with open(argv[2], "wb") as f:
        f.write(elf)


main(sys.argv)
