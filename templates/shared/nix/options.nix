# Whether the value of an option in flake.nix is what the option wants. Where it is not, an error names the line, the option and
# the way to write it.
{ lib }:

let
  isPackage = value: value.type or null == "derivation";

  # set: where the option is defined, name: its name there, label: its whole name.
  wrong =
    {
      set,
      name,
      label ? name,
    }:
    what: next:
    let
      place = builtins.unsafeGetAttrPos name set;
      line = if place == null then "" else ", line ${toString place.line}";
    in
    throw "flake.nix${line}: `${label}` ${what}.\nNext: ${next}";

  describe =
    value:
    if builtins.isString value then
      "the text \"${value}\""
    else if isPackage value then
      "the package ${lib.getName value}"
    else if lib.isFunction value then
      "a function"
    else
      "a value of the type ${builtins.typeOf value}";

  # Gives the option's value where `fits` holds for it.
  check =
    option: fits: next:
    let
      value = option.set.${option.name};
    in
    if fits value then value else wrong option "cannot be ${describe value}" next;

  # Gives the members of the option's list where `fits` holds for each.
  checkMembers =
    option: members: fits: next:
    let
      misfits = builtins.filter (member: !fits member) members;
      first = builtins.head misfits;
    in
    if !builtins.isList members then
      wrong option "cannot be ${describe members}" "write a list, with [ and ] around it."
    else if misfits == [ ] then
      members
    else
      wrong option "cannot hold ${describe first}" (next first);

  # Says which word in flake.nix is not known, instead of leaving it without effect.
  known =
    what: names: set:
    let
      unknown = builtins.attrNames (removeAttrs set names);
    in
    if unknown == [ ] then
      set
    else
      throw "flake.nix: ${what} has no option `${builtins.head unknown}`. It knows: ${lib.concatStringsSep ", " names}.";
in
{
  inherit
    isPackage
    wrong
    check
    checkMembers
    known
    ;
}
