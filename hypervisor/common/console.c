/* SPDX-License-Identifier: GPL-2.0-only */
/* console.c: console drivers, the ring of what was printed, and where typed bytes go: to dom0 or,
 * after Ctrl-A (option conswitch=) three times, to the hypervisor's debug keys.
 *
 * Locks:   console_lock (LOCK_CONSOLE) guards the ring, line state and drivers' output;
 *          rx_lock (LOCK_LEAF) what was typed.
 * Context: output anywhere; console_rx() in interrupts; events to dom0 and keys from tasklets. */
#include <hv/console.h>
#include <hv/lib.h>
#include <hv/param.h>
#include <hv/event.h>
#include <hv/softirq.h>
#include <hv/domain.h>
#include <hv/page.h>
#include "console-private.h"
#include "keys.h"

#define FIRST_RING_SIZE (64U * 1024)
#define MAX_RING_SIZE   (64U << 20)
#define RX_SIZE   1024U /* power of two */
#define SWITCH_COUNT 3

static const struct console_driver *const all_drivers[] = {
	&serial_console_1, &serial_console_2, &vga_console,
};

static const struct console_driver *active[ARRAY_SIZE(all_drivers)];
static unsigned int active_count;
static bool started; /* events and tasklets work */

/* Absolute indices that only grow (modulo 2^32): [ring_start, ring_end) is there to be read. */
static char first_ring[FIRST_RING_SIZE], *ring = first_ring;
static uint32_t ring_size = FIRST_RING_SIZE; /* a power of two */
static uint32_t ring_start, ring_end;

static DEFINE_SPINLOCK(rx_lock, LOCK_LEAF);
static char rx_buf[RX_SIZE];
static uint32_t rx_start, rx_end;
static unsigned char key_buf[16];
static unsigned int key_start, key_end;
static bool keys_to_hypervisor;
static unsigned int switch_keys; /* in a row so far */

static void notify_ring(void *unused);
static void process_input(void *unused);
static struct tasklet ring_tasklet = TASKLET_INIT(notify_ring, NULL);
static struct tasklet input_tasklet = TASKLET_INIT(process_input, NULL);

/* --- output ---------------------------------------------------------------------------------- */

static void ring_put(const char *s, size_t n)
{
	for (; n; n--)
		ring[ring_end++ % ring_size] = *s++;
	if (ring_end - ring_start > ring_size)
		ring_start = ring_end - ring_size;
}

static void drivers_write(const char *s, size_t n)
{
	for (unsigned int i = 0; i < active_count; i++)
		active[i]->write(s, n);
}

void console_emit(const char *s, size_t n)
{
	ring_put(s, n);
	drivers_write(s, n);
}

void console_tell_readers(void)
{
	if (READ_ONCE(started) && !READ_ONCE(spin_locks_broken))
		tasklet_schedule(&ring_tasklet);
}

static void notify_ring(void *unused)
{
	send_global_virq(VIRQ_CON_RING);
}

void console_guest_write(const char *s, size_t n)
{
	unsigned long flags;

	spin_lock_irqsave(&console_lock, flags);
	drivers_write(s, n);
	spin_unlock_irqrestore(&console_lock, flags);
}

size_t console_ring_read(char *buf, size_t size, uint32_t *index, bool clear, bool incremental)
{
	unsigned long flags;
	uint32_t from;
	size_t n;

	spin_lock_irqsave(&console_lock, flags);
	from = ring_start;
	if (incremental && *index - ring_start <= ring_end - ring_start)
		from = *index;
	n = min(size, (size_t)(ring_end - from));
	for (size_t i = 0; i < n; i++)
		buf[i] = ring[(uint32_t)(from + i) % ring_size];
	from += n;
	if (clear)
		ring_start = from;
	*index = from;
	spin_unlock_irqrestore(&console_lock, flags);
	return n;
}

void console_force_unlock(void)
{
	WRITE_ONCE(spin_locks_broken, true);
}

/* --- input ----------------------------------------------------------------------------------- */

static void rx_put(unsigned char c)
{
	if (keys_to_hypervisor) {
		if (key_end - key_start < sizeof(key_buf))
			key_buf[key_end++ % sizeof(key_buf)] = c;
	} else if (rx_end - rx_start < RX_SIZE) {
		rx_buf[rx_end++ % RX_SIZE] = c;
	}
}

/* Ctrl- the letter of conswitch=; without one there is none, and 0 is a byte like others. */
static unsigned char switch_key(void)
{
	char c = boot_params.conswitch[0];

	return c >= 'a' && c <= 'z' ? c - 'a' + 1 : 0;
}

static char switch_letter(void)
{
	return switch_key() ? switch_key() + 'A' - 1 : '?';
}

/* Withheld ones are passed on when something else follows before the third. */
static void rx_byte(unsigned char c)
{
	unsigned char key = switch_key();

	if (key && c == key) {
		if (++switch_keys < SWITCH_COUNT)
			return;
		switch_keys = 0;
		keys_to_hypervisor = !keys_to_hypervisor;
		return;
	}
	for (; switch_keys; switch_keys--)
		rx_put(key);
	rx_put(c);
}

void console_rx(void)
{
	unsigned long flags;
	int c;

	spin_lock_irqsave(&rx_lock, flags);
	for (unsigned int i = 0; i < active_count; i++)
		while (active[i]->getc && (c = active[i]->getc()) >= 0)
			rx_byte(c);
	spin_unlock_irqrestore(&rx_lock, flags);
	if (started)
		tasklet_schedule(&input_tasklet);
}

