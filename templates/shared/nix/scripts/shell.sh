# shellcheck shell=bash
# What is read first by a shell that `nix develop` or direnv enters, by a terminal inside JupyterLab, and by each service,
# which takes nix_jupyter_load_dotenv from it. shell.nix reads directory.sh, source.sh and driver.sh before.
#
# Entering sets the variables, brings the virtual environment up to date where there is one, greets, and lets the features do
# their part.

# shellcheck source-path=SCRIPTDIR source=dotenv.sh
source "${BASH_SOURCE[0]%/*}/dotenv.sh"

_nix_jupyter_venv_is_fresh() {
  local venv=$NIX_JUPYTER_ROOT/.venv stamp='' proof='' known=''
  [[ -n $NIX_JUPYTER_VENV_KEY ]] || return 0
  [[ -x $venv/bin/python3 && -f $venv/.nix-jupyter-key ]] || return 1
  # On Linux it is a script of ours; a link means that some tool has put its own in place.
  [[ $OSTYPE != linux* || ! -L $venv/bin/python3 ]] || return 1
  # A stamp can come with a clone; the number that it repeats, in the state directory, cannot.
  [[ -O $venv && ! -L $venv && -f $NIX_JUPYTER_STATE/venv-proof ]] || return 1
  { IFS= read -r stamp && IFS= read -r proof; } <"$venv/.nix-jupyter-key"
  IFS= read -r known <"$NIX_JUPYTER_STATE/venv-proof" || true
  [[ $stamp == "$NIX_JUPYTER_VENV_KEY" && -n $proof && $proof == "$known" ]]
}

# Nix names its own directories for the data of programs, and where the user has named none the usual ones would be
# forgotten: no browser would be found, or another one.
_nix_jupyter_keep_usual_data() {
  local directory directories
  [[ -n ${XDG_DATA_DIRS:-} ]] || return 0
  IFS=: read -ra directories <<<"$XDG_DATA_DIRS"
  for directory in "${directories[@]}"; do
    [[ -z $directory || $directory == /nix/store/* ]] || return 0
  done
  XDG_DATA_DIRS=${XDG_DATA_DIRS%:}:/usr/local/share:/usr/share
}

# `nix develop` makes two directories for temporary files at each entry, and never deletes them; all programs would
# write into one. They write again where they did before: into the directory in which those two were made.
_nix_jupyter_restore_tmpdir() {
  local directory=${NIX_BUILD_TOP:-}
  [[ $directory == */nix-shell.* ]] || return 0
  # Nix became this shell, so that the number is the same.
  rmdir -- "$directory" "${directory%/*}/nix-develop-$$-"* 2>/dev/null
  unset NIX_BUILD_TOP TMPDIR TMP TEMP TEMPDIR
  # That of a shell around this one goes when that one ends.
  while [[ $directory == */nix-shell[.-]* ]]; do directory=${directory%/nix-shell[.-]*}; done
  [[ ${directory:-/tmp} == /tmp ]] || export TMPDIR=$directory
}

# Everything on stderr: `nix develop --command X` has X's output on stdout and nothing else.
_nix_jupyter_enter() {
  _nix_jupyter_restore_tmpdir
  # shellcheck source=/dev/null
  source "$nix_jupyter_activate" || return 1
  _nix_jupyter_drop_build_variables
  nix_jupyter_load_dotenv "$NIX_JUPYTER_ROOT/.env"
  _nix_jupyter_keep_usual_data
  # ./lab leaves that to the command: JupyterLab opens without it, and a wrong name can still be removed.
  # By its path: a .venv that came with a clone could have a `lab` of its own.
  if [[ -n ${NIX_JUPYTER_NO_SYNC:-} ]]; then
    return 0
  elif ! _nix_jupyter_venv_is_fresh; then
    "${nix_jupyter_activate%/*}/bin/lab" sync >&2
  else
    # Said, and no more: it is good enough for looking around, and for a build machine.
    nix_jupyter_say_whether_writable "$NIX_JUPYTER_ROOT" || true
  fi
}

