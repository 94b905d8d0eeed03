import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { run } from '../../../tests/support/program.ts'
import { runProgram } from '../../../tests/support/versions.ts'
import { makeScene } from '../../../tests/support/world.ts'

// Without git, the version that made the project is fetched: by the real npm, from a registry of the test's own.

const VERSION = '0.0.0-first'
const TARBALL = path.resolve(import.meta.dirname, `../../../tests/releases/create-nix-jupyter-${VERSION}.tgz`)

/** A registry that has this one package; returns its address, and what was asked of it. */
async function registry(integrity: string): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = []
  const server: Server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (request.url?.endsWith('.tgz')) return response.end(readFileSync(TARBALL))
    const { port } = server.address() as AddressInfo
    const dist = { tarball: `http://127.0.0.1:${port}/x/-/x.tgz`, integrity }
    const versions = { [VERSION]: { name: 'create-nix-jupyter', version: VERSION, dist } }
    return response.end(JSON.stringify({ name: 'create-nix-jupyter', 'dist-tags': { latest: VERSION }, versions }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked }
}

/** An edited project without git, made by the first version. */
function scene() {
  const { directory, env } = makeScene()
  execFileSync('tar', ['-xzf', TARBALL, '-C', directory])
  runProgram(path.join(directory, 'package/bin/create-nix-jupyter.cjs'), ['lab', '--yes', '--no-git'], directory, env)
  const readme = path.join(directory, 'lab/README.md')
  writeFileSync(readme, `My own words.\n\n${readFileSync(readme, 'utf8')}`)
  const cache = path.join(env.HOME ?? '', '.cache/create-nix-jupyter/releases')
  mkdirSync(cache, { recursive: true, mode: 0o700 })
  return { directory, env, readme, cache }
}

it('npm fetches it once, and from then on it is in the cache', async () => {
  const { directory, env, readme, cache } = scene()
  const integrity = `sha512-${createHash('sha512').update(readFileSync(TARBALL)).digest('base64')}`
  const { address, asked } = await registry(integrity)
  const online = { ...env, npm_config_registry: address }
  const first = await run(['upgrade', 'lab', '--dry-run'], directory, online)
  expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining(`create-nix-jupyter ${VERSION}`) })
  expect(readdirSync(cache)).toEqual([`create-nix-jupyter-${VERSION}.tgz`])
  const count = asked.length
  expect(count).toBeGreaterThan(1)
  expect(await run(['upgrade', 'lab', '--offline'], directory, online)).toMatchObject({ code: 0 })
  expect(asked).toHaveLength(count)
  expect(readFileSync(readme, 'utf8')).toMatch(/^My own words\./)
})

it('what has another integrity than the registry says is not used, and nothing is written', async () => {
  const { directory, env, readme, cache } = scene()
  const { address, asked } = await registry(`sha512-${createHash('sha512').update('other').digest('base64')}`)
  const before = readFileSync(readme, 'utf8')
  const ran = await run(['upgrade', 'lab'], directory, { ...env, npm_config_registry: address })
  expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('Neither git nor npm has them') })
  expect(asked.some((url) => url.endsWith('.tgz'))).toBe(true)
  expect(readdirSync(cache)).toEqual([])
  expect(readFileSync(readme, 'utf8')).toBe(before)
})
