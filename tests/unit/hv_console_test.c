/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_console_test.c: the command line, messages and their levels, the ring, typed keys, panic. */
#include <hv/console.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/param.h>
#include <hv/timer.h>
#include <asm/host.h>
#include <setjmp.h>
#include <cmocka.h>

static void check_printed(const char *want)
{
	assert_string_equal(host_console_output(), want);
}

static void command_line(void **state)
{
	struct boot_params *p = &boot_params;

	params_parse("dom0_mem=1500M,max:2G,min:512k com1=9600  noreboot\tmaxcpus=3 loglvl=all/warning "
		"guest_loglvl=error frobnicate=1 mem=4096 console=com1,vga dom0_max_vcpus=0x10");
	assert_int_equal(p->dom0_mem.bytes, 1500UL << 20);
	assert_int_equal(p->dom0_mem_max.bytes, 2UL << 30);
	assert_int_equal(p->dom0_mem_min.bytes, 512UL << 10);
	assert_string_equal(p->com1, "9600");
	assert_true(p->noreboot);
	assert_int_equal(p->maxcpus, 3);
	assert_int_equal(p->dom0_max_vcpus, 16);
	assert_int_equal(p->loglvl, 4);
	assert_int_equal(p->guest_loglvl, 1);
	assert_int_equal(p->mem_limit, 4096UL << 10); /* KiB without a unit */
	host_console_forget();
	params_report_unknown();
	check_printed("(XEN) command line: no such option: frobnicate=1\n");
	host_console_forget();
	params_parse("maxcpus=x noreboot=maybe dom0_mem=,max:1 mem=5Q loglvl=7 com1");
	params_report_unknown();
	check_printed("(XEN) command line: value not understood: maxcpus=x\n"
		"(XEN) command line: value not understood: noreboot=maybe\n"
		"(XEN) command line: value not understood: dom0_mem=,max:1\n"
		"(XEN) command line: value not understood: mem=5Q\n"
		"(XEN) command line: value not understood: loglvl=7\n"
		"(XEN) command line: value not understood: com1\n");
	params_parse("noreboot=no dom0_mem=max:1G");
	assert_false(p->noreboot);
	assert_int_equal(p->dom0_mem_max.bytes, 1UL << 30);
	assert_string_equal(saved_cmdline, "noreboot=no dom0_mem=max:1G");
	memset(&p->dom0_mem_max, 0, sizeof(p->dom0_mem_max));
}

static uint64_t mem_of(const char *text, uint64_t total)
{
	struct mem_amount *a = &boot_params.dom0_mem;
	uint64_t v;

	memset(a, 0, sizeof(*a));
	assert_int_equal(param_dom0_mem(text), 0);
	v = mem_amount_of(a, total);
	memset(a, 0, sizeof(*a));
	return v;
}

static void dom0_memory(void **state)
{
	static const char *const bad[] = { "-", "100%", "5%+1G", "1G+2G", "1G+", "1G-2G", "--1G", "min:", "12x",
		"max:-", "5%%", "1G+5%+1%" };

	assert_int_equal(mem_of("1G", 4UL << 30), 1UL << 30);
	assert_int_equal(mem_of("-1G", 4UL << 30), 3UL << 30);
	assert_int_equal(mem_of("-8G", 4UL << 30), 0);
	assert_int_equal(mem_of("25%", 400), 100);
	assert_int_equal(mem_of("-25%", 400), 300);
	assert_int_equal(mem_of("1K+10%", 4000), 1424);
	assert_int_equal(mem_of("-1K+10%", 4000), 2576);
	assert_int_equal(mem_of("16777216T+99%", 4000), ~0UL);
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
		if (param_dom0_mem(bad[i]) != -EINVAL)
			fail_msg("dom0_mem=%s is taken", bad[i]);
	memset(&boot_params.dom0_mem, 0, sizeof(boot_params.dom0_mem));
}