_nix_jupyter_greet() {
  local packages
  shopt -s nullglob
  packages=({"${nix_jupyter_env:?}","$NIX_JUPYTER_ROOT/.venv"}/lib/python3*/site-packages/*.dist-info)
  shopt -u nullglob
  echo "${nix_jupyter_name:?}: Python ${nix_jupyter_python_version:?} with ${#packages[@]} packages."
  [[ -z ${nix_jupyter_compute?} ]] || _nix_jupyter_say_compute
  echo "Type  start  to open JupyterLab,  stop  to stop it,  lab  to see what else there is."
}

# In a project that can use a GPU: which shell this is, and why.
_nix_jupyter_say_compute() {
  local files driver
  if [[ $nix_jupyter_compute == mps ]]; then
    echo "GPU: PyTorch uses the graphics part of this Apple chip (mps)."
    return
  fi
  files=$(nix_jupyter_driver_files) || true
  driver=${files%%$'\n'*}
  if [[ $nix_jupyter_compute == cuda && -n $driver ]] && nix_jupyter_driver_is_too_old "$files"; then
    echo "CPU: this is the CUDA shell, but $(nix_jupyter_say_driver_is_too_old "$files")"
  elif [[ $nix_jupyter_compute == cuda && -n $driver ]]; then
    echo "GPU: this is the CUDA shell; the NVIDIA driver is in ${driver%/*}."
  elif [[ $nix_jupyter_compute == cuda ]]; then
    echo "CPU: this is the CUDA shell, but there is no NVIDIA driver on this computer."
  elif grep -Eqs '^[^#]*cudaSupport *= *true *;' "$NIX_JUPYTER_ROOT/local.nix"; then
    echo "CPU: local.nix asks for the GPU, but Nix cannot see that file. Use ./start, or: nix develop '.#cuda'"
  elif grep -Eqs '^[^#]*cudaSupport *= *false *;' "$NIX_JUPYTER_ROOT/local.nix"; then
    echo "CPU: local.nix says so."
  elif [[ -n $driver ]] && nix_jupyter_driver_is_too_old "$files"; then
    echo "CPU: $(nix_jupyter_say_driver_is_too_old "$files")"
  elif [[ -n $driver ]]; then
    echo "CPU: there is a GPU here, and this shell does not use it. Use ./start, or: nix develop '.#cuda'"
  else
    echo "CPU: there is no NVIDIA driver on this computer."
  fi
}

# What features do: nix/features/<id>/enter.sh. Beside it, leave.sh undoes that. It is kept in the state directory,
# because it is needed once the feature is gone.
#
# nix_jupyter_features: the directory nix/features in the Nix store; empty where there is none.
_nix_jupyter_features() {
  local kept=$NIX_JUPYTER_STATE/features feature id
  for feature in "$kept"/*/; do
    id=${feature%/} id=${id##*/}
    [[ -f $feature/leave.sh && ! -f $nix_jupyter_features/$id/leave.sh ]] || continue
    # shellcheck source=/dev/null
    source "$feature/leave.sh"
    rm -rf -- "$feature"
  done
  [[ -n $nix_jupyter_features ]] || return 0
  for feature in "$nix_jupyter_features"/*/; do
    id=${feature%/} id=${id##*/}
    [[ ! -f $feature/leave.sh ]] || _nix_jupyter_keep_leave "$feature/leave.sh" "$kept/$id"
    # shellcheck source=/dev/null
    [[ ! -f $feature/enter.sh ]] || source "$feature/enter.sh"
  done
}

_nix_jupyter_keep_leave() {
  [[ ! -f $2/leave.sh || $(<"$1") != "$(<"$2/leave.sh")" ]] || return 0
  (umask 077 && mkdir -p "$2" && cat "$1" >"$2/leave.sh") 2>/dev/null || true
}

# A terminal inside JupyterLab: the project once more after the user's ~/.bashrc, because conda, pyenv and the like put their
# own programs in front there.
_nix_jupyter_enter_terminal() {
  local name directory path=
  # It would show conda's environment in the prompt, which is not the one in use.
  [[ -z ${CONDA_PROMPT_MODIFIER:-} ]] || PS1=${PS1//"$CONDA_PROMPT_MODIFIER"/}
  PATH=$_nix_jupyter_path:$PATH
  # shellcheck source=/dev/null disable=SC2153 # another one than the hook's
  source "$NIX_JUPYTER_ACTIVATE" || return 1
  nix_jupyter_load_dotenv "$NIX_JUPYTER_ROOT/.env"
  while IFS= read -r -d : directory; do
    [[ -z $directory || ":$path" == *":$directory:"* ]] || path+=$directory:
  done <<<"${NIX_JUPYTER_ACTIVATE%/*}/bin:$PATH:"
  export PATH=${path%:} SHELL=$BASH
  for name in lab start stop python python3 pip uv jupyter; do
    unalias "$name" 2>/dev/null
    unset -f "$name"
  done
  hash -r
}

# What `start --again` had to say when the terminal or the cell that it was typed in was gone. One terminal says it.
_nix_jupyter_say_untold() {
  local file=$NIX_JUPYTER_STATE/log/start-failed.log text
  [[ -f $file ]] && mv -- "$file" "${file%-failed.log}.log" 2>/dev/null || return 0
  text=$(<"${file%-failed.log}.log")
  # To be typed here, and no more in a cell.
  printf 'start --again says:\n%s\n' "${text//: !/: }"
}

# shell.nix names what activates the project; a terminal has it in its environment.
if [[ -n ${nix_jupyter_activate-} ]]; then
  if _nix_jupyter_enter; then
    [[ $- != *i* ]] || _nix_jupyter_greet >&2
  elif [[ $- == *i* || -n ${DIRENV_IN_ENVRC:-} ]]; then
    # Whoever sits in front of it can fix it from here.
    echo "The environment is not complete. Once it is fixed, type:  lab sync" >&2
  else
    exit 1
  fi
  [[ -z ${NIX_JUPYTER_STATE:-} ]] || _nix_jupyter_features
elif [[ $- == *i* ]]; then
  _nix_jupyter_path=$PATH
  # A ~/.bashrc that goes on to another shell (exec fish) would never come back.
  # shellcheck disable=SC2317,SC2329
  exec() { :; }
  # shellcheck source=/dev/null
  [[ ! -r ~/.bashrc ]] || source ~/.bashrc
  unset -f exec
  _nix_jupyter_enter_terminal
  _nix_jupyter_say_untold
  unset -f _nix_jupyter_enter_terminal _nix_jupyter_say_untold
  unset -v _nix_jupyter_path
fi
