/* SPDX-License-Identifier: GPL-2.0-only */
/* vga.c: the console on the screen that the loader left: text mode or a linear framebuffer. Output
 * only, until dom0 starts, whose screen it is then, and again when the machine panics.
 *
 * Nothing is read back, which is slow on such memory: at the bottom the text goes on at the top, and
 * the line below the current one is kept empty.
 *
 * Locks: none of its own: writers hold the console's. */
#include <hv/console.h>
#include <hv/param.h>
#include <hv/spinlock.h>
#include <xen/xen.h>
#include <asm/x86.h>
#include "font.h"

#define TEXT_MEMORY 0xb8000
#define TEXT_COLOUR 0x0700      /* light grey on black */
#define CELL_WIDTH  (FONT_COLUMNS + 1)
#define CELL_HEIGHT (FONT_ROWS + 2)

static volatile uint8_t *memory;
static unsigned int columns, rows, column, row, scale;
static bool is_text, released;

static void text_cell(unsigned int x, unsigned int y, char c)
{
	((volatile uint16_t *)memory)[y * columns + x] = TEXT_COLOUR | (uint8_t)c;
}

static void pixel(unsigned int x, unsigned int y, bool on)
{
	unsigned int bytes = (boot_video.u.vesa_lfb.bits_per_pixel + 7) / 8, i;
	volatile uint8_t *p = memory + y * boot_video.u.vesa_lfb.bytes_per_line + x * bytes;

	if (bytes == 4)
		*(volatile uint32_t *)p = on ? ~0U : 0;
	else
		for (i = 0; i < bytes; i++)
			p[i] = on ? 0xff : 0;
}

static void graphics_cell(unsigned int x, unsigned int y, char c)
{
	const uint8_t *glyph = font[c >= FONT_FIRST && c <= FONT_LAST ? c - FONT_FIRST : '?' - FONT_FIRST];
	unsigned int dx, dy;

	for (dy = 0; dy < CELL_HEIGHT * scale; dy++)
		for (dx = 0; dx < CELL_WIDTH * scale; dx++) {
			unsigned int line = dy / scale, dot = dx / scale;

			pixel(x * CELL_WIDTH * scale + dx, y * CELL_HEIGHT * scale + dy,
				line < FONT_ROWS && dot < FONT_COLUMNS &&
				glyph[line] & 1U << (FONT_COLUMNS - 1 - dot));
		}
}

static void cell(unsigned int x, unsigned int y, char c)
{
	if (is_text)
		text_cell(x, y, c);
	else
		graphics_cell(x, y, c);
}

static void clear_line(unsigned int y)
{
	unsigned int x;

	for (x = 0; x < columns; x++)
		cell(x, y, ' ');
}

static void new_line(void)
{
	column = 0;
	row = (row + 1) % rows;
	clear_line((row + 1) % rows);
}

static void vga_write(const char *s, size_t n)
{
	if (released && !READ_ONCE(spin_locks_broken))
		return;
	for (; n; n--, s++) {
		if (*s == '\n') {
			new_line();
		} else if (*s >= ' ') {
			if (column == columns)
				new_line();
			cell(column++, row, *s);
		}
	}
}

static void vga_release(void)
{
	released = !boot_params.vga_keep;
}

static int init_text(void)
{
	columns = boot_video.u.text_mode_3.columns;
	rows = boot_video.u.text_mode_3.rows;
	is_text = true;
	memory = ioremap(TEXT_MEMORY, columns * rows * sizeof(uint16_t));
	return memory ? 0 : -ENOMEM;
}

static int init_graphics(void)
{
	paddr_t base = boot_video.u.vesa_lfb.lfb_base | (paddr_t)boot_video.u.vesa_lfb.ext_lfb_base << 32;
	unsigned int width = boot_video.u.vesa_lfb.width, height = boot_video.u.vesa_lfb.height;

	scale = width >= 1024 ? 2 : 1;
	columns = width / (CELL_WIDTH * scale);
	rows = height / (CELL_HEIGHT * scale);
	if (columns < 40 || rows < 10 || boot_video.u.vesa_lfb.bits_per_pixel < 15)
		return -EINVAL;
	/* write-combining (entry 4 of the PAT): millions of dots */
	memory = ioremap_flags(base, (size_t)boot_video.u.vesa_lfb.bytes_per_line * height,
		PTE_HV | PTE_NX | PTE_PAT);
	return memory ? 0 : -ENOMEM;
}

static int vga_init(const char *options)
{
	unsigned int y;
	int rc = -ENODEV;

	(void)options;
	if (boot_video.video_type == XEN_VGATYPE_TEXT_MODE_3)
		rc = init_text();
	else if (boot_video.video_type)
		rc = init_graphics();
	for (y = 0; !rc && y < rows; y++)
		clear_line(y);
	return rc;
}

const struct console_driver vga_console = {
	.name = "vga",
	.late = true,
	.init = vga_init,
	.write = vga_write,
	.release = vga_release,
};
