/* SPDX-License-Identifier: GPL-2.0-only */
/* high_loader.c: a multiboot 2 loader for a machine whose UEFI firmware lies above 4 GiB, which OVMF never does.
 * QEMU starts it by multiboot 1, with the hypervisor and dom0's kernel as modules; boot_firmware.py has put
 * firmware's tables and code at BASE. 32 bits, no paging. */
#include <stddef.h>
#include <stdint.h>

#define BASE      0x140000000ULL
#define PAGES     16
#define MB1_HEAD  0x1badb002
#define MB2_MAGIC 0x36d76289

struct mbi { uint32_t flags, lower, upper, device, cmdline, mods, mods_at, syms[4], map_len, map_at; };
struct mod { uint32_t start, end, string, pad; };
struct mmap { uint32_t size; uint64_t addr, len; uint32_t type; } __attribute__((packed));
struct head { uint32_t magic, flags, sum, header_at, load_at, load_end, bss_end, entry; };
struct region { uint32_t type, pad; uint64_t start, virt, pages, attr, more; };

/* At entry: ebx is QEMU's information. */
__asm__(".section .head, \"ax\"\n"
	".balign 4\n.long 0x1badb002, 1, -0x1badb003\n"
	".globl start\nstart: mov $stack + 4096, %esp\npush %ebx\ncall load\n"
	".text\n");
char stack[4096];

static uint32_t info[2048]; /* what is told: total, 0, tags */
static uint8_t *at = (uint8_t *)(info + 2);

static void copy(void *to, const void *from, uint32_t n)
{
	__asm__ __volatile__("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}

static void *tag(uint32_t type, uint32_t size)
{
	uint32_t *t = (uint32_t *)at;

	t[0] = type;
	t[1] = 8 + size;
	at += (8 + size + 7) & ~7U;
	return t + 2;
}

/* Behind the file's name. */
static const char *arguments(uint32_t string)
{
	const char *s = (const char *)string;

	while (*s && *s != ' ')
		s++;
	while (*s == ' ')
		s++;
	return s;
}

static uint32_t length(const char *s)
{
	uint32_t n = 0;

	while (s[n])
		n++;
	return n + 1;
}

static void tell_memory(const struct mbi *m)
{
	const struct mmap *e = (const struct mmap *)m->map_at;
	uint32_t off, n = 1;
	uint64_t *out;

	for (off = 0; off < m->map_len; off += e->size + 4, n++)
		e = (const struct mmap *)(m->map_at + off);
	out = tag(6, 8 + 24 * n);
	*out++ = 24; /* size of an entry; its version 0 */
	for (off = 0; off < m->map_len; off += e->size + 4) {
		e = (const struct mmap *)(m->map_at + off);
		*out++ = e->addr;
		*out++ = e->len;
		*out++ = e->type;
	}
	*out++ = BASE;
	*out++ = PAGES * 4096;
	*out++ = 20; /* firmware's code, as GRUB says */
}

static void tell_firmware(void)
{
	struct region *r;
	uint32_t *map;

	*(uint64_t *)tag(12, 8) = BASE; /* the system table */
	map = tag(17, 8 + sizeof(*r));
	*map++ = sizeof(*r);
	*map++ = 1;
	r = (struct region *)map;
	*r = (struct region){ 5, 0, BASE, 0, PAGES, 1ULL << 63 | 8, 0 };
	/* the RSDP, as it is found at BASE + 0x600: its root table is there, too */
	copy(tag(15, 36), (const void *)0x90000, 36);
}

static void start_it(const struct mod *m)
{
	const struct head *h = (const struct head *)m->start;
	const uint8_t *file;

	while (h->magic != MB1_HEAD || h->magic + h->flags + h->sum)
		h = (const struct head *)((const uint32_t *)h + 1);
	file = (const uint8_t *)h - (h->header_at - h->load_at);
	copy((void *)h->load_at, file, h->load_end - h->load_at);
	for (uint32_t *p = (uint32_t *)h->load_end; p < (uint32_t *)h->bss_end; p++)
		*p = 0;
	__asm__ __volatile__("jmp *%2" : : "a"(MB2_MAGIC), "b"(info), "r"(h->entry));
}

void load(const struct mbi *m);
void load(const struct mbi *m)
{
	const struct mod *mods = (const struct mod *)m->mods_at;
	const char *s = arguments(m->cmdline);
	uint32_t *t;

	copy(tag(1, length(s)), s, length(s));
	for (uint32_t i = 1; i < m->mods; i++) {
		s = arguments(mods[i].string);
		t = tag(3, 8 + length(s));
		t[0] = mods[i].start;
		t[1] = mods[i].end;
		copy(t + 2, s, length(s));
	}
	tell_memory(m);
	tell_firmware();
	(void)tag(0, 0);
	info[0] = at - (uint8_t *)info;
	start_it(&mods[0]);
}
