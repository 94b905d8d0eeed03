# What variables.json decides about the user's environment variables: lists of names, and the shell functions that drop them.
{ lib }:

let
  inherit (lib) concatStringsSep;

  table = lib.importJSON ./variables.json;
  forBuilds = "builds of Nix";

  rows = builtins.concatLists (builtins.attrValues (removeAttrs table [ forBuilds ]));
  named =
    decision: map (row: row.name) (builtins.filter (row: builtins.elem row.decision decision) rows);

  # A name that ends in * is a family.
  family = builtins.match "(.*)[*]";
  isFamily = name: family name != null;

  # What is set is dropped before: not every kind of project sets all of it.
  dropped = builtins.partition isFamily (named [
    "drop"
    "set"
  ]);
  kept = named [ "keep" ];
  givenBack = named [ "give back" ];
in
{
  inherit kept givenBack;
  ours = builtins.filter (name: !isFamily name) (named [ "set" ]);

  # Builtins only, since every command runs these.
  drop = ''
    _nix_jupyter_drop_variables() {
      local name kept
      for name in ${concatStringsSep " " givenBack}; do
        kept=NIX_JUPYTER_HOST_$name
        if [[ -n ''${!name-} ]]; then export "$kept=''${!name}"; fi
        unset "$name"
      done
      unset ${concatStringsSep " " dropped.wrong}
      for name in ${
        concatStringsSep " " (map (name: "\"\${!${builtins.head (family name)}@}\"") dropped.right)
      }; do
        case $name in
          ${concatStringsSep " | " kept}) ;;
          *) unset "$name" ;;
        esac
      done
    }
    _nix_jupyter_drop_build_variables() {
      unset ${concatStringsSep " " (map (row: row.name) table.${forBuilds})}
    }
  '';
}
