#!/usr/bin/env bash
# Builds CPython 3.11 into WORK/install/environment, linked with the static libraries of library.sh.
#
# Always as a cross build, also for this machine's own architecture: only then do configure and setup.py leave this
# machine's headers and libraries alone.
# shellcheck source=infra/emr/environment/recipes/shared.sh
. "$(dirname "${BASH_SOURCE[0]}")/shared.sh"

# Debian's first patches move packages to dist-packages and split the package up; from this one on they are fixes.
unpack python3.11 "$WORK/python" shutdown-deadlock.diff
rm -rf Modules/expat   # Debian's expat, with its patches, is linked instead
# One of the CVE patches makes pyexpat need this where it is not built in, as Debian does.
sed -i '1i #ifndef Py_BUILD_CORE_BUILTIN\n# define Py_BUILD_CORE_MODULE 1\n#endif' Modules/pyexpat.c
# It would add /usr/include/<this machine>.
sed -i 's/^        self.add_multiarch_paths()/        pass/' setup.py
# The time of the build; and zig takes __DATE__ for an error.
sed -i -E 's/^#define DATE .*/#define DATE "Jan 01 1970"/; s/^#define TIME .*/#define TIME "00:00:00"/' Modules/getbuildinfo.c

export OPT="-DNDEBUG -O3 -fwrapv" CPPFLAGS="-I$DEPS/include" LDFLAGS="-L$DEPS/lib -Wl,-s"
# What configure cannot find out in a cross build is told: Linux has /dev/ptmx, and a getaddrinfo without that old fault.
./configure --build="$(uname -m)-pc-linux-gnu" --host="$ARCH-linux-gnu" --prefix=/environment \
  --with-build-python="$PYTHON" --with-openssl="$DEPS" --with-system-expat --with-system-ffi --without-ensurepip \
  --disable-test-modules --without-readline ac_cv_file__dev_ptmx=yes ac_cv_file__dev_ptc=no ac_cv_buggy_getaddrinfo=no
make -j "$JOBS" | tee "$WORK/made"
# CPython's build goes on without a module that did not compile.
if grep -A4 'Failed to build these modules' "$WORK/made"; then exit 1; fi
rm -rf "$WORK/install"
make install DESTDIR="$WORK/install"
rm -rf "$WORK/python"
