# shellcheck shell=bash
# Which state belongs to this project, wherever its directory is by now.
#
# .nix-jupyter/id, which git ignores, names the project's state directory, and `root` in there says where the project
# was last seen, as "INODE PATH". So a project that was moved keeps its state, and a copy of it gets one of its own.

_nix_jupyter_find_state() {
  local states id='' seen other=''
  [[ -n ${XDG_STATE_HOME:-}${HOME:-} ]] || return 1
  states=${XDG_STATE_HOME:-$HOME/.local/state}/nix-jupyter
  _nix_jupyter_read id "$NIX_JUPYTER_ROOT/.nix-jupyter/id"
  id=${id%$'\n'}
  if [[ ! $id =~ ^[A-Za-z0-9_][A-Za-z0-9._-]{0,80}$ ]]; then
    _nix_jupyter_new_state "$states"
    return
  fi
  NIX_JUPYTER_STATE=$states/$id
  _nix_jupyter_read seen "$NIX_JUPYTER_STATE/root"
  seen=${seen#* }
  # The same directory can have two names, as on a disk that does not tell upper case from lower case.
  [[ $seen != "$NIX_JUPYTER_ROOT" && ! $seen -ef $NIX_JUPYTER_ROOT ]] || return 0
  if [[ -n $seen ]]; then
    _nix_jupyter_read other "$seen/.nix-jupyter/id"
    if [[ $other == "$id" ]]; then
      echo "This project is a copy of $seen. It gets a state (login, logs, databases) of its own." >&2
      _nix_jupyter_new_state "$states"
      return
    fi
    echo "This project was at $seen before. Its state (login, logs, databases) has come along." >&2
  fi
  _nix_jupyter_record_root
}

# A project without an id: new, or one whose ignored files were deleted, whose state is found again.
_nix_jupyter_new_state() {
  local states=$1 name=${NIX_JUPYTER_ROOT##*/} hash file seen id number=1
  for file in "$states"/*/root; do
    _nix_jupyter_read seen "$file"
    if [[ ${seen#* } == "$NIX_JUPYTER_ROOT" && ${seen%% *} == "$(_nix_jupyter_inode)" ]]; then
      NIX_JUPYTER_STATE=${file%/root}
      _nix_jupyter_write_id
      return
    fi
  done
  hash=$(printf %s "$NIX_JUPYTER_ROOT" | "${nix_jupyter_sha256sum:?}") || return 1
  name=${name//[^A-Za-z0-9._-]/_}
  id=${name:0:32}-${hash:0:10}
  [[ $id != [.-]* ]] || id=_$id
  NIX_JUPYTER_STATE=$states/$id
  # Taken by a project that was here before and has moved away.
  while [[ -e $NIX_JUPYTER_STATE/root ]]; do
    NIX_JUPYTER_STATE=$states/$id-$((++number))
  done
  _nix_jupyter_record_root && _nix_jupyter_write_id
}

_nix_jupyter_record_root() {
  (umask 077 && mkdir -p "$NIX_JUPYTER_STATE") || return 1
  # On a full disk it is the old one that stays: the next command says again that the project has moved.
  { _nix_jupyter_write "$NIX_JUPYTER_STATE/root" "$(_nix_jupyter_inode) $NIX_JUPYTER_ROOT"; } 2>/dev/null || true
}

# A project that cannot be written to has no id; its state is found by `root`.
_nix_jupyter_write_id() {
  local directory=$NIX_JUPYTER_ROOT/.nix-jupyter
  {
    mkdir -p "$directory" && _nix_jupyter_write "$directory/.gitignore" $'*\n' &&
      _nix_jupyter_write "$directory/id" "${NIX_JUPYTER_STATE##*/}"
  } 2>/dev/null || true
}

_nix_jupyter_inode() {
  local line
  line=$(ls -di -- "$NIX_JUPYTER_ROOT") && line=${line#"${line%%[! ]*}"} && printf %s "${line%% *}"
}

# Paths can hold any character but NUL, newlines too. A file that is not there is an empty text.
_nix_jupyter_read() {
  printf -v "$1" %s ''
  [[ ! -f $2 ]] || IFS= read -r -d '' "$1" 2>/dev/null <"$2" || true
}

_nix_jupyter_write() {
  { printf %s "$2" >"$1.$$" && mv -f -- "$1.$$" "$1"; } || {
    rm -f -- "$1.$$"
    return 1
  }
}
