# The command `lab`, and what it needs to know about the project.
{
  pkgs,
  project,
  environment,
  compute,
}:

let
  inherit (pkgs) lib stdenv;

  # Compiled wheels from PyPI expect these on every Linux. `lab sync` shows them to the virtual environment alone.
  libraries = lib.optionals stdenv.hostPlatform.isLinux [
    "${stdenv.cc.cc.lib}/lib"
    "${pkgs.zlib}/lib"
  ];

  python = "${environment}/bin/python3";
  bash = "${pkgs.bashInteractive}/bin/bash";

  facts = pkgs.writeText "project.json" (
    builtins.toJSON {
      inherit (project)
        name
        version
        venv
        services
        ;
      inherit libraries python bash;
      compute = if project.cuda == null then null else compute;
      inherit (project.python) pythonVersion;
      inherit (stdenv.hostPlatform) system;
      env = environment;
      processCompose = "${pkgs.process-compose}/bin/process-compose";
      uv = if project.locks then "${pkgs.uv}/bin/uv" else null;
    }
  );

  # The values that activate.sh is given; what it does with them stands there.
  activate = pkgs.writeText "activate.sh" ''
    ${lib.toShellVar "nix_jupyter_project" facts}
    ${lib.toShellVar "nix_jupyter_env" environment}
    ${lib.toShellVar "nix_jupyter_venv" project.venv}
    ${lib.toShellVar "nix_jupyter_salt" (
      lib.concatStringsSep " " (
        [
          python
          bash
          project.version
          stdenv.hostPlatform.system
        ]
        ++ libraries
      )
    )}
    ${lib.toShellVar "nix_jupyter_name" project.name}
    ${lib.toShellVar "nix_jupyter_python_version" project.python.version}
    ${lib.toShellVar "nix_jupyter_bin" (lib.makeBinPath ([ environment ] ++ project.packages))}
    ${lib.toShellVar "nix_jupyter_sha256sum" "${pkgs.coreutils}/bin/sha256sum"}
    ${lib.toShellVar "nix_jupyter_compute" (if project.cuda == null then "" else compute)}
    ${builtins.readFile ./driver.sh}
    ${builtins.readFile ./activate.sh}
  '';

  # Compiled once here: Python cannot keep its compiled files in the store, and would compile at every call.
  source = pkgs.runCommand "lab-source" { } ''
    cp -R ${./lab} $out
    chmod -R u+w $out
    ${project.python.interpreter} -m compileall -q --invalidation-mode unchecked-hash $out
  '';

  lab = pkgs.writeShellApplication {
    name = "lab";
    text = ''
      # shellcheck source=/dev/null
      source ${activate}
      exec ${python} -I ${source} "$@"
    '';
  };

  shortForm =
    word:
    pkgs.writeShellApplication {
      name = word;
      text = ''exec ${lab}/bin/lab ${word} "$@"'';
    };
in
{
  inherit activate;

  commands = [
    lab
    (shortForm "start")
    (shortForm "stop")
  ];
}
