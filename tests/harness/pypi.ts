import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Project } from './project.ts'

/** How a user of a tier asks for a package from PyPI, and takes it back. */
export type PyPI = {
  /** The file that is edited. */
  file: string
  /** Write the requirement into it, as a user does by hand. */
  ask: (project: Project, requirement: string) => void
}

function line(file: string): PyPI {
  return { file, ask: (project, requirement) => appendFileSync(join(project.folder, file), `${requirement}\n`) }
}

const tiers: Record<string, PyPI> = {
  fasthtml: line('requirements.in'),
  uv: {
    file: 'pyproject.toml',
    ask: (project, requirement) => {
      const file = join(project.folder, 'pyproject.toml')
      const text = readFileSync(file, 'utf8')
      writeFileSync(file, text.replace('dependencies = [\n', `dependencies = [\n    "${requirement}",\n`))
    },
  },
}

/** What holds for this tier; the others have a requirements.in. */
export function pypiOf(template: string): PyPI {
  return tiers[template] ?? line('requirements.in')
}
