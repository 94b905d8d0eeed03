"""What a file of `lab bundle` holds: the commit, the programs of the Nix store, the archive."""
