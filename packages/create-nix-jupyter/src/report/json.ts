import type { Failure } from '../base/errors.js'
import type { Host } from '../base/host.js'
import type { PlannedFile } from '../plan/files.js'
import { broughtReport } from './brought.js'
import { nextSteps } from './next-steps.js'
import type { Outcome } from './outcome.js'

/** The result of a run, for programs. */
export async function jsonDone(
  outcome: Outcome,
  dryRun: boolean,
  warnings: readonly string[],
  host: Host,
): Promise<string> {
  const { answers, plan, git } = outcome
  const { target, template, python, packages, features } = answers
  return toText({
    ok: true,
    dryRun,
    directory: target.root,
    name: target.name,
    template: template.id,
    python,
    packages,
    features,
    files: await Promise.all(plan.files.map(describe)),
    git: {
      plan: plan.git.kind,
      added: git?.added ?? false,
      committed: git?.committed ?? false,
      problem: git?.problem ?? null,
    },
    brought: broughtReport(outcome) ?? null,
    command: plan.command,
    next: nextSteps(outcome, host).flatMap(({ commands }) => commands),
    warnings,
  })
}

async function describe({ path, content, executable, origin, action, backup, existing }: PlannedFile): Promise<object> {
  const conflict = existing && {
    diff: (await import('../base/diff.js')).diffOf(existing, content),
    ...(backup && { backup }),
  }
  return { path, size: content.length, executable, origin, action, ...conflict }
}

/** A failure, for programs: the same exit code, message and advice that people see. */
export function jsonFailure({ kind, exitCode, message, missing, next }: Failure): string {
  return toText({ ok: false, error: { kind, exitCode, message, missing, next } })
}

function toText(value: object): string {
  return JSON.stringify(value, null, 2)
}
