/* SPDX-License-Identifier: GPL-2.0-only */
/* devspec_test.c: disks and network interfaces as configurations describe them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/diskspec.h"
#include "util/vifspec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *text, *path, *vdev;
	enum disk_backing backing;
	enum disk_access access;
	bool cdrom;
} disks[] = {
	/* xm */
	{ "phy:/dev/vg/a,xvda,w", "/dev/vg/a", "xvda", DISK_PHY, DISK_RW },
	{ "phy:vg/a,xvda1,r", "/dev/vg/a", "xvda1", DISK_PHY, DISK_RO },
	{ "file:/a b.img,sda1,w!", "/a b.img", "sda1", DISK_FILE, DISK_SHARED },
	{ "file:/c.iso,hdc:cdrom,r", "/c.iso", "hdc", DISK_FILE, DISK_RO, true },
	{ "tap:aio:/a.img,xvda,w", "/a.img", "xvda", DISK_AUTO, DISK_RW },
	{ "tap2:qcow2:/a.qcow2,xvdb,w,0", "/a.qcow2", "xvdb", DISK_QCOW2, DISK_RW },
	{ "qcow2:/a.qcow2,xvdb,w,,x86_64-abi", "/a.qcow2", "xvdb", DISK_QCOW2, DISK_RW },
	{ "phy:/dev/disk/by-path/pci-0000:00:1f,xvda,w", "/dev/disk/by-path/pci-0000:00:1f", "xvda",
		DISK_PHY, DISK_RW },
	/* xl */
	{ "/a.img,raw,xvda,rw", "/a.img", "xvda", DISK_AUTO, DISK_RW },
	{ "/a.img,,xvda", "/a.img", "xvda", DISK_AUTO, DISK_RW },
	{ " /a.img , qcow2 , xvda , ro ", "/a.img", "xvda", DISK_QCOW2, DISK_RO },
	{ "vdev=xvda,access=ro,format=raw,target=/a,b=c.img", "/a,b=c.img", "xvda", DISK_AUTO, DISK_RO },
	{ "/a=b.img,raw,xvda,backendtype=qdisk,no-discard", "/a=b.img", "xvda", DISK_AUTO, DISK_RW },
	{ "/c.iso,,hdc,cdrom", "/c.iso", "hdc", DISK_AUTO, DISK_RO, true },
	{ ",,hdc,,devtype=cdrom", NULL, "hdc", DISK_AUTO, DISK_RO, true },
	{ "vdev=51712,target=/a", "/a", "51712", DISK_AUTO, DISK_RW },
};

static void test_disks(void **state)
{
	struct disk_spec s;
	char why[512];

	for (size_t i = 0; i < sizeof(disks) / sizeof(disks[0]); i++) {
		if (disk_spec_parse(disks[i].text, &s, why, sizeof(why)))
			fail_msg("%s: %s", disks[i].text, why);
		if (disks[i].path)
			assert_string_equal(s.path, disks[i].path);
		else
			assert_null(s.path);
		assert_string_equal(s.vdev, disks[i].vdev);
		assert_int_equal(s.backing, disks[i].backing);
		assert_int_equal(s.access, disks[i].access);
		assert_int_equal(s.cdrom, disks[i].cdrom);
		disk_spec_clear(&s);
	}
}

