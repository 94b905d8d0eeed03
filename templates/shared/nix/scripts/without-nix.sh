# shellcheck shell=sh
# What looks at a running project, or ends it, without Nix.

# Prints where the lab of the last start is, of a project whose .nix-jupyter was deleted, as by `git clean -x`: it may run all the
# same. Nothing, where there was no start. $1: the project's directory, which is the current one.
nix_jupyter_find_last() {
  for nix_jupyter_file in "${XDG_STATE_HOME:-$HOME/.local/state}"/nix-jupyter/*/root; do
    # shellcheck disable=SC3067 # every sh has it
    [ -O "$nix_jupyter_file" ] || continue
    # state.sh writes no end of the line, and then `read` fails.
    IFS= read -r nix_jupyter_line <"$nix_jupyter_file" || :
    [ "${nix_jupyter_line#* }" = "$1" ] || continue
    # The project that was here may have moved away.
    case " $(ls -di .)" in *" ${nix_jupyter_line%% *} .") ;; *) continue ;; esac
    IFS= read -r nix_jupyter_line <"${nix_jupyter_file%root}kept" || :
    printf '%s\n' "${nix_jupyter_line##* }"
    return
  done 2>/dev/null
}

# Answers what is asked of a project that was never started here, and exits. Returns where only Nix has the answer.
# $1: the project's directory. The others: the command, as it was typed.
nix_jupyter_answer_before_start() {
  nix_jupyter_root=$1 nix_jupyter_command=$2
  shift 2
  for nix_jupyter_word; do
    case $nix_jupyter_word in
      --json) nix_jupyter_command="${nix_jupyter_command% --json} --json" ;;
      -f) ;;
      -*) return 0 ;;
    esac
  done
  case $nix_jupyter_command$nix_jupyter_root in doctor* | audit* | *[[:cntrl:]]*) return 0 ;; esac
  nix_jupyter_message='This project is not running: it has not been started here yet.'
  nix_jupyter_next=$(nix_jupyter_typed start)
  nix_jupyter_project="{\"project\": $(_nix_jupyter_json "${nix_jupyter_root##*/}")"
  case $nix_jupyter_command in
    stop | status) echo "$nix_jupyter_message Next: $nix_jupyter_next" ;;
    'stop --json') printf '%s, "stopped": false}\n' "$nix_jupyter_project" ;;
    'status --json')
      printf '%s, "root": %s, "state": null, "environment": null, "hash": null, "running": false, "url": null, "services": []}\n' \
        "$nix_jupyter_project" "$(_nix_jupyter_json "$nix_jupyter_root")"
      ;;
    *)
      case $nix_jupyter_command in
        *--json) printf '{"error": {"message": "%s", "next": %s, "exitCode": 1}}\n' "$nix_jupyter_message" "$(_nix_jupyter_json "$nix_jupyter_next")" ;;
      esac
      printf '%s\n  Next: %s\n' "$nix_jupyter_message" "$nix_jupyter_next" >&2
      exit 1
      ;;
  esac
  exit 0
}

# A text as JSON has it. It has no control characters.
_nix_jupyter_json() {
  case $1 in
    *[\\\"]*) printf %s "$1" | sed 's/[\\"]/\\&/g; s/.*/"&"/' ;;
    *) printf '"%s"' "$1" ;;
  esac
}
