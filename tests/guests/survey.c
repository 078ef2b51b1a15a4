/* SPDX-License-Identifier: GPL-2.0-only */
/* survey: every operation of every hypercall that has any, with an argument of zeroes, of ones and of
 * words that are 1, from dom0 and from a domain: what each answers. survey.inc has packaged Xen's answers;
 * with the argument "list" the guest prints that file instead. */
#include <xen/nmi.h>
#include <xen/platform.h>
#include <xen/arch-x86/xen-mca.h>
#include <xen/sysctl.h>
#include "child.h"

#define FILLS 3
#define ZEROES 1 /* as bits: where a call is left out */
#define ONES   2
#define WORDS  4
#define ALL    7
#define DOM0   8 /* only from dom0 */

/* Where the operation's number stands, and where the argument is. */
enum shape {
	IN_ARG,     /* number, pointer, 1 */
	IN_VCPU,    /* number, vcpu, pointer; once for each of two vcpus and for none */
	IN_STRUCT,  /* in the structure: number and version */
	IN_DOMCTL,  /* and a domain: another, oneself, none */
	IN_MMUEXT,  /* one operation of an array */
	PLAIN,      /* number, value */
};

struct group {
	const char *name;
	uint8_t nr;
	enum shape shape;
	uint16_t first, last;
	uint32_t version;
};

static const struct group groups[] = {
	{ "domctl", __HYPERVISOR_domctl, IN_DOMCTL, 0, 88, XEN_DOMCTL_INTERFACE_VERSION },
	{ "gdbsx", __HYPERVISOR_domctl, IN_DOMCTL, 1000, 1004, XEN_DOMCTL_INTERFACE_VERSION },
	{ "sysctl", __HYPERVISOR_sysctl, IN_STRUCT, 0, 31, XEN_SYSCTL_INTERFACE_VERSION },
	{ "platform_op", __HYPERVISOR_platform_op, IN_STRUCT, 0, 66, XENPF_INTERFACE_VERSION },
	{ "mca", __HYPERVISOR_mca, IN_STRUCT, 0, 7, XEN_MCA_INTERFACE_VERSION },
	{ "memory_op", __HYPERVISOR_memory_op, IN_ARG, 0, 30, 0 },
	{ "event_channel_op", __HYPERVISOR_event_channel_op, IN_ARG, 0, 15, 0 },
	{ "grant_table_op", __HYPERVISOR_grant_table_op, IN_ARG, 0, 14, 0 },
	{ "physdev_op", __HYPERVISOR_physdev_op, IN_ARG, 0, 33, 0 },
	{ "sched_op", __HYPERVISOR_sched_op, IN_ARG, 0, 9, 0 },
	{ "sched_op_compat", __HYPERVISOR_sched_op_compat, IN_ARG, 0, 4, 0 },
	{ "xen_version", __HYPERVISOR_xen_version, IN_ARG, 0, 12, 0 },
	{ "callback_op", __HYPERVISOR_callback_op, IN_ARG, 0, 3, 0 },
	{ "nmi_op", __HYPERVISOR_nmi_op, IN_ARG, 0, 3, 0 },
	{ "hvm_op", __HYPERVISOR_hvm_op, IN_ARG, 0, 27, 0 },
	{ "kexec_op", __HYPERVISOR_kexec_op, IN_ARG, 0, 8, 0 },
	{ "xenoprof_op", __HYPERVISOR_xenoprof_op, IN_ARG, 0, 18, 0 },
	{ "xenpmu_op", __HYPERVISOR_xenpmu_op, IN_ARG, 0, 8, 0 },
	{ "hypfs_op", __HYPERVISOR_hypfs_op, IN_ARG, 0, 4, 0 },
	{ "argo_op", __HYPERVISOR_argo_op, IN_ARG, 0, 6, 0 },
	{ "tmem_op", __HYPERVISOR_tmem_op, IN_ARG, 0, 4, 0 },
	{ "xsm_op", __HYPERVISOR_xsm_op, IN_ARG, 0, 4, 0 },
	{ "vcpu_op", __HYPERVISOR_vcpu_op, IN_VCPU, 0, 15, 0 },
	{ "mmuext_op", __HYPERVISOR_mmuext_op, IN_MMUEXT, 0, 25, 0 },
	{ "console_io", __HYPERVISOR_console_io, PLAIN, 2, 4, 0 },
	{ "vm_assist", __HYPERVISOR_vm_assist, PLAIN, 0, 4, 0 },
	{ "set_debugreg", __HYPERVISOR_set_debugreg, PLAIN, 0, 9, 0 },
	{ "get_debugreg", __HYPERVISOR_get_debugreg, PLAIN, 0, 9, 0 },
	{ "set_segment_base", __HYPERVISOR_set_segment_base, PLAIN, 0, 5, 0 },
	{ "fpu_taskswitch", __HYPERVISOR_fpu_taskswitch, PLAIN, 0, 2, 0 },
};

