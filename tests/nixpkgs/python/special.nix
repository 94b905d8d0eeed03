# Packages of the set that are no plain wheels.
{
  config,
  cudaPackages,
  makePackage,
  native,
  placeholder,
  sources,
  system,
}:
{
  final,
  minor,
  python,
}:
let
  named =
    {
      pname,
      version,
      dependencies ? [ ],
      inputs ? [ ],
      meta ? { },
    }:
    placeholder {
      inherit meta pname version;
      inputs = dependencies ++ inputs;
      passthru = {
        inherit dependencies;
        pythonModule = python;
      };
    };
  cudaSupport = config.cudaSupport or false;
  unfreeRedistributable = {
    shortName = "unfreeRedistributable";
    free = false;
  };
  # What torch-bin is made of.
  cuda-bindings = named {
    pname = "cuda-bindings";
    version = cudaPackages.cudaMajorMinorVersion;
    meta.license = unfreeRedistributable;
  };
  triton-bin = named {
    pname = "triton";
    version = "3.5.0";
    meta.license = [
      unfreeRedistributable
      {
        shortName = "mit";
        free = true;
      }
    ];
  };
  isLinux = builtins.match ".*-linux" system != null;
in
{
  torch =
    if system == "x86_64-linux" && minor == "3.13" && !cudaSupport then
      import ./torch.nix {
        inherit
          final
          makePackage
          python
          sources
          system
          ;
      }
    else
      named {
        pname = "torch";
        version = "2.13.0";
        inputs = if isLinux && cudaSupport then builtins.attrValues cudaPackages else [ ];
      };
  # Binaries for CUDA 13; the licences are the same on every system.
  torch-bin = named {
    pname = "torch";
    version = "2.9.0";
    inputs =
      (if isLinux then [ cuda-bindings ] else [ ])
      ++ (if system == "x86_64-linux" then [ triton-bin ] else [ ]);
    meta.problems =
      if builtins.compareVersions cudaPackages.cudaMajorMinorVersion "13" < 0 then
        {
          unsupported-cuda-version = {
            kind = "broken";
            message = "cudaPackages is too old (${cudaPackages.cudaMajorMinorVersion}).";
          };
        }
      else
        { };
    meta.license = [
      {
        shortName = "bsd3";
        free = true;
      }
      {
        shortName = "issl";
        free = false;
      }
      unfreeRedistributable
    ];
  };
  torchvision = named {
    pname = "torchvision";
    version = "0.26.0";
    dependencies = [ final.torch ];
  };
  torchvision-bin = named {
    pname = "torchvision";
    version = "0.23.0";
    dependencies = [ final.torch-bin ];
  };
  venvShellHook = makePackage {
    arguments = {
      name = "venv-shell-hook";
      inherit system;
      builder = native.static "bash-static";
      args = [
        "-euc"
        ''
          box() { (exec -a busybox "$busybox" "$@"); }
          box mkdir -p "$out/nix-support"
          box sed "s|@interpreter@|$interpreter|" "$hook" > "$out/nix-support/setup-hook"
          echo "$python" > "$out/nix-support/propagated-build-inputs"
        ''
      ];
      busybox = native.static "busybox-static";
      hook = ./venv-shell-hook.sh;
      inherit python;
      inherit (python) interpreter;
    };
  };
}
