# Types of options: what they accept, and how several definitions become one value.
let
  inherit (import ./attrsets.nix) isDerivation;

  # Several definitions are only fine when they say the same.
  one =
    place: values:
    if builtins.all (value: value == builtins.head values) values then
      builtins.head values
    else
      throw "The option `${place}' has conflicting definition values: ${builtins.toJSON values}";

  make =
    name: check:
    {
      merge ? one,
    }:
    {
      inherit check merge name;
    };
  simple = name: check: make name check { };

in
rec {
  anything = simple "anything" (_: true);
  raw = anything // {
    name = "raw";
  };
  bool = simple "bool" builtins.isBool;
  float = simple "float" builtins.isFloat;
  int = simple "int" builtins.isInt;
  number = either int float;
  package = simple "package" isDerivation;
  path = simple "path" (
    value: builtins.isPath value || builtins.substring 0 1 (toString value) == "/"
  );
  port = simple "port" (value: builtins.isInt value && value >= 0 && value <= 65535);
  str = simple "str" builtins.isString;
  nonEmptyStr = simple "nonEmptyStr" (value: builtins.isString value && value != "");
  lines = make "lines" builtins.isString {
    merge = _: builtins.concatStringsSep "\n";
  };

  enum = values: simple "enum ${builtins.toJSON values}" (value: builtins.elem value values);

  nullOr =
    type:
    make "null or ${type.name}" (value: value == null || type.check value) {
      merge =
        place: values: if builtins.all (value: value == null) values then null else type.merge place values;
    };

  either =
    left: right:
    make "${left.name} or ${right.name}" (value: left.check value || right.check value) {
      merge = place: values: (if builtins.all left.check values then left else right).merge place values;
    };

  oneOf = types: builtins.foldl' either (builtins.head types) (builtins.tail types);

  listOf =
    type:
    make "list of ${type.name}" (value: builtins.isList value && builtins.all type.check value) {
      merge = place: lists: map (value: type.merge place [ value ]) (builtins.concatLists lists);
    };

  attrsOf =
    type:
    make "attribute set of ${type.name}"
      (value: builtins.isAttrs value && builtins.all type.check (builtins.attrValues value))
      {
        merge =
          place: sets: builtins.zipAttrsWith (name: values: type.merge "${place}.${name}" values) sets;
      };
  lazyAttrsOf = attrsOf;
  attrs = attrsOf anything;

  submodule =
    module:
    make "submodule" (value: builtins.isAttrs value || builtins.isFunction value) {
      merge =
        place: values:
        (import ./modules.nix {
          prefix = "${place}.";
          modules = [ module ] ++ values;
        }).config;
    };
}
