# SPDX-License-Identifier: GPL-2.0-only
"""The packaged xl makes a guest beside xend, which lists it and leaves it alone; what xl has saved, xm restores."""

import pytest

pytestmark = [pytest.mark.tools("ours"), pytest.mark.xen_long]
TWIN = "/usr/lib/xen-4.17/bin"
LOG = "/var/log/xen/guest-x.log"


def test_image_of_xl(dom0):
    dom0.tiny("ours")
    dom0.check(f"mkdir -p /var/log/xen; rm -f {LOG}; {TWIN}/xenconsoled --log=all --log-dir=/var/log/xen "
               "--pid-file=/run/xenconsoled.pid")
    try:
        dom0.check("(grep -v '^name *=' /etc/xen/demo.cfg; echo 'name=\"x\"') > /tmp/x.cfg && "
                   f"{TWIN}/xl create /tmp/x.cfg")
        dom0.machine.until(lambda: dom0.run(f"grep -q 'guest#' {LOG}*").rc == 0, 120, "the prompt")
        # each sees both
        assert list(dom0.parse(dom0.check(f"{TWIN}/xl list"))) == list(dom0.list()) == ["Domain-0", "ours", "x"]
        assert dom0.check("xenstore-read /local/pool/0/name") == "Pool-0\n"
        for command in ("save x /root/x.xi", "migrate x localhost", "reboot x"):
            other = dom0.xm(command)
            assert other.rc == 1 and "x" in dom0.list(), other
        dom0.check(f"{TWIN}/xl pause x; {TWIN}/xl unpause x; {TWIN}/xl save x /root/x.xl")
    finally:
        dom0.check("kill $(cat /run/xenconsoled.pid)")
    assert "xl, version 2" in dom0.must("image-info /root/x.xl")
    dom0.must("restore /root/x.xl")
    guest = dom0.shell_again("x")
    out, rc = guest.run("echo $((6 * 7))")
    assert out.endswith("42\n") and rc == 0
    guest.leave()
    dom0.must("destroy x")
    dom0.check("head -c 9000000 /root/x.xl > /root/half.xl")
    half = dom0.xm("restore /root/half.xl")
    assert half.rc == 1 and "truncated" in half.out and "PAGE_DATA" in half.out
    assert "x" not in dom0.list()
    dom0.check("rm -f /root/*.xl /tmp/x.cfg")
