/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-grapheme.c: extended grapheme clusters by the rules of UAX #29 (GB3 to GB13), Unicode 15.1.
 * GLib knows general categories and Hangul; what it does not know, emoji and the exceptions of the
 * standard, stands in the tables below. Part of protocol/; pure.
 */
#include "tn-grapheme.h"

typedef enum {
    CLASS_OTHER,
    CLASS_CR,
    CLASS_LF,
    CLASS_CONTROL,
    CLASS_EXTEND,
    CLASS_ZWJ,
    CLASS_SPACING,
    CLASS_PREPEND,
    CLASS_REGIONAL,
    CLASS_PICTURE,
    CLASS_L,
    CLASS_V,
    CLASS_T,
    CLASS_LV,
    CLASS_LVT,
} Class;

typedef struct {
    gunichar first, last;
} Range;

/* Grapheme_Extend beyond the categories Mn and Me, and emoji modifiers. */
static const Range extend_ranges[] = {
    {0x9be, 0x9be},     {0x9d7, 0x9d7},     {0xb3e, 0xb3e},     {0xb57, 0xb57},
    {0xbbe, 0xbbe},     {0xbd7, 0xbd7},     {0xcc2, 0xcc2},     {0xcd5, 0xcd6},
    {0xd3e, 0xd3e},     {0xd57, 0xd57},     {0xdcf, 0xdcf},     {0xddf, 0xddf},
    {0x1b35, 0x1b35},   {0x200c, 0x200c},   {0x302e, 0x302f},   {0xff9e, 0xff9f},
    {0x1133e, 0x1133e}, {0x11357, 0x11357}, {0x114b0, 0x114b0}, {0x114bd, 0x114bd},
    {0x115af, 0x115af}, {0x11930, 0x11930}, {0x1d165, 0x1d165}, {0x1d16e, 0x1d172},
    {0x1f3fb, 0x1f3ff}, {0xe0020, 0xe007f},
};

/* Spacing marks (Mc) that do not extend a cluster. */
static const Range not_spacing_ranges[] = {
    {0x102b, 0x102c}, {0x1038, 0x1038}, {0x1062, 0x1064},   {0x1067, 0x106d}, {0x1083, 0x1083},
    {0x1087, 0x108c}, {0x108f, 0x108f}, {0x109a, 0x109c},   {0x1a61, 0x1a61}, {0x1a63, 0x1a64},
    {0xaa7b, 0xaa7b}, {0xaa7d, 0xaa7d}, {0x11720, 0x11721},
};

static const Range prepend_ranges[] = {
    {0x600, 0x605},     {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},
    {0x8e2, 0x8e2},     {0xd4e, 0xd4e},     {0x110bd, 0x110bd}, {0x110cd, 0x110cd},
    {0x111c2, 0x111c3}, {0x1193f, 0x1193f}, {0x11941, 0x11941}, {0x11a3a, 0x11a3a},
    {0x11a84, 0x11a89}, {0x11d46, 0x11d46}, {0x11f02, 0x11f02},
};

/* Extended_Pictographic. */
static const Range picture_ranges[] = {
    {0xa9, 0xa9},       {0xae, 0xae},       {0x203c, 0x203c},   {0x2049, 0x2049},
    {0x2122, 0x2122},   {0x2139, 0x2139},   {0x2194, 0x2199},   {0x21a9, 0x21aa},
    {0x231a, 0x231b},   {0x2328, 0x2328},   {0x2388, 0x2388},   {0x23cf, 0x23cf},
    {0x23e9, 0x23f3},   {0x23f8, 0x23fa},   {0x24c2, 0x24c2},   {0x25aa, 0x25ab},
    {0x25b6, 0x25b6},   {0x25c0, 0x25c0},   {0x25fb, 0x25fe},   {0x2600, 0x2605},
    {0x2607, 0x2612},   {0x2614, 0x2685},   {0x2690, 0x2705},   {0x2708, 0x2712},
    {0x2714, 0x2714},   {0x2716, 0x2716},   {0x271d, 0x271d},   {0x2721, 0x2721},
    {0x2728, 0x2728},   {0x2733, 0x2734},   {0x2744, 0x2744},   {0x2747, 0x2747},
    {0x274c, 0x274c},   {0x274e, 0x274e},   {0x2753, 0x2755},   {0x2757, 0x2757},
    {0x2763, 0x2767},   {0x2795, 0x2797},   {0x27a1, 0x27a1},   {0x27b0, 0x27b0},
    {0x27bf, 0x27bf},   {0x2934, 0x2935},   {0x2b05, 0x2b07},   {0x2b1b, 0x2b1c},
    {0x2b50, 0x2b50},   {0x2b55, 0x2b55},   {0x3030, 0x3030},   {0x303d, 0x303d},
    {0x3297, 0x3297},   {0x3299, 0x3299},   {0x1f000, 0x1f0ff}, {0x1f10d, 0x1f10f},
    {0x1f12f, 0x1f12f}, {0x1f16c, 0x1f171}, {0x1f17e, 0x1f17f}, {0x1f18e, 0x1f18e},
    {0x1f191, 0x1f19a}, {0x1f1ad, 0x1f1e5}, {0x1f201, 0x1f20f}, {0x1f21a, 0x1f21a},
    {0x1f22f, 0x1f22f}, {0x1f232, 0x1f23a}, {0x1f23c, 0x1f23f}, {0x1f249, 0x1f3fa},
    {0x1f400, 0x1f53d}, {0x1f546, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f774, 0x1f77f},
    {0x1f7d5, 0x1f7ff}, {0x1f80c, 0x1f80f}, {0x1f848, 0x1f84f}, {0x1f85a, 0x1f85f},
    {0x1f888, 0x1f88f}, {0x1f8ae, 0x1f8ff}, {0x1f90c, 0x1f93a}, {0x1f93c, 0x1f945},
    {0x1f947, 0x1faff}, {0x1fc00, 0x1fffd},
};

