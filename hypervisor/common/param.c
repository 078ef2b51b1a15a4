/* SPDX-License-Identifier: GPL-2.0-only */
/* param.c: the table of command-line options. Written once at boot, read-only afterwards. */
#include <hv/param.h>
#include <hv/lib.h>

#ifdef DEBUG_BUILD
#define DEFAULT_LOGLVL 4
#else
#define DEFAULT_LOGLVL 3
#endif

struct boot_params boot_params = {
	.console = "com1,vga",
	.com1 = "115200,8n1",
	.com2 = "115200,8n1",
	.loglvl = DEFAULT_LOGLVL,
	.guest_loglvl = DEFAULT_LOGLVL - 1,
	.conswitch = "a",
	.sched = "credit2",
	.watchdog_timeout = 5,
	.pv_linear_pt = true,
	.gnttab_max_ver = 2,
	.gnttab_transitive = true,
	.gnttab_max_frames = 64,
	.gnttab_max_maptrack_frames = 1024,
	.low_mem_virq_limit = 64 << 20,
};
char saved_cmdline[1024];

static bool too_long;

/* value: the text after '=', or NULL when there was none. -EINVAL: not understood. */
struct param_row {
	const char *name;
	int (*parse)(const struct param_row *row, const char *value);
	void *var;
	size_t size;
	const char *const *words; /* of parse_choice() */
	unsigned int word_count;
};

/* Bits to shift by for a unit letter, -1 for anything else. */
static int unit_shift(char c)
{
	static const char units[] = "bkmgt";
	const char *u = c ? strchr(units, c | 32) : NULL;

	return u ? (int)(u - units) * 10 : -1;
}

/* Without a unit: KiB. */
uint64_t parse_size(const char *s, const char **ret_end)
{
	char *end;
	uint64_t v = strtoul(s, &end, 0);
	int shift = end > s ? unit_shift(*end) : -1;

	if (shift >= 0)
		end++;
	else
		shift = 10;
	if (ret_end)
		*ret_end = end;
	return v > (~0ULL >> shift) ? ~0ULL : v << shift;
}

static int parse_string(const struct param_row *row, const char *value)
{
	if (!value)
		return -EINVAL;
	return strlcpy(row->var, value, row->size) < row->size ? 0 : -EINVAL;
}

static int parse_uint(const struct param_row *row, const char *value)
{
	unsigned long v;
	char *end;

	if (!value || !*value)
		return -EINVAL;
	v = strtoul(value, &end, 0);
	if (*end)
		return -EINVAL;
	if (v > 0xffffffffUL)
		return -ERANGE;
	*(unsigned int *)row->var = v;
	return 0;
}

static int parse_bool(const struct param_row *row, const char *value)
{
	static const struct { const char *word; bool on; } words[] = {
		{ "1", true }, { "yes", true }, { "on", true }, { "true", true }, { "enable", true },
		{ "0", false }, { "no", false }, { "off", false }, { "false", false },
		{ "disable", false },
	};

	if (!value) {
		*(bool *)row->var = true;
		return 0;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(value, words[i].word)) {
			*(bool *)row->var = words[i].on;
			return 0;
		}
	return -EINVAL;
}

/* A bool of which it matters whether it was given. */
static int parse_tristate(const struct param_row *row, const char *value)
{
	bool on = false;
	int rc = parse_bool(&(struct param_row){ .var = &on }, value);

	if (!rc)
		*(enum param_tristate *)row->var = on ? PARAM_ON : PARAM_OFF;
	return rc;
}

static int parse_bytes(const struct param_row *row, const char *value)
{
	const char *end;
	uint64_t v;

	if (!value || !*value)
		return -EINVAL;
	v = parse_size(value, &end);
	if (*end)
		return -EINVAL;
	*(uint64_t *)row->var = v;
	return 0;
}

static int parse_dom0_mem(const struct param_row *row, const char *value)
{
	return value && *value ? param_dom0_mem(value) : -EINVAL;
}

static int parse_dom0_max_vcpus(const struct param_row *row, const char *value)
{
	return value && *value ? param_dom0_max_vcpus(value) : -EINVAL;
}

