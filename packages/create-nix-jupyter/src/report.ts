import type { Outcome } from './create.js'
import type { Failure } from './errors.js'
import type { PlannedFile } from './existing.js'
import type { Host } from './host.js'
import { hasNix } from './nix.js'
import type { Paint } from './paint.js'
import { shellQuote } from './shell.js'

/** The last lines of a run that made the project. */
export function reportDone({ answers, plan, git }: Outcome, host: Host, paint: Paint): string {
  const { target, template, python } = answers
  const facts = `${plan.files.length} files, template ${template.id}, Python ${python}`
  return [
    `${paint.good('✔')} ${paint.bold(target.name)} is ready ${paint.dim(`(${facts})`)}`,
    ...gitLines(plan.git, git, target.typed),
    ...existingLines(plan.files),
    ...(target.unusual ? [UNUSUAL_PATH] : []),
    '',
    'Now type:',
    ...(target.root === host.cwd ? [] : [`  ${paint.bold(`cd ${shellQuote(target.typed)}`)}`]),
    `  ${paint.bold(startCommand(plan.files))}`,
    ...nixLines(host, paint),
    '',
    paint.dim('The same project again:'),
    paint.dim(`  ${plan.command}`),
  ].join('\n')
}

/** A template from elsewhere may have no ./start; what it has then is a shell. */
export function startCommand(files: readonly PlannedFile[]): string {
  return files.some(({ path }) => path === 'start') ? './start' : 'nix develop'
}

/** What became of files that were there before. */
function existingLines(files: readonly PlannedFile[]): string[] {
  const kept = files.filter(({ action }) => action === 'keep').map(({ path }) => path)
  const ours = kept.filter((path) => path === 'flake.nix' || path === 'start')
  const renamed = files.flatMap(({ backup }) => backup ?? [])
  return [
    ...(kept.length > 0 ? [`  Yours, as they were: ${kept.join(', ')}`] : []),
    ...(ours.length > 0 ? [`  What ./start does is decided by your own ${ours.join(' and ')}.`] : []),
    ...(renamed.length > 0 ? [`  Yours, renamed: ${renamed.join(', ')}`] : []),
  ]
}

const UNUSUAL_PATH =
  '  The path has spaces or special letters: old versions of Nix (2.8 is one) cannot open it, new ones can.'

function gitLines(plan: Outcome['plan']['git'], result: Outcome['git'], folder: string): string[] {
  const copies = 'Nix then copies the whole folder, also what git would leave out.'
  switch (plan.kind) {
    case 'none':
      return plan.inside
        ? [`  Not added to the git repository ${plan.inside}: Nix sees the project only after "${addCommand(folder)}".`]
        : [`  Not under git, as you wished. ${copies}`]
    case 'missing':
      return missingGit()
    case 'add':
      if (result?.added) return [`  Its files were added to the git repository ${plan.repository}.`]
      return [
        `  Its files could not be added to the git repository ${plan.repository}:`,
        `  ${result?.problem?.message}`,
        ...(/dubious ownership/.test(result?.problem?.message ?? '')
          ? [`  First: git config --global --add safe.directory ${shellQuote(plan.repository)}`]
          : []),
        `  Nix sees the project only after "${addCommand(folder)}".`,
      ]
    case 'init':
      return [...ignoredLine(plan.ignoredBy), ...initLines(result)]
  }
}

/** Works also where the folder is the repository itself. */
function addCommand(folder: string): string {
  return `git -C ${shellQuote(folder)} add .`
}

function ignoredLine(repository: string | undefined): string[] {
  return repository
    ? [`  The git repository ${repository} ignores this folder, so the project has one of its own.`]
    : []
}

function initLines(result: Outcome['git']): string[] {
  if (result?.problem?.kind === 'missing') return missingGit()
  if (result?.committed) return ['  It is under git, on branch main, with a first commit.']
  const why =
    result?.problem?.kind === 'identity' ? 'git does not know your name yet' : (result?.problem?.message ?? '')
  if (result?.added)
    return [
      `  It is under git, on branch main. Nothing is committed yet: ${why}.`,
      '  To commit: git commit -m "Start"',
    ]
  return [`  Git did not work: ${why}`, '  Nix sees only what git knows. Later, in the folder: git init && git add .']
}

function missingGit(): string[] {
  return [
    '  Git is not installed. Without it Nix copies the whole folder; once you have it, in the folder:',
    '    git init && git add .',
  ]
}

function nixLines(host: Host, paint: Paint): string[] {
  if (hasNix(host)) return []
  const install = `  ${paint.bold('sh <(curl -L https://nixos.org/nix/install) --daemon')}`
  if (host.platform === 'win32')
    return ['', 'Nix needs Linux: open the folder in WSL2, and there install Nix first:', install]
  return [
    '',
    'Nix is not installed yet. This installs it on Linux, macOS and WSL2 (then open a new terminal):',
    install,
    '  Nothing is to be configured: ./start switches on what it needs.',
  ]
}

/** What is said of a run that ended without a project. */
export function reportFailure(failure: Failure, paint: Paint): string {
  const [first, ...rest] = [failure.message, ...failure.next]
  return first ? [`${paint.bad('✖')} ${first}`, ...rest.map((line) => `  ${line}`)].join('\n') : ''
}