static int next_key(void)
{
	unsigned long flags;
	int key = -1;

	spin_lock_irqsave(&rx_lock, flags);
	if (key_start != key_end)
		key = key_buf[key_start++ % sizeof(key_buf)];
	spin_unlock_irqrestore(&rx_lock, flags);
	return key;
}

static void process_input(void *unused)
{
	static bool was_hypervisor;
	int key;

	if (was_hypervisor != READ_ONCE(keys_to_hypervisor)) {
		was_hypervisor = !was_hypervisor;
		printk("*** Input goes to %s (Ctrl-%c three times switches)\n",
			was_hypervisor ? "the hypervisor; 'h' for help" : "dom0", switch_letter());
	}
	while ((key = next_key()) >= 0)
		handle_keypress(key);
	if (READ_ONCE(rx_start) != READ_ONCE(rx_end))
		send_global_virq(VIRQ_CONSOLE);
}

size_t console_guest_read(char *buf, size_t n)
{
	unsigned long flags;
	size_t got = 0;

	spin_lock_irqsave(&rx_lock, flags);
	while (got < n && rx_start != rx_end)
		buf[got++] = rx_buf[rx_start++ % RX_SIZE];
	spin_unlock_irqrestore(&rx_lock, flags);
	return got;
}

/* --- start ----------------------------------------------------------------------------------- */

/* Words of console= that name no driver; "none" is meant so. */
static void report_unknown_consoles(void)
{
	const char *word = boot_params.console, *next;
	unsigned int i;

	for (; word; word = next ? next + 1 : NULL) {
		int len;

		next = strchr(word, ',');
		len = next ? (int)(next - word) : (int)strlen(word);
		for (i = 0; i < ARRAY_SIZE(all_drivers); i++)
			if (strlen(all_drivers[i]->name) == len &&
				!strncmp(word, all_drivers[i]->name, len))
				break;
		if (i == ARRAY_SIZE(all_drivers) && !(len == 4 && !strncmp(word, "none", 4)))
			printk(LOG_WARN "console=%.*s: no such device\n", len, word);
	}
}

/* Is `name` one of the comma-separated words of `list`. */
static bool listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	while (list) {
		if (!strncmp(list, name, len) && (list[len] == 0 || list[len] == ','))
			return true;
		list = strchr(list, ',');
		list = list ? list + 1 : NULL;
	}
	return false;
}

void console_init_early(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(all_drivers); i++) {
		const struct console_driver *d = all_drivers[i];

		if (!d->late && listed(boot_params.console, d->name) && d->init(d->options) == 0)
			active[active_count++] = d;
	}
}

static void replay_ring(const struct console_driver *d)
{
	uint32_t from;

	for (from = ring_start; from != ring_end; from++)
		d->write(&ring[from % ring_size], 1);
}

/* Debug key w: all that the ring holds, once more; the ring itself stays as it is. */
void key_ring(void)
{
	unsigned long flags;

	printk("'w' pressed -> dumping console ring buffer (dmesg)\n");
	spin_lock_irqsave(&console_lock, flags);
	for (unsigned int i = 0; i < active_count; i++)
		replay_ring(active[i]);
	spin_unlock_irqrestore(&console_lock, flags);
}

static void init_late(void)
{
	unsigned long flags;

	for (unsigned int i = 0; i < ARRAY_SIZE(all_drivers); i++) {
		const struct console_driver *d = all_drivers[i];

		if (!d->late || !listed(boot_params.console, d->name) || d->init(d->options))
			continue;
		spin_lock_irqsave(&console_lock, flags);
		replay_ring(d);
		active[active_count++] = d;
		spin_unlock_irqrestore(&console_lock, flags);
	}
}

static void report_options(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(all_drivers); i++) {
		const struct console_driver *d = all_drivers[i];

		if (d->complaint && *d->complaint)
			printk(LOG_WARN "%s=%s: %s\n", d->name, d->options, *d->complaint);
	}
	if (boot_params.vga_mode)
		printk(LOG_WARN "vga=: the boot loader sets the screen's mode (GRUB: gfxpayload)\n");
}

/* conring_size=: a larger ring, with what the first one has. */
static void grow_ring(void)
{
	uint64_t want = min(boot_params.conring_size, (uint64_t)MAX_RING_SIZE);
	unsigned int order = 0;
	unsigned long flags;
	char *larger;

	while (PAGE_SIZE << order < want)
		order++;
	if (PAGE_SIZE << order <= FIRST_RING_SIZE)
		return;
	larger = alloc_xenheap_pages(order, 0);
	if (!larger) {
		printk(LOG_WARN "conring_size: no memory for %lu bytes\n", (unsigned long)want);
		return;
	}
	spin_lock_irqsave(&console_lock, flags);
	for (uint32_t i = ring_start; i != ring_end; i++)
		larger[i % (PAGE_SIZE << order)] = ring[i % ring_size];
	ring = larger;
	ring_size = PAGE_SIZE << order;
	spin_unlock_irqrestore(&console_lock, flags);
}

void console_init(void)
{
	grow_ring();
	keys_to_hypervisor = boot_params.conswitch[0] && boot_params.conswitch[1] == 'x';
	init_late();
	params_report_unknown();
	report_unknown_consoles();
	report_options();
}

void console_release(void)
{
	for (unsigned int i = 0; i < active_count; i++)
		if (active[i]->release)
			active[i]->release();
}

void console_init_irq(void)
{
	started = true;
	for (unsigned int i = 0; i < active_count; i++)
		if (active[i]->enable_irq)
			active[i]->enable_irq();
	console_rx();
}
