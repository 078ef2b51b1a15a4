# SPDX-License-Identifier: GPL-2.0-only
"""What the packaged xl has saved, xm restores."""

import pytest

from dom0 import GuestShell

pytestmark = [pytest.mark.hv("ours"), pytest.mark.tools("ours")]
TWIN = "/usr/lib/xen-4.17/bin"
LOG = "/var/log/xen/guest-x.log"


def test_image_of_xl(dom0):
    # what libxl asks for and its own daemons' start would have written
    dom0.check("xenstore-write /local/pool/0/name Pool-0; xenstore-write /local/domain/0/domid 0; "
               "xenstore-write /domid 0")
    dom0.check(f"mkdir -p /var/log/xen; rm -f {LOG}; {TWIN}/xenconsoled --log=all --log-dir=/var/log/xen "
               "--pid-file=/run/xenconsoled.pid")
    try:
        dom0.check("(grep -v '^name *=' /etc/xen/demo.cfg; echo 'name=\"x\"') > /tmp/x.cfg && "
                   f"{TWIN}/xl create /tmp/x.cfg")
        dom0.machine.until(lambda: dom0.run(f"grep -q 'guest#' {LOG}*").rc == 0, 120, "the prompt")
        dom0.check(f"{TWIN}/xl save x /root/x.xl")
    finally:
        dom0.check("kill $(cat /run/xenconsoled.pid)")
    assert "xl, version 2" in dom0.must("image-info /root/x.xl")
    dom0.must("restore /root/x.xl")
    session = dom0.console("x")
    session.send("\n")
    guest = GuestShell(session)
    out, rc = guest.run("echo $((6 * 7))")
    assert out.endswith("42\n") and rc == 0
    guest.leave()
    dom0.must("destroy x")
    dom0.check("head -c 9000000 /root/x.xl > /root/half.xl")
    half = dom0.xm("restore /root/half.xl")
    assert half.rc == 1 and "truncated" in half.out and "PAGE_DATA" in half.out
    assert "x" not in dom0.list()
    dom0.check("rm -f /root/*.xl /tmp/x.cfg")
