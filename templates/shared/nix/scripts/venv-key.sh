# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # activate.sh has what is read here, and exports what is set
# What the virtual environment and notebooks follow from, as a key and as a hash. Read by activate.sh.

# Whether a file asks for anything: a line that is neither empty nor a comment.
_nix_jupyter_has_requirements() {
  local line
  [[ -f $1 ]] || return 1
  while IFS= read -r line || [[ -n $line ]]; do
    line=${line%%#*}
    [[ -z ${line//[[:space:]]/} ]] || return 0
  done <"$1"
  return 1
}

# Adds the files that requirement files name, with -r or -c, to the list in `files`.
_nix_jupyter_follow_references() {
  local file text other index=0 line_start=$'(^|\n)[[:blank:]]*' name=$'([^[:space:]#]+)'
  while ((index < ${#files[@]})); do
    file=${files[index++]}
    [[ $file == *.txt || $file == *.in ]] || continue
    text=$(<"$file")
    while [[ $text =~ ${line_start}(-r|-c|--requirement|--constraint)[[:blank:]=]*$name ]]; do
      text=${text#*"${BASH_REMATCH[0]}"}
      other=${file%/*}/${BASH_REMATCH[3]}
      [[ ${BASH_REMATCH[3]} != /* ]] || other=${BASH_REMATCH[3]}
      [[ ! -f $other || " ${files[*]} " == *" $other "* ]] || files+=("$other")
    done
  done
}

# The key of the virtual environment: it changes when, and only when, the environment has to be filled again.
_nix_jupyter_find_venv_key() {
  local file files=() hash
  NIX_JUPYTER_VENV_KEY=
  [[ $nix_jupyter_uses_venv == always || $nix_jupyter_compute == cuda ]] ||
    _nix_jupyter_has_requirements "$NIX_JUPYTER_ROOT/requirements.in" ||
    _nix_jupyter_has_requirements "$NIX_JUPYTER_ROOT/requirements.txt" || return 0
  for file in "$NIX_JUPYTER_ROOT"/{requirements*.txt,requirements*.in,constraints*.txt,pyproject.toml,uv.lock}; do
    [[ ! -f $file ]] || files+=("$file")
  done
  _nix_jupyter_follow_references
  hash=$({
    printf '%s\n' "$nix_jupyter_salt" "$NIX_JUPYTER_ROOT"
    "$nix_jupyter_sha256sum" -- "${files[@]}" </dev/null
  } | "$nix_jupyter_sha256sum") || return 1
  NIX_JUPYTER_VENV_KEY=${hash%% *}
}

# One hash for what notebooks run on, whichever door they are opened by: of the path of Nix' environment, and of the lock of the
# packages from PyPI. nix/default.nix makes the same one, for the image.
_nix_jupyter_find_hash() {
  local file=$NIX_JUPYTER_ROOT/$nix_jupyter_lock hash
  _nix_jupyter_has_requirements "$file" || file=/dev/null
  hash=$("${nix_jupyter_sha256sum%/*}/cat" - "$file" <<<"$nix_jupyter_env" | "$nix_jupyter_sha256sum") || return 1
  export NIX_JUPYTER_HASH=${hash%% *}
}
