# The wheels that the lock of the packages from PyPI names, for builds, which have no network: each is fetched by its hash.
{ pkgs, project }:

let
  inherit (pkgs) lib;
  inherit (project.python) pythonVersion;

  split = mark: text: builtins.filter builtins.isString (builtins.split mark text);
  processor = builtins.head (split "-" pkgs.stdenv.hostPlatform.system);

  # The name of a wheel ends in -PYTHON-ABI-SYSTEM.whl, with dots between several of a kind.
  fits =
    file:
    let
      tags = builtins.match ".*-([^-]+)-([^-]+)-([^-]+)[.]whl" file;
      several = index: split "[.]" (builtins.elemAt tags index);
    in
    tags != null
    && builtins.any (isForPython (several 1)) (several 0)
    && builtins.any isForSystem (several 2);

  isForPython =
    abis: tag:
    let
      found = builtins.match "(cp|py)3([0-9]*)" tag;
      version = "3.${builtins.elemAt found 1}";
      # Those that later versions take, too.
      isStable = builtins.head found == "py" || builtins.elem "abi3" abis;
      isExact = builtins.elem tag abis || builtins.elem "none" abis;
    in
    if found == null then
      false
    else if version == pythonVersion then
      isStable || isExact
    else
      tag == "py3" || isStable && lib.versionOlder version pythonVersion;

  isForSystem =
    tag: tag == "any" || builtins.match "(manylinux.*|linux)_${processor}" tag != null;

  # Its characters are written in another way in an address.
  fileOf = url: builtins.replaceStrings [ "%2B" "%2b" "%21" ] [ "+" "+" "!" ] (baseNameOf url);

  fetch = wheel: {
    name = fileOf wheel.url;
    path = import <nix/fetchurl.nix> (wheel // { name = "wheel"; });
  };
  all = project.venv.wheelsIn project.lock;
in

# The installer chooses between several for one package, and leaves out what a condition in the lock leaves out.
pkgs.linkFarm "wheels" (map fetch (builtins.filter (wheel: fits (fileOf wheel.url)) all))
