import { keyOf } from '../base/names.js'
import type { Left, Requirement } from './brought.js'

const WINDOWS =
  /^(pywin32(-ctypes)?|pypiwin32|pywinpty|win32-setctime|wmi|pyreadline3?|windows-curses|wincertstore|comtypes)$/

/** A marker that holds on Windows alone, where no project of ours runs; one with `or` may hold elsewhere. */
const ON_WINDOWS = /\b(sys_platform *== *(["'])win32\2|platform_system *== *(["'])Windows\3|os_name *== *(["'])nt\4)/

/** Takes out what no project of ours can have: packages of another system, and entries that are there by mistake. */
export function placeable(requirements: readonly Requirement[], where: string): { kept: Requirement[]; left: Left[] } {
  const left: Left[] = []
  const kept = requirements.filter((requirement) => {
    const why = whyNot(requirement)
    if (why) left.push({ what: `${requirement.name}${requirement.specifier}`, where, why })
    return !why
  })
  return { kept, left }
}

function whyNot({ name, specifier, marker }: Requirement): string | undefined {
  const key = keyOf(name)
  const isOnWindows = ON_WINDOWS.test(marker) && !/\b(or|not)\b/.test(marker)
  if (isOnWindows || (WINDOWS.test(key) && !marker)) return 'it is for Windows alone'
  if (key === 'pkg-resources' && specifier === '==0.0.0') return 'pip of Debian lists it by mistake'
  if (['pip', 'python', 'uv'].includes(key)) return 'the project brings its own'
  return undefined
}
