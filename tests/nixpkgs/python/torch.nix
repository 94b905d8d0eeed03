# PyTorch for the CPU: Debian's build, which is the only one without gigabytes of CUDA.
{
  final,
  makePackage,
  python,
  sources,
  system,
}:
let
  # Libraries of its own suite, above the C and C++ libraries of everything else.
  native = import ../native {
    inherit sources system;
    debs = sources.torch // {
      inherit (sources.debs)
        libc6
        libgcc-s1
        libgomp1
        "libstdc++6"
        ;
    };
  };
  version = native.versionOf "python3-torch";
  dependencies = [
    final.filelock
    final.fsspec
    final.jinja2
    final.networkx
    final.numpy
    final.packaging
    final.psutil
    final.pyyaml
    final.requests
    final.setuptools
    final.sympy
    final.typing-extensions
  ];
in
makePackage {
  arguments = {
    name = "python3.13-torch-${version}";
    inherit system;
    builder = "${native.bootstrap}/bin/python";
    args = [ "${../native/build}/torch.py" ];
    bash = native.static "bash-static";
    patchelf = "${native.bootstrap}/bin/patchelf";
    archives = [ (native.fetch native.debs.python3-torch) ];
    dependencies = map (unit: native.units.${unit}) (native.closureOfAll [ "python3-torch" ]);
    inherit python;
    sitePackages = python.sitePackages;
  };
  attributes = {
    inherit version;
    pname = "torch";
    propagatedBuildInputs = dependencies ++ [ python ];
  };
  passthru = {
    inherit dependencies;
    pythonModule = python;
    cudaSupport = false;
  };
}
