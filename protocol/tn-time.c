/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-time.c: times as the server writes them. Part of the codec in protocol/; pure.
 */
#include "tn-codec.h"

#include <string.h>

#define MS_PER_DAY G_GINT64_CONSTANT(86400000)

/* Reads exactly n digits. */
static gboolean take_number(const char **text, int n, int *number)
{
    *number = 0;
    for (int i = 0; i < n; i++) {
        if (!g_ascii_isdigit((*text)[i]))
            return FALSE;
        *number = *number * 10 + ((*text)[i] - '0');
    }
    *text += n;
    return TRUE;
}

static gboolean take_char(const char **text, char c)
{
    if (**text != c)
        return FALSE;
    (*text)++;
    return TRUE;
}

/* Digits beyond ms are dropped. */
static gboolean take_fraction(const char **text, int *ms)
{
    int scale = 100, digits = 0;

    *ms = 0;
    if (!take_char(text, '.'))
        return TRUE;
    for (; g_ascii_isdigit(**text) && digits < 9; digits++, (*text)++) {
        *ms += (**text - '0') * scale;
        scale /= 10;
    }
    return digits > 0;
}

gint64 tn_time_parse(const char *text)
{
    int year, month, day, hour, minute, second, ms;
    GDate date;

    if (text == NULL || !take_number(&text, 4, &year) || !take_char(&text, '-') ||
        !take_number(&text, 2, &month) || !take_char(&text, '-') || !take_number(&text, 2, &day) ||
        !take_char(&text, 'T') || !take_number(&text, 2, &hour) || !take_char(&text, ':') ||
        !take_number(&text, 2, &minute) || !take_char(&text, ':') ||
        !take_number(&text, 2, &second) || !take_fraction(&text, &ms) || !take_char(&text, 'Z') ||
        *text != '\0')
        return 0;
    if (year < 1970 || !g_date_valid_dmy((GDateDay)day, month, (GDateYear)year) || hour > 23 ||
        minute > 59 || second > 60)
        return 0;
    g_date_set_dmy(&date, (GDateDay)day, month, (GDateYear)year);
    /* GDate counts from 1 January of the year 1, which it calls day 1. */
    return ((gint64)g_date_get_julian(&date) - 719163) * MS_PER_DAY +
           ((hour * 60 + minute) * 60 + second) * G_GINT64_CONSTANT(1000) + ms;
}

char *tn_time_format(gint64 time_ms)
{
    gint64 days = time_ms / MS_PER_DAY;
    int rest = (int)(time_ms % MS_PER_DAY);
    GDate date;

    if (time_ms < 0 || days > 2932896) /* the end of the year 9999 */
        return g_strdup("1970-01-01T00:00:00.000Z");
    g_date_clear(&date, 1);
    g_date_set_julian(&date, (guint32)(days + 719163));
    return g_strdup_printf("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", g_date_get_year(&date),
                           g_date_get_month(&date), g_date_get_day(&date), rest / 3600000,
                           rest / 60000 % 60, rest / 1000 % 60, rest % 1000);
}
