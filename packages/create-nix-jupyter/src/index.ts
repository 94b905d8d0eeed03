import { Failure } from './base/errors.js'
import { readHost } from './base/host.js'

/** The templates that come with this version; any other text is a remote template. */
export type TemplateId = 'TEMPLATE_IDS'

/** What the project should be; what is left out has the default that the command line has. */
export interface CreateOptions {
  /** The directory to create, relative to `cwd`. */
  readonly directory: string
  /** The id of a template, `OWNER/REPO[/DIRECTORY][#REF]`, or the path of a directory, which begins with `./` or `/`. */
  readonly template: TemplateId | (string & {})
  /** The version of Python, such as `3.13`. */
  readonly python?: string | undefined
  /** Extra Python packages, as PyPI names them. */
  readonly packages?: readonly string[] | undefined
  /** A file that lists packages, or a directory with such a file and notebooks, relative to `cwd`. */
  readonly from?: string | undefined
  /** Features, beside the default ones; `none` among them takes those out. */
  readonly with?: readonly string[] | undefined
  /** Whether to make a git repository; `true` by default. */
  readonly git?: boolean | undefined
  /** What happens when the directory is not empty; `error` by default. */
  readonly onConflict?: 'error' | 'keep' | 'backup' | 'increment' | undefined
  /** Trusts the remote template, which can run any code. Without it, such a template is refused. */
  readonly trust?: boolean | undefined
  /** Plans the project and writes nothing. */
  readonly dryRun?: boolean | undefined
  /** The directory that `directory` is relative to; the current one by default. */
  readonly cwd?: string | undefined
  /** Ends the run, with nothing created, while the project is not in place. */
  readonly signal?: AbortSignal | undefined
}

/** A project that was made, or with `dryRun` would be. */
export interface CreateResult {
  /** The project's directory, absolute. */
  readonly directory: string
  /** All files, relative to the directory, sorted. */
  readonly files: readonly string[]
  /** The command that makes the same project again. */
  readonly command: string
  /** Whether git knows the files, and whether there is a first commit. */
  readonly git: { readonly added: boolean; readonly committed: boolean }
  /** What to know beside the result. */
  readonly warnings: readonly string[]
}

/** Why there is no project: `exitCode` is the one of the command line, `next` says what to do. */
export interface CreateError extends Error {
  readonly kind: 'failed' | 'usage' | 'conflict' | 'network' | 'interrupted'
  readonly exitCode: number
  readonly next: readonly string[]
}

/**
 * Makes a project, whole or not at all.
 *
 * @example
 * const { directory } = await create({ directory: 'my-lab', template: 'minimal' })
 *
 * @throws {CreateError} when there is no project; then nothing was written.
 */
export async function create(options: CreateOptions): Promise<CreateResult> {
  const { directory, template, python, packages, from, git, onConflict, trust, dryRun, cwd, signal } = options
  const { createProject } = await import('./create.js')
  const host = readHost(process)
  const given = {
    directory,
    template,
    ...(python !== undefined && { python }),
    ...(packages && { packages: [...packages] }),
    ...(from !== undefined && { from }),
    ...(options.with && { with: [...options.with] }),
    ...(git !== undefined && { git }),
    ...(onConflict !== undefined && { 'on-conflict': onConflict }),
    ...(trust !== undefined && { trust }),
    'dry-run': dryRun === true,
  }
  const run = { host: cwd === undefined ? host : { ...host, cwd }, signal }
  const outcome = await createProject(given, run).catch((error) => {
    throw error instanceof Failure ? inOptionNames(error) : error
  })
  const { target, files, command } = outcome.plan
  return {
    directory: target.root,
    files: files.map((file) => file.path),
    command,
    git: { added: outcome.git?.added ?? false, committed: outcome.git?.committed ?? false },
    warnings: outcome.warnings,
  }
}

/** Who calls this function writes `onConflict`, not `--on-conflict`. */
function inOptionNames({ kind, message, next, missing }: Failure): Failure {
  const named = (text: string) =>
    text.replace(/--(no-)?([a-z-]+)/g, (_, no, name: string) => `${no ? 'no ' : ''}${camelCase(name)}`)
  return new Failure(kind, named(message), { next: next.map(named), missing: missing.map(named) })
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** Whether an error is one that `create` foresaw. */
export function isCreateError(error: unknown): error is CreateError {
  return error instanceof Failure
}
