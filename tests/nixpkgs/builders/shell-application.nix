# A script that shellcheck has read. An unknown argument is an error.
{
  lib,
  runtimeShell,
  shellcheck,
  writeTextFile,
}:
{
  name,
  text,
  runtimeInputs ? [ ],
  runtimeEnv ? null,
  meta ? { },
  passthru ? { },
  checkPhase ? null,
  excludeShellChecks ? [ ],
  extraShellCheckFlags ? [ ],
  bashOptions ? [
    "errexit"
    "nounset"
    "pipefail"
  ],
  derivationArgs ? { },
  inheritPath ? true,
}:
let
  options = lib.concatMapStringsSep "" (option: "set -o ${option}\n") bashOptions;
  environment = builtins.concatStringsSep "" (
    lib.mapAttrsToList (key: value: "${lib.toShellVar key value}\nexport ${key}\n") (
      if runtimeEnv == null then { } else runtimeEnv
    )
  );
  path = lib.optionalString (runtimeInputs != [ ]) ''

    export PATH="${lib.makeBinPath runtimeInputs}${lib.optionalString inheritPath ":$PATH"}"
  '';
  exclusions = lib.optionals (excludeShellChecks != [ ]) [
    "--exclude"
    (builtins.concatStringsSep "," excludeShellChecks)
  ];
in
writeTextFile {
  inherit derivationArgs name passthru;
  executable = true;
  destination = "/bin/${name}";
  allowSubstitutes = true;
  preferLocalBuild = false;
  text = "#!${runtimeShell}\n${options}${environment}${path}\n${text}\n";
  checkPhase =
    if checkPhase != null then
      checkPhase
    else
      ''
        runHook preCheck
        ${runtimeShell} -n "$target"
        ${lib.getExe shellcheck} ${lib.escapeShellArgs (exclusions ++ extraShellCheckFlags)} "$target"
        runHook postCheck
      '';
  meta = {
    mainProgram = name;
  }
  // meta;
}
