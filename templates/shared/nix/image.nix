# `nix build '.#image'`: the environment as an image for Docker, Podman and JupyterHub. The result is a script that writes it, so that
# it is never in the Nix store a second time.
{
  pkgs,
  project,
  environment,
  hash,
  tag,
  jupyterData,
  venv,
  source,
}:

let
  inherit (pkgs) lib dockerTools;

  # Names of images are stricter than those of projects.
  words = builtins.filter (word: builtins.isString word && word != "") (
    builtins.split "[^a-z0-9]+" (lib.toLower project.name)
  );
  name = if words == [ ] then "lab" else lib.concatStringsSep "-" words;

  # As JupyterHub expects it.
  user = "jovyan";
  home = "/home/${user}";

  variables = {
    HOME = home;
    USER = user;
    SHELL = "${pkgs.bashInteractive}/bin/bash";
    LANG = "C.UTF-8";
    PATH = lib.makeBinPath (
      lib.optional (venv != null) venv
      ++ [ environment ]
      ++ project.packages
      ++ [
        pkgs.bashInteractive
        pkgs.coreutils
      ]
    );
    SSL_CERT_FILE = "/etc/ssl/certs/ca-bundle.crt";
    JUPYTER_PREFER_ENV_PATH = "1";
    JUPYTER_CONFIG_PATH = "${source}/jupyter";
    NIX_JUPYTER_IMAGE = name;
    # What a hub and a cluster compare, too.
    NIX_JUPYTER_HASH = hash;
    # Of the driver of an NVIDIA card, what programs compute with, and `nvidia-smi`.
    NVIDIA_DRIVER_CAPABILITIES = "compute,utility";
  }
  // lib.optionalAttrs (!project.venv.hasJupyterLab) {
    # As in activate.sh: beside a virtual environment, JupyterLab would look for its own files there alone.
    JUPYTER_CONFIG_PATH = "${source}/jupyter:${environment}/etc/jupyter";
    JUPYTER_PATH = "${jupyterData}:${environment}/share/jupyter";
    JUPYTERLAB_DIR = "${environment}/share/jupyter/lab";
  }
  // lib.optionalAttrs (venv != null) { VIRTUAL_ENV = venv; };

  # What starts JupyterLab, and the page that asks for its token.
  jupyterlab = pkgs.runCommandLocal "start-jupyterlab" { } ''
    mkdir $out
    cp -R ${./lab/services/jupyter.py} $out/jupyter.py
    cp -R ${./lab/services/pages} $out/pages
  '';

  # What the container runs. It may be any user, on a disk that is read-only but for /tmp, and a volume may lie over
  # the home directory.
  entry = pkgs.writeShellScriptBin "enter-container" ''
    set -o errexit -o nounset

    project=$HOME/${name}
    if [[ ! -w $HOME ]]; then
      HOME=$(mktemp --directory /tmp/home-XXXXXX)
      export HOME
      if [[ ! -w $project ]]; then
        echo "${home} cannot be written to: what you save is gone when this container ends." >&2
        echo "  Next: give it a volume: --volume ${name}:${home}" >&2
        project=$HOME/${name}
      fi
    fi
    if [[ ! -e $project ]]; then
      copy=$(mktemp --directory "$project.XXXXXX")
      cp --recursive ${source}/. "$copy"
      chmod --recursive u+w "$copy"
      chmod 755 "$copy"
      mv --no-target-directory "$copy" "$project"
    fi
    cd "$project"

    # Sockets of kernels: not every volume can hold them.
    JUPYTER_RUNTIME_DIR=$(mktemp --directory /tmp/jupyter-XXXXXX)
    export JUPYTER_RUNTIME_DIR

    # The driver of an NVIDIA card: a container engine or Kubernetes puts it here, where the image has nothing of its own.
    for directory in /usr/local/nvidia/lib64 /usr/lib64 /usr/lib/''${HOSTTYPE}-linux-gnu /usr/lib/wsl/lib; do
      if [[ -e $directory/libcuda.so.1 ]]; then
        export LD_LIBRARY_PATH=$directory''${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
        break
      fi
    done

    if [[ $# == 0 && -n ''${JUPYTERHUB_API_TOKEN-} ]]; then
      set -- jupyterhub-singleuser
    fi
    if [[ ''${1-} == jupyterhub-singleuser ]] && ! type -P jupyterhub-singleuser >/dev/null; then
      echo "This image has no jupyterhub-singleuser, which JupyterHub starts." >&2
      echo "  Next: in the project,  npx create-nix-jupyter add hub  and build the image again" >&2
      exit 127
    fi
    if [[ $# == 0 ]]; then
      set -- python3 -P ${jupyterlab}/jupyter.py
    fi
    exec "$@"
  '';
in
if !(source ? submodules || source ? rev) then
  pkgs.runCommandLocal "image" { } ''
    echo "Without git, the whole directory would be in the image, data and .env too." >&2
    echo "  Next: git init && git add --all" >&2
    exit 1
  ''
else
  dockerTools.streamLayeredImage {
    inherit name tag;
    contents = [
      dockerTools.binSh
      dockerTools.usrBinEnv
      dockerTools.caCertificates
      (dockerTools.fakeNss.override {
        extraPasswdLines = [ "${user}:x:1000:100:${user}:${home}:/bin/sh" ];
        extraGroupLines = [ "users:x:100:" ];
      })
    ];
    extraCommands = "mkdir -m 1777 tmp";
    # Whoever is in the group may write there: not every cluster gives the user the number 1000.
    fakeRootCommands = ''
      mkdir -p .${home}
      chmod 775 .${home}
      chown 1000:100 .${home}
    '';
    config = {
      User = "1000:100";
      WorkingDir = home;
      ExposedPorts."8888/tcp" = { };
      Entrypoint = [
        "${pkgs.tini}/bin/tini"
        "--"
        "${entry}/bin/enter-container"
      ];
      Env = lib.mapAttrsToList (variable: value: "${variable}=${value}") variables;
      Labels = {
        "org.opencontainers.image.title" = project.name;
        "nix-jupyter.hash" = hash;
      };
    };
  }
