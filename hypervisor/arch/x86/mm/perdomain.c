/* SPDX-License-Identifier: GPL-2.0-only */
/* perdomain.c: the tables behind L4 slot 260 of a domain: GDT and LDT of each vcpu.
 *
 * A vcpu has 32 entries: 14 pages of its guest's GDT, the page with the hypervisor's descriptors
 * of the CPU it runs on, one spare; 16 pages of LDT. GDT pages that the guest did not set map a
 * page of zeroes, so that using them is a plain #GP; those of the LDT are not present and fault
 * in (ldt.c). */
#include "mm.h"

#define L1_PER_VCPU  (PERDOMAIN_VCPU_SIZE / PAGE_SIZE)
#define VCPUS_PER_L1 (PT_ENTRIES / L1_PER_VCPU)

static void *zero_page;

pte_t perdomain_empty_gdt_pte(void)
{
	return mk_pte(virt_to_mfn(zero_page), PTE_P | PTE_A | PTE_NX);
}

int perdomain_init(struct domain *d)
{
	if (!zero_page)
		zero_page = alloc_zeroed_page();
	if (!zero_page)
		return -ENOMEM;
	d->arch.perdomain_l3 = alloc_zeroed_page();
	d->arch.perdomain_l2 = alloc_zeroed_page();
	if (!d->arch.perdomain_l3 || !d->arch.perdomain_l2) {
		perdomain_free(d);
		return -ENOMEM;
	}
	d->arch.perdomain_l3[l3_index(PERDOMAIN_VIRT_START)] =
		mk_pte(virt_to_mfn(d->arch.perdomain_l2), PTE_HV);
	return 0;
}

static void free_table(pte_t **p)
{
	if (*p)
		free_xenheap_page(*p);
	*p = NULL;
}

void perdomain_free(struct domain *d)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(d->arch.perdomain_l1_pages); i++)
		free_table(&d->arch.perdomain_l1_pages[i]);
	free_table(&d->arch.perdomain_l2);
	free_table(&d->arch.perdomain_l3);
}

int perdomain_vcpu_init(struct vcpu *v)
{
	struct domain *d = v->domain;
	unsigned int n = v->vcpu_id / VCPUS_PER_L1, i;
	pte_t **l1 = &d->arch.perdomain_l1_pages[n];

	if (!*l1) {
		*l1 = alloc_zeroed_page();
		if (!*l1)
			return -ENOMEM;
		d->arch.perdomain_l2[n] = mk_pte(virt_to_mfn(*l1), PTE_HV);
	}
	v->arch.perdomain_l1 = *l1 + (v->vcpu_id % VCPUS_PER_L1) * L1_PER_VCPU;
	for (i = 0; i < L1_PER_VCPU / 2; i++)
		v->arch.perdomain_l1[i] = perdomain_empty_gdt_pte();
	v->arch.guest_table = v->arch.guest_table_user = INVALID_MFN;
	vcpu_update_roots(v);
	return 0;
}
