# shellcheck shell=sh
# shellcheck disable=SC3067 # `-O` is not in POSIX, and every sh has it: dash, bash, zsh, busybox
# How ./lab gets from the terminal into the project's shell. Functions in plain sh, for ./lab reads them before there is any
# Nix; the shell itself needs some of them too. They work in the project's folder.

# What has to happen in front of the first program of Nix.
nix_jupyter_before_nix() {
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
  # A shell that has outlived who made it names a folder that is gone, and Nix ends there.
  if [ -n "${TMPDIR-}" ] && ! { [ -d "$TMPDIR" ] && [ -w "$TMPDIR" ]; }; then
    echo "TMPDIR is $TMPDIR, and nothing can be written there: /tmp is used instead." >&2
    unset TMPDIR
  fi
}

# Exits, with a message, where Nix can do nothing. What runs already can be looked at and stopped there all the same.
nix_jupyter_check_path() {
  case $PWD in
    *\'* | *:* | *'
'*)
      echo "Nix cannot work in $PWD: no folder on that path may have an apostrophe, a colon or a line break in its name." >&2
      echo "  Next: rename that folder" >&2
      exit 1
      ;;
  esac
}

# Exits, with a message, where git has a lock and the folder has not: Nix would take the newest of everything instead.
nix_jupyter_check_lock() {
  if [ -f flake.lock ] || ! command -v git >/dev/null 2>&1; then return 0; fi
  git cat-file -e HEAD:./flake.lock 2>/dev/null || return 0
  echo "flake.lock is missing, which says the versions of everything from Nix." >&2
  echo "  Next: git -C '$PWD' checkout HEAD -- flake.lock    (to have the newest instead: nix flake update)" >&2
  exit 1
}

# Puts Nix on PATH; fails where there is none. A shell that is older than Nix, or that an update of macOS has put right, or that
# ssh has begun, does not know where it is.
nix_jupyter_find_nix() {
  for folder in "${HOME-}/.nix-profile/bin" "${HOME-}/.local/state/nix/profile/bin" /nix/var/nix/profiles/default/bin; do
    command -v nix >/dev/null 2>&1 || [ ! -x "$folder/nix" ] || PATH=$PATH:$folder
  done
  command -v nix >/dev/null 2>&1
}

# The project's folder: whether its user can work in it.

# Fails, with a sentence and the command that helps, where a command would have to write and cannot.
# $1: the project's folder; $2: the command.
nix_jupyter_check_writable() {
  case ${2-} in
    start | add | remove | sync | lock) nix_jupyter_say_whether_writable "$1" ;;
  esac
}

# Fails, with a sentence and the command that helps, where nothing can be written. $1: the project's folder.
nix_jupyter_say_whether_writable() {
  [ ! -w "$1" ] || return 0
  echo "The project in $1 cannot be written to, so what you do in it cannot be saved." >&2
  # shellcheck disable=SC2012
  case $(ls -ld -- "$1") in
    ??w*) _nix_jupyter_advise_copy "$1" ;; # a disk or share that is read-only
    *) if [ -O "$1" ]; then echo "  Next: chmod -R u+w '$1'" >&2; else _nix_jupyter_advise_copy "$1"; fi ;;
  esac
  return 1
}

# Fails, with a sentence and the command that helps, where git and so Nix refuse the repository because of its owner.
# $1: the folder that holds .git; the current folder: the project's.
nix_jupyter_check_owner() {
  if [ -O "$1" ] && [ -O "$1/.git" ]; then return 0; fi
  # git knows the repositories that the user trusts; without it, Nix has the last word.
  if ! command -v git >/dev/null 2>&1 || git rev-parse --git-dir >/dev/null 2>&1; then return 0; fi
  # shellcheck disable=SC2012
  echo "The project in $PWD belongs to $(ls -ld -- "$1" | awk '{ print $3 }'), and Nix reads no git repository of another user." >&2
  _nix_jupyter_advise_copy "$PWD"
  return 1
}

