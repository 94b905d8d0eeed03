# shellcheck shell=sh
# shellcheck disable=SC3067 # `-O` is not in POSIX, and every sh has it: dash, bash, zsh, busybox
# Whether the project's folder is one in which its user can work. Plain sh: ./start asks before there is any Nix.

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
