import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { environment, nix, refusal, value } from './nix.ts'

const lib = (expression: string) => value(`with pkgs.lib; ${expression}`)

test.each([
  ['escapeShellArg "abc"', 'abc'],
  ['escapeShellArg "a=b"', "'a=b'"],
  ['escapeShellArg ""', "''"],
  [`escapeShellArg "it's"`, `'it'\\''s'`],
  ['escapeShellArgs [ "a b" 1 ]', "'a b' 1"],
  ['toShellVar "A" "b c"', "A='b c'"],
  ['toShellVar "A" { x = "y"; }', 'declare -A A=([x]=y)'],
  ['versions.majorMinor "3.13.15"', '3.13'],
  ['versionAtLeast "3.13" "3.9"', true],
  ['versionOlder "2.8" "2.34"', true],
  ['getName "hello-1.2"', 'hello'],
  ['removeSuffix ".py" "a.py"', 'a'],
  ['hasPrefix "ab" "a"', false],
  ['recursiveUpdate { a = { b = 1; c = [ 1 ]; }; } { a.c = [ 2 ]; }', { a: { b: 1, c: [2] } }],
  ['genAttrs [ "a" "b" ] (name: name + name)', { a: 'aa', b: 'bb' }],
  ['filterAttrs (name: value: value > 1) { a = 1; b = 2; }', { b: 2 }],
  ['mapAttrsToList (name: value: name + value) { a = "1"; b = "2"; }', ['a1', 'b2']],
  ['listToAttrs [ (nameValuePair "a" 1) ]', { a: 1 }],
  ['optional false 1 ++ optionals true [ 2 ]', [2]],
  ['optionalAttrs false { a = 1; } // { b = optionalString false "x"; }', { b: '' }],
  ['concatMapStringsSep ", " toString [ 1 2 ]', '1, 2'],
  ['map isFunction [ (x: x) { __functor = self: x: x; } { } ]', [true, true, false]],
  ['generators.toJSON { } { a = 1; }', '{"a":1}'],
  ['generators.toPretty { } { a = [ 1 null ]; "b c" = "x"; }', '{\n  a = [\n    1\n    null\n  ];\n  "b c" = "x";\n}'],
  ['generators.toPretty { multiline = false; } [ true ]', '[ true ]'],
  ['builtins.length systems.flakeExposed', 10],
])('%s', async (expression, expected) => {
  expect(await lib(expression)).toEqual(expected)
})

test('getExe and its kin', async () => {
  expect(await lib('getExe pkgs.git')).toMatch(/-git-.*\/bin\/git$/)
  expect(await lib('getExe pkgs.python313.pkgs.jupyterlab')).toMatch(/\/bin\/jupyter-lab$/)
  expect(await lib(`getExe' pkgs.coreutils "ls"`)).toMatch(/-coreutils-.*\/bin\/ls$/)
  expect(await refusal(`pkgs.lib.getExe' "git" "git"`)).toContain('must be a derivation')
  expect(await lib('makeBinPath [ pkgs.jq null pkgs.git ]')).toMatch(
    /^\/nix\/store\/[^:]*-jq-[^:]*\/bin:[^:]*-git-[^:]*\/bin$/,
  )
  expect(await lib('makeLibraryPath [ (getLib pkgs.stdenv.cc.cc) pkgs.zlib ]')).toMatch(
    /gcc-16-lib\/lib:.*-zlib-.*\/lib$/,
  )
})

