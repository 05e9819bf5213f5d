/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chooses the focus behaviour of the client played. Layer: tests (purple-host).
 */
#include "host-focus.h"

#include "host.h"

const HostFocusOps *host_focus(void)
{
    switch (host.ui) {
    case HOST_FINCH:
        return &host_focus_finch;
    case HOST_BITLBEE:
        return &host_focus_bitlbee;
    case HOST_PIDGIN:
        break;
    }
    return &host_focus_pidgin;
}
