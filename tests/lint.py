#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""lint.py: what can be said about the tree's text without running it.

Rules are rows of CHECKS: each takes the list of tracked files and yields complaints. The compiler's
flags for headers come from the Makefile in LINT_TOOLS_CFLAGS and LINT_HV_CFLAGS."""

import concurrent.futures
import os
import re
import shlex
import subprocess
import sys

FILE_MAX = 1000         # lines
FUNCTION_MAX = 100
COLUMNS_MAX = 120       # .clang-format says 100; a table row or a string may need a few more
COMPILE = {"include": "LINT_TOOLS_CFLAGS", "hypervisor": "LINT_HV_CFLAGS"}
MIT = ("include/xen/", "include/xenctrl.h", "include/xenstore.h", "libxenctrl/", "libxenstore/")


def lines(name):
    with open(name, encoding="utf-8", errors="replace") as f:
        return f.read().split("\n")


def is_source(name):
    return name.endswith((".c", ".h", ".S", ".py", ".sh"))


def run(argv):
    p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
                       errors="replace", check=False)
    return p.returncode, p.stdout.strip()


def parallel(work, items):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for result in pool.map(work, items):
            if result:
                yield result


def check_spdx(files):
    """The licence, in the first line or right behind #!, and the right one for its place."""
    for n in filter(is_source, files):
        head = "\n".join(lines(n)[:2])
        want = "MIT" if n.startswith(MIT) else "GPL-2.0-only"
        if f"SPDX-License-Identifier: {want}" not in head:
            yield f"{n}:1: no 'SPDX-License-Identifier: {want}' in the first line"


def check_file_length(files):
    for n in filter(is_source, files):
        count = len(lines(n)) - 1
        if count > FILE_MAX:
            yield f"{n}: {count} lines, split it before {FILE_MAX}"


def check_function_length(files):
    """C: from the brace in the first column to its partner."""
    for n in files:
        if not n.endswith(".c"):
            continue
        start = None
        for number, line in enumerate(lines(n), 1):
            if line.startswith("{"):
                start = number
            elif line.startswith("}") and start:
                if number - start - 1 > FUNCTION_MAX:
                    yield f"{n}:{start}: a function of {number - start - 1} lines, at most {FUNCTION_MAX}"
                start = None


def check_text(files):
    """White space at the end of lines, carriage returns, overlong lines, a last line that ends."""
    for n in filter(is_source, files):
        text = lines(n)
        if text[-1]:
            yield f"{n}: the last line has no end"
        for number, line in enumerate(text, 1):
            if line.rstrip(" \t\r") != line:
                yield f"{n}:{number}: white space at the end of the line"
            elif len(line.expandtabs(8)) > COLUMNS_MAX:
                yield f"{n}:{number}: {len(line.expandtabs(8))} columns"


def check_targets(files):
    """make help has each target that is no file."""
    phony, told = {}, set()
    for n in (n for n in files if n == "Makefile" or n.startswith("mk/") and n.endswith(".mk")):
        for line in lines(n):
            if line.startswith(".PHONY:"):
                phony.update((t, n) for t in line.split()[1:])
            elif line.startswith("## make "):
                told.update(line[len("## make "):].split("  ")[0].split())
    for target in sorted(set(phony) - told):
        yield f"{phony[target]}: target {target} has no line '## make {target}  WHAT IT DOES'"


def check_common(files):
    """common/ knows no architecture."""
    word = re.compile(r"x86|\bmips|__x86_64__|\bcr3\b|arch/", re.I)
    for n in files:
        if n.startswith("hypervisor/common/") and n.endswith((".c", ".h")):
            for number, line in enumerate(lines(n), 1):
                if re.match(r"\s*#\s*(if|elif|include)", line) and word.search(line):
                    yield f"{n}:{number}: an architecture in common/: {line.strip()}"


def check_headers(files):
    """Every header compiles alone."""
    def compile_one(name):
        flags = os.environ.get(COMPILE[name.split("/")[0]])
        if flags is None:
            return None
        skip = ("-MMD", "-MP")
        argv = [os.environ.get("CC", "gcc")] + [f for f in shlex.split(flags) if f not in skip]
        rc, out = run(argv + ["-Wno-unused-function", "-fsyntax-only", "-x", "c", name])
        first = "\n".join(out.split("\n")[:4])
        return f"{name}: does not compile alone:\n{first}" if rc else None
    # One that says itself which header to include instead is a part of that one.
    fragment = re.compile(r'#\s*error "include ')
    wanted = [n for n in files if n.endswith(".h") and n.split("/")[0] in COMPILE
              and "/arch/host/" not in n and not any(fragment.match(t) for t in lines(n))]
    return parallel(compile_one, wanted)


def check_shell(files):
    for n in files:
        first = lines(n)[0] if os.path.isfile(n) and os.path.getsize(n) < 200000 else ""
        m = re.match(r"#!\s*\S*/(sh|bash)\b", first)
        if m:
            rc, out = run([m.group(1), "-n", n])
            if rc:
                yield f"{n}: {out}"


def check_python(files):
    for n in files:
        if n.endswith(".py"):
            try:
                compile("\n".join(lines(n)), n, "exec")
            except SyntaxError as e:
                yield f"{n}:{e.lineno}: {e.msg}"


def check_man(files):
    for n in files:
        if re.fullmatch(r"man/.*\.[1-8]", n):
            rc, out = run(["mandoc", "-Tlint", "-Wwarning", n])
            if rc:
                yield out


def check_cppcheck(files):
    """A quick subset over the C files; false alarms are silenced where they are, with a reason."""
    sources = [n for n in files if n.endswith(".c") and not n.startswith("tests/")]
    if not sources:
        return
    rc, out = run(["cppcheck", "-q", "-j", str(os.cpu_count()), "--enable=warning,portability",
                   "--inline-suppr", "--max-configs=1", "--error-exitcode=1", "--std=c11",
                   "--suppress=missingInclude", "--suppress=unknownMacro", "--suppress=syntaxError",
                   # Per-CPU variables and section bounds are other objects' addresses by design.
                   "--suppress=danglingTemporaryLifetime", "--suppress=returnDanglingLifetime",
                   "--suppress=comparePointers",
                   "--suppress=nullPointerOutOfMemory", "--suppress=preprocessorErrorDirective",
                   "-Iinclude", "--template={file}:{line}: {message} [{id}]", *sources])
    if rc:
        yield out


CHECKS = (
    ("licence", check_spdx),
    ("file length", check_file_length),
    ("function length", check_function_length),
    ("text", check_text),
    ("make help", check_targets),
    ("no architecture in common", check_common),
    ("headers compile alone", check_headers),
    ("shell syntax", check_shell),
    ("python syntax", check_python),
    ("man pages", check_man),
    ("cppcheck", check_cppcheck),
)


def main():
    files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], check=True,
                           stdout=subprocess.PIPE, encoding="utf-8").stdout.split()
    files = [f for f in files if os.path.isfile(f)]
    failed = 0
    for name, check in CHECKS:
        complaints = list(check(files))
        for c in complaints:
            print(c)
        print(f"{'FAIL' if complaints else 'ok  '} {name}")
        failed += bool(complaints)
    print(f"lint: {len(CHECKS) - failed} passed, {failed} failed, 0 skipped")
    return failed != 0


sys.exit(main())
