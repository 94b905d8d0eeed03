# `nix run` starts in the foreground; `nix run .#lab -- status` and the like act on the project of the current folder.
{ lib, lab }:

lib.genAttrs [ "default" "start" "stop" "lab" ] (name: {
  type = "app";
  program = "${lab}/apps/${name}";
})
