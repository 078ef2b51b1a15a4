/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_config_test.c: a domain's configuration from JSON: what is taken, refused, filled in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "xend/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define GOOD "\"name\":\"web\",\"kernel\":\"/k\""

static int parse(const char *text, struct dom_config *c, char *why, size_t size)
{
	struct json_object *o = json_tokener_parse(text);
	int rc;

	assert_non_null(o);
	rc = config_from_json(o, c, why, size);
	json_object_put(o);
	return rc;
}

/* So many interfaces that numbering them would take hours, in which nobody else is served. */
static void test_long_lists(void **state)
{
	static const char *const names[] = { "disk", "vif", "serial", "channel", "vfb", "bootloader_args" };
	struct json_object *o, *list;
	struct dom_config c;
	char why[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		o = json_tokener_parse("{" GOOD "}");
		list = json_object_new_array();
		for (int n = 0; n < 100000; n++)
			json_object_array_add(list, json_object_new_string(""));
		json_object_object_add(o, names[i], list);
		assert_int_equal(config_from_json(o, &c, why, sizeof(why)), -EINVAL);
		if (!strstr(why, names[i]) || !strstr(why, "100000"))
			fail_msg("%s", why);
		json_object_put(o);
	}
}

/* Its console log has its name, and a file's name has an end. */
static void test_long_names(void **state)
{
	struct dom_config c;
	char text[400], why[256];

	snprintf(text, sizeof(text), "{\"name\":\"w%0*d\",\"kernel\":\"/k\"}", CONFIG_NAME_MAX - 1, 1);
	assert_int_equal(parse(text, &c, why, sizeof(why)), 0);
	config_clear(&c);
	snprintf(text, sizeof(text), "{\"name\":\"w%0*d\",\"kernel\":\"/k\"}", CONFIG_NAME_MAX, 1);
	assert_int_equal(parse(text, &c, why, sizeof(why)), -EINVAL);
	assert_non_null(strstr(why, "name is 201 characters long"));
}

static void test_defaults(void **state)
{
	struct dom_config c;
	char why[256];
	uint8_t uuid[16];

	assert_int_equal(parse("{" GOOD "}", &c, why, sizeof(why)), 0);
	assert_string_equal(c.name, "web");
	assert_int_equal(c.memory_mib, 128);
	assert_int_equal(c.maxmem_mib, 128);
	assert_int_equal(c.vcpus, 1);
	assert_int_equal(c.maxvcpus, 1);
	assert_int_equal(c.on_poweroff, ACT_DESTROY);
	assert_int_equal(c.on_reboot, ACT_RESTART);
	assert_int_equal(c.owner, -1);
	assert_string_equal(json_object_get_string(c.cpus), "all");
	assert_true(config_vcpu_online(&c, 0) && !config_vcpu_online(&c, 1));
	assert_int_equal(uuid_parse(c.uuid, uuid), 0);
	assert_int_equal(uuid[6] >> 4, 4);
	config_clear(&c);
}

static void test_round_trip(void **state)
{
	static const char text[] = "{" GOOD ",\"uuid\":\"11111111-2222-4333-8444-555555555555\","
		"\"ramdisk\":\"/r\",\"cmdline\":\"console=hvc0\",\"memory_mib\":64,\"maxmem_mib\":96,"
		"\"vcpus\":2,\"maxvcpus\":4,\"cpus\":[\"0-3,^1\",\"all\",\"2\"],\"cpus_soft\":\"1\",\"vcpu_avail\":5,"
		"\"cpu_weight\":512,\"cpu_cap\":50,\"tsc_mode\":2,"
		"\"on_crash\":\"coredump-restart\",\"on_poweroff\":\"preserve\",\"owner\":1000,"
		"\"extra_keys\":{\"x\":[1]},\"disk\":[],\"vif\":[],\"serial\":[\"pty\"],"
		"\"channel\":[\"name=a, connection=Socket ,path=/a\"]}";
	struct dom_config a, b;
	struct json_object *ja, *jb;
	struct cpuset set;
	char why[256];

	assert_int_equal(parse(text, &a, why, sizeof(why)), 0);
	assert_int_equal(config_copy(&a, &b), 0);
	ja = config_to_json(&a);
	jb = config_to_json(&b);
	assert_true(json_object_equal(ja, jb));
	assert_true(config_cpus_of(b.cpus, 0, &set) && cpuset_has(&set, 3) && !cpuset_has(&set, 1));
	assert_false(config_cpus_of(b.cpus, 1, &set));
	assert_true(config_cpus_of(b.cpus, 2, &set) && cpuset_has(&set, 2));
	assert_false(config_cpus_of(b.cpus, 3, &set));
	assert_true(config_cpus_of(b.cpus_soft, 3, &set) && cpuset_has(&set, 1));
	assert_true(config_vcpu_online(&b, 0) && !config_vcpu_online(&b, 1) && config_vcpu_online(&b, 2));
	assert_int_equal(config_cpus_set(&b.cpus, 4, 1, "0"), 0);
	assert_string_equal(json_object_to_json_string_ext(b.cpus, JSON_C_TO_STRING_PLAIN),
		"[\"0-3,^1\",\"0\",\"2\",\"all\"]");
	assert_int_equal(config_cpus_set(&b.cpus, 4, -1, "3"), 0);
	assert_string_equal(json_object_get_string(b.cpus), "3");
	json_object_put(ja);
	json_object_put(jb);
	config_clear(&a);
	config_clear(&b);
}

