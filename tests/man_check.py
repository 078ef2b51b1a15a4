#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""man_check.py XM: every row of the tables of commands, options, keys and parameters is in its
manual page, and the pages name nothing that is no row. XM is the built command."""

import os
import re
import subprocess
import sys


def read(name):
    with open(name, encoding="utf-8") as f:
        return f.read()


def xm_prints(*args):
    return subprocess.run([sys.argv[1], *args], check=True, stdout=subprocess.PIPE,
                          encoding="utf-8").stdout.splitlines()


def items(text, macro):
    """Names in `.It MACRO a , b` lines; of a Cm line only up to its first option or argument."""
    for line in re.findall(rf"^\.It {macro} (.*)$", text, re.M):
        words = re.split(r" (?:Oo|Op|Ar|Fl|No|Ns) ?", line)[0] if macro == "Cm" else line
        yield from (w for w in re.split(r" ?, ?| ", words) if w)


def compare(rows, named, what, page):
    for row in sorted(set(rows) - set(named)):
        yield f"{page}: {what} {row} is not there"
    for name in sorted(set(named) - set(rows)):
        yield f"{page}: there is no {what} {name}"


def check_xm():
    """Each subcommand has an item, and within it one for each of its own options."""
    text = read("man/xm.1").split(".Ss Subcommands\n")[1].split("\n.Sh ")[0]
    parts = dict(re.findall(r"^\.It Cm (\S+)(.*?)(?=^\.It Cm |\Z)", text, re.M | re.S))
    rows = {}
    for line in xm_prints("help", "--table"):
        name, _, *options = line.split()
        rows[name] = {o.rstrip("=").removeprefix("-") for o in options} - {"h", "-help", "-json"}
    yield from compare(rows, parts, "subcommand", "man/xm.1")
    for name in sorted(set(rows) & set(parts)):
        named = set()
        for line in re.findall(r"^\.It Fl (.*)$", parts[name], re.M):
            named |= set(re.sub(r" Ar .*", "", line).split(" , "))
        yield from compare(rows[name], named, f"option of {name}", "man/xm.1")


def check_xm_cfg():
    page = "man/xm.cfg.5"
    text = read(page)
    named = set(items(text, "Cm")) | set(re.findall(r"^Also\n\.Cm (\S+) \.$", text, re.M))
    return compare(xm_prints("create", "--help_config"), named, "key", page)


def check_completion():
    """The completion has no list of its own: what it prints is what the table prints."""
    script = ('xm() { "$XM" "$@"; }; . completions/xm; COMP_WORDS=(xm ""); COMP_CWORD=1; _xm; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    p = subprocess.run(["bash", "-c", script], env={**os.environ, "XM": sys.argv[1]},
                       stdout=subprocess.PIPE, encoding="utf-8", check=False)
    rows = [line.split()[0] for line in xm_prints("help", "--table")]
    return compare(rows, p.stdout.split(), "subcommand", "completions/xm")


def check_xen_cmdline():
    rows = re.findall(r'\bROW\("([\w-]+)"', read("hypervisor/common/param.c"))
    page = "man/xen-cmdline.7"
    head, features = read(page).split(".Sh FEATURES\n")
    yield from compare(rows, items(head, "Cm"), "parameter", page)
    lists = [re.findall(r"^\.Cm (\S+)", part, re.M)
             for part in features.split("\n.Sh ")[0].split("\n.Pp\n")]
    table = re.findall(r'\{ "([\w-]+)", FEATURE\([^)]*\), OFFER_(\w+)',
                       read("hypervisor/arch/x86/pv/feature_rows.c"))
    for offer, named in zip(("DEFAULT", "MAX", "NEVER", "DERIVED"), lists):
        yield from compare([n for n, o in table if o == offer], named, f"{offer} feature", page)


def check_daemon(name):
    """Rows { 'F', "foreground", ... of options.c; the page may have .It for other things, too."""
    page = f"man/{name}.8"
    text = read(page)
    for letter, long in re.findall(r"""^\t\{ (?:'(\w)'|0), "([\w-]+)",""",
                                   read(f"{name}/options.c"), re.M):
        if not re.search(rf"^\.It Fl (\w , )?-{long}\b", text, re.M):
            yield f"{page}: option --{long} is not there"
        elif letter and not re.search(rf"^\.It Fl {letter} , -{long}\b", text, re.M):
            yield f"{page}: option -{letter} is not there"


def check_rpc():
    page = "man/xend-rpc.7"
    named = set(items(read(page), "Cm"))
    for row in re.findall(r'^\t\{ "(\w+\.\w+)", RIGHT', read("xend/api.c"), re.M):
        if row not in named:
            yield f"{page}: method {row} is not there"
    for row in re.findall(r'^\t\{ "(\w+)",\s+KEY_', read("xend/config.c"), re.M):
        if row not in named:
            yield f"{page}: configuration key {row} is not there"


CHECKS = (
    ("xm(1)", "man/xm.1", check_xm),
    ("xm.cfg(5)", "man/xm.cfg.5", check_xm_cfg),
    ("completion of xm", "completions/xm", check_completion),
    ("xen-cmdline(7)", "man/xen-cmdline.7", check_xen_cmdline),
    ("xend(8)", "man/xend.8", lambda: check_daemon("xend")),
    ("xend-rpc(7)", "man/xend-rpc.7", check_rpc),
    ("xenstored(8)", "man/xenstored.8", lambda: check_daemon("xenstored")),
)


def main():
    counts = {"ok  ": 0, "FAIL": 0, "skip": 0}
    for name, page, check in CHECKS:
        complaints = list(check()) if os.path.exists(page) else []
        for c in complaints:
            print(c)
        result = "FAIL" if complaints else "ok  " if os.path.exists(page) else "skip"
        counts[result] += 1
        print(f"{result} {name}")
    print("man-check: {} passed, {} failed, {} skipped".format(*counts.values()))
    return counts["FAIL"] != 0


sys.exit(main())
