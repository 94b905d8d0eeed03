#!/usr/bin/env node
// Old syntax on purpose: any Node must be able to read this file, so that an old one gets a sentence and no stack trace.
'use strict'

var version = process.versions.node.split('.')
var major = Number(version[0])

if (major > 20 || (major === 20 && Number(version[1]) >= 12)) {
  require('../dist/program.cjs').runCli()
} else {
  console.error('create-nix-jupyter needs Node 20.12 or newer; this is Node %s.', process.versions.node)
  process.exitCode = 1
}
