/* SPDX-License-Identifier: GPL-2.0-only */
/* xm_config_test.c: configuration keys to CONFIG. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "xm/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define K "kernel='/k'; "

static char err[CFG_ERROR_MAX], warning[512];

/* CONFIG's key as JSON, "(none)", or the error. */
static const char *config(const char *text, const char *key)
{
	static char buf[8192];
	struct json_object *c = NULL, *v;
	struct cfg *cfg = cfg_new();

	assert_int_equal(cfg_parse(cfg, "/etc/xen/web.cfg", text, strlen(text), err, sizeof(err)), 0);
	if (config_from_cfg(cfg, "/etc/xen/web.cfg", &c, err, sizeof(err)))
		snprintf(buf, sizeof(buf), "%s", err);
	else if (json_object_object_get_ex(c, key, &v))
		snprintf(buf, sizeof(buf), "%s", json_object_to_json_string_ext(v,
			JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	else
		strcpy(buf, "(none)");
	config_warning(cfg, "web.cfg", warning, sizeof(warning));
	json_object_put(c);
	cfg_free(cfg);
	return buf;
}

static const struct {
	const char *text, *key, *value;
} rows[] = {
	{ K, "name", "\"web\"" },
	{ K "name='a.b'", "name", "\"a.b\"" },
	{ K "memory=64", "memory_mib", "64" },
	{ K "memory='512'", "memory_mib", "512" },
	{ K "memory='0x20 '", "memory_mib", "32" },
	{ K "memory_mib=64", "memory_mib", "64" },
	{ K "memory=''", "memory_mib", "(none)" },
	{ K "memory=None", "memory_mib", "(none)" },
	{ K "maxmem=64", "maxmem_mib", "64" },
	{ K "vcpus='2'", "vcpus", "2" }, { K "maxvcpus=4", "maxvcpus", "4" },
	{ K "cpus='0-3,^1'", "cpus", "\"0-3,^1\"" }, { K "cpus=2", "cpus", "\"2\"" },
	{ K "cpus=['1',2]", "cpus", "[\"1\",\"2\"]" }, { K "cpu=3", "cpus", "\"3\"" },
	{ K "cpus_soft='1'", "cpus_soft", "\"1\"" }, { K "vcpu_avail='0x3'", "vcpu_avail", "3" },
	{ K "cpu=-1", "cpus", "(none)" }, { K "cpus=''", "cpus", "(none)" },
	{ K "cpu_weight=512", "cpu_weight", "512" }, { K "cap=50", "cpu_cap", "50" },
	{ K "cpu_cap=50", "cpu_cap", "50" },
	{ K "tsc_mode='always_emulate'", "tsc_mode", "1" }, { K "tsc_mode='native'", "tsc_mode", "2" },
	{ K "tsc_mode='default'", "tsc_mode", "0" }, { K "tsc_mode=2", "tsc_mode", "2" },
	{ K "tsc_mode='1'", "tsc_mode", "1" },
	{ K "on_crash='preserve'", "on_crash", "\"preserve\"" },
	{ K "on_crash='preserve'", "on_reboot", "(none)" },
	{ K "uuid='x'", "uuid", "\"x\"" }, { K "description='two words'", "description",
		"\"two words\"" },
	{ K "disk=['phy:a,xvda,w']", "disk", "[\"phy:a,xvda,w\"]" },
	{ K "serial='pty'", "serial", "[\"pty\"]" }, { K "serial=['pty','pty']", "serial", "[\"pty\",\"pty\"]" },
	{ K "serial='none'", "serial", "(none)" },
	{ K "channel=['name=a,connection=pty']", "channel", "[\"name=a,connection=pty\"]" },
	{ K "vfb=['vnc=1,vncpasswd=x']", "vfb", "[\"vnc=1,vncpasswd=x\"]" },
	{ K "vnc=1", "vfb", "[\"vnc=1\"]" }, { K "vnc=0\nvncpasswd='x'", "vfb", "(none)" },
	{ K "vnc=True\nvnclisten='127.0.0.1'\nvncpasswd='x'\nvncdisplay=3\nsdl=0\nvncunused=1\nkeymap='de'", "vfb",
		"[\"vnc=1,sdl=0,vnclisten=127.0.0.1,vncpasswd=x,vncdisplay=3,vncunused=1,keymap=de\"]" },
	{ K "vnc=1\nvncpasswd='a,b'", "vfb", "/etc/xen/web.cfg: a comma is not possible in vncpasswd" },
	{ K "vfb=['vnc=1']\nvnc=1\nvncdisplay=3", "vfb", "[\"vnc=1\"]" },
	{ K "vif=['mac=1, ip=2']", "vif", "[\"mac=1, ip=2\"]" }, { K "vif=[]", "vif", "(none)" },
	{ "kernel='/a/b'", "kernel", "\"/a/b\"" },
	{ K "ramdisk=''", "ramdisk", "(none)" }, { K "ramdisk='/r'", "ramdisk", "\"/r\"" },
	{ K "builder='linux'; type='pv'", "name", "\"web\"" },
	{ K "xen_shell='root'", "extra_keys", "{\"xen_shell\":\"root\"}" },
	{ K "owner=1000", "owner", "1000" },
	{ "{\"kernel\":\"/k\",\"extra_keys\":{\"a\":1}}", "extra_keys", "{\"a\":1}" },
	{ K "bootloader=''; pci=[]", "name", "\"web\"" },
	/* the command line */
	{ K, "cmdline", "(none)" },
	{ K "extra='a b'", "cmdline", "\"a b\"" },
	{ K "root='/dev/xvda1 ro'", "cmdline", "\"root=/dev/xvda1 ro\"" },
	{ K "extra='4'; root='/dev/xvda1'", "cmdline", "\"root=/dev/xvda1 4\"" },
	{ K "extra=4", "cmdline", "\"4\"" },
	{ K "cmdline='x'; extra='y'; root='z'", "cmdline", "\"x\"" },
	{ K "dhcp='dhcp'", "cmdline", "\"ip=:::::eth0:dhcp\"" },
	{ K "dhcp='off'", "cmdline", "(none)" }, { K "dhcp=True", "cmdline", "\"ip=:::::eth0:dhcp\"" },
	{ K "ip='1.2.3.4'; netmask='255.0.0.0'; gateway='1.0.0.1'; hostname='h'; root='/dev/x'",
		"cmdline", "\"ip=1.2.3.4::1.0.0.1:255.0.0.0:h:eth0:off root=/dev/x\"" },
	{ K "ip='dhcp'", "cmdline", "\"ip=dhcp\"" },
	{ K "nfs_server='1.1.1.1'; nfs_root='/n'", "cmdline",
		"\"root=/dev/nfs nfsroot=1.1.1.1:/n\"" },
	/* errors */
	{ "memory=1", "name", "/etc/xen/web.cfg: expected a kernel, or a disk with one; neither is named" },
	{ K "memory='much'", "name", "/etc/xen/web.cfg:1:14: expected a number for memory, found 'much'" },
	{ K "\n memory=[1]", "name", "/etc/xen/web.cfg:2:2: expected a number for memory" },
	{ K "memory=99999999999999999", "memory_mib", "99999999999999999" },
	{ K "memory='99999999999999999999'", "name", "/etc/xen/web.cfg:1:14: expected a number for "
		"memory, found '99999999999999999999'" },
	{ K "name=[1]", "name", "/etc/xen/web.cfg:1:14: expected a string for name" },
	{ K "disk='phy:'", "name", "/etc/xen/web.cfg:1:14: expected a list of strings for disk" },
	{ K "disk=[1]", "name", "/etc/xen/web.cfg:1:14: expected a list of strings for disk" },
	{ K "cpus=['0',[1]]", "name", "/etc/xen/web.cfg:1:14: expected a list of sets of CPUs such as "
		"\"0-3\" for cpus" },
	{ K "tsc_mode='native_paravirt'", "name", "/etc/xen/web.cfg:1:14: expected \"default\", "
		"\"always_emulate\" or \"native\" for tsc_mode" },
	{ K "tsc_mode=[1]", "name", "/etc/xen/web.cfg:1:14: expected \"default\", \"always_emulate\" or "
		"\"native\" for tsc_mode" },
	{ K "builder='hvm'", "name", "/etc/xen/web.cfg:1:14: expected a paravirtual guest (builder = "
		"\"linux\"), found 'hvm'; others are not supported" },
	{ "disk=['a']", "kernel", "(none)" },
	{ "disk=['a']; bootloader='/usr/bin/pygrub'", "bootloader", "\"builtin\"" },
	{ "disk=['a']; bootargs='-q  --entry=1'", "bootloader_args", "[\"-q\",\"--entry=1\"]" },
	{ "disk=['a']; bootloader_args=['--args=a b']", "bootloader_args", "[\"--args=a b\"]" },
	{ "firmware='pvgrub64'", "kernel", "\"/usr/lib/grub-xen/grub-x86_64-xen.bin\"" },
	{ K "bootloader='pypxe'", "name", "/etc/xen/web.cfg:1:14: expected \"builtin\" or \"pygrub\" for "
		"bootloader; other programs are not run" },
	{ K "kernel=5", "name", "/etc/xen/web.cfg:1:14: expected a path for kernel" },
	{ K "extra=['a']", "name", "/etc/xen/web.cfg:1:14: expected a string for extra" },
	{ K "extra='a\\nb'", "name", "/etc/xen/web.cfg:1:14: expected a string of one line for extra" },
	{ K "nfs_root='/n'", "name", "/etc/xen/web.cfg:1:14: expected nfs_server to be set where "
		"nfs_root is" },
};

static void test_rows(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *got = config(rows[i].text, rows[i].key);

		if (strcmp(got, rows[i].value))
			fail_msg("%s: %s is %s, not %s", rows[i].text, rows[i].key, got, rows[i].value);
	}
}

static void test_relative_paths(void **state)
{
	char cwd[4096], want[8192];

	assert_non_null(getcwd(cwd, sizeof(cwd)));
	snprintf(want, sizeof(want), "\"%s/vm/k\"", cwd);
	assert_string_equal(config("kernel='vm/k'", "kernel"), want);
}

static void test_warning(void **state)
{
	config(K "memory=1", "name");
	assert_string_equal(warning, "");
	config(K "\ncolour=1\nxen_shell='x'\n_private=1\nd='/d'\nramdisk=d+'/r'", "name");
	assert_string_equal(warning,
		"Warning: keys without effect: colour (web.cfg:2), xen_shell (web.cfg:3)");
}

static void test_long_cmdline(void **state)
{
	char *text = malloc(CONFIG_CMDLINE_MAX + 100);

	sprintf(text, K "extra='%0*d'", CONFIG_CMDLINE_MAX, 1);
	assert_string_equal(config(text, "cmdline"),
		"/etc/xen/web.cfg:1:14: expected a command line of less than 4095 bytes");
	free(text);
}

static void test_argument_place(void **state)
{
	struct json_object *c = NULL;
	struct cfg *cfg = cfg_new();

	assert_int_equal(cfg_define(cfg, "memory=lots", err, sizeof(err)), 0);
	assert_int_equal(config_from_cfg(cfg, "f", &c, err, sizeof(err)), -EINVAL);
	assert_string_equal(err, "argument memory: expected a number for memory, found 'lots'");
	cfg_free(cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows), cmocka_unit_test(test_relative_paths),
		cmocka_unit_test(test_warning), cmocka_unit_test(test_long_cmdline),
		cmocka_unit_test(test_argument_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