static const struct {
	const char *text;
	int err;
	const char *words;	/* in the message, besides the text itself */
} bad_disks[] = {
	{ "", -EINVAL, "virtual disk's name" },
	{ "phy:/dev/a", -EINVAL, "virtual disk's name" },
	{ "phy:,xvda,w", -EINVAL, "path is missing" },
	{ "phy:/dev/a,xvda,q", -EINVAL, "access 'q'" },
	{ "phy:/dev/a,nosuch,w", -EINVAL, "'nosuch'" },
	{ "phy:/dev/a,xvda:floppy,w", -EINVAL, ":floppy" },
	{ "phy:/dev/a,xvda,w,other", -EOPNOTSUPP, "other" },
	{ "phy:/dev/a,xvda,w,0,,x", -EINVAL, "too many" },
	{ "file:a.img,xvda,w", -EINVAL, "absolute" },
	{ "a.img,raw,xvda", -EINVAL, "absolute" },
	{ "/a.img,xvda,w", -EINVAL, "'xvda' is not a format" },
	{ "/a.img,vhd,xvda", -EOPNOTSUPP, "vhd" },
	{ "tap:vmdk:/a,xvda,w", -EOPNOTSUPP, "vmdk" },
	{ "/a.img,raw,xvda,w,extra", -EINVAL, "too many" },
	{ "/a.img,raw,xvda,vdev=xvdb", -EINVAL, "twice" },
	{ "/a.img,raw,xvda,r,access=w", -EINVAL, "twice" },
	{ "/a.img,raw,xvda,colour=red", -EINVAL, "colour" },
	{ "/c.iso,,hdc,w,cdrom", -EINVAL, "cdrom" },
};

static void test_bad_disks(void **state)
{
	struct disk_spec s;
	char why[512];

	for (size_t i = 0; i < sizeof(bad_disks) / sizeof(bad_disks[0]); i++) {
		if (disk_spec_parse(bad_disks[i].text, &s, why, sizeof(why)) != bad_disks[i].err)
			fail_msg("%s: not the error", bad_disks[i].text);
		if (!strstr(why, bad_disks[i].words) || !strstr(why, bad_disks[i].text))
			fail_msg("%s: %s", bad_disks[i].text, why);
		assert_null(s.path);
	}
}

static const struct {
	const char *name;
	uint32_t devid;
} vdevs[] = {
	{ "xvda", 51712 }, { "xvda1", 51713 }, { "xvdb", 51728 }, { "xvdp15", 51967 },
	{ "xvdq", 1U << 28 | 16 << 8 }, { "xvda16", 1U << 28 | 16 }, { "xvdaa3", 1U << 28 | 26 << 8 | 3 },
	{ "sda", 2048 }, { "sdb2", 2066 }, { "hda", 768 }, { "hdb1", 833 }, { "hdc", 5632 }, { "hdd", 5696 },
	{ "d0", 51712 }, { "d3p2", 51712 + 3 * 16 + 2 }, { "d16", 1U << 28 | 16 << 8 },
	{ "/dev/xvda", 51712 }, { "51712", 51712 }, { "0xca00", 51712 },
};

