# Files with a given text.
{
  lib,
  mkDerivation,
  runtimeShell,
}:
rec {
  writeTextFile =
    {
      name,
      text,
      executable ? false,
      destination ? "",
      checkPhase ? "",
      meta ? { },
      passthru ? { },
      allowSubstitutes ? false,
      preferLocalBuild ? true,
      derivationArgs ? { },
    }:
    let
      program = builtins.match "/bin/([^/]+)" destination;
    in
    assert
      destination != ""
      ->
        (lib.hasPrefix "/" destination && destination != "/")
        || throw "writeTextFile: destination must be a path below the root, like /bin/name, not '${destination}'";
    mkDerivation (
      {
        inherit
          allowSubstitutes
          checkPhase
          destination
          executable
          name
          passthru
          preferLocalBuild
          text
          ;
        __structuredAttrs = true;
        buildCommand = ''
          target=$out$destination
          mkdir -p "$(dirname "$target")"
          printf "%s" "$text" > "$target"
          if [ -n "$executable" ]; then
            chmod +x "$target"
          fi
          eval "$checkPhase"
        '';
        meta =
          lib.optionalAttrs (executable && program != null) {
            mainProgram = builtins.head program;
          }
          // meta;
      }
      // derivationArgs
    );

  writeText =
    name: text:
    if !builtins.isString text then
      throw "writeText: the text of '${name}' is ${builtins.typeOf text}, it must be a string"
    else
      writeTextFile { inherit name text; };

  writeTextDir =
    path: text:
    writeTextFile {
      inherit text;
      name = baseNameOf path;
      destination = "/${path}";
    };

  writeScript =
    name: text:
    writeTextFile {
      inherit name text;
      executable = true;
    };

  writeScriptBin =
    name: text:
    writeTextFile {
      inherit name text;
      executable = true;
      destination = "/bin/${name}";
    };

  writeShellScript =
    name: text:
    writeTextFile {
      inherit name;
      executable = true;
      text = "#!${runtimeShell}\n${text}\n";
      checkPhase = ''${runtimeShell} -n "$target"'';
    };

  writeShellScriptBin =
    name: text:
    writeTextFile {
      inherit name;
      executable = true;
      destination = "/bin/${name}";
      text = "#!${runtimeShell}\n${text}\n";
      checkPhase = ''${runtimeShell} -n "$target"'';
      meta.mainProgram = name;
    };
}
