import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

const CALLS = [
  'writeFileSync',
  'writeSync',
  'renameSync',
  'unlinkSync',
  'mkdirSync',
  'rmdirSync',
  'rmSync',
  'chmodSync',
  'openSync',
  'fsyncSync',
  'closeSync',
]

/**
 * Code to preload: does `what` before call number CALL_AT to the file system, and writes into CALL_COUNT how many there were,
 * into CALL_LOG what each of them was: a line with its name, and the paths that it was given.
 */
export function atCall(what: string): string {
  return `
    const fs = require('node:fs')
    const append = fs.appendFileSync
    let count = 0
    const log = []
    for (const name of ${JSON.stringify(CALLS)}) {
      const real = fs[name]
      fs[name] = (...args) => {
        count += 1
        if (process.env.CALL_LOG) log.push([name, ...args.filter((arg) => typeof arg === 'string')].join(' '))
        if (count === Number(process.env.CALL_AT)) { ${what} }
        return real(...args)
      }
    }
    process.on('exit', () => {
      if (process.env.CALL_COUNT) append(process.env.CALL_COUNT, String(count))
      if (process.env.CALL_LOG) append(process.env.CALL_LOG, log.join('\\n'))
    })`
}

/** Every file and directory of a project but git's, with bytes and mode. */
export function stateOf(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  const own = entries.filter((entry) => !/^\.git(\/|$)/.test(entry))
  return own.sort().map((entry) => {
    const found = statSync(path.join(directory, entry))
    return `${entry} ${found.mode} ${found.isFile() ? readFileSync(path.join(directory, entry), 'latin1') : ''}`
  })
}
