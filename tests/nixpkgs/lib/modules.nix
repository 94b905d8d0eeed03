# evalModules: options declared and defined in several places become one configuration.
{
  modules,
  specialArgs ? { },
  prefix ? "",
}:
let
  arguments = specialArgs // {
    inherit config options;
    lib = import ./.;
  };

  # A module is a set, a function to one, or a file with either.
  load =
    module:
    let
      content = if builtins.isPath module || builtins.isString module then import module else module;
      set = if builtins.isFunction content then content arguments else content;
      explicit = set ? config || set ? options;
    in
    {
      imports = set.imports or [ ];
      options = set.options or { };
      config = if explicit then set.config or { } else builtins.removeAttrs set [ "imports" ];
    };
  flatten = builtins.concatMap (
    module:
    let
      loaded = load module;
    in
    flatten loaded.imports ++ [ loaded ]
  );
  loaded = flatten modules;

  isOption = value: value._type or null == "option";

  # The declarations of all modules in one tree.
  options = merge prefix (map (each: each.options) loaded);
  merge =
    place:
    builtins.zipAttrsWith (
      name: declared:
      if builtins.any isOption declared then
        if builtins.length declared == 1 then
          builtins.head declared
        else
          throw "The option `${place}${name}' is declared more than once."
      else
        merge "${place}${name}." declared
    );

  # Below conditions and priorities, with the priority that holds there.
  definitions =
    priority: value:
    if value._type or null == "if" then
      if value.condition then definitions priority value.content else [ ]
    else if value._type or null == "override" then
      definitions value.priority value.content
    else
      [ { inherit priority value; } ];

  evaluate =
    place: tree: found:
    let
      unknown = builtins.concatMap (
        each: builtins.attrNames (builtins.removeAttrs each.value (builtins.attrNames tree))
      ) found;
    in
    if unknown != [ ] then
      throw "The option `${place}${builtins.head unknown}' does not exist."
    else
      builtins.mapAttrs (
        name: declared:
        let
          here = builtins.concatMap (
            each: if each.value ? ${name} then definitions each.priority each.value.${name} else [ ]
          ) found;
        in
        (if isOption declared then decide else evaluate) "${place}${name}${
          if isOption declared then "" else "."
        }" declared here
      ) tree;

  # Only the definitions of the best priority count.
  decide =
    place: option: found:
    let
      best = builtins.foldl' (
        low: each: if each.priority < low then each.priority else low
      ) 1000000 found;
      values = map (each: each.value) (builtins.filter (each: each.priority == best) found);
      type = option.type or (import ./types.nix).anything;
      wrong = builtins.filter (value: !type.check value) values;
    in
    if wrong != [ ] then
      throw "A definition for option `${place}' is not of type `${type.name}'."
    else if values != [ ] then
      type.merge place values
    else if option ? default then
      option.default
    else
      throw "The option `${place}' was accessed but has no value defined. Try setting the option.";

  config = evaluate prefix options (builtins.concatMap (each: definitions 100 each.config) loaded);
in
{
  inherit config options;
}
