# A static program, compiled by tests/provision.
{
  makePackage,
  native,
  placeholder,
  real,
  sources,
  system,
}:
let
  source = sources.programs.process-compose;
  pname = "process-compose";
  meta.mainProgram = pname;
in
if real then
  makePackage {
    arguments = {
      name = "${pname}-${source.version}";
      inherit system;
      builder = native.static "bash-static";
      args = [
        "-euc"
        ''
          box() { (exec -a busybox "$busybox" "$@"); }
          box mkdir -p "$out/bin"
          box cp "$program" "$out/bin/process-compose"
          box chmod 755 "$out/bin/process-compose"
        ''
      ];
      busybox = native.static "busybox-static";
      program = native.fetch source;
    };
    attributes = {
      inherit pname;
      inherit (source) version;
    };
    inherit meta;
  }
else
  placeholder {
    inherit meta pname;
    inherit (source) version;
  }
