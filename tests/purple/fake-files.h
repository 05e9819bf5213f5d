/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake-files.h: of the fake libpurple (fake.h) what has to do with files: transfers, the picture
 * store, icons, and HTTP requests beside the link. What is left over when a test ends fails it.
 */
#ifndef TESTS_PURPLE_FAKE_FILES_H
#define TESTS_PURPLE_FAKE_FILES_H

#include <ft.h>
#include <imgstore.h>

#include "protocol/tn-transport.h"

/* Transfers. The newest that libpurple still holds; NULL: none. */
PurpleXfer *fake_xfer(void);
guint fake_xfers(void);
/* The user answers the question about the newest. Files are in memory: what was written by the
 * plugin, and what it can read. */
void fake_xfer_accept(PurpleXfer *xfer);
void fake_xfer_refuse(PurpleXfer *xfer);
/* The client closes the question of handle, if that is a transfer; Finch refuses by it. */
void fake_xfer_question_closed(const void *handle);
/* Reads and writes fail from now on; transfers cannot be begun. */
void fake_disk_fails(gboolean is_broken);
const GByteArray *fake_disk(void);
void fake_disk_set(const void *bytes, gsize length);

/* A picture in the store, held by the client. */
int fake_picture(const void *bytes, gsize length, const char *name);
PurpleStoredImage *fake_picture_of(int id);
void fake_picture_drop(int id);
/* The bytes that the last picture of a line had; the store has let it go since. */
guint fake_pictures_shown(void);

/* "usrB <checksum>" or "usrB -", as icons were set; claimed. NULL: none. */
char *fake_take_icon(void);

/* HTTP. The oldest open request; "GET /path" with "!" behind it where there are credentials. */
char *fake_http(void);
guint fake_https(void);
/* Take all of its body. */
void fake_http_read(void);
/* It is answered and over. body may hold NUL. */
void fake_http_answer(int status, const void *body, gsize length);
void fake_http_fail(TnError error, TnCause cause);

/* For the fake's own files. */
TnHttp *fake_http_start(TnTransport *transport, const TnHttpRequest *request,
                        const TnHttpEvents *events, gpointer user_data);
void fake_http_cancel(TnTransport *transport, TnHttp *http);
void fake_http_resume(TnTransport *transport, TnHttp *http);
void fake_files_reset(void);
void fake_files_check(void);

#endif
