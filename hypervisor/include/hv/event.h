/* SPDX-License-Identifier: GPL-2.0-only */
/* event.h: event channels of one domain and the entry points that raise them. */
#ifndef HV_EVENT_H
#define HV_EVENT_H

#include <hv/types.h>
#include <hv/spinlock.h>
#include <xen/event_channel.h>

struct domain;
struct vcpu;

enum evtchn_state {
	ECS_FREE,
	ECS_RESERVED,
	ECS_UNBOUND,
	ECS_INTERDOMAIN,
	ECS_PIRQ,
	ECS_VIRQ,
	ECS_IPI,
};

struct evtchn {
	uint8_t state;            /* enum evtchn_state */
	uint8_t xen_consumer;     /* 1-based: a function of the hypervisor listens on this port */
	uint16_t notify_vcpu;
	evtchn_port_t port;
	union {
		struct { domid_t remote_domid; } unbound;
		struct { struct domain *remote_dom; evtchn_port_t remote_port; } interdomain;
		struct { uint32_t pirq; } pirq;
		uint32_t virq;
	} u;
	uint8_t priority;         /* FIFO: the queue it goes to */
	uint8_t fifo_waiting;     /* FIFO: raised while its word was not there yet */
	uint32_t fifo_last;       /* FIFO: vcpu << 8 | priority of the queue it was last put into */
};

#define EVTCHNS_PER_PAGE 64
#define MAX_2L_PORTS     4096
#define MAX_EVTCHNS      (1U << 17)

struct domain_events {
	struct spinlock lock;      /* LOCK_EVTCHN */
	struct evtchn **buckets;   /* of EVTCHNS_PER_PAGE ports each */
	unsigned int nr_ports;     /* allocated so far */
	evtchn_port_t first_free;  /* no port below it is free */
	evtchn_port_t next_reset;  /* a reset under way goes on here; 0: none */
	struct evtchn_fifo *fifo;  /* NULL: two-level ABI */
	unsigned int max_port;     /* limit from createdomain */
	unsigned int x_active;
	evtchn_port_t *pirq_port;  /* [nr_pirqs]: port bound to a pirq, 0 for none */
	unsigned int nr_pirqs;
	evtchn_port_t suspend_port; /* domctl subscribe: told of a shutdown in place of DOM_EXC */
	unsigned long poll_mask[2]; /* vcpus in SCHEDOP_poll; MAX_VIRT_CPUS bits */
};

/* A vcpu's queues of the FIFO ABI. */
struct vcpu_fifo {
	struct spinlock lock;      /* LOCK_EVTCHN_FIFO */
	struct evtchn_fifo_control_block *control; /* the guest's page, or NULL */
	evtchn_port_t tail[EVTCHN_FIFO_MAX_QUEUES];
};

void evtchn_vcpu_init(struct vcpu *v);
int evtchn_init(struct domain *d, unsigned int max_port, unsigned int nr_pirqs);
void evtchn_destroy(struct domain *d);       /* closes every port; the domain is dying */
void evtchn_destroy_final(struct domain *d); /* frees the memory */
/* arch_page_dirtied() for each page of d's in which events are told (FIFO). */
void evtchn_mark_dirty(struct domain *d);
/* Closes every port of d and goes back to the two-level ABI. -ERESTART: there are more, call again
 * with `resuming`; -EBUSY: another is under way (or none, when resuming); -EAGAIN: ports of the
 * hypervisor's consumers stay. */
int evtchn_reset(struct domain *d, bool resuming);

/* Raising events. Any context, interrupts included. */
void send_guest_vcpu_virq(struct vcpu *v, unsigned int virq);
void send_global_virq(unsigned int virq);    /* to whoever handles it, dom0 by default */
void send_guest_pirq(struct domain *d, unsigned int pirq);
/* d is shut down or dying: tells its subscriber, or else the handler of VIRQ_DOM_EXC. */
void send_shutdown_event(struct domain *d);
int set_global_virq_handler(struct domain *d, unsigned int virq);
long evtchn_send(struct domain *d, evtchn_port_t port); /* as EVTCHNOP_send returns it */
int evtchn_unmask(struct domain *d, evtchn_port_t port);
/* True if any port of ports[] is pending (SCHEDOP_poll). */
bool evtchn_port_pending(struct domain *d, evtchn_port_t port);
int evtchn_bind_vcpu(struct domain *d, evtchn_port_t port, unsigned int vcpu_id);
/* Sets v's upcall_pending and wakes it. Any context. */
void vcpu_mark_events_pending(struct vcpu *v);
/* `port` became pending: wakes the vcpus that poll it. */
void evtchn_check_pollers(struct domain *d, evtchn_port_t port);

#endif
