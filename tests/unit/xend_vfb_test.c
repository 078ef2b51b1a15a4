/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_vfb_test.c: framebuffers: their lines, their life with the domain, and how QEMU is started and ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xend_expect.h"
#include "util/vfbspec.h"
#include "xend/qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xen/sched.h>

#define SECRET "s3cret"
#define VFB    ",\"vfb\":[\"vnc=1,vnclisten=127.0.0.1,vncpasswd=" SECRET ",keymap=de\"]"

static void test_spec(void **state)
{
	struct vfb_spec s;
	char why[256];

	assert_int_equal(vfb_spec_parse("", &s, why, sizeof(why)), 0);
	assert_string_equal(vfb_spec_listen(&s), "127.0.0.1");
	assert_true(s.unused && !s.display && !s.passwd && !s.keymap);
	assert_int_equal(vfb_spec_parse("vnc=1, vnclisten=0.0.0.0:3 ,vncpasswd=x,vncunused=0,sdl=0,keymap=de", &s, why,
		sizeof(why)), 0);
	assert_string_equal(vfb_spec_listen(&s), "0.0.0.0");
	assert_true(!s.unused && s.display == 3);
	assert_string_equal(s.passwd, "x");
	vfb_spec_clear(&s);
	assert_int_equal(vfb_spec_parse("type=vnc,vncdisplay=7,vncpasswd=", &s, why, sizeof(why)), 0);
	assert_true(!s.unused && s.display == 7 && !s.passwd);
	vfb_spec_clear(&s);
}

static void test_spec_refused(void **state)
{
	static const char *const rows[][2] = {
		{ "vnc=0", "VNC is the only way" }, { "sdl=1", "VNC is the only way" },
		{ "vnc=yes", "neither 0 nor 1" },
		{ "vncdisplay=x", "not a number" }, { "vncdisplay=10000", "not a number" },
		{ "vnclisten=localhost", "not an IPv4 address" }, { "vnclisten=::1", "not an IPv4 address" },
		{ "vnclisten=0.0.0.0", "a vncpasswd is needed" }, { "vnclisten=127.0.0.1:1,vncdisplay=2", "twice" },
		{ "vnclisten=0.0.0.0,vncpasswd=", "a vncpasswd is needed" }, { "keymap=../x", "keymap" },
		{ "colour=1", "unknown key 'colour'" }, { "vncpasswd=" SECRET ",vnc", "not KEY=VALUE" },
		{ "vncpasswd=" SECRET ",vncpasswd=" SECRET, "given twice" },
	};
	struct vfb_spec s;
	char why[256];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(vfb_spec_parse(rows[i][0], &s, why, sizeof(why)), -EINVAL);
		if (!strstr(why, rows[i][1]) || strstr(why, SECRET))
			fail_msg("%s -> %s", rows[i][0], why);
	}
}

static const char *vfb(uint32_t domid, const char *end, const char *class, const char *node)
{
	char path[128];

	if (!strcmp(end, "back"))
		snprintf(path, sizeof(path), "/local/domain/0/backend/%s/%u/0/%s", class, domid, node);
	else
		snprintf(path, sizeof(path), "/local/domain/%u/device/%s/0/%s", domid, class, node);
	return fake_store_get(path) ? fake_store_get(path) : "";
}

/* With its keyboard; the password goes to QEMU and nowhere else but to the configuration. */
static void test_life(void **state)
{
	struct client *c = *state;
	struct json_object *o;

	ok(client_create(c, "a", VFB));
	assert_true(fake->qemu.used);
	assert_int_equal(fake->qemu.domid, 1);
	assert_string_equal(fake->qemu.passwd, SECRET);
	assert_string_equal(fake->qemu.keymap, "de");
	assert_string_equal(vfb(1, "front", "vfb", "backend"), "/local/domain/0/backend/vfb/1/0");
	assert_string_equal(vfb(1, "back", "vfb", "state"), "2");
	assert_string_equal(vfb(1, "front", "vkbd", "backend"), "/local/domain/0/backend/vkbd/1/0");
	assert_string_equal(vfb(1, "back", "vkbd", "frontend-id"), "1");
	assert_string_equal(fake_store_get("/local/domain/1/console/vnc-port"), "5900");
	assert_int_equal(fake_store_count("/local/domain/0/backend/vfb/1/0/vncpasswd"), 0);
	o = client_call(c, "device.list", "{\"domain\":\"a\",\"class\":\"vfb\"}");
	assert_non_null(strstr(json_object_to_json_string(o),
		"\"port\": 5900, \"listen\": \"127.0.0.1\", \"serving\": true"));
	assert_null(strstr(json_object_to_json_string(o), SECRET));
	json_object_put(o);
	expect(client_call(c, "device.detach", "{\"domain\":\"a\",\"class\":\"vfb\",\"device\":\"0\"}"), RPC_PARAMS,
		"from its start to its end");
	/* another start has another one, with the password */
	fake_shutdown(1, SHUTDOWN_reboot);
	env_until(c->e, TAILQ_FIRST(&c->e->core->domains)->state == DOM_RUNNING &&
		TAILQ_FIRST(&c->e->core->domains)->domid == 2);
	assert_int_equal(fake->qemu.domid, 2);
	assert_string_equal(fake->qemu.passwd, SECRET);
	assert_int_equal(fake_store_count("/local/domain/0/backend/vkbd/1"), 0);
	ok(client_call(c, "domain.destroy", "{\"domain\":\"a\"}"));
	assert_false(fake->qemu.used);
	assert_int_equal(fake_store_count("/local/domain/0/backend/v"), 0);
	assert_int_equal(fake_watches(), 0);
}

