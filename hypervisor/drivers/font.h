/* SPDX-License-Identifier: GPL-2.0-only */
/* font.h: characters of the screen console. */
#ifndef DRIVERS_FONT_H
#define DRIVERS_FONT_H

#include <hv/types.h>

#define FONT_FIRST   ' '
#define FONT_LAST    '~'
#define FONT_ROWS    7
#define FONT_COLUMNS 5

extern const uint8_t font[FONT_LAST - FONT_FIRST + 1][FONT_ROWS];

#endif
