# Shows what Nix does while it does it: on a terminal one line that changes, elsewhere a line now and then. Read by nix.sh.
#
# Input: what Nix writes with `--log-format internal-json`, and a line "@nix failed", with its exit code, where it failed.
# Lines of other programs are passed on, and may say why it failed. What Nix says of a failure goes to file descriptor 4, as it came; where it says
# nothing, a line "@ended" with the code.
# Variable: terminal is 1 where the line can change.
#
# The types are those of Nix's own source (src/libutil/include/nix/util/logging.hh): activities 100 copying a path, 101 a
# transfer, 105 a build; results 105 progress (done, expected, …), 106 how much of one type of activity is expected in all.

BEGIN {
  srand()
  say("Reading flake.nix …")
}

!/^@nix / {
  if (/^  Next: /) explained = 1
  clear()
  print
  fflush()
  next
}

/^@nix failed/ { failed = $3; next }

/"action":"result"/ {
  type = number("type")
  if (type == 105 && (number("id") in transfers)) transferred(number("id"))
  else if (type == 106 && /"fields":\[101,/) wanted = second_field()
  next
}

/"action":"start"/ {
  type = number("type")
  if (type == 101) started()
  else if (/"text":"evaluating /) say("Reading flake.nix …")
  else if (/"level":[0-3],/ && !/"text":""/) step(type)
  next
}

# Through a daemon, warnings have that level, too.
/"level":0,/ && /"msg":/ && !/"msg":"(\\u001b\[[0-9;]*m)?warning:/ { errors = errors $0 "\n" }

END {
  clear()
  # 130: Ctrl-C, and who typed it knows.
  if (failed && errors == "" && failed != 130 && !explained) errors = "@ended " failed "\n"
  if (failed) printf "%s", errors | "cat >&4"
}

# A transfer has begun. What only says what there is, is small and not counted.
function started() {
  if (/\.narinfo"|nix-cache-info"/) return
  transfers[number("id")] = 1
  if (/"text":"downloading [^ ]*\/archive\// && !wanted) what = "nixpkgs, "
}

function transferred(id,   now) {
  now = first_field()
  got += now - done[id]
  expected += second_field() - size[id]
  done[id] = now
  size[id] = second_field()
  if (!got) return
  if (!began) began = time()
  if (wanted) what = ""
  show_download(wanted > got ? wanted : expected)
}

function show_download(all,   percent, text) {
  text = what megabytes(got) (all > got ? " of " megabytes(all) : "") left(all)
  if (terminal) {
    say("Downloading " text)
    return
  }
  # Small downloads need no lines; of others one for each tenth.
  percent = all > got ? int(10 * got / all) * 10 : 100
  if (all < 20000000 || percent <= shown) return
  shown = percent
  print "Downloading: " text
  fflush()
}

# ", about 3 minutes left", once the speed is known.
function left(all,   seconds, minutes) {
  seconds = time() - began
  if (seconds < 3 || all <= got) return ""
  minutes = (all - got) / got * seconds / 60
  if (minutes < 1) return ", less than a minute left"
  return sprintf(", about %.0f minute%s left", minutes, minutes < 1.5 ? "" : "s")
}

function step(type,   text) {
  match($0, /"text":"[^"]*"/)
  text = substr($0, RSTART + 8, RLENGTH - 9)
  gsub(/\\u001b\[[0-9;]*m/, "", text) # colors
  # Of what comes in bytes, the bytes say more.
  if (type == 100 && (wanted || !terminal)) return
  if (type == 105 && text ~ /^building /) {
    gsub(/^building '.*\/[a-z0-9]+-|\.drv'.*$/, "", text)
    text = "Building " text
  }
  if (sub(/^waiting for lock on '[^']*\/[a-z0-9]+-/, "Waiting for ", text)) sub(/'.*$/, ", which another Nix is building", text)
  if (terminal) say(text " …")
  else {
    print text " …"
    fflush()
  }
}

# Blanks erase the line of before: the output of a notebook's cell knows no other way, and shows the code for it.
function say(text) {
  if (!terminal || text == last) return
  erase()
  last = text
  width = length(substr(text, 1, 78))
  printf "%s", substr(text, 1, 78)
  fflush()
}

function clear() {
  if (last == "") return
  erase()
  fflush()
}

function erase() {
  printf "\r%" width "s\r", ""
  last = ""
  width = 0
}

function megabytes(bytes) {
  return bytes < 1000000000 ? sprintf("%.0f MB", bytes / 1000000) : sprintf("%.1f GB", bytes / 1000000000)
}

# Seconds since 1970: srand gives the last seed, which is the time, in every awk.
function time() {
  srand()
  return srand()
}

function number(key) {
  match($0, "\"" key "\":[0-9]+")
  return substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 3)
}

function first_field() {
  match($0, /"fields":\[[0-9]+/)
  return substr($0, RSTART + 10, RLENGTH - 10) + 0
}

function second_field(   part) {
  if (!match($0, /"fields":\[[0-9]+,[0-9]+/)) return 0
  part = substr($0, RSTART, RLENGTH)
  sub(/.*,/, "", part)
  return part + 0
}
