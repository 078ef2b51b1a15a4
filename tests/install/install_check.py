#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""install_check.py: `make install` and `make uninstall` into a folder, and what was installed put to
use as far as no machine is needed: units, scripts, libraries, boot entries.

Environment: MAKE, O, CC as the Makefile passes them."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("O", "build")
VERSIONS = ("6.1.0-9-amd64", "6.1.0-56-amd64")
CASES = []


class Failed(Exception):
    """The text says what is wrong."""


def case(fn):
    CASES.append(fn)
    return fn


def run(argv, env=None, ok=True):
    p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
                       errors="replace", check=False, env={**os.environ, **(env or {})})
    if ok and p.returncode:
        raise Failed(f"{' '.join(argv)} ended with {p.returncode}:\n{p.stdout}")
    return p


def make(*words):
    return run([os.environ.get("MAKE", "make"), "--no-print-directory", f"O={BUILD}", *words]).stdout


def write(path, text=""):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def files_below(top):
    return sorted(os.path.relpath(os.path.join(d, f), top) for d, _, fs in os.walk(top) for f in fs)


def expect(text, pattern, what):
    m = re.search(pattern, text, re.M | re.S)
    if not m:
        raise Failed(f"{what}: no {pattern!r} in\n{text}")
    return m


# --- what lies where ------------------------------------------------------------------------------


@case
def complete(lab):
    """The files a machine needs, in both places that PREFIX may mean."""
    for prefix in ("/usr/local", "/usr"):
        root = lab.install("complete" + prefix.replace("/", "-"), f"PREFIX={prefix}")
        for name in ("bin/xm", "bin/xenstore-ls", "sbin/xend", "sbin/xenstored", "sbin/xen-pv-kernels",
                     "sbin/xen-unpack-kernel", "lib/libxenstore.so.4", "include/xenctrl.h",
                     "include/xen/xen.h", "lib/systemd/system/xend.service", "share/man/man1/xm.1",
                     "lib/modules-load.d/xen-pv.conf", "share/bash-completion/completions/xm"):
            if not os.path.exists(f"{root}{prefix}/{name}"):
                raise Failed(f"{prefix}/{name} is not there")
        for name in ("boot/xen-pv/hypervisor", "etc/grub.d/21_xen_pv", "etc/kernel/postinst.d/xen-pv"):
            if not os.path.exists(f"{root}/{name}"):
                raise Failed(f"/{name} is not there")
        for name in files_below(root):
            path = os.path.join(root, name)
            if os.path.getsize(path) < 20000 and name.startswith(("etc/", prefix[1:] + "/lib/")):
                if re.search(r"@[A-Z]+@", read(path)):
                    raise Failed(f"{name} has a name that was not filled in")


@case
def no_clash(lab):
    """Nothing where Debian's own script looks for its hypervisors and kernels."""
    root = lab.install("no_clash")
    for name in os.listdir(root + "/boot"):
        if os.path.isfile(f"{root}/boot/{name}"):
            raise Failed(f"/boot/{name} would be taken for Debian's")


@case
def uninstall(lab):
    """Nothing is left, but for what was there before and what was edited."""
    root = lab.install("uninstall")
    write(root + "/etc/kernel/postinst.d/zz-update-grub", "theirs")
    write(root + "/etc/default/xen-pv", "XEND_ARGS=--verbose\n")
    write(root + "/boot/xen-pv/vmlinux-6.1.0-9-amd64", "unpacked")
    make("install", f"DESTDIR={root}")
    if read(root + "/etc/default/xen-pv") != "XEND_ARGS=--verbose\n":
        raise Failed("an edited file was overwritten")
    make("uninstall", f"DESTDIR={root}")
    left = files_below(root)
    if left != ["etc/default/xen-pv", "etc/kernel/postinst.d/zz-update-grub"]:
        raise Failed(f"left: {left}")
    if os.path.exists(root + "/boot/xen-pv"):
        raise Failed("an empty /boot/xen-pv is left")


