#!/usr/bin/env bash
# Builds one C library that CPython needs, static and position-independent: the archive then carries no shared one of ours.
#   library.sh zlib|bzip2|expat|xz-utils|libffi|openssl
# shellcheck source=infra/emr/environment/recipes/shared.sh
. "$(dirname "${BASH_SOURCE[0]}")/shared.sh"

readonly STATIC="-O3 -fPIC -fvisibility=hidden -w"
mkdir -p "$DEPS"/{include,lib}

# archive LIBRARY FLAGS SOURCE…: for libraries that are a handful of files, compiled without their build systems.
archive() {
  local library=$1 flags=$2 source; shift 2
  # shellcheck disable=SC2086  # flags are words
  for source in "$@"; do $CC $STATIC $flags -c "$source" -o "$source.o"; done
  $AR rcs "$DEPS/lib/$library" "${@/%/.o}"
}

# Patched files are newer than what autotools made of them: do not let make call autotools, which need not be here.
make_quietly() { make -j "$JOBS" ACLOCAL=: AUTOMAKE=: AUTOCONF=: AUTOHEADER=: MAKEINFO=: "$@"; }

build_zlib() {
  cp zlib.h zconf.h "$DEPS/include"
  archive libz.a "-fvisibility=default -D_LARGEFILE64_SOURCE=1 -DHAVE_UNISTD_H -DHAVE_HIDDEN" ./*.c
}

build_bzip2() {
  cp bzlib.h "$DEPS/include"
  archive libbz2.a -D_FILE_OFFSET_BITS=64 blocksort.c huffman.c crctable.c randtable.c compress.c decompress.c bzlib.c
}

build_expat() {
  cd expat/lib
  cp expat.h expat_external.h "$DEPS/include"
  : > expat_config.h
  archive libexpat.a "-I. -DHAVE_GETRANDOM -DXML_DTD -DXML_NS -DXML_GE=1 -DXML_CONTEXT_BYTES=1024 -DBYTEORDER=1234 \
    -DXML_STATIC" xmlparse.c xmlrole.c xmltok.c
}

build_xz-utils() {
  CFLAGS=$STATIC ./configure --host="$ARCH-linux-gnu" --prefix="$DEPS" --disable-shared --with-pic \
    --disable-{xz,xzdec,lzmadec,lzmainfo,lzma-links,scripts,doc,nls}
  make_quietly
  make_quietly install
}

build_libffi() {
  CFLAGS="$STATIC -Wno-implicit-function-declaration" ./configure --host="$ARCH-linux-gnu" --prefix="$DEPS" \
    --disable-shared --with-pic --disable-docs --disable-multi-os-directory
  make_quietly
  make_quietly install
}

build_openssl() {   # certificates: where Amazon Linux has them
  ./Configure "linux-$ARCH" no-shared no-tests no-engine no-dso no-module no-legacy no-ssl3 \
    --prefix="$DEPS" --libdir=lib --openssldir=/etc/pki/tls -fPIC
  make -j "$JOBS" build_libs MODULESDIR=/environment/lib/ossl-modules ENGINESDIR=/environment/lib/engines
  make install_dev
}

unpack "$1" "$WORK/$1"
"build_$1"
rm -rf "${WORK:?}/$1"
