/* SPDX-License-Identifier: GPL-2.0-only */
/* fpu.c: do vector registers survive being scheduled away? Several processes keep patterns in them,
 * with loops long enough to be interrupted, and sleep now and then.
 *
 * usage: fpu PROCESSES SECONDS; says how many rounds each made and how many came out wrong. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REG_BYTES 32

static void hold_sse(const uint8_t *in, uint8_t *out)
{
	__asm__ volatile("movdqa 0(%0), %%xmm0\n\t"
			 "movdqa 32(%0), %%xmm15\n\t"
			 "mov $300000, %%ecx\n"
			 "1: dec %%ecx\n\t"
			 "jnz 1b\n\t"
			 "movdqa %%xmm0, 0(%1)\n\t"
			 "movdqa %%xmm15, 32(%1)"
			 : : "r"(in), "r"(out) : "ecx", "memory", "xmm0", "xmm15");
}

static void hold_avx(const uint8_t *in, uint8_t *out)
{
	__asm__ volatile("vmovdqa 0(%0), %%ymm0\n\t"
			 "vmovdqa 32(%0), %%ymm15\n\t"
			 "mov $300000, %%ecx\n"
			 "1: dec %%ecx\n\t"
			 "jnz 1b\n\t"
			 "vmovdqa %%ymm0, 0(%1)\n\t"
			 "vmovdqa %%ymm15, 32(%1)"
			 : : "r"(in), "r"(out) : "ecx", "memory", "xmm0", "xmm15");
}

static bool round_ok(bool avx, uint8_t seed)
{
	uint8_t in[2 * REG_BYTES] __attribute__((aligned(64)));
	uint8_t out[2 * REG_BYTES] __attribute__((aligned(64))) = { 0 };
	int bytes = avx ? REG_BYTES : 16;

	for (int i = 0; i < 2 * REG_BYTES; i++)
		in[i] = seed + i;
	if (avx)
		hold_avx(in, out);
	else
		hold_sse(in, out);
	return !memcmp(in, out, bytes) && !memcmp(in + REG_BYTES, out + REG_BYTES, bytes);
}

static int process_run(int id, int seconds, bool avx)
{
	time_t end = time(NULL) + seconds;
	int round_count = 0, bad_count = 0;

	do {
		bad_count += !round_ok(avx, id * 64 + round_count);
		if (++round_count % 7 == 0)
			usleep(1000);
	} while (time(NULL) < end);
	printf("process %d: %d rounds, %d bad\n", id, round_count, bad_count);
	fflush(stdout);
	return bad_count != 0;
}

int main(int argc, char **argv)
{
	bool avx = __builtin_cpu_supports("avx");
	int failed = 0, status;

	if (argc != 3) {
		fprintf(stderr, "usage: fpu PROCESSES SECONDS\n");
		return 2;
	}
	printf("%s\n", avx ? "avx" : "sse");
	fflush(stdout);
	for (int i = 0; i < atoi(argv[1]); i++)
		if (fork() == 0)
			_exit(process_run(i, atoi(argv[2]), avx && i % 2 == 0));
	while (wait(&status) > 0)
		failed |= status;
	return failed != 0;
}
