# shellcheck shell=bash
# Finds the project and sets its variables. It is read when the shell is entered and by every command, so it has to be
# quick (no network, no Python, hardly a process) and starts nothing. The variables nix_jupyter_* come from lab.nix.

: "${nix_jupyter_project:?}" "${nix_jupyter_env:?}" "${nix_jupyter_lock:?}" "${nix_jupyter_salt:?}"
: "${nix_jupyter_bin:?}" "${nix_jupyter_sha256sum:?}" "${nix_jupyter_compute?}" "${nix_jupyter_flake:?}"
: "${nix_jupyter_data:?}" "${nix_jupyter_uses_venv:?}" "${nix_jupyter_jupyterlab_is_in:?}"

# The project is the nearest directory, from here upwards, that holds our flake. Not bash's own pwd: where upper and
# lower case are the same directory, it keeps what was typed, and the kernel knows the name.
_nix_jupyter_find_root() {
  local directory
  directory=$("${nix_jupyter_sha256sum%/*}/pwd" -P) || return 1
  while [[ ! -f $directory/flake.nix || ! -f $directory/nix/activate.sh ]]; do
    if [[ -z $directory ]]; then
      echo "This directory is not inside the project." >&2
      echo "  Next: cd path/to/your/project" >&2
      return 1
    fi
    directory=${directory%/*}
  done
  # `nix develop ../other`: one project's programs do not fit the other's files. (direnv is always in its own project, and
  # keeps an older shell on purpose where flake.nix has a mistake.)
  if [[ -z ${DIRENV_IN_ENVRC:-} && $(<"$directory/flake.nix") != "$(<"$nix_jupyter_flake")" ]]; then
    echo "This directory belongs to the project in $directory, and the shell was made for another one." >&2
    echo "  Next: cd '$directory' && nix develop" >&2
    return 1
  fi
  NIX_JUPYTER_ROOT=$directory
}

# Holds what is in use against garbage collection. `./lab` and `./stop` find their programs through the same link. It is in the
# project so that deleting the project is enough to free the disk.
_nix_jupyter_keep() {
  local link=$NIX_JUPYTER_ROOT/.nix-jupyter/lab kept
  _nix_jupyter_read kept "$NIX_JUPYTER_STATE/kept"
  [[ $kept != "$link ${nix_jupyter_lab:?}" || ! $link -ef $nix_jupyter_lab ]] || return 0
  [[ -w ${link%/*} ]] || return 0
  [[ -L $link ]] || rm -rf -- "$link"
  if nix-store --add-root "$link" --indirect --realise "$nix_jupyter_lab" >/dev/null 2>&1; then
    { _nix_jupyter_write "$NIX_JUPYTER_STATE/kept" "$link $nix_jupyter_lab"; } 2>/dev/null || true
  else
    ln -sfn "$nix_jupyter_lab" "$link" || true
  fi
}

# An interpreter for editors, at a path that stays the same. A script and not a link: whoever packs the project into an archive
# does not pack all of Python. $1: the interpreter that it becomes.
_nix_jupyter_offer_interpreter() {
  local file=$NIX_JUPYTER_ROOT/.nix-jupyter/python3 old new quote="'\\''"
  # Not %q: what it writes of letters that the locale does not know, sh cannot read.
  printf -v new "#!/bin/sh\nexec '%s' \"\$@\"\n" "${1//\'/$quote}"
  _nix_jupyter_read old "$file"
  [[ $old != "$new" || ! -x $file ]] || return 0
  { _nix_jupyter_write "$file" "$new" && chmod +x "$file"; } 2>/dev/null || true
}

# In a project without a shell of its own for the card, packages from PyPI may use it. Whether there is a driver, a look at a file
# says, which takes no process.
_nix_jupyter_can_use_driver() {
  [[ -z $nix_jupyter_compute && -n $NIX_JUPYTER_VENV_KEY && $OSTYPE == linux* ]] || return 1
  [[ -n ${NIX_JUPYTER_DRIVER:-} || -e /dev/nvidiactl || -e /usr/lib/wsl/lib/libcuda.so.1 ]]
}

# The GPU driver of this computer, in a directory of our own, which the virtual environment's Python is shown.
_nix_jupyter_link_driver() {
  local directory=$NIX_JUPYTER_STATE/driver files old='' file hash target new
  files=$(nix_jupyter_driver_files) || true
  [[ ! -f $directory/list ]] || old=$(<"$directory/list") 2>/dev/null
  [[ $old != "$files" || ! -d $directory ]] || return 0
  # Another shell may be entering at the same time, and Python may be running: a directory is filled under a name that
  # nobody else has, is called after what is in it, and the link changes to it in one step.
  hash=$(printf %s "$files" | "$nix_jupyter_sha256sum") || return 1
  target=$directory-${hash:0:10} new=$directory.$$-$RANDOM
  mkdir "$new" || return 1
  while IFS= read -r file; do
    [[ -z $file ]] || ln -s "$file" "$new/"
  done <<<"$files"
  printf '%s\n' "$files" >"$new/list"
  mv -T "$new" "$target" 2>/dev/null || rm -rf "$new"
  old=$(readlink "$directory") || rm -rf "$directory"
  ln -s "${target##*/}" "$new" && mv -fT "$new" "$directory" || return 1
  [[ -z $old || $old == "${target##*/}" ]] || rm -rf "${NIX_JUPYTER_STATE:?}/$old"
}

