# mkShell: any argument is allowed, and becomes a variable of the shell.
{ mkDerivation }:
let
  lists = import ../lib/lists.nix;

  mkShell =
    {
      name ? "nix-shell",
      packages ? [ ],
      inputsFrom ? [ ],
      shellHook ? "",
      ...
    }@attrs:
    let
      merged =
        field:
        (attrs.${field} or [ ])
        ++ builtins.filter (each: !builtins.elem each inputsFrom) (
          lists.flatten (map (shell: shell.${field} or [ ]) sets)
        );
      sets = map (
        shell:
        if builtins.isAttrs shell then
          shell
        else
          throw "mkShell: inputsFrom: expected a set but found a ${builtins.typeOf shell}"
      ) inputsFrom;
      hooks = map (shell: shell.shellHook or "") (lists.reverse sets) ++ [ shellHook ];
    in
    mkDerivation (
      {
        phases = [ "buildPhase" ];
        buildPhase = ''
          {
            echo "----------------------------------------------------------------"
            echo "The environment of a development shell. This path may change at"
            echo "any time and is not guaranteed: use 'nix develop' to enter it."
            echo "----------------------------------------------------------------"
            echo
            export
          } >> "$out"
        '';
        preferLocalBuild = true;
      }
      // builtins.removeAttrs attrs [
        "inputsFrom"
        "packages"
      ]
      // {
        inherit name;
        buildInputs = merged "buildInputs";
        nativeBuildInputs = packages ++ merged "nativeBuildInputs";
        propagatedBuildInputs = merged "propagatedBuildInputs";
        propagatedNativeBuildInputs = merged "propagatedNativeBuildInputs";
        shellHook = builtins.concatStringsSep "\n" (builtins.filter (hook: hook != "") hooks);
      }
    );
in
{
  # Neither stdenv of the stand-in has a compiler, so there is nothing to choose between.
  override = { stdenv }: builtins.seq stdenv mkShell;
  __functor = _: mkShell;
}
