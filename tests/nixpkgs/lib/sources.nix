# Source directories without what version control and editors leave in them.
let
  inherit (import ./strings.nix) hasPrefix hasSuffix;

  isWanted =
    path: type:
    let
      name = baseNameOf path;
      unwantedDirectories = [
        ".git"
        ".svn"
        "CVS"
        ".hg"
        ".jj"
        ".sl"
        ".pijul"
      ];
    in
    !(
      (type == "directory" && builtins.elem name unwantedDirectories)
      || name == ".git"
      || hasSuffix "~" name
      || builtins.match ".*\\.sw[a-z]|\\..*\\.sw[a-z]" name != null
      || hasSuffix ".o" name
      || hasSuffix ".so" name
      || (type == "symlink" && hasPrefix "result" name)
      || type == "unknown"
    );
in
{
  cleanSource = source: {
    _isLibCleanSourceWith = true;
    filter = isWanted;
    name = "source";
    origSrc = source;
    outPath = builtins.path {
      name = "source";
      path = source;
      filter = isWanted;
    };
  };
}
