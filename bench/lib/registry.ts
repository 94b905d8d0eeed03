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
 * @param folder for the packed files
 */
export async function startRegistry(scaffolders: (Scaffolder & { tarball?: string })[], folder: string) {
  const manifests = new Map(scaffolders.flatMap(readManifests))
  const ours = scaffolders.flatMap(({ tarball }) => tarball ?? [])
  const own = new Set(scaffolders.flatMap(({ tarball, name, version }) => (tarball ? `${name}@${version}` : [])))
  const others = [...manifests.keys()].filter((what) => !own.has(what))
  const packing = ['pack', '--json', '--pack-destination', folder, ...ours, ...others]
  const packed: Packed[] = JSON.parse((await must('npm', packing, { cwd: folder })).stdout)
  const { address, close } = await openRegistry(
    packed.map(({ name, version, filename }) => ({
      manifest: { ...manifests.get(`${name}@${version}`), name, version },
      tarball: join(folder, filename),
    })),
  )
  return { url: address, packed, stop: close }
}

/** What is installed with a scaffolder, by name and version. */
function readManifests({ folder }: Scaffolder): [string, object][] {
  const lock = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8'))
  return Object.keys(lock.packages).map((path) => {
    const manifest = JSON.parse(readFileSync(join(folder, path, 'package.json'), 'utf8'))
    return [`${manifest.name}@${manifest.version}`, manifest]
  })
}