static void test_refused(void **state)
{
	static const struct {
		const char *json, *why;
	} rows[] = {
		{ "{}", "name is missing" },
		{ "{\"name\":\"a\"}", "kernel is missing" },
		{ "{\"name\":\"a\",\"bootloader\":\"builtin\"}", "neither a kernel nor a disk" },
		{ "{\"name\":\"a\",\"disk\":[\"file:/a,xvda,w\"],\"bootloader\":\"pygrub\"}", "only builtin is" },
		{ "{\"name\":\"a\",\"disk\":[\"file:/a,xvda,w\"],\"bootloader_args\":[\"--x\"]}", "'--x' is not" },
		{ "{\"name\":\"a\",\"disk\":[\"file:/a,xvda,w\"],\"bootloader\":\"builtin\",\"kernel\":\"/k\"}",
			"both given" },
		{ "{\"name\":\"a b\",\"kernel\":\"/k\"}", "name 'a b' is not possible" },
		{ "{\"name\":\"../x\",\"kernel\":\"/k\"}", "not possible" },
		{ "{\"name\":\"12\",\"kernel\":\"/k\"}", "not digits alone" },
		{ "{\"name\":\"Domain-0\",\"kernel\":\"/k\"}", "taken" },
		{ "{\"name\":\"\",\"kernel\":\"/k\"}", "name is 0 characters" },
		{ "{\"name\":5,\"kernel\":\"/k\"}", "name must be a string" },
		{ "{\"name\":\"a\\u0000b\",\"kernel\":\"/k\"}", "name must be a string" },
		{ "{" GOOD ",\"memory_mib\":0}", "memory_mib is 0" },
		{ "{" GOOD ",\"memory_mib\":-4}", "memory_mib is -4" },
		{ "{" GOOD ",\"memory_mib\":99999999999}", "memory_mib is 99999999999" },
		{ "{" GOOD ",\"memory_mib\":1.5}", "memory_mib must be an integer" },
		{ "{" GOOD ",\"memory_mib\":64,\"maxmem_mib\":32}", "less than memory_mib" },
		{ "{" GOOD ",\"vcpus\":33}", "vcpus is 33; 1 to 32" },
		{ "{" GOOD ",\"vcpus\":0}", "vcpus is 0" },
		{ "{" GOOD ",\"vcpus\":3,\"maxvcpus\":2}", "less than vcpus" },
		{ "{" GOOD ",\"on_crash\":\"explode\"}", "on_crash is 'explode'" },
		{ "{" GOOD ",\"on_reboot\":3}", "on_reboot is" },
		{ "{" GOOD ",\"uuid\":\"zzzzzzzz-2222-4333-8444-555555555555\"}", "not a uuid" },
		{ "{" GOOD ",\"uuid\":\"1\"}", "uuid is 1 characters" },
		{ "{" GOOD ",\"cpus\":\"3-1\"}", "cpus '3-1'" },
		{ "{" GOOD ",\"cpus\":[\"0\",\"x\"]}", "cpus 'x'" },
		{ "{" GOOD ",\"cpus\":[0]}", "cpus must be a set" },
		{ "{" GOOD ",\"cpus_soft\":\"-\"}", "cpus_soft '-'" },
		{ "{" GOOD ",\"vcpu_avail\":2}", "without vcpu 0" },
		{ "{" GOOD ",\"cpus\":\"0,^0\"}", "cpus '0,^0'" },
		{ "{" GOOD ",\"cpu_weight\":0}", "cpu_weight" },
		{ "{" GOOD ",\"disk\":\"x\"}", "disk must be a list" },
		{ "{" GOOD ",\"vif\":[1]}", "vif must be a list of strings" },
		{ "{" GOOD ",\"serial\":\"pty\"}", "serial must be a list" },
		{ "{" GOOD ",\"serial\":[\"file:/x\"]}", "serial 'file:/x': only pty" },
		{ "{" GOOD ",\"serial\":[\"pty\",\"pty\",\"pty\",\"pty\",\"pty\",\"pty\",\"pty\",\"pty\",\"pty\"],"
			"\"channel\":[\"name=a,connection=pty\"]}", "more than 9 together" },
		{ "{" GOOD ",\"channel\":[\"connection=pty\"]}", "name, by which the guest finds it, is missing" },
		{ "{" GOOD ",\"channel\":[\"name=a\"]}", "connection is missing" },
		{ "{" GOOD ",\"channel\":[\"name=a,connection=tcp\"]}", "neither pty nor socket" },
		{ "{" GOOD ",\"channel\":[\"name=a,connection=socket\"]}", "path is missing" },
		{ "{" GOOD ",\"channel\":[\"name=a,connection=socket,path=x\"]}", "path is not absolute" },
		{ "{" GOOD ",\"channel\":[\"name=a,connection=pty,path=/x\"]}", "a pty has no path" },
		{ "{" GOOD ",\"channel\":[\"name=a,name=b,connection=pty\"]}", "name is given twice" },
		{ "{" GOOD ",\"channel\":[\"name=a\\nb,connection=pty\"]}", "control character" },
		{ "{" GOOD ",\"channel\":[\"name=a,connection=pty,backend=d\"]}", "only domain 0" },
		{ "{" GOOD ",\"channel\":[\"name=a,pty\"]}", "its part 2 is not KEY=VALUE" },
		{ "{" GOOD ",\"channel\":[\"name=a,colour=red\"]}", "unknown key 'colour'" },
		{ "{" GOOD ",\"colour\":\"red\"}", "unknown key 'colour'" },
	};
	struct dom_config c;
	char why[256];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(parse(rows[i].json, &c, why, sizeof(why)), -EINVAL);
		if (!strstr(why, rows[i].why))
			fail_msg("%s -> %s", rows[i].json, why);
		assert_null(c.name);
	}
}

