/* SPDX-License-Identifier: GPL-2.0-only */
/* board_nmi.c: NMIs that the board sends: a button, a watchdog, a parity or bus error. Option nmi= says what becomes
 * of them: dom0's first vcpu has them, or nobody, or the machine ends. They reach the boot CPU only.
 *
 * Locks:   none: bits change atomically.
 * Context: board_nmi() in an NMI, which may interrupt anything: the rest is done in a softirq. */
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/param.h>
#include <hv/softirq.h>
#include <hv/target.h>
#include <asm/x86.h>
#include <xen/nmi.h>

#define PORT_B        0x61
#define PORT_B_KEEP   0x0f
#define REASON_SERR   0x80
#define REASON_IOCHK  0x40
#define CLEAR_SERR    0x04
#define CLEAR_IOCHK   0x08

static unsigned int count;
static unsigned long reasons; /* XEN_NMIREASON_x that dom0 has not been told of */

unsigned int nmis_taken(void)
{
	return READ_ONCE(count);
}

/* Why it came, in port B; that line is off until the softirq has told. */
static unsigned long reason_of(uint8_t port_b)
{
	if (port_b & REASON_SERR) {
		outb((port_b & PORT_B_KEEP) | CLEAR_SERR, PORT_B);
		return XEN_NMIREASON_pci_serr;
	}
	if (port_b & REASON_IOCHK) {
		outb((port_b & PORT_B_KEEP) | CLEAR_IOCHK, PORT_B);
		return XEN_NMIREASON_io_error;
	}
	return XEN_NMIREASON_unknown;
}

static const char *name_of(unsigned long reason)
{
	return reason & XEN_NMIREASON_pci_serr ? "a bus error (SERR)" :
		reason & XEN_NMIREASON_io_error ? "an I/O or memory error (IOCHK)" : "without a known reason";
}

void board_nmi(const struct cpu_user_regs *regs)
{
	unsigned long reason = reason_of(inb(PORT_B));

	__atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
	if (boot_params.nmi == NMI_FATAL) {
		console_force_unlock();
		show_registers(regs);
		show_backtrace(regs);
		panic("an NMI, %s", name_of(reason));
	}
	__atomic_fetch_or(&reasons, reason, __ATOMIC_RELAXED);
	softirq_raise(SOFTIRQ_MACHINE);
}

static void tell_dom0(unsigned long what)
{
	struct vcpu *v = hardware_domain ? domain_vcpu(hardware_domain, 0) : NULL;

	if (!v || !v->arch.trap_ctxt || !v->arch.trap_ctxt[2].address)
		return;
	__atomic_fetch_or(&hardware_domain->shared_info->arch.nmi_reason, what, __ATOMIC_SEQ_CST);
	vcpu_send_nmi(v);
}

void board_nmi_softirq(void)
{
	unsigned long what = __atomic_exchange_n(&reasons, 0, __ATOMIC_RELAXED);
	const unsigned long errors = XEN_NMIREASON_pci_serr | XEN_NMIREASON_io_error;

	if (!what)
		return;
	if (what & errors) {
		printk(LOG_ERR "NMI: %s\n", name_of(what));
		outb(inb(PORT_B) & PORT_B_KEEP & ~(CLEAR_SERR | CLEAR_IOCHK), PORT_B);
	}
	if (boot_params.nmi == NMI_DOM0)
		tell_dom0(what);
}