/* What would end the guest, or stop or change the machine. */
static const struct {
	uint8_t nr;
	uint16_t op;
	uint8_t fills;
} left_out[] = {
	{ __HYPERVISOR_sched_op, SCHEDOP_block, ALL },
	{ __HYPERVISOR_sched_op, SCHEDOP_shutdown, ALL },
	{ __HYPERVISOR_sched_op, SCHEDOP_shutdown_code, ALL },
	{ __HYPERVISOR_sched_op, SCHEDOP_poll, ZEROES },
	{ __HYPERVISOR_sched_op, SCHEDOP_remote_shutdown, ZEROES },
	{ __HYPERVISOR_sched_op, SCHEDOP_watchdog, ZEROES | WORDS },
	{ __HYPERVISOR_sched_op_compat, 1, ALL },
	{ __HYPERVISOR_sched_op_compat, 2, ALL },
	{ __HYPERVISOR_vcpu_op, VCPUOP_down, ALL },
	{ __HYPERVISOR_sysctl, XEN_SYSCTL_cpu_hotplug, WORDS | DOM0 },
	{ __HYPERVISOR_platform_op, XENPF_cpu_offline, WORDS | DOM0 },
	{ __HYPERVISOR_platform_op, XENPF_core_parking, WORDS | DOM0 },
	{ __HYPERVISOR_platform_op, XENPF_enter_acpi_sleep, ALL | DOM0 },
	/* For fewer CPUs than there are packaged Xen writes beyond its array. */
	{ __HYPERVISOR_mca, XEN_MC_physcpuinfo, WORDS | DOM0 },
	{ __HYPERVISOR_kexec_op, 1, ALL | DOM0 }, /* it follows the pointers, and falls */
};

struct row {
	const char *who, *name;
	uint16_t op;
	int16_t want[3][FILLS];
	const char *differs;
};
static const struct row rows[] = {
#include "survey.inc"
	{ NULL, NULL, 0, { { 0 } }, NULL },
};

static uint32_t buf[256] __attribute__((aligned(4096)));
static struct xen_domctl op_d;
static bool listing;

static bool is_left_out(const struct group *g, unsigned int op, unsigned int fill)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(left_out); i++)
		if (left_out[i].nr == g->nr && left_out[i].op == op && left_out[i].fills >> fill & 1)
			return !in_child || !(left_out[i].fills & DOM0);
	return false;
}

/* A domain without memory that nothing has been done to; the one before is ended. */
static domid_t new_domain(void)
{
	static domid_t last;

	if (last)
		domctl(XEN_DOMCTL_destroydomain, last, &op_d);
	last = create_domain(1, &op_d) ? 0 : op_d.domain;
	memset(&op_d, 0, sizeof(op_d));
	op_d.u.max_vcpus.max = 1;
	domctl(XEN_DOMCTL_max_vcpus, last, &op_d);
	return last;
}

static domid_t target_of(unsigned int column)
{
	if (column == 1)
		return 0;
	return column == 2 || in_child ? DOMID_SELF : new_domain();
}

static void fill_buf(unsigned int fill)
{
	static const uint32_t values[FILLS] = { 0, ~0U, 1 };

	for (unsigned int i = 0; i < ARRAY_SIZE(buf); i++)
		buf[i] = values[fill];
}

