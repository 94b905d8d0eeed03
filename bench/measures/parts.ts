import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Scaffolder } from '../lib/peers.ts'

/** Smaller files are counted together. */
const WORTH_A_LINE = 2000

/** What the tarball of a package is made of: its files, each compressed by itself, the largest first. */
export function measureParts({ name, directory }: Scaffolder): { file: string; bytes: number }[] {
  const home = join(directory, 'node_modules', name)
  const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const parts = files.map((entry) => {
    const file = join(entry.parentPath, entry.name)
    return { file: relative(home, file), bytes: gzipSync(readFileSync(file), { level: 9 }).length }
  })
  const large = parts.filter(({ bytes }) => bytes >= WORTH_A_LINE).sort((a, b) => b.bytes - a.bytes)
  const rest = parts.filter(({ bytes }) => bytes < WORTH_A_LINE)
  return [...large, { file: `${rest.length} others`, bytes: rest.reduce((sum, { bytes }) => sum + bytes, 0) }]
}
