/* SPDX-License-Identifier: GPL-2.0-only */
/* irq.h: interrupt lines, between irq/ and the drivers. An irq below nr_gsis is an I/O APIC input,
 * above it a message-signalled one. */
#ifndef ASM_IRQ_H
#define ASM_IRQ_H

#include <hv/types.h>
#include <hv/spinlock.h>

struct domain;

#define NR_IRQS 256

enum irq_kind { IRQ_FREE, IRQ_IOAPIC, IRQ_MSI };

struct msi_where; /* irq/msi.c */

struct irq_desc {
	struct spinlock lock;        /* LOCK_IRQ_DESC */
	uint8_t kind, vector;        /* vector 0: none yet */
	bool level, active_low;
	bool set_up;                 /* trigger and polarity are what dom0 said */
	bool enabled;                /* has a handler or a guest: not masked but for in_flight */
	bool in_flight;              /* level: masked until the guest's EOI */
	unsigned int irq, cpu;       /* CPU it is sent to */
	void (*handler)(void *data); /* the hypervisor's own, else NULL */
	void *data;
	struct domain *guest;        /* or a guest's, as its */
	unsigned int pirq;
	struct msi_where *msi;
	unsigned long x_seen;
};
extern struct irq_desc irq_desc[NR_IRQS];
extern unsigned int nr_gsis;

/* irq/irq.c. All return 0 or -Exxx. */
void irq_init(void);
int irq_alloc_msi(unsigned int *ret_irq);
void irq_free_msi(unsigned int irq);
/* The hypervisor's own handler, called with interrupts off. -EBUSY. */
int irq_request(unsigned int irq, void (*handler)(void *), void *data);
int irq_bind_guest(unsigned int irq, struct domain *d, unsigned int pirq, unsigned int cpu);
void irq_unbind_guest(unsigned int irq, struct domain *d);
void irq_guest_eoi(unsigned int irq, struct domain *d);
void irq_set_cpu(unsigned int irq, unsigned int cpu);
/* Trigger and polarity, once: -EEXIST afterwards, and for what the hypervisor has set up itself. */
int irq_setup_gsi(unsigned int gsi, bool level, bool active_low);
void irq_dump(void);

/* irq/ioapic.c; desc->lock held */
void ioapic_init(void);
void ioapic_write_entry(const struct irq_desc *desc, bool masked);
/* GSI of an ISA interrupt (MADT overrides). */
unsigned int isa_irq_to_gsi(unsigned int irq);
bool ioapic_is_at(paddr_t base);
int ioapic_guest_read(paddr_t base, uint32_t reg, uint32_t *ret_value);

/* irq/apic.c: CPUs are started at, and put back to waiting for, a start-up message */
void apic_start_ap(uint32_t apicid, unsigned int page, void (*delay_us)(unsigned int));
void apic_stop_ap(uint32_t apicid);
void apic_timer_calibrate(void);

/* irq/msi.c; desc->lock held for the first two */
void msi_write(const struct irq_desc *desc);
void msi_mask(const struct irq_desc *desc, bool masked);
struct msi_request { uint16_t seg; uint8_t bus, devfn; unsigned int entry; uint64_t table_base; };
/* Finds the capability, maps the table entry. */
int msi_prepare(const struct msi_request *req, struct msi_where **ret_where);
void msi_release(struct msi_where *w);
/* Writes the messages again after the device lost them. */
int msi_restore(uint16_t seg, uint8_t bus, uint8_t devfn);
/* A device's MSI-X table is protected whether or not it is in use: -ENODEV, -EBUSY. */
int msix_prepare(uint16_t seg, uint8_t bus, uint8_t devfn, bool on);
/* irq/msix_ro.c: pages that no guest may write while a device's table is in use; nests. */
struct msix_pages { unsigned long first[2], last[2]; }; /* the table's, the pending bits' */
int msix_protect(uint8_t bus, uint8_t devfn, const struct msix_pages *pages);
void msix_unprotect(uint8_t bus, uint8_t devfn);
unsigned int msix_users(uint8_t bus, uint8_t devfn);
/* dom0 writes to configuration space: false if it may not, else *v is what is to be written. */
bool msi_conf_write_ok(uint8_t bus, uint8_t devfn, unsigned int reg, unsigned int size, uint32_t *v);
bool msi_is_of(struct irq_desc *desc, uint8_t bus, uint8_t devfn);
void physdev_dump(void); /* debug key Q */

/* drivers/pci.c: configuration space below 256 bytes. Any context. */
uint32_t pci_conf_read(uint8_t bus, uint8_t devfn, unsigned int reg, unsigned int size);
void pci_conf_write(uint8_t bus, uint8_t devfn, unsigned int reg, unsigned int size, uint32_t v);
unsigned int pci_find_cap(uint8_t bus, uint8_t devfn, uint8_t id); /* 0: none */

/* boot/smp.c: VECTOR_CALL */
void smp_call_ipi(void);

#endif
