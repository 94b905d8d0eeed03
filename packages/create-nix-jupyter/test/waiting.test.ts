import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { entries, start } from '../../../tests/support/program.ts'
import { FILES, make, makeForgeScene } from '../../../tests/support/remote.ts'
import { makeScene } from '../../../tests/support/world.ts'

// I5: what hangs is ended by Ctrl-C, with all that it has started.

/** The processes whose command line or environment holds a text. */
function running(text: string): string[] {
  const holds = (file: string) => readFileSync(file, 'utf8').replaceAll('\0', ' ').includes(text)
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && ['cmdline', 'environ'].some((file) => holds(`/proc/${pid}/${file}`))
    } catch {
      return false
    }
  })
}

interface Silence {
  readonly directory: string
  readonly env: Record<string, string>
  /** What all processes have in their environment that git has started for this run. */
  readonly mark: string
  readonly isWaiting: () => boolean
}

/** Ways in which a server accepts a connection, and says nothing more. */
const silences: [string, () => Promise<Silence>][] = [
  [
    'a server that says nothing at all',
    async () => {
      const { directory, env, forge } = await makeForgeScene()
      forge.answer(() => {})
      return { directory, env, mark: markOf(env), isWaiting: () => forge.requests.length > 0 }
    },
  ],
  [
    'a server that says what it has, and gives nothing of it',
    async () => {
      const { directory, env, forge } = await makeForgeScene()
      const commit = forge.repository('ada/wine', FILES)
      // Of a fetch, all is answered but the request for the objects themselves.
      forge.silenceAt(`want ${commit}`)
      return { directory, env, mark: markOf(env), isWaiting: () => forge.isSilent() }
    },
  ],
  [
    'an ssh that waits and does not listen to signals',
    async () => {
      const { directory, env } = makeScene()
      const ssh = path.join(path.dirname(directory), 'ssh')
      writeFileSync(ssh, `#!/bin/sh\ntrap '' TERM INT\ntouch ${ssh}.ran\nwhile :; do sleep 1; done\n`, { mode: 0o755 })
      const settings = '[url "git@github.com:"]\n\tinsteadOf = https://github.com/\n'
      writeFileSync(path.join(env.HOME ?? '', '.gitconfig'), settings)
      return {
        directory,
        env: { ...env, GIT_SSH_COMMAND: ssh },
        mark: markOf(env),
        isWaiting: () => existsSync(`${ssh}.ran`),
      }
    },
  ],
]

function markOf(env: Record<string, string>): string {
  return `HOME=${env.HOME}`
}

/** What was killed leaves the list of processes a moment later. */
async function expectNoneRunning(text: string): Promise<void> {
  await expect.poll(() => running(text)).toEqual([])
}

describe('Ctrl-C', () => {
  it('I5: at a git filter that hangs', async () => {
    const { directory, env } = makeScene()
    const sleeper = `sleep ${10_000 + process.pid}`
    const attributes = path.join(env.HOME ?? '', 'attributes')
    writeFileSync(attributes, '*.md filter=hangs\n')
    const filter = `[core]\n\tattributesFile = ${attributes}\n[filter "hangs"]\n\tclean = ${sleeper}\n\trequired\n`
    appendFileSync(path.join(env.HOME ?? '', '.gitconfig'), filter)
    const { child, ended } = start(['lab', '--yes'], directory, env)
    await vi.waitUntil(() => running(sleeper).length > 0, { timeout: 180_000 })
    child.kill('SIGINT')
    expect((await ended).code).toBe(130)
    expect(entries(directory)).toEqual([])
    await expectNoneRunning(sleeper)
  })

  it.each(silences)('I5: at %s', async (_, arrange) => {
    const { directory, env, isWaiting, mark } = await arrange()
    const { child, ended } = start(['lab', '--yes', '--trust', '-t', 'ada/wine'], directory, env)
    await vi.waitUntil(isWaiting, { timeout: 180_000 })
    child.kill('SIGINT')
    expect((await ended).code).toBe(130)
    await expectNoneRunning(mark)
    expect(entries(directory)).toEqual([])
  })
})

describe('a network without an answer', () => {
  it.each(silences)('I5: %s: a message and exit 4 after the time that the user has set for git', async (_, arrange) => {
    const { directory, env, mark } = await arrange()
    const ran = await make(directory, { ...env, GIT_HTTP_LOW_SPEED_TIME: '2' }, '-t', 'ada/wine')
    expect(ran).toMatchObject({ code: 4, stdout: '' })
    expect(ran.stderr).toContain('no answer for 2 seconds')
    await expectNoneRunning(mark)
    expect(entries(directory)).toEqual([])
  })
})
