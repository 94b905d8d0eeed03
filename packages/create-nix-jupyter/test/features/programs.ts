import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { inject } from 'vitest'
import { PATH } from '../../../../tests/support/home.ts'
import { openCommand } from '../../../../tests/support/program.ts'
import { makeScene } from '../../../../tests/support/world.ts'

// Programs with features that are made for the tests.

const WORKSPACE = path.resolve(import.meta.dirname, '../..')

export const USUAL = {
  id: 'usual',
  title: 'Usual',
  hint: 'one that all have',
  order: 1,
  default: true,
  attributes: ['*.u -text'],
}
export const RICH = {
  id: 'rich',
  title: 'Rich',
  hint: 'one that adds everything',
  order: 2,
  python: ['dask>=2025.1', 'cowsay<7'],
  tools: ['ollama', 'git-lfs'],
  services: { model: { command: 'serve "$PORT" $' + '{x}', health: '/', open: true } },
  attributes: ['*.rich binary'],
  settings: { 'jupyter/jupyter_lab_config.json': { LabApp: { news: false }, ServerApp: { quit_button: false } } },
}
const PICKY = { id: 'picky', title: 'Picky', hint: 'one for PyPI', order: 3, templates: ['uv'], excludes: ['rich'] }
const LEANING = { id: 'leaning', title: 'Leaning', hint: 'one that needs another', order: 4, needs: ['rich'] }
const SAMPLES: Record<string, object> = { usual: USUAL, rich: RICH, picky: PICKY, leaning: LEANING }
const FILES = {
  'rich/README.md': '## Riches\n\nAll of them in <%- it.slug %>.\n',
  'rich/AGENTS.md': '- Riches: all of them.\n',
  'rich/files/rich/run.ejs': '#!/bin/sh\necho <%- it.slug %> <%- it.features %>\n',
  'rich/tests/some.test.ts': 'not for projects',
}

// Several files have them, one after the other in one process: they are gone with what all files of a run share.
mkdirSync(inject('shared'), { recursive: true })
const root = mkdtempSync(path.join(inject('shared'), 'features-'))
const programs = new Map<string, { program: string; stderr: string }>()

/** Builds the program with features of the test's own, and with the real templates; the same ones are built once. */
function programWith(manifests: Record<string, object>, files: Record<string, string>) {
  const key = JSON.stringify([manifests, files])
  const known = programs.get(key)
  if (known) return known
  const directory = mkdtempSync(path.join(root, 'program-'))
  const texts = Object.entries(manifests).map(([id, manifest]) => [`${id}/feature.json`, JSON.stringify(manifest)])
  for (const [file, text] of [...texts, ...Object.entries(files)] as [string, string][]) {
    mkdirSync(path.dirname(path.join(directory, 'features', file)), { recursive: true })
    writeFileSync(path.join(directory, 'features', file), text)
  }
  const args = ['build/build.mjs', '--quick', '--features', path.join(directory, 'features'), '--out', directory]
  const { stderr } = spawnSync(process.execPath, args, { cwd: WORKSPACE, env: { PATH }, encoding: 'utf8' })
  cpSync(path.join(WORKSPACE, 'bin'), path.join(directory, 'bin'), { recursive: true })
  const built = { program: path.join(directory, 'bin/create-nix-jupyter.cjs'), stderr }
  programs.set(key, built)
  return built
}

/** Such a program, in an empty directory. */
export function build(manifests: Record<string, object> = SAMPLES, files: Record<string, string> = FILES) {
  const { program, stderr } = programWith(manifests, files)
  const { directory, env } = makeScene()
  const run = (...words: string[]) =>
    spawnSync(process.execPath, [program, ...words], { cwd: directory, env, encoding: 'utf8' })
  const read = (file: string) => readFileSync(path.join(directory, file), 'utf8')
  const open = (words: string[], size: readonly [number, number] = [100, 40], more: Record<string, string> = {}) =>
    openCommand([process.execPath, program, ...words], directory, { ...env, ...more }, ...size)
  return { directory, program, stderr, run, read, open }
}
