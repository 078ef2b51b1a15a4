/* SPDX-License-Identifier: GPL-2.0-only */
/* stamp.c: the time before each message (console_timestamps=), in 4.17's forms. No locks. */
#include <hv/arch.h>
#include <hv/lib.h>
#include <hv/param.h>
#include <hv/timer.h>
#include <asm/system.h>
#include "console-private.h"

struct date { unsigned int year, month, day, hour, minute, second; };

/* Of the Gregorian calendar. Years begin in March here: the day that may be missing is the last one. */
static struct date date_of(uint64_t seconds)
{
	uint64_t days = seconds / 86400 + 719468, of_day = seconds % 86400; /* since 0000-03-01 */
	unsigned int era = days / 146097, day = days % 146097;             /* of 400 years */
	unsigned int year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	unsigned int month;

	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	return (struct date){
		.year = era * 400 + year + (month >= 10), .month = month < 10 ? month + 3 : month - 9,
		.day = day - (153 * month + 2) / 5 + 1,
		.hour = of_day / 3600, .minute = of_day / 60 % 60, .second = of_day % 60,
	};
}

static void put_date(char *buf, size_t size, bool ms)
{
	uint64_t ns = arch_wallclock();
	struct date d = date_of(ns / NSEC_PER_SEC);
	int n = snprintf(buf, size, "[%04u-%02u-%02u %02u:%02u:%02u", d.year, d.month, d.day, d.hour,
		d.minute, d.second);

	if (ms)
		n += snprintf(buf + n, size - n, ".%03u", (unsigned int)(ns / 1000000 % 1000));
	snprintf(buf + n, size - n, "] ");
}

void console_stamp(char *buf, size_t size)
{
	enum param_stamps how = boot_params.console_timestamps;
	uint64_t t;

	buf[0] = 0;
	if (how == STAMPS_NONE)
		return;
	if (how == STAMPS_RAW) {
		snprintf(buf, size, "[%016lx] ", (unsigned long)arch_cycles());
	} else if (how == STAMPS_BOOT || !arch_wallclock()) {
		t = now();
		snprintf(buf, size, "[%5lu.%06lu] ", (unsigned long)(t / NSEC_PER_SEC),
			(unsigned long)(t % NSEC_PER_SEC / 1000));
	} else {
		put_date(buf, size, how == STAMPS_DATEMS);
	}
}
