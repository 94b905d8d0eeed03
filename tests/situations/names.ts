import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { plain } from '../support/plain.ts'
import { code } from './cell.ts'
import type { Scene } from './scene.ts'
import { attempt, type Theme } from './situation.ts'

export const names: Theme = {
  id: 'names',
  title: 'The name of the project is unusual',
  intro: `The name is one word of the command line, as after quoting. Where a project is made and a line with \`cd\` is printed, a
shell runs that line: *cd works* when it leads into the project. A refusal is as good as a project; what counts is that the two
do not look alike. The rest of a project made under another name must be as always; a file that holds the name must not be
empty, and must still be JSON where it was.`,
  situations: ['my app', "it's", 'say"hi"', '$(touch pwned)', 'a;b', 'mü-läb', '日本', '-app', '..'].map(
    (name, index) => ({
      id: `name-${index}`,
      ours: '2, nothing',
      title: code(name),
      run: (program) =>
        attempt(program, {
          name,
          notes: ({ code: exit, output }, scene) => notesOn(exit, output, resolve(scene.here, name), scene),
        }),
    }),
  ),
}

function notesOn(exit: number | null, output: string, project: string, { here, box, env }: Scene) {
  const isPwned = () => [here, box, project].some((directory) => existsSync(join(directory, 'pwned')))
  const notes = isPwned() ? ['ran the name'] : []
  const line = /(?:^|\s)(cd .+?)\s*(?:│.*)?$/m.exec(plain(output))?.[1]
  if (exit !== 0 || !line || !existsSync(project)) return notes
  const script = `${line} && pwd -P`
  const { stdout } = spawnSync('sh', ['-c', script], { cwd: here, env, encoding: 'utf8', timeout: 5000 })
  if (stdout.trim() === realpathSync(project)) return [...notes, 'cd works']
  return [...notes, `${code(line)} ${isPwned() ? 'runs the name' : 'fails'}`]
}
