# `nix flake check`: the notebooks run, server.py answers, and the Nix files are in good form.
{
  pkgs,
  project,
  environment,
  hash,
  source,
}:

let
  inherit (pkgs) lib runCommand;

  # Away from the sources, which are read-only here, and with a home directory, which a build has not.
  inProject = script: ''
    export HOME=$TMPDIR/home PYTHONDONTWRITEBYTECODE=1
    mkdir "$HOME"
    cp -R ${source}/. "$TMPDIR/project"
    chmod -R u+w "$TMPDIR/project"
    cd "$TMPDIR/project"
    ${script}
    touch $out
  '';
in
{
  # What is checked here is what the shell and the image have: this is their hash, in the log and as the result.
  environment = runCommand "environment-hash" { } ''
    test -x ${environment}/bin/python3
    echo ${hash} | tee $out
  '';
  formatting = runCommand "nix-formatting" { } (inProject ''
    ${pkgs.nixfmt}/bin/nixfmt --check flake.nix nix/*.nix
  '');
}
# A build has no network, so packages from PyPI are not there. With those: python -m unittest discover -s tests
// lib.optionalAttrs (!project.usesPyPI) {
  # Servers on 127.0.0.1 are part of the tests; macOS has to be told.
  tests = runCommand "project-tests" { __darwinAllowLocalNetworking = true; } (inProject ''
    ${environment}/bin/python3 -m unittest discover --verbose --start-directory tests
  '');
}
