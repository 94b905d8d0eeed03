# Strings.
let
  inherit (builtins) stringLength substring;
in
rec {
  concatMapStringsSep =
    separator: f: list:
    builtins.concatStringsSep separator (map f list);

  optionalString = condition: string: if condition then string else "";

  hasPrefix = prefix: string: substring 0 (stringLength prefix) string == prefix;

  hasSuffix =
    suffix: string:
    let
      start = stringLength string - stringLength suffix;
    in
    start >= 0 && substring start (stringLength suffix) string == suffix;

  removeSuffix =
    suffix: string:
    if hasSuffix suffix string then
      substring 0 (stringLength string - stringLength suffix) string
    else
      string;

  toLower =
    let
      letters = string: builtins.genList (index: substring index 1 string) (stringLength string);
    in
    builtins.replaceStrings (letters "ABCDEFGHIJKLMNOPQRSTUVWXYZ") (
      letters "abcdefghijklmnopqrstuvwxyz"
    );

  fileContents = file: removeSuffix "\n" (builtins.readFile file);

  versionOlder = a: b: builtins.compareVersions b a == 1;

  versionAtLeast = a: b: !versionOlder a b;

  # Only what the shell could misread is quoted.
  escapeShellArg =
    argument:
    let
      string = toString argument;
    in
    if builtins.match "[[:alnum:],._+:@%/-]+" string == null then
      "'${builtins.replaceStrings [ "'" ] [ "'\\''" ] string}'"
    else
      string;

  escapeShellArgs = concatMapStringsSep " " escapeShellArg;

  # NAME=value, with lists and sets as bash arrays.
  toShellVar =
    name: value:
    if builtins.match "[a-zA-Z_][a-zA-Z0-9_]*" name == null then
      throw "toShellVar: '${name}' is not a name that a shell variable can have"
    else if value ? outPath || !(builtins.isAttrs value || builtins.isList value) then
      "${name}=${escapeShellArg value}"
    else if builtins.isList value then
      "declare -a ${name}=(${escapeShellArgs value})"
    else
      "declare -A ${name}=(${
        builtins.concatStringsSep " " (
          map (key: "[${escapeShellArg key}]=${escapeShellArg value.${key}}") (builtins.attrNames value)
        )
      })";
}
