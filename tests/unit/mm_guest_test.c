/* SPDX-License-Identifier: GPL-2.0-only */
/* mm_guest_test.c: hostile guests on a small machine: after every act all counts are right and no
 * TLB lets a guest write to a table; afterwards every page comes back.
 * MM_SEED and MM_STEPS in the environment repeat or lengthen a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdio.h>
#include <pthread.h>
#include <cmocka.h>
#include <asm/access.h>
#include "mm/guest_private.h"

static unsigned long env(const char *name, unsigned long dflt)
{
	const char *s = getenv(name);

	return s ? (unsigned long)atol(s) : dflt;
}

static void build_domains(void)
{
	unsigned int i, k;

	for (i = 0; i < 3; i++) {
		struct domain *d = world_domain(i, i == 0, 3, 60);

		for (k = 0; k < d->max_vcpus; k++)
			guest_build(d->vcpu[k]);
	}
}

static void kill_domains(unsigned long free_before)
{
	unsigned int i;

	/* dom0 last, and before that its foreign maps keep others' pages: let it go first. */
	for (i = 0; i < 3; i++) {
		guest_forget_grants(world_domains[i]);
		world_domains[i]->is_dying = DOMDYING_dying;
	}
	for (i = 0; i < 3; i++)
		while (mm_domain_relinquish(world_domains[i]) == -ERESTART)
			;
	for (i = 0; i < 3; i++)
		world_kill(world_domains[i]);
	hardware_domain = NULL;
	assert_int_equal(world_free_frames(), free_before);
}

static void hostile(unsigned long steps, unsigned int preempt)
{
	unsigned long before = world_free_frames(), i;

	build_domains();
	world_preempt = preempt;
	for (i = 0; i < steps; i++) {
		unsigned int cpu = world_random(WORLD_CPUS);
		struct vcpu *v = world_running(cpu);

		if (!v || !world_random(20))
			v = world_domains[world_random(3)]->vcpu[world_random(3)];
		if (v->is_running && v->processor != cpu)
			cpu = v->processor;
		guest_step(cpu, v);
		audit_tlb("step");
		if (i % 4 == 0)
			audit("step");
	}
	audit("end");
	kill_domains(before);
}

static void test_hostile(void **state)
{
	hostile(env("MM_STEPS", 30000), 0);
	guest_print_counts();
}

static void test_hostile_preempted(void **state)
{
	hostile(env("MM_STEPS", 30000), 3);
	assert_int_equal(world_crashes, 0);
}

/* While the hypervisor walks to an address another vcpu unhooks a table, makes an ordinary page of it and
 * writes there what it likes: numbers of frames that are no memory, or not its own. */
static void test_unhooked_table(void **state)
{
	static const unsigned long frames[] = { 0, 1, FIRST_RAM - 1, WORLD_FRAMES - 1, WORLD_FRAMES, ~0UL >> 24 };
	unsigned long before = world_free_frames();
	struct vcpu *v = world_domain(1, false, 1, 60)->vcpu[0];
	pte_t *table, old;
	unsigned int level, i;

	guest_build(v);
	world_run(1, v);
	for (level = 0; level < 3; level++) {
		table = mfn_to_virt(built[1][0][level]);
		old = table[0];
		for (i = 0; i < ARRAY_SIZE(frames); i++) {
			unsigned long arg[HYPERCALL_ARGS] = { 0 };

			table[0] = mk_pte(mk_mfn(frames[i]), PTE_P | PTE_RW | PTE_US);
			assert_int_equal(do_update_va_mapping(arg), -EINVAL);
		}
		table[0] = old;
	}
	world_kill(v->domain);
	assert_int_equal(world_free_frames(), before);
}

/* Numbers of frames that are no memory: the privileged domain's to say, as are those of its own. */
static void test_frame_numbers(void **state)
{
	unsigned long before = world_free_frames();
	struct domain *d[2] = { world_domain(0, true, 1, 60), world_domain(1, false, 1, 60) };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct mmu_update req = { .ptr = 3 * PAGE_SIZE | MMU_MACHPHYS_UPDATE, .val = 100 + i };
		unsigned long arg[HYPERCALL_ARGS] = { (unsigned long)&req, 1, 0, DOMID_IO };

		guest_build(d[i]->vcpu[0]);
		world_run(i, d[i]->vcpu[0]);
		assert_int_equal(do_mmu_update(arg), i ? -EPERM : 0);
		assert_int_equal(arch_m2p_get(mk_mfn(3)), 100);
	}
	world_kill(d[1]);
	world_kill(d[0]);
	hardware_domain = NULL;
	assert_int_equal(world_free_frames(), before);
}

/* A vcpu that has left the end of one table for later takes no other one that it would have to end now. */
static void test_one_pending(void **state)
{
	unsigned long before = world_free_frames();
	struct domain *d = world_domain(1, false, 3, 60);
	struct vcpu *v = d->vcpu[0];
	struct page *l4[3];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		guest_build(d->vcpu[i]);
		l4[i] = mfn_to_page(built[1][i][0]);
	}
	world_run(1, v);
	vcpu_drop_l4(d->vcpu[1]);
	assert_int_equal(unpin_page_table(l4[0], d), 0); /* v runs on it */
	world_preempt = 1; /* at each step */
	assert_int_equal(unpin_page_table(l4[1], d), 0);
	assert_ptr_equal(v->arch.mm_pending, l4[1]);
	while (new_guest_cr3(v, page_to_mfn(l4[2])) == -ERESTART)
		;
	assert_ptr_equal(v->arch.mm_pending, l4[0]);
	assert_int_equal(l4[1]->type_info & PGT_count_mask, 0);
	assert_true(mfn_eq(v->arch.guest_table, page_to_mfn(l4[2])));
	audit("pending");
	world_preempt = 0;
	world_kill(d);
	assert_int_equal(world_free_frames(), before);
}

