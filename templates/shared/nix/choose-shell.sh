#!/bin/sh
# Prints which shell of the flake to enter: `.`, or `.#cuda` where the project has one and it is of use here.
# local.nix decides if it is there: { cudaSupport = true; } or false. Otherwise the driver does.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."

wants() { grep -Eqs "^[^#]*cudaSupport *= *$1 *;" local.nix; }

if [ "$(uname)" != Linux ] || ! grep -Eq '^ *cuda\b' flake.nix || wants false; then
  echo .
elif wants true; then
  echo '.#cuda'
else
  # shellcheck source-path=SCRIPTDIR source=driver.sh
  . nix/driver.sh
  if nix_jupyter_driver_files '' >/dev/null; then echo '.#cuda'; else echo .; fi
fi
