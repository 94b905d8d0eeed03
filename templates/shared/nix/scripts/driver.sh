# shellcheck shell=sh
# Where the NVIDIA driver is on this computer. Nix cannot know: the driver belongs to the kernel that runs right now, so it is
# looked for when the shell is entered.

# The PyTorch of the CUDA shell is made for CUDA 13, which needs this driver or a newer one. Also in lab/checks/environment.py.
nix_jupyter_driver_needed=580

# Prints the driver's libraries, a path a line; fails where there is no driver.
# $1: a directory to look under instead of /, for tests.
nix_jupyter_driver_files() {
  root=${1:-}
  if [ -n "${NIX_JUPYTER_DRIVER:-}" ]; then
    _nix_jupyter_in_directory "$NIX_JUPYTER_DRIVER"
  elif [ -e "$root/run/opengl-driver/lib/libcuda.so.1" ]; then
    _nix_jupyter_in_directory "$root/run/opengl-driver/lib" # NixOS, or home-manager elsewhere
  elif [ -e "$root/dev/dxg" ] && [ -e "$root/usr/lib/wsl/lib/libcuda.so.1" ]; then
    _nix_jupyter_in_directory "$root/usr/lib/wsl/lib"
  elif [ -e "$root/usr/local/nvidia/lib64/libcuda.so.1" ]; then
    _nix_jupyter_in_directory "$root/usr/local/nvidia/lib64" # where Kubernetes shows the driver to a container
  else
    _nix_jupyter_in_loader_cache "$root"
  fi | _nix_jupyter_only_driver | grep .
}

_nix_jupyter_in_directory() {
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

# Never anything else out of a system directory: its C library would replace ours and break every program, and a CUDA
# toolkit that is installed there (libcudart, libnvrtc, libnvJitLink) would replace the one that PyTorch was made with.
# Of two files with one name, the first: so does the loader.
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