/* The L1 entry of the page after the built ones, once e was asked for. */
static pte_t entry_written(pte_t e)
{
	unsigned long arg[HYPERCALL_ARGS] = { (BUILD_PAGES + 1) << PAGE_SHIFT, e };

	assert_int_equal(do_update_va_mapping(arg), 0);
	return ((pte_t *)mfn_to_virt(built[current->domain->domain_id][0][3]))[BUILD_PAGES + 1];
}

/* A domain with a device maps that as it likes, its memory only cached; dom0 does as it likes. */
static void test_cache_attributes(void **state)
{
	const uint64_t bits = PTE_P | PTE_RW | PTE_US, uncached = PTE_PWT | PTE_PCD;
	unsigned long before = world_free_frames();
	struct domain *d[2] = { world_domain(0, true, 1, 60), world_domain(1, false, 1, 60) };
	unsigned int i;
	mfn_t m;

	assert_int_equal(access_init(d[0]) | access_init(d[1]), 0);
	assert_int_equal(access_change(d[1], ACCESS_IOMEM, 3, 3, true), 0);
	for (i = 0; i < 2; i++) {
		guest_build(d[i]->vcpu[0]);
		world_run(i, d[i]->vcpu[0]);
		m = built[i][0][BUILD_PAGES - 1];
		assert_int_equal(entry_written(mk_pte(mk_mfn(3), bits | uncached)),
			mk_pte(mk_mfn(3), bits | uncached));
		assert_int_equal(entry_written(mk_pte(m, bits | uncached)), mk_pte(m, bits | (i ? 0 : uncached)));
		assert_int_equal(entry_written(0), 0);
	}
	for (i = 2; i--;) {
		access_free(d[i]);
		world_kill(d[i]);
	}
	hardware_domain = NULL;
	assert_int_equal(world_free_frames(), before);
}

/* dom0 put a device's registers where memory is: who maps that for writing writes, and the page can be
 * something else afterwards. */
static void test_protected_memory(void **state)
{
	unsigned long before = world_free_frames();
	struct vcpu *v = world_domain(1, false, 1, 60)->vcpu[0];
	unsigned long arg[HYPERCALL_ARGS];
	struct page *pg;
	mfn_t m;

	guest_build(v);
	world_run(1, v);
	m = built[1][0][BUILD_PAGES - 1];
	pg = mfn_to_page(m);
	assert_int_equal(iomem_protect(mfn_x(m), mfn_x(m)), 0);
	memset(arg, 0, sizeof(arg));
	arg[0] = (BUILD_PAGES + 1) << PAGE_SHIFT;
	arg[1] = mk_pte(m, PTE_P | PTE_RW | PTE_US);
	assert_int_equal(do_update_va_mapping(arg), 0);
	assert_int_equal(pg->type_info & PGT_count_mask, 2);
	arg[1] = 0;
	assert_int_equal(do_update_va_mapping(arg), 0);
	assert_int_equal(pg->type_info & PGT_count_mask, 1);
	iomem_unprotect(mfn_x(m), mfn_x(m));
	world_kill(v->domain);
	assert_int_equal(world_free_frames(), before);
}

/* --- several CPUs at once ---------------------------------------------------------------------- */

static unsigned long thread_steps;
static unsigned int threads_done;

/* CPU n runs every fourth vcpu, each for a while. */
static void *thread_main(void *arg)
{
	unsigned int n = (unsigned int)(uintptr_t)arg, turn = n;
	unsigned long i;

	world_seed(env("MM_SEED", 1) * WORLD_CPUS + n);
	for (i = 0; i < thread_steps; i++) {
		if (!world_random(50))
			turn = (turn + WORLD_CPUS) % 9;
		if (turn % WORLD_CPUS != n)
			turn = n;
		fake_cpu = n;
		flush_ipi();
		guest_step(n, world_domains[turn / 3]->vcpu[turn % 3]);
	}
	__atomic_fetch_add(&threads_done, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&threads_done, __ATOMIC_SEQ_CST) < WORLD_CPUS)
		cpu_relax();
	return NULL;
}

static void test_hostile_threads(void **state)
{
	unsigned long before = world_free_frames(), round;
	pthread_t t[WORLD_CPUS];
	uintptr_t i;

	build_domains();
	world_preempt = 5;
	thread_steps = env("MM_STEPS", 30000) / 20;
	for (round = 0; round < 20; round++) {
		fake_current = idle_vcpu[0];
		if (round == 5)
			dirty_turn_on_all();
		else if (round > 5)
			dirty_ask_all();
		world_threaded = true;
		threads_done = 0;
		for (i = 0; i < WORLD_CPUS; i++)
			assert_int_equal(pthread_create(&t[i], NULL, thread_main, (void *)i), 0);
		for (i = 0; i < WORLD_CPUS; i++)
			pthread_join(t[i], NULL);
		world_threaded = false;
		audit("round");
		audit_tlb("round");
	}
	kill_domains(before);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unhooked_table),
		cmocka_unit_test(test_frame_numbers),
		cmocka_unit_test(test_one_pending),
		cmocka_unit_test(test_cache_attributes),
		cmocka_unit_test(test_protected_memory),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_hostile_preempted),
		cmocka_unit_test(test_hostile_threads),
	};

	world_init(env("MM_SEED", 1));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
