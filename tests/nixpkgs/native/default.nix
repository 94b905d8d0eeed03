# Programs and libraries from Debian, each in a store path of its own, patched to see only the
# store: no library of the machine is ever found by accident.
{
  system,
  sources,
  # The set of packages; what is needed to unpack them comes from the main one.
  debs ? sources.debs,
}:
let
  inherit (import ../lib/lists.nix) unique;

  # Reads a file that tests/provision has fetched; the hash makes it a legal input.
  fetch =
    {
      file,
      sha256,
      executable ? false,
      ...
    }:
    derivation {
      name = builtins.replaceStrings [ "%" "~" ] [ "_" "_" ] (baseNameOf file);
      builder = "builtin:fetchurl";
      system = "builtin";
      url = "file://${builtins.replaceStrings [ "%" " " ] [ "%25" "%20" ] file}";
      inherit executable;
      unpack = false;
      outputHashAlgo = "sha256";
      outputHashMode = if executable then "recursive" else "flat";
      outputHash = sha256;
      preferLocalBuild = true;
    };

  static = name: fetch (sources.programs.${name} // { executable = true; });
  bootstrap = import ./bootstrap.nix {
    inherit fetch system;
    inherit (sources) debs;
    bash = static "bash-static";
    busybox = static "busybox-static";
  };

  # Debian splits what nixpkgs keeps together.
  groups = {
    gcc-lib = [
      "libstdc++6"
      "libgcc-s1"
      "libgomp1"
    ];
    libglvnd = [
      "libegl1"
      "libgl1"
      "libglvnd0"
      "libglx0"
      "libopengl0"
    ];
  };
  groupOf = builtins.listToAttrs (
    builtins.concatMap (
      group:
      map (name: {
        inherit name;
        value = group;
      }) groups.${group}
    ) (builtins.attrNames groups)
  );
  unitOf = name: groupOf.${name} or name;
  archivesOf = unit: groups.${unit} or [ unit ];

  dependsOf =
    unit:
    if unit == "libc6" then
      [ ]
    else
      builtins.filter (each: each != unit) (
        unique (map unitOf (builtins.concatMap (name: debs.${name}.depends) (archivesOf unit)))
      );

  # Everything that a unit needs, directly or not.
  closureOf = builtins.mapAttrs (
    unit: _: unique (dependsOf unit ++ builtins.concatMap (each: closureOf.${each}) (dependsOf unit))
  ) (debs // groups);

  # The same for packages that end up in one store path.
  closureOfAll =
    names:
    let
      direct = builtins.filter (name: !builtins.elem name names) (
        unique (map unitOf (builtins.concatMap (name: debs.${name}.depends) names))
      );
    in
    unique (direct ++ builtins.concatMap (unit: closureOf.${unit}) direct);

  units = builtins.mapAttrs (unit: _: derivation (unpackArguments (unitArguments unit))) (
    debs // groups
  );

  versionOf =
    unit:
    builtins.elemAt (builtins.match "([0-9]+:)?([^-+~]*).*" debs.${builtins.head (archivesOf unit)}.version) 1;

  # The arguments of a derivation that unpacks archives and patches what is in them.
  unpackArguments =
    {
      name,
      archives,
      # Units whose libraries the programs may use.
      needs,
      byLoader ? [ ],
      links ? [ ],
      wrap ? { },
    }:
    {
      inherit
        archives
        byLoader
        links
        name
        system
        ;
      builder = "${bootstrap}/bin/python";
      args = [ "${./build}/unpack.py" ];
      bash = static "bash-static";
      patchelf = "${bootstrap}/bin/patchelf";
      dependencies = map (each: units.${each}) needs;
      wrap = builtins.toJSON wrap;
    };

  unitArguments = unit: {
    name = unit;
    archives = map (each: fetch debs.${each}) (archivesOf unit);
    needs = closureOf.${unit};
  };
in
{
  inherit
    bootstrap
    closureOf
    closureOfAll
    debs
    fetch
    static
    unitArguments
    units
    unpackArguments
    versionOf
    ;
}
