import path from 'node:path'
import { slugOf } from '../base/names.js'
import { RECORD } from '../base/own-names.js'
import type { Answers } from '../questions/answers.js'
import { packageNames, sortPackages } from '../questions/packages.js'
import type { Target } from '../questions/target.js'
import type { Values } from '../templates/load.js'
import type { ProjectFile } from '../templates/render.js'
import { repeatCommand } from './command.js'
import { type Decide, madeMeanwhile, type PlannedFile, planFiles } from './files.js'
import { recordOf } from './record.js'
import type { GitPlan } from './repository.js'

/** What will be done, as data: nothing has been written when a plan exists. */
export interface Plan {
  readonly target: Target
  readonly files: readonly PlannedFile[]
  readonly git: GitPlan
  /** The command that makes the same project again. */
  readonly command: string
}

/** Renders all files of the template that was chosen. */
export type RenderAll = (values: Values) => Promise<ProjectFile[]>

/** Plans a new project; `decide` says what happens to files that are there already. */
export async function planProject(answers: Answers, git: GitPlan, render: RenderAll, decide: Decide): Promise<Plan> {
  const { target, template, python, packages, onConflict } = answers
  const command = repeatCommand({ ...answers, name: target.name, template: template.id })
  const values: Values = {
    name: target.name,
    slug: slugOf(target.name, packageNames(packages)),
    python,
    pythonAttr: `python${python.replace('.', '')}`,
    ...sortPackages(packages, template, python),
    version: PROGRAM_VERSION,
    template,
    command,
  }
  const rendered = await render(values)
  const files = [...rendered, recordOf(answers, command, rendered)]
  const planned = await planFiles(target, files, decide)
  const came = planned.find((file) => file.action !== 'create' && (onConflict === 'error' || file.path === RECORD))
  if (came) throw madeMeanwhile(path.join(target.typed, came.path))
  return { target, files: planned, git, command }
}
