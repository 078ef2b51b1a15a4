/* SPDX-License-Identifier: GPL-2.0-only */
/* msix_ro.c: MSI-X tables in use: the pages that hold them are mapped by guests to read only.
 *
 * Two devices may share a page: when one's go, those of the others are protected anew.
 *
 * Locks: users_lock (LOCK_PIRQ) guards the list. */
#include <hv/list.h>
#include <hv/page.h>
#include <asm/irq.h>
#include <asm/x86.h>

struct msix_user {
	struct list_head link;
	uint8_t bus, devfn;
	unsigned int count;
	struct msix_pages pages;
};

static DEFINE_SPINLOCK(users_lock, LOCK_PIRQ);
static LIST_HEAD(users);

static struct msix_user *find(uint8_t bus, uint8_t devfn)
{
	struct msix_user *u;

	list_for_each_entry (u, &users, link)
		if (u->bus == bus && u->devfn == devfn)
			return u;
	return NULL;
}

static int protect(const struct msix_pages *p)
{
	int rc = iomem_protect(p->first[0], p->last[0]);

	return rc ? rc : iomem_protect(p->first[1], p->last[1]);
}

static void unprotect(const struct msix_pages *p)
{
	iomem_unprotect(p->first[0], p->last[0]);
	iomem_unprotect(p->first[1], p->last[1]);
}

int msix_protect(uint8_t bus, uint8_t devfn, const struct msix_pages *pages)
{
	struct msix_user *u, *fresh = xzalloc(struct msix_user);
	int rc = 0;

	if (!fresh)
		return -ENOMEM;
	spin_lock(&users_lock);
	u = find(bus, devfn);
	if (!u) {
		rc = protect(pages);
		if (!rc) {
			u = fresh;
			fresh = NULL;
			u->bus = bus;
			u->devfn = devfn;
			u->pages = *pages;
			list_add(&u->link, &users);
		}
	}
	if (u)
		u->count++;
	spin_unlock(&users_lock);
	xfree(fresh);
	return rc;
}

void msix_unprotect(uint8_t bus, uint8_t devfn)
{
	struct msix_user *u, *other;

	spin_lock(&users_lock);
	u = find(bus, devfn);
	if (u && --u->count) {
		u = NULL;
	} else if (u) {
		list_del(&u->link);
		unprotect(&u->pages);
		list_for_each_entry (other, &users, link)
			(void)protect(&other->pages);
	}
	spin_unlock(&users_lock);
	xfree(u);
}

unsigned int msix_users(uint8_t bus, uint8_t devfn)
{
	const struct msix_user *u;
	unsigned int n;

	spin_lock(&users_lock);
	u = find(bus, devfn);
	n = u ? u->count : 0;
	spin_unlock(&users_lock);
	return n;
}
