/* SPDX-License-Identifier: GPL-2.0-only */
/* tiny: a guest of the toolstack, up in no time. It echoes lines typed on its console, obeys
 * control/shutdown, and misbehaves as told: by the words of its command line, and by typed lines. */
#include "guest.h"
#include <xen/io/console.h>
#include <xen/io/xs_wire.h>

static struct xencons_interface *console;
static struct xenstore_domain_interface *store;
static bool shutdown_changed, store_lost, console_lost;
static char line[128];
static unsigned int line_len;

/* ---- events ------------------------------------------------------------------------------------- */

static void notify(unsigned int port)
{
	struct evtchn_send s = { .port = port };

	hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_send, &s);
}

static void forget(unsigned int port)
{
	__atomic_fetch_and(&shared->evtchn_pending[port / 64], ~(1UL << port % 64), __ATOMIC_SEQ_CST);
}

/* Until somebody notified us of either ring since the last forget(). */
static void wait(void)
{
	evtchn_port_t ports[2] = { si->store_evtchn, si->console.domU.evtchn };
	struct sched_poll p = { .nr_ports = 2 };

	set_xen_guest_handle(p.ports, ports);
	hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, &p);
}

static void stop(unsigned int reason)
{
	struct sched_shutdown s = { .reason = reason };

	for (;;)
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_shutdown, &s);
}

/* The page of a ring is in the initial mapping. */
static void *page_of(unsigned long mfn)
{
	return (void *)(VIRT_BASE + (((const unsigned long *)0xffff800000000000UL)[mfn] << 12));
}

/* ---- console ------------------------------------------------------------------------------------- */

/* Where print() of start.c ends. */
void guest_write(const char *s, unsigned int len)
{
	console = page_of(si->console.domU.mfn);
	while (len && !console_lost) {
		uint32_t prod = console->out_prod;

		forget(si->console.domU.evtchn);
		if (prod - __atomic_load_n(&console->out_cons, __ATOMIC_ACQUIRE) >= sizeof(console->out)) {
			wait();
			continue;
		}
		console->out[MASK_XENCONS_IDX(prod, console->out)] = *s++;
		__atomic_store_n(&console->out_prod, prod + 1, __ATOMIC_RELEASE);
		if (!--len || (prod + 1) % 256 == 0)
			notify(si->console.domU.evtchn);
	}
}

/* ---- store --------------------------------------------------------------------------------------- */

static void put_bytes(const void *data, unsigned int len)
{
	const char *from = data;

	while (len) {
		forget(si->store_evtchn);
		if (store->req_prod - __atomic_load_n(&store->req_cons, __ATOMIC_ACQUIRE) >=
				XENSTORE_RING_SIZE) {
			wait();
			continue;
		}
		store->req[MASK_XENSTORE_IDX(store->req_prod)] = *from++;
		__atomic_store_n(&store->req_prod, store->req_prod + 1, __ATOMIC_RELEASE);
		len--;
	}
	notify(si->store_evtchn);
}

static void get_bytes(void *data, unsigned int len)
{
	char *to = data;

	while (len) {
		forget(si->store_evtchn);
		if (store->rsp_cons == __atomic_load_n(&store->rsp_prod, __ATOMIC_ACQUIRE)) {
			wait();
			continue;
		}
		*to++ = store->rsp[MASK_XENSTORE_IDX(store->rsp_cons)];
		__atomic_store_n(&store->rsp_cons, store->rsp_cons + 1, __ATOMIC_SEQ_CST);
		len--;
	}
	notify(si->store_evtchn);
}

/* One message; an event is only noted. Its type. */
static unsigned int receive(char *body, unsigned int size)
{
	struct xsd_sockmsg hdr;
	char byte;

	get_bytes(&hdr, sizeof(hdr));
	for (unsigned int i = 0; i < hdr.len; i++) {
		get_bytes(&byte, 1);
		if (i + 1 < size)
			body[i] = byte;
	}
	body[hdr.len < size ? hdr.len : size - 1] = 0;
	if (hdr.type == XS_WATCH_EVENT)
		shutdown_changed = true;
	return hdr.type;
}

static unsigned int length(const char *s)
{
	unsigned int n = 0;

	while (s[n])
		n++;
	return n;
}

/* The next answer, whatever events come before it. Its type. */
static unsigned int receive_answer(char *body, unsigned int size)
{
	unsigned int type;

	do {
		type = receive(body, size);
	} while (type == XS_WATCH_EVENT);
	return type;
}

/* A request of two strings, the second ended by a zero or not as the type wants; its answer. */
static bool request(unsigned int type, const char *a, const char *b, bool zero, char *answer,
	unsigned int size)
{
	struct xsd_sockmsg hdr = { .type = type };

	hdr.len = length(a) + 1 + (b ? length(b) + zero : 0);
	put_bytes(&hdr, sizeof(hdr));
	put_bytes(a, length(a) + 1);
	if (b)
		put_bytes(b, length(b) + zero);
	return receive_answer(answer, size) == type;
}

/* ---- misbehaviour -------------------------------------------------------------------------------- */

static void do_crash(void)
{
	print("tiny: last words\n");
	stop(SHUTDOWN_crash);
}

/* An exception with nobody to take it: the hypervisor ends the domain. */
static void do_fault(void)
{
	print("tiny: last words\n");
	hypercall1(__HYPERVISOR_set_trap_table, 0);
	__asm__ __volatile__("ud2");
}

static void do_poweroff(void)
{
	stop(SHUTDOWN_poweroff);
}

static void do_reboot(void)
{
	stop(SHUTDOWN_reboot);
}

