import type { Failure } from '../base/errors.js'
import type { Host } from '../base/host.js'
import { managerOf } from '../base/manager.js'
import type { Paint } from '../base/paint.js'
import { shellQuote } from '../base/shell.js'
import { repeatCommand } from '../plan/command.js'
import type { PlannedFile } from '../plan/files.js'
import { broughtLines } from './brought.js'
import { nextSteps, type Step } from './next-steps.js'
import type { Outcome } from './outcome.js'

/** The last lines of a run that made the project. */
export function reportDone(outcome: Outcome, host: Host, paint: Paint): string {
  const { answers, plan, git } = outcome
  const { target, template, python } = answers
  const facts = `${plan.files.length} files, template ${template.id}, Python ${python}`
  const repeat = { ...answers, name: target.name, template: template.id }
  return [
    `${paint.good('✔')} ${paint.bold(target.name)} is ready ${paint.dim(`(${facts})`)}`,
    ...gitLines(plan.git, git, target.typed, host),
    ...existingLines(plan.files),
    ...broughtLines(outcome),
    ...(target.unusual ? UNUSUAL_PATH : []),
    ...(host.platform === 'darwin' && host.arch === 'x64' ? INTEL_MAC : []),
    '',
    'Next:',
    ...nextSteps(outcome, host).flatMap((step, index) => stepLines(step, index + 1, paint)),
    ...(GUIDES ? ['', `Guides: ${GUIDES}`] : []),
    '',
    paint.dim('To create this project again:'),
    paint.dim(`  ${repeatCommand(repeat, managerOf(host.env))}`),
    ...(plan.files.some(({ origin }) => origin === 'brought')
      ? [paint.dim('  The notebooks that were brought are not in it: copy them, too.')]
      : []),
  ].join('\n')
}

/** `1. why`, with the commands below it; a step without a reason is one line. */
function stepLines({ why, commands }: Step, number: number, paint: Paint): string[] {
  const bold = commands.map((command) => paint.bold(command))
  if (!why) return bold.map((command) => `  ${number}. ${command}`)
  return [`  ${number}. ${why}`, ...bold.map((command) => `     ${command}`)]
}

/** Where the repository is; nothing while its address is not known. */
const GUIDES = PROGRAM_HOMEPAGE

/** What became of files that were there before. */
function existingLines(files: readonly PlannedFile[]): string[] {
  const kept = files.filter(({ action }) => action === 'keep').map(({ path }) => path)
  const ours = kept.filter((path) => path === 'flake.nix' || path === 'start')
  const renamed = files.flatMap(({ backup }) => backup ?? [])
  return [
    ...(kept.length > 0 ? [`  Your files, kept: ${kept.join(', ')}`] : []),
    ...(ours.length > 0 ? [`  What ./start does is decided by your own ${ours.join(' and ')}.`] : []),
    ...(renamed.length > 0 ? [`  Your files, renamed: ${renamed.join(', ')}`] : []),
  ]
}

const UNUSUAL_PATH = [
  '  The path has spaces or special letters: old versions of Nix (2.8 is one)',
  '  cannot open it, new ones can.',
]

/** Node in Rosetta says the same of itself, and there the project works. */
const INTEL_MAC = [
  '  Intel Macs are not supported (nixpkgs has ended that); on a Mac with Apple',
  '  silicon, on Linux and on WSL2 the project works.',
]

function gitLines(plan: Outcome['plan']['git'], result: Outcome['git'], directory: string, host: Host): string[] {
  switch (plan.kind) {
    case 'none':
      return plan.inside
        ? [
            `  Not added to the git repository ${plan.inside}.`,
            `  Nix sees the project only after: ${addCommand(directory)}`,
          ]
        : ['  No git repository (--no-git). Nix then copies the whole directory,', '  also what git would leave out.']
    case 'missing':
      return missingGit(host)
    case 'add':
      if (result?.added) return [`  Its files were added to the git repository ${plan.repository}.`]
      return [
        `  Its files could not be added to the git repository ${plan.repository}:`,
        `  ${result?.problem?.message}`,
        ...(/dubious ownership/.test(result?.problem?.message ?? '')
          ? [`  First: git config --global --add safe.directory ${shellQuote(plan.repository)}`]
          : []),
        `  Nix sees the project only after: ${addCommand(directory)}`,
      ]
    case 'init':
      return [...ignoredLine(plan.ignoredBy), ...initLines(result, host)]
  }
}

/** Works also where the directory is the repository itself. */
function addCommand(directory: string): string {
  return `git -C ${shellQuote(directory)} add .`
}

function ignoredLine(repository: string | undefined): string[] {
  return repository
    ? [`  The git repository ${repository} ignores this`, '  directory, so the project has one of its own.']
    : []
}

function initLines(result: Outcome['git'], host: Host): string[] {
  if (result?.problem?.kind === 'missing') return missingGit(host)
  if (result?.committed) return ['  Initialized a git repository on branch main, with a first commit.']
  const why =
    result?.problem?.kind === 'identity' ? 'git does not know your name yet' : (result?.problem?.message ?? '')
  if (result?.added) return ['  Initialized a git repository on branch main. Nothing is committed yet:', `  ${why}.`]
  return ['  Git did not work:', `  ${why}`, '  Nix sees only what git knows. Later, in it: git init && git add .']
}

function missingGit({ platform }: Host): string[] {
  return [
    '  Git is not installed. Without it Nix copies the whole directory.',
    ...(platform === 'darwin' ? ["  On a Mac it is in Apple's command line tools: xcode-select --install"] : []),
    '  Once you have git, type there: git init && git add .',
  ]
}

/** What is said of a run that ended without a project. */
export function reportFailure(failure: Failure, paint: Paint): string {
  const [first, ...rest] = [failure.message, ...failure.next]
  return first ? [`${paint.bad('✖')} ${first}`, ...rest.map((line) => `  ${line}`)].join('\n') : ''
}
