# shellcheck shell=bash
# What a terminal inside JupyterLab reads first: the user's ~/.bashrc, with its aliases and its prompt, and then the project
# once more, because conda, pyenv and the like put their own programs in front there.

_nix_jupyter_path=$PATH
# A ~/.bashrc that goes on to another shell (exec fish) would never come back.
# shellcheck disable=SC2317,SC2329
exec() { :; }
# shellcheck source=/dev/null
[[ ! -r ~/.bashrc ]] || source ~/.bashrc
unset -f exec

_nix_jupyter_enter_terminal() {
  local name folder path=
  # It would show conda's environment in the prompt, which is not the one in use.
  [[ -z ${CONDA_PROMPT_MODIFIER:-} ]] || PS1=${PS1//"$CONDA_PROMPT_MODIFIER"/}
  PATH=$_nix_jupyter_path:$PATH
  # shellcheck source=/dev/null
  source "$NIX_JUPYTER_ACTIVATE" || return 1
  nix_jupyter_load_dotenv "$NIX_JUPYTER_ROOT/.env"
  while IFS= read -r -d : folder; do
    [[ -z $folder || ":$path" == *":$folder:"* ]] || path+=$folder:
  done <<<"${NIX_JUPYTER_ACTIVATE%/*}/bin:$PATH:"
  export PATH=${path%:} SHELL=$BASH
  for name in lab start stop python python3 pip uv jupyter; do
    unalias "$name" 2>/dev/null
    unset -f "$name"
  done
  hash -r
}

_nix_jupyter_enter_terminal
unset -f _nix_jupyter_enter_terminal
unset -v _nix_jupyter_path
