import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attempt } from '../lib/attempts.ts'
import { ratio, type Series } from '../lib/rounds.ts'
import { must, run } from '../lib/run.ts'
import type { Stage } from '../lib/stage.ts'
import { countFiles } from './speed.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const PROGRAM = join(REPOSITORY, 'packages/create-nix-jupyter')
const TEMPLATES = join(REPOSITORY, 'templates')
const MANY = 500

/**
 * `list` and a scaffold of the program, built once with its own templates and once with so many that it has 500, round by round.
 * @returns as ratios
 */
export async function measureManyTemplates(
  stage: Stage,
  rounds: number,
): Promise<{ list?: Series; scaffold?: Series; failures: { [candidate: string]: string } }> {
  const [few, many] = [await buildWith(TEMPLATES, stage), await buildWith(withCopies(stage), stage)]
  const list = (bin: string) => async () => (await must(process.execPath, [bin, 'list'])).milliseconds
  const scaffold = (bin: string) => () =>
    stage.inNewDirectory(async (cwd) => {
      const args = [bin, 'app', '--template', 'minimal', '--yes', '--no-git']
      const result = await run(process.execPath, args, { cwd, env: stage.env })
      countFiles(result, cwd)
      return result.milliseconds
    })
  const { samples, failures } = await attempt(rounds, {
    'list of few': list(few),
    'list of many': list(many),
    'scaffold of few': scaffold(few),
    'scaffold of many': scaffold(many),
  })
  const compare = (what: string) => {
    const [less, more] = [samples[`${what} of few`], samples[`${what} of many`]]
    return less && more && ratio(more, less)
  }
  const [listed, scaffolded] = [compare('list'), compare('scaffold')]
  return { ...(listed && { list: listed }), ...(scaffolded && { scaffold: scaffolded }), failures }
}

/** The templates of the repository, and copies of minimal beside them. */
function withCopies(stage: Stage) {
  const directory = join(stage.newDirectory(), 'templates')
  cpSync(TEMPLATES, directory, { recursive: true })
  const minimal = JSON.parse(readFileSync(join(TEMPLATES, 'minimal/template.json'), 'utf8'))
  const there = readdirSync(TEMPLATES).filter((id) => existsSync(join(TEMPLATES, id, 'template.json'))).length
  for (let order = 1001; order <= 1000 + MANY - there; order++) {
    const id = `copy${order}`
    mkdirSync(join(directory, id))
    cpSync(join(TEMPLATES, 'minimal'), join(directory, id), { recursive: true })
    writeFileSync(join(directory, id, 'template.json'), JSON.stringify({ ...minimal, id, order }))
  }
  return directory
}

/** The program with these templates. */
async function buildWith(templates: string, stage: Stage) {
  const out = stage.newDirectory()
  await must(process.execPath, [join(PROGRAM, 'build/build.mjs'), '--templates', templates, '--out', out])
  cpSync(join(PROGRAM, 'bin'), join(out, 'bin'), { recursive: true })
  return join(out, 'bin/create-nix-jupyter.cjs')
}
