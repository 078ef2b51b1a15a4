/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_vif_test.c: network interfaces of domains: how they are meant, attached, lost, failing, adopted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xend_devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BACK "/local/domain/0/backend/vif/1/0"

const char device_class[] = "vif";

static struct fake_vif *vif(const char *ifname)
{
	struct fake_vif *v = fake_vif(ifname);

	assert_non_null(v);
	assert_true(v->plugged);
	return v;
}

static void nothing_left(void)
{
	assert_int_equal(fake_vifs(), 0);
	assert_int_equal(fake_store_count("/local/domain/0/backend"), 0);
}

static void test_create(void **state)
{
	struct fake_vif *v;

	ok(client_create(c, "web", ",\"vif\":[\"\",\"mac=00:16:3E:11:22:33, bridge=br0,rate=1MB/s,mtu=1400,"
		"ip=10.0.0.7\"]"));
	v = vif("vif1.0");
	assert_true(v->ours && v->mode == VIF_BRIDGE);
	assert_string_equal(v->bridge, "xenbr0");
	assert_string_equal(v->domain, "web");
	assert_memory_equal(v->mac, "\x00\x16\x3e", 3);
	v = vif("vif1.1");
	assert_false(v->ours);
	assert_string_equal(v->bridge, "br0");
	assert_string_equal(v->ip, "10.0.0.7");
	assert_int_equal(v->mtu, 1400);
	assert_memory_equal(v->mac, "\x00\x16\x3e\x11\x22\x33", 6);
	assert_int_equal(fake->networks_up, 1);
	assert_string_equal(fake_store_get(BACK "/hotplug-status"), "connected");
	assert_string_equal(fake_store_get(BACK "/script"), "");
	assert_string_equal(fake_store_get(BACK "/handle"), "0");
	assert_string_equal(fake_store_get("/local/domain/0/backend/vif/1/1/mac"), "00:16:3e:11:22:33");
	assert_string_equal(fake_store_get("/local/domain/0/backend/vif/1/1/rate"), "50000,50000");
	assert_string_equal(fake_store_get("/local/domain/1/device/vif/1/mac"), "00:16:3e:11:22:33");
	assert_string_equal(fake_store_get("/local/domain/1/device/vif/1/mtu"), "1400");
	ok(client_call(c, "domain.destroy", "{\"domain\":\"web\"}"));
	assert_int_equal(fake->unplugs, 0);
	nothing_left();
}

/* What the text says becomes a way to connect it. */
static void test_ways(void **state)
{
	static const struct {
		const char *spec, *bridge, *script;
		enum vif_mode mode;
		bool ours;
	} ways[] = {
		{ "", "xenbr0", "", VIF_BRIDGE, true },
		{ "bridge=xenbr0", "xenbr0", "", VIF_BRIDGE, true },
		{ "bridge=br1", "br1", "", VIF_BRIDGE, false },
		{ "gatewaydev=eth0,ip=10.0.0.7", "", "", VIF_ROUTE, false },
		{ "script=vif-route,ip=10.0.0.7", "", "", VIF_ROUTE, false },
		{ "script=vif-nat,ip=10.0.0.7", "", "", VIF_NAT, false },
		{ "script=vif-bridge", "xenbr0", "", VIF_BRIDGE, true },
		{ "script=/nosuch/vif-bridge,bridge=br1", "br1", "", VIF_BRIDGE, false },
		{ "script=vif-mine", "xenbr0", "/etc/xen/scripts/vif-mine", VIF_BRIDGE, true },
		{ "script=/opt/net", "xenbr0", "/opt/net", VIF_BRIDGE, true },
	};
	const struct fake_vif *v;

	ok(client_create(c, "web", ""));
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		ok(attach("web", ways[i].spec));
		v = vif("vif1.0");
		assert_string_equal(v->bridge, ways[i].bridge);
		assert_string_equal(v->script, ways[i].script);
		assert_int_equal(v->mode, ways[i].mode);
		assert_int_equal(v->ours, ways[i].ours);
		ok(detach("web", "0", false));
	}
	assert_int_equal(fake->unplugs, 2);
	expect(attach("web", "script=vif-route"), -32602, "needs an ip=");
	expect(attach("web", "mac=1"), -32602, "mac '1'");
	nothing_left();
}

