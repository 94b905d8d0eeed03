# Options of modules, and the marks that a definition can carry.
{
  mkOption =
    {
      default ? null,
      defaultText ? null,
      description ? null,
      example ? null,
      internal ? false,
      readOnly ? false,
      type ? null,
      visible ? true,
    }@declared:
    declared // { _type = "option"; };

  mkDefault = content: {
    _type = "override";
    priority = 1000;
    inherit content;
  };

  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
}
