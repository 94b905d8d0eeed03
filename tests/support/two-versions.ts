import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { contents } from './program.ts'
import { buildVersion, makeProject, pack, runProgram, writeFiles } from './versions.ts'
import { makeScene } from './world.ts'

// Two versions of the program, which differ in every way in which versions can, for the file that imports this.

const TEXT = Array.from({ length: 30 }, (_, line) => `line ${line}\n`)

/** The text of guide.md with one line of its own. */
export const textWith = (line: number, text: string) => TEXT.with(line, text).join('')

/** A notebook with one cell. */
export const notebook = (text: string) =>
  JSON.stringify({
    cells: [{ cell_type: 'markdown', id: 'a', metadata: {}, source: [text] }],
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  })

export const old = buildVersion('0.0.1-old', {
  'guide.md': textWith(20, 'old line\n'),
  'gone.txt': 'only in the old version\n',
  'deep/down/gone.txt': 'only in the old version, in a directory of its own\n',
  'picture.bin': Buffer.from([0, 1, 2]),
  'notebooks/extra.ipynb': notebook('old'),
  'tool.sh': '#!/bin/sh\necho old\n',
  'nix/extra.nix': '"old"\n',
  'flake.lock': '{ "old": true }\n',
})
export const fresh = buildVersion(
  '0.0.2',
  {
    'guide.md': textWith(20, 'new line\n'),
    'picture.bin': Buffer.from([0, 1, 3]),
    'notebooks/extra.ipynb': notebook('new'),
    'tool.sh': '#!/bin/sh\necho new\n',
    'nix/extra.nix': '"new"\n',
    'nix/more.nix': '"more"\n',
    'come.txt': 'only in the new version\n',
    'deep/er/come.txt': 'only in the new version\n',
  },
  {},
  ['tool.sh', 'come.txt'],
)
export const packed = pack(old)

/** A project that the old version has made, and what is needed to change it. */
export function scene(...flags: string[]) {
  const { directory, env: own } = makeScene()
  const state = path.join(path.dirname(directory), 'state')
  const env: Record<string, string> = { ...own, CREATE_NIX_JUPYTER_OFFLINE: '1', XDG_STATE_HOME: state }
  const project = makeProject(old, flags, directory, env)
  const at = (file: string) => path.join(project, file)
  return {
    directory,
    env,
    project,
    at,
    read: (file: string) => readFileSync(at(file), 'utf8'),
    write: (files: Parameters<typeof writeFiles>[1]) => writeFiles(project, files),
    run: (...args: string[]) => runProgram(fresh.program, args, project, env),
    json: (...args: string[]) => JSON.parse(runProgram(fresh.program, [...args, '--json'], project, env).stdout),
    state: () => {
      const changes = path.join(state, 'nix-jupyter/.changes')
      return existsSync(changes) ? readdirSync(changes) : []
    },
  }
}

/** What the new version makes of the same answers. */
export function freshly(...flags: string[]): Record<string, string> {
  const { directory, env } = makeScene()
  return contents(makeProject(fresh, flags, directory, env))
}
