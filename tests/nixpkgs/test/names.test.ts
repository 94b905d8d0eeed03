import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { refusal, systems, value, versions } from './nix.ts'

type Entry = { status: string; unfree?: boolean; notFor?: string[] }
const table = JSON.parse(readFileSync(join(import.meta.dirname, '../../../nixpkgs/attributes.json'), 'utf8')) as {
  python: Record<string, Entry>
  top: Record<string, Entry>
  lib: Record<string, Entry>
}

const known = (part: Record<string, Entry>) =>
  Object.entries(part)
    .filter(([, { status }]) => status === 'yes')
    .map(([name]) => name)
const heads = (names: string[]) => [...new Set(names.map((name) => name.split('.')[0]))]

// What a package set has around its packages, from the same sources (nixpkgs-signatures, section by section).
const frame = ['lib', 'runtimeShell', 'writeScript', 'writeScriptBin', 'writeShellScript']
const sets = ['python3Packages', 'python312Packages', 'python313Packages', 'python314Packages']
const changed = ['nixfmt-rfc-style', 'python3Full', 'system']

describe.each(systems)('on %s', (system) => {
  test('the top level has the names of the table and no other', async () => {
    const wanted = [...heads(known(table.top)), ...frame, ...sets, ...changed]
    expect(await value('builtins.attrNames pkgs', { system })).toEqual(wanted.sort())
  })

  test('so have the package sets of Python', async () => {
    const wanted = [...known(table.python), 'python'].sort()
    for (const version of ['312', '313', '314'])
      expect(await value(`builtins.attrNames pkgs.python${version}.pkgs`, { system })).toEqual(wanted)
  })

  test('everything that is for this system evaluates, on each version of Python', async () => {
    for (const version of ['312', '313', '314']) {
      const modules = known(table.python).filter((name) => {
        const { unfree, notFor } = table.python[name] ?? {}
        return !unfree && !notFor?.includes(version.replace('3', '3.'))
      })
      const paths = modules.map((name) => `pkgs.python${version}.pkgs."${name}".drvPath`)
      expect(await value(`builtins.length [ ${paths.join(' ')} ]`, { system })).toBe(modules.length)
    }
    const programs = ['uv', 'ruff', 'git', 'nixfmt', 'nixfmt-tree', 'process-compose', 'ollama', 'direnv', 'cacert']
    const paths = programs.map((name) => `pkgs.${name}.drvPath`)
    expect(await value(`builtins.length [ ${paths.join(' ')} ]`, { system })).toBe(programs.length)
  })
})

test('lib has the names of the table', async () => {
  // getLib stands in the table as the way to write stdenv.cc.cc.lib.
  expect(await value('builtins.attrNames pkgs.lib')).toEqual([...heads(known(table.lib)), 'getLib'].sort())
})

test.each(versions)('a name that is not in the table is an error that names it (Nix %s)', async (_, nix) => {
  for (const name of ['jupyter-ai', 'jupyter-server-proxy', 'jupyter-resource-usage', 'dask-labextension'])
    expect(await refusal(`pkgs.python313.withPackages (ps: [ ps.${name} ])`, { nix })).toContain(`'${name}' missing`)
  for (const name of ['dask-kubernetes', 'python-fasthtml', 'nbstripout', 'buildPythonPackage', 'traitlets'])
    expect(await refusal(`pkgs.python3.pkgs.${name}`, { nix })).toContain(`'${name}' missing`)
  for (const name of ['nodePackages', 'nixfmt-classic', 'stdenvNoCC', 'bash', 'callPackage'])
    expect(await refusal(`pkgs.${name}`, { nix })).toContain(`'${name}' missing`)
  expect(await refusal('pkgs.lib.mkForce', { nix })).toContain("'mkForce' missing")
  expect(await refusal('pkgs.python3Full', { nix })).toContain('python3Full has been removed')
})

test('what our pages, templates and messages name is in the table', () => {
  const root = join(import.meta.dirname, '../../..')
  const under = (directory: string, wanted: RegExp) =>
    readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
      .filter((file) => wanted.test(file))
      .map((file) => join(root, directory, file))
  const files = [
    ...['README.md', 'flake.nix', 'packages/create-nix-jupyter/README.md'].map((file) => join(root, file)),
    ...under('docs', /\.md$/),
    ...under('templates', /\.(md|nix|py|sh|json|ipynb|ejs)$/),
    ...under('packages/create-nix-jupyter/src', /\.(ts|json)$/),
  ]
  const named = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/(?<![\w.])pkgs\.([A-Za-z_][\w-]*)/g)].map(([, name]) => name ?? ''),
  )
  expect(named).toEqual(expect.arrayContaining(['git', 'ffmpeg', 'texliveFull', 'chromium']))
  const unknown = [...new Set(named)].filter((name) => ![...heads(known(table.top)), ...frame].includes(name))
  expect(unknown).toEqual([])
})
