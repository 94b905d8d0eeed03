# shellcheck shell=sh
# How ./lab gets from the terminal into the project's shell: what has to happen in front of the first program of Nix, which
# happens when this is read, by whatever `sh` there is; and functions for all else. Read in the project's folder.

# A file that every shell reads first, a `cd` that goes elsewhere, a `git` that works elsewhere.
unset BASH_ENV ENV CDPATH GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_COMMON_DIR

# Programs of Nix break with libraries of this computer. Its own programs are given them back (variables.json).
for nix_jupyter_name in LD_LIBRARY_PATH LD_PRELOAD LD_AUDIT DYLD_LIBRARY_PATH; do
  eval "nix_jupyter_value=\${$nix_jupyter_name-}"
  if [ -n "$nix_jupyter_value" ]; then
    eval "export NIX_JUPYTER_HOST_$nix_jupyter_name=\$nix_jupyter_value"
  fi
  unset "$nix_jupyter_name"
done

# Nix sets another one, which would let everybody read what notebooks write.
NIX_JUPYTER_UMASK=$(umask)
export NIX_JUPYTER_UMASK

if [ -z "${HOME:-}" ]; then
  echo "HOME is not set, so there is no place for logs and tokens." >&2
  echo "  Next: export HOME=/path/to/your/home/folder" >&2
  exit 1
fi
case $PWD in
  *\'* | *:* | *'
'*)
    echo "Nix cannot work in $PWD: no folder on that path may have an apostrophe, a colon or a line break in its name." >&2
    echo "  Next: rename that folder" >&2
    exit 1
    ;;
esac

# Entering the shell for one command, as `nix develop --command` does, with a few lines for what went wrong there. Nix alone
# would print its whole trace; that goes to a file.

# Sets the environment of the shell. Exits with 1, after a message, where it cannot be entered.
# $1: the shell, as choose-shell.sh prints it. $2: the command that is to be typed once a mistake is corrected.
nix_jupyter_enter() {
  # Nix and what it runs end before the command begins: the command then has this process and its terminal to itself.
  nix_jupyter_entered=$({
    {
      NIX_JUPYTER_NO_SYNC=1 _nix_jupyter_nix --log-format internal-json develop "$1" \
        --command awk "$_nix_jupyter_print_variables" || echo '@nix failed' >&2
    } 2>&1 >&3 3>&- | _nix_jupyter_show "$1" "$2" >&2 3>&-
  } 3>&1)
  [ -n "$nix_jupyter_entered" ] || exit 1
  # What the shell has dropped is dropped here too. `command`: a name that cannot be unset ends no script.
  # shellcheck disable=SC2013 # a name is a word
  for nix_jupyter_name in $(awk 'BEGIN { for (name in ENVIRON) if (name ~ /^[A-Za-z_][A-Za-z0-9_]*$/) print name }'); do
    command unset "$nix_jupyter_name" 2>/dev/null || :
  done
  eval "$nix_jupyter_entered"
}

# What `nix flake init` has made is called my-lab in its files, since it cannot know the directory, and may not be executed. The
# first start puts both right. To `upgrade`, the name is a change like any other of the user's.
nix_jupyter_finish_init() {
  [ -e .nix-jupyter/from-flake-init ] || return 0
  chmod +x lab start stop
  nix_jupyter_name=$(printf %s "${PWD##*/}" | tr -c 'A-Za-z0-9._-' '-' | sed 's/--*/-/g; s/^[-.]*//; s/[-.]*$//')
  [ -n "$nix_jupyter_name" ] || nix_jupyter_name=my-lab
  # As names of Python's packages are written.
  nix_jupyter_package=$(printf %s "$nix_jupyter_name" | tr 'A-Z._' 'a-z--' | sed 's/--*/-/g')
  _nix_jupyter_replace_line flake.nix '  description = "my-lab";' "  description = \"$nix_jupyter_name\";"
  _nix_jupyter_replace_line README.md '# my-lab' "# $nix_jupyter_name"
  _nix_jupyter_replace_line pyproject.toml 'name = "my-lab"' "name = \"$nix_jupyter_package\""
  _nix_jupyter_replace_line uv.lock 'name = "my-lab"' "name = \"$nix_jupyter_package\""
  rm -f .nix-jupyter/from-flake-init
}

