import { Failure } from './errors.js'
import { flagOf, type Given, type Option, options } from './options.js'

// `npm create nix-jupyter lab --template minimal`: without the extra `--` npm keeps the flags for itself. What it kept
// arrives as variables: `--template minimal` as npm_config_template=true beside a word "minimal", `--template=minimal`
// as npm_config_template=minimal, `--no-git` as npm_config_git=false or empty.

/** What npm had kept, with the words that are left over. */
export interface Recovered {
  readonly given: Given
  readonly words: readonly string[]
  readonly warnings: readonly string[]
}

/** Gives back flags that npm kept; where that leaves a doubt, it says how to write the command. */
export function recoverSwallowed(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Recovered {
  const given: Given = {}
  const left = [...words]
  for (const option of options satisfies readonly Option[]) {
    const kept = keptByNpm(option, env)
    if (kept === undefined) continue
    const value = option.kind === 'boolean' ? kept === 'true' : kept === 'true' ? takeWord(option, left) : kept
    Object.assign(given, { [option.name]: option.kind === 'list' ? [value] : value })
  }
  const flags = options.filter((option) => option.name in given).map(flagOf)
  const warnings = [`npm kept ${flags.join(', ')} for itself; it is used all the same. Write -- before the first flag.`]
  return { given, words: left, warnings: flags.length > 0 ? warnings : [] }
}

/** The value that npm kept for an option, in so far as it can only have been meant for this program. */
function keptByNpm(option: Option, env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (option.positional || option.name === 'help' || option.name === 'version') return undefined
  const long = env[`npm_config_${option.name.replaceAll('-', '_')}`]
  const value = long ?? (option.short && env[`npm_config_${option.short}`])
  if (value === undefined) return undefined
  // `npx -y` and npm's own settings use the same variables with a meaning of their own.
  if (option.name === 'yes') return env.npm_command === 'init' && value === 'true' ? value : undefined
  if (option.kind === 'boolean') return keptBoolean(option, value)
  if (option.name === 'python' && value !== 'true' && !/^\d/.test(value)) return undefined
  return value === '' ? undefined : value
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
      `npm kept ${flagOf(option)} for itself, and its value cannot be told from the other words.`,
      {
        next: ['Write -- before the flags: npm create nix-jupyter@latest my-lab -- --template minimal'],
      },
    )
  }
  words.splice(words.indexOf(word), 1)
  return word
}
