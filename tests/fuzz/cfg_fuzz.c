/* SPDX-License-Identifier: GPL-2.0-only */
/* cfg_fuzz.c: any bytes as a configuration file, and what comes of them as a domain's CONFIG. */
#include "util/cfg.h"
#include "xm/config.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char err[CFG_ERROR_MAX], warning[256];
	struct json_object *config = NULL;
	struct cfg *cfg = cfg_new();

	if (!cfg)
		return 0;
	if (cfg_parse(cfg, "fuzz", (const char *)data, size, err, sizeof(err)) == 0) {
		if (config_from_cfg(cfg, "fuzz", &config, err, sizeof(err)) == 0) {
			/* what is sent must be text that json-c reads again */
			struct json_object *again = json_tokener_parse(json_object_to_json_string(config));

			if (!again)
				abort();
			json_object_put(again);
		}
		config_warning(cfg, "fuzz", warning, sizeof(warning));
	}
	json_object_put(config);
	cfg_free(cfg);
	return 0;
}
