# pkgs.formats: values written as configuration files.
{
  jq,
  python,
  pyyaml,
  runCommand,
}:
let
  format = command: _: {
    generate =
      name: value:
      runCommand name {
        json = builtins.toJSON value;
        passAsFile = [ "json" ];
      } command;
  };
  script = name: "${python}/bin/python ${./scripts}/${name}.py";
in
{
  json = format ''${jq}/bin/jq . "$jsonPath" > "$out"'';
  toml = format ''${script "toml"} < "$jsonPath" > "$out"'';
  yaml = format ''PYTHONPATH=${pyyaml}/${python.sitePackages} ${script "yaml_1_1"} < "$jsonPath" > "$out"'';
}
