# shellcheck shell=bash
# Undoes what enter.sh has done, once the feature is gone.
(
  cd "${NIX_JUPYTER_ROOT:?}" || exit
  directory=$(cd "$(git rev-parse --git-common-dir)" && pwd -P) || exit
  rm -rf "$directory/nix-jupyter/notebooks" "$directory/nix-jupyter/notebooks.sh"
  for section in filter diff merge; do
    git config --local --remove-section "$section.nix-jupyter-notebooks"
  done
  git config --local --unset nix-jupyter.clean-git
) >/dev/null 2>&1
