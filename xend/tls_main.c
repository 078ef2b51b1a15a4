/* SPDX-License-Identifier: GPL-2.0-only */
/* tls_main.c: xend-tls: carries bytes between a TLS connection (descriptor 3) and a plain socket (4) for xend, which
 * so never parses what strangers send. Both sides show certificates of one authority. Without rights as
 * soon as it has read the key. */
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define FD_TLS	     3
#define FD_PLAIN     4
#define BUFFERED_MAX (1u << 20)
#define HANDSHAKE_S  20
#define NOBODY	     65534

struct carrier {
	struct event_base *base;
	struct bufferevent *tls, *plain;
	SSL *ssl;
	bool up, closing;
};

/* To xend, as if the other host had said it; "tls" tells that we did. */
static void complain(const char *text)
{
	char line[512];
	int n = snprintf(line, sizeof(line), "{\"error\":\"TLS: %.400s\",\"errno\":\"EACCES\",\"tls\":true}\n", text);

	for (char *c = line + 17; *c && c < line + n - 30; c++)
		if (*c == '\\' || (unsigned char)*c < 32)
			*c = ' ';
	(void)!send(FD_PLAIN, line, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void die(const char *what)
{
	unsigned long e = ERR_get_error();
	char text[400];

	snprintf(text, sizeof(text), "%s: %s", what, e ? ERR_reason_error_string(e) : strerror(errno));
	complain(text);
	exit(1);
}

/* ---- bytes ------------------------------------------------------------------------------------------ */

static struct bufferevent *other(struct carrier *c, struct bufferevent *bev)
{
	return bev == c->tls ? c->plain : c->tls;
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct bufferevent *to = other(arg, bev);

	bufferevent_write_buffer(to, bufferevent_get_input(bev));
	if (evbuffer_get_length(bufferevent_get_output(to)) > BUFFERED_MAX)
		bufferevent_disable(bev, EV_READ);
}

static void on_written(struct bufferevent *bev, void *arg)
{
	struct carrier *c = arg;

	if (!c->closing)
		bufferevent_enable(other(c, bev), EV_READ);
	else if (!evbuffer_get_length(bufferevent_get_output(bev)))	/* a call from before may come late */
		event_base_loopexit(c->base, NULL);
}

/* What is on its way to the one that is left still goes. */
static void one_closed(struct carrier *c, struct bufferevent *bev)
{
	struct bufferevent *to = other(c, bev);

	c->closing = true;
	if (evbuffer_get_length(bufferevent_get_input(bev)))
		bufferevent_write_buffer(to, bufferevent_get_input(bev));
	bufferevent_disable(bev, EV_READ | EV_WRITE);
	bufferevent_disable(to, EV_READ);
	bufferevent_setwatermark(to, EV_WRITE, 0, 0);
	if (!evbuffer_get_length(bufferevent_get_output(to)))
		event_base_loopexit(c->base, NULL);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct carrier *c = arg;
	unsigned long e;
	long verify;

	if (what & BEV_EVENT_CONNECTED) {
		c->up = true;
		bufferevent_set_timeouts(c->tls, NULL, NULL);
		bufferevent_enable(c->plain, EV_READ | EV_WRITE);
		return;
	}
	if (bev == c->tls && !c->up) {
		verify = SSL_get_verify_result(c->ssl);
		e = bufferevent_get_openssl_error(bev);
		complain(verify != X509_V_OK ? X509_verify_cert_error_string(verify)
			: what & BEV_EVENT_TIMEOUT ? "no handshake within 20 s"
			: e && ERR_reason_error_string(e) ? ERR_reason_error_string(e)
			: "the other host ended the handshake (is it xend, and has it certificates?)");
		event_base_loopexit(c->base, NULL);
		return;
	}
	if (bev == c->tls && what & BEV_EVENT_ERROR && (e = bufferevent_get_openssl_error(bev)) != 0 &&
	    ERR_GET_REASON(e) != SSL_R_UNEXPECTED_EOF_WHILE_READING)
		complain(ERR_reason_error_string(e) ? ERR_reason_error_string(e) : "an error");
	one_closed(c, bev);
}

/* ---- certificates ------------------------------------------------------------------------------------ */

static void load(SSL_CTX *ctx, const char *dir)
{
	char path[3][4096];
	static const char *const names[] = { "ca.pem", "cert.pem", "key.pem" };

	for (int i = 0; i < 3; i++)
		snprintf(path[i], sizeof(path[i]), "%s/%s", dir, names[i]);
	if (SSL_CTX_load_verify_locations(ctx, path[0], NULL) != 1)
		die("ca.pem");
	if (SSL_CTX_use_certificate_chain_file(ctx, path[1]) != 1)
		die("cert.pem");
	if (SSL_CTX_use_PrivateKey_file(ctx, path[2], SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(ctx) != 1)
		die("key.pem");
}

static void expect_host(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	if (X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1)
		return;
	ERR_clear_error();
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (X509_VERIFY_PARAM_set1_host(param, host, 0) != 1 || SSL_set_tlsext_host_name(ssl, host) != 1)
		die(host);
}

static void drop_rights(void)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
		die("dropping rights");
}

int main(int argc, char **argv)
{
	static const struct timeval patience = { HANDSHAKE_S, 0 };
	struct carrier c = { 0 };
	const char *host;
	SSL_CTX *ctx;

	if (argc < 3 || argc > 4) {
		fprintf(stderr, "Usage: xend-tls DIR client HOST | xend-tls DIR server\n"
			"Carries bytes between TLS on descriptor 3 and a plain socket on 4, for xend(8).\n");
		return 2;
	}
	host = argc == 4 ? argv[3] : NULL;
	signal(SIGPIPE, SIG_IGN);
	ctx = SSL_CTX_new(host ? TLS_client_method() : TLS_server_method());
	if (!ctx || SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1)
		die("OpenSSL");
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	load(ctx, argv[1]);
	drop_rights();
	c.ssl = SSL_new(ctx);
	if (c.ssl && host)
		expect_host(c.ssl, host);
	c.base = event_base_new();
	evutil_make_socket_nonblocking(FD_TLS);
	evutil_make_socket_nonblocking(FD_PLAIN);
	if (c.base && c.ssl) {
		c.tls = bufferevent_openssl_socket_new(c.base, FD_TLS, c.ssl, host ? BUFFEREVENT_SSL_CONNECTING
			: BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
		c.plain = bufferevent_socket_new(c.base, FD_PLAIN, BEV_OPT_DEFER_CALLBACKS);
	}
	if (!c.tls || !c.plain)
		die("libevent");
	bufferevent_setcb(c.tls, on_read, on_written, on_event, &c);
	bufferevent_setcb(c.plain, on_read, on_written, on_event, &c);
	bufferevent_setwatermark(c.tls, EV_WRITE, BUFFERED_MAX / 2, 0);
	bufferevent_setwatermark(c.plain, EV_WRITE, BUFFERED_MAX / 2, 0);
	bufferevent_set_timeouts(c.tls, &patience, &patience);
	bufferevent_enable(c.tls, EV_READ | EV_WRITE);
	event_base_dispatch(c.base);
	if (c.up)
		SSL_shutdown(c.ssl);
	bufferevent_free(c.tls);
	return 0;
}
