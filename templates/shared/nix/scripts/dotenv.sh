# shellcheck shell=bash
# Loads .env for the shell and for each service. It is read as data and never run: NAME=VALUE, a variable a line, `export` in
# front and # comments allowed; 'as it stands'; "with \n, \t, \" and \\". A value in quotes may have several lines.
#
# What is set already wins, except for what an earlier reading has set: NIX_JUPYTER_DOTENV remembers those names. Of two lines
# for one name the last one counts. Values are never printed. $1: the file. It need not be there.
nix_jupyter_load_dotenv() {
  local __file=$1 __lines __line __number=0 __at __name __value __loaded=() IFS=$' \t\n'
  for __name in ${NIX_JUPYTER_DOTENV:-}; do
    [[ ! $__name =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]] || unset "$__name"
  done
  unset NIX_JUPYTER_DOTENV
  [[ -f $__file ]] || return 0
  if [[ ! -r $__file ]] || [[ ! -O $__file && -O ${__file%/*} ]]; then
    echo ".env is not loaded: it belongs to another user, or cannot be read." >&2
    return 0
  fi
  mapfile -t __lines <"$__file"
  if [[ ${__lines[0]-} == [$'\xff\xfe'][$'\xff\xfe']* ]]; then
    echo ".env is not loaded: it is not UTF-8 but UTF-16, as PowerShell writes it." >&2
    echo "  Next: (umask 077; iconv -f UTF-16 -t UTF-8 .env > .env.new && mv .env.new .env)" >&2
    return 0
  fi
  while ((__number < ${#__lines[@]})); do
    __line=${__lines[__number]%$'\r'}
    __at=$((++__number))
    __line=${__line#$'\xef\xbb\xbf'}
    [[ ! $__line =~ ^[[:space:]]*(#|$) ]] || continue
    __name=
    if ! _nix_jupyter_parse_dotenv; then
      # What is behind a quote that is not closed is read all the same.
      __number=$__at
      echo ".env: line $__at is skipped, because it is not NAME=VALUE${__name:+: the quote is not closed, or text follows it}." >&2
      continue
    fi
    case $__name in
      NIX_* | JUPYTER* | IPYTHON* | LD_* | DYLD_* | BASH* | SHELLOPTS | ENV | PYTHONHOME | PC_* | PROC_COMP*)
        echo ".env: $__name is skipped, because the project sets it itself." >&2
        continue
        ;;
    esac
    if [[ ! -v $__name || " ${__loaded[*]} " == *" $__name "* ]]; then
      export "$__name=$__value"
      __loaded+=("$__name")
    fi
  done
  [[ ${#__loaded[@]} == 0 ]] || export NIX_JUPYTER_DOTENV="${__loaded[*]}"
}

# Sets __name and __value from __line, and reads on in __lines where a quote is still open. Where it fails, __name says how
# far it came.
_nix_jupyter_parse_dotenv() {
  # Bytes that are no UTF-8 are part of a value like all others.
  local LC_ALL=C pattern='^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)[[:space:]]*=[[:space:]]*(.*)$'
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
    ((__number < ${#__lines[@]})) || return 1
    __value+=$'\n'${__lines[__number++]%$'\r'}
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