static void test_none_installed(void **state)
{
	struct client *c = *state;

	fake->no_qemu = true;
	expect(client_create(c, "a", VFB), RPC_FAILED, "there is no QEMU");
	assert_int_equal(fake->next_domid, 1);
	fake->no_qemu = false;
	fake->qemu_fails = true;
	expect(client_create(c, "a", VFB), RPC_FAILED, "QEMU ended at once: no display");
	assert_int_equal(fake_store_count("/local/domain/0/backend"), 0);
	expect(client_create(c, "a", ",\"vfb\":[\"\",\"\"]"), RPC_PARAMS, "is there already");
}

/* Noticed, also by the next xend; the guest's ends are closed, and the domain goes on. */
static void test_end(void **state)
{
	struct client *c = *state, *watcher = client_new(c->e);
	struct json_object *o;

	ok(client_create(c, "a", VFB));
	ok(client_call(watcher, "events.subscribe", "{\"domain\":\"a\"}"));
	env_restart(c->e, true);
	client_free(watcher);
	watcher = client_new(c->e);
	ok(client_call(watcher, "events.subscribe", "{\"domain\":\"a\"}"));
	fake_qemu_ends();
	o = client_line(watcher);
	assert_non_null(strstr(json_object_to_json_string(o), "device.failed"));
	assert_null(strstr(json_object_to_json_string(o), SECRET));
	json_object_put(o);
	env_until(c->e, !strcmp(vfb(1, "back", "vkbd", "state"), "6"));
	env_restart(c->e, true);
	client_free(watcher);
	watcher = client_new(c->e);
	o = client_call(watcher, "device.list", "{\"domain\":\"a\",\"class\":\"vfb\"}");
	assert_non_null(strstr(json_object_to_json_string(o), "\"serving\": false"));
	json_object_put(o);
	ok(client_call(watcher, "domain.destroy", "{\"domain\":\"a\"}"));
	assert_false(fake->qemu.used);
	client_free(watcher);
}

/* ---- a program that does as QEMU does ------------------------------------------------------------- */

static char dir[] = "/tmp/xend-vfb-XXXXXX", program[64];

static const char script[] =
	"#!/usr/bin/env python3\n"
	"import json, os, socket, sys, time\n"
	"here = os.path.dirname(sys.argv[0])\n"
	"open(here + '/argv', 'w').write('\\n'.join(sys.argv))\n"
	"if os.path.exists(here + '/fail'):\n"
	"    sys.exit('qemu: could not read keymap')\n"
	"path = sys.argv[sys.argv.index('-chardev') + 1].split('path=')[1].split(',')[0]\n"
	"s = socket.socket(socket.AF_UNIX); s.bind(path); s.listen(1)\n"
	"c = s.accept()[0]; f = c.makefile('rw')\n"
	"if os.path.exists(here + '/late'):\n"
	"    sys.exit('qemu: no cipher')\n"
	"f.write('{\"QMP\": {}}\\r\\n'); f.flush()\n"
	"for line in f:\n"
	"    m = json.loads(line)\n"
	"    if m['execute'] == 'set_password':\n"
	"        open(here + '/password', 'w').write(m['arguments']['password'])\n"
	"    f.write('{\"event\": \"X\"}\\r\\n')\n"
	"    if os.path.exists(here + '/error'):\n"
	"        f.write('{\"error\": {\"desc\": \"not today\"}}\\r\\n')\n"
	"    else:\n"
	"        f.write('{\"return\": {\"service\": \"5907\"}}\\r\\n')\n"
	"    f.flush()\n"
	"time.sleep(60)\n";

