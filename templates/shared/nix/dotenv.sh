# shellcheck shell=bash
# Loads .env for the shell and for each service. It is read as data and never run: NAME=VALUE, a variable a line, `export` in
# front and # comments allowed; 'as it stands'; "with \n, \t, \" and \\". A value in quotes may have several lines.
#
# What is set already wins, except for what an earlier reading has set: NIX_JUPYTER_DOTENV remembers those names. Values are
# never printed.

# $1: the file. It need not be there.
nix_jupyter_load_dotenv() {
  local __file=$1 __line __number=0 __name __value __loaded=()
  for __name in ${NIX_JUPYTER_DOTENV:-}; do
    [[ ! $__name =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]] || unset "$__name"
  done
  unset NIX_JUPYTER_DOTENV
  [[ -f $__file ]] || return 0
  if [[ ! -r $__file ]] || [[ ! -O $__file && -O ${__file%/*} ]]; then
    echo ".env is not loaded: it belongs to another user, or cannot be read." >&2
    return 0
  fi
  while IFS= read -r __line || [[ -n $__line ]]; do
    ((++__number))
    __line=${__line%$'\r'}
    __line=${__line#$'\xef\xbb\xbf'}
    [[ ! $__line =~ ^[[:space:]]*(#|$) ]] || continue
    if ! _nix_jupyter_parse_dotenv; then
      echo ".env: line $__number is skipped, because it is not NAME=VALUE." >&2
      continue
    fi
    case $__name in
      NIX_* | JUPYTER* | IPYTHON* | LD_* | DYLD_* | BASH* | SHELLOPTS | ENV | PYTHONHOME | PC_* | PROC_COMP*)
        echo ".env: $__name is skipped, because the project sets it itself." >&2
        continue
        ;;
    esac
    if [[ ! -v $__name ]]; then
      export "$__name=$__value"
      __loaded+=("$__name")
    fi
  done <"$__file"
  [[ ${#__loaded[@]} == 0 ]] || export NIX_JUPYTER_DOTENV="${__loaded[*]}"
}

# Sets __name and __value from __line, and reads on where a quote is still open.
_nix_jupyter_parse_dotenv() {
  local pattern='^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)[[:space:]]*=[[:space:]]*(.*)$' more
  [[ $__line =~ $pattern ]] || return 1
  __name=${BASH_REMATCH[2]} __value=${BASH_REMATCH[3]}
  case $__value in
    \'*) pattern="^'([^']*)'(.*)\$" ;;
    \"*) pattern='^"(([^"\]|\\.)*)"(.*)$' ;;
    *)
      __value=${__value%%[[:space:]]#*}
      __value=${__value%"${__value##*[![:space:]]}"}
      return 0
      ;;
  esac
  until [[ $__value =~ $pattern ]]; do
    IFS= read -r more || [[ -n $more ]] || return 1
    ((++__number))
    __value+=$'\n'${more%$'\r'}
  done
  [[ ${BASH_REMATCH[-1]} =~ ^[[:space:]]*(#.*)?$ ]] || return 1
  [[ $__value =~ $pattern ]]
  if [[ $__value == \'* ]]; then
    __value=${BASH_REMATCH[1]}
  else
    _nix_jupyter_unescape "${BASH_REMATCH[1]}"
  fi
}

# Sets __value to a text from double quotes, its escapes read.
_nix_jupyter_unescape() {
  local rest=$1
  __value=
  while [[ $rest =~ ^([^\\]*)\\(.)(.*)$ ]]; do
    __value+=${BASH_REMATCH[1]}
    rest=${BASH_REMATCH[3]}
    case ${BASH_REMATCH[2]} in
      n) __value+=$'\n' ;;
      r) __value+=$'\r' ;;
      t) __value+=$'\t' ;;
      [\"\\\$]) __value+=${BASH_REMATCH[2]} ;;
      *) __value+=\\${BASH_REMATCH[2]} ;;
    esac
  done
  __value+=$rest
}
