import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openRegistry } from '../../tests/support/registry.mjs'
import type { Scaffolder } from './peers.ts'
import { must } from './run.ts'

/** By `npm pack`. */
export type Packed = { name: string; version: string; filename: string; size: number }

/**
 * A registry with the scaffolders and all that they depend on.
 * @param scaffolders installed; one with a tarball is not on the npm registry
 * @param directory for the packed files
 */
export async function startRegistry(scaffolders: (Scaffolder & { tarball?: string })[], directory: string) {
  const manifests = new Map(scaffolders.flatMap(readManifests))
  const ours = scaffolders.flatMap(({ tarball }) => tarball ?? [])
  const own = new Set(scaffolders.flatMap(({ tarball, name, version }) => (tarball ? `${name}@${version}` : [])))
  const others = [...manifests.keys()].filter((what) => !own.has(what))
  const packing = ['pack', '--json', '--pack-destination', directory, ...ours, ...others]
  const packed: Packed[] = JSON.parse((await must('npm', packing, { cwd: directory })).stdout)
  const { address, close } = await openRegistry(
    packed.map(({ name, version, filename }) => ({
      manifest: { ...manifests.get(`${name}@${version}`), name, version },
      tarball: join(directory, filename),
    })),
  )
  return { url: address, packed, stop: close }
}

/** What is installed with a scaffolder, by name and version. */
function readManifests({ directory }: Scaffolder): [string, object][] {
  const lock = JSON.parse(readFileSync(join(directory, 'node_modules/.package-lock.json'), 'utf8'))
  return Object.keys(lock.packages).map((path) => {
    const manifest = JSON.parse(readFileSync(join(directory, path, 'package.json'), 'utf8'))
    return [`${manifest.name}@${manifest.version}`, manifest]
  })
}
