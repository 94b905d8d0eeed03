# What explain.awk does with words. It is read in front of it.

# A value of JSON as it is written: a text without its quotes, or a number; empty where there is none.
function value(json, key,   start) {
  start = index(json, "\"" key "\":")
  if (!start) return ""
  json = substr(json, start + length(key) + 3)
  if (substr(json, 1, 1) == "\"") {
    match(json, /^"([^"\\]|\\.)*"/)
    return substr(json, 2, RLENGTH - 2)
  }
  match(json, /^[0-9]*/)
  return substr(json, 1, RLENGTH)
}

# The text that is written so, without colours.
function text(json) {
  gsub(/\\\\/, "\001", json)
  gsub(/\\u001b\[[0-9;]*m/, "", json)
  gsub(/\\n/, "\n", json)
  gsub(/\\t/, "\t", json)
  gsub(/\\"/, "\"", json)
  gsub(/\001/, "\\", json)
  return json
}

function first_line(words) {
  sub(/\n.*/, "", words)
  sub(/\.$/, "", words)
  return words
}

function quoted(words) {
  sub(/^[^']*'/, "", words)
  sub(/'.*/, "", words)
  return words
}

# A word as a shell reads it.
function quote(word) {
  if (word !~ /[^A-Za-z0-9_@%+=:,.\/-]/) return word
  gsub(/\047/, "\047\\\\\047\047", word)
  return "\047" word "\047"
}

# How many letters have to be changed, added or taken out (Levenshtein); `limit` or more is as good as many.
function differences(a, b, limit,   i, j, row, before, diagonal, least, cost) {
  for (j = 0; j <= length(b); j++) row[j] = j
  for (i = 1; i <= length(a); i++) {
    diagonal = row[0]
    least = row[0] = i
    for (j = 1; j <= length(b); j++) {
      before = row[j]
      cost = diagonal + (substr(a, i, 1) != substr(b, j, 1))
      if (row[j] + 1 < cost) cost = row[j] + 1
      if (row[j - 1] + 1 < cost) cost = row[j - 1] + 1
      row[j] = cost
      diagonal = before
      if (cost < least) least = cost
    }
    if (least >= limit) return limit
  }
  return row[length(b)]
}
