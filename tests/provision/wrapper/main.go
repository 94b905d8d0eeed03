// The program that stands in for bin/python3.13 of an environment: it runs the base interpreter
// under the name that it was itself called by, as nixpkgs' compiled wrapper does.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// A derivation writes the real settings over this text, padded with underscores to its length.
var settings = "@wrapper-settings@" + padding

const padding = line + line + line + line + line + line + line + line + line + line +
	line + line + line + line + line + line + line + line + line + line
const line = "________________________________________________________________________________" +
	"________________________________________________________________________________________"

type configuration struct {
	Target  string     `json:"target"`
	Changes [][]string `json:"changes"`
}

func main() {
	var wanted configuration
	if err := json.Unmarshal([]byte(strings.TrimRight(settings, "_")), &wanted); err != nil {
		fail(err)
	}
	arguments := []string{ownName()}
	for _, change := range wanted.Changes {
		if change[0] == "add-flags" {
			arguments = append(arguments, strings.Fields(change[1])...)
		} else {
			apply(change[0], change[1], change[2:])
		}
	}
	arguments = append(arguments, os.Args[1:]...)
	fail(syscall.Exec(wanted.Target, arguments, os.Environ()))
}

// apply makes one change to the environment, in the words of makeWrapper.
func apply(operation, name string, values []string) {
	old, exists := os.LookupEnv(name)
	switch operation {
	case "unset":
		os.Unsetenv(name)
	case "set":
		os.Setenv(name, values[0])
	case "set-default":
		if !exists {
			os.Setenv(name, values[0])
		}
	case "prefix":
		if old != "" {
			old = values[0] + old
		}
		os.Setenv(name, values[1]+old)
	case "suffix":
		if old != "" {
			old += values[0]
		}
		os.Setenv(name, old+values[1])
	}
}

// ownName makes a bare name absolute by PATH, and leaves a name with a directory as it is.
func ownName() string {
	name := os.Args[0]
	if strings.ContainsRune(name, '/') {
		return name
	}
	found, err := exec.LookPath(name)
	if err != nil {
		return name
	}
	absolute, err := filepath.Abs(found)
	if err != nil {
		return found
	}
	return absolute
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "python wrapper:", err)
	os.Exit(127)
}
