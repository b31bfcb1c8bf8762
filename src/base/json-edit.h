/* SPDX-License-Identifier: Apache-2.0 */
/* Changes in a JSON text that leave every other byte as it is: order of members, spacing, how a number is written,
 * members nobody here knows. For documents whose digest is their name and whose readers are many: what careen does not
 * mean to change, it must not.
 *
 * A path is member names from the root, ended by NULL. What it leads through and is not there, or is null, is made as
 * an object; the last of duplicate names is the one that counts, as for base/json.h. New members stand last. */
#pragma once
#include <glib.h>

typedef struct CrJsonEdit CrJsonEdit;

/* TEXT (copied) must be one JSON object within the limits of base/json.h; bytes that are not UTF-8 are let pass inside
 * strings. WHAT names it in errors. CR_ERROR_INPUT, CR_ERROR_LIMIT. */
CrJsonEdit *cr_json_edit_new(const char *text, gsize size, const char *what, GError **error);
void cr_json_edit_free(CrJsonEdit *edit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrJsonEdit, cr_json_edit_free)
/* Give the member at PATH the VALUE, a JSON text. CR_ERROR_INPUT: the path leads through something that is no object.
 */
gboolean cr_json_edit_set(CrJsonEdit *edit, const char *const *path, const char *value, GError **error);
/* Add VALUE as the last element of the array at PATH. CR_ERROR_INPUT: that is something else. */
gboolean cr_json_edit_append(CrJsonEdit *edit, const char *const *path, const char *value, GError **error);
/* Take the member at PATH away, or the last element of the array at PATH, and the comma that bound it to the others:
 * what set and append put there, and nothing else. FALSE: there is none. */
gboolean cr_json_edit_remove(CrJsonEdit *edit, const char *const *path);
gboolean cr_json_edit_remove_last(CrJsonEdit *edit, const char *const *path);
/* The text as it is now. */
GBytes *cr_json_edit_get_bytes(const CrJsonEdit *edit);
/* TEXT as a JSON string with its quotes. Free with g_free. */
char *cr_json_quote(const char *text);
