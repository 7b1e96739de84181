/*
 * util-linux' config.h for libblkid as baton has it: what musl and Linux provide, of the things
 * that the sources named in tools/toolchain ask for. Taken in by -include.
 */
#define _GNU_SOURCE 1
#define PACKAGE_VERSION "2.38.1"
#define PACKAGE_STRING	"util-linux 2.38.1"
#define LIBBLKID_VERSION "2.38.1"
#define LIBBLKID_DATE	"04-Aug-2022"

#define HAVE_BYTESWAP_H			       1
#define HAVE_DIRFD			       1
#define HAVE_DECL_DIRFD			       1
#define HAVE_ENDIAN_H			       1
#define HAVE_ENVIRON_DECL		       1
#define HAVE_ERR			       1
#define HAVE_ERRX			       1
#define HAVE_ERR_H			       1
#define HAVE_ERRNO_H			       1
#define HAVE_FSYNC			       1
#define HAVE_GETRLIMIT			       1
#define HAVE_LINUX_BLKZONED_H		       1
#define HAVE_LINUX_CDROM_H		       1
#define HAVE_LINUX_FD_H			       1
#define HAVE_LINUX_VERSION_H		       1
#define HAVE_LOCALE_H			       1
#define HAVE_LOFF_T			       1
#define HAVE_MEMPCPY			       1
#define HAVE_MKOSTEMP			       1
#define HAVE_NANOSLEEP			       1
#define HAVE_OPENAT			       1
#define HAVE_PATHS_H			       1
#define HAVE_POSIX_FADVISE		       1
#define HAVE_PROGRAM_INVOCATION_SHORT_NAME     1
#define HAVE_SECURE_GETENV		       1
#define HAVE_STDLIB_H			       1
#define HAVE_STRNDUP			       1
#define HAVE_STRNLEN			       1
#define HAVE_STRUCT_STAT_ST_MTIM_TV_NSEC       1
#define HAVE_SYSCONF			       1
#define HAVE_SYS_IOCTL_H		       1
#define HAVE_SYS_STAT_H			       1
#define HAVE_SYS_SYSCALL_H		       1
#define HAVE_SYS_SYSMACROS_H		       1
#define HAVE_SYS_TYPES_H		       1
#define HAVE_UNISTD_H			       1
#define HAVE_USLEEP			       1
#define HAVE_WARN			       1
#define HAVE_WARNX			       1
