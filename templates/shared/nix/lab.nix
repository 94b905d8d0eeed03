# The command `lab`, and what it needs to know about the project.
{
  pkgs,
  project,
  environment,
  compute,
  sources,
}:

let
  inherit (pkgs) lib stdenv;
  inherit (lib) concatStringsSep;

  # What compiled wheels from PyPI find on every Linux: the list of manylinux2014, and two more that many want. (The C library
  # is the interpreter's own, and never another one.) `lab sync` shows them to the virtual environment alone.
  forWheels =
    builtins.filter (library: lib.getName library != "glibc") pkgs.pythonManylinuxPackages.manylinux2014
    ++ [
      pkgs.libxcb
      pkgs.zstd
    ];
  # These cost nothing: Python itself needs them.
  fewest = [
    stdenv.cc.cc
    pkgs.zlib
  ];
  libraries = lib.optionals stdenv.hostPlatform.isLinux (
    map directoryOf ((if project.usesPyPI then forWheels else fewest) ++ project.libraries)
  );
  directoryOf = library: if builtins.isString library then library else "${lib.getLib library}/lib";

  variables = import ./variables.nix { inherit lib; };

  # What Jupyter hands to browsers and reads as templates, as plain files. An environment of Nix is made of links into many
  # packages, and tornado, from 6.5.9 on, refuses every file that a link leads to outside of the directory that it
  # serves: extensions of JupyterLab, logos of kernels. JupyterLab's own files are one package's, and stay where they
  # are.
  jupyterData = pkgs.runCommandLocal "jupyter-data" { } ''
    mkdir $out
    for directory in ${environment}/share/jupyter/*; do
      case $directory in
        */lab | */\*) ;;
        *) cp -RL "$directory" $out/ ;;
      esac
    done
  '';

  python = "${environment}/bin/python3";
  bash = "${pkgs.bashInteractive}/bin/bash";

  # Compiled once here: Python cannot keep its compiled files in the store, and would compile at every call.
  source = pkgs.runCommandLocal "lab-source" { } ''
    mkdir $out
    cp -R ${./lab} $out/lab
    chmod -R u+w $out
    echo 'import sys; from lab.cli import main; sys.exit(main(sys.argv[1:]))' >$out/__main__.py
    ${project.python.interpreter} -m compileall -q --invalidation-mode unchecked-hash $out
  '';

  out = placeholder "out";

  # -p: no file of BASH_ENV, no functions that a shell of the user has exported.
  script = text: ''
    #!${bash} -p
    set -o errexit -o nounset -o pipefail
    ${text}
  '';

  # Of scripts/: what is made here is one file.
  scripts =
    names: concatStringsSep "\n" (map (name: builtins.readFile (./scripts + "/${name}.sh")) names);
  entering = scripts [
    "directory"
    "source"
  ];
  activating = scripts [
    "directory"
    "driver"
    "state"
    "venv-key"
  ];

  # `nix run` from outside: about the project of the current directory, with `lab` in the terminals of JupyterLab.
  app =
    text:
    script ''
      unset NIX_JUPYTER_ROOT
      ${entering}
      nix_jupyter_restore_umask
      export PATH=${out}/bin:$PATH
      # There, a message names a command that can be typed here, where no `lab` is on PATH.
      directory=$PWD
      while [[ -n $directory && ! -f $directory/nix/activate.sh ]]; do directory=''${directory%/*}; done
      [[ ! -x $directory/lab ]] || export NIX_JUPYTER_CALLED=$directory/lab
      ${lib.optionalString (builtins.pathExists ../start) "nix_jupyter_warn_of_copies"}
      ${text}
    '';

  # What a virtual environment follows from, in an image too.
  factsOfVenv = {
    inherit (project) name;
    venv = project.venv.name;
    inherit (project.python) pythonVersion;
    inherit libraries python bash;
    compute = if project.cuda == null then null else compute;
    env = environment;
    uv = "${pkgs.uv}/bin/uv";
    packages = project.keepsPackagesIn;
  };

  files = {
    "project.json" = builtins.toJSON (
      factsOfVenv
      // {
        inherit (project) version services usesPyPI;
        variables = {
          inherit (variables) givenBack kept ours;
        };
        inherit (stdenv.hostPlatform) system;
        shell = "${./scripts}/shell.sh";
        processCompose = "${pkgs.process-compose}/bin/process-compose";
        flake = "${../flake.nix}";
      }
    );

    # The values that activate.sh is given; what it does with them stands there.
    "activate.sh" = ''
      nix_jupyter_lab=${out}
      nix_jupyter_project=${out}/project.json
      nix_jupyter_env=${environment}
      nix_jupyter_data=${jupyterData}
      nix_jupyter_lock=${baseNameOf project.venv.lock}
      nix_jupyter_uses_venv=${if project.venv.isAlwaysUsed then "always" else "if-asked"}
      nix_jupyter_jupyterlab_is_in=${if project.venv.hasJupyterLab then "venv" else "nix"}
      ${lib.toShellVar "nix_jupyter_salt" (
        concatStringsSep " " (
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
      nix_jupyter_python_version=${project.python.version}
      nix_jupyter_bin=${lib.makeBinPath ([ environment ] ++ project.packages)}
      nix_jupyter_sha256sum=${pkgs.coreutils}/bin/sha256sum
      nix_jupyter_compute=${
        if project.usesAppleChip then
          "mps"
        else if project.cuda == null then
          ""
        else
          compute
      }
      nix_jupyter_flake=${../flake.nix}
      ${variables.drop}
      ${activating}
      ${builtins.readFile ./activate.sh}
    '';

    # Read by nobody: what a link to this directory keeps from garbage collection, so that the shell can be evaluated
    # and entered again without a network.
    "keeps" = concatStringsSep "\n" (map (source: "${source}") sources) + "\n";

    # In a shell that was entered before flake.nix changed, the lab of the one that was entered last answers.
    "bin/lab" = script ''
      last=''${NIX_JUPYTER_ROOT-}/.nix-jupyter/lab flake=''${NIX_JUPYTER_ROOT-}/flake.nix
      if [[ -x $last/bin/lab && ! $last -ef ${out} && -f $flake && $(<"$flake") != "$(<${../flake.nix})" ]]; then
        exec "$last/bin/lab" "$@"
      fi
      [[ ''${1-} != start ]] || nix_jupyter_keep=1
      # In a cell of a notebook, whose kernel has this variable, what is to be typed begins with "!".
      [[ -z ''${JPY_PARENT_PID-} ]] || export NIX_JUPYTER_CELL=!
      source ${out}/activate.sh
      nix_jupyter_check_writable "$NIX_JUPYTER_ROOT" "''${1-}"
      exec ${python} -I ${source} "$@"
    '';
    # With Nix below, the environment has its own, which answers for itself; with uv it would be this computer's.
    "bin/pip" = script ''exec python3 -m pip "$@"'';
    "bin/pip3" = script ''exec python3 -m pip "$@"'';
    "bin/start" = script ''exec ${out}/bin/lab start "$@"'';
    "bin/stop" = script ''exec ${out}/bin/lab stop "$@"'';

    "apps/lab" = app ''exec lab "$@"'';
    "apps/start" = app ''exec lab start "$@"'';
    "apps/stop" = app ''exec lab stop "$@"'';
    # `nix run` and `nix run '.#cuda'`, with or without a command behind it.
    "apps/default" = app ''
      case ''${1--} in
        -*) exec lab start --foreground "$@" ;;
        *) exec lab "$@" ;;
      esac
    '';
  };
in

# One derivation, so that `nix run` finds built what ./start and `nix develop` have built, and one link keeps it all.
pkgs.runCommandLocal "lab"
  {
    inherit files;
    __structuredAttrs = true;
    passthru = { inherit jupyterData factsOfVenv source; };
  }
  ''
    mkdir -p $out/bin $out/apps
    for name in "''${!files[@]}"; do
      printf '%s' "''${files[$name]}" >"$out/$name"
    done
    printf '%s\n' "$stdenv" >>$out/keeps
    chmod +x $out/bin/* $out/apps/*
  ''
