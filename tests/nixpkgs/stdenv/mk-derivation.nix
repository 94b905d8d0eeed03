# mkDerivation: the environment of a build, checked as nixpkgs checks it.
{
  bash,
  initialPath,
  makePackage,
  stdenv,
  system,
}:
let
  isDerivation = value: value.type or null == "derivation";

  checkEnv =
    name: env: attrs:
    let
      twice = builtins.attrNames (builtins.intersectAttrs env attrs);
      wrong = builtins.filter (
        key:
        let
          value = env.${key};
        in
        !(builtins.isString value || builtins.isBool value || builtins.isInt value || isDerivation value)
      ) (builtins.attrNames env);
    in
    if twice != [ ] then
      throw "mkDerivation: ${name}: the attributes ${toString twice} are in 'env' and at the top level (overlapping)"
    else if wrong != [ ] then
      throw "mkDerivation: ${name}: 'env' can only hold strings, booleans, integers and derivations; not so: ${toString wrong}"
    else
      env;

  mkDerivation =
    attrs:
    let
      name =
        attrs.name or (
          if attrs ? pname && attrs ? version then
            "${attrs.pname}-${attrs.version}"
          else
            throw "mkDerivation: a name, or pname and version, is missing"
        );
      hidden = builtins.removeAttrs attrs [
        "env"
        "meta"
        "passthru"
      ];
      env = checkEnv name (attrs.env or { }) hidden;
      fixed = {
        inherit name stdenv system;
        builder = "${bash}/bin/bash";
        args = [
          "-e"
          "${stdenv}/builder.sh"
        ];
        __ignoreNulls = true;
        outputs = attrs.outputs or [ "out" ];
        initialPath = null;
      };
    in
    makePackage {
      arguments = hidden // env // fixed;
      attributes = hidden;
      meta = attrs.meta or { };
      passthru = attrs.passthru or { };
      overrideAttrs =
        change:
        let
          changed = change attrs;
          new = if builtins.isFunction changed then change (attrs // changed attrs) attrs else changed;
        in
        mkDerivation (attrs // new);
    };
in
mkDerivation
