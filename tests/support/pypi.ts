import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Project } from './project.ts'
import { fileForPyPI } from './template.ts'

/** Python that prints which libraries its process has from this computer, and not from Nix or the project. */
export const OF_THE_HOST = `
import sys
files = {line.split()[-1] for line in open("/proc/self/maps") if ".so" in line}
print(sorted(file for file in files if not file.startswith(("/nix/store/", sys.prefix))))`

/** Write a requirement from PyPI into its file, as a user does by hand. */
export function ask(project: Project, requirement: string): void {
  const file = join(project.directory, fileForPyPI)
  const text = readFileSync(file, 'utf8')
  if (fileForPyPI === 'requirements.in') writeFileSync(file, `${text}${requirement}\n`)
  else writeFileSync(file, text.replace('dependencies = [\n', `dependencies = [\n    "${requirement}",\n`))
}
