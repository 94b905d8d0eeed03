import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type } from 'node:os'

/** The machine in words that tell nothing about its owner. */
export function describeMachine() {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${distribution()}, ${type()} ${release().split('-')[0]}`,
    // Above the number of cores, others were at work, and the quartiles are far apart.
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(1)),
  }
}

function distribution() {
  try {
    const text = readFileSync('/etc/os-release', 'utf8')
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(text)?.[1] ?? 'Linux'
  } catch {
    return process.platform
  }
}
