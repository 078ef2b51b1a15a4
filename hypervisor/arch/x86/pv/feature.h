/* SPDX-License-Identifier: GPL-2.0-only */
/* feature.h: the one list of CPU features: names, places in CPUID, who may see them, what they need.
 * Arithmetic on sets of features only; pv/cpuid.c asks the CPU. No locks. */
#ifndef PV_FEATURE_H
#define PV_FEATURE_H

#include <hv/lib.h>

/* Words of a featureset, in the ABI's order. */
enum feature_word {
	FW_1D, FW_1C, FW_E1D, FW_E1C, FW_DA1, FW_7B0, FW_7C0, FW_E7D, FW_E8B, FW_7D0, FW_7A1, FW_E21A,
	FW_7B1, NR_FEATURE_WORDS
};

struct feature_place { uint32_t leaf, sub; unsigned int reg; }; /* reg: 0 a .. 3 d */
extern const struct feature_place feature_places[NR_FEATURE_WORDS];

struct featureset { uint32_t w[NR_FEATURE_WORDS]; };

#define FEATURE(word, bit) ((word) * 32 + (bit))
#define FEAT_OSXSAVE    FEATURE(FW_1C, 27)
#define FEAT_HYPERVISOR FEATURE(FW_1C, 31)
#define FEAT_XSAVE      FEATURE(FW_1C, 26)
#define FEAT_AVX        FEATURE(FW_1C, 28)
#define FEAT_ERMS       FEATURE(FW_7B0, 9)
#define FEAT_AVX512F    FEATURE(FW_7B0, 16)
#define FEAT_FSRM       FEATURE(FW_7D0, 4)
#define FEAT_ITSC       FEATURE(FW_E7D, 8)

/* Who is offered a feature that the CPU has. */
enum feature_offer {
	OFFER_NEVER,    /* the hypervisor's own, or of no use in ring 3 */
	OFFER_MAX,      /* on demand: what would hinder a move to another machine */
	OFFER_DEFAULT,  /* every domain */
	OFFER_DERIVED,  /* not the CPU's bit: pv/cpuid.c sets it */
};

struct feature_row {
	const char *name;       /* as in cpuid= */
	uint16_t id;            /* FEATURE() */
	uint8_t offer;
	uint16_t needs[2];      /* 0: nothing; FPU, whose number that is, has a row that says so */
};
extern const struct feature_row feature_rows[];
extern const unsigned int nr_feature_rows;

static inline bool feature_has(const struct featureset *f, unsigned int id)
{
	return f->w[id / 32] >> (id % 32) & 1;
}

void feature_set(struct featureset *f, unsigned int id, bool on);
void features_limit(struct featureset *f, const struct featureset *most);
/* Takes away what lacks something that it needs. */
void features_close(struct featureset *f);
/* What domains may be given (OFFER_MAX) or get unasked (OFFER_DEFAULT) of what the CPU has. */
void features_offered(const struct featureset *cpu, enum feature_offer least, struct featureset *ret);
/* "no-avx,aesni=off,sse3": takes what is switched off from *f. What is switched on is left as the CPU
 * has it. Returns how many words are no feature; the first of them in bad. */
unsigned int features_parse(const char *list, struct featureset *f, char *bad, size_t size);

#endif
