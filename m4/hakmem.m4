# SPDX-License-Identifier: MIT
# hakmem.m4 - the questions configure.ac asks, one macro each.

# HAK_MISSING(WHAT, DEBIAN-PACKAGES): stop, and print the line to copy.
AC_DEFUN([HAK_MISSING], [AC_MSG_ERROR([$1 is missing. On Debian:

    apt-get install --no-install-recommends $2
])])

# HAK_REQUIRE_PROG(WHAT, VALUE, DEBIAN-PACKAGES)
AC_DEFUN([HAK_REQUIRE_PROG], [AS_IF([test -z "$2"], [HAK_MISSING([$1], [$3])])])

# The whole tree is written in gnu11 with C11 atomics.
AC_DEFUN([HAK_CHECK_C11], [
  AC_MSG_CHECKING([whether $CC takes -std=gnu11 with C11 atomics])
  hak_save_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS -std=gnu11"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([[
    #include <stdatomic.h>
    #include <stdint.h>
    #include <sys/mman.h>
    static _Atomic uint64_t n;
    static _Thread_local void *here;
    _Static_assert(sizeof(void *) == 8, "64 bits");
  ]], [[
    here = &n;
    return (int)atomic_exchange(&n, 1) + (here == 0) + MADV_HUGEPAGE;
  ]])],
  [AC_MSG_RESULT([yes])],
  [AC_MSG_RESULT([no])
   HAK_MISSING([a 64-bit Linux C compiler with C11 atomics and the libc headers],
               [gcc libc6-dev])])
  CFLAGS=$hak_save_CFLAGS
])

# One directory under arch/ per processor; a port adds its name here.
AC_DEFUN([HAK_CHECK_ARCH], [
  AC_MSG_CHECKING([for the port to $host_cpu])
  AS_CASE([$host],
    [x86_64*-linux-gnu*], [hak_arch=x86_64],
    [aarch64*-linux-gnu*], [hak_arch=aarch64],
    [AC_MSG_ERROR([no port to $host: HACKING.md says what one needs])])
  AC_MSG_RESULT([arch/$hak_arch])
])

# C++ is for a few tests only; the library has none.
AC_DEFUN([HAK_CHECK_CXX], [
  AC_MSG_CHECKING([whether $CXX compiles C++17])
  AC_LANG_PUSH([C++])
  hak_save_CXXFLAGS=$CXXFLAGS
  CXXFLAGS="$CXXFLAGS -std=gnu++17"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <new>]],
    [[delete new (std::align_val_t(64)) int;]])],
    [hak_have_cxx=yes], [hak_have_cxx="no (needs g++)"])
  CXXFLAGS=$hak_save_CXXFLAGS
  AC_LANG_POP([C++])
  AC_MSG_RESULT([$hak_have_cxx])
  AM_CONDITIONAL([HAVE_CXX], [test "$hak_have_cxx" = yes])
])

# libnuma is for tests only; the library asks the kernel itself. Offered to all
# programs, and bound to those alone that call it.
AC_DEFUN([HAK_CHECK_LIBNUMA], [
  AC_MSG_CHECKING([for libnuma])
  hak_save_LIBS=$LIBS
  LIBS="$LIBS -lnuma"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <numa.h>]],
    [[return numa_available();]])],
    [hak_have_libnuma=yes
     HAK_LIBNUMA="-Wl,--as-needed,-lnuma,--no-as-needed"],
    [hak_have_libnuma="no (needs libnuma-dev)"
     HAK_LIBNUMA=])
  LIBS=$hak_save_LIBS
  AC_MSG_RESULT([$hak_have_libnuma])
  AC_SUBST([HAK_LIBNUMA])
  AM_CONDITIONAL([HAVE_LIBNUMA], [test "$hak_have_libnuma" = yes])
])

# liburing goes into the library as code, not as a dependency: a .so that needs
# another one is ignored by the loader where that is missing. Without it memory
# goes back by other system calls. Offered to all, and taken by whom it is for.
AC_DEFUN([HAK_CHECK_LIBURING], [
  AC_MSG_CHECKING([for liburing.a])
  hak_save_LIBS=$LIBS
  LIBS="$LIBS $($CC -print-file-name=liburing.a)"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([[
    #include <liburing.h>
    static struct io_uring ring;
  ]], [[return io_uring_ring_dontfork(&ring);]])],
    [hak_have_liburing=yes],
    [hak_have_liburing="no (needs liburing-dev)"
     LIBS=$hak_save_LIBS])
  AC_MSG_RESULT([$hak_have_liburing])
  AM_CONDITIONAL([HAVE_LIBURING], [test "$hak_have_liburing" = yes])
])

AC_DEFUN([HAK_ARG_WERROR], [
  AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [make warnings errors (for CI)])],
    [], [enable_werror=no])
])

AC_DEFUN([HAK_ARG_DEBUG], [
  AC_ARG_ENABLE([debug],
    [AS_HELP_STRING([--enable-debug], [compile in the assertions (HAK_DEBUG=1)])],
    [], [enable_debug=no])
  AS_IF([test "$enable_debug" = yes], [HAK_DEBUG=1], [HAK_DEBUG=0])
  AC_SUBST([HAK_DEBUG])
])

