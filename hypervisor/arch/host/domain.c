/* SPDX-License-Identifier: GPL-2.0-only */
/* domain.c: domains and vcpus of the fake arch: they remember what was asked of them. */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include <asm/host.h>

#define HOST_PIRQS 64

int arch_domain_create(struct domain *d, const struct xen_domctl_createdomain *cfg)
{
	d->arch.created = true;
	return 0;
}

void arch_domain_destroy(struct domain *d)
{
	d->arch.created = false;
}

static struct page *next_allocated(struct domain *d)
{
	struct page *pg;

	for (pg = page_list_first(&d->page_list); pg; pg = page_list_next(pg))
		if (pg->count_info & PGC_allocated)
			return pg;
	return NULL;
}

int arch_domain_relinquish(struct domain *d)
{
	struct page *pg;

	if (d->arch.relinquish_rounds) {
		d->arch.relinquish_rounds--;
		return -ERESTART;
	}
	while ((pg = next_allocated(d)) != NULL)
		put_page_alloc_ref(pg);
	d->arch.relinquished = true;
	return 0;
}

int arch_vcpu_create(struct vcpu *v)
{
	return 0;
}

unsigned long host_early_frees;

void arch_vcpu_destroy(struct vcpu *v)
{
	host_early_frees += v->domain->sched_priv != NULL;
}

int arch_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
	v->arch.ctxt = *c;
	return 0;
}

int arch_vcpu_get_context(struct vcpu *v, struct vcpu_guest_context *ret_c)
{
	*ret_c = v->arch.ctxt;
	return 0;
}

int arch_vcpu_reset(struct vcpu *v)
{
	memset(&v->arch.ctxt, 0, sizeof(v->arch.ctxt));
	return 0;
}

void arch_domain_shutdown(struct domain *d) { }
void arch_domain_resume(struct domain *d) { }
void arch_domain_getinfo(struct domain *d, struct xen_domctl_getdomaininfo *info) { }
void arch_update_vcpu_time(struct vcpu *v) { }
void arch_update_wallclock(struct domain *d) { }
uint64_t arch_wallclock(void) { return 951825600500000000UL; } /* 2000-02-29 12:00:00.5 */
void arch_update_runstate_area(struct vcpu *v) { }

long arch_nmi_callback(unsigned long address)
{
	current->arch.nmi_callback = address;
	return 0;
}

long arch_vcpu_op(unsigned int cmd, struct vcpu *v, unsigned long guest_arg) { return -ENOSYS; }
long arch_domctl(struct domain *d, struct xen_domctl *op, bool *ret_copyback) { return -ENOSYS; }
long arch_sysctl(struct xen_sysctl *op, bool *ret_copyback) { return -ENOSYS; }
bool arch_vm_assist_valid(unsigned int type) { return type < 8; }

void arch_capabilities(char *buf, size_t size)
{
	strlcpy(buf, "xen-3.0-host", size);
}

unsigned long arch_platform_virt_start(const struct domain *d) { return 0; }
uint32_t arch_get_features(const struct domain *d, unsigned int submap) { return 0; }
uint32_t arch_build_id(const void **ret_id)
{
	*ret_id = "host";
	return 4;
}

void arch_physinfo_hw_cap(uint32_t hw_cap[8]) { memset(hw_cap, 0, 8 * sizeof(*hw_cap)); }

/* --- physical interrupts ----------------------------------------------------------------------- */

unsigned int arch_nr_pirqs(const struct domain *d)
{
	return HOST_PIRQS;
}

int arch_pirq_bind(struct vcpu *v, unsigned int pirq, bool will_share)
{
	uint64_t bit;

	if (pirq >= HOST_PIRQS)
		return -EINVAL;
	bit = 1ULL << pirq;
	if (v->domain->arch.pirqs_bound & bit)
		return -EBUSY;
	v->domain->arch.pirqs_bound |= bit;
	return 0;
}

void arch_pirq_unbind(struct domain *d, unsigned int pirq)
{
	d->arch.pirqs_bound &= ~(1ULL << pirq);
}

void arch_pirq_unmask(struct domain *d, unsigned int pirq)
{
	d->arch.unmasks++;
}

void arch_pirq_set_affinity(struct domain *d, unsigned int pirq, unsigned int cpu) { }
