import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

const CALLS = [
  'writeFileSync',
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

/** Code to preload: does `what` before call number CALL_AT to the file system, and writes into CALL_COUNT how many there were. */
export function atCall(what: string): string {
  return `
    const fs = require('node:fs')
    const append = fs.appendFileSync
    let count = 0
    for (const name of ${JSON.stringify(CALLS)}) {
      const real = fs[name]
      fs[name] = (...args) => {
        count += 1
        if (count === Number(process.env.CALL_AT)) { ${what} }
        return real(...args)
      }
    }
    process.on('exit', () => process.env.CALL_COUNT && append(process.env.CALL_COUNT, String(count)))`
}

/** Every file and directory of a project but git's, with bytes and mode. */
export function stateOf(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const own = entries.filter((entry) => !/^\.git(\/|$)/.test(entry))
  return own.sort().map((entry) => {
    const found = statSync(path.join(folder, entry))
    return `${entry} ${found.mode} ${found.isFile() ? readFileSync(path.join(folder, entry), 'latin1') : ''}`
  })
}