static const char *const level_names[] = { "none", "error", "warning", "info", "debug" };

const char *param_level_name(unsigned int level)
{
	return level < 4 ? level_names[level] : "all";
}

/* A level by name or number, perhaps with "/RATE-LIMITED-LEVEL", which adds nothing here. */
static int parse_level(const struct param_row *row, const char *value)
{
	const char *slash = value ? strchr(value, '/') : NULL;
	size_t len = slash ? (size_t)(slash - value) : value ? strlen(value) : 0;
	unsigned int *level = row->var;

	if (!len)
		return -EINVAL;
	if (!strncmp(value, "all", len)) {
		*level = 4;
		return 0;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(level_names); i++)
		if (!strncmp(value, level_names[i], len) || (len == 1 && *value == (char)('0' + i))) {
			*level = i;
			return 0;
		}
	return -EINVAL;
}

/* efi=no-rs, as 4.17 spells it: firmware's runtime services are left alone. */
static int parse_efi(const struct param_row *row, const char *value)
{
	if (!value || (strcmp(value, "no-rs") && strcmp(value, "rs")))
		return -EINVAL;
	*(bool *)row->var = value[0] == 'n';
	return 0;
}

/* One of some words; the variable is an enum, each word's place its value. Holes are no words. */
static int parse_choice(const struct param_row *row, const char *value)
{
	for (unsigned int i = 0; value && i < row->word_count; i++)
		if (row->words[i] && !strcmp(value, row->words[i])) {
			*(unsigned int *)row->var = i;
			return 0;
		}
	return -EINVAL;
}

static const char *const nmi_words[] = {
	[NMI_DOM0] = "dom0", [NMI_IGNORE] = "ignore", [NMI_FATAL] = "fatal",
};
static const char *const stamp_words[] = {
	[STAMPS_NONE] = "none", [STAMPS_DATE] = "date", [STAMPS_DATEMS] = "datems", [STAMPS_BOOT] = "boot",
	[STAMPS_RAW] = "raw",
};

/* A word, or a switch: with the date, or none. */
static int parse_stamps(const struct param_row *row, const char *value)
{
	bool on = false;

	if (!parse_choice(row, value))
		return 0;
	if (parse_bool(&(struct param_row){ .var = &on }, value))
		return -EINVAL;
	boot_params.console_timestamps = on ? STAMPS_DATE : STAMPS_NONE;
	return 0;
}

/* As 4.17: the first letter of each word counts; n for none, w and c (warm and cold) mean nothing here. */
static int parse_reboot(const struct param_row *row, const char *value)
{
	static const struct { char letter; enum param_reboot way; } ways[] = {
		{ 'a', REBOOT_ACPI }, { 'p', REBOOT_PCI }, { 'k', REBOOT_KEYBOARD }, { 't', REBOOT_TRIPLE },
	};
	int rc = 0;

	if (!value)
		return -EINVAL;
	for (; value; value = strchr(value, ',') ? strchr(value, ',') + 1 : NULL) {
		unsigned int i;

		for (i = 0; i < ARRAY_SIZE(ways) && ways[i].letter != *value; i++)
			;
		if (i < ARRAY_SIZE(ways))
			boot_params.reboot = ways[i].way;
		else if (*value == 'n')
			boot_params.noreboot = true;
		else if (*value != 'w' && *value != 'c')
			rc = -EINVAL;
	}
	return rc;
}

/* The loader has set the screen's mode; what says how is told to be of no effect. */
static int parse_vga(const struct param_row *row, const char *value)
{
	static const char *const modes[] = { "ask", "text-", "gfx-", "mode-" };
	size_t len;

	for (; value; value = value[len] ? value + len + 1 : NULL) {
		const char *comma = strchr(value, ',');
		unsigned int i;

		len = comma ? (size_t)(comma - value) : strlen(value);
		for (i = 0; i < ARRAY_SIZE(modes) && strncmp(value, modes[i], strlen(modes[i])); i++)
			;
		if (i < ARRAY_SIZE(modes))
			boot_params.vga_mode = true;
		else if (len == 4 && !strncmp(value, "keep", 4))
			boot_params.vga_keep = true;
		else if (len != 7 || strncmp(value, "current", 7))
			return -EINVAL;
	}
	return 0;
}

