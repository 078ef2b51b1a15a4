# SPDX-License-Identifier: GPL-2.0-only
"""corner.py: which hypervisor, which tools, and the QEMU command line that boots them.

Corners: {ours, xen} x {ours, xl}. The same dom0 image serves all four; `tools=` on dom0's command
line says which daemons start."""

import os
import socket
import subprocess

from machine import Machine

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))


def build_dir():
    return os.path.join(TOP, os.environ.get("O", "build"))


def accel_args(cpu="max,-smap"):
    """SMAP stays off: QEMU's emulation of IRETQ reads a guest's stack as supervisor. One thread:
    with several, programs in dom0 were seen to crash on a busy host. Under KVM, a host that is
    itself a guest may refuse ARCH_CAPABILITIES."""
    if os.environ.get("ACCEL", "tcg") == "tcg":
        return ["-accel", "tcg,thread=single", "-cpu", cpu]
    return ["-accel", "kvm", "-cpu", "max,-smap,-arch-capabilities"]


class Corner:
    """One of the four combinations."""

    def __init__(self, hv="ours", tools="ours", channel=None, smp=2, memory="3G",
                 xen_args="", dom0_args="", overlays=(), image="dom0.cpio", cpu="max,-smap", link=None,
                 more=()):
        """link: a socket to another machine's: the second network card. more: of QEMU's arguments."""
        if hv not in ("ours", "xen") or tools not in ("ours", "xl"):
            raise ValueError(f"no corner HV={hv} TOOLS={tools}: HV is ours|xen, TOOLS is ours|xl")
        self.hv, self.tools = hv, tools
        self.channel = channel or os.environ.get("CHANNEL", "hvc0")
        self.smp, self.memory = smp, memory
        self.xen_args, self.dom0_args = xen_args, dom0_args
        self.image, self.cpu, self.link, self.more = image, cpu, link, list(more)
        self.overlays = list(overlays)      # further cpio archives, unpacked over the root

    @property
    def name(self):
        return f"{self.hv}-{self.tools}"

    def files(self):
        """Hypervisor, dom0 kernel, initramfs."""
        b = build_dir()
        hypervisor = {"ours": "hypervisor/xen", "xen": "debian/xen"}[self.hv]
        names = [os.path.join(b, n) for n in (hypervisor, "images/vmlinux", "images/" + self.image)]
        for n in names:
            if not os.path.exists(n):
                raise FileNotFoundError(f"{n} is not built; `make images` builds it")
        return names

    def initramfs(self, path):
        """The image with the overlays behind it; the kernel unpacks one archive after another."""
        if not self.overlays:
            return path
        joined = os.path.join(build_dir(), "images", f"dom0-{os.getpid()}.cpio")
        with open(joined, "wb") as out:
            for part in [path] + self.overlays:
                with open(part, "rb") as f:
                    data = f.read()
                out.write(data + b"\0" * (-len(data) % 512))
        return joined

    def argv(self, agent=True, console="stdio"):
        hypervisor, kernel, image = self.files()
        image = self.initramfs(image)
        hv_args = "console=com1 com1=115200 dom0_mem=1200M,max:1200M loglvl=all guest_loglvl=all"
        if self.hv == "xen":
            # Its lazy switching of FPU state mixes up registers of programs under QEMU's emulation
            # (02_fpu_pos.py fails within a second), seen as random faults of programs in dom0.
            hv_args += " spec-ctrl=eager-fpu"
        hv_args += " " + self.xen_args
        dom0 = f"console=hvc0 earlyprintk=xen tools={self.tools} {self.dom0_args}"
        if agent:
            dom0 += f" agent={self.channel}"
        return ["qemu-system-x86_64", *accel_args(self.cpu), "-smp", str(self.smp),
                "-m", self.memory, "-display", "none", "-nodefaults", "-no-reboot",
                # The outside: QEMU's own network, 10.0.2.0/24, with this host's services at 10.0.2.2.
                "-netdev", "user,id=outside", "-device", "virtio-net-pci,netdev=outside,romfile=",
                "-serial", console, "-kernel", hypervisor, "-append", hv_args.strip(),
                "-initrd", f"{kernel} {dom0.strip()},{image}", *self.more]

    def log_path(self, name):
        return os.path.join(build_dir(), "logs", f"{name}-{self.name}.log")

    def boot(self, name, echo=None, timeout=240):
        """Start it and wait until dom0's daemons are up and the agent answers."""
        argv, ours, theirs, fds = self.argv(), None, None, []
        if self.link:
            fds.append(self.link.fileno())
            argv += ["-netdev", f"socket,id=link,fd={fds[0]}",
                     "-device", f"virtio-net-pci,netdev=link,romfile=,mac=52:54:00:77:00:{fds[0] % 256:02x}"]
        if self.channel.startswith("ttyS"):
            ours, theirs = socket.socketpair()
            argv += ["-chardev", f"socket,id=agent,fd={theirs.fileno()}", "-serial", "chardev:agent"]
        elif self.channel.startswith("vport") or self.channel == "hvc1":
            ours, theirs = socket.socketpair()
            argv += ["-chardev", f"socket,id=agent,fd={theirs.fileno()}",
                     "-device", "virtio-serial-pci", "-device", "virtserialport,chardev=agent,name=agent"]
        machine = Machine(argv, self.log_path(name), echo, ours,
                          fds + ([theirs.fileno()] if theirs else []))
        if theirs:
            theirs.close()
        try:
            if os.environ.get("QEMU_WRAP"):     # it may hold QEMU back until there is room
                machine.until(lambda: machine.console.data, 3600, "QEMU's start")
            machine.expect(rb"dom0: ready", timeout)
            machine.attach()
        except BaseException:
            machine.stop()
            raise
        return machine


def make_image(lines, path):
    """A cpio archive at path of what lines of util/mkimage.py say."""
    with open(path + ".list", "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")
    subprocess.run([os.path.join(TOP, "util", "mkimage.py"), "-o", path, path + ".list"], check=True)
    return path


def dom0_modules(more="", lazy=""):
    """The lines of dom0's image that name modules, and more: an archive behind it with other ones needs all."""
    with open(os.path.join(TOP, "tests", "system", "image", "dom0.list"), encoding="utf-8") as f:
        lines = [line.strip().replace("$(DEBIAN)", os.path.join(build_dir(), "debian")) for line in f
                 if line.startswith(("modules ", "lazy-modules "))]
    return [f"{line} {lazy if line.startswith('lazy') else more}" for line in lines]


def make_overlay(files, path):
    """A cpio archive at path with files given as (source, place in dom0)."""
    return make_image([f"{'prog' if os.access(src, os.X_OK) else 'file'} {dest} {src}" for src, dest in files], path)
