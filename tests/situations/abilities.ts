import { plain } from '../support/plain.ts'
import type { Cell } from './cell.ts'
import type { Program } from './program.ts'
import { referenceOf } from './reference.ts'
import { Scene } from './scene.ts'
import type { Theme } from './situation.ts'
import { look } from './tree.ts'

export const abilities: Theme = {
  id: 'abilities',
  title: 'What helps before and after',
  intro: `Found out by doing it. *Dry run*: an ordinary run with \`--dry-run\` ends with 0, makes nothing, and names the files. *JSON*:
with \`--json\`, what it prints is JSON. *Doctor* and *update*: the help names a command for it. *The same again*: what it prints
holds its own name and exact version.`,
  situations: [
    { id: 'dry-run', ours: 'yes', title: 'a dry run that names the files', run: dryRun },
    { id: 'json', ours: 'yes', title: 'a result for programs (JSON)', run: json },
    {
      id: 'doctor',
      ours: '`doctor`',
      title: 'a doctor',
      run: (program) => commandFor(program, /^\s+(doctor|info)\b/m),
    },
    {
      id: 'update',
      ours: '`upgrade`',
      title: 'an update of a project',
      run: (program) => commandFor(program, /^\s+(upgrade|update|migrate)\b/m),
    },
    {
      id: 'again',
      ours: 'yes',
      title: 'the command that makes the same again',
      run: async (program) => {
        const { output } = await referenceOf(program)
        const package_ = program.name.replace(/^create-/, '')
        return yesOrNo(output.includes(`${package_}@${program.version}`))
      },
    },
  ],
}

async function dryRun(program: Program): Promise<Cell> {
  const { files } = await referenceOf(program)
  const { box, code, output, before, scene } = await runIn(program, [...program.make('app'), '--dry-run'])
  try {
    const named = [...files.keys()].filter((path) => output.includes(path)).length
    return yesOrNo(code === 0 && look(box).size === before && named > files.size / 2)
  } finally {
    scene.remove()
  }
}

async function json(program: Program): Promise<Cell> {
  const { stdout, scene } = await runIn(program, [...program.make('app'), '--json'])
  scene.remove()
  try {
    return yesOrNo(typeof JSON.parse(stdout) === 'object')
  } catch {
    return yesOrNo(false)
  }
}

async function commandFor(program: Program, pattern: RegExp): Promise<Cell> {
  const { output, scene } = await runIn(program, ['--help'])
  scene.remove()
  const command = pattern.exec(plain(output))?.[1]
  return { text: command ? `\`${command}\`` : 'no' }
}

async function runIn(program: Program, words: string[]) {
  const scene = new Scene(program)
  const before = look(scene.box).size
  const { code, output, stdout } = await scene.run(words)
  return { scene, box: scene.box, before, code, output, stdout }
}

function yesOrNo(answer: boolean): Cell {
  return { text: answer ? 'yes' : 'no' }
}
