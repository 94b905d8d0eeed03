import { Failure } from './errors.js'
import { readHost } from './host.js'

/** What the project should be; what is left out has the default that the command line has. */
export interface CreateOptions {
  /** The folder to make, relative to `cwd`. */
  readonly directory: string
  /** The id of a template, such as `minimal`. */
  readonly template: string
  /** The version of Python, such as `3.13`. */
  readonly python?: string
  /** Extra Python packages, as PyPI names them. */
  readonly packages?: readonly string[]
  /** Whether git should know the project; `true` by default. */
  readonly git?: boolean
  /** Plans the project and writes nothing. */
  readonly dryRun?: boolean
  /** The folder that `directory` is relative to; the current one by default. */
  readonly cwd?: string
  /** Ends the run, with nothing made, while the project is not in place. */
  readonly signal?: AbortSignal
}

/** A project that was made, or with `dryRun` would be. */
export interface CreateResult {
  /** The project's folder, absolute. */
  readonly directory: string
  /** All files, relative to the folder, sorted. */
  readonly files: readonly string[]
  /** The command that makes the same project again. */
  readonly command: string
  /** Whether git knows the files, and whether there is a first commit. */
  readonly git: { readonly added: boolean; readonly committed: boolean }
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
  const { directory, template, python, packages, git, dryRun, cwd, signal } = options
  const { createProject } = await import('./create.js')
  const host = readHost(process)
  const given = {
    directory,
    template,
    ...(python !== undefined && { python }),
    ...(packages && { packages: [...packages] }),
    ...(git !== undefined && { git }),
    'dry-run': dryRun === true,
  }
  const outcome = await createProject(given, { host: cwd === undefined ? host : { ...host, cwd }, signal })
  const { target, files, command } = outcome.plan
  return {
    directory: target.root,
    files: files.map((file) => file.path),
    command,
    git: { added: outcome.git?.added ?? false, committed: outcome.git?.committed ?? false },
  }
}

/** Whether an error is one that `create` foresaw. */
export function isCreateError(error: unknown): error is CreateError {
  return error instanceof Failure
}
