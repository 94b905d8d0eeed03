# buildEnv: one tree of links, in which two different files of one name are an error.
{
  lib,
  mkDerivation,
  native,
}:
arguments@{
  name ? null,
  pname ? null,
  version ? null,
  paths,
  pathsToLink ? [ "/" ],
  extraOutputsToInstall ? [ ],
  ignoreCollisions ? false,
  checkCollisionContents ? true,
  ignoreSingleFileOutputs ? false,
  includeClosures ? false,
  extraPrefix ? "",
  postBuild ? "",
  manifest ? "",
  derivationArgs ? { },
  nativeBuildInputs ? [ ],
  buildInputs ? [ ],
  passthru ? { },
  meta ? { },
}:
let
  outputsOf =
    package:
    if package.outputSpecified or false then
      [ package ]
    else
      map (output: package.${output}) (
        package.meta.outputsToInstall or [ (package.outputName or "out") ]
        ++ builtins.filter (output: builtins.elem output (package.outputs or [ ])) extraOutputsToInstall
      );
  chosen = builtins.concatMap (
    package:
    map (path: {
      path = "${path}";
      priority = package.meta.priority or 5;
    }) (if builtins.isAttrs package then outputsOf package else [ package ])
  ) (builtins.filter (package: package != null) paths);
in
if includeClosures || manifest != "" then
  throw "buildEnv: the stand-in knows no includeClosures and no manifest"
else
  mkDerivation (
    {
      inherit
        buildInputs
        checkCollisionContents
        chosen
        extraPrefix
        ignoreCollisions
        ignoreSingleFileOutputs
        meta
        nativeBuildInputs
        passthru
        pathsToLink
        postBuild
        ;
      name = import ./names.nix (lib.filterAttrs (_: value: value != null) arguments);
      __structuredAttrs = true;
      preferLocalBuild = true;
      allowSubstitutes = false;
      buildCommand = ''
        ${native.bootstrap}/bin/python ${./scripts}/environment.py
        eval "$postBuild"
      '';
    }
    // derivationArgs
  )
