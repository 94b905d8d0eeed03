# Older Nix has no warnings of its own.
builtins.warn or (message: builtins.trace "evaluation warning: ${message}")
