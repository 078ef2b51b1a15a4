/* SPDX-License-Identifier: GPL-2.0-only */
/* vsnprintf.c: formatting of integers, strings, characters and pointers.
 * On arch/host the functions get a prefix (hv/lib.h), so that libc's stay in place.
 *
 * No locks. Any context. */
#include <hv/lib.h>

struct out {
	char *buf;
	size_t size, len;
};

struct spec {
	bool left, zero, plus, space, alt, upper, negative;
	int width, precision; /* precision -1: none given */
	unsigned int base;
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void pad(struct out *o, char c, int n)
{
	for (; n > 0; n--)
		put(o, c);
}

static void put_string(struct out *o, const struct spec *sp, const char *s)
{
	int len;

	if (!s)
		s = "(null)";
	len = sp->precision >= 0 ? (int)strnlen(s, sp->precision) : (int)strlen(s);
	pad(o, ' ', sp->left ? 0 : sp->width - len);
	for (int i = 0; i < len; i++)
		put(o, s[i]);
	pad(o, ' ', sp->left ? sp->width - len : 0);
}

/* "-", "+", " " or "" and "0x" into buf (4 bytes); returns its length. */
static int number_prefix(const struct spec *sp, uint64_t v, char *buf)
{
	int n = 0;

	if (sp->negative)
		buf[n++] = '-';
	else if (sp->plus)
		buf[n++] = '+';
	else if (sp->space)
		buf[n++] = ' ';
	if (sp->alt && sp->base == 16 && v) {
		buf[n++] = '0';
		buf[n++] = sp->upper ? 'X' : 'x';
	}
	return n;
}

static void put_number(struct out *o, const struct spec *sp, uint64_t v)
{
	const char *set = sp->upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char digits[24], prefix[4];
	int nd = 0, np = number_prefix(sp, v, prefix), zeros, room;

	if (v || sp->precision != 0)
		do {
			digits[nd++] = set[v % sp->base];
			v /= sp->base;
		} while (v);
	if (sp->alt && sp->base == 8 && (!nd || digits[nd - 1] != '0'))
		digits[nd++] = '0';
	zeros = max(sp->precision - nd, 0);
	room = sp->width - np - zeros - nd;
	if (sp->zero && !sp->left && sp->precision < 0 && room > 0) {
		zeros += room;
		room = 0;
	}
	pad(o, ' ', sp->left ? 0 : room);
	for (int i = 0; i < np; i++)
		put(o, prefix[i]);
	pad(o, '0', zeros);
	while (nd)
		put(o, digits[--nd]);
	pad(o, ' ', sp->left ? room : 0);
}

static const char *parse_flags(const char *f, struct spec *sp)
{
	for (;; f++) {
		switch (*f) {
		case '-': sp->left = true; break;
		case '0': sp->zero = true; break;
		case '+': sp->plus = true; break;
		case ' ': sp->space = true; break;
		case '#': sp->alt = true; break;
		default: return f;
		}
	}
}

static const char *parse_int(const char *f, int *ret)
{
	int v = 0;

	for (; *f >= '0' && *f <= '9'; f++)
		v = min(v * 10 + (*f - '0'), 100000);
	*ret = v;
	return f;
}

/* Length modifier: size in bytes of the argument. */
static const char *parse_length(const char *f, unsigned int *ret_size)
{
	*ret_size = sizeof(int);
	if (*f == 'h') {
		*ret_size = *++f == 'h' ? 1 : 2;
		if (*f == 'h')
			f++;
	} else if (*f == 'l') {
		*ret_size = 8;
		if (*++f == 'l')
			f++;
	} else if (*f == 'z' || *f == 't' || *f == 'j') {
		*ret_size = 8;
		f++;
	}
	return f;
}

static uint64_t take_signed(struct spec *sp, int64_t v)
{
	sp->negative = v < 0;
	return v < 0 ? -(uint64_t)v : (uint64_t)v;
}

static uint64_t truncate(uint64_t v, unsigned int size)
{
	return size >= 8 ? v : v & ((1ULL << (size * 8)) - 1);
}

static void put_char(struct out *o, struct spec *sp, char c)
{
	pad(o, ' ', sp->left ? 0 : sp->width - 1);
	put(o, c);
	pad(o, ' ', sp->left ? sp->width - 1 : 0);
}

/* Reads *args: va_list is passed by reference through this structure. */
struct args { va_list ap; };

static void convert_int(struct out *o, struct spec *sp, char conv, unsigned int size, struct args *a)
{
	uint64_t v;

	if (conv == 'd' || conv == 'i') {
		int64_t s = size == 8 ? va_arg(a->ap, int64_t) : va_arg(a->ap, int);

		s = size == 1 ? (int8_t)s : size == 2 ? (int16_t)s : s;
		v = take_signed(sp, s);
	} else {
		v = size == 8 ? va_arg(a->ap, uint64_t) : va_arg(a->ap, unsigned int);
		v = truncate(v, size);
		sp->plus = sp->space = false;
	}
	sp->base = (conv | 32) == 'x' ? 16 : conv == 'o' ? 8 : 10;
	sp->upper = conv == 'X';
	put_number(o, sp, v);
}

static void convert(struct out *o, struct spec *sp, char conv, unsigned int size, struct args *a)
{
	switch (conv) {
	case 'd': case 'i': case 'u': case 'x': case 'X': case 'o':
		convert_int(o, sp, conv, size, a);
		break;
	case 'p':
		sp->base = 16;
		sp->precision = 16;
		put_number(o, sp, (uintptr_t)va_arg(a->ap, void *));
		break;
	case 'c':
		put_char(o, sp, va_arg(a->ap, int));
		break;
	case 's':
		put_string(o, sp, va_arg(a->ap, const char *));
		break;
	default: /* "%%" and what is unknown */
		put(o, conv);
	}
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { buf, size, 0 };
	struct args a;

	va_copy(a.ap, ap);
	while (*fmt) {
		struct spec sp = { .precision = -1 };
		unsigned int len;

		if (*fmt != '%') {
			put(&o, *fmt++);
			continue;
		}
		fmt = parse_flags(fmt + 1, &sp);
		if (*fmt == '*') {
			sp.width = va_arg(a.ap, int);
			sp.left |= sp.width < 0;
			sp.width = sp.width < 0 ? -sp.width : sp.width;
			fmt++;
		} else {
			fmt = parse_int(fmt, &sp.width);
		}
		if (*fmt == '.') {
			if (*++fmt == '*') {
				sp.precision = max(va_arg(a.ap, int), -1);
				fmt++;
			} else {
				fmt = parse_int(fmt, &sp.precision);
			}
		}
		fmt = parse_length(fmt, &len);
		if (!*fmt)
			break;
		convert(&o, &sp, *fmt++, len, &a);
	}
	va_end(a.ap);
	if (size)
		buf[min(o.len, size - 1)] = 0;
	return o.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}
