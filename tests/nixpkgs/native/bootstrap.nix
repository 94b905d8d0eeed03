# A first Python and patchelf, unpacked and run through their own loader: enough to build the rest.
{
  bash,
  busybox,
  debs,
  fetch,
  system,
}:
derivation {
  name = "bootstrap";
  inherit bash busybox system;
  builder = bash;
  args = [
    "-eu"
    ./bootstrap.sh
  ];
  archives = map (name: fetch debs.${name}) [
    "libbz2-1.0"
    "libc6"
    "libexpat1"
    "libgcc-s1"
    "liblzma5"
    "libpython3.13-minimal"
    "libpython3.13-stdlib"
    "libstdc++6"
    "patchelf"
    "python3.13-minimal"
    "zlib1g"
  ];
}
