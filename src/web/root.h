/* SPDX-License-Identifier: Apache-2.0 */
/* Below which path of another site the page is: "/careen" behind a proxy for https://host/careen/, "" where the site is
 * careen's own. It is an option, not a header of the proxy's: what a client sends must not choose where links, forms
 * and redirects lead, and an address stays what it is. */
#pragma once
#include <glib.h>

/* May ROOT stand before every address? It is "/WORD" or "/WORD/WORD…", each of letters, digits, '.', '_', '~' and '-',
 * none "." or "..", at most 200 bytes, and does not begin as a page of ours does ("/plan"): a proxy may take it away or
 * leave it, and either must be seen from a request's path. CR_ERROR_USAGE. */
gboolean cr_root_check(const char *root, GError **error);
/* PATH (as asked, decoded) without ROOT, if it begins with it; else PATH itself, from which the proxy has taken it. A
 * part of PATH. NULL: PATH is ROOT, without the '/' behind it that links of other pages count on. */
const char *cr_root_take(const char *root, const char *path);
