/* SPDX-License-Identifier: GPL-2.0-only */
/* version.h: what xend calls itself. */
#ifndef XEND_VERSION_H
#define XEND_VERSION_H

#define XEND_VERSION "4.17"

#endif
