#!/bin/sh
# Runs once in a new container, in the directory of the project, before anything else does.
set -eu

# The directory comes from outside, with whatever owner it has there. git, and so Nix, works only in one
# that it is told to trust.
sudo git config --system --add safe.directory "$PWD"

# On Linux, an editor gives the user of the container your own number, and Nix was put in place for the number 1000.
if [ ! -w /nix/store ]; then
  sudo chown -R "$(id -u):$(id -g)" /nix
fi
