# shellcheck shell=sh
# What looks at a running project, or ends it, without Nix.

# Prints where the lab of the last start is, though .nix-jupyter was deleted, as by `git clean -x`. $1: the current directory.
nix_jupyter_find_last() {
  nix_jupyter_inode=$(ls -di . 2>/dev/null) || return 0
  for nix_jupyter_file in "${XDG_STATE_HOME:-$HOME/.local/state}"/nix-jupyter/*/root; do
    # shellcheck disable=SC3067
    [ -O "$nix_jupyter_file" ] || continue
    # Its line has no end.
    IFS= read -r nix_jupyter_line <"$nix_jupyter_file" || :
    # The project that was here may have moved away.
    case " ${nix_jupyter_inode% .} $1" in *" $nix_jupyter_line") ;; *) continue ;; esac
    IFS= read -r nix_jupyter_line <"${nix_jupyter_file%root}kept" || :
    printf '%s\n' "${nix_jupyter_line##* }"
    return
  done 2>/dev/null
}

# Answers for a project that was never started, and exits; returns where only Nix can. $1: the current directory; then the command.
nix_jupyter_answer_before_start() {
  nix_jupyter_root=$1 nix_jupyter_command=$2 nix_jupyter_json=''
  shift 2
  for nix_jupyter_word; do
    case $nix_jupyter_word in
      --json) nix_jupyter_json=json ;;
      -f) ;;
      -*) return 0 ;;
    esac
  done
  case $nix_jupyter_command$nix_jupyter_root in doctor* | audit* | *[[:cntrl:]\\\"]*) return 0 ;; esac
  nix_jupyter_message='This project is not running: it has not been started here yet.'
  nix_jupyter_next=$(nix_jupyter_typed start)
  nix_jupyter_project="\"project\": \"${nix_jupyter_root##*/}\""
  case $nix_jupyter_command$nix_jupyter_json in
    stop | status) echo "$nix_jupyter_message Next: $nix_jupyter_next" ;;
    stopjson) echo "{$nix_jupyter_project, \"stopped\": false}" ;;
    statusjson)
      echo "{$nix_jupyter_project, \"root\": \"$nix_jupyter_root\", \"state\": null, \"environment\": null, \"hash\": null," \
        '"running": false, "url": null, "services": []}'
      ;;
    *)
      [ -z "$nix_jupyter_json" ] ||
        echo "{\"error\": {\"message\": \"$nix_jupyter_message\", \"next\": \"$nix_jupyter_next\", \"exitCode\": 1}}"
      printf '%s\n  Next: %s\n' "$nix_jupyter_message" "$nix_jupyter_next" >&2
      exit 1
      ;;
  esac
  exit 0
}