static int parse_nosmp(const struct param_row *row, const char *value)
{
	bool on = false;
	int rc = parse_bool(&(struct param_row){ .var = &on }, value);

	if (!rc && on)
		boot_params.maxcpus = 1;
	return rc;
}

static int parse_smt(const struct param_row *row, const char *value)
{
	bool on = false;
	int rc = parse_bool(&(struct param_row){ .var = &on }, value);

	if (!rc)
		boot_params.smt_off = !on;
	return rc;
}

/* watchdog=force: also where 4.17 thinks it unreliable. */
static int parse_watchdog(const struct param_row *row, const char *value)
{
	if (!value || strcmp(value, "force"))
		return parse_bool(row, value);
	boot_params.watchdog = true;
	return 0;
}

/* numa=on|off|noacpi|fake=N */
static int parse_numa(const struct param_row *row, const char *value)
{
	struct boot_params *p = &boot_params;
	bool on = true;
	char *end;

	if (value && !strncmp(value, "fake=", 5)) {
		p->numa_fake = strtoul(value + 5, &end, 0);
		return *end || end == value + 5 || !p->numa_fake ? -EINVAL : 0;
	}
	if (value && strcmp(value, "noacpi") && parse_bool(&(struct param_row){ .var = &on }, value))
		return -EINVAL;
	p->numa_off = !on || (value && !strcmp(value, "noacpi"));
	return 0;
}

/* One word of gnttab=, of len bytes. */
static int parse_gnttab_word(const char *s, size_t len)
{
	static const struct { const char *word; bool on; } words[] = {
		{ "transitive", true }, { "transitive=1", true }, { "transitive=yes", true },
		{ "transitive=on", true }, { "transitive=true", true }, { "transitive=enable", true },
		{ "no-transitive", false }, { "transitive=0", false }, { "transitive=no", false },
		{ "transitive=off", false }, { "transitive=false", false }, { "transitive=disable", false },
	};

	if (len == 9 && (!strncmp(s, "max-ver:", 8) || !strncmp(s, "max_ver:", 8)) &&
	    (s[8] == '1' || s[8] == '2')) {
		boot_params.gnttab_max_ver = s[8] - '0';
		return 0;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++)
		if (strlen(words[i].word) == len && !strncmp(s, words[i].word, len)) {
			boot_params.gnttab_transitive = words[i].on;
			return 0;
		}
	return -EINVAL;
}

/* gnttab=max-ver:N,[no-]transitive; what is understood of it counts, as in 4.17. */
static int parse_gnttab(const struct param_row *row, const char *value)
{
	const char *end;
	int rc = 0;

	if (!value)
		return -EINVAL;
	for (;; value = end + 1) {
		end = strchr(value, ',');
		if (parse_gnttab_word(value, end ? (size_t)(end - value) : strlen(value)))
			rc = -EINVAL;
		if (!end)
			return rc;
	}
}

