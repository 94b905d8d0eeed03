# Sets of files: where they lie, and which paths belong to them.
let
  inherit (import ./strings.nix) hasPrefix;
  inherit (builtins) attrNames pathExists readDir;

  # `roots` are the paths below which its files can be.
  make = roots: contains: {
    _type = "fileset";
    inherit contains roots;
  };

  # A path stands for itself and all below it.
  coerce =
    where: value:
    if value._type or null == "fileset" then
      value
    else if !builtins.isPath value then
      throw "lib.fileset.${where}: expected a path or a file set, got ${builtins.typeOf value}"
    else if !pathExists value then
      throw "lib.fileset.${where}: the path ${toString value} does not exist; use maybeMissing for it"
    else
      make [ (toString value) ] (path: path == toString value || hasPrefix "${toString value}/" path);

  union =
    where: sets:
    make (builtins.concatMap (set: (coerce where set).roots) sets) (
      path: builtins.any (set: (coerce where set).contains path) sets
    );

  # A directory counts when a file in it does: empty directories are left out.
  holdsFile =
    set: directory:
    let
      entries = readDir directory;
    in
    builtins.any (
      name:
      let
        path = "${directory}/${name}";
      in
      if entries.${name} == "directory" then holdsFile set path else set.contains path
    ) (attrNames entries);
in
{
  unions = union "unions";
  union =
    left: right:
    union "union" [
      left
      right
    ];
  intersection =
    left: right:
    make (coerce "intersection" left).roots (
      path: (coerce "intersection" left).contains path && (coerce "intersection" right).contains path
    );
  difference =
    left: right:
    make (coerce "difference" left).roots (
      path: (coerce "difference" left).contains path && !(coerce "difference" right).contains path
    );
  maybeMissing = path: if pathExists path then coerce "maybeMissing" path else make [ ] (_: false);

  fileFilter =
    keep: root:
    make (coerce "fileFilter" root).roots (
      path:
      let
        parts = builtins.match "(.*)\\.([^.]*)" (baseNameOf path);
      in
      (coerce "fileFilter" root).contains path
      && keep {
        name = baseNameOf path;
        type = "regular";
        hasExt = wanted: parts != null && builtins.elemAt parts 1 == wanted;
      }
    );

  gitTracked =
    path:
    if hasPrefix builtins.storeDir (toString path) then
      throw "lib.fileset.gitTracked: ${toString path} is a store path; a flake holds only tracked files anyway"
    else
      let
        tracked = "${builtins.fetchGit path}";
      in
      make [ (toString path) ] (
        each:
        hasPrefix "${toString path}/" each
        && pathExists "${tracked}${builtins.substring (builtins.stringLength (toString path)) (-1) each}"
      );

  toSource =
    { root, fileset }:
    let
      set = coerce "toSource" fileset;
      outside = builtins.filter (path: !hasPrefix "${toString root}/" "${path}/") set.roots;
      source = builtins.path {
        name = "source";
        path = root;
        filter = path: type: if type == "directory" then holdsFile set path else set.contains path;
      };
    in
    if !builtins.isPath root then
      throw "lib.fileset.toSource: `root` is a ${builtins.typeOf root}, but it should be a path instead."
    else if outside != [ ] then
      throw "lib.fileset.toSource: `fileset` could contain files in ${builtins.head outside}, which is not under the `root` (${toString root})."
    else
      {
        _isLibCleanSourceWith = true;
        name = "source";
        origSrc = root;
        outPath = source;
      };
}
