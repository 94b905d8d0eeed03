# Makes a few lines of what Nix says of a failure: what happened, where, and what to do. Read by nix.sh, behind text.awk.
#
# Input: Nix's messages, each a line of JSON, as `--log-format internal-json` has them, or "@ended" with an exit code; at the
# end a line "@names" with the Python packages that there are, a list in JSON, where they were asked for.
# Variables: log_file gets all that was said; root is the project's directory. Of the environment, where a backslash
# stays one: NIX_JUPYTER_AGAIN is the command to be typed afterwards; NIX_JUPYTER_FULL is TMPDIR, where its disk is
# full; NIX_JUPYTER_RENAME is the command that gives directories other names, where that is what helps.

BEGIN {
  again = ENVIRON["NIX_JUPYTER_AGAIN"]
  renamed = ENVIRON["NIX_JUPYTER_RENAME"]
}

/^@names / { names = substr($0, 8); next }

/^@ended / { ended = $2; next }

{
  words = text(value($0, "msg"))
  whole = whole words "\n"
  # The first one is the reason; others follow from it. What a daemon says has no raw_msg.
  if (message == "" && ($0 ~ /"raw_msg":"/ || words ~ /^error: /)) {
    message = text(value($0, "raw_msg"))
    said = words
    if (message == "") message = substr(said, 8)
    line = value($0, "line") + 0
    find_file(value($0, "file"))
  }
}

END {
  printf "%s", whole >log_file
  if (message == "") message = whole
  place = file != "" && line ? file ", line " line ": " : ""
  explain()
}

function explain(   name, other) {
  if (ended == 137) say("Nix was killed, which happens where memory runs out.", "close other programs, then: " again)
  else if (ended) say("Nix ended with exit code " ended " and gave no reason.", again)
  else if (message ~ /^flake\.nix[:,] /) {
    # Said by nix/options.nix, which knows best.
    other = index(message, "\nNext: ")
    if (match(message, /It knows: [^.]*/)) {
      names = substr(message, RSTART + 10, RLENGTH - 10)
      name = message
      sub(/^.* has no option `/, "", name)
      sub(/`.*/, "", name)
      name = nearest(name)
      say(message (name != "" ? " Did you mean `" name "`?" : ""), "correct that, then: " again)
    } else if (other) say(substr(message, 1, other - 1), substr(message, other + 7))
    else say(message, "correct that, then: " again)
  } else if (message ~ /^syntax error, unexpected ','/) {
    say(place message ".", "remove the comma from line " line ": names in a list are separated by spaces. Then: " again)
  } else if (message ~ /^syntax error/) {
    say(place message ".", "correct line " line ", or the code above it: what is missing there, such as ; or ], shows here. Then: " again)
  } else if (message ~ /^undefined variable/) {
    name = quoted(message)
    # A name in no `with`: then flake.nix could not be read at all, nor asked which names there are.
    if (names == "") say(place "`" name "` is not defined.", "write ps." name " in pythonPackages, pkgs." name " elsewhere, then: " again)
    else suggest(place "there is no `" name "`.", name, nearest(name))
  } else if (message ~ /^attribute .* missing/) {
    name = quoted(message)
    if (name == "nixpkgs" && file == "nix/default.nix") {
      file = ""
      say("flake.nix has no input with the name nixpkgs.", "write inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-unstable\"; then: " again)
    } else suggest(place "there is no `" name "`.", name, suggested_by_nix())
  } else if (message ~ /is not tracked by Git/) {
    untracked(in_project(quoted(message)))
  } else if (message ~ /-source\/.*(No such file|does not exist)/) {
    name = message
    sub(/^[^\n]*-source\//, "", name)
    sub(/['\042].*/, "", name)
    name = in_project(name)
    if (exists(root "/" name)) untracked(name)
    else missing(name)
  } else if (message ~ /^[Pp]ath .* does not exist/) {
    missing(quoted(message))
  } else if (message ~ /is not part of a flake|does not contain a .*flake\.nix/) {
    say("flake.nix is not there.", git() " checkout HEAD -- flake.nix && " again)
  } else if (message ~ /is not a valid URL/ && index(message, root)) {
    say("This version of Nix opens no project in " root ": a directory on that path has a space or a special character in its name.", renamed != "" ? renamed : "curl -L https://nixos.org/nix/install | sh -s -- --daemon    (a newer Nix opens it)")
  } else if (message ~ /^\[json\.exception/) {
    # Of the files that Nix reads so, the record is the one that git merges.
    say(".nix-jupyter.json, or another .json in nix/, cannot be read: a merge that is not finished, or a change by hand.", "npx create-nix-jupyter doctor    (it says how to put it right)")
  } else if (message ~ /No space left|disk is full|Disk quota|disk I\/O error/) {
    no_space()
  } else if (index(message, cache()) && message ~ /Permission denied|not permitted|Read-only|readonly|unable to open/) {
    say("Nix cannot write to its cache, " cache() ".", own_cache())
  } else if (message ~ /connect to socket at .*Permission denied/) {
    say("You may not use the Nix daemon: " quoted(message) " is closed to you.", "sudo usermod -aG nix-users \"$USER\"    (it counts from the next login on)")
  } else if (message ~ /connect to socket at|daemon-socket|[Nn]ix daemon|\/nix\/var\/nix\/.*(Permission denied|not permitted)/) {
    # Where it has left no socket, Nix tries to do without it, in a store that belongs to root.
    say("The Nix daemon does not answer: " first_line(message) ".", start_daemon())
  } else if (message ~ /[Uu]nable to (download|fetch)|[Rr]esolve host|Connection (refused|timed out|reset)|[Tt]imeout was reached|SSL/) {
    sub(/^.*error: /, "", message)
    sub(/\)$/, "", message)
    say("Nix could not download what it needs: " first_line(message) ".", "check the network, then: " again)
  } else if (message ~ /[Rr]efusing to evaluate|not supported for interpreter/) {
    refused()
  } else if (match(message, /\/nix\/store\/[^ '\n]*\.drv/)) {
    name = substr(message, RSTART, RLENGTH)
    other = name
    sub(/^.*\/[a-z0-9]*-/, "", other)
    sub(/\.drv$/, "", other)
    say("Nix could not build " other ".", "nix --extra-experimental-features nix-command log " name)
  } else {
    say(place "Nix says: " message, "correct that, then: " again)
  }
}

# What happened, the line of the file, where the rest is, and what to do.
function say(what, next_step) {
  print what
  if (file != "" && line) {
    sub(/^[ \t]+/, "", source)
    if (source != "") print "  | " source
  }
  if (whole != "" && log_file != "/dev/null") print "The full output of Nix is in " log_file "."
  print "  Next: " next_step
}

function suggest(what, name, near) {
  if (near != "") say(what " Did you mean `" near "`?", "write " near " in line " line " of " file ", then: " again)
  else say(what, "take it out, then: " again "    (names: https://search.nixos.org/packages" (source ~ /ps/ ? "; from PyPI: lab add " name : "") ")")
}

# Without flake.nix nothing else is tracked either, and Nix would name one file after the other.
function untracked(name) {
  if (name != "flake.nix") say("Nix does not see " name ", because git does not track it.", git() " add --force " quote(name) " && " again)
  # As a home directory that is one, in which all is ignored.
  else if (system("git -C " quote(root) " check-ignore --quiet . 2>/dev/null") == 0)
    say("Nix does not see the project, because the git repository around it ignores its directory.", git() " init && " add_all())
  else say("Nix does not see the project, because git does not track its files.", add_all())
}

function add_all() {
  return git() " add . && " git() " add --force nix && " again
}

# In a repository around the project, Nix names files from there; an old one that sees none of them, the directory.
function in_project(name,   at) {
  if (exists(root "/" name)) return name
  if (substr(root, length(root) - length(name)) == "/" name) return "flake.nix"
  for (at = length(name); at > 0; at--) {
    if (substr(name, at, 1) == "/" && substr(root, length(root) - at + 1) "/" == "/" substr(name, 1, at)) return substr(name, at + 1)
  }
  return name
}

# Who types ./start stands in the project.
function git() {
  return again ~ /^\.\/(start|lab)( |$)/ ? "git" : "git -C " quote(root)
}

function missing(name) {
  say("A file that the project names is not there: " name ".", "correct the name, or bring the file back, then: " again)
}

# The store is what garbage collection makes room on. Nix also writes for a while into TMPDIR, and into its cache, which it names.
function no_space(   full) {
  full = ENVIRON["NIX_JUPYTER_FULL"]
  if (full != "") {
    say("The disk that holds TMPDIR is full: " full ".", with("TMPDIR=/tmp"))
  } else if (match(message, /[\047"]\/[^\047"]*\//) && (full = substr(message, RSTART + 1, RLENGTH - 2)) !~ /^\/nix(\/|$)/) {
    # SQLite has no word for a quota.
    say("The disk that holds " full " is full" (message ~ /quota|I\/O/ ? ", or your quota on it is used up." : "."), "df -h " quote(full))
  } else say("The disk is full: " first_line(message) ".", "nix-collect-garbage --delete-older-than 30d")
}

# The same command with a variable, as every shell takes it.
function with(variable,   mark) {
  mark = again ~ /^!/ ? "!" : ""
  return mark "env " variable " " substr(again, length(mark) + 1)
}

function cache() {
  return (ENVIRON["XDG_CACHE_HOME"] != "" ? ENVIRON["XDG_CACHE_HOME"] : ENVIRON["HOME"] "/.cache") "/nix"
}

# `sudo nix` leaves files there that are root's. Otherwise the whole disk, or the home directory, is closed.
function own_cache(   foreign) {
  foreign = "find " quote(cache()) " ! -user \"$(id -u)\" 2>/dev/null | grep -q ."
  if (!system(foreign)) return "sudo chown -R \"$USER\" " quote(cache()) " && " again
  return with("XDG_CACHE_HOME=/some/directory")
}

# In the words of doctor.json.
function start_daemon() {
  if (!system("test -d /run/systemd/system")) return "sudo systemctl start nix-daemon.socket"
  if (!system("test -d /Library/LaunchDaemons")) return "sudo launchctl kickstart -k system/org.nixos.nix-daemon"
  return "sudo sh -c 'nix-daemon > /dev/null 2>&1 &'"
}

# nixpkgs refuses what is unfree, broken, insecure or not for this system.
function refused(   package, name, why, number, text_of_line) {
  package = message
  sub(/^[^\n]*[Pp]ackage [^A-Za-z0-9]*/, "", package)
  match(package, /^[A-Za-z0-9.+_-]+/)
  package = substr(package, 1, RLENGTH)
  why = "nixpkgs refuses it"
  if (message ~ /unfree licen/) why = "its licence is not free, and nixpkgs refuses it"
  else if (message ~ /broken/) why = "nixpkgs marks it as broken"
  else if (message ~ /insecure|vulnerab/) why = "it has known security holes, and nixpkgs refuses it"
  else if (message ~ /not supported for interpreter/) why = "it does not work with this Python"
  else if (message ~ /not available on|unsupported/) why = "it is not made for this system"
  name = package
  sub(/^python3[.0-9]*-/, "", name)
  sub(/-[0-9].*/, "", name)
  while (name != "" && (getline text_of_line <(root "/flake.nix")) > 0) {
    number++
    if (text_of_line ~ /^[ \t]*#/ || !index(text_of_line, name)) continue
    file = "flake.nix"; line = number; source = text_of_line
    break
  }
  say((file != "" ? file ", line " line ": " : "") package " cannot be used: " why ".", "take " name " out of flake.nix, then: " again)
}

# The project's file that the message is about, and its line; none where it is about a file of nixpkgs.
function find_file(path,   number) {
  sub(/:[0-9]+:[0-9]+$/, "", path)
  if (index(path, root "/") == 1) path = substr(path, length(root) + 2)
  else if (!sub(/^.*-source\//, "", path) && !sub(/^«[^»]*»\//, "", path)) return
  if (!exists(root "/" path)) return
  file = path
  while (number < line && (getline source <(root "/" path)) > 0) number++
  close(root "/" path)
}

function exists(path,   ignored, found) {
  found = (getline ignored <path) >= 0
  close(path)
  return found
}

function suggested_by_nix(   words) {
  if (!match(said, /Did you mean (one of )?[A-Za-z0-9_-]+/)) return ""
  words = substr(said, RSTART, RLENGTH)
  sub(/^.* /, "", words)
  return words
}

# The known name that differs least, if not by much.
function nearest(name,   list, count, i, distance, best, found) {
  gsub(/[\[\]" ]/, "", names)
  count = split(names, list, ",")
  best = int(length(name) / 4) + 2
  for (i = 1; i <= count; i++) {
    if (length(list[i]) - length(name) >= best || length(name) - length(list[i]) >= best) continue
    distance = differences(tolower(name), tolower(list[i]), best)
    if (distance < best) { best = distance; found = list[i] }
  }
  return found
}
