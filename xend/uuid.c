/* SPDX-License-Identifier: GPL-2.0-only */
/* uuid.c: a domain's uuid as text and as the hypervisor's 16-byte handle. */
#include "xend/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

void uuid_format(const uint8_t u[16], char ret_text[UUID_TEXT])
{
	char *p = ret_text;

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		p += sprintf(p, "%02x", u[i]);
	}
}

int uuid_parse(const char *text, uint8_t ret_uuid[16])
{
	uint8_t u[16];
	unsigned int byte;

	if (strlen(text) != UUID_TEXT - 1)
		return -EINVAL;
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			if (*text++ != '-')
				return -EINVAL;
		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]) ||
		    sscanf(text, "%2x", &byte) != 1)
			return -EINVAL;
		u[i] = (uint8_t)byte;
		text += 2;
	}
	memcpy(ret_uuid, u, sizeof(u));
	return 0;
}

int uuid_new(char ret_text[UUID_TEXT])
{
	uint8_t u[16];

	if (getrandom(u, sizeof(u), 0) != sizeof(u))
		return -EIO;
	u[6] = (uint8_t)((u[6] & 0x0f) | 0x40);	/* version 4 */
	u[8] = (uint8_t)((u[8] & 0x3f) | 0x80);	/* variant 1 */
	uuid_format(u, ret_text);
	return 0;
}
