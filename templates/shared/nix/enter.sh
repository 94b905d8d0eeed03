# shellcheck shell=sh
# How ./lab gets from the terminal into the project's shell. Functions in plain sh, for ./lab and direnv read them before there is
# any Nix. They work in the project's directory.

# shellcheck source-path=SCRIPTDIR source=scripts/directory.sh
. nix/scripts/directory.sh
# shellcheck source-path=SCRIPTDIR source=scripts/source.sh
. nix/scripts/source.sh
# shellcheck source-path=SCRIPTDIR source=scripts/driver.sh
. nix/scripts/driver.sh
# shellcheck source-path=SCRIPTDIR source=scripts/nix.sh
. nix/scripts/nix.sh
# shellcheck source-path=SCRIPTDIR source=scripts/without-nix.sh
. nix/scripts/without-nix.sh

# Prints words as a shell reads them: what is special to it is in quotes.
nix_jupyter_quote() {
  nix_jupyter_command=''
  for nix_jupyter_word; do
    case $nix_jupyter_word in
      '' | *[!A-Za-z0-9_@%+=:,./-]*) nix_jupyter_word="'$(printf %s "$nix_jupyter_word" | sed "s/'/'\\\\''/g")'" ;;
    esac
    nix_jupyter_command="$nix_jupyter_command $nix_jupyter_word"
  done
  printf '%s\n' "${nix_jupyter_command# }"
}

# One of the project's scripts with its arguments, as it can be typed: with `sh` where a download or a disk has taken
# its executable bit, and as a cell of a notebook needs it. In the project's directory.
nix_jupyter_typed() {
  printf %s "${NIX_JUPYTER_CELL-}"
  [ -x "$1" ] || printf 'sh '
  nix_jupyter_script=$1
  shift
  nix_jupyter_quote "${NIX_JUPYTER_CALLED%lab}$nix_jupyter_script" "$@"
}

