# Attribute sets.
rec {
  nameValuePair = name: value: { inherit name value; };

  genAttrs = names: f: builtins.listToAttrs (map (name: nameValuePair name (f name)) names);

  mapAttrsToList = f: set: map (name: f name set.${name}) (builtins.attrNames set);

  filterAttrs =
    keep: set:
    builtins.removeAttrs set (builtins.filter (name: !keep name set.${name}) (builtins.attrNames set));

  optionalAttrs = condition: set: if condition then set else { };

  # Sets are merged at every depth; anything else, lists included, is replaced.
  recursiveUpdate =
    left: right:
    left
    // builtins.mapAttrs (
      name: value:
      if left ? ${name} && builtins.isAttrs left.${name} && builtins.isAttrs value then
        recursiveUpdate left.${name} value
      else
        value
    ) right;

  isDerivation = value: value.type or null == "derivation";
}
