# SPDX-License-Identifier: GPL-2.0-only
"""writer.py: a guest that writes to its memory while it is moved, and can tell whether all of it came along."""

# Files and their checksums, written again and again, and programs started all the time: each pair is
# complete when it gets its name. It counts, so that one sees it run.
LOAD = ("mkdir -p /tmp/w; cd /tmp/w; rm -f count; i=0; while [ ! -e stop ]; do i=$((i + 1)); n=$((i % 6)); "
        "dd if=/dev/urandom of=new bs=16k count=4 2> /dev/null; rm -f $n.sum; mv new $n; "
        "md5sum $n > sum; mv sum $n.sum; echo $i > count.new; mv count.new count; done; rm -f stop")


class Writer:
    """A guest that writes, by the shell on its console."""

    def __init__(self, dom0, name, vcpus, *settings):
        self.dom0, self.name = dom0, name
        dom0.create(name, f"vcpus={vcpus}", "memory=160", *settings)
        self.guest = dom0.shell(name)
        self.must(f"dmesg -n 1; echo '{LOAD}' > /tmp/load")
        self.start()

    def must(self, command):
        out, rc = self.guest.run(command)
        assert rc == 0, f"{command}: {out}"
        return out

    def start(self):
        self.must("{ sh /tmp/load > /tmp/load.log 2>&1 & }")
        self.until_count(7)

    def count(self):
        return int(self.must("cat /tmp/w/count || echo 0").split()[-1])

    def until_count(self, least):
        self.dom0.machine.until(lambda: self.count() >= least, 90, f"{least} rounds of writing")

    def again(self):
        """On the console of what has arrived, which asks for nothing by itself."""
        self.guest.leave()
        self.guest = self.dom0.shell_again(self.name)

    def goes_on(self):
        self.until_count(self.count() + 3)

    def is_whole(self):
        """It goes on writing; and all that it has written is right."""
        self.goes_on()
        self.must("touch /tmp/w/stop; while [ -e /tmp/w/stop ]; do usleep 50000; done")
        out = self.must("cd /tmp/w && md5sum -c *.sum; cat /tmp/load.log; dmesg | grep -cE 'BUG|Oops' || :")
        assert out.count(": OK") == 6 and out.split()[-1] == "0", out
