# shellcheck shell=bash
# Gives the user's umask back, in place of the one that Nix has set: notebooks are for those who may read them.

# Who types `nix develop` is our parent: Nix became this shell. ./start has asked before there was any Nix.
_nix_jupyter_restore_umask() {
  local name value
  if [[ -z ${NIX_JUPYTER_UMASK:-} && -r /proc/$PPID/status ]]; then
    while read -r name value; do
      [[ $name != Umask: ]] || NIX_JUPYTER_UMASK=$value
    done <"/proc/$PPID/status"
  fi
  [[ ! ${NIX_JUPYTER_UMASK:-} =~ ^[0-7]{3,4}$ ]] || umask "$NIX_JUPYTER_UMASK"
  unset NIX_JUPYTER_UMASK
}
_nix_jupyter_restore_umask
