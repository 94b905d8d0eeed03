import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { begin, must, type Result, run, until } from '../../../tests/support/run.ts'
import type { Stage } from './dockerfile.ts'

// What an engine does with a Dockerfile, without one: its steps run for real, in namespaces without a network. Two images stand
// in for those that it names. In the place of Microsoft's, this computer without its Nix, with the user `vscode` of that image,
// who may use sudo. In the place of Nix' own, the Nix store of this computer under the newest Nix.

type Where = { user?: string; directory?: string; variables?: Record<string, string> }

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
/** There is no network to ask. */
const OFFLINE = 'substituters =\nflake-registry ='
const BASE = `
set -e
base=$1 root=$1/root
mount -t tmpfs -o mode=755 tmpfs "$base"
mkdir "$base"/upper "$base"/work "$root" "$base"/nix-upper "$base"/nix-work
mount -t overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" overlay "$root"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/nix"
ip link set lo up
for file in passwd group; do sed -i '/^[^:]*:[^:]*:1000:/d' "$root/etc/$file"; done
echo vscode:x:1000:1000::/home/vscode:/bin/bash >> "$root/etc/passwd"
echo vscode:x:1000: >> "$root/etc/group"
echo 'vscode:*:20000::::::' >> "$root/etc/shadow"
install -d -o 1000 -g 1000 "$root/home/vscode"
(umask 227 && echo 'vscode ALL=(root) NOPASSWD:ALL' > "$root/etc/sudoers.d/vscode")
rm -f "$root"/usr/bin/nix* "$root"/etc/gitconfig
rm -rf "$root/etc/nix"
# The stand-in for nixpkgs and the newest Nix lie in the home of who tests.
chmod a+rx "$root$HOME"
exec sleep infinity
`

/** Puts the image of Nix in place. Files of the store are nobody's to change; what Nix writes into belongs to the owner. */
const COPY_NIX = `
set -e
base=$1 nix=$2 programs=$3 owner=$4
mount -t overlay -o "lowerdir=$nix,upperdir=$base/nix-upper,workdir=$base/nix-work" overlay "$base/root/nix"
cd "$base/root/nix"
# Of its own: what other programs write there meanwhile could not be taken away.
mkdir -p var
mount -t tmpfs tmpfs var
mkdir -p var/nix/db var/nix/profiles
if [ -e "$nix/var/nix/db/db.sqlite" ]; then
  cp "$nix/var/nix/db/schema" var/nix/db/
  # As a whole, though other programs write into it meanwhile.
  python3 -c 'import sqlite3, sys; sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True).backup(sqlite3.connect(sys.argv[2]))' \\
    "$nix/var/nix/db/db.sqlite" var/nix/db/db.sqlite
fi
ln -s "$programs" var/nix/profiles/default
chown -R "$owner" var
chown "$owner" . store
`

/** Why there can be no container: in the name of a test that is skipped. */
export const noMachine = whyNoMachine()

function whyNoMachine(): string {
  const overlay = 'mount -t overlay -o lowerdir=/,upperdir=/mnt/a,workdir=/mnt/b x /mnt'
  const script = `command -v sudo && mount -t tmpfs x /mnt && mkdir /mnt/a /mnt/b && ${overlay}`
  const { status } = spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', 'sh', '-c', script])
  return status === 0 ? '' : 'it takes root on Linux, sudo, and a disk that can be laid over another'
}

/** A container while it is made, and then while it runs. Nothing of it stays on this computer. */
export class Machine {
  readonly #holder: ReturnType<typeof begin>
  readonly #directory: string
  readonly #nix: { store: string; programs: string }
  #pid = ''
  #user = 'root'
  #workdir = '/'
  entrypoint: string[] = []

  /** @param nix the directory that becomes /nix, and the one that holds `bin/nix` */
  constructor(nix: { store: string; programs: string }) {
    this.#nix = nix
    this.#directory = mkdtempSync(join(tmpdir(), 'machine-'))
    const isolated = ['--mount', '--net', '--pid', '--fork', '--kill-child']
    this.#holder = begin('unshare', [...isolated, 'sh', '-c', BASE, 'sh', this.#directory])
  }

  /** Does what a stage says; the one that it begins with is done already. @param context what `COPY` copies from */
  async build({ steps }: Stage, context: string): Promise<void> {
    for (const step of steps) {
      if (step.does === 'user') this.#user = step.value
      else if (step.does === 'workdir') this.#workdir = step.value
      else if (step.does === 'entrypoint') this.entrypoint = step.command
      else if (step.does === 'run') await this.must(['/bin/sh', '-c', step.command])
      else if (step.image === undefined) await this.copy(context, join(this.#workdir, step.to), step.owner)
      else await this.#copyNix(step.owner)
    }
  }

  /** Copies a directory of this computer into the container, for an owner. */
  async copy(directory: string, to: string, owner: string): Promise<void> {
    const place = join(this.#directory, 'root', to)
    await this.outside('mkdir', '-p', place)
    await this.outside('cp', '-R', '--preserve=mode,links,timestamps', `${directory}/.`, place)
    await this.outside('chown', '-R', owner, place)
  }

  /** Runs a program in the container. */
  async run(command: readonly string[], where: Where = {}): Promise<Result> {
    return run('nsenter', [...(await this.#into()), ...this.#inside(command, where)])
  }

  /** The same for one that goes on running; it ends with the container, or by a signal. */
  async begin(command: readonly string[], where: Where = {}): Promise<ReturnType<typeof begin>> {
    return begin('nsenter', [...(await this.#into()), ...this.#inside(command, where)])
  }

  /** The same, where a failure is an error that shows its output. Gives standard output. */
  async must(command: readonly string[], where: Where = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(command, where)
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}\n${stdout}\n${stderr}`)
    return stdout
  }

  /** Runs a program of this computer where it sees the container's disk and network. */
  async outside(command: string, ...args: string[]): Promise<string> {
    return must('nsenter', [...(await this.#into()), command, ...args])
  }

  async remove(): Promise<void> {
    this.#holder.child.kill('SIGKILL')
    await this.#holder.ended
    rmSync(this.#directory, { recursive: true, force: true })
  }

  #inside(command: readonly string[], { user = this.#user, directory = this.#workdir, variables = {} }: Where) {
    const root = join(this.#directory, 'root')
    const home = user === 'root' ? '/root' : '/home/vscode'
    const set = { PATH, HOME: home, NIX_CONFIG: OFFLINE, ...variables }
    const words = Object.entries(set).map(([name, value]) => `${name}=${value}`)
    const become = ['chroot', ...(user === 'root' ? [] : ['--userspec', `${user}:${user}`]), root]
    return [...become, '/usr/bin/env', '-i', ...words, '/bin/sh', '-c', 'cd "$0" && exec "$@"', directory, ...command]
  }

  #copyNix(owner: string): Promise<string> {
    const { store, programs } = this.#nix
    return this.outside('sh', '-c', COPY_NIX, 'sh', this.#directory, store, programs, owner)
  }

  async #into(): Promise<string[]> {
    const { pid } = this.#holder.child
    this.#pid ||= await Promise.race([
      until('the container is ready', async () => {
        const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')
        return child && readFileSync(`/proc/${child}/comm`, 'utf8') === 'sleep\n' ? child : undefined
      }),
      this.#holder.ended.then(({ stderr }): never => {
        throw new Error(`there is no container: ${stderr}`)
      }),
    ])
    return ['--target', this.#pid, '--mount', '--net', '--pid']
  }
}
