# mkDerivation: the environment of a build, checked as nixpkgs checks it.
{
  bash,
  initialPath,
  makePackage,
  stdenv,
  system,
}:
let
  warn = import ../lib/warn.nix;
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

  # As nixpkgs does it: a derivation, a path or a text; nested lists still work, with a warning.
  checkInputs =
    name: attrs: field:
    let
      inputs = attrs.${field} or [ ];
      nested = builtins.any builtins.isList inputs;
      valid = value: value == null || isDerivation value || builtins.isString value || builtins.isPath value;
      check =
        index: value:
        if builtins.isList value then
          map (check index) value
        else if valid value then
          value
        else
          throw "Dependency is not of a valid type: element ${toString (index + 1)} of ${field} for ${name}";
      checked = builtins.genList (index: check index (builtins.elemAt inputs index)) (
        builtins.length inputs
      );
    in
    if nested then
      warn "Dependency of package '${name}' uses a nested list in attribute '${field}'." checked
    else
      checked;

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
      inputs = builtins.mapAttrs (field: _: checkInputs name hidden field) (
        builtins.intersectAttrs {
          buildInputs = null;
          nativeBuildInputs = null;
          propagatedBuildInputs = null;
          propagatedNativeBuildInputs = null;
        } hidden
      );
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
      arguments = hidden // inputs // env // fixed;
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
