import path from 'node:path'
import type { Left, Listed, Requirement } from './brought.js'
import { readConda } from './conda.js'
import { readRequirementLine, readRequirements } from './requirements-txt.js'
import { commandsOf } from './shell-words.js'

// What cells install: `%pip install a`, `!uv pip install a`, `%conda install a`, and the like in a cell of bash.

/** A cell of code, and where it stands. */
interface Cell {
  readonly text: string
  /** Such as `a.ipynb, cell 3`. */
  readonly where: string
  /** The directory of the notebook, from which its commands see files; absolute. */
  readonly directory: string
}

/** What a cell installs: packages, and all that is not a package by its name, with the reason. */
export function readInstalls(cell: Cell): Listed {
  const requirements: Requirement[] = []
  const left: Left[] = []
  for (const { line, isShell } of linesOf(cell.text)) {
    const asked = isShell ? commandsOf(line).map((words) => readCommand(words, cell)) : [readCode(line, cell)]
    for (const found of asked) {
      requirements.push(...found.requirements)
      left.push(...found.left)
    }
  }
  return { requirements, left }
}

const SHELL_CELL = /^\s*%%(?:bash|sh|!|sx|system|script\s+\S*sh)(?=\s|$)/
const FOREIGN_CELL = /^\s*%%(?!time|capture|prun|timeit|memit)/
/** `!…`, `%…`, what is made of such a line; and what IPython takes for a magic without its sign. */
const SHELL_LINE =
  /^\s*(?:[\w.,\s]+=\s*)?(?:!!?|%(?!%)(?:(?:sx|system)\s)?)\s*(.+)$|^\s*((?:pip3?|conda|mamba|micromamba|uv)\s+.*\b(?:install|add)\s.*)$/

/** Whether a cell is in another language than Python. */
export function isForeign(cell: string): boolean {
  return FOREIGN_CELL.test(cell)
}

function linesOf(cell: string): { line: string; isShell: boolean }[] {
  const isShell = SHELL_CELL.test(cell)
  if (!isShell && isForeign(cell)) return []
  const lines = cell.replace(/\\\r?\n/g, ' ').split(/\r?\n/)
  return lines.map((line) => {
    const [, marked, bare] = SHELL_LINE.exec(line) ?? []
    return isShell ? { line, isShell } : { line: marked ?? bare ?? line, isShell: (marked ?? bare) !== undefined }
  })
}

/** Python that starts an installer: which packages it asks for is not read out of it. */
function readCode(line: string, { where }: Cell): Listed {
  const starts =
    /(["'])(?:pip|conda)\1\s*,\s*(["'])install\2|\brun_line_magic\(\s*["'](?:pip|conda)\b|\b(?:system|popen|run|call|getoutput)\(.*\bpip3?\s+install\s/
  const isMeant = starts.test(line.replace(/^\s*#.*/, ''))
  return { requirements: [], left: isMeant ? [{ what: line.trim(), where, why: UNREAD }] : [] }
}

const UNREAD = 'what it installs is not read here: in the project, type ./lab add NAME'
const VARIABLE = 'the value of its variable is known to the notebook alone: in the project, type ./lab add NAME'

function readCommand(words: readonly string[], cell: Cell): Listed {
  const first = words.findIndex((word) => !/^(?:sudo|time|env|command|[A-Za-z_]\w*=.*)$/.test(word))
  const [program = '', ...rest] = words.slice(Math.max(first, 0))
  const name = program.slice(program.lastIndexOf('/') + 1)
  const what = words.join(' ')
  const isPython = /^python[\d.]*$/.test(name) || /^["']?[{$]/.test(program)
  const asked = isPython && rest[0] === '-m' ? rest.slice(1) : [name, ...rest]
  const verb = asked.findIndex((word, index) => index > 0 && /^(?:install|add)$/.test(word))
  const installer = asked
    .slice(0, Math.max(verb, 0))
    .filter((word) => !word.startsWith('-'))
    .join(' ')
  const args = asked.slice(verb + 1)
  if (/^(?:pip[\d.]*|uv pip|uv)$/.test(installer)) return readArguments(args, cell, readRequirementLine)
  if (/^(?:conda|mamba|micromamba)$/.test(installer)) return readArguments(args, cell, readCondaName)
  if (/^(?:apt|apt-get|dnf|yum|brew|pacman|apk)$/.test(installer))
    return { requirements: [], left: [{ what, where: cell.where, why: PROGRAMS }] }
  if (/[{$]/.test(installer)) return { requirements: [], left: [{ what, where: cell.where, why: VARIABLE }] }
  const isOther = /^(?:uv tool|pipx|poetry|pipenv|pdm|pixi|npm|jupyter labextension)$/.test(installer)
  return { requirements: [], left: isOther ? [{ what, where: cell.where, why: UNREAD }] : [] }
}

const PROGRAMS = 'it installs programs of the computer: write what nixpkgs calls them into packages in flake.nix'

/** Says how something is done or shown, not what is installed. */
const MANNER =
  /^(?:-[qvyUI]+|--(?:quiet|verbose|yes|upgrade|user|no-cache-dir|force-reinstall|ignore-installed|disable-pip-version-check|no-input|prefer-binary|break-system-packages|system|no-warn-[a-z-]+|progress-bar|root-user-action|upgrade-strategy|timeout|retries|cache-dir))$/
/** Takes the word behind it. */
const VALUED =
  /^(?:-[recifntp]|--(?:requirement|editable|constraint|index-url|extra-index-url|index|find-links|trusted-host|target|prefix|root|platform|python|python-version|only-binary|no-binary|proxy|name|channel|file|progress-bar|root-user-action|upgrade-strategy|timeout|retries|cache-dir))$/

type ReadName = typeof readRequirementLine

function readArguments(args: readonly string[], cell: Cell, readName: ReadName): Listed {
  const requirements: Requirement[] = []
  const left: Left[] = []
  const say = (what: string, why: string) => left.push({ what, where: cell.where, why })
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? ''
    const [, option = word, inline] = /^(--[a-z-]+)=(.*)$/s.exec(word) ?? /^(-r)(.+)$/s.exec(word) ?? []
    const value = inline ?? (VALUED.test(option) ? args[++at] : undefined)
    if (MANNER.test(option)) continue
    if (/[{$]/.test(value ?? word)) say([option, value].join(' ').trim(), VARIABLE)
    else if (/^(?:-r|--requirement)$/.test(option) && value) {
      const included = include(value, cell)
      requirements.push(...included.requirements)
      left.push(...included.left)
    } else {
      const found = readName([option, value].join(' ').trim())
      if ('why' in found) say(found.what, found.why)
      else requirements.push(found)
      if ('note' in found && found.note) say(found.note.what, found.note.why)
    }
  }
  return { requirements, left }
}

function include(file: string, { directory, where }: Cell): Listed {
  try {
    return readRequirements(path.resolve(directory, file), file)
  } catch {
    return { requirements: [], left: [{ what: `-r ${file}`, where, why: 'the file that it includes cannot be read' }] }
  }
}

function readCondaName(text: string): ReturnType<ReadName> {
  if (text.startsWith('-')) return { what: text, why: CONDA_OPTION }
  const found = readConda(text)
  if ('python' in found) return { what: text, why: 'the project has its own Python: --python chooses its version' }
  if (!('requirement' in found)) return found
  return { ...found.requirement, ...(found.note && { note: found.note }) }
}

const CONDA_OPTION = 'it is an option of conda, and the packages come from nixpkgs and PyPI instead'
