import { slugOf } from '../base/names.js'
import type { Answers } from '../questions/answers.js'
import { mergePackages, packageNames, sortPackages } from '../questions/packages.js'
import type { Target } from '../questions/target.js'
import { type Feature, loadFeatures, valuesOf } from '../templates/features.js'
import type { Values } from '../templates/load.js'
import type { ProjectFile } from '../templates/render.js'
import { broughtFiles } from './brought.js'
import { repeatCommand } from './command.js'
import type { PlannedFile } from './files.js'
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

/** Renders all files of the template and the features that were chosen. */
export type RenderAll = (values: Values, features: readonly Feature[]) => Promise<ProjectFile[]>

/**
 * The files of a project, and the command that makes it again: rendered, with the record of all.
 *
 * @throws {Failure} for a package that nixpkgs refuses, or where the installed program is damaged
 */
export async function projectFiles(
  answers: Answers,
  render: RenderAll,
): Promise<Pick<Plan, 'command'> & { files: ProjectFile[] }> {
  const { target, template, python } = answers
  const command = repeatCommand({ ...answers, name: target.name, template: template.id })
  const features = await loadFeatures(answers.features)
  const packages = mergePackages(
    answers.packages,
    features.flatMap((feature) => feature.python),
    template,
  )
  const slug = slugOf(target.name, packageNames(packages))
  const values: Values = {
    name: target.name,
    slug,
    python,
    pythonAttr: `python${python.replace('.', '')}`,
    ...sortPackages(packages, template, python),
    ...valuesOf(features, slug),
    template,
  }
  const rendered = await render(values, features)
  const files = [...rendered, recordOf(answers, command, rendered)]
  return { command, files: [...files, ...broughtFiles(answers, files)] }
}
