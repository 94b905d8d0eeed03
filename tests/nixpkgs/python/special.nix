# Packages of the set that are no plain wheels.
{ lib, placeholder }:
{
  final,
  minor,
  python,
}:
let
  named =
    pname: version: dependencies: meta:
    placeholder {
      inherit meta pname version;
      inputs = dependencies;
      passthru = {
        inherit dependencies;
        pythonModule = python;
      };
    };
  # The licences of NVIDIA and Intel that torch-bin carries on every system.
  unfree = [
    { free = true; }
    { free = false; }
  ];
in
{
  torch-bin = named "torch" "2.9.0" [ ] { license = unfree; };
  torchvision-bin = named "torchvision" "0.23.0" [ final.torch-bin ] { };
}
