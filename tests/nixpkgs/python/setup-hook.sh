# shellcheck shell=bash
# Modules that are inputs of their own, outside any environment, are found by PYTHONPATH.
addPythonPath() {
  addToSearchPathWithCustomDelimiter : PYTHONPATH "$1/lib/python@version@/site-packages"
}
envBuildHostHooks+=(addPythonPath)

export DETERMINISTIC_BUILD=1
export PYTHONHASHSEED=0
export PYTHONNOUSERSITE=1
