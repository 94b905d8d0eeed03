# shellcheck shell=bash
# What features do on entering the shell: nix/features/<id>/enter.sh. Beside it, leave.sh undoes that. It is kept in the state
# folder, because it is needed once the feature is gone. Read by shell.nix.

# nix_jupyter_features: the folder nix/features in the Nix store; empty where there is none.
_nix_jupyter_features() {
  local kept=$NIX_JUPYTER_STATE/features feature id
  for feature in "$kept"/*/; do
    id=${feature%/} id=${id##*/}
    [[ -f $feature/leave.sh && ! -f $nix_jupyter_features/$id/leave.sh ]] || continue
    # shellcheck source=/dev/null
    source "$feature/leave.sh"
    rm -rf -- "$feature"
  done
  [[ -n $nix_jupyter_features ]] || return 0
  for feature in "$nix_jupyter_features"/*/; do
    id=${feature%/} id=${id##*/}
    [[ ! -f $feature/leave.sh ]] || _nix_jupyter_keep_leave "$feature/leave.sh" "$kept/$id"
    # shellcheck source=/dev/null
    [[ ! -f $feature/enter.sh ]] || source "$feature/enter.sh"
  done
}

_nix_jupyter_keep_leave() {
  [[ ! -f $2/leave.sh || $(<"$1") != "$(<"$2/leave.sh")" ]] || return 0
  (umask 077 && mkdir -p "$2" && cat "$1" >"$2/leave.sh") 2>/dev/null || true
}

[[ -z ${NIX_JUPYTER_STATE:-} ]] || _nix_jupyter_features
