import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { must, run } from '../../support/run.ts'
import { build, refusal, tryBuild, value, versions } from './nix.ts'

const runtimeShell = () => value('pkgs.runtimeShell') as Promise<string>

describe.each(versions)('writeShellApplication with Nix %s', (_, nix) => {
  test('writes the script that nixpkgs writes', async () => {
    const app = `pkgs.writeShellApplication {
      name = "greet"; runtimeInputs = [ pkgs.jq ]; text = "echo \\"$WHO\\"";
      runtimeEnv = { WHO = "you there"; LIST = [ "a" "b c" ]; };
    }`
    const jq = await build('pkgs.jq', { nix })
    const path = `${await build(app, { nix })}/bin/greet`
    expect(readFileSync(path, 'utf8').split('\n')).toEqual([
      `#!${await runtimeShell()}`,
      'set -o errexit',
      'set -o nounset',
      'set -o pipefail',
      "declare -a LIST=(a 'b c')",
      'export LIST',
      "WHO='you there'",
      'export WHO',
      '',
      `export PATH="${jq}/bin:$PATH"`,
      '',
      'echo "$WHO"',
      '',
    ])
    expect((await must(path, [])).trim()).toBe('you there')
    expect(await value(`pkgs.lib.getExe (${app})`, { nix })).toBe(path)
  })

  test('fails on what shellcheck finds, unless it is excluded', async () => {
    const bad = (more: string) => `pkgs.writeShellApplication { name = "x"; text = "echo $1"; ${more} }`
    const found = await tryBuild(bad(''), { nix })
    expect(found.code).not.toBe(0)
    expect(found.stderr).toContain('SC2086')
    await build(bad('excludeShellChecks = [ "SC2086" ];'), { nix })
    await build(bad('checkPhase = "";'), { nix })
    expect((await tryBuild('pkgs.writeShellScriptBin "x" "if"', { nix })).stderr).toContain('syntax error')
  })
})

test('inheritPath = false leaves only the inputs', async () => {
  const app = (inputs: string) =>
    build(
      `pkgs.writeShellApplication { name = "x"; runtimeInputs = [ ${inputs} ]; text = "true"; inheritPath = false; }`,
    )
  expect(readFileSync(`${await app('pkgs.jq')}/bin/x`, 'utf8')).toMatch(/export PATH="\/nix\/store\/[^:]*\/bin"\n/)
  expect(readFileSync(`${await app('')}/bin/x`, 'utf8')).not.toContain('PATH')
})

describe('writers', () => {
  test('a file, byte for byte', async () => {
    const text = await build(`pkgs.writeText "t" "a\\n''b \\"c\\" $d"`)
    expect(readFileSync(text, 'utf8')).toBe(`a\n''b "c" $d`)
    const directory = await build('pkgs.writeTextDir "etc/x.conf" "y"')
    expect(readFileSync(`${directory}/etc/x.conf`, 'utf8')).toBe('y')
    const long = await build(
      'pkgs.writeText "t" (builtins.concatStringsSep "" (builtins.genList (_: "0123456789") 30000))',
    )
    expect(statSync(long).size).toBe(300_000)
  })

  test('scripts', async () => {
    const script = await build('pkgs.writeShellScript "x" "false; echo on"')
    expect((await must(script, [])).trim()).toBe('on')
    expect(readFileSync(await build('pkgs.writeScript "x" "text"'), 'utf8')).toBe('text')
  })

  test('a destination has to be below the root', async () => {
    const call = (place: string) => `(pkgs.writeTextFile { name = "x"; text = ""; destination = "${place}"; }).drvPath`
    expect(await refusal(call('bin/x'))).toContain('destination')
    expect(await refusal(call('/'))).toContain('destination')
    expect(await refusal('(pkgs.writeText "x" 5).drvPath')).toContain('it must be a string')
  })
})

describe('runCommand', () => {
  test('runs in an empty directory with the usual tools, strictly, without a home', async () => {
    const script = `
      [ -z "$(ls)" ]; [ "$HOME" = /homeless-shelter ]; [ "$GREETING" = hi ]
      echo x | sed s/x/y/ | grep y | awk '{ print }' | tee file; tar -cf x.tar file; gzip file; find . -name x.tar
      diff x.tar x.tar; xz x.tar; make --version; echo "$SSL_CERT_FILE" > $out`
    const out = await build(`pkgs.runCommand "x" { GREETING = "hi"; } ''${script}''`)
    expect(readFileSync(out, 'utf8')).toBe('/no-cert-file.crt\n')
  })

  test.each([
    ['leaves no output', 'true', 'failed to produce output path'],
    ['fails in the middle', 'false; touch $out', 'failed with exit code 1'],
    ['fails in a pipe', 'false | true; touch $out', 'failed with exit code 1'],
    ['writes to the home directory', 'mkdir -p $HOME/x; touch $out', 'this build writes to its home directory'],
    ['uses a program of the machine', 'curl --version; touch $out', 'curl: command not found'],
  ])('a script that %s fails', async (_, script, message) => {
    expect((await tryBuild(`pkgs.runCommand "x" { } "${script}"`)).stderr).toContain(message)
  })
})

