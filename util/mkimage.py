#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""mkimage.py: write an initramfs (cpio, newc) from a list, without root.

usage: mkimage.py -o IMAGE [-d DEPFILE] [-D NAME=VALUE]... LIST...
       mkimage.py -t FOLDER [-D NAME=VALUE]... LIST...      write a tree of files; no nodes

Lines of a list, with $(NAME) replaced by the values given:
  dir PATH [MODE]              a folder (parents are made by themselves)
  file PATH SOURCE [MODE]      a file
  opt-file PATH SOURCE [MODE]  the same, skipped when SOURCE does not exist
  prog PATH SOURCE             a program and the shared libraries it needs
  opt-prog PATH SOURCE         the same, skipped when SOURCE does not exist
  link PATH TARGET             a symbolic link
  links DIR TARGET NAME...     one link per name
  node PATH c|b MAJOR MINOR [MODE]
  modules DIR NAME...          kernel modules from DIR and what they depend on, named in load
                               order in /etc/modules
  lazy-modules DIR NAME...     the same, but not loaded at the start: modprobe finds them, and the
                               kernel, by what they say they are for
  libpath DIR...               where libraries of the programs that follow are looked for first
  libdir PATH                  where in the image their libraries go
"""

import argparse
import os
import re
import stat
import subprocess
import sys

HOST_LIBS = ("/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib")


class Image:
    """Files to be written, by path; directories come out before what is in them."""

    def __init__(self):
        self.entries = {}
        self.sources = set()
        self.libpath = []
        self.libdir = "/lib/x86_64-linux-gnu"
        self.modules = []

    def add(self, path, mode, source=None, data=b"", rdev=(0, 0)):
        path = path.strip("/")
        parent = os.path.dirname(path)
        if parent and parent not in self.entries:
            self.add(parent, stat.S_IFDIR | 0o755)
        if source:
            self.sources.add(source)
        self.entries[path] = (mode, source, data, rdev)

    # -- one method per word of the list

    def do_dir(self, path, mode="755"):
        self.add(path, stat.S_IFDIR | int(mode, 8))

    def do_file(self, path, source, mode=None):
        bits = int(mode, 8) if mode else stat.S_IMODE(os.stat(source).st_mode) | 0o444
        self.add(path, stat.S_IFREG | bits, source)

    def do_opt_file(self, path, source, mode=None):
        if os.path.exists(source):
            self.do_file(path, source, mode)

    def do_prog(self, path, source):
        self.add(path, stat.S_IFREG | 0o755, source)
        for lib in self.libraries(source):
            dest = self.libdir + "/" + os.path.basename(lib)
            if dest.strip("/") not in self.entries:
                self.add(dest, stat.S_IFREG | 0o755, lib)

    def do_opt_prog(self, path, source):
        if os.path.exists(source):
            self.do_prog(path, source)

    def do_link(self, path, target):
        self.add(path, stat.S_IFLNK | 0o777, data=target.encode())

    def do_links(self, folder, target, *names):
        for n in names:
            self.do_link(folder + "/" + n, target)

    def do_node(self, path, kind, major, minor, mode="600"):
        fmt = stat.S_IFCHR if kind == "c" else stat.S_IFBLK
        self.add(path, fmt | int(mode, 8), rdev=(int(major), int(minor)))

    def do_libpath(self, *dirs):
        self.libpath = list(dirs)

    def do_libdir(self, path):
        self.libdir = path

    def do_modules(self, folder, *names):
        found = {}
        for top, _, files in os.walk(folder):
            for f in files:
                if f.endswith(".ko"):
                    found[f[:-3].replace("-", "_")] = os.path.join(top, f)
        for n in names:
            self.module(found, n.replace("-", "_"))
        order = "".join(f"/lib/modules/{os.path.basename(m)}\n" for m in self.modules)
        self.add("/etc/modules", stat.S_IFREG | 0o644, data=order.encode())

    def do_lazy_modules(self, folder, *names):
        boot, self.modules = self.modules, []
        found = {}
        for top, _, files in os.walk(folder):
            found.update({f[:-3].replace("-", "_"): os.path.join(top, f) for f in files if f.endswith(".ko")})
        for n in names:
            self.module(found, n.replace("-", "_"))
        lines = {"dep": "", "alias": ""}
        for m in self.modules:
            with open(m, "rb") as f:
                data = f.read()
            name = os.path.basename(m)
            version = re.search(rb"\0vermagic=([^ ]*)", data).group(1).decode()
            depends = re.search(rb"\0depends=([^\0]*)\0", data).group(1).decode()
            order = []
            for d in filter(None, depends.split(",")):
                self.needs(found, d.replace("-", "_"), order)
            lines["dep"] += f"../{name}:" + "".join(f" ../{o}" for o in reversed(order)) + "\n"
            for alias in re.findall(rb"\0alias=([^\0]*)", data):
                lines["alias"] += f"alias {alias.decode()} {name[:-3].replace('-', '_')}\n"
        for kind, text in lines.items():
            self.add(f"/lib/modules/{version}/modules.{kind}", stat.S_IFREG | 0o644, data=text.encode())
        self.modules = boot

    def needs(self, found, name, order):
        """What has to be loaded before, and then name; modules.dep has it the other way round."""
        file = os.path.basename(found[name])
        if file in order:
            return
        with open(found[name], "rb") as f:
            m = re.search(rb"\0depends=([^\0]*)\0", f.read())
        for d in filter(None, m.group(1).decode().split(",")):
            self.needs(found, d.replace("-", "_"), order)
        order.append(file)

    def module(self, found, name):
        path = found.get(name)
        if path is None:
            raise FileNotFoundError(f"kernel module {name} not found")
        if path in self.modules:
            return
        with open(path, "rb") as f:
            m = re.search(rb"\0depends=([^\0]*)\0", f.read())
        for dep in m.group(1).decode().split(",") if m else []:
            if dep:
                self.module(found, dep.replace("-", "_"))
        self.modules.append(path)
        self.add("/lib/modules/" + os.path.basename(path), stat.S_IFREG | 0o644, path)

    # -- shared libraries

    def libraries(self, program):
        """Every library that a program needs, the dynamic loader with them."""
        todo, done = [program], {}
        while todo:
            for name in needed(todo.pop()):
                if name not in done:
                    done[name] = self.find_library(name, program)
                    todo.append(done[name])
        return done.values()

    def find_library(self, name, program):
        if name.startswith("/"):
            self.add(name, stat.S_IFREG | 0o755, name)
            return name
        for d in self.libpath + list(HOST_LIBS):
            path = os.path.join(d, name)
            if os.path.exists(path):
                return path
        raise FileNotFoundError(f"{program} needs {name}, which is not installed")

    # -- output

    def write(self, out):
        for ino, (path, entry) in enumerate(sorted(self.entries.items()), 1):
            mode, source, data, rdev = entry
            if source:
                with open(source, "rb") as f:
                    data = f.read()
            cpio_entry(out, ino, path, mode, data, rdev)
        cpio_entry(out, 0, "TRAILER!!!", 0, b"", (0, 0))

    def write_tree(self, top):
        for path, (mode, source, data, _) in sorted(self.entries.items()):
            dest = os.path.join(top, path)
            if stat.S_ISDIR(mode):
                os.makedirs(dest, exist_ok=True)
                os.chmod(dest, stat.S_IMODE(mode))
            elif stat.S_ISLNK(mode):
                os.symlink(data, dest)
            elif stat.S_ISREG(mode):
                if source:
                    with open(source, "rb") as f:
                        data = f.read()
                with open(dest, "wb") as out:
                    out.write(data)
                os.chmod(dest, stat.S_IMODE(mode))


def needed(path):
    """DT_NEEDED names and the interpreter of an ELF file; nothing for a script."""
    with open(path, "rb") as f:
        if f.read(4) != b"\x7fELF":
            return []
    text = subprocess.run(["readelf", "-dlW", path], stdout=subprocess.PIPE, check=True,
                          stderr=subprocess.DEVNULL, encoding="utf-8").stdout
    return re.findall(r"\(NEEDED\).*\[(.*)\]", text) + re.findall(r"interpreter: (.*)\]", text)


def cpio_entry(out, ino, path, mode, data, rdev):
    name = path.encode() + b"\0"
    head = (ino, mode, 0, 0, 1, 0, len(data), 0, 0, rdev[0], rdev[1], len(name), 0)
    record = b"070701" + b"".join(b"%08x" % v for v in head) + name
    record += b"\0" * (-len(record) % 4)
    out.write(record + data + b"\0" * (-len(data) % 4))


def read_list(image, name, values):
    with open(name, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = re.sub(r"\$\((\w+)\)", lambda m: values[m.group(1)], line)
            words = line.split("#")[0].split()
            if not words:
                continue
            action = getattr(image, "do_" + words[0].replace("-", "_"), None)
            if action is None:
                raise ValueError(f"{name}:{number}: unknown word '{words[0]}'")
            try:
                action(*words[1:])
            except (OSError, TypeError) as e:
                raise ValueError(f"{name}:{number}: {e}") from e
    image.sources.add(name)


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    where = p.add_mutually_exclusive_group(required=True)
    where.add_argument("-o")
    where.add_argument("-t")
    p.add_argument("-d")
    p.add_argument("-D", action="append", default=[])
    p.add_argument("lists", nargs="+")
    args = p.parse_args()
    image = Image()
    values = dict(d.split("=", 1) for d in args.D)
    try:
        for name in args.lists:
            read_list(image, name, values)
    except (ValueError, KeyError, OSError) as e:
        sys.exit(f"mkimage: {e}")
    if args.t:
        image.write_tree(args.t)
        return
    with open(args.o + ".new", "wb") as out:
        image.write(out)
    os.rename(args.o + ".new", args.o)
    if args.d:
        with open(args.d, "w", encoding="utf-8") as f:
            names = sorted(image.sources)
            f.write(f"{args.o}: {' '.join(names)}\n" + "".join(f"{n}:\n" for n in names))


main()
