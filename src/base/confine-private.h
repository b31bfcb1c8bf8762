/* SPDX-License-Identifier: Apache-2.0 */
/* Landlock and seccomp by system call, for confine.c and confine-reader.c; linux/landlock.h is that of the newest
 * kernel, as far as it is used here. */
#pragma once
#include <glib.h>
#include <linux/audit.h>

#define CR_FS_EXECUTE    (1ULL << 0)
#define CR_FS_WRITE_FILE (1ULL << 1)
#define CR_FS_READ_FILE  (1ULL << 2)
#define CR_FS_READ_DIR   (1ULL << 3)
#define CR_FS_REMOVE_DIR (1ULL << 4)
#define CR_FS_MAKE_SYM   (1ULL << 12) /* removing and making of each kind are the bits from 4 to 12 */
#define CR_FS_REFER      (1ULL << 13) /* version 2 */
#define CR_FS_TRUNCATE   (1ULL << 14) /* version 3 */
#define CR_FS_IOCTL      (1ULL << 15) /* version 5 */
#define CR_FS_CHANGE     ((CR_FS_MAKE_SYM << 1) - CR_FS_REMOVE_DIR)
#define CR_NET_BIND      (1ULL << 0) /* version 4 */
#define CR_NET_CONNECT   (1ULL << 1)
#define CR_SCOPE_SOCKET  (1ULL << 0) /* version 6 */
#define CR_SCOPE_SIGNAL  (1ULL << 1)

/* What may still be done below PATHS (files and folders, NULL-terminated; what does not exist is left out). */
typedef struct {
  const char *const *paths;
  guint64 access;
} CrLandlockGrant;

/* 0 or less: this kernel has no Landlock. */
long cr_landlock_get_version(void);
/* Give up FS, NET and SCOPED, as far as VERSION knows them, but for GRANTS. FALSE with errno. */
gboolean cr_landlock_restrict(long version, guint64 fs, guint64 net, guint64 scoped, const CrLandlockGrant *grants,
                              guint count);

/* Not defined: no filter is known for this architecture. */
#if defined(__x86_64__)
#define CR_SECCOMP_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define CR_SECCOMP_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif
/* A line of PROGRAM, an array of struct sock_filter: BPF_STMT or BPF_JUMP of linux/filter.h. */
void cr_seccomp_add(GArray *program, guint16 code, guint32 value, guint8 yes, guint8 no);
/* For this thread and all that it starts; it has given up new privileges. FALSE with errno. */
gboolean cr_seccomp_install(GArray *program);

/* What is given up, in this order, after new privileges: files where VERSION of Landlock is there, capabilities (may be
 * NULL), calls. Each FALSE with errno; of calls ENOSYS and EINVAL: there is no seccomp. */
typedef struct {
  gboolean (*restrict_files)(gconstpointer data, long version);
  gconstpointer data; /* restrict_files' own */
  gboolean (*drop_capabilities)(void);
  gboolean (*filter_calls)(void);
} CrConfineWay;
/* As cr_confine. CR_ERROR_ENVIRONMENT "cannot give up rights: WHAT" with errno. */
gboolean cr_confine_by(const CrConfineWay *way, char **have, GError **error);
