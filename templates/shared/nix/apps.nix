# `nix run` starts in the foreground; `nix run .#lab -- status` and the like act on the project of the current folder.
{ lib, lab }:

lib.mapAttrs
  (name: description: {
    type = "app";
    program = "${lab}/apps/${name}";
    meta = { inherit description; };
  })
  {
    default = "Start JupyterLab and the services, until Ctrl-C";
    start = "Start JupyterLab and the services, and leave them running";
    stop = "Stop JupyterLab and the services";
    lab = "The command of the project: status, logs, doctor and more";
  }
