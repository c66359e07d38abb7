# shellcheck shell=bash
# Sourced by the two recipes. What they are given (`compiling.py`): ARCH (x86_64 or aarch64) · WORK (an empty folder, or
# one of an interrupted build) · SOURCES (Debian's files) · PYTHON (any 3.11) · JOBS · zig-cc and its like on PATH.
set -euo pipefail

readonly DEPS=$WORK/deps
export CC=zig-cc CXX=zig-c++ AR=zig-ar RANLIB=zig-ranlib READELF
# By name, not by path: some of them are written into what is built. Except this one: configure takes no bare name.
READELF=$(command -v readelf)
# A flag or a header of this machine must not get into what runs on another.
export PKG_CONFIG_LIBDIR=$DEPS/lib/pkgconfig PKG_CONFIG_PATH="" LC_ALL=C.UTF-8
export SOURCE_DATE_EPOCH=0   # OpenSSL writes down when it was built

# one_file PATTERN: the file of SOURCES, without its signature.
one_file() { compgen -G "$SOURCES/$1" | grep -v '\.asc$'; }

# unpack NAME DIRECTORY [FIRST]: upstream's files with Debian's patches, of which those before FIRST are left out.
# Goes to the directory. Keeps Debian's word on copyright for the archive.
unpack() {
  local name=$1 to=$2 first=${3:-} patch patches
  rm -rf "$to"; mkdir -p "$to" "$WORK/licences"
  tar -xf "$(one_file "${name}_*.orig.tar.*")" -C "$to" --strip-components=1
  tar -xf "$(one_file "${name}_*.debian.tar.*")" -C "$to"
  cd "$to"
  cp debian/copyright "$WORK/licences/$name.txt"
  [ -s debian/patches/series ] || return 0
  patches=$(sed -e 's/#.*//' -e 's/[[:space:]].*//' -e '/^$/d' debian/patches/series)
  if [ -n "$first" ]; then
    grep -qx "$first" <<< "$patches" || { echo "$name: Debian's series has no $first any more" >&2; exit 1; }
    patches=$(sed -n "/^$first\$/,\$p" <<< "$patches")
  fi
  for patch in $patches; do patch --batch --forward --silent -p1 < "debian/patches/$patch"; done
}