describe('modules', () => {
  const module = `{ lib, config, ... }: {
    options.name = lib.mkOption { type = lib.types.str; default = "none"; };
    options.ports = lib.mkOption { type = lib.types.listOf lib.types.port; default = [ ]; };
    options.web = lib.mkOption { default = { }; type = lib.types.attrsOf (lib.types.submodule {
      options.on = lib.mkOption { type = lib.types.bool; default = true; };
    }); };
    config.ports = lib.mkIf (config.name == "x") [ 80 ];
  }`
  const evaluated = (...more: string[]) => `(evalModules { modules = [ (${module}) ${more.join(' ')} ]; }).config`

  test('definitions join; a plain one beats a default', async () => {
    const config = evaluated(
      '{ name = mkDefault "y"; }',
      '{ name = "x"; ports = [ 443 ]; web.a = { }; web.b.on = false; }',
    )
    expect(await lib(config)).toEqual({ name: 'x', ports: [80, 443], web: { a: { on: true }, b: { on: false } } })
  })

  test.each([
    ['{ name = "x"; }', '{ name = "y"; }', 'conflicting definition values'],
    ['{ nane = "x"; }', '{ }', "The option `nane' does not exist"],
    ['{ ports = [ 70000 ]; }', '{ }', "is not of type `list of port'"],
    ['{ web.a.off = 1; }', '{ }', "The option `web.a.off' does not exist"],
  ])('%s and %s is an error', async (one, two, message) => {
    expect(await refusal(`with pkgs.lib; ${evaluated(one, two)}`)).toContain(message)
  })
})

describe('files', () => {
  const directory = mkdtempSync(join(tmpdir(), 'stand-in-files-'))
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  mkdirSync(join(directory, 'src/empty'), { recursive: true })
  mkdirSync(join(directory, '.git'))
  for (const name of ['src/a.py', 'src/b.md', 'note.txt', 'x.toml', 'y.json', '.git/config', 'draft~'])
    writeFileSync(join(directory, name), name.endsWith('.json') ? '{"a":1}' : 'a = 1\n')

  const files = async (expression: string) => {
    const flake = `(builtins.getFlake "path:${environment.nixpkgs}")`
    const list = `let
      walk = at: builtins.concatMap (n: let e = at + "/" + n; in
        if (builtins.readDir at).\${n} == "directory" then walk e ++ [ n ] else [ n ]) (builtins.attrNames (builtins.readDir at));
      in with ${flake}.lib; with fileset; let root = /. + "${directory}"; in`
    const result = await nix(['eval', '--json', '--impure', '--expr', `${list} ${expression}`])
    if (result.code !== 0) throw new Error(result.stderr)
    return JSON.parse(result.stdout)
  }

  test('a file set becomes a source without empty directories', async () => {
    const source = (set: string) => files(`walk "\${toSource { inherit root; fileset = ${set}; }}"`)
    expect(await source('unions [ (root + "/src") (root + "/note.txt") ]')).toEqual(['note.txt', 'a.py', 'b.md', 'src'])
    expect(await source('difference (root + "/src") (root + "/src/b.md")')).toEqual(['a.py', 'src'])
    expect(await source('fileFilter (file: file.hasExt "py") root')).toEqual(['a.py', 'src'])
    expect(await source('union (maybeMissing (root + "/no")) (intersection root (root + "/x.toml"))')).toEqual([
      'x.toml',
    ])
  })

  test('a path that is not there is an error', async () => {
    await expect(files('toSource { inherit root; fileset = root + "/no"; }')).rejects.toThrow('does not exist')
  })

  test('a root that is a text, and files outside the root, are errors', async () => {
    const source = (root: string, set: string) => files(`"\${toSource { root = ${root}; fileset = ${set}; }}"`)
    await expect(source(`"${directory}"`, 'root')).rejects.toThrow('should be a path instead')
    await expect(source('root + "/src"', 'root + "/note.txt"')).rejects.toThrow('not under the `root`')
  })

  test('cleanSource leaves out what version control and editors leave', async () => {
    const left = await files('walk (toString (cleanSource root))')
    expect(left.sort()).toEqual(['a.py', 'b.md', 'empty', 'note.txt', 'src', 'x.toml', 'y.json'])
  })

  test('files are read', async () => {
    expect(await files('[ (importTOML (root + "/x.toml")) (importJSON (root + "/y.json")) ]')).toEqual([
      { a: 1 },
      { a: 1 },
    ])
    expect(await files('fileContents (root + "/note.txt")')).toBe('a = 1')
  })
})
