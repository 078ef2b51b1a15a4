/* SPDX-License-Identifier: GPL-2.0-only */
/* lib.h: printing, panics, strings. */
#ifndef HV_LIB_H
#define HV_LIB_H

#include <hv/types.h>

#ifdef UNIT_TEST /* the process has libc's under these names */
#define vsnprintf hv_vsnprintf
#define snprintf  hv_snprintf
#endif

/* Log levels: a message starts with one of these; loglvl= and guest_loglvl= choose what is shown. */
#define LOG_ERR   "<0>" /* our bug or broken hardware */
#define LOG_WARN  "<1>"
#define LOG_INFO  "<2>"
#define LOG_DEBUG "<3>"
#define LOG_GUEST "<G>" /* prefix before a level: about what a guest did; 10 in 5 s pass */

void printk(const char *fmt, ...) __printf(1, 2);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);

/* Prints registers and backtrace (arch_dump_state) and stops or reboots the machine. */
void panic(const char *fmt, ...) __printf(1, 2) __noreturn;
void bug(const char *file, int line, const char *what) __noreturn;

#define BUG()        bug(__FILE__, __LINE__, "BUG")
#define BUG_ON(c)    do { if (unlikely(c)) bug(__FILE__, __LINE__, #c); } while (0)
#ifdef DEBUG_BUILD
#define ASSERT(c)    do { if (unlikely(!(c))) bug(__FILE__, __LINE__, #c); } while (0)
#else
#define ASSERT(c)    do { (void)sizeof(c); } while (0)
#endif

void *memcpy(void *d, const void *s, size_t n);
void *memmove(void *d, const void *s, size_t n);
void *memset(void *d, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t n);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
/* Copies at most size-1 bytes and terminates; returns strlen(src). */
size_t strlcpy(char *d, const char *s, size_t size);
unsigned long strtoul(const char *s, char **end, int base);

/* Commit and date of this image (version.c). */
extern const char hv_build[];

/* Symbol of a text address for backtraces ("name+0x12"), from the table that the link adds. */
const char *symbol_lookup(unsigned long addr, unsigned long *ret_offset);
unsigned long symbol_count(void);
const char *symbol_at(unsigned long n, unsigned long *ret_addr); /* n below the count, by address */

#endif
