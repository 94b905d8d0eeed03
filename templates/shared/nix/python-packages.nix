# The function `pythonPackages` of flake.nix, with what it gives checked: withPackages leaves out without a word what is no
# package of its own Python.
{
  lib,
  python,
  option,
}:

let
  inherit (import ./types.nix { inherit lib; })
    check
    checkMembers
    isPackage
    wrong
    ;

  select = check option lib.isFunction "write pythonPackages = ps: with ps; [ numpy ];";

  # What is imported is not always what the package is called: sklearn, cv2.
  names = lib.importJSON ./lab/packages.json;
  withImportedNames =
    ps:
    builtins.mapAttrs (
      name: package:
      wrong option "cannot hold `${name}`, which is not the name of a package"
        "write ${names.inNixpkgs.${package} or package}"
    ) names.importedAs
    // ps;

  # The search page writes python313Packages.pandas. Here the name alone says it, for the Python that `python` names.
  withFullNames =
    ps:
    lib.genAttrs [ "python3Packages" "python312Packages" "python313Packages" "python314Packages" ] (
      set:
      builtins.mapAttrs (
        name: _: wrong option "cannot hold `${set}.${name}`" "write `${name}` without `${set}.`"
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
ps: checkMembers option (select (withFullNames (withImportedNames ps))) isOurs next
