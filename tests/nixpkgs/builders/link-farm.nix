# A directory of named links: from a list of { name, path }, or from a set.
{ lib, runCommand }:
name: entries:
let
  set =
    if builtins.isList entries then
      # The last of two entries with one name wins.
      builtins.foldl' (found: entry: found // { ${entry.name} = entry.path; }) { } entries
    else
      entries;
  link = place: target: ''
    mkdir -p "$(dirname ${lib.escapeShellArg place})"
    ln -s ${lib.escapeShellArg "${target}"} ${lib.escapeShellArg place}
  '';
in
runCommand name
  {
    preferLocalBuild = true;
    allowSubstitutes = false;
    passthru.entries = set;
  }
  ''
    mkdir -p "$out"
    cd "$out"
    ${builtins.concatStringsSep "" (lib.mapAttrsToList link set)}
  ''