_nix_jupyter_advise_copy() {
  copy=${HOME:-}/${1##*/} number=1
  while [ -e "$copy" ]; do
    number=$((number + 1))
    copy=${HOME:-}/${1##*/}-$number
  done
  echo "  Next: cp -R '$1' '$copy' && chmod -R u+w '$copy' && '$copy/start'" >&2
}

# Gives the user's umask back, in place of the one that Nix has set: notebooks are for those who may read them.
#
# Who types `nix develop` is our parent: Nix became this shell. ./start has asked before there was any Nix.
nix_jupyter_restore_umask() {
  if [ -z "${NIX_JUPYTER_UMASK:-}" ] && [ -r "/proc/$PPID/status" ]; then
    while read -r nix_jupyter_name nix_jupyter_value; do
      [ "$nix_jupyter_name" != Umask: ] || NIX_JUPYTER_UMASK=$nix_jupyter_value
    done <"/proc/$PPID/status"
  fi
  case ${NIX_JUPYTER_UMASK:-} in
    [0-7][0-7][0-7] | [0-7][0-7][0-7][0-7]) umask "$NIX_JUPYTER_UMASK" ;;
  esac
  unset NIX_JUPYTER_UMASK nix_jupyter_name nix_jupyter_value
}

# What Nix is shown of the project. Nix copies a flake into its store, where everybody on this computer can read it: with git
# what git tracks, without git the whole folder, data and .env too. So without git it is shown a copy of what it needs.

# Prints the address of the flake, for the project in the current folder.
# Fails, with a message, where git does not let Nix read it, or the copy cannot be made.
nix_jupyter_flake_source() {
  if _nix_jupyter_in_git "$PWD"; then
    nix_jupyter_check_owner "${repository:-/}" && echo .
    return
  fi
  copies=${XDG_STATE_HOME:-$HOME/.local/state}/nix-jupyter/sources
  copy=$copies/$(_nix_jupyter_flake_files | _nix_jupyter_sum)
  [ -d "$copy" ] || _nix_jupyter_copy "$copy" || {
    echo "The files for Nix cannot be copied to $copy." >&2
    echo "Next: git init && git add --all   (with git, Nix needs no copy)" >&2
    return 1
  }
  echo "path:$copy"
}

# For `nix develop` and `nix run` that somebody types: Nix has copied before it asks us. The copy of ./start and direnv, above,
# is without what this looks for, and so they are not warned.
nix_jupyter_warn_of_copies() {
  if _nix_jupyter_in_git "$PWD"; then return 0; fi
  echo "There is no git here, so Nix has copied this folder to /nix/store, data and .env too, where every user of this computer can read it." >&2
  echo "  Next: git init && git add --all    (Nix copies what git tracks; nix-collect-garbage removes what nobody uses)" >&2
}

# As Nix looks: in this folder and in those above it. Sets `repository` to the one that holds .git.
_nix_jupyter_in_git() {
  repository=$1
  [ ! -e "$1/.git" ] || return 0
  [ -n "$1" ] && _nix_jupyter_in_git "${1%/*}"
}

# The flake, what it can import, and what project.nix reads.
_nix_jupyter_flake_files() {
  {
    find nix -type f ! -path '*/__pycache__/*'
    find . -maxdepth 2 -type f -name '*.nix' ! -name local.nix ! -path './nix/*'
    for file in flake.lock .nix-jupyter.json requirements.txt requirements.in; do
      [ ! -f "$file" ] || echo "$file"
    done
  } | LC_ALL=C sort
}

# A name for these files: of their paths, sizes and contents.
_nix_jupyter_sum() {
  while IFS= read -r file; do cksum "$file"; done | cksum | tr ' ' '-'
}

# Complete or not at all: it gets its name at the end.
_nix_jupyter_copy() {
  (
    umask 077
    mkdir -p "$1.$$" && _nix_jupyter_flake_files | while IFS= read -r file; do
      mkdir -p "$1.$$/$(dirname "$file")" && cp -p "$file" "$1.$$/$file" || exit 1
    done
  ) && mv "$1.$$" "$1" && return
  rm -rf "$1.$$"
  [ -d "$1" ]
}

# Where the NVIDIA driver is on this computer. Nix cannot know: the driver belongs to the kernel that runs right now, so it is
# looked for when the shell is entered.

# The PyTorch of the CUDA shell is made for CUDA 13, which needs this driver or a newer one. Also in lab/checks/environment.py.
nix_jupyter_driver_needed=580

# Prints the driver's libraries, a path a line; fails where there is no driver.
# $1: a folder to look under instead of /, for tests.
nix_jupyter_driver_files() {
  root=${1:-}
  if [ -n "${NIX_JUPYTER_DRIVER:-}" ]; then
    _nix_jupyter_in_folder "$NIX_JUPYTER_DRIVER"
  elif [ -e "$root/run/opengl-driver/lib/libcuda.so.1" ]; then
    _nix_jupyter_in_folder "$root/run/opengl-driver/lib" # NixOS, or home-manager elsewhere
  elif [ -e "$root/dev/dxg" ] && [ -e "$root/usr/lib/wsl/lib/libcuda.so.1" ]; then
    _nix_jupyter_in_folder "$root/usr/lib/wsl/lib"
  elif [ -e "$root/usr/local/nvidia/lib64/libcuda.so.1" ]; then
    _nix_jupyter_in_folder "$root/usr/local/nvidia/lib64" # where Kubernetes shows the driver to a container
  else
    _nix_jupyter_in_loader_cache "$root"
  fi | _nix_jupyter_only_driver | grep .
}

_nix_jupyter_in_folder() {
  find "$1/" -maxdepth 1 -name 'lib*.so*' | LC_ALL=C sort
}

# Other distributions: what the system's own loader would find, for this processor.
_nix_jupyter_in_loader_cache() {
  for ldconfig in "$1/sbin/ldconfig" "$1/usr/sbin/ldconfig"; do
    [ ! -x "$ldconfig" ] || break
  done
  case $(uname -m) in
    x86_64) processor=x86-64 ;;
    *) processor=AArch64 ;;
  esac
  if [ -x "$ldconfig" ]; then "$ldconfig" -p; fi | sed -n "s/.*(libc6,$processor.*) => //p"
}

