# One version of Python with its package set: exactly the names of attributes.json.
{
  attributes,
  config,
  cudaPackages,
  lib,
  makePackage,
  native,
  placeholder,
  runCommand,
  sources,
  system,
}:
minor:
let
  attr = "python" + builtins.replaceStrings [ "." ] [ "" ] minor;
  onDebian = native.debs ? "python${minor}";
  real = system == "x86_64-linux" && onDebian;
  version = if onDebian then native.versionOf "python${minor}" else attributes.top.${attr}.version;

  lock = ./. + "/${minor}.json";
  locked = if builtins.pathExists lock then (lib.importJSON lock).packages else { };

  # nixpkgs has this package under a shorter name.
  pypi = name: if name == "fasthtml" then "python-fasthtml" else name;
  exposed = builtins.filter (name: attributes.python.${name}.status == "yes") (
    builtins.attrNames attributes.python
  );
  known = builtins.listToAttrs (
    map (
      name:
      lib.nameValuePair (pypi name) {
        version = builtins.head (builtins.match "([^ ]*).*" attributes.python.${name}.version);
      }
    ) exposed
  );
  # Refused as nixpkgs refuses it: when it is asked for.
  usable =
    name: value:
    if builtins.elem minor (attributes.python.${name}.notFor or [ ]) then
      throw "${name} not supported for interpreter python${minor}"
    else
      value;
  # What wheels do not say, and what nixpkgs says otherwise.
  differences = {
    jupyter-builder.mainProgram = "jupyter-builder";
    jupyterlab.mainProgram = "jupyter-lab";
    # nixpkgs takes out ruff's Python package: the program is enough.
    python-lsp-ruff.depends = [
      "cattrs"
      "lsprotocol"
      "python-lsp-server"
    ];
    python-lsp-server.mainProgram = "pylsp";
  };

  interpreter = import ./interpreter.nix {
    inherit
      makePackage
      native
      placeholder
      system
      ;
  };
  modules = import ./modules.nix {
    inherit
      makePackage
      native
      placeholder
      sources
      system
      ;
  };
  environments = import ./with-packages.nix {
    inherit
      makePackage
      native
      placeholder
      real
      runCommand
      sources
      system
      ;
  };
  special = import ./special.nix {
    inherit
      config
      cudaPackages
      makePackage
      native
      placeholder
      sources
      system
      ;
  };

  make =
    {
      packageOverrides ? _: _: { },
    }:
    let
      all = modules {
        inherit
          minor
          python
          real
          ;
        locked = lib.recursiveUpdate (known // locked) (
          lib.filterAttrs (name: _: (known // locked) ? ${name}) differences
        );
        final = everything;
      };
      base =
        all
        // special {
          inherit minor python;
          final = everything;
        };
      changes = packageOverrides everything base;
      everything = base // changes;
      pkgs =
        builtins.listToAttrs (
          map (name: lib.nameValuePair name (usable name everything.${pypi name})) exposed
        )
        // changes
        // {
          inherit python;
        };
      python = interpreter {
        inherit minor real version;
        passthru = {
          inherit (environments python) buildEnv withPackages;
          inherit pkgs;
          executable = "python${minor}";
          implementation = "cpython";
          interpreter = "${python}/bin/python${minor}";
          isPy3 = true;
          isPy312 = minor == "3.12";
          isPy313 = minor == "3.13";
          isPy314 = minor == "3.14";
          libPrefix = "python${minor}";
          override = arguments: (make arguments).package;
          pythonAtLeast = lib.versionAtLeast minor;
          pythonOlder = lib.versionOlder minor;
          pythonVersion = minor;
          sitePackages = "lib/python${minor}/site-packages";
          sourceVersion = version;
        };
      };
    in
    {
      package = python;
      # Not part of nixpkgs' interface: every module, for the stand-in's own use.
      modules = everything;
    };
in
make { }