static void test_vdevs(void **state)
{
	static const char *const wrong[] = { "", "xvd", "xvd1", "xvda0", "xvda256", "xvdA", "hde", "sdq", "sda16",
		"xvda01", "d", "dp1", "d1p", "xvda1x", "51712x", "99999999999", "-1", "xvdzzzzzzzz" };
	uint32_t devid;

	for (size_t i = 0; i < sizeof(vdevs) / sizeof(vdevs[0]); i++) {
		if (disk_vdev_number(vdevs[i].name, &devid) || devid != vdevs[i].devid)
			fail_msg("%s: %u", vdevs[i].name, devid);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (!disk_vdev_number(wrong[i], &devid))
			fail_msg("%s: taken as %u", wrong[i], devid);
}

static void test_vif(void **state)
{
	struct vif_spec s;
	char why[512];

	assert_int_equal(vif_spec_parse("", &s, why, sizeof(why)), 0);
	assert_null(s.bridge);
	assert_int_equal(s.devid, -1);
	vif_spec_clear(&s);
	assert_int_equal(vif_spec_parse("mac=00:16:3E:aa:0b:0c, bridge=br0 ,ip=10.0.0.7 fd00::1/64,"
		"script=vif-bridge,vifname=web0,mtu=9000,rate=10Mb/s@20ms,type=vif,model=e1000,devid=3",
		&s, why, sizeof(why)), 0);
	assert_true(s.has_mac);
	assert_memory_equal(s.mac, "\x00\x16\x3e\xaa\x0b\x0c", 6);
	assert_string_equal(s.bridge, "br0");
	assert_string_equal(s.ip, "10.0.0.7 fd00::1/64");
	assert_string_equal(s.script, "vif-bridge");
	assert_string_equal(s.vifname, "web0");
	assert_int_equal(s.mtu, 9000);
	assert_int_equal(s.devid, 3);
	assert_int_equal(s.rate_bytes, 25000);
	assert_int_equal(s.rate_us, 20000);
	vif_spec_clear(&s);
}

static void test_bad_vifs(void **state)
{
	static const char *const wrong[][2] = {
		{ "mac", "KEY=VALUE" }, { "mac=1:2", "mac" }, { "mac=01:00:5e:00:00:01", "mac" },
		{ "mac=00:16:3e:12:34:56:78", "mac" }, { "bridge=", "bridge" }, { "bridge=a/b", "bridge" },
		{ "bridge=abcdefghijklmnop", "bridge" }, { "vifname=vif%d", "vifname" },
		{ "vifname=a\";b", "vifname" }, { "vifname=a b", "vifname" }, { "bridge=..", "bridge" },
		{ "ip=10.0.0", "ip" }, { "ip=10.0.0.1/33", "ip" }, { "ip=x", "ip" }, { "ip=10.0.0.1/", "ip" },
		{ "ip=", "ip" }, { "mtu=20", "mtu" }, { "mtu=70000", "mtu" }, { "mtu=x", "mtu" },
		{ "rate=fast", "rate" }, { "devid=-1", "devid" }, { "colour=red", "colour" },
		{ "backend=net", "backend" }, { "bridge=a,bridge=b", "twice" }, { "script=", "script" },
	};
	struct vif_spec s;
	char why[512];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (!vif_spec_parse(wrong[i][0], &s, why, sizeof(why)))
			fail_msg("%s: taken", wrong[i][0]);
		if (!strstr(why, wrong[i][1]))
			fail_msg("%s: %s", wrong[i][0], why);
	}
}

static void test_rates(void **state)
{
	static const struct {
		const char *text;
		uint32_t bytes, us;
	} rates[] = {
		{ "10Mb/s", 62500, 50000 }, { "1MB/s@20ms", 20000, 20000 }, { "1GB/s", 50000000, 50000 },
		{ "250KB/s", 12500, 50000 }, { "800b/s", 5, 50000 }, { "2MB/s@1s", 2000000, 1000000 },
		{ "1MB/s@500us", 500, 500 }, { "1.5MB/s", 75000, 50000 },
	};
	static const char *const wrong[] = { "", "10", "10M", "Mb/s", "10Mb", "10Mb/h", "0Mb/s", "10Mb/s@", "10Mb/s@20",
		"10Mb/s@0ms", "1b/s", "9999999999999Gb/s", "10Xb/s" };
	uint32_t bytes, us;

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		if (vif_rate_parse(rates[i].text, &bytes, &us) || bytes != rates[i].bytes || us != rates[i].us)
			fail_msg("%s: %u bytes in %u us", rates[i].text, bytes, us);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (!vif_rate_parse(wrong[i], &bytes, &us))
			fail_msg("%s: taken", wrong[i]);
}

static void test_default_mac(void **state)
{
	uint8_t a[6], b[6], c[6];

	vif_default_mac("6ba7b810-9dad-11d1-80b4-00c04fd430c8", 0, a);
	vif_default_mac("6BA7B810-9DAD-11D1-80B4-00C04FD430C8", 0, b);
	vif_default_mac("6ba7b810-9dad-11d1-80b4-00c04fd430c8", 1, c);
	assert_memory_equal(a, b, 6);
	assert_memory_not_equal(a, c, 6);
	assert_memory_equal(a, "\x00\x16\x3e", 3);
	assert_true(a[3] < 0x80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_disks), cmocka_unit_test(test_bad_disks),
		cmocka_unit_test(test_vdevs), cmocka_unit_test(test_vif),
		cmocka_unit_test(test_bad_vifs), cmocka_unit_test(test_rates),
		cmocka_unit_test(test_default_mac),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
