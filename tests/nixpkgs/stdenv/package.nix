# From the arguments of `derivation` to what users of nixpkgs know as a package.
{ checkMeta }:
{
  # What `derivation` gets.
  arguments,
  # What is only seen during evaluation.
  attributes ? { },
  meta ? { },
  passthru ? { },
  overrideAttrs ? _: throw "${arguments.name}: the stand-in cannot override this package",
}:
let
  outputs = arguments.outputs or [ "out" ];
  raw = derivation (arguments // { inherit outputs; });
  common =
    attributes
    // passthru
    // {
      inherit
        meta
        outputs
        overrideAttrs
        passthru
        ;
      inherit (arguments) name system;
      type = "derivation";
      all = map (output: package.${output}) outputs;
    };
  output =
    name:
    common
    // builtins.listToAttrs (
      map (each: {
        name = each;
        value = output each;
      }) outputs
    )
    // {
      outputName = name;
      drvPath = checkMeta common raw.drvPath;
      outPath = checkMeta common raw.${name}.outPath;
      drvAttrs = raw.drvAttrs;
    };
  package = output (builtins.head outputs);
in
package