static long one_call(const struct group *g, unsigned int op, unsigned int fill, unsigned int column)
{
	static const unsigned int vcpus[] = { 0, 1, 99 };
	static const uint64_t values[FILLS] = { 0, ~0UL, 1 };

	fill_buf(fill);
	switch (g->shape) {
	case IN_DOMCTL:
		buf[2] = target_of(column) | (fill ? 0xffff0000 : 0);
		__attribute__((fallthrough));
	case IN_STRUCT:
		buf[0] = op;
		buf[1] = g->version;
		return hypercall1(g->nr, buf);
	case IN_VCPU:
		return hypercall3(g->nr, op, vcpus[column], buf);
	case IN_MMUEXT:
		buf[0] = op;
		return hypercall4(g->nr, buf, 1, 0, DOMID_SELF);
	case PLAIN:
		return hypercall2(g->nr, op, values[fill]);
	default:
		return hypercall3(g->nr, op, buf, 1);
	}
}

/* Entries and masks as they were. */
static void tidy(void)
{
	guest_entries();
	hypercall2(__HYPERVISOR_nmi_op, XENNMI_unregister_callback, 0);
	shared->vcpu_info[0].evtchn_upcall_mask = 1;
}

static unsigned int columns(const struct group *g)
{
	return g->shape == IN_DOMCTL || g->shape == IN_VCPU ? 3 : 1;
}

static void ask(const struct group *g, unsigned int op, long got[3][FILLS])
{
	unsigned int column, fill;

	for (column = 0; column < columns(g); column++) {
		for (fill = 0; fill < FILLS; fill++) {
			long rc = is_left_out(g, op, fill) ? 0 : one_call(g, op, fill, column);

			got[column][fill] = rc > 0 ? 1 : rc; /* a number of something */
			tidy();
		}
	}
}

static bool same_word(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static const char *me(void)
{
	return in_child ? "domain" : "dom0";
}

static const struct row *find_row(const struct group *g, unsigned int op)
{
	const struct row *r;

	for (r = rows; r->who; r++)
		if (r->op == op && same_word(r->name, g->name) && same_word(r->who, me()))
			return r;
	return NULL;
}

static void print_answers(const struct group *g, long got[3][FILLS])
{
	for (unsigned int column = 0; column < columns(g); column++)
		print("%s{ %ld, %ld, %ld }", column ? ", " : "", got[column][0], got[column][1],
			got[column][2]);
}

static void list_op(const struct group *g, unsigned int op, long got[3][FILLS])
{
	print("{ \"%s\", \"%s\", %d, { ", me(), g->name, op);
	print_answers(g, got);
	print(" }, NULL },\n");
}

/* "dom0 domctl 12" */
static const char *name_of(const struct group *g, unsigned int op)
{
	static char name[64];
	const char *parts[] = { me(), " ", g->name, " " };
	unsigned int n = 0, i, unit = 1;

	for (i = 0; i < ARRAY_SIZE(parts); i++)
		for (const char *s = parts[i]; *s; s++)
			name[n++] = *s;
	while (op / unit >= 10)
		unit *= 10;
	for (; unit; unit /= 10)
		name[n++] = '0' + op / unit % 10;
	name[n] = 0;
	return name;
}

static void check_op(const struct group *g, unsigned int op)
{
	const struct row *r = find_row(g, op);
	long got[3][FILLS];
	bool same = r;

	ask(g, op, got);
	if (listing) {
		list_op(g, op, got);
		return;
	}
	for (unsigned int column = 0; column < columns(g); column++)
		for (unsigned int fill = 0; fill < FILLS && same; fill++)
			same = got[column][fill] == r->want[column][fill];
	if (!same) {
		print("# got ");
		print_answers(g, got);
		print("\n");
	}
	if (r && r->differs)
		differs(r->differs);
	check(same, name_of(g, op));
}

static void nothing(void)
{
}

static void survey(unsigned int first, unsigned int last)
{
	on_event = nothing;
	for (unsigned int i = first; i < last; i++)
		for (unsigned int op = groups[i].first; op <= groups[i].last; op++)
			check_op(&groups[i], op);
}

/* In two, as a domain can say only so much. */
static void first_half(void)
{
	survey(0, 6);
}

static void second_half(void)
{
	survey(6, ARRAY_SIZE(groups));
}

void guest_main(void)
{
	listing = same_word((const char *)si->cmd_line, "list");
	child_run(first_half, 30);
	child_run(second_half, 30);
	survey(0, ARRAY_SIZE(groups));
}