/* Consonants that a virama between them binds (InCB=Consonant), and those viramas. */
static const Range consonant_ranges[] = {
    {0x915, 0x939}, {0x958, 0x95f}, {0x978, 0x97f}, {0x995, 0x9a8}, {0x9aa, 0x9b0}, {0x9b2, 0x9b2},
    {0x9b6, 0x9b9}, {0x9dc, 0x9dd}, {0x9df, 0x9df}, {0x9f0, 0x9f1}, {0xa95, 0xaa8}, {0xaaa, 0xab0},
    {0xab2, 0xab3}, {0xab5, 0xab9}, {0xaf9, 0xaf9}, {0xb15, 0xb28}, {0xb2a, 0xb30}, {0xb32, 0xb33},
    {0xb35, 0xb39}, {0xb5c, 0xb5d}, {0xb5f, 0xb5f}, {0xb71, 0xb71}, {0xc15, 0xc28}, {0xc2a, 0xc39},
    {0xc58, 0xc5a}, {0xd15, 0xd3a},
};

static gboolean is_virama(gunichar c)
{
    return c == 0x94d || c == 0x9cd || c == 0xacd || c == 0xb4d || c == 0xc4d || c == 0xd4d;
}

static gboolean in_ranges(gunichar c, const Range *ranges, gsize count)
{
    gsize low = 0, high = count;

    while (low < high) {
        gsize middle = low + (high - low) / 2;

        if (c < ranges[middle].first)
            high = middle;
        else if (c > ranges[middle].last)
            low = middle + 1;
        else
            return TRUE;
    }
    return FALSE;
}

#define IN(c, ranges) in_ranges((c), (ranges), G_N_ELEMENTS(ranges))

/* Code points that the standard reserves and wants treated as if they were invisible controls. */
static gboolean is_reserved_ignorable(gunichar c)
{
    return c == 0x2065 || (c >= 0xfff0 && c <= 0xfff8) || (c >= 0xe0000 && c <= 0xe0fff);
}

