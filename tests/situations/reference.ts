import { join } from 'node:path'
import type { Program } from './program.ts'
import { Scene } from './scene.ts'
import { filesOf, look, type Tree } from './tree.ts'

/** What a project is when nothing goes wrong. */
export type Reference = {
  files: Tree
  /** from run to run with the same name */
  varying: Set<string>
  /** the project: other bytes where it has another name */
  naming: Set<string>
  output: string
}

export type Kind = 'make' | 'other' | 'defaults'

const known: Map<string, Promise<Reference>> = new Map()

export function referenceOf(program: Program, kind: Kind = 'make'): Promise<Reference> {
  const key = `${program.name} ${kind}`
  const found = known.get(key) ?? takeReference(program, kind)
  known.set(key, found)
  return found
}

/** Three ordinary runs: two with the same name, and one with another. */
async function takeReference(program: Program, kind: Kind): Promise<Reference> {
  const first = await ordinaryRun(program, kind, 'app')
  const again = await ordinaryRun(program, kind, 'app')
  const renamed = await ordinaryRun(program, kind, 'something-else')
  const varying = differing(first.files, again.files)
  const naming = differing(first.files, renamed.files)
  return { files: first.files, varying, naming, output: first.output }
}

async function ordinaryRun(program: Program, kind: Kind, name: string) {
  const scene = new Scene(program)
  try {
    const { code, output } = await scene.run(program[kind](name))
    const files = filesOf(look(join(scene.here)), name)
    if (code !== 0 || files.size === 0) throw new Error(`${program.name} fails when nothing is wrong:\n${output}`)
    return { files, output }
  } finally {
    scene.remove()
  }
}

function differing(one: Tree, two: Tree) {
  if ([...one.keys()].join('\n') !== [...two.keys()].join('\n'))
    throw new Error('two ordinary runs made different files')
  return new Set([...one].filter(([path, { content }]) => two.get(path)?.content !== content).map(([path]) => path))
}
