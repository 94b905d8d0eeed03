# shellcheck shell=bash
# Enters the virtual environment $venvDir, which it makes once; never if there is a shell hook.
venvShellHook() {
  runHook preShellHook
  if [ -d "${venvDir:?venvShellHook needs venvDir}" ]; then
    echo "Using the virtual environment $venvDir"
    # shellcheck disable=SC1091
    source "$venvDir/bin/activate"
  else
    echo "Making the virtual environment $venvDir"
    @interpreter@ -m venv "$venvDir"
    # shellcheck disable=SC1091
    source "$venvDir/bin/activate"
    runHook postVenvCreation
  fi
  runHook postShellHook
}

if [ -z "${dontUseVenvShellHook:-}" ] && [ -z "${shellHook-}" ]; then
  shellHook=venvShellHook
fi