static const uint32_t rubbish[] = { 0x80000000, 0xffffffff, 0x7fffffff, 4097, 0x12345678, 1025, 2049 };
#define RUBBISH_COUNT (sizeof(rubbish) / sizeof(rubbish[0]))

static void do_rubbish_console(void)
{
	print("tiny: rubbish into the console ring\n");
	console_lost = true;
	for (unsigned int i = 0; i < 16 * RUBBISH_COUNT; i++) {
		uint32_t r = rubbish[i % RUBBISH_COUNT];

		if (i & 1)
			memset(console, r, sizeof(*console));
		console->out_prod = console->out_cons + r;
		console->in_cons = console->in_prod + (i & 2 ? r : 0);
		notify(si->console.domU.evtchn);
	}
}

static void do_rubbish_store(void)
{
	print("tiny: rubbish into the store ring\n");
	store_lost = true;
	for (unsigned int i = 0; i < 16 * RUBBISH_COUNT; i++) {
		uint32_t r = rubbish[i % RUBBISH_COUNT];

		if (i & 1)
			memset(store, r, sizeof(*store));
		store->req_prod = store->req_cons + r;
		store->rsp_cons = store->rsp_prod + (i & 2 ? r : 0);
		notify(si->store_evtchn);
	}
}

/* Sound indices, and messages that are not: an unknown type, no path, then one too long. */
static void do_junk_store(void)
{
	static const struct xsd_sockmsg junk[] = { { .type = 77, .len = 4 }, { .type = XS_READ, .len = 0 },
		{ .type = XS_WRITE, .len = 4 }, { .type = XS_RM, .tx_id = 99, .len = 4 } };
	struct xsd_sockmsg longest = { .type = XS_WRITE, .len = 0xffffffff };
	char answer[32];

	print("tiny: junk into the store ring\n");
	for (unsigned int i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
		put_bytes(&junk[i], sizeof(junk[i]));
		put_bytes("abc", junk[i].len);
		if (receive_answer(answer, sizeof(answer)) == XS_ERROR)
			print("tiny: the store says %s\n", answer);
	}
	store_lost = true;
	put_bytes(&longest, sizeof(longest));
	put_bytes(junk, sizeof(junk));
}

static void do_flood(void)
{
	print("tiny: a flood\n");
	for (;;)
		print("0123456789012345678901234567890123456789012345678901234567890123456789\n");
}

static void do_spin(void)
{
	print("tiny: spinning\n");
	for (;;)
		__asm__ __volatile__("pause");
}

static const struct {
	const char *word;
	void (*run)(void);
} words[] = {
	{ "crash", do_crash },
	{ "fault", do_fault },
	{ "poweroff", do_poweroff },
	{ "reboot", do_reboot },
	{ "rubbish-console", do_rubbish_console },
	{ "rubbish-store", do_rubbish_store },
	{ "junk-store", do_junk_store },
	{ "flood", do_flood },
	{ "spin", do_spin },
};

static bool obey(const char *text, unsigned int len)
{
	for (unsigned int i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (length(words[i].word) == len && !memcmp(words[i].word, text, len)) {
			words[i].run();
			return true;
		}
	}
	return false;
}

static void obey_words(const char *s)
{
	unsigned int len;

	for (; *s; s += len + (s[len] == ' ')) {
		for (len = 0; s[len] && s[len] != ' '; len++)
			;
		obey(s, len);
	}
}

/* ---- what it does all day ------------------------------------------------------------------------ */

static void typed(char c)
{
	if (c != '\n' && c != '\r') {
		if (line_len < sizeof(line) - 1)
			line[line_len++] = c;
		return;
	}
	line[line_len] = 0;
	if (!obey(line, line_len))
		print("tiny: typed %s\n", line);
	line_len = 0;
}

static void look_at_console(void)
{
	while (!console_lost && console->in_cons != __atomic_load_n(&console->in_prod, __ATOMIC_ACQUIRE)) {
		char c = console->in[MASK_XENCONS_IDX(console->in_cons, console->in)];

		__atomic_store_n(&console->in_cons, console->in_cons + 1, __ATOMIC_SEQ_CST);
		notify(si->console.domU.evtchn);
		typed(c);
	}
}

static void look_at_shutdown(void)
{
	char mode[32] = "", answer[32];

	shutdown_changed = false;
	if (!request(XS_READ, "control/shutdown", NULL, false, mode, sizeof(mode)) || !mode[0])
		return;
	print("tiny: asked for %s\n", mode);
	request(XS_WRITE, "control/shutdown", "", false, answer, sizeof(answer));
	stop(mode[0] == 'r' ? SHUTDOWN_reboot : SHUTDOWN_poweroff);
}

static void look_at_store(void)
{
	char event[64];

	while (!store_lost && store->rsp_cons != __atomic_load_n(&store->rsp_prod, __ATOMIC_ACQUIRE))
		receive(event, sizeof(event));
	while (!store_lost && shutdown_changed)
		look_at_shutdown();
}

void guest_main(void)
{
	char name[64], answer[32];

	shared->vcpu_info[0].evtchn_upcall_mask = 1;
	store = page_of(si->store_mfn);
	request(XS_READ, "name", NULL, false, name, sizeof(name));
	request(XS_WATCH, "control/shutdown", "shutdown", true, answer, sizeof(answer));
	print("tiny: %s is up\n", name);
	obey_words((const char *)si->cmd_line);
	for (;;) {
		forget(si->store_evtchn);
		forget(si->console.domU.evtchn);
		look_at_console();
		look_at_store();
		wait();
	}
}
