# /etc/passwd and /etc/group for images: root and nobody, and what is added.
{ runCommand }:
let
  make =
    {
      extraPasswdLines ? [ ],
      extraGroupLines ? [ ],
    }:
    let
      lines = builtins.concatStringsSep "\n";
      passwd = lines (
        [ "root:x:0:0:root user:/var/empty:/bin/sh" ]
        ++ extraPasswdLines
        ++ [ "nobody:x:65534:65534:nobody:/var/empty:/bin/sh" ]
      );
      group = lines ([ "root:x:0:" ] ++ extraGroupLines ++ [ "nobody:x:65534:" ]);
    in
    runCommand "fake-nss" { inherit group passwd; } ''
      mkdir -p "$out/etc" "$out/var/empty"
      printf '%s\n' "$passwd" > "$out/etc/passwd"
      printf '%s\n' "$group" > "$out/etc/group"
      echo "hosts: files dns" > "$out/etc/nsswitch.conf"
    ''
    // {
      override = make;
    };
in
make { }
