"""The commands of `lab`, a file each."""
