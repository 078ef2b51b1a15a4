# SPDX-License-Identifier: GPL-2.0-only
"""What the boot cases share: the programs under test, files made from them, machines."""

import os
import re
import shutil
import struct
import subprocess

from machine import Failed, Machine, Skipped, judge_tap, multiboot

CONSOLE = "console=com1,vga com1=115200 loglvl=all "
ELF_PT_NOTE, ELF_PT_NULL = 4, 0


class Lab:
    def __init__(self, args):
        self.hypervisor = os.path.abspath(args.hypervisor)
        self.guest = os.path.abspath(args.guests[0])
        self.cpu = args.cpu
        self.log_dir = os.path.abspath(args.log_dir)
        self.work = os.path.join(self.log_dir, "work")
        shutil.rmtree(self.work, ignore_errors=True)
        os.makedirs(self.work)

    def log(self, name):
        return os.path.join(self.log_dir, name + ".log")

    def file(self, name, data):
        path = os.path.join(self.work, name)
        with open(path, "wb") as out:
            out.write(data)
        return path

    def guest_bytes(self):
        return contents(self.guest)

    def hypervisor_bytes(self):
        return contents(self.hypervisor)

    def boot(self, name, options="dom0_mem=64M", modules=None, **kwargs):
        """A machine that boots the hypervisor with the tiny guest, or with other modules."""
        modules = [self.guest] if modules is None else modules
        kwargs.setdefault("cpu", self.cpu)
        return Machine(self.log(name), multiboot(self.hypervisor, CONSOLE + options, modules), **kwargs)

    def boots_well(self, name, *patterns, **kwargs):
        """The guest comes up, every check in it passes, and the patterns are on the console, in order."""
        with self.boot(name, **kwargs) as m:
            return finish(m, *patterns)

    def refuses(self, name, *patterns, **kwargs):
        """The hypervisor says the patterns and stops; noreboot spares the wait before a restart."""
        kwargs["options"] = kwargs.get("options", "") + " noreboot"
        with self.boot(name, **kwargs) as m:
            for pattern in patterns:
                m.expect(pattern)
            m.expect(r"Stopped \(noreboot\)")


def contents(path):
    with open(path, "rb") as data:
        return data.read()


def finish(m, *patterns):
    """Waits for the end of a machine whose guest must pass."""
    for pattern in patterns:
        m.expect(pattern)
    text = m.wait_end()
    passed, failed, why = judge_tap(text)
    if failed or not passed:
        raise Failed("\n     ".join(why) or "no check ran")
    if "dom0 powers the machine off" not in text:
        raise Failed("the machine did not power off")
    return text


def must_not_say(text, *words):
    for word in words:
        if word in text:
            raise Failed(f"the console has {word!r}")


# --- kernels that are none ----------------------------------------------------------------------


def without_notes(elf):
    """The same ELF file, its Xen notes no longer named by a program header."""
    elf = bytearray(elf)
    offset, = struct.unpack_from("<Q", elf, 32)
    size, count = struct.unpack_from("<HH", elf, 54)
    for at in range(offset, offset + size * count, size):
        if struct.unpack_from("<I", elf, at)[0] == ELF_PT_NOTE:
            struct.pack_into("<I", elf, at, ELF_PT_NULL)
    return bytes(elf)


def fake_bzimage():
    image = bytearray(8192)
    image[0x1f1] = 4                        # setup sectors
    image[0x1fe:0x200] = b"\x55\xaa"
    image[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", image, 0x206, 0x020f)
    return bytes(image)


# --- GRUB -----------------------------------------------------------------------------------------


# --- the screen ---------------------------------------------------------------------------------


def text_screen(m, lab, columns=80, rows=25):
    """What is on a text screen, line by line."""
    path = os.path.join(lab.work, "text")
    m.monitor(f'pmemsave 0xb8000 {columns * rows * 2} "{path}"')
    text = contents(path)[::2].decode("latin-1")
    return "\n".join(text[i:i + columns].rstrip() for i in range(0, len(text), columns))


def read_font():
    """Rows of dots -> character, from the hypervisor's own table."""
    glyphs = {}
    with open("hypervisor/drivers/font.c", encoding="utf-8") as f:
        for c, dots in re.findall(r"\['(\\?.)' - FONT_FIRST\] = \{ (.*?) \}", f.read()):
            glyphs.setdefault(tuple(int(d, 16) for d in dots.split(", ")), c[-1])
    return glyphs


def graphics_screen(m, lab):
    """What is on a graphics screen: the hypervisor's characters of 5 by 7 dots in cells of 6 by 9."""
    path = os.path.join(lab.work, "screen.ppm")
    m.monitor(f"screendump {path}")
    magic, size, _, data = contents(path).split(b"\n", 3)
    if magic != b"P6":
        raise Failed(f"a picture of kind {magic!r}")
    width, height = map(int, size.split())
    scale, font = (2 if width >= 1024 else 1), read_font()
    text = ""
    for y in range(0, height - 9 * scale + 1, 9 * scale):
        line = ""
        for x in range(0, width - 6 * scale + 1, 6 * scale):
            dots = tuple(sum((data[((y + r * scale) * width + x + d * scale) * 3] > 127) << (4 - d)
                             for d in range(5)) for r in range(7))
            line += font.get(dots, "\x7f")
        text += line.rstrip() + "\n"
    return text


GRUB_MODULES = ["biosdisk", "iso9660", "multiboot", "multiboot2", "serial", "boot"]


def grub_iso(lab, name, lines, modules=()):
    """A CD that starts GRUB 2 for BIOS machines with these commands and holds /xen and /guest."""
    for tool in ("grub-mkimage", "xorriso"):
        if not shutil.which(tool):
            raise Skipped(f"{tool} is not installed (make deps)")
    root = os.path.join(lab.work, name)
    os.makedirs(root)
    shutil.copy(lab.hypervisor, os.path.join(root, "xen"))
    shutil.copy(lab.guest, os.path.join(root, "guest"))
    config = lab.file(name + ".cfg", "\n".join(lines + ["boot", ""]).encode())
    iso = os.path.join(lab.work, name + ".iso")
    make_with(["grub-mkimage", "-O", "i386-pc-eltorito", "-o", os.path.join(root, "grub.img"),
               "-c", config, "-p", "/"] + GRUB_MODULES + list(modules))
    make_with(["xorriso", "-as", "mkisofs", "-quiet", "-R", "-b", "grub.img", "-no-emul-boot",
               "-boot-load-size", "4", "-boot-info-table", "-o", iso, root])
    return iso


def make_with(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise Failed(f"{command[0]}: {done.stdout.decode(errors='replace')}")
