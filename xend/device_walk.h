/* SPDX-License-Identifier: GPL-2.0-only */
/* device_walk.h: what a device's way up (device.c) and its way down (device_down.c) share. */
#ifndef XEND_DEVICE_WALK_H
#define XEND_DEVICE_WALK_H

#include "xend/device.h"

#define DEVICE_PLUG_MS 40000	/* for a worker (that runs a script) to connect one; xl's patience */
#define DEVICE_BACKEND "/local/domain/0/backend/%s/%u/%u"

/* device.c */
void device_timer_set(struct device *dev, long ms);
/* Runs the batch (NULL: there was no memory for it); the device is busy until it has ended. */
int device_submit(struct device *dev, struct store_batch *b);
/* The device was told to go while the batch was under way, or xend goes down. */
bool device_interrupted(struct device *dev, enum device_state state);
/* Has device_backend_changed() called, which reads what the backend's driver has come to. */
int device_watch_backend(struct device *dev);
void device_backend_changed(void *dev);
/* The end: frees it and tells who waits for that. */
void device_gone(struct device *dev);

/* device_down.c: steps that are tried again. */
void device_remove(struct device *dev);
void device_release(struct device *dev);

#endif
