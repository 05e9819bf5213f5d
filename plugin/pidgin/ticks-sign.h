/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ticks-sign.h: the small sign in a conversation's head that says whether receipts are in sync,
 * with a tooltip in plain words. GTK only.
 */
#ifndef TICKS_SIGN_H
#define TICKS_SIGN_H

#include <gtk/gtk.h>

#include "ticks-model.h"

G_BEGIN_DECLS

/* Show it at the end of box, made if need be; SYNC_SIGN_NONE hides it. TRUE: it changed. */
gboolean ticks_sign_set(GtkBox *box, SyncSign sign, const char *text);
void ticks_sign_remove(GtkBox *box);

G_END_DECLS

#endif
