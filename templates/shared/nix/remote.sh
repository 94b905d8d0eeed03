# shellcheck shell=sh
# What `./start --on HOST` runs on HOST, where there need be nothing but Nix. All of it is in one
# directory of the home directory, DIRECTORY.
#
#   sh -s prepare DIRECTORY                       read from the connection, behind scripts/nix.sh: there is no project yet
#   sh -s remove DIRECTORY
#   sh …/remote.sh start|watched|lab DIRECTORY …  out of the copy of the project: enter the shell and start, or call its lab

# Everything that the project writes goes into DIRECTORY; what it was called, and from where, stands in its files.
nix_jupyter_on_set_variables() {
  NIX_JUPYTER_ROOT=$(cd "$on/project" && env pwd -P)
  XDG_STATE_HOME=${NIX_JUPYTER_ROOT%/*}/state XDG_CACHE_HOME=${NIX_JUPYTER_ROOT%/*}/cache
  NIX_JUPYTER_CALLED=$(cat "$on/called") NIX_JUPYTER_BY=$(cat "$on/by" 2>/dev/null || :)
  lab=$NIX_JUPYTER_ROOT/.nix-jupyter/lab/bin/lab
  # Where npm, which JupyterLab asks for its directory, keeps its log.
  npm_config_cache=$XDG_CACHE_HOME/npm
  export npm_config_cache NIX_JUPYTER_ROOT XDG_STATE_HOME XDG_CACHE_HOME NIX_JUPYTER_CALLED NIX_JUPYTER_BY
  unset PIP_CACHE_DIR UV_CACHE_DIR
}

# Who has called us holds our input open. When that ends, by Ctrl-C or with the line, what was begun here ends.
nix_jupyter_on_watch() {
  exec 3<&0 </dev/null
  (cat <&3 && trap '' TERM && nix_jupyter_on_end) >/dev/null 2>&1 &
  watcher=$!
}

# This process, and what has come of it and is in its process group. Not the whole group: what a login shell has begun is in
# it, and with some servers of ssh so is the server.
nix_jupyter_on_end() {
  # shellcheck disable=SC2046 # numbers
  kill -TERM $$ $(ps -A -o pid= -o ppid= -o pgid= | awk -v begin=$$ '
    { parent[$1] = $2; group[$1] = $3 }
    END {
      for (pid in parent) {
        for (above = parent[pid]; above in parent && above != begin; above = parent[above]);
        if (above == begin && group[pid] == group[begin]) print pid
      }
    }')
}

nix_jupyter_on_prepare() {
  umask 077
  # Which computer this is, of those whose ports are the same. Only Linux says it.
  [ ! -r /proc/sys/kernel/random/boot_id ] ||
    echo "ports $(readlink /proc/self/ns/net) $(cat /proc/sys/kernel/random/boot_id)"
  nix_jupyter_find_nix || exit 0
  echo "nix-store $(command -v nix-store)"
  echo "system $(uname -sm)"
  if [ -x "$on/project/.nix-jupyter/lab/bin/lab" ]; then
    echo "lab there"
  elif [ -L "$on/project/.nix-jupyter/lab" ]; then
    echo "lab broken"
  fi
  mkdir -p "$on/project" "$on/cache" "$on/tmp"
}

nix_jupyter_on_remove() {
  [ -d "$on" ] || exit 0
  if [ -x "$on/project/.nix-jupyter/lab/bin/lab" ]; then
    (nix_jupyter_on_set_variables && "$lab" stop </dev/null >/dev/null)
  fi
  chmod -R u+w "$on" 2>/dev/null || :
  # What was told to end may have written meanwhile.
  rm -rf -- "$on" 2>/dev/null || { sleep 1 && rm -rf -- "$on"; }
  rmdir "${on%/*}" 2>/dev/null || :
  # Nix forgets a root that is gone when it looks for roots.
  if nix_jupyter_find_nix; then nix-store --gc --print-roots </dev/null >/dev/null 2>&1 || :; fi
}

set -eu
command=$1 on=$2
shift 2
cd
case $command in
  prepare) nix_jupyter_on_prepare ;;
  remove) nix_jupyter_on_remove ;;
  lab)
    nix_jupyter_on_set_variables
    exec "$lab" "$@"
    ;;
  start | watched)
    # A login shell can have become this process, and what it had begun would count as begun by us.
    code=0
    sh "$0" "begun-$command" "$on" "$@" || code=$?
    exit "$code"
    ;;
  begun-watched)
    nix_jupyter_on_set_variables
    nix_jupyter_on_watch
    code=0
    "$lab" "$@" 3<&- || code=$?
    kill "$watcher" 2>/dev/null || :
    exit "$code"
    ;;
  begun-start)
    nix_jupyter_on_set_variables
    cd "$NIX_JUPYTER_ROOT"
    # An old Nix leaves a directory behind. What is started does not take this variable over.
    TMPDIR=${NIX_JUPYTER_ROOT%/*}/tmp
    export TMPDIR
    unset NIX_JUPYTER_ROOT
    # shellcheck source-path=SCRIPTDIR source=enter.sh
    . nix/enter.sh
    nix_jupyter_before_nix
    # A home directory can be a repository, and knows nothing of what is in DIRECTORY.
    # shellcheck disable=SC2317
    _nix_jupyter_in_git() { false; }
    nix_jupyter_find_nix
    nix_jupyter_on_watch
    shell=$(nix_jupyter_choose_shell)
    nix_jupyter_enter "$shell" "$(nix_jupyter_quote "$(dirname -- "$NIX_JUPYTER_CALLED")/start")" 3<&-
    code=0
    lab start --no-open "$@" 3<&- || code=$?
    kill "$watcher" 2>/dev/null || :
    exit "$code"
    ;;
esac
