# Refuses what nixpkgs refuses, and only when the package is really asked for.
{ config, system }:
let
  licenses =
    meta:
    let
      license = meta.license or [ ];
    in
    if builtins.isList license then license else [ license ];
  isUnfree = meta: builtins.any (license: !(license.free or true)) (licenses meta);
  allowsUnfree =
    package: (config.allowUnfree or false) || (config.allowUnfreePredicate or (_: false)) package;
  brokenProblems =
    meta:
    builtins.filter (problem: problem.kind or null == "broken") (
      builtins.attrValues (meta.problems or { })
    );
  runsHere =
    meta:
    builtins.elem system (meta.platforms or [ system ])
    && !builtins.elem system (meta.badPlatforms or [ ]);
in
# Returns the value when the package may be used.
package: value:
let
  inherit (package) meta name;
  refuse = reason: throw "Package '${name}' ${reason}, refusing to evaluate.";
in
if isUnfree meta && !allowsUnfree package then
  refuse "has an unfree license"
else if meta.broken or false && !(config.allowBroken or false) then
  refuse "is marked as broken"
else if brokenProblems meta != [ ] && !(config.allowBroken or false) then
  refuse "is marked as broken: ${(builtins.head (brokenProblems meta)).message}"
else if !runsHere meta then
  refuse "is not available on the requested hostPlatform ${system}"
else if
  meta.knownVulnerabilities or [ ] != [ ]
  && !builtins.elem name (config.permittedInsecurePackages or [ ])
then
  refuse "is marked as insecure"
else
  value
