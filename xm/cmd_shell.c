/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_shell.c: shell: subcommands line by line, with history and completion where it is a terminal. */
#include "xm/cmds.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#define WORDS_MAX 64

/* Splits in place; quotes keep blanks together. Words, or -1: a quote is open, or too many. */
static int split(char *line, char **words)
{
	char *to = line, quote;
	int count = 0;

	for (;;) {
		line += strspn(line, " \t\r\n");
		if (!*line || *line == '#')
			break;
		if (count == WORDS_MAX)
			return -1;
		words[count++] = to;
		for (quote = 0; *line && (quote || !strchr(" \t\r\n", *line)); line++) {
			if (*line == quote)
				quote = 0;
			else if (!quote && (*line == '"' || *line == '\''))
				quote = *line;
			else
				*to++ = *line;
		}
		if (quote)
			return -1;
		if (*line)
			line++;
		*to++ = '\0';
	}
	words[count] = NULL;
	return count;
}

static char *next_name(const char *text, int state)
{
	static int at;

	if (!state)
		at = 0;
	while (xm_table[at]) {
		const char *name = xm_table[at++]->name;

		if (!strncmp(name, text, strlen(text)))
			return strdup(name);
	}
	return NULL;
}

static char **complete(const char *text, int start, int end)
{
	return start ? NULL : rl_completion_matches(text, next_name);
}

static char *read_line(bool tty)
{
	char *line = NULL;
	size_t size = 0;

	if (tty)
		return readline("xm> ");
	if (getline(&line, &size, stdin) < 0) {
		free(line);
		return NULL;
	}
	return line;
}

static int run_shell(struct xm_run *x)
{
	bool tty = isatty(STDIN_FILENO);
	char *line, *words[WORDS_MAX + 1];
	int count, rc = XM_OK;

	rl_readline_name = "xm";
	rl_attempted_completion_function = complete;
	while ((line = read_line(tty))) {
		if (tty && *line)
			add_history(line);
		count = split(line, words);
		if (count > 0 && (!strcmp(words[0], "quit") || !strcmp(words[0], "exit"))) {
			free(line);
			return rc;
		}
		if (count < 0)
			rc = xm_error("expected at most %d words and closed quotes.", WORDS_MAX);
		else if (count > 0)
			rc = xm_dispatch(count, words);
		free(line);
	}
	if (tty)
		printf("\n");
	return rc;
}

const struct xm_cmd cmd_shell = {
	.name = "shell", .min = 0, .max = 0,
	.usage = "", .help = "read subcommands from standard input", .run = run_shell,
};
