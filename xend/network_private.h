/* SPDX-License-Identifier: GPL-2.0-only */
/* network_private.h: what the parts of xend's own network share. */
#ifndef XEND_NETWORK_PRIVATE_H
#define XEND_NETWORK_PRIVATE_H

#include <netinet/in.h>
#include <sys/types.h>

#include "xend/network.h"

#define ALIAS	  "xend's own network"	/* by which we know our bridge */
#define PATH_SIZE 512

struct net_addr;
struct nl_sock;

/* Files below the network's folder (path) and anywhere. */
void network_path(const struct be_network *net, const char *name, char path[PATH_SIZE]);
int network_file_read(const char *path, char *text, size_t size);
void network_make_parents(const char *path);
/* Writes "network NAME: WHAT: strerror" into why; returns err. */
int network_fail(int err, char *why, size_t size, const char *what, const char *name);

/* network_bridge.c. address6: of ours; false: the network, or the kernel, has no IPv6. */
bool network_address6(const struct be_network *net, char text[INET6_ADDRSTRLEN],
	struct net_addr *ret_addr);
int network_bridge_up(const struct be_network *net, struct nl_sock *nl, char *why, size_t size);

/* network_dnsmasq.c. pid: 0: none runs. */
pid_t network_dnsmasq_pid(const struct be_network *net);
int network_dnsmasq_start(const struct be_network *net, char *why, size_t size);
void network_dnsmasq_signal(const struct be_network *net, int sig);

#endif
