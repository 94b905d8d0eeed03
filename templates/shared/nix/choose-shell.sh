#!/bin/sh
# Prints which shell to enter: `.`, or `.#cuda` where the project has one and it is of use here. Without git, another
# address stands in the place of the point.
# local.nix decides if it is there: { cudaSupport = true; } or false. Otherwise the driver does.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."

# shellcheck source-path=SCRIPTDIR source=folder.sh
. nix/folder.sh
flake=$(nix_jupyter_flake_source)

wants() { grep -Eqs "^[^#]*cudaSupport *= *$1 *;" local.nix; }

# The record says it, in the form in which the program writes it. The text of flake.nix has many ways to hold the word.
has_cuda() { grep -Eqs '^  "template": "cuda",?$' .nix-jupyter.json; }

if ! has_cuda || wants false; then
  echo "$flake"
elif [ "$(uname -s) $(uname -m)" != 'Linux x86_64' ]; then
  if wants true; then
    case "$(uname -s) $(uname -m)" in
      'Darwin arm64') instead='PyTorch uses the graphics part of this Apple chip (mps), with or without local.nix' ;;
      *) instead='using the CPU shell' ;;
    esac
    echo "local.nix asks for the GPU. CUDA needs Linux on x86_64, and this is $(uname -s) on $(uname -m): $instead." >&2
  fi
  echo "$flake"
elif wants true; then
  echo "$flake#cuda"
else
  # shellcheck source-path=SCRIPTDIR source=driver.sh
  . nix/driver.sh
  if ! driver=$(nix_jupyter_driver_files ''); then
    echo "$flake"
  elif nix_jupyter_driver_is_too_old "$driver"; then
    echo "CPU: $(nix_jupyter_say_driver_is_too_old "$driver")" >&2
    echo "Next: update the driver. To use the CUDA shell all the same:  echo '{ cudaSupport = true; }' > local.nix" >&2
    echo "$flake"
  else
    echo "$flake#cuda"
  fi
fi
