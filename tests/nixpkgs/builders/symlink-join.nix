# Packages merged into one folder of links. Extra arguments go to runCommand.
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
      folder=$path$stripPrefix
      if [ -d "$folder" ]; then
        (cd "$folder" && find . -mindepth 1 -type d -printf '%P\0') |
          (cd "$out" && xargs -0 -r mkdir -p)
        # The first of two files with one name wins.
        (cd "$folder" && find . ! -type d -printf '%P\0') | while IFS= read -r -d "" file; do
          [ -e "$out/$file" ] || [ -L "$out/$file" ] || ln -s "$folder/$file" "$out/$file"
        done
      elif [ -n "$failOnMissing" ]; then
        echo "symlinkJoin: $folder is not a folder" >&2
        exit 1
      fi
    done
    ${postBuild}
  ''
