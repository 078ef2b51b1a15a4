/* SPDX-License-Identifier: MIT */
/* domain.c: domctls that act on a whole domain. */
#include <string.h>

#include <xen/sched.h>

#include "private.h"

/* A domctl without arguments. */
static int simple(struct xc_interface *xch, uint32_t cmd, uint32_t domid)
{
	struct xen_domctl op = { .cmd = cmd, .domain = (domid_t)domid };

	return domid >= DOMID_FIRST_RESERVED ? -ESRCH : do_domctl(xch, &op);
}

int xc_domain_create(struct xc_interface *xch, uint32_t *domid,
		     const struct xen_domctl_createdomain *config)
{
	struct xen_domctl op = {
		.cmd = XEN_DOMCTL_createdomain, .domain = (domid_t)*domid,
		.u.createdomain = *config,
	};
	int rc = *domid >= DOMID_FIRST_RESERVED ? -EINVAL : do_domctl(xch, &op);

	if (rc == 0)
		*domid = op.domain;
	return (int)xc_edge(xch, rc, "create a domain");
}

int xc_domain_max_vcpus(struct xc_interface *xch, uint32_t domid, unsigned int max)
{
	struct xen_domctl op = {
		.cmd = XEN_DOMCTL_max_vcpus, .domain = (domid_t)domid, .u.max_vcpus.max = max,
	};

	return (int)xc_edge(xch, do_domctl(xch, &op), "%u vcpus for domain %u", max, domid);
}

int xc_domain_pause(struct xc_interface *xch, uint32_t domid)
{
	return (int)xc_edge(xch, simple(xch, XEN_DOMCTL_pausedomain, domid), "pause domain %u",
			    domid);
}

int xc_domain_unpause(struct xc_interface *xch, uint32_t domid)
{
	return (int)xc_edge(xch, simple(xch, XEN_DOMCTL_unpausedomain, domid), "unpause domain %u",
			    domid);
}

int xc_domain_destroy(struct xc_interface *xch, uint32_t domid)
{
	int rc;

	do /* EAGAIN: it freed a part and let others run */
		rc = simple(xch, XEN_DOMCTL_destroydomain, domid);
	while (rc == -EAGAIN);
	return (int)xc_edge(xch, rc, "destroy domain %u", domid);
}

int xc_domain_shutdown(struct xc_interface *xch, uint32_t domid, unsigned int reason)
{
	struct sched_remote_shutdown arg = { .domain_id = (domid_t)domid, .reason = reason };
	long rc;

	memcpy(xch->arg_page, &arg, sizeof(arg));
	rc = do_hypercall(xch, __HYPERVISOR_sched_op, SCHEDOP_remote_shutdown,
			  (uintptr_t)xch->arg_page, 0, 0, 0);
	return (int)xc_edge(xch, rc < 0 ? rc : 0, "shut down domain %u", domid);
}

int xc_domain_resume(struct xc_interface *xch, uint32_t domid)
{
	return (int)xc_edge(xch, simple(xch, XEN_DOMCTL_resumedomain, domid), "resume domain %u",
			    domid);
}

int xc_domain_getinfo(struct xc_interface *xch, uint32_t domid, xc_domaininfo_t *ret_info)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_getdomaininfo, .domain = (domid_t)domid };
	int rc = do_domctl(xch, &op);

	if (rc == 0 && op.u.getdomaininfo.domain != domid)
		rc = -ESRCH; /* that was the next one */
	if (rc == 0)
		*ret_info = op.u.getdomaininfo;
	return (int)xc_edge(xch, rc, "information on domain %u", domid);
}

int xc_domain_getinfolist(struct xc_interface *xch, uint32_t first, unsigned int max,
			  xc_domaininfo_t *list)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_getdomaininfolist };
	struct xen_sysctl_getdomaininfolist *get = &op.u.getdomaininfolist;
	struct xc_buf b = { 0 };
	int rc = -EINVAL;

	if (max && max <= 65536 && first <= DOMID_MASK)
		rc = buf_get(xch, &b, max * sizeof(*list), NULL);
	if (rc == 0) {
		get->first_domain = (domid_t)first;
		get->max_domains = max;
		set_xen_guest_handle(get->buffer, b.p);
		rc = do_sysctl(xch, &op);
	}
	if (rc == 0 && get->num_domains > max)
		rc = -EPROTO;
	if (rc == 0) {
		memcpy(list, b.p, get->num_domains * sizeof(*list));
		rc = (int)get->num_domains;
	}
	buf_put(xch, &b);
	return (int)xc_edge(xch, rc, "list of domains");
}

