import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A person with a home and a git identity of their own, so that no setting of this machine reaches what they run. */
export function person(home: string) {
  return {
    HOME: home,
    LANG: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Ada',
    GIT_AUTHOR_EMAIL: 'ada@example.org',
    GIT_COMMITTER_NAME: 'Ada',
    GIT_COMMITTER_EMAIL: 'ada@example.org',
  }
}

/** What this machine needs to reach package registries, of the variables with such names. */
export function waysOut(names: RegExp): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => names.test(name)))
}

/** Where Node, git and the programs of the system are. */
export const PATH = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`

/** Writes files by their paths, with the directories that they are in. */
export function writeFiles(directory: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true })
    writeFileSync(join(directory, file), content)
  }
}

/** Makes a home that of somebody with conda, whose shell starts with other programs of the same names, and goes on to yet another shell. */
export function fillWithConda(home: string): void {
  const directory = join(home, 'miniconda3/bin')
  mkdirSync(directory, { recursive: true })
  for (const name of ['lab', 'python', 'python3', 'git', 'uv', 'pip']) {
    writeFileSync(join(directory, name), '#!/bin/sh\necho "not the program of the project" >&2\nexit 9\n', {
      mode: 0o755,
    })
  }
  const lines = [
    `export PATH=${directory}:/usr/bin:/bin HOSTILE=yes PYTHONPATH=${directory} CONDA_PREFIX=${home}/miniconda3`,
    'alias python=/usr/bin/false',
    'lab() { return 9; }',
    'taste() { echo "of ~/.bashrc"; }',
    'exec sh',
  ]
  for (const name of ['.bashrc', '.bash_profile', '.profile']) {
    writeFileSync(join(home, name), `${lines.join('\n')}\n`)
  }
}
