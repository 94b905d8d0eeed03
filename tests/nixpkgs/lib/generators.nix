# Values as text.
{
  toJSON = _: builtins.toJSON;

  toPretty =
    {
      multiline ? true,
      indent ? "",
    }:
    let
      print =
        margin: value:
        let
          inner = if multiline then "${margin}  " else margin;
          gap = if multiline then "\n${inner}" else " ";
          end = if multiline then "\n${margin}" else " ";
          between =
            open: close: pieces:
            "${open}${gap}${builtins.concatStringsSep gap pieces}${end}${close}";
        in
        if value == null then
          "null"
        else if builtins.isFunction value then
          "<function>"
        else if builtins.isPath value then
          toString value
        else if value.type or null == "derivation" then
          "<derivation ${value.name or "???"}>"
        else if builtins.isList value then
          if value == [ ] then "[ ]" else between "[" "]" (map (print inner) value)
        else if builtins.isAttrs value then
          if value == { } then
            "{ }"
          else
            between "{" "}" (
              map (name: "${label name} = ${print inner value.${name}};") (builtins.attrNames value)
            )
        else
          builtins.toJSON value;
      label =
        name: if builtins.match "[a-zA-Z_][a-zA-Z0-9_'-]*" name == null then builtins.toJSON name else name;
    in
    print indent;
}