int xc_domain_send_trigger(struct xc_interface *xch, uint32_t domid, uint32_t trigger,
			   uint32_t vcpu)
{
	struct xen_domctl op = {
		.cmd = XEN_DOMCTL_sendtrigger, .domain = (domid_t)domid,
		.u.sendtrigger = { .trigger = trigger, .vcpu = vcpu },
	};

	return (int)xc_edge(xch, do_domctl(xch, &op), "trigger %u for domain %u", trigger, domid);
}

int xc_domain_sethandle(struct xc_interface *xch, uint32_t domid, const xen_domain_handle_t uuid)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_setdomainhandle, .domain = (domid_t)domid };

	memcpy(op.u.setdomainhandle.handle, uuid, sizeof(xen_domain_handle_t));
	return (int)xc_edge(xch, do_domctl(xch, &op), "uuid of domain %u", domid);
}

int xc_domain_setmaxmem(struct xc_interface *xch, uint32_t domid, uint64_t kib)
{
	struct xen_domctl op = {
		.cmd = XEN_DOMCTL_max_mem, .domain = (domid_t)domid, .u.max_mem.max_memkb = kib,
	};

	return (int)xc_edge(xch, do_domctl(xch, &op), "maximum memory of domain %u", domid);
}

int xc_domain_set_address_size(struct xc_interface *xch, uint32_t domid, unsigned int bits)
{
	struct xen_domctl op = {
		.cmd = XEN_DOMCTL_set_address_size, .domain = (domid_t)domid,
		.u.address_size.size = bits,
	};

	return (int)xc_edge(xch, do_domctl(xch, &op), "word size of domain %u", domid);
}

int xc_domain_get_address_size(struct xc_interface *xch, uint32_t domid, unsigned int *ret_bits)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_get_address_size, .domain = (domid_t)domid };
	int rc = do_domctl(xch, &op);

	if (rc == 0)
		*ret_bits = op.u.address_size.size;
	return (int)xc_edge(xch, rc, "word size of domain %u", domid);
}

int xc_domain_set_tsc_info(struct xc_interface *xch, uint32_t domid,
			   const struct xen_domctl_tsc_info *info)
{
	struct xen_domctl op = {
		.cmd = XEN_DOMCTL_settscinfo, .domain = (domid_t)domid, .u.tsc_info = *info,
	};

	return (int)xc_edge(xch, do_domctl(xch, &op), "time stamp counter of domain %u", domid);
}

int xc_domain_get_tsc_info(struct xc_interface *xch, uint32_t domid,
			   struct xen_domctl_tsc_info *ret_info)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_gettscinfo, .domain = (domid_t)domid };
	int rc = do_domctl(xch, &op);

	if (rc == 0)
		*ret_info = op.u.tsc_info;
	return (int)xc_edge(xch, rc, "time stamp counter of domain %u", domid);
}

int xc_domain_hypercall_init(struct xc_interface *xch, uint32_t domid, xen_pfn_t gmfn)
{
	struct xen_domctl op = {
		.cmd = XEN_DOMCTL_hypercall_init, .domain = (domid_t)domid,
		.u.hypercall_init.gmfn = gmfn,
	};

	return (int)xc_edge(xch, do_domctl(xch, &op), "hypercall page of domain %u", domid);
}

/* ---- event channels that belong to another domain -------------------------------------------- */

static long evtchn_op(struct xc_interface *xch, unsigned int cmd, void *arg, size_t bytes)
{
	long rc;

	memcpy(xch->arg_page, arg, bytes);
	rc = do_hypercall(xch, __HYPERVISOR_event_channel_op, cmd, (uintptr_t)xch->arg_page, 0, 0,
			  0);
	if (rc >= 0)
		memcpy(arg, xch->arg_page, bytes);
	return rc;
}

int xc_evtchn_alloc_unbound(struct xc_interface *xch, uint32_t domid, uint32_t remote_domid)
{
	struct evtchn_alloc_unbound arg = {
		.dom = (domid_t)domid, .remote_dom = (domid_t)remote_domid,
	};
	long rc = evtchn_op(xch, EVTCHNOP_alloc_unbound, &arg, sizeof(arg));

	return (int)xc_edge(xch, rc < 0 ? rc : (int)arg.port, "event channel of domain %u", domid);
}

int xc_evtchn_reset(struct xc_interface *xch, uint32_t domid)
{
	struct evtchn_reset arg = { .dom = (domid_t)domid };

	return (int)xc_edge(xch, evtchn_op(xch, EVTCHNOP_reset, &arg, sizeof(arg)),
			    "event channels of domain %u", domid);
}

int xc_evtchn_status(struct xc_interface *xch, struct evtchn_status *status)
{
	return (int)xc_edge(xch, evtchn_op(xch, EVTCHNOP_status, status, sizeof(*status)),
			    "event channel %u of domain %u", status->port, status->dom);
}
