import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Project } from './project.ts'
import { fileForPyPI } from './template.ts'

/** Write a requirement from PyPI into its file, as a user does by hand. */
export function ask(project: Project, requirement: string): void {
  const file = join(project.folder, fileForPyPI)
  const text = readFileSync(file, 'utf8')
  if (fileForPyPI === 'requirements.in') writeFileSync(file, `${text}${requirement}\n`)
  else writeFileSync(file, text.replace('dependencies = [\n', `dependencies = [\n    "${requirement}",\n`))
}
