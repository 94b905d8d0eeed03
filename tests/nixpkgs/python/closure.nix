# Modules with all that they need; what is no module of this interpreter is left out, as in nixpkgs.
{ python }:
modules:
let
  own = builtins.filter (
    each: each != null && (each.pythonModule or null).pythonVersion or null == python.pythonVersion
  );
  item = value: {
    key = value.outPath;
    inherit value;
  };
in
map (each: each.value) (
  builtins.genericClosure {
    startSet = map item (own modules);
    operator = each: map item (own each.value.dependencies);
  }
)