# What has to happen in front of the first program of Nix.
nix_jupyter_before_nix() {
  # A stream that was closed, as by `>&-`, leads nowhere: writing to it would end this shell, and the next file would have its number.
  true >&2 || exec 2>/dev/null
  true 2>/dev/null >&1 || exec >/dev/null
  true 2>/dev/null <&0 || exec </dev/null

  # A file that every shell reads first, a `cd` that goes elsewhere, a `git` that works elsewhere.
  unset BASH_ENV ENV CDPATH GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_COMMON_DIR

  # Options that the next bash would take over, which is Nix's own: with errexit or nounset, it ends without a word.
  # Where bash is this sh, it lets nobody unset them.
  if [ -n "${BASH_VERSION-}" ]; then
    # shellcheck disable=SC3045
    export -n SHELLOPTS BASHOPTS
  else
    unset SHELLOPTS BASHOPTS
  fi

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

  case ${HOME-} in
    /*) ;;
    *)
      echo "HOME is ${HOME:-not set}, so there is no place for logs and tokens." >&2
      nix_jupyter_advise HOME=/path/to/your/home
      exit 1
      ;;
  esac
  nix_jupyter_drop_relative
  # A shell that has outlived who made it names a directory that is gone, and Nix ends there.
  if [ -n "${TMPDIR-}" ] && ! { [ -d "$TMPDIR" ] && [ -w "$TMPDIR" ]; }; then
    echo "TMPDIR is $TMPDIR, and nothing can be written there: /tmp is used instead." >&2
    unset TMPDIR
  fi
}

# Exits, with a message, where Nix or JupyterLab can do nothing. What runs already can be looked at and stopped there all the same.
nix_jupyter_check_path() {
  nix_jupyter_names="*[':
]*"
  # shellcheck disable=SC2254 # it is a pattern
  case $PWD in
    $nix_jupyter_names)
      echo "Nix cannot work in $PWD: no directory on that path may have an apostrophe, a colon or a line break in its name." >&2
      ;;
    *)
      # The files of the supervisor and of Jupyter cannot hold it.
      ! nix_jupyter_is_utf8 "$PWD" || return 0
      echo "JupyterLab cannot work in $PWD: the name of a directory on that path is not in UTF-8." >&2
      ;;
  esac
  printf '  Next: %s\n' "$(nix_jupyter_advise_rename "$nix_jupyter_names" || echo "rename that directory")" >&2
  exit 1
}

# Exits, with a message, where git has a lock and the directory has not, or git does not track it: Nix would take the
# newest of everything instead, and write that over what is there.
nix_jupyter_check_lock() {
  command -v git >/dev/null 2>&1 || return 0
  if [ -f flake.lock ]; then
    nix_jupyter_files=$(git ls-files -t --cached --others -- flake.lock flake.nix 'nix/*.awk' 'nix/*.json' 'nix/*.py' 'nix/*.sh' 2>/dev/null) || return 0
    case $nix_jupyter_files in
      # Without flake.nix, Nix sees no project, and says so.
      *'? flake.nix'*) return 0 ;;
      *'? flake.lock'*'H flake.nix'*) ;;
      # Nix would build what is tracked: a lab that cannot run. Some people ignore each directory called
      # packages, or all of *.json, in all projects. Of a .nix that is missing, Nix says it.
      *'H flake.nix'*'? nix/'* | *'? nix/'*'H flake.nix'*)
        echo "Nix does not see all of the directory nix, because git does not track it." >&2
        echo "  Next: git -C '$PWD' add --force nix" >&2
        exit 1
        ;;
      *) return 0 ;;
    esac
    echo "Nix does not see flake.lock, which says the versions of everything from Nix, because git does not track it." >&2
    echo "  Next: git -C '$PWD' add --force flake.lock" >&2
    exit 1
  fi
  git cat-file -e HEAD:./flake.lock 2>/dev/null || return 0
  echo "flake.lock is missing, which says the versions of everything from Nix." >&2
  echo "  Next: git -C '$PWD' checkout HEAD -- flake.lock    (to have the newest instead: nix flake update)" >&2
  exit 1
}

# Prints which shell to enter: `.`, or `.#cuda` where the project has one and it is of use here. Without git, another address
# stands in the place of the point. local.nix decides if it is there: { cudaSupport = true; } or false. Otherwise the driver does.
nix_jupyter_choose_shell() {
  nix_jupyter_address=$(nix_jupyter_flake_source) || return
  if ! _nix_jupyter_has_cuda; then
    echo "$nix_jupyter_address"
    return
  fi
  _nix_jupyter_check_local
  if _nix_jupyter_wants_gpu false; then
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
    echo "  Next: update the driver, or use the CUDA shell all the same: echo '{ cudaSupport = true; }' > local.nix" >&2
    echo "$nix_jupyter_address"
  else
    echo "$nix_jupyter_address#cuda"
  fi
}

# Names a local.nix that decides nothing, as one with a typing error. One with comments alone is left as it is.
_nix_jupyter_check_local() {
  grep -Eqsv '^[[:space:]{}]*(#.*)?$' local.nix || return 0
  ! _nix_jupyter_wants_gpu '(true|false)' || return 0
  echo "local.nix decides nothing: it has neither cudaSupport = true; nor cudaSupport = false; in it. The driver decides." >&2
  echo "  Next: echo '{ cudaSupport = true; }' > local.nix    (or false)" >&2
}

_nix_jupyter_wants_gpu() { grep -Eqs "^[^#]*cudaSupport *= *$1 *;" local.nix; }

# The record says it, in the form in which the program writes it: flake.nix has many ways to hold the word. But of a template
# from elsewhere, such as a teacher's, the record has the address. There flake.nix says it, in the form of our template.
_nix_jupyter_has_cuda() {
  grep -Eqs '^  "template": "cuda",?$' .nix-jupyter.json || grep -Eqs '^ *cuda(\.toolkit)? *=' flake.nix
}

# What `nix flake init` has made is called my-lab in its files, since it cannot know the directory, and may not be executed. The
# first start puts both right. To `upgrade`, the name is a change like any other of the user's.
nix_jupyter_finish_init() {
  if [ ! -e .nix-jupyter/from-flake-init ] || [ ! -w . ]; then return 0; fi
  chmod +x lab start stop
  nix_jupyter_name=$(nix_jupyter_plain_name "${PWD##*/}")
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
