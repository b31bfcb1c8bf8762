/* SPDX-License-Identifier: Apache-2.0 */
/* libarchive, which brings libxml2 and with it the 30 MB of ICU: 1 ms of a scan that unpacks nothing. */
#include <archive.h>
#include <archive_entry.h>

#include "base/library.h"

static const char *const names[] = {"libarchive.so.13", NULL};
static CrLibrary library = {.names = names, .purpose = "unpacks archives", .package = "libarchive13"};

typedef struct archive A;
typedef struct archive_entry E;

#define FORWARD(type, name, parameters, arguments) CR_LIBRARY_FORWARD(library, type, name, parameters, arguments)
#define FORWARD_VOID(name, parameters, arguments)  CR_LIBRARY_FORWARD_VOID(library, name, parameters, arguments)

/* clang-format off */
FORWARD(__LA_MODE_T, archive_entry_filetype, (E *e), (e))
FORWARD_VOID(archive_entry_free, (E *e), (e))
FORWARD(la_int64_t, archive_entry_gid, (E *e), (e))
FORWARD(const char *, archive_entry_hardlink, (E *e), (e))
FORWARD(time_t, archive_entry_mtime, (E *e), (e))
FORWARD(long, archive_entry_mtime_nsec, (E *e), (e))
FORWARD(E *, archive_entry_new, (void), ())
FORWARD(const char *, archive_entry_pathname, (E *e), (e))
FORWARD(__LA_MODE_T, archive_entry_perm, (E *e), (e))
FORWARD(dev_t, archive_entry_rdevmajor, (E *e), (e))
FORWARD(dev_t, archive_entry_rdevminor, (E *e), (e))
FORWARD_VOID(archive_entry_set_filetype, (E *e, unsigned int type), (e, type))
FORWARD_VOID(archive_entry_set_gid, (E *e, la_int64_t gid), (e, gid))
FORWARD_VOID(archive_entry_set_hardlink, (E *e, const char *target), (e, target))
FORWARD_VOID(archive_entry_set_mtime, (E *e, time_t seconds, long nanoseconds), (e, seconds, nanoseconds))
FORWARD_VOID(archive_entry_set_pathname, (E *e, const char *name), (e, name))
FORWARD_VOID(archive_entry_set_perm, (E *e, __LA_MODE_T mode), (e, mode))
FORWARD_VOID(archive_entry_set_rdevmajor, (E *e, dev_t number), (e, number))
FORWARD_VOID(archive_entry_set_rdevminor, (E *e, dev_t number), (e, number))
FORWARD_VOID(archive_entry_set_size, (E *e, la_int64_t size), (e, size))
FORWARD_VOID(archive_entry_set_symlink, (E *e, const char *target), (e, target))
FORWARD_VOID(archive_entry_set_uid, (E *e, la_int64_t uid), (e, uid))
FORWARD(la_int64_t, archive_entry_size, (E *e), (e))
FORWARD(int, archive_entry_sparse_count, (E *e), (e))
FORWARD(const char *, archive_entry_symlink, (E *e), (e))
FORWARD(la_int64_t, archive_entry_uid, (E *e), (e))
FORWARD_VOID(archive_entry_xattr_add_entry, (E *e, const char *name, const void *value, size_t size), (e, name, value, size))
FORWARD(int, archive_entry_xattr_next, (E *e, const char **name, const void **value, size_t *size), (e, name, value, size))
FORWARD(int, archive_entry_xattr_reset, (E *e), (e))

FORWARD(const char *, archive_error_string, (A *a), (a))
FORWARD(la_int64_t, archive_filter_bytes, (A *a, int filter), (a, filter))
FORWARD(la_ssize_t, archive_read_data, (A *a, void *buffer, size_t size), (a, buffer, size))
FORWARD(int, archive_read_data_block, (A *a, const void **block, size_t *size, la_int64_t *offset), (a, block, size, offset))
FORWARD(int, archive_read_free, (A *a), (a))
FORWARD(A *, archive_read_new, (void), ())
FORWARD(la_int64_t, archive_read_header_position, (A *a), (a))
FORWARD(int, archive_read_next_header, (A *a, E **e), (a, e))
FORWARD(int, archive_read_open, (A *a, void *data, archive_open_callback *open, archive_read_callback *read,
                                 archive_close_callback *close), (a, data, open, read, close))
FORWARD(int, archive_read_open2, (A *a, void *data, archive_open_callback *open, archive_read_callback *read,
                                  archive_skip_callback *skip, archive_close_callback *close), (a, data, open, read, skip, close))
FORWARD(int, archive_read_open_fd, (A *a, int fd, size_t block), (a, fd, block))
FORWARD(int, archive_read_open_memory, (A *a, const void *bytes, size_t size), (a, bytes, size))
FORWARD(int, archive_read_support_filter_gzip, (A *a), (a))
FORWARD(int, archive_read_support_filter_xz, (A *a), (a))
FORWARD(int, archive_read_support_filter_zstd, (A *a), (a))
FORWARD(int, archive_read_support_format_ar, (A *a), (a))
FORWARD(int, archive_read_support_format_empty, (A *a), (a))
FORWARD(int, archive_read_support_format_tar, (A *a), (a))
FORWARD(int, archive_read_support_format_zip, (A *a), (a))

FORWARD(int, archive_write_add_filter_zstd, (A *a), (a))
FORWARD(int, archive_write_close, (A *a), (a))
FORWARD(la_ssize_t, archive_write_data_block, (A *a, const void *bytes, size_t size, la_int64_t offset), (a, bytes, size, offset))
FORWARD(A *, archive_write_disk_new, (void), ())
FORWARD(int, archive_write_disk_set_options, (A *a, int flags), (a, flags))
FORWARD(la_ssize_t, archive_write_data, (A *a, const void *bytes, size_t size), (a, bytes, size))
FORWARD(int, archive_write_finish_entry, (A *a), (a))
FORWARD(int, archive_write_free, (A *a), (a))
FORWARD(int, archive_write_header, (A *a, E *e), (a, e))
FORWARD(A *, archive_write_new, (void), ())
FORWARD(int, archive_write_open, (A *a, void *data, archive_open_callback *open, archive_write_callback *write,
                                  archive_close_callback *close), (a, data, open, write, close))
FORWARD(int, archive_write_open2, (A *a, void *data, archive_open_callback *open, archive_write_callback *write,
                                   archive_close_callback *close, archive_free_callback *free), (a, data, open, write, close, free))
FORWARD(int, archive_write_set_bytes_in_last_block, (A *a, int bytes), (a, bytes))
FORWARD(int, archive_write_set_bytes_per_block, (A *a, int bytes), (a, bytes))
FORWARD(int, archive_write_set_format_gnutar, (A *a), (a))
FORWARD(int, archive_write_set_format_option, (A *a, const char *module, const char *option, const char *value), (a, module, option, value))
FORWARD(int, archive_write_set_format_pax_restricted, (A *a), (a))
/* clang-format on */

void archive_set_error(A *archive, int number, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *text = g_strdup_vprintf(format, args);
  va_end(args);
  CR_LIBRARY_CALL(library, archive_set_error)(archive, number, "%s", text);
}
