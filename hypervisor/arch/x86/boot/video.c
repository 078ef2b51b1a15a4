/* SPDX-License-Identifier: GPL-2.0-only */
/* video.c: what the loader left on the screen, for dom0's kernel, which drives it. Boot CPU only. */
#include <hv/lib.h>
#include <xen/xen.h>
#include "../efi/efi.h"
#include "boot.h"

struct dom0_vga_console_info boot_video;

/* Fields of the BIOS data area. */
#define BDA_MODE    0x449 /* 8 bits */
#define BDA_COLUMNS 0x44a /* 16 */
#define BDA_CURSOR  0x450 /* 8 column, 8 row */
#define BDA_ROWS    0x484 /* 8, less one */
#define BDA_FONT    0x485 /* 16: height of a character */

void video_note_framebuffer(const struct mb2_framebuffer *f)
{
	uint64_t size = ROUND_UP((uint64_t)f->pitch * f->height, 1UL << 16) >> 16;

	if (f->type != MB2_FRAMEBUFFER_RGB || f->width > 0xffff || f->height > 0xffff || f->pitch > 0xffff)
		return;
	boot_video.video_type = XEN_VGATYPE_VESA_LFB;
	boot_video.u.vesa_lfb.width = f->width;
	boot_video.u.vesa_lfb.height = f->height;
	boot_video.u.vesa_lfb.bytes_per_line = f->pitch;
	boot_video.u.vesa_lfb.bits_per_pixel = f->bpp;
	boot_video.u.vesa_lfb.lfb_base = f->addr;
	boot_video.u.vesa_lfb.ext_lfb_base = f->addr >> 32;
	boot_video.u.vesa_lfb.lfb_size = size;
	boot_video.u.vesa_lfb.red_pos = f->red_pos;
	boot_video.u.vesa_lfb.red_size = f->red_size;
	boot_video.u.vesa_lfb.green_pos = f->green_pos;
	boot_video.u.vesa_lfb.green_size = f->green_size;
	boot_video.u.vesa_lfb.blue_pos = f->blue_pos;
	boot_video.u.vesa_lfb.blue_size = f->blue_size;
	if (f->bpp == 32 && f->red_size + f->green_size + f->blue_size == 24) {
		boot_video.u.vesa_lfb.rsvd_pos = 24;
		boot_video.u.vesa_lfb.rsvd_size = 8;
	}
}

static uint8_t bda(unsigned int at)
{
	return *(const volatile uint8_t *)paddr_to_virt(at);
}

static void text_mode(void)
{
	uint8_t mode = bda(BDA_MODE), rows = bda(BDA_ROWS) + 1, columns = bda(BDA_COLUMNS);

	if ((mode != 3 && mode != 7) || columns < 40 || rows < 25 || rows > 60)
		return;
	boot_video.video_type = XEN_VGATYPE_TEXT_MODE_3;
	boot_video.u.text_mode_3.font_height = bda(BDA_FONT);
	boot_video.u.text_mode_3.cursor_x = bda(BDA_CURSOR);
	boot_video.u.text_mode_3.cursor_y = bda(BDA_CURSOR + 1);
	boot_video.u.text_mode_3.rows = rows;
	boot_video.u.text_mode_3.columns = columns;
}

void video_init(void)
{
	if (efi.booted && boot_video.video_type)
		boot_video.video_type = XEN_VGATYPE_EFI_LFB;
	else if (!boot_video.video_type && !efi.booted)
		text_mode();
	if (boot_video.video_type == XEN_VGATYPE_TEXT_MODE_3)
		printk(LOG_INFO "screen: text, %ux%u\n", boot_video.u.text_mode_3.columns,
			boot_video.u.text_mode_3.rows);
	else if (boot_video.video_type)
		printk(LOG_INFO "screen: graphics, %ux%u, %u bits\n", boot_video.u.vesa_lfb.width,
			boot_video.u.vesa_lfb.height, boot_video.u.vesa_lfb.bits_per_pixel);
}