static void dom0_vcpus(void **state)
{
	static const struct { const char *text; unsigned int cpus, vcpus; } rows[] = {
		{ "3", 8, 3 }, { "12", 2, 12 }, { "2-4", 1, 2 }, { "2-4", 3, 3 }, { "2-4", 9, 4 }, { "-4", 9, 4 },
		{ "-4", 2, 2 }, { "4-", 2, 4 }, { "4-", 6, 6 }, { "6-3", 2, 6 }, { "0", 5, 5 }, { "500", 2, 128 },
	};
	static const char *const bad[] = { "-", "x", "1-x", "1-2-3", "-x", "4294967296", "2 " };

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(param_dom0_max_vcpus(rows[i].text), 0);
		assert_int_equal(dom0_vcpu_count(rows[i].cpus, 128), rows[i].vcpus);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
		if (param_dom0_max_vcpus(bad[i]) != -EINVAL)
			fail_msg("dom0_max_vcpus=%s is taken", bad[i]);
	boot_params.dom0_min_vcpus = boot_params.dom0_max_vcpus = 0;
	assert_int_equal(dom0_vcpu_count(7, 128), 7);
}

static void sizes(void **state)
{
	const char *end;

	assert_int_equal(parse_size("17B", &end), 17);
	assert_int_equal(*end, 0);
	assert_int_equal(parse_size("0x10M,", &end), 16UL << 20);
	assert_int_equal(*end, ',');
	assert_int_equal(parse_size("3t", NULL), 3UL << 40);
	assert_int_equal(parse_size("99999999999999T", NULL), ~0UL);
	assert_int_equal(parse_size("M", &end), 0);
	assert_int_equal(*end, 'M');
}

static void levels_and_lines(void **state)
{
	boot_params.loglvl = 2;
	host_console_forget();
	printk(LOG_ERR "a\n");
	printk(LOG_WARN "b\nc\n");
	printk(LOG_INFO "hidden\n");
	printk("plain ");
	printk("goes on\n");
	printk(LOG_INFO "hidden ");
	printk("as well\n");
	printk("end\n");
	check_printed("(XEN) a\n(XEN) b\n(XEN) c\n(XEN) plain goes on\n(XEN) end\n");
	boot_params.loglvl = 4;
}

/* One message with that stamp; the host's clock says when. */
static void check_stamp(const char *option, const char *want)
{
	char word[40];

	snprintf(word, sizeof(word), "console_timestamps%s", option);
	assert_int_equal(param_set(word), 0);
	printk("stamped\n");
	check_printed(want);
}

static void stamps(void **state)
{
	check_stamp("=date", "(XEN) [2000-02-29 12:00:00] stamped\n");
	check_stamp("=datems", "(XEN) [2000-02-29 12:00:00.500] stamped\n");
	check_stamp("", "(XEN) [2000-02-29 12:00:00] stamped\n");
	check_stamp("=none", "(XEN) stamped\n");
	check_stamp("=on", "(XEN) [2000-02-29 12:00:00] stamped\n");
	check_stamp("=off", "(XEN) stamped\n");
	assert_int_equal(param_set((char[]){ "console_timestamps=never" }), -EINVAL);
}

static void words_of_values(void **state)
{
	struct boot_params *p = &boot_params;
	static const char *const good[] = { "vga=keep", "vga=current", "vga=gfx-1024x768x32,keep", "reboot=k",
		"reboot=w,acpi", "smt=off", "nosmp", "watchdog=force", "nmi=fatal" };
	static const char *const bad[] = { "vga=kept", "vga=keep,", "reboot=q", "smt=maybe", "watchdog=forced", "nmi=",
		"nmi" };
	struct boot_params was = *p;
	char word[40];

	for (unsigned int i = 0; i < ARRAY_SIZE(good); i++) {
		strlcpy(word, good[i], sizeof(word));
		assert_int_equal(param_set(word), 0);
	}
	assert_true(p->vga_keep && p->vga_mode && p->smt_off && p->watchdog);
	assert_int_equal(p->reboot, REBOOT_ACPI);
	assert_int_equal(p->maxcpus, 1);
	assert_int_equal(p->nmi, NMI_FATAL);
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		strlcpy(word, bad[i], sizeof(word));
		assert_int_equal(param_set(word), -EINVAL);
	}
	*p = was;
}