# $1: the file. $2: the line, of which the first one is replaced. $3: what it becomes.
_nix_jupyter_replace_line() {
  [ -f "$1" ] || return 0
  if OLD=$2 NEW=$3 awk '$0 == ENVIRON["OLD"] && !done { $0 = ENVIRON["NEW"]; done = 1 } { print }' "$1" >"$1.new"; then
    mv -f -- "$1.new" "$1"
  else
    rm -f -- "$1.new"
  fi
}

# Says in the same few lines why Nix cannot read the project; the last one begins with Next. Builds and downloads nothing of
# the shell. $1 and $2: as above.
nix_jupyter_check() {
  case $1 in
    *'#'*) nix_jupyter_shell=${1#*'#'} ;;
    *) nix_jupyter_shell=default ;;
  esac
  nix_jupyter_system=$(_nix_jupyter_system) || return 1
  {
    _nix_jupyter_nix --log-format internal-json eval --raw \
      "${1%%#*}#devShells.$nix_jupyter_system.$nix_jupyter_shell.drvPath" 2>&1 >/dev/null || echo '@nix failed'
  } | _nix_jupyter_show "$1" "$2"
}

_nix_jupyter_nix() {
  nix --extra-experimental-features 'nix-command flakes' "$@"
}

_nix_jupyter_system() {
  _nix_jupyter_nix eval --raw --impure --expr builtins.currentSystem
}

# The variables as lines for sh. Not `export -p`: bash writes what other shells cannot read.
# shellcheck disable=SC2016
_nix_jupyter_print_variables='BEGIN {
  for (name in ENVIRON) {
    if (name !~ /^[A-Za-z_][A-Za-z0-9_]*$/ || name == "_" || name == "NIX_JUPYTER_NO_SYNC") continue
    value = ENVIRON[name]
    gsub(/\047/, "\047\\\047\047", value)
    printf "export %s=\047%s\047\n", name, value
  }
}'

# Shows what Nix does while it does it, and at the end explains a failure. $1 and $2: as above.
_nix_jupyter_show() {
  nix_jupyter_terminal=''
  [ ! -t 2 ] || [ "${TERM:-dumb}" = dumb ] || nix_jupyter_terminal=1
  # mawk waits for a full buffer, unless it is told that somebody looks on. No other awk knows that option.
  nix_jupyter_interactive=''
  case $(awk -W version 2>&1 </dev/null) in
    mawk*) nix_jupyter_interactive='-W interactive' ;;
  esac
  # Ctrl-C ends Nix; what shows it stays until then, to clear its line.
  trap '' INT
  {
    # shellcheck disable=SC2086 # two words, or none
    nix_jupyter_errors=$(awk $nix_jupyter_interactive -v terminal="$nix_jupyter_terminal" -f nix/progress.awk 4>&1 >&5)
  } 5>&1
  trap - INT
  [ -z "$nix_jupyter_errors" ] || _nix_jupyter_explain "$1" "$2"
}

# $1 and $2: as above.
_nix_jupyter_explain() {
  nix_jupyter_names=''
  case $nix_jupyter_errors in
    *'undefined variable'*)
      # Which names there are, for the one that was meant. The project's own nixpkgs knows.
      nix_jupyter_system=$(_nix_jupyter_system 2>/dev/null) &&
        nix_jupyter_names=$(_nix_jupyter_nix eval --json "${1%%#*}#devShells.$nix_jupyter_system.default.python.pkgs" \
          --apply builtins.attrNames 2>/dev/null) || nix_jupyter_names=''
      ;;
  esac
  nix_jupyter_states=${XDG_STATE_HOME:-$HOME/.local/state}/nix-jupyter
  nix_jupyter_log=$nix_jupyter_states/nix.log
  if IFS= read -r nix_jupyter_id 2>/dev/null <.nix-jupyter/id || [ -n "${nix_jupyter_id-}" ]; then
    case $nix_jupyter_id in
      .* | *[!A-Za-z0-9._-]*) ;;
      *) [ ! -d "$nix_jupyter_states/$nix_jupyter_id/log" ] || nix_jupyter_log=$nix_jupyter_states/$nix_jupyter_id/log/nix.log ;;
    esac
  fi
  # On a full disk the message has to do.
  (umask 077 && mkdir -p "$nix_jupyter_states" && : >"$nix_jupyter_log") 2>/dev/null || nix_jupyter_log=/dev/null
  printf '%s\n@names %s\n' "$nix_jupyter_errors" "$nix_jupyter_names" |
    awk -v log_file="$nix_jupyter_log" -v root="$PWD" -v again="$2" -f nix/explain.awk
}