@case
def units(lab):
    """systemd finds nothing to complain about in them."""
    if not shutil.which("systemd-analyze"):
        return "no systemd-analyze here"
    root = lab.install("units")
    folder = root + "/units"
    shutil.copytree(root + "/usr/local/lib/systemd/system", folder)
    for name in os.listdir(folder):
        text = read(f"{folder}/{name}").replace("=/usr/local/", f"={root}/usr/local/")
        write(f"{folder}/{name}", text)
    out = run(["systemd-analyze", "verify", "--man=no"] +
              [f"{folder}/{n}" for n in sorted(os.listdir(folder))], env={"SYSTEMD_LOG_LEVEL": "warning"})
    if out.stdout.strip():
        raise Failed(out.stdout)
    return None


@case
def scripts(lab):
    if not shutil.which("shellcheck"):
        return "no shellcheck here"
    root = lab.install("scripts")
    run(["shellcheck", "-s", "sh", root + "/etc/grub.d/21_xen_pv", root + "/etc/kernel/postrm.d/xen-pv",
         root + "/usr/local/sbin/xen-pv-kernels", HERE + "/fake-grub-probe", "util/uninstall.sh"])
    return None


@case
def libraries(lab):
    """A program is built with what pkg-config says, and finds the libraries by their sonames."""
    root = lab.install("libraries")
    write(root + "/a.c", "#include <xenctrl.h>\n#include <xenstore.h>\n"
          "int main(void) { return xs_daemon_socket() == 0 || xc_interface_open == 0; }\n")
    env = {"PKG_CONFIG_PATH": root + "/usr/local/lib/pkgconfig", "PKG_CONFIG_SYSROOT_DIR": root}
    flags = run(["pkg-config", "--cflags", "--libs", "libxenctrl", "libxenstore"], env).stdout.split()
    done = run([os.environ.get("CC", "gcc"), "-o", root + "/a", root + "/a.c"] + flags, ok=False)
    if done.returncode:
        raise Failed(done.stdout)
    run([root + "/a"], {"LD_LIBRARY_PATH": root + "/usr/local/lib"})


# --- kernels and boot entries -----------------------------------------------------------------------


def bzimages(lab, root):
    """Two kernels that can be dom0 (a tiny one of ours), and one whose configuration says that it cannot."""
    for version in VERSIONS:
        shutil.copy(lab.kernel, f"{root}/boot/vmlinuz-{version}")
        write(f"{root}/boot/config-{version}", "CONFIG_XEN_DOM0=y\n")
        write(f"{root}/boot/initrd.img-{version}", "initramfs")
    write(f"{root}/boot/vmlinuz-6.1.0-56-cloud-amd64", "packed otherwise")
    write(f"{root}/boot/config-6.1.0-56-cloud-amd64", "# CONFIG_XEN_DOM0 is not set\n")


def kernels(root, ok=True):
    return run([root + "/usr/local/sbin/xen-pv-kernels"], ok=ok, env={
        "XEN_PV_BOOT": root + "/boot", "XEN_PV_UNPACK": root + "/usr/local/sbin/xen-unpack-kernel"})


def unpacked(root):
    return sorted(n for n in os.listdir(root + "/boot/xen-pv") if n != "hypervisor")


@case
def unpack_kernels(lab):
    root = lab.install("kernels")
    bzimages(lab, root)
    kernels(root)
    want = sorted("vmlinux-" + v for v in VERSIONS)
    if unpacked(root) != want:
        raise Failed(f"unpacked: {unpacked(root)}")
    if kernels(root).stdout:
        raise Failed("a second run has something to do")
    os.unlink(root + "/boot/vmlinuz-" + VERSIONS[0])
    kernels(root)
    if unpacked(root) != want[:1] and unpacked(root) != want[1:]:
        raise Failed(f"after a kernel was removed: {unpacked(root)}")
    # one that says that it can be dom0 and does not unpack: heard of, and no harm to the other
    write(root + "/boot/vmlinuz-7.0", "damaged")
    write(root + "/boot/config-7.0", "CONFIG_XEN_DOM0=y\n")
    p = kernels(root, ok=False)
    if p.returncode != 1:
        raise Failed(f"a damaged kernel: status {p.returncode}")
    expect(p.stdout, r"vmlinuz-7\.0: not a kernel", "a damaged kernel")
    if unpacked(root) != ["vmlinux-" + VERSIONS[1]]:
        raise Failed(f"with a damaged kernel: {unpacked(root)}")
    return None