# One kernel, by its absolute path, whatever kernels the user has elsewhere.
_nix_jupyter_register_kernel() {
  local python=$1 directory=$NIX_JUPYTER_STATE/jupyter/path/kernels/python3 old='' new metadata='"debugger": true' own
  # As ipykernel says of itself: whether it can encrypt what it sends.
  for own in "${python%/bin/*}" "$nix_jupyter_env"; do
    own=$own/share/jupyter/kernels/python3/kernel.json
    [[ -f $own ]] || continue
    [[ $(<"$own") != *'"curve"'* ]] || metadata+=', "supported_encryption": ["curve"]'
    break
  done
  python=${python//\\/\\\\}
  python=${python//\"/\\\"}
  new="{\"argv\": [\"$python\", \"-m\", \"ipykernel_launcher\", \"-f\", \"{connection_file}\"],"
  new+=' "display_name": "Python 3", "language": "python", "metadata": {'"$metadata"'}}'
  [[ ! -f $directory/kernel.json ]] || IFS= read -r old <"$directory/kernel.json"
  [[ $old != "$new" ]] || return 0
  (
    umask 077
    mkdir -p "$directory" || exit
    cp -f "${own%/*}"/logo-* "$directory" 2>/dev/null || : # the launcher's
    printf '%s\n' "$new" >"$directory/kernel.json.$$" && mv "$directory/kernel.json.$$" "$directory/kernel.json"
  )
}

# What a kernel says of itself, and what %pip and its like answer in a notebook.
_nix_jupyter_write_startup() {
  local directory=$NIX_JUPYTER_STATE/ipython/profile_default/startup file old='' new
  file=$directory/00-nix-jupyter.py
  IFS= read -r -d '' new <<'PYTHON' || true
# Made by nix/activate.sh. What a kernel says of itself, and what %pip, %uv and %conda answer.
def _nix_jupyter():
    shell = get_ipython()
    if kernel := getattr(shell, "kernel", None):
        # JupyterLab writes this into each notebook that it opens. With the exact version, all of
        # them would count as changed after an update of Python.
        kernel.language_info = {**kernel.language_info, "version": "3"}
    try:
        import nix_jupyter_answers
    except ImportError:
        return
    nix_jupyter_answers.magics(shell)


_nix_jupyter()
del _nix_jupyter
PYTHON
  [[ ! -f $file ]] || IFS= read -r -d '' old <"$file" || true
  [[ $old != "$new" ]] || return 0
  (
    umask 077
    mkdir -p "$directory" && printf %s "$new" >"$file.$$" && mv "$file.$$" "$file"
  )
}

_nix_jupyter_own() { export "NIX_JUPYTER_OWN_$1=$2"; }

_nix_jupyter_set_variables() {
  local python=$nix_jupyter_env/bin/python3 jupyter=$NIX_JUPYTER_STATE/jupyter
  export NIX_JUPYTER_ROOT NIX_JUPYTER_STATE NIX_JUPYTER_VENV_KEY NIX_JUPYTER_PROJECT=$nix_jupyter_project
  export NIX_JUPYTER_ACTIVATE=${BASH_SOURCE[0]}

  # The user's own ~/.jupyter could change the port or turn the token off, and must not. These are for the project's own
  # Python, which takes them over when it starts (answers/nix_jupyter_startup.py). Under their real names, they would also
  # change git hooks, editors and a Jupyter of this computer.
  unset "${!NIX_JUPYTER_OWN_@}"
  _nix_jupyter_own JUPYTER_PREFER_ENV_PATH 1
  _nix_jupyter_own JUPYTER_CONFIG_DIR "$jupyter/config"
  _nix_jupyter_own JUPYTER_DATA_DIR "$jupyter/data"
  _nix_jupyter_own JUPYTER_RUNTIME_DIR "$jupyter/runtime"
  _nix_jupyter_own IPYTHONDIR "$NIX_JUPYTER_STATE/ipython"
  if [[ $nix_jupyter_jupyterlab_is_in == venv ]]; then
    _nix_jupyter_own JUPYTER_CONFIG_PATH "$NIX_JUPYTER_ROOT/jupyter"
    _nix_jupyter_own JUPYTER_PATH "$jupyter/path"
    export UV_PYTHON_DOWNLOADS=never UV_PYTHON_PREFERENCE=only-system
  else
    # Beside a virtual environment, JupyterLab would look for its own files there alone.
    _nix_jupyter_own JUPYTER_CONFIG_PATH "$NIX_JUPYTER_ROOT/jupyter:$nix_jupyter_env/etc/jupyter"
    _nix_jupyter_own JUPYTER_PATH "$jupyter/path:$nix_jupyter_data:$nix_jupyter_env/share/jupyter"
    _nix_jupyter_own JUPYTERLAB_DIR "$nix_jupyter_env/share/jupyter/lab"
  fi

  PATH=$nix_jupyter_bin:$PATH
  if [[ -n $NIX_JUPYTER_VENV_KEY ]]; then
    python=$NIX_JUPYTER_ROOT/.venv/bin/python3
    PATH=$NIX_JUPYTER_ROOT/.venv/bin:$PATH
    export VIRTUAL_ENV=$NIX_JUPYTER_ROOT/.venv
  fi
  export PATH
  [[ -z ${nix_jupyter_keep:-} ]] || _nix_jupyter_offer_interpreter "$python"
  { _nix_jupyter_register_kernel "$python" && _nix_jupyter_write_startup; } 2>/dev/null ||
    echo "$NIX_JUPYTER_STATE cannot be written to. Is its disk full?  Next: df -h ${NIX_JUPYTER_STATE@Q}" >&2
}

_nix_jupyter_activate() {
  _nix_jupyter_drop_variables
  [[ -n ${NIX_JUPYTER_ROOT:-} ]] || _nix_jupyter_find_root || return 1
  nix_jupyter_drop_relative
  if ! _nix_jupyter_find_state; then
    echo "The state directory, for logs and tokens, cannot be created: ${NIX_JUPYTER_STATE:-\$HOME is not set}" >&2
    nix_jupyter_advise XDG_STATE_HOME=/some/directory
    return 1
  fi
  [[ -z ${nix_jupyter_keep:-} ]] || _nix_jupyter_keep
  _nix_jupyter_find_venv_key || return 1
  if [[ $nix_jupyter_compute == cuda ]] || _nix_jupyter_can_use_driver; then
    _nix_jupyter_link_driver || return 1
  fi
  _nix_jupyter_find_hash && _nix_jupyter_set_variables
}

_nix_jupyter_activate
