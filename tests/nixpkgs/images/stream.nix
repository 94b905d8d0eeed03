# streamLayeredImage. Its set of arguments is closed, and so are the keys of `config`.
{
  lib,
  mkDerivation,
  python,
  runCommand,
  symlinkJoin,
  system,
  writeText,
}:
let
  inherit (import ../lib/strings.nix) toLower;
  inherit (import ../lib/lists.nix) toList;

  platforms = [
    "x86_64-linux"
    "aarch64-linux"
  ];
  configKeys = [
    "ArgsEscaped"
    "Cmd"
    "Entrypoint"
    "Env"
    "ExposedPorts"
    "Healthcheck"
    "Labels"
    "OnBuild"
    "Shell"
    "StopSignal"
    "User"
    "Volumes"
    "WorkingDir"
  ];
  checkConfig =
    config:
    let
      unknown = builtins.attrNames (builtins.removeAttrs config configKeys);
    in
    if unknown == [ ] then
      config
    else
      throw "dockerTools: no image has the config ${toString unknown}; the keys are: ${toString configKeys}";
in
{
  name,
  tag ? null,
  fromImage ? null,
  contents ? [ ],
  config ? { },
  architecture ? if system == "x86_64-linux" then "amd64" else "arm64",
  created ? "1970-01-01T00:00:01Z",
  mtime ? "1970-01-01T00:00:01Z",
  uid ? 0,
  gid ? 0,
  uname ? "root",
  gname ? "root",
  maxLayers ? 100,
  extraCommands ? "",
  fakeRootCommands ? "",
  enableFakechroot ? false,
  includeStorePaths ? true,
  includeNixDB ? false,
  passthru ? { },
  meta ? { },
  debug ? false,
  layeringPipeline ? null,
}:
let
  base = baseNameOf name;
  settings = writeText "${base}-config.json" (
    builtins.toJSON {
      inherit architecture created;
      os = "linux";
      config = checkConfig config;
    }
  );
  joined = symlinkJoin {
    name = "contents";
    paths = toList contents;
  };
  # An archive, because the store forgets owners.
  topLayer = runCommand "${base}-top-layer.tar" { } ''
    mkdir layer
    cp -a ${joined}/. layer/
    chmod -R u+w layer
    cd layer
    (
      :
      ${extraCommands}
    )
    (
      :
      ${fakeRootCommands}
    )
    tar --sort=name --mtime=@1 --numeric-owner -cf "$out" .
  '';
  imageTag = if tag == null then builtins.substring 11 32 "${settings}" else tag;
  plan = mkDerivation {
    name = "${base}-plan.json";
    __structuredAttrs = true;
    exportReferencesGraph.closure = [ settings ] ++ toList contents;
    image = {
      inherit
        created
        gid
        gname
        maxLayers
        mtime
        settings
        topLayer
        uid
        uname
        ;
      name = toLower name;
      tag = imageTag;
    };
    buildCommand = ''${python}/bin/python ${./plan.py} > "$out"'';
  };
in
if
  fromImage != null
  || enableFakechroot
  || includeNixDB
  || !includeStorePaths
  || debug
  || layeringPipeline != null
then
  throw "dockerTools: the stand-in has no fromImage, enableFakechroot, includeNixDB, debug, layeringPipeline, and no image without store paths"
else if maxLayers <= 1 then
  throw "the maxLayers argument of dockerTools.buildLayeredImage must be greater than 1 (current value: ${toString maxLayers})"
else
  runCommand "stream-${base}"
    {
      passthru = {
        inherit imageTag;
        imageName = toLower name;
      }
      // passthru;
      meta = {
        inherit platforms;
      }
      // meta;
    }
    ''
      {
        echo "#!${python}/bin/python -B"
        echo "import runpy, sys"
        echo "sys.argv = ['stream', '${plan}']"
        echo "runpy.run_path('${./stream.py}', run_name='__main__')"
      } > "$out"
      chmod +x "$out"
    ''