static void write_file(const char *name, const char *text)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0700);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static const char *read_file(const char *name)
{
	static char text[2048];
	char path[96];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

static void remove_file(const char *name)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
}

static int qemu_setup(void **state)
{
	alarm(30);
	assert_non_null(mkdtemp(dir));
	qemu_run_dir = dir;
	snprintf(program, sizeof(program), "%s/qemu", dir);
	write_file("qemu", script);
	return 0;
}

static int qemu_teardown(void **state)
{
	static const char *const names[] = { "qemu", "argv", "password", "fail", "error", "qemu-web.log", "u.0.pid",
		"u.0.qmp" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove_file(names[i]);
	assert_int_equal(rmdir(dir), 0);
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	return 0;
}

static struct be_vfb web(void)
{
	return (struct be_vfb){ .domain = "web", .tag = "u/0", .domid = 5, .listen = "127.0.0.1", .passwd = SECRET,
		.display = 2, .unused = true, .keymap = "de", .program = program, .log_dir = dir };
}

static void test_qemu(void **state)
{
	const struct be_vfb v = web();
	unsigned int port = 0;
	char why[256] = "";
	struct pollfd p;

	assert_int_equal(qemu_check(program, why, sizeof(why)), 0);
	assert_int_equal(qemu_check("/nosuch", why, sizeof(why)), -ENOENT);
	assert_non_null(strstr(why, "there is no /nosuch"));
	assert_int_equal(qemu_watch("u/0"), -ESRCH);
	if (qemu_open(&v, &port, why, sizeof(why)))
		fail_msg("%s", why);
	assert_int_equal(port, 5907);
	assert_string_equal(read_file("password"), SECRET);
	assert_non_null(strstr(read_file("argv"), "-xen-domid\n5\n-xen-attach\n"));
	assert_non_null(strstr(read_file("argv"), "-vnc\n127.0.0.1:2,to=101,password=on\n-k\nde"));
	assert_null(strstr(read_file("argv"), SECRET));
	/* one of a tag */
	assert_int_equal(qemu_open(&v, &port, why, sizeof(why)), -EAGAIN);
	p = (struct pollfd){ .fd = qemu_watch("u/0"), .events = POLLIN };
	assert_true(p.fd >= 0);
	assert_int_equal(poll(&p, 1, 0), 0);
	assert_int_equal(qemu_close("u/0", why, sizeof(why)), 0);
	assert_int_equal(poll(&p, 1, 10000), 1);
	close(p.fd);
	assert_int_equal(qemu_watch("u/0"), -ESRCH);
	assert_int_equal(qemu_close("u/0", why, sizeof(why)), 0);
	/* and again */
	assert_int_equal(qemu_open(&v, &port, why, sizeof(why)), 0);
	assert_int_equal(qemu_close("u/0", why, sizeof(why)), 0);
}

static void test_qemu_fails(void **state)
{
	struct be_vfb v = web();
	unsigned int port;
	char why[256];

	write_file("fail", "");
	assert_int_equal(qemu_open(&v, &port, why, sizeof(why)), -ECHILD);
	assert_string_equal(why, "QEMU ended at once: qemu: could not read keymap");
	write_file("qemu", "#!/nosuch\n");
	assert_int_equal(qemu_open(&v, &port, why, sizeof(why)), -ECHILD);
	assert_non_null(strstr(why, "cannot run"));
	write_file("qemu", script);
	remove_file("fail");
	write_file("late", "");
	assert_int_equal(qemu_open(&v, &port, why, sizeof(why)), -ECHILD);
	assert_string_equal(why, "QEMU ended at once: qemu: no cipher");
	remove_file("late");
	write_file("error", "");
	assert_int_equal(qemu_open(&v, &port, why, sizeof(why)), -EIO);
	assert_string_equal(why, "QEMU's monitor: qmp_capabilities: not today");
	assert_int_equal(qemu_watch("u/0"), -ESRCH);
}

#define T(name) cmocka_unit_test_setup_teardown(name, client_setup, client_teardown)
#define Q(name) cmocka_unit_test_setup_teardown(name, qemu_setup, qemu_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spec), cmocka_unit_test(test_spec_refused), T(test_life), T(test_none_installed),
		T(test_end), Q(test_qemu), Q(test_qemu_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