def entries(root, **env):
    return run([root + "/etc/grub.d/21_xen_pv"], env={
        "XEN_PV_BOOT": root + "/boot", "XEN_PV_KERNELS": root + "/kernels",
        "GRUB_DEVICE": "/dev/fake", "GRUB_DEVICE_UUID": "0123-root", "GRUB_DISTRIBUTOR": "Debian",
        "grub_probe": HERE + "/fake-grub-probe", "grub_mkrelpath": HERE + "/fake-grub-mkrelpath",
        "FAKE_ROOT": root, "FAKE_UUID": "0123-root", **env}).stdout


@case
def boot_entries(lab):
    if not os.path.exists("/usr/share/grub/grub-mkconfig_lib"):
        return "no grub-common here"
    root = lab.install("entries")
    bzimages(lab, root)
    kernels(root)
    write(root + "/kernels", "#!/bin/sh\n")
    os.chmod(root + "/kernels", 0o755)
    text = entries(root, GRUB_CMDLINE_XEN="com1=115200", GRUB_CMDLINE_XEN_DEFAULT="dom0_mem=2G",
                   GRUB_CMDLINE_LINUX="usual", GRUB_CMDLINE_LINUX_DEFAULT="quiet")
    write(root + "/grub.cfg", text)
    if shutil.which("grub-script-check"):
        run(["grub-script-check", root + "/grub.cfg"])
    first = expect(text, r"^menuentry 'Debian GNU/Linux, on the paravirtual hypervisor' .*?^}", "menu").group(0)
    expect(first, r"^\tmultiboot2 /boot/xen-pv/hypervisor placeholder com1=115200 dom0_mem=2G$", "menu")
    expect(first, rf"^\tmodule2 /boot/xen-pv/vmlinux-{VERSIONS[1]} placeholder root=UUID=0123-root ro "
           r"usual quiet$", "the newest kernel")
    expect(first, rf"^\tmodule2 --nounzip /boot/initrd.img-{VERSIONS[1]}$", "menu")
    expect(first, r"search .*--set=root .*0123-root", "menu")
    expect(text, rf"^submenu .*vmlinux-{VERSIONS[1]} .*vmlinux-{VERSIONS[0]} .*^}}", "newest first")
    if text.count("menuentry '") != 1 + 2 * len(VERSIONS):
        raise Failed(f"{text.count('menuentry')} entries:\n{text}")
    recovery = expect(text, r"\(recovery mode\)'.*?}", "recovery").group(0)
    expect(recovery, r"hypervisor placeholder com1=115200$", "recovery has no _DEFAULT options")
    expect(recovery, r" ro single usual$", "recovery")
    replaced = entries(root, GRUB_CMDLINE_LINUX="usual", GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT="console=hvc0",
                       GRUB_DISABLE_RECOVERY="true", GRUB_DISABLE_SUBMENU="y")
    expect(replaced, r" ro usual console=hvc0$", "replaced options")
    if "submenu" in replaced or "single" in replaced:
        raise Failed(f"a submenu or a recovery entry:\n{replaced}")
    # without an initramfs nobody resolves a UUID
    os.unlink(f"{root}/boot/initrd.img-{VERSIONS[1]}")
    expect(entries(root), rf"vmlinux-{VERSIONS[1]} placeholder root=/dev/fake ro", "no initramfs")
    shutil.rmtree(root + "/boot/xen-pv")
    if entries(root):
        raise Failed("entries without a hypervisor")
    return None


class Lab:
    def __init__(self, top):
        self.top = top
        self.kernel = os.path.abspath(os.path.join(BUILD, "guests/tiny"))

    def install(self, name, *words):
        root = os.path.join(self.top, name)
        make("install", f"DESTDIR={root}", *words)
        return root


def main():
    failed = skipped = 0
    with tempfile.TemporaryDirectory(prefix="install-check.") as top:
        lab = Lab(top)
        for fn in CASES:
            try:
                why = fn(lab)
            except (Failed, OSError) as e:
                print(f"FAIL {fn.__name__}: {e}")
                failed += 1
                continue
            skipped += bool(why)
            print(f"SKIP {fn.__name__}: {why}" if why else f"ok   {fn.__name__}")
    print(f"install: {len(CASES) - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return failed != 0


sys.exit(main())