#define ROW(nm, fn, field) { nm, fn, &boot_params.field, sizeof(boot_params.field), NULL, 0 }
#define CHOICE(nm, fn, field, list) { nm, fn, &boot_params.field, sizeof(boot_params.field), list, ARRAY_SIZE(list) }
static const struct param_row rows[] = {
	ROW("console", parse_string, console),
	ROW("com1", parse_string, com1),
	ROW("com2", parse_string, com2),
	ROW("conring_size", parse_bytes, conring_size),
	CHOICE("console_timestamps", parse_stamps, console_timestamps, stamp_words),
	ROW("vga", parse_vga, vga_keep),
	ROW("dom0_mem", parse_dom0_mem, dom0_mem),
	ROW("dom0_max_vcpus", parse_dom0_max_vcpus, dom0_max_vcpus),
	ROW("dom0_vcpus_pin", parse_bool, dom0_vcpus_pin),
	ROW("conswitch", parse_string, conswitch),
	ROW("crash-debug-panic", parse_string, crash_debug[CRASH_PANIC]),
	ROW("crash-debug-hwdom", parse_string, crash_debug[CRASH_HWDOM]),
	ROW("crash-debug-watchdog", parse_string, crash_debug[CRASH_WATCHDOG]),
	ROW("crash-debug-kexeccmd", parse_string, crash_debug[CRASH_KEXECCMD]),
	ROW("crash-debug-debugkey", parse_string, crash_debug[CRASH_DEBUGKEY]),
	ROW("loglvl", parse_level, loglvl),
	ROW("guest_loglvl", parse_level, guest_loglvl),
	ROW("sched", parse_string, sched),
	ROW("maxcpus", parse_uint, maxcpus),
	ROW("noreboot", parse_bool, noreboot),
	ROW("reboot", parse_reboot, reboot),
	ROW("nosmp", parse_nosmp, maxcpus),
	ROW("smt", parse_smt, smt_off),
	ROW("sync_console", parse_bool, sync_console),
	ROW("mem", parse_bytes, mem_limit),
	ROW("low_mem_virq_limit", parse_bytes, low_mem_virq_limit),
	ROW("cpuid", parse_string, cpuid),
	ROW("dom0-cpuid", parse_string, dom0_cpuid),
	ROW("efi", parse_efi, efi_no_rs),
	CHOICE("nmi", parse_choice, nmi, nmi_words),
	ROW("numa", parse_numa, numa_off),
	ROW("x2apic", parse_tristate, x2apic),
	ROW("gnttab", parse_gnttab, gnttab_max_ver),
	ROW("gnttab_max_frames", parse_uint, gnttab_max_frames),
	ROW("gnttab_max_maptrack_frames", parse_uint, gnttab_max_maptrack_frames),
	ROW("tbuf_size", parse_uint, tbuf_size),
	ROW("tevt_mask", parse_uint, tevt_mask),
	ROW("pv-linear-pt", parse_bool, pv_linear_pt),
	ROW("watchdog", parse_watchdog, watchdog),
	ROW("watchdog_timeout", parse_uint, watchdog_timeout),
};

static int parse_word(char *word)
{
	char *value = strchr(word, '=');

	if (value)
		*value++ = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(word, rows[i].name)) {
			int rc = rows[i].parse(&rows[i], value);

			if (value)
				value[-1] = '=';
			return rc;
		}
	if (value)
		value[-1] = '=';
	return -ENOENT;
}

int param_set(char *word)
{
	return parse_word(word);
}

static void for_each_word(void (*fn)(char *word))
{
	char copy[sizeof(saved_cmdline)], *word = copy, *end;

	strlcpy(copy, saved_cmdline, sizeof(copy));
	while (*word) {
		for (end = word; *end && *end != ' ' && *end != '\t'; end++)
			;
		if (*end)
			*end++ = 0;
		if (*word)
			fn(word);
		word = end;
	}
}

static void take_word(char *word)
{
	parse_word(word);
}

/* Half a word at the cut would mean something else. */
static void drop_last_word(char *s)
{
	size_t n = strlen(s);

	while (n && s[n - 1] != ' ' && s[n - 1] != '\t')
		n--;
	s[n] = 0;
}

void params_parse(const char *cmdline)
{
	too_long = strlcpy(saved_cmdline, cmdline, sizeof(saved_cmdline)) >= sizeof(saved_cmdline);
	if (too_long)
		drop_last_word(saved_cmdline);
	for_each_word(take_word);
}

/* Parsing the same word again changes nothing. */
static void report_word(char *word)
{
	int rc = parse_word(word);

	if (rc == -ENOENT)
		printk(LOG_WARN "command line: no such option: %s\n", word);
	else if (rc)
		printk(LOG_WARN "command line: value not understood: %s\n", word);
}

void params_report_unknown(void)
{
	if (too_long)
		printk(LOG_WARN "command line: longer than %zu bytes: the end is cut off\n",
			sizeof(saved_cmdline) - 1);
	for_each_word(report_word);
}
