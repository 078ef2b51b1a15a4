/* SPDX-License-Identifier: GPL-2.0-only */
/* xm_format_test.c: the columns that scripts parse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "xm/format.h"

#include <stdlib.h>
#include <string.h>

static const char domains[] =
	"[{'name':'web','uuid':'u1','domid':3,'memory_kib':163840,'maxmem_kib':262144,'vcpus':2,"
	"'vcpus_online':1,'state':'-b----','cpu_time_ns':12340000000,'start_time':1700000000,"
	"'uptime_s':90061,'status':'running','flags':{'blocked':true},"
	"'config':{'kernel':'/k','cmdline':'a (b) c','on_crash':'restart','description':''}},"
	"{'name':'Domain-0','domid':0,'memory_kib':1228800,'vcpus':2,'vcpus_online':2,"
	"'state':'r-----','cpu_time_ns':49999999,'uptime_s':7384,'status':'running',"
	"'flags':{'running':true},'config':null}]";

typedef void formatter(FILE *to, struct json_object *o);

static char *print(formatter *f, const char *text)
{
	char *json = strdup(text), *out = NULL;
	struct json_object *o;
	size_t size;
	FILE *to = open_memstream(&out, &size);

	for (char *p = json; *p; p++)
		if (*p == '\'')
			*p = '"';
	o = json_tokener_parse(json);
	f(to, o);
	fclose(to);
	json_object_put(o);
	free(json);
	return out;
}

static void check(formatter *f, const char *text, const char *want)
{
	char *out = print(f, text);

	assert_string_equal(out, want);
	free(out);
}

static void test_list(void **state)
{
	check(format_list, domains,
		"Name                                        ID   Mem VCPUs      State   Time(s)\n"
		"Domain-0                                     0  1200     2     r-----      0.0\n"
		"web                                          3   160     1     -b----     12.3\n");
	check(format_list, "[]",
		"Name                                        ID   Mem VCPUs      State   Time(s)\n");
	/* an answer without anything in it, and one that is no list */
	check(format_list, "[{}]",
		"Name                                        ID   Mem VCPUs      State   Time(s)\n"
		"                                            -1     0     0     ------      0.0\n");
	check(format_list, "{}",
		"Name                                        ID   Mem VCPUs      State   Time(s)\n");
}

static void test_list_long(void **state)
{
	char *out = print(format_list_long, domains);

	assert_memory_equal(out, "(domain\n    (domid 3)\n", 22);
	assert_non_null(strstr(out, "    (name web)\n"));
	assert_non_null(strstr(out, "    (memory 160)\n"));
	assert_non_null(strstr(out, "    (cpu_time 12.340000000)\n"));
	assert_non_null(strstr(out, "    (status 2)\n    (state -b----)\n)\n(domain\n"));
	assert_non_null(strstr(out, "(args 'a _b_ c')"));
	assert_null(strstr(out, "description"));
	free(out);
}

static void test_vcpus(void **state)
{
	check(format_vcpus, "[{'name':'web','domid':3,'vcpus':["
		"{'vcpu':0,'cpu':1,'online':true,'running':true,'time_ns':2500000000,'hard':'0-3'},"
		"{'vcpu':1,'cpu':0,'online':true,'blocked':true,'time_ns':0,'hard':'all','soft':'1'},"
		"{'vcpu':2,'cpu':-1,'online':false,'time_ns':0,'hard':'all'}]}]",
		"Name                                ID  VCPU   CPU State   Time(s) CPU Affinity\n"
		"web                                  3     0     1   r--       2.5 0-3\n"
		"web                                  3     1     0   -b-       0.0 any cpu / 1\n"
		"web                                  3     2     -   --p       0.0 any cpu\n");
}

static void uptime_long(FILE *to, struct json_object *o)
{
	format_uptime(to, o, 0, 0);
}

static void uptime_short(FILE *to, struct json_object *o)
{
	format_uptime(to, o, 1, 3661);
}

static void test_uptime(void **state)
{
	setenv("TZ", "UTC", 1);
	check(uptime_long, domains,
		"Name                                ID Uptime \n"
		"web                                  3 1 day,  1:01:01\n"
		"Domain-0                             0  2:03:04\n");
	check(uptime_short, domains,
		" 01:01:01 up 1 day,  1:01:01, web (3)\n"
		" 01:01:01 up  2:03:04, Domain-0 (0)\n");
}