# For bench/counts. gcc only: src/base/counted.h.
AC_DEFUN([HAK_ARG_COUNTS], [
  AC_ARG_ENABLE([counts],
    [AS_HELP_STRING([--enable-counts],
      [count work on shared cache lines, and print the counters at exit])],
    [], [enable_counts=no])
  AM_CONDITIONAL([COUNTS], [test "$enable_counts" = yes])
])

# A preloaded malloc cannot carry a sanitizer: such a build makes only the
# internals and the tests linked with them.
AC_DEFUN([HAK_ARG_SANITIZE], [
  AC_ARG_ENABLE([sanitize],
    [AS_HELP_STRING([--enable-sanitize=thread|address],
      [build the unit and stress tests with a sanitizer, and no library])],
    [], [enable_sanitize=no])
  HAK_SANITIZE=
  AS_CASE([$enable_sanitize],
    [no], [],
    [thread], [HAK_SANITIZE="-fsanitize=thread"],
    [address], [HAK_SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=undefined"],
    [AC_MSG_ERROR([--enable-sanitize takes thread or address])])
  AS_IF([test -n "$HAK_SANITIZE"],
    [HAK_SANITIZE="$HAK_SANITIZE -fno-omit-frame-pointer"])
  AC_SUBST([HAK_SANITIZE])
  AM_CONDITIONAL([SANITIZE], [test "$enable_sanitize" != no])
])

# HAK_TRY_CFLAG(VARIABLE, FLAG): adds the flag if the compiler knows it.
AC_DEFUN([HAK_TRY_CFLAG], [
  AC_MSG_CHECKING([whether $CC takes $2])
  hak_save_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS -Werror $2"
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
    [AC_MSG_RESULT([yes]); AS_VAR_APPEND([$1], [" $2"])],
    [AC_MSG_RESULT([no])])
  CFLAGS=$hak_save_CFLAGS
])

# HAK_WARN: for everything.  HAK_LIB: for what ends in the library, where
# the compiler must not take our own malloc for a malloc it knows.
AC_DEFUN([HAK_CFLAGS], [
  HAK_WARN="-Wall -Wextra"
  m4_foreach_w([flag], [-Wundef -Wvla -Wpointer-arith -Wwrite-strings],
    [HAK_TRY_CFLAG([HAK_WARN], [flag])])
  # clang's analysis of locks (base/lock.h). Not for C++, whose compiler may be
  # another.
  HAK_TRY_CFLAG([HAK_WARN_C], [-Wthread-safety])
  AC_SUBST([HAK_WARN_C])
  AS_IF([test "$enable_werror" = yes], [AS_VAR_APPEND([HAK_WARN], [" -Werror"])])
  AC_SUBST([HAK_WARN])

  HAK_LIB="-fvisibility=hidden -ftls-model=initial-exec"
  # On x86-64 the linker makes plain calls of those that stay in the library.
  # Elsewhere they would go by a table, slowly, and not before it is relocated.
  AS_IF([test "$hak_arch" = x86_64], [HAK_TRY_CFLAG([HAK_LIB], [-fno-plt])])
  m4_foreach_w([flag], [-fno-builtin-malloc -fno-builtin-calloc
    -fno-builtin-realloc -fno-builtin-free -fno-builtin-aligned_alloc
    -fno-builtin-posix_memalign -Wstrict-prototypes -Wmissing-prototypes
    -fdata-sections],
    [HAK_TRY_CFLAG([HAK_LIB], [flag])])
  AS_IF([test "$enable_counts" = yes],
    [AS_VAR_APPEND([HAK_LIB], [" -DHAK_COUNTS=1 -include base/counted.h"])])
  AC_SUBST([HAK_LIB])
])

# HAK_TRY_LDFLAG(VARIABLE, FLAG): adds the flag if the linker knows it.
AC_DEFUN([HAK_TRY_LDFLAG], [
  AC_MSG_CHECKING([whether the linker takes $2])
  hak_save_LDFLAGS=$LDFLAGS
  LDFLAGS="$LDFLAGS $2"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
    [AC_MSG_RESULT([yes]); AS_VAR_APPEND([$1], [" $2"])],
    [AC_MSG_RESULT([no])])
  LDFLAGS=$hak_save_LDFLAGS
])

# Everything bound at start, nothing bound later, never unloaded.
AC_DEFUN([HAK_LDFLAGS], [
  HAK_LIB_LDFLAGS="-Wl,-z,now -Wl,-z,relro -Wl,-z,nodelete -Wl,--no-undefined"
  # Small variables lie together behind large buffers that few programs use: a
  # program that starts touches fewer pages.
  HAK_TRY_LDFLAG([HAK_LIB_LDFLAGS], [-Wl,--sort-section=alignment])
  AC_SUBST([HAK_LIB_LDFLAGS])
])
