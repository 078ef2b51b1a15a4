/* SPDX-License-Identifier: GPL-2.0-only */
/* keys.c: debug keys of x86: registers of dom0, interrupts, NMIs, time stamp counters.
 *
 * Context: a tasklet or a sysctl; no lock held. */
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include <asm/irq.h>
#include <asm/time.h>
#include <asm/x86.h>

static void show_vcpu(struct vcpu *v)
{
	s_time_t end;

	printk("*** Dumping Dom0 vcpu#%u state: ***\n", v->vcpu_id);
	if (v == current) {
		show_registers(guest_cpu_user_regs());
		return;
	}
	/* For so long and no longer: it may be waiting for the vcpu that this is done on behalf of. */
	vcpu_pause_nosync(v);
	vcpu_give_up_state(v);
	for (end = now() + MILLISECS(100); READ_ONCE(v->is_running) && now() < end; )
		arch_relax(true);
	if (READ_ONCE(v->is_running))
		printk("it does not stop\n");
	else
		show_registers(&v->arch.user_regs);
	vcpu_unpause(v);
}

static void key_dom0_registers(void)
{
	struct vcpu *v;

	if (!hardware_domain)
		return;
	for_each_vcpu(hardware_domain, v)
		if (v->is_initialised)
			show_vcpu(v);
}

static void key_msi(void)
{
	unsigned int i;

	printk("MSI information:\n");
	for (i = nr_gsis; i < NR_IRQS; i++)
		if (irq_desc[i].kind == IRQ_MSI)
			printk("  irq %3u vector %02x cpu %u %s\n", i, irq_desc[i].vector,
				irq_desc[i].cpu, irq_desc[i].enabled ? "enabled" : "masked");
}

static void key_nmi(void)
{
	struct vcpu *v;

	printk("NMIs taken: %u\n", nmis_taken());
	if (!hardware_domain)
		return;
	for_each_vcpu(hardware_domain, v)
		printk("d0v%u: NMI %s pending, %s masked\n", v->vcpu_id,
			v->arch.nmi_pending ? "is" : "not", v->arch.nmi_masked ? "is" : "not");
}

static void key_tsc(void)
{
	struct domain *d = domain_get_next(0);

	printk("TSC %s\n", tsc_stable ? "stable" : "not stable: time is the platform counter's");
	while (d) {
		domid_t next = d->domain_id + 1;

		printk("dom%u: %s, mode=%u, khz=%u, inc=%u\n", d->domain_id,
			d->arch.vtsc ? "emulated" : "native", d->arch.tsc_mode, d->arch.tsc_khz,
			d->arch.incarnation);
		domain_put(d);
		d = domain_get_next(next);
	}
}

void x86_keys_init(void)
{
	keyhandler_register('0', key_dom0_registers, "dom0's registers");
	keyhandler_register('M', key_msi, "message-signalled interrupts");
	keyhandler_register('Q', physdev_dump, "PCI devices");
	keyhandler_register('i', irq_dump, "interrupt lines");
	keyhandler_register('n', key_nmi, "NMIs");
	keyhandler_register('s', key_tsc, "time stamp counters");
}
