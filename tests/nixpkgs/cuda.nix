# NVIDIA's packages: unfree, for Linux only, and never built here.
{ pkgs, placeholder }:
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
  release = cudaMajorMinorVersion: {
    inherit cudaMajorMinorVersion;
    cudatoolkit = unfree "cuda-merged" cudaMajorMinorVersion "CUDA EULA";
    cudnn = unfree "cudnn" "9.11.0.98" "cuDNN EULA";
  };
in
{
  cudaPackages = release "12.9";
  cudaPackages_13 = release "13.2";
  inherit (pkgs.cudaPackages) cudatoolkit;
  _cuda.lib.allowUnfreeCudaPredicate =
    package:
    let
      licenses = (import ./lib/lists.nix).toList (package.meta.license or [ ]);
    in
    builtins.all (
      license: (license.free or true) || builtins.elem (license.shortName or "") nvidia
    ) licenses;
}
