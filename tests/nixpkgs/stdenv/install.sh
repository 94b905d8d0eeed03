# shellcheck shell=bash disable=SC2154
mkdir -p "$out"
text=$(<"$setup")
text=${text//@initialPath@/$initialPath}
printf '%s\n' "${text//@shell@/$shell}" >"$out/setup"
text=$(<"$start")
printf '%s\n' "${text//@busybox@/$busybox}" >"$out/builder.sh"
