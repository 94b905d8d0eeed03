# shellcheck shell=sh
# Read by ./start and its like in front of the first program of Nix, by whatever `sh` there is.

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
case $PWD in
  *\'* | *:* | *'
'*)
    echo "Nix cannot work in $PWD: no folder on that path may have an apostrophe, a colon or a line break in its name." >&2
    echo "  Next: rename that folder" >&2
    exit 1
    ;;
esac
