# The certificates of Mozilla in one file, as Debian ships them.
{
  makePackage,
  native,
  placeholder,
  real,
  system,
}:
let
  pname = "nss-cacert";
  version = native.versionOf "ca-certificates";
in
if real then
  makePackage {
    arguments = {
      name = "${pname}-${version}";
      inherit system;
      builder = native.static "bash-static";
      args = [
        "-euc"
        ''
          box() { (exec -a busybox "$busybox" "$@"); }
          box dpkg-deb -x "$archive" unpacked
          box mkdir -p "$out/etc/ssl/certs"
          box cat unpacked/usr/share/ca-certificates/mozilla/*.crt > "$out/etc/ssl/certs/ca-bundle.crt"
        ''
      ];
      busybox = native.static "busybox-static";
      archive = native.fetch native.debs.ca-certificates;
    };
    attributes = {
      inherit pname version;
    };
  }
else
  placeholder { inherit pname version; }
