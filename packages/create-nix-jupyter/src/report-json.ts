import type { Outcome } from './create.js'
import type { Failure } from './errors.js'
import { shellQuote } from './shell.js'

/** The result of a run, for programs. */
export function jsonDone({ answers, plan, git }: Outcome, dryRun: boolean, warnings: readonly string[]): string {
  const { target, template, python, packages } = answers
  return toText({
    ok: true,
    dryRun,
    directory: target.root,
    name: target.name,
    template: template.id,
    python,
    packages,
    files: plan.files.map(({ path, content, executable, origin }) => ({
      path,
      size: content.length,
      executable,
      origin,
    })),
    git: {
      plan: plan.git.kind,
      added: git?.added ?? false,
      committed: git?.committed ?? false,
      problem: git?.problem ?? null,
    },
    command: plan.command,
    next: [`cd ${shellQuote(target.typed)}`, './start'],
    warnings,
  })
}

/** A failure, for programs: the same exit code, message and advice that people see. */
export function jsonFailure({ kind, exitCode, message, missing, next }: Failure): string {
  return toText({ ok: false, error: { kind, exitCode, message, missing, next } })
}

function toText(value: object): string {
  return JSON.stringify(value, null, 2)
}