static void guests_are_limited(void **state)
{
	unsigned int lines = 0;

	boot_params.guest_loglvl = 4;
	host_advance(SECONDS(6));
	host_console_forget();
	for (unsigned int i = 0; i < 100; i++)
		printk(LOG_GUEST LOG_WARN "guest\n");
	for (const char *s = host_console_output(); (s = strchr(s, '\n')); s++)
		lines++;
	assert_int_equal(lines, 10);
	host_console_forget();
	host_advance(SECONDS(6));
	printk(LOG_GUEST "again\n");
	check_printed("(XEN) 90 guest messages left out\n(XEN) again\n");
}

static void ring_keeps_the_latest(void **state)
{
	static char buf[100000];
	uint32_t index = 0, mark;
	size_t n;

	console_ring_read(buf, sizeof(buf), &index, true, false);
	mark = index;
	printk("one\n");
	printk("two\n");
	assert_int_equal(console_ring_read(buf, sizeof(buf), &index, false, false), 20);
	assert_memory_equal(buf, "(XEN) one\n(XEN) two\n", 20);
	assert_int_equal(index, mark + 20);
	printk("three\n");
	n = console_ring_read(buf, sizeof(buf), &index, false, true); /* only what is new */
	assert_int_equal(n, 12);
	index = mark + 10;
	assert_int_equal(console_ring_read(buf, 4, &index, false, true), 4); /* small steps */
	assert_int_equal(index, mark + 14);
	index = mark - 70000; /* long gone: from the start of what is there */
	assert_int_equal(console_ring_read(buf, sizeof(buf), &index, false, true), 32);
	for (unsigned int i = 0; i < 10000; i++)
		printk("line %u\n", i);
	index = 0;
	n = console_ring_read(buf, sizeof(buf), &index, true, false);
	assert_int_equal(n, 64 * 1024);
	buf[n] = 0;
	assert_string_equal(buf + n - 16, "(XEN) line 9999\n");
	assert_int_equal(console_ring_read(buf, sizeof(buf), &index, false, false), 0);
}

static void keys(void **state)
{
	char buf[16];

	host_type("ab\001c");
	host_run_all();
	assert_int_equal(console_guest_read(buf, sizeof(buf)), 4);
	assert_memory_equal(buf, "ab\001c", 4);
	host_console_forget();
	host_type("\001\001\001h");
	host_run_all();
	assert_non_null(strstr(host_console_output(), "goes to the hypervisor"));
	assert_int_equal(console_guest_read(buf, sizeof(buf)), 0);
	host_console_forget();
	host_type("qmrtd?*ceu");
	host_run_all();
	assert_non_null(strstr(host_console_output(), "domain 0: refs"));
	host_console_forget();
	host_type("\001\001\001x");
	host_run_all();
	assert_int_equal(console_guest_read(buf, sizeof(buf)), 1);
	assert_true(host_stops(handle_keypress('R')));
	assert_string_equal(host_stopped, "restart");
}

static void help_lists_keys(void **state)
{
	host_console_forget();
	handle_keypress('h');
	assert_non_null(strstr(host_console_output(), "q  domains and vcpus"));
	handle_keypress(200);
}

static void panics(void **state)
{
	host_console_forget();
	boot_params.noreboot = true;
	assert_true(host_stops(panic("nothing %s", "works")));
	assert_string_equal(host_stopped, "halt");
	assert_non_null(strstr(host_console_output(), "Panic on CPU 0: nothing works\n"));
	boot_params.noreboot = false;
	assert_true(host_stops(BUG_ON(1 + 1 == 2)));
	assert_string_equal(host_stopped, "restart");
}

static int setup(void **state)
{
	host_init(2, 16, "");
	host_make_dom0(2, 0);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_line),
		cmocka_unit_test(dom0_memory),
		cmocka_unit_test(dom0_vcpus),
		cmocka_unit_test(sizes),
		cmocka_unit_test(levels_and_lines),
		cmocka_unit_test(stamps),
		cmocka_unit_test(words_of_values),
		cmocka_unit_test(guests_are_limited),
		cmocka_unit_test(ring_keeps_the_latest),
		cmocka_unit_test(keys),
		cmocka_unit_test(help_lists_keys),
		cmocka_unit_test(panics),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
