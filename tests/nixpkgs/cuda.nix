# NVIDIA's packages: unfree, for Linux only, and never built here.
{ placeholder }:
let
  eula = shortName: {
    inherit shortName;
    free = false;
  };
  nvidia = [
    "CUDA EULA"
    "cuDNN EULA"
    "cuSPARSELt EULA"
    "cuTENSOR EULA"
    "NVIDIA OptiX EULA"
  ];
  unfree =
    pname: version: shortName:
    placeholder {
      inherit pname version;
      meta = {
        license = eula shortName;
        platforms = [
          "x86_64-linux"
          "aarch64-linux"
        ];
      };
    };
  cudatoolkit = unfree "cuda-merged" "12.9" "CUDA EULA";
in
{
  inherit cudatoolkit;
  cudaPackages = {
    inherit cudatoolkit;
    cudnn = unfree "cudnn" "9.11.0.98" "cuDNN EULA";
  };
  _cuda.lib.allowUnfreeCudaPredicate =
    package:
    let
      licenses = (import ./lib/lists.nix).toList (package.meta.license or [ ]);
    in
    builtins.all (
      license: (license.free or true) || builtins.elem (license.shortName or "") nvidia
    ) licenses;
}
