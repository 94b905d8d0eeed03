import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { makeScene, preload } from '../../../tests/support/world.ts'

const WORKSPACE = path.resolve(import.meta.dirname, '..')

/** Builds the program with so many templates, each with files of its own. */
function programWith(count: number): string {
  const { directory, env } = makeScene()
  const templates = path.join(directory, 'templates')
  const write = (file: string, content: string) => {
    mkdirSync(path.dirname(path.join(templates, file)), { recursive: true })
    writeFileSync(path.join(templates, file), content)
  }
  write('shared/flake.lock', '{}\n')
  write('shared/big.txt', 'what all have\n'.repeat(5000))
  for (let order = 1; order <= count; order++) {
    const id = `tier${order}`
    const python = { default: '3.13', choices: ['3.13'] }
    write(`${id}/template.json`, JSON.stringify({ id, title: id, hint: id, order, python, packages: 'flake.nix' }))
    write(`${id}/flake.nix.ejs`, `{ description = "<%= it.name %> ${id}"; }\n`)
    write(`${id}/server.py`, `print("${id}")\n`.repeat(500))
  }
  const attributes = path.join(directory, 'attributes.json')
  writeFileSync(attributes, JSON.stringify({ python: {} }))
  const features = path.join(directory, 'features')
  const sources = ['--templates', templates, '--features', features, '--attributes', attributes]
  const args = ['build/build.mjs', '--quick', ...sources, '--out', directory]
  execFileSync(process.execPath, args, { cwd: WORKSPACE, env })
  cpSync(path.join(WORKSPACE, 'bin'), path.join(directory, 'bin'), { recursive: true })
  return path.join(directory, 'bin/create-nix-jupyter.cjs')
}

/** What a run opens below the program, with the size of each file. */
function openedBy(program: string, ...args: string[]): Record<string, number> {
  const { directory, env } = makeScene()
  const dist = path.join(path.dirname(program), '../dist/')
  const code = `
    const fs = require('node:fs')
    const opened = {}
    for (const name of ['readFileSync', 'openSync']) {
      const original = fs[name]
      fs[name] = (file, ...rest) => {
        if (String(file).startsWith(${JSON.stringify(path.resolve(dist))})) opened[file] = fs.statSync(file).size
        return original(file, ...rest)
      }
    }
    process.on('exit', () => process.stderr.write(JSON.stringify(opened)))`
  const { stderr, status } = spawnSync(process.execPath, [program, ...args], {
    cwd: directory,
    env: preload(env, code),
    encoding: 'utf8',
  })
  expect(status).toBe(0)
  const opened: Record<string, number> = JSON.parse(stderr)
  return Object.fromEntries(
    Object.entries(opened).map(([file, size]) => [path.relative(path.resolve(dist), file), size]),
  )
}

const LINE_OF_A_MANIFEST = 160

it('I17: with five hundred templates a run loads what it loads with five, and one line for each in the list', () => {
  const [few, many] = [programWith(5), programWith(500)]
  for (const args of [['list'], ['lab', '-t', 'tier3', '--yes', '--no-git']]) {
    const [small, large] = [openedBy(few, ...args), openedBy(many, ...args)]
    expect(Object.keys(small)).toContain('program.cjs')
    expect(Object.keys(large)).toEqual(Object.keys(small))
    const { 'program.cjs': before = 0, ...othersBefore } = small
    const { 'program.cjs': after = 0, ...othersAfter } = large
    expect(othersAfter).toEqual(othersBefore)
    expect(after - before).toBeLessThan(495 * LINE_OF_A_MANIFEST)
  }
})
