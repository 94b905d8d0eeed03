# Packages merged into one directory of links. Extra arguments go to runCommand.
{ runCommand }:
arguments@{
  paths,
  postBuild ? "",
  stripPrefix ? "",
  failOnMissing ? stripPrefix == "",
  preferLocalBuild ? true,
  allowSubstitutes ? false,
  ...
}:
runCommand (import ./names.nix arguments)
  (
    builtins.removeAttrs arguments [
      "name"
      "pname"
      "postBuild"
      "version"
    ]
    // {
      inherit
        allowSubstitutes
        failOnMissing
        paths
        preferLocalBuild
        stripPrefix
        ;
    }
  )
  ''
    mkdir -p "$out"
    for path in $paths; do
      directory=$path$stripPrefix
      if [ -d "$directory" ]; then
        (cd "$directory" && find . -mindepth 1 -type d -printf '%P\0') |
          (cd "$out" && xargs -0 -r mkdir -p)
        # The first of two files with one name wins.
        (cd "$directory" && find . ! -type d -printf '%P\0') | while IFS= read -r -d "" file; do
          [ -e "$out/$file" ] || [ -L "$out/$file" ] || ln -s "$directory/$file" "$out/$file"
        done
      elif [ -n "$failOnMissing" ]; then
        echo "symlinkJoin: $directory is not a directory" >&2
        exit 1
      fi
    done
    ${postBuild}
  ''
