import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FLAKES } from '../../support/cache.mjs'
import { newestNix, readEnvironment } from '../../support/environment.ts'
import { entry } from '../../support/program.ts'
import { must } from '../../support/run.ts'

// No feature knows another, so every two of them are put into one project; and each into a project of every template.

type Listed = { templates: { id: string }[]; features: { id: string; templates: string[] }[] }
type Pair = { name: string; template: string; features: string[] }

const SYSTEMS = ['x86_64-linux', 'aarch64-linux', 'aarch64-darwin']
const environment = readEnvironment()
const directory = mkdtempSync(join(tmpdir(), 'nix-jupyter-pairs-'))
const env = {
  ...process.env,
  HOME: directory,
  XDG_CACHE_HOME: join(directory, 'cache'),
  ...(environment.nixConf ? { NIX_CONF_DIR: environment.nixConf } : {}),
}
const program = (...args: string[]) => must(process.execPath, [entry(), ...args], { cwd: directory, env })
let pairs: Pair[]
/** Pairs that the program refuses, with what it says. */
const refused: string[] = []

beforeAll(async () => {
  const listed: Listed = JSON.parse(await program('list', '--json'))
  pairs = pairsOf(listed)
  for (const { name, template, features } of pairs) {
    const flags = ['-t', template, '--with', ['none', ...features].join(','), '--yes', '--no-git']
    await program(name, ...flags).catch((error: Error) => refused.push(error.message))
  }
})
afterAll(() => rm(directory, { recursive: true, force: true }))

/** Each feature with each template that it fits, and each two features with the first template that both fit. */
function pairsOf({ templates, features }: Listed): Pair[] {
  const withTemplates = features.flatMap(({ id, templates: fitting }) =>
    fitting.map((template) => ({ name: `${template}-${id}`, template, features: [id] })),
  )
  const withEachOther = features.flatMap((one, at) =>
    features.slice(at + 1).flatMap((other) => {
      const both = templates.find(({ id }) => one.templates.includes(id) && other.templates.includes(id))
      return both ? [{ name: `${one.id}-with-${other.id}`, template: both.id, features: [one.id, other.id] }] : []
    }),
  )
  return [...withTemplates, ...withEachOther]
}

test('the program makes a project of every pair, or says why two exclude each other', () => {
  expect(pairs.length).toBeGreaterThan(4)
  for (const message of refused) expect(message).toMatch(/cannot be in one project|needs/)
})

test('every pair evaluates for three systems, in one run of Nix', async () => {
  const made = pairs.filter(({ name }) => !refused.some((message) => message.includes(` ${name} `)))
  const lock = JSON.parse(readFileSync(join(directory, made[0]?.name ?? '', 'flake.lock'), 'utf8'))
  const { owner, repo, rev } = lock.nodes.nixpkgs.locked
  const nixpkgs = environment.nixpkgs ? `path:${environment.nixpkgs}` : `github:${owner}/${repo}/${rev}`
  mkdirSync(join(directory, 'expression'))
  writeFileSync(
    join(directory, 'expression/pairs.nix'),
    `let
      nixpkgs = builtins.getFlake "${nixpkgs}";
      outputsOf = path: (import (path + "/flake.nix")).outputs { inherit nixpkgs; self = { outPath = path; }; };
      drvPaths = builtins.mapAttrs (_: each: each.drvPath);
      of = path:
        let outputs = outputsOf path; in
        map (system: {
          shells = drvPaths outputs.devShells.\${system};
          checks = drvPaths outputs.checks.\${system};
          apps = builtins.mapAttrs (_: app: app.program) outputs.apps.\${system};
        }) [ ${SYSTEMS.map((system) => `"${system}"`).join(' ')} ];
    in {
${made.map(({ name }) => `      "${name}" = of ${join(directory, name)};`).join('\n')}
    }`,
  )
  const flags = [...FLAKES, 'eval', '--impure', '--json']
  const nix = join(newestNix(environment).bin, 'nix')
  const printed = await must(nix, [...flags, '--file', join(directory, 'expression/pairs.nix')], {
    cwd: directory,
    env,
  })
  const evaluated: Record<string, { shells: Record<string, string> }[]> = JSON.parse(printed)
  expect(Object.keys(evaluated).sort()).toEqual(made.map(({ name }) => name).sort())
  for (const systems of Object.values(evaluated)) {
    expect(systems.map(({ shells }) => shells.default)).toEqual(SYSTEMS.map(() => expect.stringMatching(/\.drv$/)))
  }
})
