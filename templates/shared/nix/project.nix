# The description from flake.nix, checked and with its defaults filled in.
{ lib, system }:

{ name, options }:

let
  inherit (import ./options.nix { inherit lib; })
    isPackage
    wrong
    check
    checkMembers
    known
    ;

  service = import ./services.nix { inherit check known; };

  defaults = {
    pythonPackages = _: [ ];
    packages = [ ];
    libraries = [ ];
    services = { };
    venv = "pip";
    cuda = null;
  };

  cuda =
    options:
    if options == null then
      null
    else
      {
        toolkit = check {
          name = "toolkit";
          set = {
            toolkit = false;
          }
          // known "cuda" [ "toolkit" ] options;
          label = "cuda.toolkit";
        } builtins.isBool "write cuda.toolkit = true; or false;";
      };

  # As in requirements.txt: whether there is a line that is neither empty nor a comment.
  hasRequirements =
    text:
    let
      lines = builtins.filter builtins.isString (builtins.split "\n" text);
      isRequirement = line: builtins.match "[[:space:]]*[^#[:space:]].*" line != null;
    in
    builtins.any isRequirement lines;
  readIfThere = file: if builtins.pathExists file then builtins.readFile file else "";

  # Who fills the virtual environment. Each says the same things of its own.
  venvs = {
    pip = import ./venv/pip.nix;
    uv = import ./venv/uv.nix;
  };
  venv =
    venvs.${
      check (option "venv") (
        value: builtins.isString value && venvs ? ${value}
      ) "write venv = \"uv\"; or remove the line."
    };

  given = defaults // known "the project" ([ "python" ] ++ builtins.attrNames defaults) options;

  option = name: {
    inherit name;
    set = given;
  };

  python =
    if !(given ? python) then
      throw "flake.nix: `python` is missing, such as: python = pkgs.python313;"
    else
      check (option "python") (
        value: isPackage value && value ? withPackages
      ) "write python = pkgs.python313;";

  # The function `pythonPackages`, with what it gives checked: withPackages leaves out without a word what is no package of its
  # own Python.
  list = option "pythonPackages";
  select = check list lib.isFunction "write pythonPackages = ps: with ps; [ numpy ];";

  # What is imported is not always what the package is called: sklearn, cv2.
  names = lib.importJSON ./lab/packages/known.json;
  withImportedNames =
    ps:
    builtins.mapAttrs (
      name: package:
      wrong list "cannot hold `${name}`, which is not the name of a package"
        "write ${names.inNixpkgs.${package} or package}"
    ) names.importedAs
    // ps;

  # The search page writes python313Packages.pandas. Here the name alone says it, for the Python that `python` names.
  withFullNames =
    ps:
    lib.genAttrs [ "python3Packages" "python312Packages" "python313Packages" "python314Packages" ] (
      set:
      builtins.mapAttrs (
        name: _: wrong list "cannot hold `${set}.${name}`" "write `${name}` without `${set}.`"
      ) ps
    )
    // ps;

  isOurs =
    member: isPackage member && member.pythonModule.pythonVersion or null == python.pythonVersion;

  next =
    member:
    if builtins.isString member then
      "write ${member} without quotes."
    else if member ? pythonModule.pythonVersion then
      "write its name alone. This Python is ${python.pythonVersion}, and the package is for ${member.pythonModule.pythonVersion}."
    else if isPackage member then
      "move it to `packages`. It is not a Python package."
    else
      "write names of packages: [ numpy pandas ]";
in
given
// {
  inherit name;
  version =
    if builtins.pathExists ../.nix-jupyter.json then
      (lib.importJSON ../.nix-jupyter.json).version
    else
      "unknown";
  inherit python;
  pythonPackages =
    ps: checkMembers list (select (withFullNames (withImportedNames ps))) isOurs next;
  packages = checkMembers (option "packages") given.packages isPackage (
    member:
    if builtins.isString member then
      "write pkgs.${member} without quotes."
    else
      "write names of packages: [ pkgs.git ]"
  );
  # For compiled wheels from PyPI, beside the usual ones.
  libraries =
    checkMembers (option "libraries") given.libraries
      (member: isPackage member || builtins.isString member && lib.hasPrefix "/" member)
      (
        member:
        if builtins.isString member then
          "write pkgs.${member} without quotes, or the full path of a directory in quotes."
        else
          "write names of packages: [ pkgs.fontconfig ]"
      );
  services = builtins.mapAttrs service (
    check (option "services") builtins.isAttrs "write services.server.command = \"python server.py\";"
  );
  inherit venv;
  # On other systems torch-bin is made for the processor alone.
  cuda = if system == "x86_64-linux" then cuda given.cuda else null;
  # There PyTorch uses the chip's own graphics part by itself.
  usesAppleChip = cuda given.cuda != null && system == "aarch64-darwin";

  keepsPackagesIn = venv.keepsPackagesIn options;

  # The lock of the packages from PyPI; empty where it names none.
  lock =
    let
      text = readIfThere venv.lock;
    in
    lib.optionalString (hasRequirements text) text;

  # Whether it wants packages that Nix does not have.
  usesPyPI =
    venv.isAlwaysUsed
    || hasRequirements (readIfThere ../requirements.in + "\n" + readIfThere ../requirements.txt);
}
