#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""disk.py IMAGE [TAR]: a disk as an installation leaves it: GPT with GRUB for BIOS and for UEFI, a root
file system that `make install` and our GRUB script have worked on. The root is a small one of ours,
made without being root, or a Debian system from TAR, which takes chroot.

Sectors have 512 bytes. GRUB's parts lie where its own installer puts them: boot.img in the first
sector, core.img in the BIOS boot partition, a file in the EFI system partition."""

import os
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(os.environ.get("O", "build"))
UUID = "5d0fc3ab-6ae4-4bd1-a7a4-6e2a9a1d9f10"
VERSION = "6.1-installed"
UNITS = ["proc-xen.mount", "xenstored", "xen-init-dom0", "xend"]
BIOS_AT, ESP_AT, ROOT_AT = 2048, 6144, 38912      # first sectors of the partitions
ESP_END = ROOT_AT - 1
GRUB_MODULES = ("normal part_gpt ext2 search search_fs_uuid multiboot2 serial terminal echo test gzio "
                "minicmd configfile boot").split()
HEAD = """serial --unit=0 --speed=115200
terminal_input serial
terminal_output serial
set timeout=1
set default=0
"""


def run(argv, env=None, **kwargs):
    p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                       check=False, env={**os.environ, **(env or {})}, **kwargs)
    if p.returncode:
        sys.exit(f"disk: {' '.join(argv)} ended with {p.returncode}:\n{p.stdout}{p.stderr}")
    return p.stdout


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def mkimage(list_name, *where):
    run([sys.executable, "util/mkimage.py", *where, "-D", f"O={BUILD}", "-D", "TOP=.", "-D", f"HERE={HERE}",
         "-D", f"DEBIAN={BUILD}/debian", "-D", "BUSYBOX=" + os.environ.get("BUSYBOX", "/usr/bin/busybox"),
         f"{HERE}/{list_name}"])


def install(root):
    run([os.environ.get("MAKE", "make"), "--no-print-directory", "install", f"O={BUILD}",
         f"DESTDIR={root}"])
    shutil.copy("tests/system/image/tiny.cfg", root + "/etc/xen/tiny.cfg")
    write(root + "/etc/default/grub.d/xen-pv.cfg",
          'GRUB_CMDLINE_XEN_DEFAULT="dom0_mem=768M,max:768M console=com1 com1=115200 loglvl=all"\n'
          'GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT="console=tty0 console=hvc0 quiet"\n')


def make_small(root):
    """What a Debian system and `make install` leave, the latter by itself."""
    os.makedirs(root)
    mkimage("root.list", "-t", root)
    shutil.copy(f"{BUILD}/debian/vmlinuz", f"{root}/boot/vmlinuz-{VERSION}")
    write(f"{root}/boot/config-{VERSION}", "CONFIG_XEN_DOM0=y\n")
    mkimage("initrd.list", "-o", f"{root}/boot/initrd.img-{VERSION}")
    install(root)


def make_debian(root, tar):
    """docs/INSTALL.md's steps in a Debian system; what has to run on the machine is probe's."""
    os.makedirs(root)
    run(["tar", "-xpf", tar, "-C", root, "--exclude=./dev/*"])
    install(root)
    os.makedirs(root + "/boot/guest")
    shutil.copy(f"{BUILD}/guests/tiny", root + "/boot/guest/tiny")
    write(root + "/etc/fstab", f"UUID={UUID} / ext4 defaults 0 1\n")
    write(root + "/etc/hostname", "installed\n")
    write(root + "/etc/initramfs-tools/conf.d/small", "MODULES=list\n")
    write(root + "/etc/initramfs-tools/modules", "virtio_pci\nvirtio_blk\next4\ncrc32c_generic\n")
    shutil.copy(f"{HERE}/probe", root + "/sbin/probe")
    shutil.copy(f"{HERE}/probe.service", root + "/etc/systemd/system/probe.service")
    version = os.listdir(root + "/lib/modules")[0]
    for command in (["ldconfig"], ["systemd-sysusers"],
                    ["systemctl", "enable", *UNITS, "probe"],
                    ["systemctl", "mask", "serial-getty@hvc0"],       # the line is the probe's
                    ["update-initramfs", "-c", "-k", version],
                    ["/etc/kernel/postinst.d/xen-pv", version, f"/boot/vmlinuz-{version}"]):
        subprocess.run(["chroot", root, *command], check=True, stderr=subprocess.DEVNULL,
                       env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"},
                       stdout=subprocess.DEVNULL)


def make_menu(root):
    """The kernel packages' hook unpacks, GRUB's script writes the menu."""
    sbin = root + "/usr/local/sbin"
    env = {"XEN_PV_BOOT": root + "/boot", "XEN_PV_UNPACK": sbin + "/xen-unpack-kernel",
           "XEN_PV_KERNELS": sbin + "/xen-pv-kernels", "GRUB_DEVICE": "/dev/fake",
           "GRUB_DEVICE_UUID": UUID, "GRUB_DISTRIBUTOR": "Debian", "FAKE_UUID": UUID, "FAKE_ROOT": root,
           "grub_probe": HERE + "/fake-grub-probe", "grub_mkrelpath": HERE + "/fake-grub-mkrelpath"}
    config = root + "/etc/default/grub.d/xen-pv.cfg"
    text = run(["sh", "-c", f'set -a; . "{config}"; exec "{root}/etc/grub.d/21_xen_pv"'], env)
    write(root + "/boot/grub/grub.cfg", HEAD + text)


def grub_image(work, target, output):
    config = os.path.join(work, "early.cfg")
    write(config, f"search --fs-uuid --set=root {UUID}\nset prefix=($root)/boot/grub\n"
          "configfile $prefix/grub.cfg\n")
    more = ["biosdisk"] if target == "i386-pc" else ["fat", "efi_gop", "all_video"]
    run(["grub-mkimage", "-O", target, "-o", output, "-c", config, "-p", "/boot/grub"] + GRUB_MODULES + more)


def put(image, sector, data, offset=0):
    image.seek(sector * 512 + offset)
    image.write(data)


def install_bios(image, work):
    """As grub-bios-setup: each part is told where the next one begins."""
    core = os.path.join(work, "core.img")
    grub_image(work, "i386-pc", core)
    with open("/usr/lib/grub/i386-pc/boot.img", "rb") as f:
        boot = bytearray(f.read(440))
    struct.pack_into("<Q", boot, 0x5c, BIOS_AT)
    boot[0x66:0x68] = b"\x90\x90"       # trust the drive number that the BIOS gives
    with open(core, "rb") as f:
        data = bytearray(f.read())
    struct.pack_into("<Q", data, 0x1f4, BIOS_AT + 1)
    if len(data) > (ESP_AT - BIOS_AT) * 512:
        sys.exit("disk: GRUB's core does not fit")
    put(image, 0, boot)
    put(image, BIOS_AT, data)


def install_uefi(image, work):
    esp, efi = os.path.join(work, "esp"), os.path.join(work, "bootx64.efi")
    grub_image(work, "x86_64-efi", efi)
    with open(esp, "wb") as f:
        f.truncate((ESP_END - ESP_AT + 1) * 512)
    run(["mkfs.vfat", "-F", "16", esp])
    run(["mmd", "-i", esp, "::/EFI", "::/EFI/BOOT"])
    run(["mcopy", "-i", esp, efi, "::/EFI/BOOT/BOOTX64.EFI"])
    with open(esp, "rb") as f:
        put(image, ESP_AT, f.read())


def make_disk(path, work, tar):
    root = os.path.join(work, "root")
    if tar:
        make_debian(root, tar)
    else:
        make_small(root)
    make_menu(root)
    if not tar:         # the packed kernel served its purpose
        os.unlink(f"{root}/boot/vmlinuz-{VERSION}")
    size = 0
    for folder, _, files in os.walk(root):
        size += sum(os.lstat(os.path.join(folder, f)).st_size for f in files)
    sectors = (size * 5 // 4 + ((256 if tar else 24) << 20)) // 512 // 2048 * 2048
    with open(path, "wb") as image:
        image.truncate((ROOT_AT + sectors + 2048) * 512)
    table = (f"label: gpt\nfirst-lba: 2048\nstart={BIOS_AT}, size={ESP_AT - BIOS_AT}, "
             "type=21686148-6449-6E6F-744E-656564454649\n"
             f"start={ESP_AT}, size={ESP_END - ESP_AT + 1}, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B\n"
             f"start={ROOT_AT}, size={sectors}, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4\n")
    run(["sfdisk", "-q", path], input=table)
    run(["mkfs.ext4", "-q", "-F", "-U", UUID, "-O", "^metadata_csum_seed", "-m", "0",
         "-E", f"offset={ROOT_AT * 512},root_owner=0:0", "-d", root, path, f"{sectors // 2}k"])
    with open(path, "r+b") as image:
        install_bios(image, work)
        install_uefi(image, work)


def main():
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    path = sys.argv[1]
    # not below the build folder, where the Makefile looks for dependency files (*.d)
    with tempfile.TemporaryDirectory(prefix="disk.", dir=os.environ.get("TMPDIR", "/var/tmp")) as work:
        make_disk(path + ".new", work, sys.argv[2] if len(sys.argv) > 2 else None)
    os.rename(path + ".new", path)


main()
