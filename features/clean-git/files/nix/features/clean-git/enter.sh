# shellcheck shell=bash
# Tells this clone's git how notebooks are kept, shown and merged. What git calls lies in its own directory, so that it
# is there on every branch, also where Nix is not entered, and in a project that was moved.

_nix_jupyter_clean_git() {
  local here=${BASH_SOURCE[0]%/*} known directory call name=nix-jupyter-notebooks
  local version="$here ${nix_jupyter_env:?}"
  command -v git >/dev/null || return 0
  known=$(cd "${NIX_JUPYTER_ROOT:?}" && git config --local --get nix-jupyter.clean-git 2>/dev/null)
  # 1: there is a repository, and it does not know it yet. 128: there is none, or it is somebody else's.
  case $?:$known in
    0:"$version") return 0 ;;
    [01]:*) ;;
    *) return 0 ;;
  esac
  (
    cd "$NIX_JUPYTER_ROOT" || exit
    # A repository around the project that has nothing of it in it is left alone.
    git ls-files --error-unmatch .gitattributes || exit
    directory=$(cd "$(git rev-parse --git-common-dir)" && pwd -P)/nix-jupyter || exit
    mkdir -p "$directory" && rm -rf "$directory/notebooks" && cp -r "$here/notebooks" "$directory/notebooks" &&
      chmod -R u+w "$directory" || exit
    cat >"$directory/notebooks.sh" <<SCRIPT
#!/bin/sh
# Written by nix/features/clean-git on entering the project: what git calls for notebooks. Any Python does.
here=\${0%/*}
for python in "$nix_jupyter_env/bin/python3" python3; do
  if command -v "\$python" >/dev/null 2>&1; then
    exec "\$python" -I -S "\$here/notebooks" "\$@"
  fi
done
echo "git keeps notebooks without outputs, and needs Python for that.  Next: nix develop" >&2
exit 1
SCRIPT
    call="sh \"\$(git rev-parse --git-common-dir)/nix-jupyter/notebooks.sh\""
    git config --local "filter.$name.process" "$call filter" &&
      git config --local "filter.$name.required" true &&
      git config --local "diff.$name.textconv" "$call text" &&
      git config --local "merge.$name.driver" "$call merge %O %A %B %L %P" &&
      git config --local "merge.$name.name" "notebooks, cell by cell" &&
      git config --local nix-jupyter.clean-git "$version"
  ) >/dev/null 2>&1 && _nix_jupyter_clean_git_conflicts
  return 0
}

# What git could not merge before it knew how is no notebook any more, and the same merge once more makes it one.
_nix_jupyter_clean_git_conflicts() {
  local file files=()
  while IFS= read -r -d '' file; do
    ! grep -q '^<<<<<<< ' "$NIX_JUPYTER_ROOT/$file" || files+=("$file")
  done < <(git -C "$NIX_JUPYTER_ROOT" diff --name-only --relative --diff-filter=U -z -- '*.ipynb' 2>/dev/null)
  ((${#files[@]} > 0)) || return 0
  echo "JupyterLab cannot open these notebooks: git had to merge them before it knew how: ${files[*]}" >&2
  echo "  Next: ${NIX_JUPYTER_CELL-}git -C $(printf '%q' "$NIX_JUPYTER_ROOT") checkout --merge --$(printf ' %q' "${files[@]}")" >&2
}

_nix_jupyter_clean_git
unset -f _nix_jupyter_clean_git _nix_jupyter_clean_git_conflicts
