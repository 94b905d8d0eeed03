import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Failure } from '../base/errors.js'
import { flagOf, type Given, type Option, options } from './options.js'

// `npm create nix-jupyter lab --template minimal`: without the extra `--` npm consumes the flags. What it kept
// arrives as variables: `--template minimal` as npm_config_template=true beside a word "minimal", `--template=minimal`
// as npm_config_template=minimal, `--no-git` as npm_config_git=false or empty. npm hands over what its .npmrc files say in
// the same way, and that is meant for others (`python=2.7` is node-gyp's): a name that stands in one of them does not count.

type Environment = Readonly<Record<string, string | undefined>>

/** What npm had kept, with the words that are left over. */
export interface Recovered {
  readonly given: Given
  readonly words: readonly string[]
  readonly warnings: readonly string[]
}

/**
 * Gives back flags that npm kept.
 *
 * @throws {Failure} where that leaves a doubt; it says how to write the command
 */
export function recoverSwallowed(words: readonly string[], env: Environment): Recovered {
  const given: Given = {}
  const left = [...words]
  for (const option of options satisfies readonly Option[]) {
    const kept = keptByNpm(option, env)
    if (kept === undefined) continue
    const value = option.kind === 'boolean' ? kept === 'true' : kept === 'true' ? takeWord(option, left) : kept
    Object.assign(given, { [option.name]: option.kind === 'list' ? [value] : value })
  }
  const flags = options.filter((option) => option.name in given).map(flagOf)
  const warnings = [`npm consumed ${flags.join(', ')} because \`--\` was missing; using it anyway.`]
  return { given, words: left, warnings: flags.length > 0 ? warnings : [] }
}

/** Whether `--json` was among the flags that npm kept: then an error is JSON too. */
export function keptJson(env: Environment): boolean {
  return options.some((option) => option.name === 'json' && keptByNpm(option, env) === 'true')
}

/** The value that npm kept for an option, in so far as it can only have been meant for this program. */
function keptByNpm(option: Option, env: Environment): string | undefined {
  if (option.positional || option.prints || option.explicit) return undefined
  const names = [option.name, ...(option.short ? [option.short] : [])]
  const name = names.find((candidate) => env[variableOfNpm(candidate)] !== undefined)
  const value = name && env[variableOfNpm(name)]
  if (!name || value === undefined || !meansUs(option, value, env)) return undefined
  return isInNpmrc(name, env) ? undefined : option.kind === 'boolean' ? keptBoolean(option, value) : value
}

function variableOfNpm(name: string): string {
  return `npm_config_${name.replaceAll('-', '_')}`
}

/** `npx -y` and npm's own settings use the same variables with a meaning of their own. */
function meansUs(option: Option, value: string, env: Environment): boolean {
  if (option.name === 'yes') return env.npm_command === 'init' && value === 'true'
  if (option.kind === 'boolean') return true
  return value !== '' && (option.name !== 'python' || value === 'true' || /^\d/.test(value))
}

/** Whether one of the files that npm reads sets this name: the project's, the user's, the system's. */
function isInNpmrc(name: string, env: Environment): boolean {
  const project = env.npm_config_local_prefix
  const files = [
    project && path.join(project, '.npmrc'),
    env.npm_config_userconfig ?? (env.HOME && path.join(env.HOME, '.npmrc')),
    env.npm_config_globalconfig ??
      (env.npm_config_global_prefix && path.join(env.npm_config_global_prefix, 'etc/npmrc')),
  ]
  return files.some((file) => file && namesIn(file).has(name))
}

/** The names that an .npmrc sets, with dashes: npm takes `dry_run` and `dry-run` for one. */
function namesIn(file: string): ReadonlySet<string> {
  let text = ''
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    // Most people have no such file.
  }
  const lines = text.split('\n').map((line) => /^\s*([^\s=;#[\]]+)/.exec(line)?.[1] ?? '')
  return new Set(lines.map((name) => name.toLowerCase().replaceAll('_', '-')))
}

function keptBoolean(option: Option, value: string): string | undefined {
  if (value === 'true') return option.negative === 'only' ? undefined : value
  const isNo = value === 'false' || value === ''
  return isNo && option.negative ? 'false' : undefined
}

/** Finds the word that was the value of a flag: it must be the only one that can be. */
function takeWord(option: Option, words: string[]): string {
  const values = option.choices?.map(({ value }) => value)
  const fitting = words.filter((word, index) => (values ? values.includes(word) : index > 0))
  const [word] = fitting
  if (word === undefined || fitting.length > 1) {
    throw new Failure(
      'usage',
      `npm consumed ${flagOf(option)} because \`--\` was missing, and its value cannot be told from the other words.`,
      {
        next: ['Next: npm create nix-jupyter@latest my-lab -- --template minimal'],
      },
    )
  }
  words.splice(words.indexOf(word), 1)
  return word
}
