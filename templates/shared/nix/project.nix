# The description from flake.nix, checked and with its defaults filled in.
{ lib }:

{ name, options }:

let
  defaults = {
    pythonPackages = _: [ ];
    packages = [ ];
    services = { };
    venv = "pip";
    cuda = null;
  };

  serviceDefaults = {
    health = "/healthz";
    environment = { };
  };

  # Says which word in flake.nix is not known, instead of leaving it without effect.
  known =
    what: names: set:
    let
      unknown = builtins.attrNames (removeAttrs set names);
    in
    if unknown == [ ] then
      set
    else
      throw "flake.nix: ${what} has no option `${builtins.head unknown}`. It knows: ${lib.concatStringsSep ", " names}.";

  service =
    serviceName: given:
    if serviceName == "jupyter" then
      throw "flake.nix: `services.jupyter` is taken by JupyterLab itself. Give your service another name."
    else if !(given ? command) then
      throw "flake.nix: `services.${serviceName}` needs a command, such as: command = \"python server.py\";"
    else
      serviceDefaults
      // known "services.${serviceName}" [
        "command"
        "health"
        "environment"
      ] given;

  cuda =
    given:
    if given == null then
      null
    else
      {
        toolkit = false;
      }
      // known "cuda" [ "toolkit" ] given;

  checked = known "the project" ([ "python" ] ++ builtins.attrNames defaults) options;
in
defaults
// checked
// {
  inherit name;
  version = (lib.importJSON ../.nix-jupyter.json).version;
  python = checked.python or (throw "flake.nix: `python` is missing, such as: python = pkgs.python313;");
  services = lib.mapAttrs service (checked.services or { });
  cuda = cuda (checked.cuda or null);
}
