import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, copyFileSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HOST_PYTHON } from './abilities.ts'
import { until } from './run.ts'

/** One thing that another user saw: of which kind, where, and the text itself. */
export type Observation = { kind: string; where: string; text: string }

/** A user id that no account of the machine has. */
const STRANGER = '61234'

/** Another user of this computer (stranger.py), who looks around or holds ports until `leave`. */
export class Stranger {
  readonly seen: Observation[] = []
  private readonly child: ChildProcess
  private rest = ''

  /**
   * @param world a directory that everybody may enter, for the script
   * @param args `watch DIRECTORY…` or `trap PORT…`
   */
  private constructor(world: string, args: string[]) {
    const script = join(world, 'stranger.py')
    copyFileSync(join(import.meta.dirname, 'stranger.py'), script)
    chmodSync(script, 0o644)
    const user = [`--reuid=${STRANGER}`, `--regid=${STRANGER}`, '--clear-groups']
    this.child = spawn('setpriv', [...user, HOST_PYTHON, '-B', script, ...args], {
      cwd: tmpdir(),
      env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (this.rest + text).split('\n')
      this.rest = lines.pop() ?? ''
      for (const line of lines) this.seen.push(JSON.parse(line) as Observation)
    })
  }

  /** Send one, and wait until it is at work. */
  static async send(world: string, args: string[]): Promise<Stranger> {
    const stranger = new Stranger(world, args)
    await until('the other user is at work', async () => stranger.of('ready')[0])
    return stranger
  }

  /** What was seen of some kinds. */
  of(...kinds: string[]): Observation[] {
    return this.seen.filter(({ kind }) => kinds.includes(kind))
  }

  /** Have it ask whoever listens at an address, such as `127.0.0.1:12345`, again and again. */
  ask(address: string): void {
    const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? []
    this.child.stdin?.write(`${host} ${port}\n`)
  }

  /** Call it back: it finishes its round, and what it saw is whole. */
  async leave(): Promise<Observation[]> {
    const gone = new Promise((resolve) => this.child.once('close', resolve))
    this.child.stdin?.end()
    await gone
    return this.seen
  }
}

/**
 * Every secret of a project, read as its owner: token, key, what signs cookies, and the keys of its kernels.
 * @param state the project's state directory
 */
export function secretsOf(state: string): string[] {
  const files = readdirSync(state, { recursive: true, encoding: 'utf8' })
  return files.flatMap((name) => {
    if (/(^|\/)(token|key|session\.key|jupyter_cookie_secret)$/.test(name)) {
      return [readFileSync(join(state, name), 'utf8').trim()]
    }
    if (!/(^|\/)kernel-[^/]*\.json$/.test(name)) return []
    const connection = JSON.parse(readFileSync(join(state, name), 'utf8')) as Record<string, unknown>
    return Object.entries(connection).flatMap(([field, value]) =>
      /key/.test(field) && typeof value === 'string' && value.length > 8 ? [value] : [],
    )
  })
}
