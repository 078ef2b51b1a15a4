/* SPDX-License-Identifier: GPL-2.0-only */
/* standalone.c: main() for fuzz targets where libFuzzer is not used: runs each seed as it is and
 * then with N random changes (-n N, -s SEED; both are printed), under the sanitizers. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEED_MAX	(1U << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long runs;

static void run(const uint8_t *data, size_t size)
{
	/* memory of exactly this size, so that a step over its end is seen */
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		exit(2);
	if (size)
		memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	runs++;
}

/* Flips, writes edge values, cuts, repeats. */
static void change(uint8_t *data, size_t *size)
{
	static const uint32_t edges[] = { 0, 1, 0x7f, 0xff, 0xffff, 0x7fffffff, 0x80000000,
					  0xffffffff };
	int changes = 1 + rand() % 4;
	size_t at;

	while (changes-- && *size) {
		at = (size_t)rand() % *size;
		switch (rand() % 4) {
		case 0:
			data[at] ^= (uint8_t)(1 << rand() % 8);
			break;
		case 1:
			if (*size - at >= 4)
				memcpy(data + at, &edges[(size_t)rand() % 8], 4);
			break;
		case 2:
			data[at] = (uint8_t)rand();
			break;
		default:
			if (rand() % 8 == 0)
				*size = at;
			else
				memmove(data + at, data + at / 2, *size - at);
		}
	}
}

static void run_file(const char *path, unsigned long times)
{
	static uint8_t seed[SEED_MAX], data[SEED_MAX];
	FILE *f = fopen(path, "rb");
	size_t n, size;

	if (!f) {
		perror(path);
		exit(2);
	}
	n = fread(seed, 1, sizeof(seed), f);
	fclose(f);
	run(seed, n);
	while (times--) {
		memcpy(data, seed, n);
		size = n;
		change(data, &size);
		run(data, size);
	}
}

static void run_folder(const char *path, unsigned long times)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	char file[1024];

	if (!dir) {
		run_file(path, times);
		return;
	}
	while ((e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
		run_file(file, times);
	}
	closedir(dir);
}

int main(int argc, char **argv)
{
	unsigned long times = 0;
	unsigned int seed = 1;
	int c;

	while ((c = getopt(argc, argv, "n:s:")) != -1) {
		if (c == 'n')
			times = strtoul(optarg, NULL, 0);
		else if (c == 's')
			seed = (unsigned int)strtoul(optarg, NULL, 0);
		else
			return 2;
	}
	srand(seed);
	for (; optind < argc; optind++)
		run_folder(argv[optind], times);
	printf("%s: %lu runs, seed %u\n", argv[0], runs, seed);
	return runs ? 0 : 2;
}