static void test_duration(void **state)
{
	char buf[64];

	format_duration(buf, sizeof(buf), 0);
	assert_string_equal(buf, " 0:00:00");
	format_duration(buf, sizeof(buf), 86400 * 12 + 59);
	assert_string_equal(buf, "12 days,  0:00:59");
}

static void test_topology(void **state)
{
	check(format_topology, "{'cpu_topology':[{'cpu':0,'core':1,'socket':2,'node':0}],'pci_topology':[],"
		"'numa_info':[{'node':0,'memsize':3072,'memfree':17,'distances':[10,21]},{'node':1,'memsize':1,"
		"'memfree':0,'distances':[21,10]}]}",
		"cpu_topology           :\ncpu:    core    socket     node\n"
		"  0:       1        2        0\n"
		"device topology        :\ndevice           node\nNo device topology data available\n"
		"numa_info              :\nnode:    memsize    memfree    distances\n"
		"   0:      3072         17      10,21\n   1:         1          0      21,10\n");
	check(format_topology, "{'pci_topology':[{'device':'0000:00:02.0','node':1}]}",
		"cpu_topology           :\ncpu:    core    socket     node\n"
		"device topology        :\ndevice           node\n0000:00:02.0      1\n"
		"numa_info              :\nnode:    memsize    memfree    distances\n");
}

static void test_info(void **state)
{
	check(format_info, "{'nr_cpus':2,'host':'h','unknown':1,'xend_config_format':4}",
		"host                   : h\nnr_cpus                : 2\nxend_config_format     : 4\n");
}

static const char pools[] = "[{'name':'Pool-0','scheduler':'credit2','cpus':[0,1,3],'domains':2,"
	"'ratelimit_us':1000}]";

static void sched_all(FILE *to, struct json_object *o)
{
	char *text = strdup(pools);
	struct json_object *p;

	for (char *c = text; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	p = json_tokener_parse(text);
	format_sched(to, "credit2", p, o, NULL, false);
	json_object_put(p);
	free(text);
}

static void sched_one(FILE *to, struct json_object *o)
{
	format_sched(to, "credit2", NULL, o, NULL, false);
}

static void pools_plain(FILE *to, struct json_object *o)
{
	format_pools(to, o, NULL, false);
}

static void pools_cpus(FILE *to, struct json_object *o)
{
	format_pools(to, o, "Pool-0", true);
}

static void test_sched(void **state)
{
	static const char rows[] = "[{'name':'Domain-0','domid':0,'pool':'Pool-0','scheduler':'credit2',"
		"'weight':256,'cap':0},{'name':'odd','domid':2,'pool':'Pool-1','scheduler':'rtds'}]";

	check(sched_all, rows, "Cpupool Pool-0: ratelimit=1000us\n"
		"Name                                ID Weight  Cap\n"
		"Domain-0                             0    256    0\n");
	check(sched_one, rows, "Name                                ID Weight  Cap\n"
		"Domain-0                             0    256    0\n");
	check(pools_plain, pools, "Name               CPUs   Sched     Active   Domain count\n"
		"Pool-0               3   credit2       y        2\n");
	check(pools_cpus, pools, "Name               CPU list\nPool-0             0,1,3\n");
}

static const char *state_of(const char *text)
{
	static char buf[32];
	struct json_object *o = json_tokener_parse(text);

	snprintf(buf, sizeof(buf), "%s", format_state(o));
	json_object_put(o);
	return buf;
}

static void test_state(void **state)
{
	assert_string_equal(state_of("{\"status\":\"running\",\"flags\":{\"running\":true}}"), "running");
	assert_string_equal(state_of("{\"status\":\"running\",\"flags\":{\"blocked\":true}}"), "idle");
	assert_string_equal(state_of("{\"status\":\"paused\"}"), "paused");
	assert_string_equal(state_of("{\"status\":\"paused\",\"paused_by_admin\":true}"),
		"paused by admin");
	assert_string_equal(state_of("{\"status\":\"crashed\"}"), "crashed");
	assert_string_equal(state_of("{\"status\":\"dying\"}"), "shutoff");
	assert_string_equal(state_of("{}"), "shutoff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list), cmocka_unit_test(test_list_long), cmocka_unit_test(test_vcpus),
		cmocka_unit_test(test_uptime), cmocka_unit_test(test_duration), cmocka_unit_test(test_info),
		cmocka_unit_test(test_topology),
		cmocka_unit_test(test_sched),
		cmocka_unit_test(test_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
