/* SPDX-License-Identifier: MIT */
/* nmi_op: the guest's NMI handler. */
#ifndef XEN_NMI_H
#define XEN_NMI_H

#include "xen.h"

#define XEN_NMIREASON_io_error		(1UL << 0)
#define XEN_NMIREASON_pci_serr		(1UL << 1)
#define XEN_NMIREASON_unknown		(1UL << 2)
#define XENNMI_register_callback	0

struct xennmi_callback {
	unsigned long handler_address;
	unsigned long pad;
};
typedef struct xennmi_callback xennmi_callback_t;
DEFINE_XEN_GUEST_HANDLE(xennmi_callback_t);

#define XENNMI_unregister_callback	1

#endif /* XEN_NMI_H */