static void test_attach_detach(void **state)
{
	ok(client_create(c, "web", ",\"vif\":[\"\"]"));
	ok(attach("web", "mac=00:16:3e:00:00:01,bridge=br0"));
	expect(attach("web", "devid=1"), -17, "already");
	expect(attach("web", "bridge=nosuch"), -1, "there is no bridge nosuch: No such device");
	ok(attach("web", "vifname=a"));
	assert_string_equal(vif("a")->bridge, "xenbr0");
	ok(detach("web", "a", false));
	ok(detach("web", "00:16:3E:00:00:01", false));
	expect(detach("web", "00:16:3e:00:00:01", false), -1, "has no vif");
	ok(detach("web", "vif1.0", true));
	nothing_left();
}

/* On our network an address is one guest's only. */
static void test_same_mac(void **state)
{
	ok(client_create(c, "one", ",\"vif\":[\"mac=00:16:3e:00:00:01\"]"));
	expect(client_create(c, "two", ",\"vif\":[\"mac=00:16:3e:00:00:01\"]"), -1, "domain one has that mac");
	ok(client_create(c, "two", ",\"vif\":[\"mac=00:16:3e:00:00:01,bridge=br0\"]"));
}

/* Number and address stay with an interface, also when one before it has gone. */
static void test_stays_the_same(void **state)
{
	uint8_t mac[6];

	ok(client_create(c, "web", ",\"vif\":[\"\",\"\"]"));
	memcpy(mac, vif("vif1.1")->mac, 6);
	assert_memory_not_equal(mac, vif("vif1.0")->mac, 6);
	ok(detach("web", "0", false));
	fake_shutdown(1, 1);	/* reboot */
	env_until(e, fake_find(2) && fake_find(2)->built && !fake_find(2)->paused);
	assert_null(fake_vif("vif2.0"));
	assert_memory_equal(vif("vif2.1")->mac, mac, 6);
	assert_int_equal(fake_vifs(), 1);
	client_free(c);
	env_restart(e, true);
	c = client_new(e);
	ok(detach("web", "1", false));
	nothing_left();
}

static void test_driver_says_no(void **state)
{
	ok(client_create(c, "web", ""));
	fake->driver_fails = true;
	expect(attach("web", ""), -1, "dom0's driver xen-netback says: 19");
	nothing_left();
}

static void test_guest_holds_it(void **state)
{
	struct client *other = client_new(e);

	ok(client_create(c, "web", ",\"vif\":[\"\"]"));
	fake->guest_holds = true;
	detach_sent(other, "0");
	env_until(e, fake_store_get(BACK "/online") && !strcmp(fake_store_get(BACK "/online"), "0"));
	assert_int_equal(fake_vifs(), 1);
	fake_guest_lets_go();
	answered(other);
	nothing_left();
}

/* xend is killed, or the domain destroyed, while a script runs. */
static void test_killed_while_plugging(void **state)
{
	struct client *other = client_new(e);

	ok(client_create(c, "web", ""));
	fake->hang_plug = true;
	attach_sent(other, "script=/opt/net");
	env_until(e, fake_store_get(BACK "/state") && !strcmp(fake_store_get(BACK "/state"), "2"));
	client_free(other);
	client_free(c);
	env_restart(e, true);
	fake->hang_plug = false;
	c = client_new(e);
	env_until(e, TAILQ_EMPTY(&TAILQ_FIRST(&e->core->domains)->devices));
	nothing_left();
	assert_int_equal(fake->unplugs, 1);
	fake->hang_plug = true;
	other = client_new(e);
	attach_sent(other, "");
	env_until(e, fake_store_get(BACK "/state") && !strcmp(fake_store_get(BACK "/state"), "2"));
	ok(client_call(c, "domain.destroy", "{\"domain\":\"web\"}"));
	client_free(other);
	nothing_left();
}

static void test_network_at_start(void **state)
{
	assert_int_equal(fake->networks_up, 0);
	client_free(c);
	e->network_now = true;
	env_restart(e, false);
	c = client_new(e);
	env_until(e, !e->core->network_worker);
	assert_int_equal(fake->networks_up, 1);
	assert_int_equal(fake->networks_down, 1);	/* of the first xend's end */
}

static void test_each_step_fails(void **state)
{
	each_step_fails(",\"vif\":[\"script=/opt/net\"]", fake_vifs, 17);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		T(test_create), T(test_ways), T(test_attach_detach), T(test_same_mac),
		T(test_stays_the_same), T(test_driver_says_no), T(test_guest_holds_it),
		T(test_killed_while_plugging), T(test_network_at_start), T(test_each_step_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
