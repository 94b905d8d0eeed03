# shellcheck shell=bash disable=SC2154
# Two static programs are all there is so far; busybox goes by the name that it is called with.
box() { (exec -a busybox "$busybox" "$@"); }

box mkdir -p "$out/bin"
for archive in $archives; do
  box dpkg-deb -x "$archive" "$out"
done

libraries=$out/usr/lib/x86_64-linux-gnu
run="exec $libraries/ld-linux-x86-64.so.2 --library-path $libraries"
printf '#!%s\n%s %s "$@"\n' "$bash" "$run" "$out/usr/bin/patchelf" >"$out/bin/patchelf"
printf '#!%s\nexport PYTHONHOME=%s\n%s %s -sSB "$@"\n' \
  "$bash" "$out/usr" "$run" "$out/usr/bin/python3.13" >"$out/bin/python"
box chmod 755 "$out/bin/patchelf" "$out/bin/python"
