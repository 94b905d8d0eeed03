# shellcheck shell=sh
# shellcheck disable=SC3067 # `-O` is not in POSIX, and every sh has it: dash, bash, zsh, busybox
# The project's folder: whether its user can work in it, and what Nix is shown of it. Plain sh: ./start asks before there is
# any Nix.

# Fails, with a sentence and the command that helps, where a command would have to write and cannot.
# $1: the project's folder; $2: the command.
nix_jupyter_check_writable() {
  case ${2-} in
    start | add | remove | sync | lock) nix_jupyter_say_whether_writable "$1" ;;
  esac
}

# Fails, with a sentence and the command that helps, where nothing can be written. $1: the project's folder.
nix_jupyter_say_whether_writable() {
  [ ! -w "$1" ] || return 0
  echo "The project in $1 cannot be written to, so what you do in it cannot be saved." >&2
  # shellcheck disable=SC2012
  case $(ls -ld -- "$1") in
    ??w*) _nix_jupyter_advise_copy "$1" ;; # a disk or share that is read-only
    *) if [ -O "$1" ]; then echo "  Next: chmod -R u+w '$1'" >&2; else _nix_jupyter_advise_copy "$1"; fi ;;
  esac
  return 1
}

# Fails, with a sentence and the command that helps, where git and so Nix refuse the repository because of its owner.
# $1: the folder that holds .git; the current folder: the project's.
nix_jupyter_check_owner() {
  if [ -O "$1" ] && [ -O "$1/.git" ]; then return 0; fi
  # git knows the repositories that the user trusts; without it, Nix has the last word.
  if ! command -v git >/dev/null 2>&1 || git rev-parse --git-dir >/dev/null 2>&1; then return 0; fi
  # shellcheck disable=SC2012
  echo "The project in $PWD belongs to $(ls -ld -- "$1" | awk '{ print $3 }'), and Nix reads no git repository of another user." >&2
  _nix_jupyter_advise_copy "$PWD"
  return 1
}

_nix_jupyter_advise_copy() {
  copy=${HOME:-}/${1##*/} number=1
  while [ -e "$copy" ]; do
    number=$((number + 1))
    copy=${HOME:-}/${1##*/}-$number
  done
  echo "  Next: cp -R '$1' '$copy' && chmod -R u+w '$copy' && '$copy/start'" >&2
}

# Gives the user's umask back, in place of the one that Nix has set: notebooks are for those who may read them.
#
# Who types `nix develop` is our parent: Nix became this shell. ./start has asked before there was any Nix.
nix_jupyter_restore_umask() {
  if [ -z "${NIX_JUPYTER_UMASK:-}" ] && [ -r "/proc/$PPID/status" ]; then
    while read -r nix_jupyter_name nix_jupyter_value; do
      [ "$nix_jupyter_name" != Umask: ] || NIX_JUPYTER_UMASK=$nix_jupyter_value
    done <"/proc/$PPID/status"
  fi
  case ${NIX_JUPYTER_UMASK:-} in
    [0-7][0-7][0-7] | [0-7][0-7][0-7][0-7]) umask "$NIX_JUPYTER_UMASK" ;;
  esac
  unset NIX_JUPYTER_UMASK nix_jupyter_name nix_jupyter_value
}

# What Nix is shown of the project. Nix copies a flake into its store, where everybody on this computer can read it: with git
# what git tracks, without git the whole folder, data and .env too. So without git it is shown a copy of what it needs.

# Prints the address of the flake, for the project in the current folder.
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
    echo "Next: git init && git add --all   (with git, Nix needs no copy)" >&2
    return 1
  }
  echo "path:$copy"
}

# For `nix develop` and `nix run` that somebody types: Nix has copied before it asks us. The copy of ./start and direnv, above,
# is without what this looks for, and so they are not warned.
nix_jupyter_warn_of_copies() {
  if _nix_jupyter_in_git "$PWD"; then return 0; fi
  echo "There is no git here, so Nix has copied this folder to /nix/store, data and .env too, where every user of this computer can read it." >&2
  echo "  Next: git init && git add --all    (Nix copies what git tracks; nix-collect-garbage removes what nobody uses)" >&2
}

# As Nix looks: in this folder and in those above it. Sets `repository` to the one that holds .git.
_nix_jupyter_in_git() {
  repository=$1
  [ ! -e "$1/.git" ] || return 0
  [ -n "$1" ] && _nix_jupyter_in_git "${1%/*}"
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
