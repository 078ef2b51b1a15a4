/* SPDX-License-Identifier: GPL-2.0-only */
/* call.c: requests to xend, and every error in the classic words. */
#include "xm/xm.h"
#include "xm/rpc.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int xm_error(const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	/* Names of files and domains may have anything in them; it stays one line. */
	for (char *p = text; p && *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	fflush(stdout);
	fprintf(stderr, "Error: %s\n", text ? text : "out of memory");
	free(text);
	return XM_FAILED;
}

int xm_connect(struct rpc **rpc)
{
	int rc = *rpc ? 0 : rpc_open(rpc);

	if (rc == -EACCES || rc == -EPERM)
		return xm_error("Most commands need root access. Please try again as root.");
	if (rc)
		return xm_error("Unable to connect to xend: %s: %s. Is xend running?", rpc_socket_path(),
			strerror(-rc));
	return XM_OK;
}

int xm_rpc_failed(const struct rpc *rpc, int rc, const char *domain)
{
	const struct rpc_error *e = rpc_last_error(rpc);

	switch (rc) {
	case -EREMOTEIO:
		break;
	case -EPIPE:
		return xm_error("xend closed the connection before it answered; see its log.");
	case -EPROTO:
		return xm_error("xend's answer cannot be understood; is %s really xend's socket?",
			rpc_socket_path());
	case -EMSGSIZE:
		return xm_error("A request would be longer than %u bytes.", RPC_LINE_MAX);
	case -EFBIG:
		return xm_error("xend's answer is longer than %u bytes.", RPC_ANSWER_MAX);
	default:
		return xm_error("Talking to xend: %s.", strerror(-rc));
	}
	if (e->code == RPC_NO_DOMAIN) {
		xm_error("Domain '%s' does not exist.", domain ? domain : e->domain);
		return XM_NO_DOMAIN;
	}
	return xm_error("%c%s", toupper((unsigned char)e->message[0]),
		e->message[0] ? e->message + 1 : "");
}

int xm_call(struct xm_run *x, const char *method, struct json_object *params,
	struct json_object **ret_result)
{
	char domain[256] = "";
	int rc = xm_connect(&x->rpc);

	if (rc) {
		json_object_put(params);
		return rc;
	}
	snprintf(domain, sizeof(domain), "%s", xm_string(params, "domain", ""));
	rc = rpc_call(x->rpc, method, params, ret_result);
	return rc ? xm_rpc_failed(x->rpc, rc, *domain ? domain : NULL) : XM_OK;
}

int xm_call_domain(struct xm_run *x, const char *method, const char *domain)
{
	struct json_object *result = NULL;
	int rc = xm_call(x, method, xm_params("domain", domain), &result);

	json_object_put(result);
	return rc;
}

int xm_domain_name(struct xm_run *x, const char *domain, char *name, size_t size)
{
	struct json_object *d = NULL;
	int rc = xm_call(x, "domain.info", xm_params("domain", domain), &d);

	if (!rc)
		snprintf(name, size, "%s", xm_string(d, "name", domain));
	json_object_put(d);
	return rc;
}
