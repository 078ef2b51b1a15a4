/* SPDX-License-Identifier: GPL-2.0-only */
/* op_domain.c: requests about domains. */
#include <errno.h>
#include <stdio.h>
#include "xenstored/domain.h"
#include "xenstored/journal.h"
#include "xenstored/request.h"

static int domid_arg(const char *s, uint32_t *ret_domid)
{
	uint64_t v;
	int err = request_number(s, DOMID_COUNT - 1, &v);

	if (err == 0)
		*ret_domid = v;
	return err;
}

/* A guest's domain that is introduced. */
static int guest_arg(struct request *r, const char *s, struct domain **ret_domain)
{
	uint32_t domid = 0;
	int err = domid_arg(s, &domid);

	if (err < 0)
		return err;
	if (domain_privileged(domid))
		return -EINVAL;
	*ret_domain = domain_find(r->s, domid);
	return *ret_domain && (*ret_domain)->introduced ? 0 : -ENOENT;
}

int op_introduce(struct request *r)
{
	uint64_t gfn, port;
	uint32_t domid = 0;
	int err;

	err = domid_arg(r->arg[0], &domid);
	if (err == 0)
		err = request_number(r->arg[1], UINT64_MAX, &gfn);
	if (err == 0)
		err = request_number(r->arg[2], UINT32_MAX, &port);
	if (err == 0 && (domain_privileged(domid) || port == 0))
		err = -EINVAL;
	if (err == 0)
		err = domain_introduce(r->s, domid, gfn, port);
	return err < 0 ? err : request_ok(r);
}

int op_release(struct request *r)
{
	struct domain *d;
	int err = guest_arg(r, r->arg[0], &d);

	if (err < 0)
		return err;
	domain_release(r->s, d);
	return request_ok(r);
}

int op_resume(struct request *r)
{
	struct domain *d;
	int err = guest_arg(r, r->arg[0], &d);

	if (err < 0)
		return err;
	d->shutdown = false;
	journal_domain(r->s, d);
	return request_ok(r);
}

int op_set_target(struct request *r)
{
	struct domain *d, *target;
	int err = guest_arg(r, r->arg[0], &d);

	if (err == 0)
		err = guest_arg(r, r->arg[1], &target);
	if (err < 0)
		return err;
	d->target = target->domid;
	if (d->conn)
		d->conn->who.target = target->domid;
	journal_domain(r->s, d);
	return request_ok(r);
}

int op_get_domain_path(struct request *r)
{
	char path[40];
	uint32_t domid = 0;
	int len, err = domid_arg(r->arg[0], &domid);

	if (err < 0)
		return err;
	len = snprintf(path, sizeof(path), "/local/domain/%u", domid);
	request_answer(r, path, len + 1);
	return 0;
}

int op_is_introduced(struct request *r)
{
	struct domain *d;
	uint64_t domid;
	int err = request_number(r->arg[0], UINT32_MAX, &domid);

	if (err < 0)
		return err;
	d = domid < DOMID_COUNT ? domain_find(r->s, domid) : NULL;
	request_answer(r, domid == 0 || (d && d->introduced) ? "T" : "F", 2);
	return 0;
}
