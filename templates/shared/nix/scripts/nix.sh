# shellcheck shell=sh
# Nix: where it is, how it is called, and a few lines for what went wrong there. Nix alone would print its whole trace; that
# goes to a file.

# Puts Nix on PATH; fails where there is none. A shell that is older than Nix, or that an update of macOS has put right, or that
# ssh has begun, does not know where it is.
nix_jupyter_find_nix() {
  for directory in "${HOME-}/.nix-profile/bin" "${HOME-}/.local/state/nix/profile/bin" \
    /nix/var/nix/profiles/default/bin; do
    command -v nix >/dev/null 2>&1 || [ ! -x "$directory/nix" ] || PATH=$PATH:$directory
  done
  command -v nix >/dev/null 2>&1
}

# Enters the shell for one command, as `nix develop --command` does: sets its environment here. Exits with 1, after a
# message, where it cannot be entered.
# $1: the shell, as nix_jupyter_choose_shell prints it. $2: the command that is to be typed once a mistake is corrected.
nix_jupyter_enter() {
  # Nix and what it runs end before the command begins: the command then has this process and its terminal to itself.
  nix_jupyter_entered=$({
    {
      # Where garbage is collected meanwhile, Nix can lose a connection. It goes on, but the signal would end what it begins.
      trap '' PIPE
      NIX_JUPYTER_NO_SYNC=1 _nix_jupyter_nix --log-format internal-json develop "$1" \
        --command awk "$_nix_jupyter_print_variables" || echo "@nix failed $?" >&2
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

# Says in the same few lines why Nix cannot read the project; the last one begins with Next. Builds and downloads nothing of
# the shell. $1 and $2: as above.
nix_jupyter_check() {
  case $1 in
    *'#'*) nix_jupyter_shell=${1#*'#'} ;;
    *) nix_jupyter_shell=default ;;
  esac
  {
    { nix_jupyter_system=$(_nix_jupyter_system --log-format internal-json) &&
      _nix_jupyter_nix --log-format internal-json eval --raw \
        "${1%%#*}#devShells.$nix_jupyter_system.$nix_jupyter_shell.drvPath"; } 2>&1 >/dev/null || echo "@nix failed $?"
  } | _nix_jupyter_show "$1" "$2"
}

# With what bundle.sh has taken from a file, Nix need not ask the network.
_nix_jupyter_nix() {
  nix --extra-experimental-features 'nix-command flakes' ${nix_jupyter_offline:+--offline} "$@"
}

_nix_jupyter_system() {
  _nix_jupyter_nix "$@" eval --raw --impure --expr builtins.currentSystem
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

# Shows on stderr what Nix does while it does it, and at the end explains a failure. $1 and $2: as above.
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
  # shellcheck disable=SC2086 # two words, or none
  nix_jupyter_errors=$(awk $nix_jupyter_interactive -v terminal="$nix_jupyter_terminal" -f nix/scripts/progress.awk 4>&1 >&2)
  trap - INT
  [ -z "$nix_jupyter_errors" ] || _nix_jupyter_explain "$1" "$2"
}

# $1 and $2: as above.
_nix_jupyter_explain() {
  nix_jupyter_names='' nix_jupyter_full='' nix_jupyter_rename=''
  case $nix_jupyter_errors in
    *'undefined variable'*)
      # Which names there are, for the one that was meant. The project's own nixpkgs knows.
      nix_jupyter_system=$(_nix_jupyter_system 2>/dev/null) &&
        nix_jupyter_names=$(_nix_jupyter_nix eval --json "${1%%#*}#devShells.$nix_jupyter_system.default.python.pkgs" \
          --apply builtins.attrNames 2>/dev/null) || nix_jupyter_names=''
      ;;
    *'is not a valid URL'*)
      # An old Nix takes few characters in a path.
      nix_jupyter_rename=$(nix_jupyter_advise_rename '*[!A-Za-z0-9._~+=,@-]*') || nix_jupyter_rename=''
      ;;
    *'No space left'*)
      # Whether it is that disk: less than 1 MiB is free.
      [ -z "${TMPDIR-}" ] || ! df -Pk "$TMPDIR" | awk 'NR == 2 { exit $4 >= 1024 }' || nix_jupyter_full=$TMPDIR
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
    NIX_JUPYTER_AGAIN=$2 NIX_JUPYTER_FULL=$nix_jupyter_full NIX_JUPYTER_RENAME=$nix_jupyter_rename \
      awk -v log_file="$nix_jupyter_log" -v root="$PWD" -f nix/scripts/text.awk -f nix/scripts/explain.awk
}
