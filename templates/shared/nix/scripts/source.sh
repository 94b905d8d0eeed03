# shellcheck shell=sh
# What Nix is shown of the project. Nix copies a flake into its store, where everybody on this computer can read it: with git
# what git tracks, without git the whole directory, data and .env too. So without git it is shown a copy of
# what it needs.

# Prints the address of the flake, for the project in the current directory.
# Fails, with a message, where git does not let Nix read it, or the copy cannot be made.
nix_jupyter_flake_source() {
  if _nix_jupyter_in_git "$PWD"; then
    nix_jupyter_check_owner "${repository:-/}" && echo .
    return
  fi
  copies=${XDG_STATE_HOME:-$HOME/.local/state}/nix-jupyter/sources
  copy=$copies/$(_nix_jupyter_flake_files | _nix_jupyter_sum)
  [ -d "$copy" ] || _nix_jupyter_copy "$copy" || {
    echo "The files for Nix cannot be copied to $copy." >&2
    echo "  Next: git init && git add --all    (with git, Nix needs no copy)" >&2
    return 1
  }
  echo "path:$(_nix_jupyter_in_address "$copy")"
}

# A path as it stands in an address: Nix takes none that has a blank or an umlaut.
_nix_jupyter_in_address() {
  printf %s "$1" | LC_ALL=C awk '
    BEGIN { for (code = 1; code < 256; code++) byte[sprintf("%c", code)] = sprintf("%%%02X", code) }
    {
      for (at = 1; at <= length($0); at++) {
        letter = substr($0, at, 1)
        printf "%s", letter ~ /[A-Za-z0-9\/._~-]/ ? letter : byte[letter]
      }
    }'
}

# For `nix develop` and `nix run` that somebody types: Nix has copied before it asks us. The copy of ./start and direnv, above,
# is without what this looks for, and so they are not warned.
nix_jupyter_warn_of_copies() {
  # `nix run path/to/project#lab`: it was that directory, and not this one.
  if ! _nix_jupyter_in_project "$PWD" || _nix_jupyter_in_git "$PWD"; then return 0; fi
  echo "There is no git here, so Nix has copied this directory to /nix/store, data and .env too, where every user of this computer can read it." >&2
  echo "  Next: git init && git add --all    (Nix copies what git tracks; nix-collect-garbage removes what nobody uses)" >&2
}

# As Nix looks: in this directory and in those above it. Sets `repository` to the one that holds .git.
_nix_jupyter_in_git() {
  repository=$1
  [ ! -e "$1/.git" ] || return 0
  [ -n "$1" ] && _nix_jupyter_in_git "${1%/*}"
}

_nix_jupyter_in_project() {
  [ ! -f "$1/nix/activate.sh" ] || return 0
  [ -n "$1" ] && _nix_jupyter_in_project "${1%/*}"
}

# The flake, what it can import, and what project.nix reads.
_nix_jupyter_flake_files() {
  {
    find nix -type f ! -path '*/__pycache__/*'
    find . -maxdepth 2 -type f -name '*.nix' ! -name local.nix ! -path './nix/*'
    for file in flake.lock .nix-jupyter.json requirements.txt requirements.in; do
      [ ! -f "$file" ] || echo "$file"
    done
  } | LC_ALL=C sort
}

# A name for these files: of their paths, sizes and contents.
_nix_jupyter_sum() {
  while IFS= read -r file; do cksum "$file"; done | cksum | tr ' ' '-'
}

# Complete or not at all: it gets its name at the end.
_nix_jupyter_copy() {
  (
    umask 077
    mkdir -p "$1.$$" && _nix_jupyter_flake_files | while IFS= read -r file; do
      mkdir -p "$1.$$/$(dirname "$file")" && cp -p "$file" "$1.$$/$file" || exit 1
    done
  ) && mv "$1.$$" "$1" && return
  rm -rf "$1.$$"
  [ -d "$1" ]
}
