import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Nix } from '../../support/environment.ts'
import { must, run } from '../../support/run.ts'
import { build, environment, value, versions } from './nix.ts'

const directory = mkdtempSync(join(tmpdir(), 'stand-in-shell-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** A project whose lock was redirected to the stand-in, as the integration tests do it. */
async function project(shell: string, nix: Nix) {
  const home = mkdtempSync(join(directory, 'project-'))
  const flake = `{
    inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    outputs = inputs: let pkgs = inputs.nixpkgs.legacyPackages.x86_64-linux; in {
      devShells.x86_64-linux.default = ${shell};
    };
  }`
  writeFileSync(join(home, 'flake.nix'), flake)
  const options = { cwd: home, env: { PATH: process.env.PATH, HOME: home, NIX_CONF_DIR: environment.nixConf } }
  await must('git', ['init', '--quiet', '.'], options)
  await must('git', ['add', 'flake.nix'], options)
  const redirect = ['flake', 'lock', '--override-input', 'nixpkgs', `path:${environment.nixpkgs}`]
  await must(`${nix.bin}/nix`, redirect, options)
  await must('git', ['add', 'flake.lock'], options)
  return (script: string) => run(`${nix.bin}/nix`, ['develop', '--command', 'bash', '-c', script], options)
}

const hooks =
  '(pkgs.mkShell { shellHook = "echo one"; }) (pkgs.mkShell { shellHook = "echo two"; packages = [ pkgs.jq ]; })'

describe.each(versions)('nix develop of Nix %s', (_, nix) => {
  test('runs the hook, then the command, and returns its exit code without a word of its own', async () => {
    const enter = await project('pkgs.mkShellNoCC { shellHook = "export A=hook"; B = "b"; env.C = "c"; }', nix)
    await enter('true') // builds what is missing
    const result = await enter('echo "$A $B $C $SOURCE_DATE_EPOCH"; exit 7')
    expect(result).toMatchObject({ code: 7, stdout: 'hook b c 315532800\n', stderr: '' })
  })

  test('puts the packages first on PATH, in their order, then the usual tools, then the old PATH', async () => {
    const enter = await project('pkgs.mkShell { packages = [ pkgs.jq pkgs.git ]; buildInputs = [ pkgs.curl ]; }', nix)
    const parts = (await enter('echo "$PATH"')).stdout.trim().split(':')
    const places = ['-jq-', '-git-', '-curl-', '-coreutils-', '-bash-', '/usr/bin'].map((name) =>
      parts.findLastIndex((part) => part.includes(name)),
    )
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect((await enter('command -v git; command -v make')).stdout).toMatch(/-git-.*\n.*-gnumake-/)
  })

  test('has a bash of its own as SHELL', async () => {
    const enter = await project('pkgs.mkShell { }', nix)
    expect((await enter('echo "$SHELL"')).stdout.trim()).toBe(`${await build('pkgs.bashInteractive')}/bin/bash`)
  })

  test('inputsFrom: inputs join, hooks run in reverse order, the own one last', async () => {
    const enter = await project(`pkgs.mkShell { inputsFrom = [ ${hooks} ]; shellHook = "echo own"; }`, nix)
    expect((await enter('command -v jq')).stdout).toMatch(/^two\none\nown\n.*-jq-/)
  })
})

const [newest] = [environment.nix.at(-1) as Nix]

test('a module without an environment is found by PYTHONPATH, an environment needs none', async () => {
  const module = await project('pkgs.mkShell { packages = [ pkgs.python313 pkgs.python313.pkgs.httpx ]; }', newest)
  expect((await module('python3 -c "import httpx, anyio; print(1)"; echo $PYTHONHASHSEED')).stdout).toBe('1\n0\n')
  const env = await project('pkgs.mkShell { packages = [ (pkgs.python313.withPackages (ps: [ ps.httpx ])) ]; }', newest)
  expect((await env('python3 -c "import httpx; print(1)"; echo "$PYTHONPATH"')).stdout).toBe('1\n\n')
})

test('venvShellHook makes its environment once, and only where no other hook is', async () => {
  const shell = (more: string) => `pkgs.mkShell { packages = [ pkgs.python313.pkgs.venvShellHook ]; ${more} }`
  const enter = await project(shell('venvDir = "./.venv"; postVenvCreation = "echo made";'), newest)
  const first = await enter('python -c "import sys; print(sys.prefix)"')
  expect(first.stdout).toMatch(/made\n.*\/\.venv\n$/)
  expect((await enter('true')).stdout).not.toContain('made')
  const other = await project(shell('venvDir = "./.venv"; shellHook = "echo mine";'), newest)
  expect((await other('ls -a')).stdout).toMatch(/^mine\n(?!.*\.venv)/s)
})

test('a shell can be built, and is a text', async () => {
  expect(await must('cat', [await build('pkgs.mkShell { A = "b"; }')])).toContain('declare -x A="b"')
})

test('mkShell.override takes a stdenv', async () => {
  const shell = '((pkgs.mkShell.override { stdenv = pkgs.stdenv; }) { }).drvPath'
  expect(await value(shell)).toBe(await value('(pkgs.mkShell { }).drvPath'))
})
