import { execFileSync } from 'node:child_process'
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import path from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { entries, run, start } from './support/program.js'
import { makeScene } from './support/scene.js'
import { FILES, makeForgeScene } from './support/templates.js'

// I5: what hangs is ended, with all that it has started, within a second of Ctrl-C.

/** The processes whose command line holds a text. */
function running(text: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(text)
    } catch {
      return false
    }
  })
}

async function interrupt(child: { kill: (signal: 'SIGINT') => void }, ended: Promise<{ code: number | null }>) {
  const began = performance.now()
  child.kill('SIGINT')
  const { code } = await ended
  return { code, seconds: (performance.now() - began) / 1000 }
}

describe('Ctrl-C', () => {
  it('I5: at a git filter that hangs', async () => {
    const { folder, env } = makeScene()
    const sleeper = `sleep ${10_000 + process.pid}`
    const attributes = path.join(env.HOME ?? '', 'attributes')
    writeFileSync(attributes, '*.md filter=hangs\n')
    const filter = `[core]\n\tattributesFile = ${attributes}\n[filter "hangs"]\n\tclean = ${sleeper}\n\trequired\n`
    appendFileSync(path.join(env.HOME ?? '', '.gitconfig'), filter)
    const { child, ended } = start(['lab', '--yes'], folder, env)
    await vi.waitUntil(() => running(sleeper).length > 0, { timeout: 20_000 })
    const { code, seconds } = await interrupt(child, ended)
    expect(code).toBe(130)
    expect(seconds).toBeLessThan(1.5)
    expect(entries(folder)).toEqual([])
    expect(running(sleeper)).toEqual([])
  })

  it.skipIf(!hasHttp())('I5: at a server that says nothing', async () => {
    const { folder, env } = makeScene()
    const sockets = new Set<Socket>()
    const silent = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
    })
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
      silent.close()
    })
    const address = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`
    writeFileSync(path.join(env.HOME ?? '', '.gitconfig'), `[url "${address}"]\n\tinsteadOf = https://github.com/\n`)
    const { child, ended } = start(['lab', '--yes', '-t', 'ada/wine'], folder, env)
    await vi.waitUntil(() => sockets.size > 0, { timeout: 20_000 })
    const { code, seconds } = await interrupt(child, ended)
    expect(code).toBe(130)
    expect(seconds).toBeLessThan(1.5)
    expect(running(address)).toEqual([])
    expect(entries(folder)).toEqual([])
  })

  it('I5: at an archive that never comes', async () => {
    const { folder, env, forge } = await makeForgeScene()
    forge.repository('ada/wine', FILES)
    forge.answer(() => {})
    const { child, ended } = start(['lab', '--yes', '-t', 'ada/wine'], folder, env)
    await vi.waitUntil(() => forge.requests.length > 0, { timeout: 20_000 })
    const { code, seconds } = await interrupt(child, ended)
    expect(code).toBe(130)
    expect(seconds).toBeLessThan(1.5)
    expect(entries(folder)).toEqual([])
  })
})

function hasHttp(): boolean {
  const folder = execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim()
  return readdirSync(folder).includes('git-remote-https')
}

describe('I3: a template for which there is no room', () => {
  const large = {
    ...FILES,
    ...Object.fromEntries([1, 2, 3].map((n) => [`data${n}.csv`, `${'1,2,3\n'.repeat(30_000)}${n}`])),
  }

  it('ulimit -f: exit 1, the disk is named, and nothing is made', async () => {
    const { folder, env, forge } = await makeForgeScene()
    forge.repository('ada/wine', large)
    const limited = ['sh', '-c', 'ulimit -f 100; exec "$0" "$@"']
    const ran = await run(['lab', '--yes', '-t', 'ada/wine'], folder, env, limited)
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(entries(folder)).toEqual([])
    // What it has left in the cache is whole, or not there.
    expect(await run(['lab', '--yes', '-t', 'ada/wine'], folder, env)).toMatchObject({ code: 0 })
    expect(entries(path.join(folder, 'lab'))).toContain('data3.csv')
  })
})
