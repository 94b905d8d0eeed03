# The outputs of the flake, for every system, made from the one description in flake.nix.
inputs: describe:

let
  inherit (inputs.nixpkgs) lib;

  systems = [
    "x86_64-linux"
    "aarch64-linux"
    "aarch64-darwin"
  ];

  # `nix run` starts in the foreground; `nix run '.#lab' -- status` and the like act on the project of
  # the current directory.
  appsOf =
    lab:
    lib.mapAttrs
      (name: description: {
        type = "app";
        program = "${lab}/apps/${name}";
        meta = { inherit description; };
      })
      {
        default = "Start JupyterLab and the services, until Ctrl-C";
        start = "Start JupyterLab and the services, and leave them running";
        stop = "Stop JupyterLab and the services";
        lab = "The command of the project: status, logs, doctor and more";
      };

  # The packages for the CUDA shell: NVIDIA's are unfree, so they are allowed here, by name, and nowhere else.
  cudaPackagesOn =
    system:
    let
      inherit (inputs.nixpkgs.legacyPackages.${system}._cuda.lib) allowUnfreeCudaPredicate;

      # torch-bin, and what it is made of.
      unfree = [
        "cuda-bindings"
        "torch"
        "triton"
      ];
    in
    import inputs.nixpkgs {
      inherit system;
      config.allowUnfreePredicate =
        package: builtins.elem (lib.getName package) unfree || allowUnfreeCudaPredicate package;

      # torch-bin is made for CUDA 13, and is marked as broken with an older one. The value asks and not the name: nixpkgs would
      # look for ever for the names of an overlay that depend on what it changes.
      overlays = [
        (final: prev: {
          cudaPackages =
            if lib.versionOlder prev.cudaPackages.cudaMajorMinorVersion "13" then
              final.cudaPackages_13
            else
              prev.cudaPackages;
          # By itself it would use the processor here, too.
          ollama = prev.ollama.override { acceleration = "cuda"; };
        })
      ];
    };

  # What follows from the description on one set of packages.
  partsOn =
    pkgs: compute:
    let
      project =
        import ./project.nix
          {
            inherit lib;
            inherit (pkgs.stdenv.hostPlatform) system;
          }
          {
            # The name stands in flake.nix once, as its description.
            name = (import ../flake.nix).description;
            options = describe pkgs;
          };
      environment = import ./environment.nix { inherit pkgs project compute; };
      # What notebooks run on, in one hash: activate.sh makes the same one, which `lab status --json` prints.
      hash = builtins.hashString "sha256" (
        builtins.unsafeDiscardStringContext "${environment}\n${project.lock}"
      );
      lab = import ./lab.nix {
        inherit
          pkgs
          project
          environment
          compute
          ;
        sources = lib.attrValues (removeAttrs inputs [ "self" ]);
      };
    in
    {
      inherit
        pkgs
        project
        environment
        hash
        ;
      shell = import ./shell.nix {
        inherit
          pkgs
          project
          lab
          compute
          ;
      };
      apps = appsOf lab;
      image = import ./image.nix {
        inherit
          pkgs
          project
          environment
          hash
          ;
        inherit (lab) jupyterData;
        tag = if compute == "cuda" then "cuda" else "latest";
        venv =
          if project.usesPyPI then
            import ./venv/image.nix {
              inherit
                pkgs
                project
                environment
                hash
                lab
                ;
            }
          else
            null;
        source = inputs.self;
      };
    };

  perSystem = lib.genAttrs systems (
    system:
    let
      cpu = partsOn inputs.nixpkgs.legacyPackages.${system} "cpu";
      cuda = partsOn (cudaPackagesOn system) "cuda";
      hasCuda = cpu.project.cuda != null;
    in
    {
      devShells = {
        default = cpu.shell;
      }
      // lib.optionalAttrs hasCuda { cuda = cuda.shell; };
      apps = cpu.apps // lib.optionalAttrs hasCuda { cuda = cuda.apps.default; };
      packages = lib.optionalAttrs cpu.pkgs.stdenv.hostPlatform.isLinux (
        {
          inherit (cpu) image;
        }
        // lib.optionalAttrs hasCuda { image-cuda = cuda.image; }
      );
      checks = import ./checks.nix {
        inherit (cpu)
          pkgs
          project
          environment
          hash
          ;
        source = inputs.self;
      };
      formatter = cpu.pkgs.nixfmt;
    }
  );

  output = name: lib.mapAttrs (_: outputs: outputs.${name}) perSystem;
in
{
  devShells = output "devShells";
  apps = output "apps";
  packages = output "packages";
  checks = output "checks";
  formatter = output "formatter";
}
