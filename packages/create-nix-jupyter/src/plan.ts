import { readdirSync } from 'node:fs'
import type { Answers } from './answers.js'
import { repeatCommand } from './command.js'
import { explainSystemError, Failure } from './errors.js'
import type { GitPlan } from './git-plan.js'
import { hashOf } from './hash.js'
import { isStagingName } from './leftovers.js'
import { slugOf } from './names.js'
import { packageNames, sortPackages } from './packages.js'
import { type ProjectFile, renderTemplate } from './render.js'
import type { Target } from './target.js'
import type { Values } from './templates.js'

/** What will be done, as data: nothing has been written when a plan exists. */
export interface Plan {
  readonly target: Target
  readonly files: readonly ProjectFile[]
  readonly git: GitPlan
  /** The command that makes the same project again. */
  readonly command: string
}

/** The file in a project that says how it was made. */
export const RECORD = '.nix-jupyter.json'

/** Plans a new project. */
export async function planProject(answers: Answers, git: GitPlan): Promise<Plan> {
  const { target, template, python, packages } = answers
  const command = repeatCommand({ ...answers, name: target.name, template: template.id })
  const values: Values = {
    name: target.name,
    slug: slugOf(target.name, packageNames(packages)),
    python,
    pythonAttr: `python${python.replace('.', '')}`,
    ...sortPackages(packages, template),
    version: PROGRAM_VERSION,
    template,
    command,
  }
  const files = await renderTemplate(template.id, values)
  return { target, files: [...files, record(answers, command, files)], git, command }
}

/** The record has no time stamp: same answers, same bytes. */
function record(answers: Answers, command: string, files: readonly ProjectFile[]): ProjectFile {
  const content = {
    generator: 'create-nix-jupyter',
    version: PROGRAM_VERSION,
    template: answers.template.id,
    answers: { name: answers.target.name, python: answers.python, packages: answers.packages, git: answers.git },
    command,
    files: Object.fromEntries(files.map(({ path, content }) => [path, hashOf(content)])),
  }
  const text = `${JSON.stringify(content, null, 2)}\n`
  return { path: RECORD, content: Buffer.from(text), executable: false, origin: 'generated' }
}

/** A new project needs a folder that is new, or that holds nothing but `.git`. */
export function refuseConflicts(target: Target): void {
  const found = target.exists ? entriesOf(target.root) : []
  if (found.length === 0) return
  const shown = found.slice(0, 5).join(', ') + (found.length > 5 ? ` and ${found.length - 5} more` : '')
  throw new Failure('conflict', `The folder ${target.typed} is not empty: it has ${shown}.`, {
    next: ['Choose another name, or empty the folder first.'],
  })
}

function entriesOf(root: string): string[] {
  try {
    return readdirSync(root)
      .filter((name) => name !== '.git' && !isStagingName(name))
      .sort()
  } catch (error) {
    throw explainSystemError(error, root)
  }
}
