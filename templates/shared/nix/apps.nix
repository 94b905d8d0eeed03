# `nix run` starts in the foreground; `nix run .#lab -- status` and the like act on the project of the current folder.
{ pkgs, lab }:

let
  app = name: words: {
    type = "app";
    program = "${
      pkgs.writeShellApplication {
        inherit name;
        runtimeInputs = lab.commands;
        text = ''
          unset NIX_JUPYTER_ROOT
          exec lab ${words} "$@"
        '';
      }
    }/bin/${name}";
  };
in
{
  default = app "start-in-foreground" "start --foreground";
  start = app "start" "start";
  stop = app "stop" "stop";
  lab = app "lab" "";
}
