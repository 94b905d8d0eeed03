# One of the `services` in flake.nix, checked and with its defaults filled in.
{ check, known }:

let
  defaults = {
    health = "/healthz";
    environment = { };
    # Whether it answers everybody on this computer, on purpose.
    open = false;
  };

  withCommand =
    serviceName: options:
    let
      names = [ "command" ] ++ builtins.attrNames defaults;
      checked = known "services.${serviceName}" names options;
    in
    if builtins.isAttrs options && checked ? command then
      checked
    else
      throw "flake.nix: `services.${serviceName}` needs a command, such as: command = \"python server.py\";";

  checkService =
    serviceName: service:
    let
      option = name: {
        inherit name;
        set = service;
        label = "services.${serviceName}.${name}";
      };
      variable = name: _: check (environment name) builtins.isString "write a text: ${name} = \"…\";";
      environment = name: {
        inherit name;
        set = service.environment;
        label = "services.${serviceName}.environment.${name}";
      };
    in
    service
    // {
      command = check (option "command") builtins.isString "write command = \"python server.py\";";
      health = check (option "health") builtins.isString "write health = \"/healthz\";";
      environment = builtins.mapAttrs variable (
        check (option "environment") builtins.isAttrs "write environment = { NAME = \"value\"; };"
      );
      open = check (option "open") builtins.isBool "write open = true; or leave it out.";
    };
in
serviceName: options:
if serviceName == "jupyter" then
  throw "flake.nix: `services.jupyter` is taken by JupyterLab itself. Give your service another name."
else if builtins.match "[a-z][a-z0-9-]*" serviceName == null then
  throw "flake.nix: `services.${serviceName}`: a name is made of a to z, 0 to 9 and -."
else
  checkService serviceName (defaults // withCommand serviceName options)
