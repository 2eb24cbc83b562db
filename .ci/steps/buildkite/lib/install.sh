#!/bin/sh
# Puts the sortie of this release into a directory, unless there is one on the PATH: sh install.sh [DIRECTORY]
#
# What is trusted is this script: it holds the SHA-256 of each archive. Where the archive comes from does not matter
# then: STEP_DOWNLOADS names another place (a mirror) than the release.
set -eu

version=0.1.0
downloads=
# An archive's SHA-256 and its target, one a line. A release writes them.
sums='
'

if command -v sortie >/dev/null 2>&1; then exit; fi
directory=${1:-$HOME/.local/bin}
if [ -x "$directory/sortie" ]; then exit; fi

say() { printf 'sortie: %s\n' "$*" >&2; }
fail() { say "$*"; exit 2; }

case $(uname -s) in
Linux) system=unknown-linux-musl ;;
Darwin) system=apple-darwin ;;
*) fail "there is no program for $(uname -s)" ;;
esac
case $(uname -m) in
x86_64 | amd64) target=x86_64-$system ;;
aarch64 | arm64) target=aarch64-$system ;;
*) fail "there is no program for $(uname -m)" ;;
esac
sum=$(printf '%s' "$sums" | sed -n "s/^\([0-9a-f]*\) $target\$/\1/p")
[ -n "$sum" ] || fail "this revision is no release, and names no program for $target: use a tagged version, or an image that has sortie"

name=sortie-$version-$target
from=${STEP_DOWNLOADS:-$downloads}
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
if command -v curl >/dev/null 2>&1; then
    curl --fail --silent --show-error --location --retry 3 --output "$temporary/$name.tar.gz" "$from/$name.tar.gz"
elif command -v wget >/dev/null 2>&1; then
    wget -q -O "$temporary/$name.tar.gz" "$from/$name.tar.gz"
else
    fail "neither curl nor wget is there to download it"
fi
if command -v sha256sum >/dev/null 2>&1; then
    found=$(sha256sum "$temporary/$name.tar.gz")
else
    found=$(shasum -a 256 "$temporary/$name.tar.gz")
fi
[ "${found%% *}" = "$sum" ] || fail "$from/$name.tar.gz is not what was released: its SHA-256 is ${found%% *}, not $sum; nothing of it was run"
tar -xzf "$temporary/$name.tar.gz" -C "$temporary"
mkdir -p "$directory"
# In one step, so that a job beside this one finds all of it or nothing.
cp "$temporary/$name/sortie" "$directory/sortie.$$"
mv "$directory/sortie.$$" "$directory/sortie"
