# shellcheck shell=bash
# Undoes what enter.sh has done, once the feature is gone. Not while another project of this repository, or another branch, has it:
# git would take their notebooks with outputs, without a word.
(
  cd "${NIX_JUPYTER_ROOT:?}" || exit
  name=nix-jupyter-notebooks
  uses_it() { git grep -q "filter=$name" "$@" -- ':(top)*.gitattributes'; }
  ! uses_it || exit
  here=$(git symbolic-ref -q HEAD)
  while read -r branch; do
    [[ $branch == "$here" ]] || ! uses_it "$branch" || exit
  done < <(git for-each-ref --format='%(refname)' refs/heads)
  directory=$(cd "$(git rev-parse --git-common-dir)" && pwd -P) || exit
  rm -rf "$directory/nix-jupyter/notebooks" "$directory/nix-jupyter/notebooks.sh"
  for section in filter diff merge; do
    git config --local --remove-section "$section.$name"
  done
  git config --local --unset nix-jupyter.clean-git
) >/dev/null 2>&1 || :
