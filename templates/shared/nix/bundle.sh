# shellcheck shell=sh
# ./start --from FILE: the programs of the project, out of the file that `lab bundle` has written (lab/commands/bundle.py says what is in
# it), before there is any of them. FILE is input. Read after enter.sh.

# Adds the programs in FILE to the Nix store, and keeps Nix from the network afterwards. Exits, with a sentence and the command
# that helps, where they are not those of this project on this computer.
# $1: the shell, as nix_jupyter_choose_shell prints it. The others: what ./lab was called with.
nix_jupyter_take_bundle() {
  case $1 in
    *'#'*) nix_jupyter_shell=${1#*'#'} ;;
    *) nix_jupyter_shell=default ;;
  esac
  shift
  # shellcheck disable=SC2034 # nix.sh reads it
  nix_jupyter_offline=1
  nix_jupyter_file=''
  while [ $# -gt 0 ]; do
    case $1 in
      --from) nix_jupyter_file=${2-} ;;
      --from=*) nix_jupyter_file=${1#--from=} ;;
    esac
    shift
  done
  case $nix_jupyter_file in
    '' | -*) _nix_jupyter_refuse 'lab start --from needs the name of a file.' './start --from FILE' ;;
    /*) ;;
    *) nix_jupyter_file=$NIX_JUPYTER_CALLED_IN/$nix_jupyter_file ;;
  esac
  if [ ! -f "$nix_jupyter_file" ] || [ ! -r "$nix_jupyter_file" ]; then
    _nix_jupyter_refuse "There is no file $nix_jupyter_file that you can read." "ls -l '${nix_jupyter_file%/*}/'"
  fi

  _nix_jupyter_check_members
  nix_jupyter_manifest=$(tar -xOf "$nix_jupyter_file" .bundle/manifest 2>/dev/null) || nix_jupyter_manifest=''
  _nix_jupyter_check_fit
  nix_jupyter_lab=$(_nix_jupyter_manifest_value "lab $nix_jupyter_shell")
  if [ -z "$nix_jupyter_lab" ]; then
    _nix_jupyter_refuse "$nix_jupyter_file does not have the programs for the graphics card: it was made on a computer without one." \
      "echo '{ cudaSupport = false; }' > local.nix && $nix_jupyter_again"
  fi
  printf %s "$nix_jupyter_lab" | grep -Eqx '/nix/store/[a-z0-9]{32}-lab' || _nix_jupyter_refuse_broken
  if ! _nix_jupyter_nix path-info "$nix_jupyter_lab" >/dev/null 2>&1; then _nix_jupyter_import || exit; fi
}

# Prints the files that programs and packages follow from, in the current directory: each with a checksum and its size.
nix_jupyter_fingerprint() {
  {
    _nix_jupyter_flake_files
    for file in pyproject.toml uv.lock; do
      [ ! -f "$file" ] || echo "$file"
    done
  } | while IFS= read -r file; do echo "file $(cksum "${file#./}")"; done
}

# $1: what happened. $2: the command that helps.
_nix_jupyter_refuse() {
  printf '%s\n  Next: %s\n' "$1" "$2" >&2
  exit 1
}

_nix_jupyter_refuse_broken() {
  _nix_jupyter_refuse "$nix_jupyter_file is not a whole file of \`lab bundle\`: it was cut short or changed on its way, or never was one." \
    "copy it again from where you have it, then: $nix_jupyter_again"
}

# Whether the tar is whole and every name in it stays in its place.
_nix_jupyter_check_members() {
  nix_jupyter_again=$(nix_jupyter_typed start --from "$nix_jupyter_file")
  nix_jupyter_members=$(tar -tf "$nix_jupyter_file" 2>/dev/null) || nix_jupyter_members=''
  [ "${nix_jupyter_members##*
}" = .bundle/complete ] || _nix_jupyter_refuse_broken
  # Of what is taken from here, plain files alone.
  if printf '%s\n' "$nix_jupyter_members" | grep -Eq '^/|(^|/)\.\.(/|$)' ||
    tar -tvf "$nix_jupyter_file" 2>/dev/null | grep -Eq '^[^-dl]|^l.* \.bundle(/.*)? -> '; then
    _nix_jupyter_refuse "$nix_jupyter_file has names in it that lead elsewhere, which \`lab bundle\` never writes. It was not used." \
      "rm '$nix_jupyter_file'"
  fi
}

_nix_jupyter_manifest_value() {
  printf '%s\n' "$nix_jupyter_manifest" | sed -n "s/^$1 //p" | head -n 1
}

# Whether it is for this project as it is here, and for this computer.
_nix_jupyter_check_fit() {
  case $(_nix_jupyter_manifest_value format) in
    1) ;;
    '') _nix_jupyter_refuse_broken ;;
    *) _nix_jupyter_refuse "$nix_jupyter_file was written by a newer version than that of this project." 'npx create-nix-jupyter@latest upgrade' ;;
  esac
  nix_jupyter_made_on=$(_nix_jupyter_manifest_value system)
  nix_jupyter_system=$(_nix_jupyter_system) || exit 1
  if [ "$nix_jupyter_made_on" != "$nix_jupyter_system" ]; then
    _nix_jupyter_refuse "$nix_jupyter_file was made on $nix_jupyter_made_on. This computer is $nix_jupyter_system, and runs other programs." \
      "$(nix_jupyter_typed start)    (with a network)"
  fi
  nix_jupyter_differs=$(
    printf '%s\n' "$nix_jupyter_manifest" | sed -n 's/^file //p' | while read -r sum size file; do
      case $file in
        /* | *..*) ;;
        *) [ "$(cksum "$file" 2>/dev/null)" != "$sum $size $file" ] || continue ;;
      esac
      echo "$file"
    done | head -n 1
  )
  [ -n "$nix_jupyter_differs" ] || return 0
  nix_jupyter_name=$(_nix_jupyter_manifest_value project)
  _nix_jupyter_refuse "$nix_jupyter_file is for another project than the one in $PWD, or for another state of it: $nix_jupyter_differs is not the same." \
    "mkdir from-bundle && tar -xf '$nix_jupyter_file' -C from-bundle '$nix_jupyter_name' && './from-bundle/$nix_jupyter_name/start' --from '$nix_jupyter_file'"
}

# Lets Nix copy the programs out of FILE. What it has unpacked is gone at the end, however that comes about.
_nix_jupyter_import() (
  nix_jupyter_states=${XDG_STATE_HOME:-$HOME/.local/state}/nix-jupyter
  umask 077
  mkdir -p "$nix_jupyter_states" && nix_jupyter_from=$(mktemp -d "$nix_jupyter_states/bundle.XXXXXX") || exit 1
  # An address for each Nix, whatever this directory and TMPDIR are called.
  nix_jupyter_link=$(mktemp -d /tmp/nix-jupyter.XXXXXX) || exit 1
  trap 'rm -rf -- "$nix_jupyter_from" "$nix_jupyter_link"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  ln -s "$nix_jupyter_from/.bundle/store" "$nix_jupyter_link/store"
  echo "Copying the programs out of $nix_jupyter_file …" >&2
  if ! nix_jupyter_said=$(tar -xof "$nix_jupyter_file" -C "$nix_jupyter_from" .bundle/store 2>&1); then
    case $nix_jupyter_said in
      *'No space left'*) _nix_jupyter_refuse "The disk that holds $nix_jupyter_states is full." "df -h '$nix_jupyter_states'" ;;
    esac
    _nix_jupyter_refuse_broken
  fi
  # Nobody has signed what was built on the other computer. Nix compares each hash, and runs only what flake.nix names.
  _nix_jupyter_nix copy --no-check-sigs --from "file://$nix_jupyter_link/store" "$nix_jupyter_lab" \
    2>"$nix_jupyter_from/said" && exit 0
  nix_jupyter_said=$(grep -v '^copying ' "$nix_jupyter_from/said" | tail -n 4)
  case $nix_jupyter_said in
    *'lacks a '*signature*)
      _nix_jupyter_refuse "Nix on this computer takes programs that nobody has signed from its administrator alone." \
        "d=\$(mktemp -d) && tar -xf '$nix_jupyter_file' -C \"\$d\" .bundle/store && sudo \"\$(command -v nix)\" --extra-experimental-features nix-command copy --no-check-sigs --from \"file://\$d/.bundle/store\" $nix_jupyter_lab && rm -rf \"\$d\" && $nix_jupyter_again"
      ;;
    *'No space left'* | *'disk is full'*) _nix_jupyter_refuse 'The disk that holds the Nix store is full.' 'nix-collect-garbage --delete-older-than 30d' ;;
    *'hash mismatch'* | *'bad archive'* | *corrupt* | *'does not exist in binary cache'* | *truncated* | *compress*) _nix_jupyter_refuse_broken ;;
  esac
  _nix_jupyter_refuse "Nix could not copy the programs out of $nix_jupyter_file: $nix_jupyter_said" "$nix_jupyter_again"
)
