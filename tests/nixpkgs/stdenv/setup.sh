# shellcheck shell=bash disable=SC1090,SC2154
# The environment of every build and of every development shell.
set -eu
set -o pipefail

# Structured attributes bring the outputs as an array; scripts want variables.
if [[ "$(declare -p outputs 2>/dev/null)" == "declare -A"* ]]; then
  for _output in "${!outputs[@]}"; do
    export "$_output=${outputs[$_output]}"
  done
  unset _output
fi

addToSearchPathWithCustomDelimiter() {
  local delimiter=$1 variable=$2 directory=$3
  if [ -d "$directory" ]; then
    export "$variable=${!variable:+${!variable}$delimiter}$directory"
  fi
}

addToSearchPath() { addToSearchPathWithCustomDelimiter : "$@"; }

# --- hooks and phases ---

runHook() {
  local name=$1 each
  shift
  local -n listed="${name%Hook}Hooks"
  for each in "${listed[@]:-}"; do
    if [ -n "$each" ]; then _runPiece "$each" "$@"; fi
  done
  _runPiece "$name" "$@"
}

# A piece is a function, or shell text in a variable, or nothing.
_runPiece() {
  if declare -F "$1" >/dev/null; then
    "$@"
  elif [ -n "${!1:-}" ]; then
    eval "${!1}"
  fi
}

installPhase() {
  runHook preInstall
  runHook postInstall
}

genericBuild() {
  export NIX_BUILD_TOP=${NIX_BUILD_TOP:-$PWD}
  if [ -n "${buildCommandPath:-}" ]; then
    source "$buildCommandPath"
  elif [ -n "${buildCommand:-}" ]; then
    eval "$buildCommand"
  else
    local phase
    # shellcheck disable=SC2068
    for phase in ${phases[@]:-buildPhase installPhase}; do
      _runPiece "$phase"
    done
  fi
}

# --- inputs ---

_seen=()
_hooked=()
envBuildHostHooks=()

_addInput() {
  local input=$1 each
  for each in "${_seen[@]:-}"; do
    if [ "$each" = "$input" ]; then return 0; fi
  done
  _seen+=("$input")
  if [ -f "$input" ]; then
    _hooked+=("$input")
    return 0
  fi
  addToSearchPath _PATH "$input/bin"
  addToSearchPath _XDG_DATA_DIRS "$input/share"
  if [ -f "$input/nix-support/setup-hook" ]; then _hooked+=("$input/nix-support/setup-hook"); fi
  for each in propagated-native-build-inputs propagated-build-inputs; do
    if [ -f "$input/nix-support/$each" ]; then
      local more
      for more in $(<"$input/nix-support/$each"); do _addInput "$more"; done
    fi
  done
}

_PATH=
_XDG_DATA_DIRS=
# shellcheck disable=SC2068
for _input in ${nativeBuildInputs[@]:-} ${propagatedNativeBuildInputs[@]:-} \
  ${buildInputs[@]:-} ${propagatedBuildInputs[@]:-}; do
  _addInput "$_input"
done
set +u
for _hook in "${_hooked[@]}"; do source "$_hook"; done
for _input in "${_seen[@]}"; do
  for _hook in "${envBuildHostHooks[@]}"; do "$_hook" "$_input"; done
done
set -u

# The list stands here when the setup is built.
# shellcheck disable=SC2043
for _input in @initialPath@; do
  addToSearchPath _PATH "$_input/bin"
done
# Nothing of the machine stays on it.
export PATH=$_PATH
if [ -n "$_XDG_DATA_DIRS" ]; then
  export XDG_DATA_DIRS=${XDG_DATA_DIRS:+$XDG_DATA_DIRS:}$_XDG_DATA_DIRS
fi
unset _PATH _XDG_DATA_DIRS _input _hook _seen _hooked

# --- the surroundings ---

export SHELL=@shell@
export CONFIG_SHELL=$SHELL
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-315532800}
if [ -z "${IN_NIX_SHELL:-}" ]; then
  export SSL_CERT_FILE=/no-cert-file.crt
  export NIX_SSL_CERT_FILE=/no-cert-file.crt
fi
export TZ=UTC
set +u
