import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newestNix, readEnvironment } from '../../support/environment.ts'
import { Project } from '../../support/project.ts'

describe('minimal: beside others', () => {
  let one: Project
  let other: Project
  /** The ports that `one` had when it ran last, and takes again where it can. */
  let last: number[]
  const listeners: Server[] = []
  const nix = newestNix(readEnvironment())

  beforeAll(async () => {
    ;[one, other] = [await Project.create({ nix }), await Project.create({ nix, name: 'other.lab_2' })]
  })
  afterAll(async () => {
    for (const listener of listeners) listener.close()
    await one?.remove()
    await other?.remove()
  })

  const occupy = (port: number, host: string) =>
    new Promise<void>((resolve, reject) => {
      const listener = createServer().listen({ port, host }, resolve).on('error', reject)
      listeners.push(listener)
    })
  const ports = async (project: Project) => (await project.status()).services.map(({ port }) => port)

  test('two projects run side by side and do not share a port', async () => {
    for (const project of [one, other]) {
      const result = await project.start()
      expect(result.code, result.stderr).toBe(0)
    }
    last = await ports(one)
    const all = [...last, ...(await ports(other))]
    expect(new Set(all).size).toBe(all.length)
    await one.stop()
    expect((await other.status()).running).toBe(true)
  })

  test.each(['127.0.0.1', '::1'])('a port that is taken on %s is left alone', async (host) => {
    expect(last.length).toBeGreaterThan(1)
    await Promise.all(last.map((port) => occupy(port, host)))
    const result = await one.start()
    expect(result.code, result.stderr).toBe(0)
    const after = await ports(one)
    expect(after.filter((port) => last.includes(port))).toEqual([])
    last = after
    await one.stop()
  })
})