test('a build has a loopback interface of its own and no other network', async () => {
  const server = createServer((_, response) => response.end('seen'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const script = (code: string) => `pkgs.runCommand "x" { } ''\${pkgs.python313}/bin/python3 -c '${code}' > $out''`
  const outside = script(`import urllib.request as u; print(u.urlopen("http://127.0.0.1:${port}").read())`)
  expect((await tryBuild(outside)).stderr).toContain('Connection refused')
  const inside = 'import socket as s; a = s.create_server(("127.0.0.1", 0)); s.create_connection(a.getsockname())'
  await build(script(inside))
  server.close()
})

describe('trees of links', () => {
  const one = 'pkgs.runCommand "one" { } "mkdir -p $out/a/b; echo 1 > $out/a/x; echo 1 > $out/a/b/y"'
  const two = 'pkgs.runCommand "two" { } "mkdir -p $out/a $out/c; echo 2 > $out/a/x; echo 2 > $out/c/z"'

  test('symlinkJoin: directories are real, the first file wins', async () => {
    const out = await build(
      `pkgs.symlinkJoin { name = "j"; paths = [ (${one}) (${two}) ]; postBuild = "touch $out/p"; }`,
    )
    expect(readFileSync(`${out}/a/x`, 'utf8')).toBe('1\n')
    expect(statSync(`${out}/c`).isDirectory() && realpathSync(`${out}/c`)).toBe(`${out}/c`)
    expect(readdirSync(out).sort()).toEqual(['a', 'c', 'p'])
  })

  test('linkFarm: from a list, where the last wins, and from a set', async () => {
    const list = '[ { name = "d/x"; path = pkgs.jq; } { name = "d/x"; path = pkgs.git; } ]'
    for (const entries of [list, '{ "d/x" = pkgs.git; }'])
      expect(readlinkSync(`${await build(`pkgs.linkFarm "f" ${entries}`)}/d/x`)).toBe(await build('pkgs.git'))
  })

  test('buildEnv: one provider is one link, two different files are an error', async () => {
    const env = (more: string, paths = `(${one}) (${two})`) =>
      `pkgs.buildEnv { name = "e"; paths = [ ${paths} ]; ${more} }`
    expect((await tryBuild(env(''))).stderr).toContain('collision at a/x')
    const ignored = await build(env('ignoreCollisions = true;'))
    expect(readFileSync(`${ignored}/a/x`, 'utf8')).toBe('1\n')
    expect(readlinkSync(`${ignored}/a/b`)).toMatch(/-one\/a\/b$/)
    expect(readdirSync(await build(env('pathsToLink = [ "/c" ];')))).toEqual(['c'])
    expect(readdirSync(await build(env('extraPrefix = "/opt";', `(${one})`)))).toEqual(['opt'])
  })
})

describe('formats', () => {
  const set = '{ on = "on"; list = [ 1 { a = true; } ]; path = pkgs.jq.outPath; nested.deep = "x\\ny"; }'

  test.each(['json', 'yaml', 'toml'])('%s reads back as what was written', async (format) => {
    const file = await build(`(pkgs.formats.${format} { }).generate "file" ${set}`)
    const python = await build('pkgs.python313.withPackages (ps: [ ps.jupyterlab ])')
    const readers = {
      json: 'json.load(open(f))',
      yaml: 'yaml.safe_load(open(f))',
      toml: 'tomllib.load(open(f, "rb"))',
    }
    const code = `import json, sys, tomllib, yaml; f = sys.argv[1]; print(json.dumps(${readers[format as 'json']}))`
    expect(JSON.parse(await must(`${python}/bin/python3`, ['-c', code, file]))).toEqual({
      on: 'on',
      list: [1, { a: true }],
      path: await build('pkgs.jq'),
      nested: { deep: 'x\ny' },
    })
  })

  test('YAML 1.1 words are quoted, JSON is indented', async () => {
    expect(readFileSync(await build(`(pkgs.formats.yaml { }).generate "f" { a = "on"; }`), 'utf8')).toBe("a: 'on'\n")
    expect(readFileSync(await build(`(pkgs.formats.json { }).generate "f" { a = 1; }`), 'utf8')).toBe(
      '{\n  "a": 1\n}\n',
    )
  })
})

test('programs are real, and use no library of the machine', async () => {
  const programs = { bashInteractive: 'bash', coreutils: 'ls', curl: 'curl', git: 'git', gnused: 'sed', jq: 'jq' }
  const wheels = { ruff: 'ruff', uv: 'uv', shellcheck: 'shellcheck', tini: 'tini' }
  for (const [name, program] of Object.entries({ ...programs, ...wheels })) {
    const path = await build(`pkgs.${name}`)
    const loader = { PATH: '', LD_DEBUG: 'libs' }
    const { stderr, code } = await run(`${path}/bin/${program}`, ['--version'], { env: loader })
    expect(code, name).toBe(0)
    expect(stderr, name).not.toMatch(/calling init: \/(usr\/)?lib/)
  }
  const supervisor = await build('pkgs.process-compose')
  expect(await must(`${supervisor}/bin/process-compose`, ['version'])).toContain('v1.87.0')
})
