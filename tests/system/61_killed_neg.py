# SPDX-License-Identifier: GPL-2.0-only
"""A worker is killed in the midst of saving, restoring, sending, receiving: the guest goes on where it was, and nothing
is left of what was begun."""

import pytest

pytestmark = [pytest.mark.tools("ours"), pytest.mark.hv("ours")]


def workers(dom0):
    """xend's, in the order of their start."""
    pid = dom0.pid("xend")
    return sorted(int(child) for child in dom0.check(f"cat /proc/{pid}/task/{pid}/children").split())


def killed(dom0, session, which, count):
    """Kills one of the workers, when they are that many, and waits for what is said of it."""
    dom0.machine.until(lambda: len(workers(dom0)) == count, 60, f"{count} workers")
    dom0.check(f"kill -9 {workers(dom0)[which]}")
    assert session.wait(60) != 0
    return session.output


def goes_on(dom0):
    dom0.until(lambda rows: set(rows) == {"Domain-0", "victim"}, 60, "the end of what was begun")
    guest = dom0.shell_again("victim")
    out, rc = guest.run("cat /tmp/word")
    assert rc == 0 and out.endswith("kept\n")
    guest.leave()


def test_worker_killed(dom0):
    spawn = dom0.machine.spawn
    dom0.create("victim", "vcpus=2", "memory=128")
    guest = dom0.shell("victim")
    assert guest.run("dmesg -n 1; echo kept > /tmp/word") == ("", 0)
    guest.leave()
    dom0.check("xm save -c victim - > /root/v.xi; mkfifo /tmp/pipe")

    # nobody reads: it waits
    out = killed(dom0, spawn("exec 3<>/tmp/pipe; xm save victim - > /tmp/pipe"), -1, 1)
    assert "killed by signal 9 (Killed); the domain goes on" in out
    goes_on(dom0)

    for count, which, says in ((2, 0, "killed by signal 9 (Killed); the domain goes on here"),
                               (2, 1, "says: domain victim--incoming: building: worker killed by signal 9")):
        out = killed(dom0, spawn("xm migrate -l -b 1 victim localhost"), which, count)
        assert says in out and "goes on here" in out, out
        goes_on(dom0)

    # half an image comes, and then nothing
    dom0.must("destroy victim")
    out = killed(dom0, spawn("exec 3<>/tmp/pipe; head -c 9000000 /root/v.xi > /tmp/pipe & "
                             "xm restore - < /tmp/pipe"), -1, 1)
    assert "killed by signal 9 (Killed)" in out
    dom0.until(lambda rows: set(rows) == {"Domain-0"}, 60, "the end of what was restored")
    dom0.must("restore /root/v.xi")
    goes_on(dom0)
    dom0.check("rm /tmp/pipe /root/v.xi")