static Class class_by_category(gunichar c)
{
    switch (g_unichar_type(c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
        return CLASS_CONTROL;
    case G_UNICODE_NON_SPACING_MARK:
    case G_UNICODE_ENCLOSING_MARK:
        return CLASS_EXTEND;
    case G_UNICODE_SPACING_MARK:
        return IN(c, not_spacing_ranges) ? CLASS_OTHER : CLASS_SPACING;
    case G_UNICODE_UNASSIGNED:
        return is_reserved_ignorable(c) ? CLASS_CONTROL : CLASS_OTHER;
    default:
        return CLASS_OTHER;
    }
}

static Class hangul_class(gunichar c)
{
    switch (g_unichar_break_type(c)) {
    case G_UNICODE_BREAK_HANGUL_L_JAMO:
        return CLASS_L;
    case G_UNICODE_BREAK_HANGUL_V_JAMO:
        return CLASS_V;
    case G_UNICODE_BREAK_HANGUL_T_JAMO:
        return CLASS_T;
    case G_UNICODE_BREAK_HANGUL_LV_SYLLABLE:
        return CLASS_LV;
    case G_UNICODE_BREAK_HANGUL_LVT_SYLLABLE:
        return CLASS_LVT;
    default:
        return CLASS_OTHER;
    }
}

static Class class_of(gunichar c)
{
    if (c == '\r')
        return CLASS_CR;
    if (c == '\n')
        return CLASS_LF;
    if (c >= 0x20 && c < 0x7f)
        return CLASS_OTHER;
    if (c == 0x200d)
        return CLASS_ZWJ;
    if (c >= 0x1f1e6 && c <= 0x1f1ff)
        return CLASS_REGIONAL;
    if ((c >= 0x1100 && c <= 0x11ff) || (c >= 0xa960 && c <= 0xa97f) ||
        (c >= 0xac00 && c <= 0xd7ff))
        return hangul_class(c);
    if (IN(c, extend_ranges))
        return CLASS_EXTEND;
    if (IN(c, prepend_ranges))
        return CLASS_PREPEND;
    if (IN(c, picture_ranges))
        return CLASS_PICTURE;
    if (c == 0xe33 || c == 0xeb3) /* Thai and Lao sara am */
        return CLASS_SPACING;
    return class_by_category(c);
}

static gboolean is_control(Class class)
{
    return class == CLASS_CR || class == CLASS_LF || class == CLASS_CONTROL;
}

/* GB6 to GB8. */
static gboolean joins_hangul(Class left, Class right)
{
    switch (left) {
    case CLASS_L:
        return right == CLASS_L || right == CLASS_V || right == CLASS_LV || right == CLASS_LVT;
    case CLASS_LV:
    case CLASS_V:
        return right == CLASS_V || right == CLASS_T;
    case CLASS_LVT:
    case CLASS_T:
        return right == CLASS_T;
    default:
        return FALSE;
    }
}

/* GB9c: consonant, marks with a virama among them, consonant. */
typedef enum {
    CONJUNCT_NONE,
    CONJUNCT_CONSONANT,
    CONJUNCT_LINKED,
} Conjunct;

static Conjunct conjunct_after(Conjunct state, gunichar c)
{
    if (c < 0x300)
        return CONJUNCT_NONE;
    if (IN(c, consonant_ranges))
        return CONJUNCT_CONSONANT;
    if (state == CONJUNCT_NONE || is_virama(c))
        return state == CONJUNCT_NONE ? CONJUNCT_NONE : CONJUNCT_LINKED;
    return c == 0x200d || (class_of(c) == CLASS_EXTEND && g_unichar_combining_class(c) != 0)
               ? state
               : CONJUNCT_NONE;
}

const char *tn_grapheme_next(const char *text)
{
    gunichar c = g_utf8_get_char(text);
    Class left = class_of(c);
    /* GB11: a picture, any number of Extend, then ZWJ, joins a picture. */
    gboolean is_picture = left == CLASS_PICTURE, is_picture_zwj = FALSE;
    guint n_regional = left == CLASS_REGIONAL; /* GB12, GB13: they pair off */
    Conjunct conjunct = conjunct_after(CONJUNCT_NONE, c), before;

    for (;;) {
        Class right;
        gboolean is_joined;

        text = g_utf8_next_char(text);
        if (*text == '\0')
            return text;
        c = g_utf8_get_char(text);
        right = class_of(c);
        before = conjunct;
        conjunct = conjunct_after(before, c);
        if (left == CLASS_CR && right == CLASS_LF) /* GB3 */
            is_joined = TRUE;
        else if (is_control(left) || is_control(right)) /* GB4, GB5 */
            is_joined = FALSE;
        else if (right == CLASS_EXTEND || right == CLASS_ZWJ || right == CLASS_SPACING ||
                 left == CLASS_PREPEND) /* GB9, GB9a, GB9b */
            is_joined = TRUE;
        else if (left == CLASS_REGIONAL && right == CLASS_REGIONAL)
            is_joined = n_regional % 2 == 1;
        else
            is_joined = joins_hangul(left, right) || (is_picture_zwj && right == CLASS_PICTURE) ||
                        (before == CONJUNCT_LINKED && conjunct == CONJUNCT_CONSONANT);
        if (!is_joined)
            return text;
        is_picture_zwj = is_picture && right == CLASS_ZWJ;
        is_picture = right == CLASS_PICTURE || (is_picture && right == CLASS_EXTEND);
        n_regional += right == CLASS_REGIONAL;
        left = right;
    }
}
