import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { begin, must, type Result, run, until } from './run.ts'

// What a container engine does with an image, as far as our images need it: no engine runs inside of a test.

/** What an image says of how it is run. */
export type Settings = {
  User: string
  WorkingDir: string
  Entrypoint: string[]
  Env: string[]
  ExposedPorts: Record<string, unknown>
  Labels: Record<string, string>
}

export type Image = { root: string; settings: Settings; bytes: number; hash: string }

/**
 * Let the script of an image write it, and lay its layers over each other in `directory`/root, each file with
 * its owner.
 * @param isHashed whether to say the hash of what the script writes
 */
export async function unpack(script: string, directory: string, isHashed = false): Promise<Image> {
  const [archive, root] = [join(directory, 'archive'), join(directory, 'root')]
  for (const each of [archive, root]) mkdirSync(each, { recursive: true })
  const write = '"$0" | python3 "$@"'
  const words = [join(import.meta.dirname, 'unpack.py'), archive, root, ...(isHashed ? ['hash'] : [])]
  const hash = (await must('bash', ['-o', 'pipefail', '-c', write, script, ...words])).trim()
  const read = (name: string) => readFileSync(join(archive, name), 'utf8')
  const [manifest] = JSON.parse(read('manifest.json')) as [{ Config: string; Layers: string[] }]
  if (read('layers').trim() !== manifest.Layers.join('\n')) throw new Error('The layers are not in their order.')
  const { config } = JSON.parse(read(manifest.Config)) as { config: Settings }
  const bytes = Number.parseInt(await must('du', ['--summarize', '--bytes', root]), 10)
  return { root, settings: config, bytes, hash }
}

/** The hash of what the script of an image writes. */
export async function hashOf(script: string): Promise<string> {
  return (await must('sh', ['-c', '"$0" | sha256sum', script])).slice(0, 64)
}

export type ContainerOptions = {
  /** The numbers of user and group; those of the image unless said. */
  user?: string
  /** A directory of this machine, and where it is in the container. */
  volume?: [directory: string, place: string]
  variables?: Record<string, string>
  command?: string[]
  /** A network of this machine, by its name; without it, there is nothing but loopback. */
  network?: string
}

/**
 * The command that runs a container in namespaces of its own, with a disk that is read-only but for /tmp.
 * @returns its words; between `before` and `after` have a place environment variables of whoever starts it, as NAME=VALUE
 */
export function containerWords(image: Image, options: ContainerOptions = {}): { before: string[]; after: string[] } {
  const { root, settings } = image
  const variables = Object.entries(options.variables ?? {}).map(([name, value]) => `${name}=${value}`)
  const [directory = '', place = ''] = options.volume ?? []
  for (const each of ['proc', 'dev', place]) mkdirSync(join(root, each), { recursive: true })
  const script = [
    'set -e',
    'root=$1 directory=$2 place=$3; shift 3',
    'ip link set lo up',
    'mount --bind "$root" "$root"',
    'mount -t proc proc "$root/proc"',
    'mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"',
    'mount -t tmpfs -o mode=755 tmpfs "$root/dev"',
    'mkdir -m 1777 "$root/dev/shm"',
    'for device in null zero full random urandom; do',
    '  : > "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"',
    'done',
    'if [ -n "$directory" ]; then mount --bind "$directory" "$root$place"; fi',
    'mount -o remount,bind,ro "$root"',
    'cd /',
    'exec env -i "$@"',
  ]
  const network = options.network ? ['nsenter', `--net=/run/netns/${options.network}`, 'unshare'] : ['unshare', '--net']
  const isolated = ['--mount', '--ipc', '--uts', '--pid', '--fork', '--kill-child']
  const become = ['chroot', '--userspec', options.user ?? settings.User, '--groups=', root]
  return {
    before: [
      ...network,
      ...isolated,
      ...['sh', '-c', script.join('\n'), 'sh', root, directory, place],
      // `env` looks for chroot on our PATH, and the image's own is set after it.
      ...[`PATH=${process.env.PATH}`, ...become],
      ...['/usr/bin/env', '-i', ...settings.Env, ...variables],
    ],
    after: [...settings.Entrypoint, ...(options.command ?? [])],
  }
}

/** A container that runs. */
export class Container {
  private readonly process: ReturnType<typeof begin>
  private pid = ''
  private printed = ''

  constructor(
    private readonly image: Image,
    options: ContainerOptions = {},
  ) {
    const { before, after } = containerWords(image, options)
    const [program = '', ...words] = [...before, ...after]
    this.process = begin(program, words)
    for (const stream of [this.process.child.stdout, this.process.child.stderr]) {
      stream?.on('data', (text: string) => {
        this.printed += text
      })
    }
  }

  /** What it has printed so far. */
  get output(): string {
    return this.printed
  }

  /** Its end, without being asked for. */
  async end(): Promise<Result> {
    const timer = setTimeout(() => this.process.child.kill('SIGKILL'), 180_000)
    return this.process.ended.finally(() => clearTimeout(timer))
  }

  /** The number of its first process, as this machine counts. */
  private async init(): Promise<string> {
    const { pid } = this.process.child
    this.pid ||= await until('the first process of the container', async () => {
      const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')
      return child && readFileSync(`/proc/${child}/cmdline`, 'utf8').startsWith(this.image.settings.Entrypoint[0] ?? '')
        ? child
        : undefined
    })
    return this.pid
  }

  /** Run a program of this machine in the container's network. */
  async fromOutside(command: string, ...args: string[]): Promise<Result> {
    return run('nsenter', ['--target', await this.init(), '--net', command, ...args])
  }

  /** As an engine stops it: the first process is asked to end. */
  async stop(): Promise<Result> {
    if (this.process.child.exitCode === null) process.kill(Number(await this.init()), 'SIGTERM')
    return this.process.ended
  }
}
