import { flagsOf, type Option, options } from '../input/options.js'
import { features } from '../templates/manifests.js'
import { commands } from './table.js'

const PROGRAM = 'create-nix-jupyter'

/** The completions of a shell, as a script for it. */
export const completions = { bash, zsh, fish }

interface Flag {
  readonly spelling: string
  readonly short?: string | undefined
  readonly help: string
  readonly takesValue: boolean
  readonly values: readonly string[]
}

function flags(): Flag[] {
  const table: readonly Option[] = options
  return table
    .filter((option) => !option.positional)
    .flatMap((option) =>
      flagsOf(option).map(({ flag }) => ({
        spelling: flag,
        short: option.short,
        help: option.help,
        takesValue: option.kind !== 'boolean',
        values: option.choices?.map(({ value }) => value) ?? [],
      })),
    )
}

function commandNames(): string {
  return commands.map(({ name }) => name).join(' ')
}

function featureNames(): string {
  return features.map(({ id }) => id).join(' ')
}

/** Without `mapfile`, which macOS's bash (3.2) does not have; no value of ours has a space in it. */
function bash(): string {
  const words = (list: string) => `COMPREPLY=( $(compgen -W '${list}' -- "$word") ); return ;;`
  const cases = flags()
    .filter(({ takesValue }) => takesValue)
    .map(({ spelling, short, values }) => `    --${spelling}${short ? `|-${short}` : ''}) ${words(values.join(' '))}`)
  return `# bash completion for ${PROGRAM}
_create_nix_jupyter() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} directory
  # bash splits --template=mi at the equals sign, into three words.
  if [[ $word == = ]]; then word=; elif [[ $before == = ]]; then before=\${COMP_WORDS[COMP_CWORD-2]}; fi
  case $before in
${cases.join('\n')}
    completions) ${words(Object.keys(completions).join(' '))}
    add|remove) ${words(featureNames())}
  esac
  case $word in
    -*) ${words(
      flags()
        .map(({ spelling }) => `--${spelling}`)
        .join(' '),
    )}
  esac
  COMPREPLY=( $(compgen -W '${commandNames()}' -- "$word") )
  while IFS= read -r directory; do COMPREPLY+=("$directory/"); done < <(compgen -d -- "$word")
}
complete -o nospace -F _create_nix_jupyter ${PROGRAM}`
}

function zsh(): string {
  const lines = flags().flatMap(({ spelling, short, help, takesValue, values }) => {
    const value = takesValue ? `:value:(${values.join(' ')})` : ''
    // `--name=` also takes the value behind the equals sign.
    const names = [`--${spelling}${takesValue ? '=' : ''}`, ...(short ? [`-${short}`] : [])]
    return names.map((name) => `    '${name}[${forZsh(help)}]${value}'`)
  })
  return `#compdef ${PROGRAM}
_create_nix_jupyter() {
  _arguments \\
${lines.map((line) => `${line} \\`).join('\n')}
    '1:directory or command:{compadd ${commandNames()}; _directories}' \\
    '2:shell, feature or directory:{compadd ${Object.keys(completions).join(' ')} ${featureNames()}; _directories}'
}
compdef _create_nix_jupyter ${PROGRAM}`
}

function forZsh(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&').replaceAll("'", "'\\''")
}

function fish(): string {
  const complete = `complete -c ${PROGRAM}`
  const lines = flags().map(({ spelling, short, help, takesValue, values }) => {
    const value = takesValue ? ` -x${values.length > 0 ? ` -a '${values.join(' ')}'` : ''}` : ''
    return `${complete} -l ${spelling}${short ? ` -s ${short}` : ''}${value} -d '${help.replaceAll("'", "\\'")}'`
  })
  return `# fish completion for ${PROGRAM}
${lines.join('\n')}
${commands.map(({ name, help }) => `${complete} -n __fish_use_subcommand -a ${name} -d '${help}'`).join('\n')}
${complete} -n '__fish_seen_subcommand_from completions' -x -a '${Object.keys(completions).join(' ')}'
${complete} -n '__fish_seen_subcommand_from add remove' -x -a '${featureNames()}'`
}
