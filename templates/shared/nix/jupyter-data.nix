# What Jupyter hands to browsers and reads as templates, as plain files. An environment of Nix is made of links into many
# packages, and tornado, from 6.5.9 on, refuses every file that a link leads to outside of the folder that it serves:
# extensions of JupyterLab, logos of kernels. JupyterLab's own files are one package's, and stay where they are.
{ pkgs, environment }:

pkgs.runCommandLocal "jupyter-data" { } ''
  mkdir $out
  for folder in ${environment}/share/jupyter/*; do
    case $folder in
      */lab | */\*) ;;
      *) cp -RL "$folder" $out/ ;;
    esac
  done
''
