# shellcheck shell=bash disable=SC1090,SC1091,SC2154
# Builds have no network but loopback, and no home, as in the sandbox of a real Nix.
box() { (exec -a busybox @busybox@ "$@"); }

if [ -z "${insideBuild:-}" ]; then
  status=0
  if box unshare -n "$BASH" -c : 2>/dev/null; then
    insideBuild=alone box unshare -n "$BASH" -e "$0" || status=$?
  else
    # A container may forbid this; the build is then only trusted to behave.
    insideBuild=shared "$BASH" -e "$0" || status=$?
  fi
  if [ -e "$HOME" ]; then
    box rm -rf "$HOME"
    echo "error: this build writes to its home directory; a build has none" >&2
    status=1
  fi
  exit "$status"
fi
if [ "$insideBuild" = alone ]; then box ip link set lo up; fi
unset insideBuild

if [ -e "${NIX_ATTRS_SH_FILE:-}" ]; then
  source "$NIX_ATTRS_SH_FILE"
fi
source "$stdenv/setup"
genericBuild
