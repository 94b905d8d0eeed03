# shellcheck shell=sh
# shellcheck disable=SC3067 # `-O` is not in POSIX, and every sh has it: dash, bash, zsh, busybox
# The project's directory, and its user's: whether one can work there.

# Says which NAME=VALUE helps, as every shell takes it: fish, tcsh and Nushell have no such `export`.
nix_jupyter_advise() {
  nix_jupyter_value=${NIX_JUPYTER_AGAIN:-nix develop}
  echo "  Next: ${NIX_JUPYTER_CELL-}env $1 ${nix_jupyter_value#!}" >&2
}

# A relative one leads somewhere else from every directory.
nix_jupyter_drop_relative() {
  for nix_jupyter_variable in XDG_STATE_HOME XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME JUPYTERLAB_SETTINGS_DIR TMPDIR; do
    eval "nix_jupyter_value=\${$nix_jupyter_variable-}"
    case $nix_jupyter_value in '' | /*) continue ;; esac
    echo "$nix_jupyter_variable is \"$nix_jupyter_value\", which is not the full path of a directory: it is not used." >&2
    unset "$nix_jupyter_variable"
  done
  unset nix_jupyter_variable nix_jupyter_value
}

# Fails, with a sentence and the command that helps, where a command would have to write and cannot.
# $1: the project's directory; $2: the command.
nix_jupyter_check_writable() {
  case ${2-} in
    start | add | remove | sync | lock) nix_jupyter_say_whether_writable "$1" ;;
  esac
}

# Fails, with a sentence and the command that helps, where nothing can be written. $1: the project's directory.
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
# $1: the directory that holds .git; the current directory: the project's.
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
  # What is the other's alone, such as .env, cannot be copied, and cp fails; the rest is there all the same.
  echo "  Next: cp -R '$1' '$copy'; chmod -R u+w '$copy' && '$copy/start'" >&2
}

# Prints the command that gives the directories on the project's path other names, and goes there. Fails where that cannot be:
# the home directory lies in one, or what holds it cannot be written to.
# $1: the names that have to change, as a pattern of the shell. What is not in UTF-8 has to in any case.
nix_jupyter_advise_rename() {
  rest=${PWD#/}/ old='' new='' command=''
  while [ -n "$rest" ]; do
    name=${rest%%/*} rest=${rest#*/}
    better=$name number=1
    # shellcheck disable=SC2254 # it is a pattern
    case $name in $1) better='' ;; esac
    if [ -z "$better" ] || ! nix_jupyter_is_utf8 "$name"; then
      [ -w "$old/" ] || return 1
      case ${HOME:-}/ in "$old/$name/"*) return 1 ;; esac
      better=$(nix_jupyter_plain_name "$name")
      while [ -e "$old/$better" ]; do
        number=$((number + 1))
        better=$(nix_jupyter_plain_name "$name")-$number
      done
      bad=$(nix_jupyter_quote "$new/$name")
      # No terminal can show it, so nobody could copy it: byte by byte.
      nix_jupyter_is_utf8 "$name" ||
        bad="$(nix_jupyter_quote "$new/")\"\$(printf '$(printf %s "$name" | od -An -v -to1 | tr -d '\n' | sed 's/ /\\/g')')\""
      command="${command}mv $bad $(nix_jupyter_quote "$new/$better") && "
    fi
    old=$old/$name new=$new/$better
  done
  # Some `echo` would read the backslashes.
  [ -n "$command" ] && printf '%s\n' "$command$(nix_jupyter_quote cd "$new")"
}

# An umlaut from an old disk, in the encoding of that time, is not.
nix_jupyter_is_utf8() {
  case $1 in *[!\ -~]*) ;; *) return 0 ;; esac
  ! command -v iconv >/dev/null 2>&1 || printf %s "$1" | iconv -f UTF-8 -t UTF-8 >/dev/null 2>&1
}

# A name of letters and digits for what is called $1.
nix_jupyter_plain_name() {
  plain=$(printf %s "$1" | LC_ALL=C tr -c 'A-Za-z0-9._-' '-' | sed 's/--*/-/g; s/^[-.]*//; s/[-.]*$//')
  printf %s "${plain:-my-lab}"
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