static void test_long_cmdline(void **state)
{
	char text[1400], why[256];
	struct dom_config c;
	size_t n = (size_t)sprintf(text, "{" GOOD ",\"cmdline\":\"");

	memset(text + n, 'x', CONFIG_CMDLINE_MAX + 1);
	strcpy(text + n + CONFIG_CMDLINE_MAX + 1, "\"}");
	assert_int_equal(parse(text, &c, why, sizeof(why)), -EINVAL);
	strcpy(text + n + CONFIG_CMDLINE_MAX, "\"}");
	assert_int_equal(parse(text, &c, why, sizeof(why)), 0);
	config_clear(&c);
}

static void test_cpuset_text(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "all", "all" }, { "0-7", "all" }, { "0", "0" }, { "0-3,^1", "0,2-3" },
		{ "all,^7", "0-6" }, { "1, 3,5-6", "1,3,5-6" },
	};
	struct cpuset s;
	char text[64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(cpuset_parse(rows[i].in, &s), 0);
		cpuset_format(&s, 8, text, sizeof(text));
		assert_string_equal(text, rows[i].out);
	}
	assert_int_equal(cpuset_parse("4096", &s), -ERANGE);
	assert_int_equal(cpuset_parse("", &s), -EINVAL);
	assert_int_equal(cpuset_parse("1-", &s), -EINVAL);
	assert_int_equal(cpuset_parse("1,", &s), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_long_lists), cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_long_cmdline),
		cmocka_unit_test(test_cpuset_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