# Never anything else out of a system folder: its C library would replace ours and break every program, and a CUDA toolkit that
# is installed there (libcudart, libnvrtc, libnvJitLink) would replace the one that PyTorch was made with. Of two files with one
# name, the first: so does the loader.
_nix_jupyter_only_driver() {
  grep -E '/lib(cuda|cudadebugger|dxcore|nvcuvid|nvdxdlkernels|nvidia-[^/]*|nvoptix|nvoptix_loader|nvwgf2umx)\.so[^/]*$' | {
    seen=/
    files=$(while IFS= read -r file; do
      case $seen in */"${file##*/}"/*) continue ;; esac
      seen=$seen${file##*/}/
      printf '%s\n' "$file"
    done)
    case $files in */libcuda.so.1*) printf '%s\n' "$files" ;; esac
  }
}

# Prints the version of the driver whose libraries these are, such as 580.65.06; nothing where no file says it (WSL2).
# $1: what nix_jupyter_driver_files has printed.
nix_jupyter_driver_version() {
  printf '%s\n' "$1" | while IFS= read -r file; do
    case $file in */libcuda.so.1) readlink -f "$file" ;; esac
  done | sed -n 's/.*libcuda\.so\.\([0-9]\{3,\}\.[0-9.]*\)$/\1/p' | head -n 1
}

# Whether the driver is known to be too old for the CUDA shell.
# $1: what nix_jupyter_driver_files has printed.
nix_jupyter_driver_is_too_old() {
  version=$(nix_jupyter_driver_version "$1")
  [ -n "$version" ] && [ "${version%%.*}" -lt "$nix_jupyter_driver_needed" ]
}

# $1: what nix_jupyter_driver_files has printed.
nix_jupyter_say_driver_is_too_old() {
  echo "the NVIDIA driver is $(nix_jupyter_driver_version "$1"), and CUDA 13 needs $nix_jupyter_driver_needed or newer."
}

# Prints which shell to enter: `.`, or `.#cuda` where the project has one and it is of use here. Without git, another address
# stands in the place of the point. local.nix decides if it is there: { cudaSupport = true; } or false. Otherwise the driver does.
nix_jupyter_choose_shell() {
  nix_jupyter_address=$(nix_jupyter_flake_source) || return
  if ! _nix_jupyter_has_cuda || _nix_jupyter_wants_gpu false; then
    echo "$nix_jupyter_address"
  elif [ "$(uname -s) $(uname -m)" != 'Linux x86_64' ]; then
    if _nix_jupyter_wants_gpu true; then
      case "$(uname -s) $(uname -m)" in
        'Darwin arm64') nix_jupyter_instead='PyTorch uses the graphics part of this Apple chip (mps), with or without local.nix' ;;
        *) nix_jupyter_instead='using the CPU shell' ;;
      esac
      echo "local.nix asks for the GPU. CUDA needs Linux on x86_64, and this is $(uname -s) on $(uname -m): $nix_jupyter_instead." >&2
    fi
    echo "$nix_jupyter_address"
  elif _nix_jupyter_wants_gpu true; then
    echo "$nix_jupyter_address#cuda"
  elif ! nix_jupyter_driver=$(nix_jupyter_driver_files ''); then
    echo "$nix_jupyter_address"
  elif nix_jupyter_driver_is_too_old "$nix_jupyter_driver"; then
    echo "CPU: $(nix_jupyter_say_driver_is_too_old "$nix_jupyter_driver")" >&2
    echo "Next: update the driver. To use the CUDA shell all the same:  echo '{ cudaSupport = true; }' > local.nix" >&2
    echo "$nix_jupyter_address"
  else
    echo "$nix_jupyter_address#cuda"
  fi
}

_nix_jupyter_wants_gpu() { grep -Eqs "^[^#]*cudaSupport *= *$1 *;" local.nix; }

# The record says it, in the form in which the program writes it. The text of flake.nix has many ways to hold the word.
_nix_jupyter_has_cuda() { grep -Eqs '^  "template": "cuda",?$' .nix-jupyter.json; }

# Entering the shell for one command, as `nix develop --command` does, with a few lines for what went wrong there. Nix alone
# would print its whole trace; that goes to a file.

# Sets the environment of the shell. Exits with 1, after a message, where it cannot be entered.
# $1: the shell, as nix_jupyter_choose_shell prints it. $2: the command that is to be typed once a mistake is corrected.
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
  if [ ! -e .nix-jupyter/from-flake-init ] || [ ! -w . ]; then return 0; fi
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

# With what bundle.sh has taken from a file, Nix need not ask the network.
_nix_jupyter_nix() {
  nix --extra-experimental-features 'nix-command flakes' ${nix_jupyter_offline:+--offline} "$@"
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
