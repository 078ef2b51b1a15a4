# SPDX-License-Identifier: GPL-2.0-only
"""dom0.py: what cases do in dom0, the same words for both toolstacks."""

import random
import re

DEMO = "/etc/xen/demo.cfg"


class Domain:
    """A row of the list."""

    def __init__(self, name, domid, mem, vcpus, state, time):
        self.name, self.domid, self.mem, self.vcpus = name, int(domid), int(mem), int(vcpus)
        self.state, self.time = state, float(time)

    def __repr__(self):
        return f"{self.name}({self.domid}) {self.mem} MiB {self.vcpus} vcpus {self.state} {self.time} s"


def parse_list(text):
    """Rows of `xm list` or `xl list`, by name; the heading must be the classic one."""
    lines = text.strip().splitlines()
    if not lines or lines[0].split() != ["Name", "ID", "Mem", "VCPUs", "State", "Time(s)"]:
        raise ValueError(f"no classic heading in {text!r}")
    rows = {}
    for line in lines[1:]:
        fields = line.split()
        if len(fields) != 6 or not re.fullmatch(r"[-rbpscdwS]{6}", fields[4]):
            raise ValueError(f"not a row of the list: {line!r}")
        rows[fields[0]] = Domain(*fields)
    return rows


class GuestShell:
    """The shell on a guest's console: commands and what they print."""

    def __init__(self, session):
        self.session = session
        session.expect(rb"guest# ", timeout=180)

    def run(self, command, timeout=60):
        """Output and exit code. The marks are products, so that their echo cannot be taken for
        them. A guest whose kernel has more to say meanwhile (it comes back, a disk is attached) is to be
        told first not to say it here: dmesg -n 1."""
        a, b, c = (random.randrange(1000, 9999) for _ in range(3))
        self.session.send(f"echo =$(({a} * {b}));{command};echo =$?=$(({a} * {c}))\n")
        self.session.expect(f"^={a * b}\r\n".encode(), timeout)
        m = self.session.expect(f"(.*?)=([0-9]+)={a * c}\r\n".encode(), timeout)
        self.session.expect(rb"guest# ", timeout)
        return m.group(1).decode("utf-8", "replace").replace("\r\n", "\n"), int(m.group(2))

    def leave(self):
        if self.session.rc is None:
            self.session.hangup()


class Dom0:
    """A booted machine with its toolstack's command, `xm` or `xl`."""

    def __init__(self, machine, hv, tools, kernel=None):
        """kernel: what create() starts, instead of what the file says."""
        self.machine, self.hv, self.tools, self.kernel = machine, hv, tools, kernel
        self.tool = "xm" if tools == "ours" else "xl"

    def alive(self):
        return not self.machine.panic and self.machine.proc.poll() is None

    def run(self, command, timeout=120, input=None):
        return self.machine.run(command, timeout, input)

    def check(self, command, timeout=120, input=None):
        return self.machine.check(command, timeout, input)

    def xm(self, args, timeout=120):
        """Run the toolstack's command; the Result."""
        return self.machine.run(f"{self.tool} {args}", timeout)

    def must(self, args, timeout=120):
        """The same, and it must succeed; its output."""
        return self.machine.check(f"{self.tool} {args}", timeout)

    parse = staticmethod(parse_list)

    def list(self):
        return parse_list(self.must("list"))

    def create(self, name, *overrides, cfg=DEMO):
        """Start a guest by configuration file, with other values for some keys (KEY=VALUE)."""
        values = {"name": f'"{name}"', "extra": f'"console=hvc0 hostname={name} mark=m{name}"'}
        if self.kernel and cfg == DEMO:
            values["kernel"] = f'"{self.kernel}"'
        values.update(line.split("=", 1) for line in overrides)
        keys = "|".join(values)
        path = f"/tmp/{name}.cfg"
        text = "".join(f"{key}={value}\n" for key, value in values.items())
        self.check(f"grep -vE '^({keys}) *=' {cfg} > {path} && cat >> {path}", input=text)
        return self.must(f"create {path}")

    def tiny(self, name, words="", *settings, options=""):
        """Start tests/guests/tiny.c, which is up at once; words make it misbehave."""
        return self.must(f"create {options} /etc/xen/tiny.cfg name={name} extra='{words}' "
                         + " ".join(settings))

    def says(self, name, text, timeout=30):
        """Wait until text (fixed) is in the guest's console log."""
        self.check(f"n=0; until grep -qF -- '{text}' /var/log/xend/console/{name}.log; do "
                   f"n=$((n+1)); [ $n -lt {timeout * 10} ] || exit 1; usleep 100000; done")

    def pid(self, daemon):
        """The process id of xend (which may have children) or xenstored."""
        return int(self.check("cat /run/xend/xend.pid" if daemon == "xend" else f"pidof {daemon}"))

    def resident_kib(self, daemon):
        """The memory that xend or xenstored has."""
        return int(re.search(r"\d+", self.check(f"grep VmRSS /proc/{self.pid(daemon)}/status")).group())

    def kill(self, daemon, signal="KILL"):
        """End xend or xenstored and wait until it has gone."""
        self.check(f"kill -{signal} {self.pid(daemon)}; while pidof {daemon} > /dev/null; do "
                   "usleep 20000; done")

    def console(self, name, options=""):
        """A session on the guest's console; ends when hung up or the guest is gone."""
        if self.tools == "xl":
            # xl lists a domain before xenconsoled has given it a terminal, and does not wait.
            tty = f"xenstore-exists /local/domain/$(xl domid {name})/console/tty"
            self.machine.until(lambda: self.run(tty).rc == 0, 120, f"the terminal of {name}")
        return self.machine.spawn(f"{self.tool} console {options} {name}", pty=True)

    def shell(self, name):
        return GuestShell(self.console(name))

    def shell_again(self, name):
        """Of a guest whose prompt was long ago, perhaps before it was saved."""
        session = self.console(name)
        session.send("\n")
        return GuestShell(session)

    def until(self, condition, timeout, what):
        """Ask again until condition(rows of the list) holds. Each asking is a command of its own."""
        def asked():
            rows = self.list()
            return rows if condition(rows) else None
        return self.machine.until(asked, timeout, what)

    def clean(self):
        """Leave no guest behind for the next case, and our daemons running."""
        if self.tools == "ours":
            self.check("pidof xenstored > /dev/null || xenstored; pidof xend > /dev/null || xend")
        for name in self.list():
            if name != "Domain-0":
                self.xm(f"destroy {name}")
