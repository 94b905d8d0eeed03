import { execFileSync, spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { noCutOff, noLayer } from './abilities.ts'
import { readEnvironment } from './environment.ts'
import { begin, must, type Result, type RunOptions, run, until } from './run.ts'

const SSHD = '/usr/sbin/sshd'

/** Why there cannot be another computer with a server of ssh, whose store of Nix is empty. */
export const noOtherComputer =
  noLayer ||
  noCutOff ||
  (spawnSync(SSHD, ['-?']).error ? `there is no ${SSHD}` : '') ||
  (readEnvironment().nix.some(({ bin }) => bin.startsWith('/nix/')) ? 'Nix is in the store that has to be empty' : '')

/** What it calls its directories, wherever they are on this machine. */
const [HOME, ETC] = ['/mnt/home', '/mnt/etc']

/** More names of its user: as a company's directory has them, and one whom the server of ssh leads to no port. */
const NAMES = ['CORP\\ada', 'tight', 'single']

/** What its user has written for each shell that begins. The program goes on when the connection has ended. */
const WELCOME = `printf 'Welcome to gpu, '
sleep ${'9'.repeat(6)} </dev/null >/dev/null 2>&1 &
echo $! "$BASH_EXECUTION_STRING" >>/run/others`

/** Its own disks, its end of the cable, and the ssh server. Arguments: its directory, its address, what it must not see, PATH, its store. */
const BOOT = `set -e
directory=$1 address=$2 hidden=$3 path=$4 store=$5
mount -t tmpfs tmpfs /mnt
mkdir ${HOME} ${ETC}
for each in home etc; do mount --bind "$directory/$each" /mnt/$each; done
mount --bind ${ETC}/passwd /etc/passwd
mount --bind "$directory/run" /run
if [ -n "$hidden" ]; then mount -t tmpfs tmpfs "$hidden"; fi
mount --bind "$store" /nix
mount --bind "$directory/tmp" /tmp
mount -t proc proc /proc
cd /
ip link set lo up
until ip link set there up 2>/dev/null; do sleep 0.05; done
ip address add "$address/30" dev there
exec env -i PATH="$path" ${SSHD} -D -e -f ${ETC}/sshd_config`

/**
 * A computer called `gpu` beside this one: its own disks, processes, Nix store and network, a server of ssh, and a cable
 * that can be pulled. Who works on this one has a key for it.
 */
export class OtherComputer {
  private readonly directory: string
  /**
   * Its store of Nix stays, beside the world of this process: to send all programs takes most of the time of a first start, so
   * the next file finds them there.
   */
  private readonly store: string
  private readonly cable = `nj${randomInt(36 ** 6).toString(36)}`
  private readonly network = `10.213.${randomInt(256)}.${randomInt(64) * 4}`
  private readonly processes: ReturnType<typeof begin>[] = []

  private constructor(
    private readonly world: string,
    private readonly person: RunOptions,
  ) {
    this.directory = join(world, 'gpu')
    this.store = join(world, '../store-of-gpu')
  }

  /** @param world a directory for it. @param person the environment of who works on this computer, with a HOME */
  static async begin(world: string, person: NodeJS.ProcessEnv): Promise<OtherComputer> {
    const computer = new OtherComputer(world, { env: person })
    await computer.make(String(person.HOME))
    return computer
  }

  private address(host: 1 | 2): string {
    const [a, b, c, d] = this.network.split('.')
    return [a, b, c, Number(d) + host].join('.')
  }

  private async make(home: string): Promise<void> {
    const { nixConf, nixpkgs, nix } = readEnvironment()
    for (const name of ['home/.config', 'home/.local/share', 'etc', 'run/sshd', 'tmp']) {
      mkdirSync(join(this.directory, name), { recursive: true })
    }
    mkdirSync(this.store, { recursive: true })
    chmodSync(join(this.directory, 'tmp'), 0o1777)
    const etc = join(this.directory, 'etc')
    mkdirSync(join(home, '.ssh'), { mode: 0o700, recursive: true })
    for (const key of [join(etc, 'host_key'), join(home, '.ssh/id_ed25519')]) {
      await must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', key])
    }
    copyFileSync(join(home, '.ssh/id_ed25519.pub'), join(etc, 'authorized_keys'))
    const users = NAMES.map((name) => `${name}:x:0:0::${HOME}:/bin/bash\n`)
    writeFileSync(join(etc, 'passwd'), passwdWithHome(HOME) + users.join(''))
    writeFileSync(join(this.world, 'passwd'), passwdWithHome(home))
    // A shell there greets whoever comes, and begins a program that is none of ours in what ssh's server has made for ours.
    writeFileSync(join(this.directory, 'home/.bashrc'), `${WELCOME}\n`)
    if (nixConf) copyFileSync(join(nixConf, 'nix.conf'), join(etc, 'nix.conf'))
    const path = `${nix[0]?.bin}:/usr/bin:/bin`
    const settings = [
      `ListenAddress ${this.address(2)}`,
      `HostKey ${ETC}/host_key`,
      `AuthorizedKeysFile ${ETC}/authorized_keys`,
      `SetEnv PATH=${path} NIX_CONF_DIR=${ETC}`,
      ...['PidFile none', 'StrictModes no', 'UsePAM no', 'PermitRootLogin yes', 'PasswordAuthentication no'],
      ...['Match User tight', 'AllowTcpForwarding no', 'Match User single', 'MaxSessions 1'],
    ]
    writeFileSync(join(etc, 'sshd_config'), `${settings.join('\n')}\n`)
    // This computer, by its own server of ssh.
    const own = ['HostKey', 'AuthorizedKeysFile'].map(
      (name, index) => `-o ${name}=${etc}/${['host_key', 'authorized_keys'][index]}`,
    )
    const sshd = `sh -c "mkdir -p /run/sshd && exec ${SSHD} -i -f ${etc}/sshd_config ${own.join(' ')}"`
    const self = `Host self\n  HostKeyAlias ${this.address(2)}\n  ProxyCommand ${sshd}\n`
    const names = `${self}Host gpu gpu+1 köln\n  HostName ${this.address(2)}\nHost stranger\n  HostName ${this.address(2)}\n  HostKeyAlias stranger\n`
    writeFileSync(join(home, '.ssh/config'), names)
    writeFileSync(
      join(home, '.ssh/known_hosts'),
      `${this.address(2)} ${readFileSync(join(etc, 'host_key.pub'), 'utf8')}`,
    )
    await this.boot(nixpkgs ?? '', path)
    // ssh looks for a home directory in the list of users. Only who works here sees that list.
    this.processes.push(
      begin('unshare', [
        ...['--mount', 'sh', '-c', 'mount --bind "$0" /etc/passwd && exec sleep infinity'],
        join(this.world, 'passwd'),
      ]),
    )
    await until(
      'the list of users',
      async () => (await this.here('cat', ['/etc/passwd'])).stdout.includes(home) || undefined,
    )
    await until('the server of ssh', async () => (await this.here('ssh', ['gpu', 'true'])).code === 0 || undefined)
  }

  private async boot(hidden: string, path: string): Promise<void> {
    const isolated = ['--mount', '--net', '--pid', '--uts', '--ipc', '--fork', '--kill-child']
    const computer = begin('unshare', [
      ...isolated,
      'sh',
      '-c',
      BOOT,
      'sh',
      this.directory,
      this.address(2),
      hidden,
      path,
      this.store,
    ])
    this.processes.push(computer)
    const { pid } = computer.child
    const isApart = () => readlinkSync(`/proc/${pid}/ns/net`) !== readlinkSync('/proc/self/ns/net')
    await until('a network of its own', async () => isApart() || undefined)
    await must('ip', ['link', 'add', this.cable, 'type', 'veth', 'peer', 'name', 'there', 'netns', String(pid)])
    await must('ip', ['address', 'add', `${this.address(1)}/30`, 'dev', this.cable])
    await must('ip', ['link', 'set', this.cable, 'up'])
  }

  /** Run a command on this computer, as who has the key. */
  async here(command: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
    return run('nsenter', [...this.inside(), command, ...args], { ...this.person, ...options })
  }

  /** What a terminal begins, to do the same. */
  inside(): string[] {
    return ['--target', String(this.processes.at(-1)?.child.pid), '--mount', `--wd=${this.world}`]
  }

  /** Run lines of sh there, as its administrator. */
  there(lines: string): Promise<string> {
    return must('nsenter', ['--target', String(this.init()), '--mount', '--pid', '--net', '--wd=/', 'sh', '-ec', lines])
  }

  pullCable(): void {
    execFileSync('ip', ['link', 'set', this.cable, 'down'])
  }

  plugCable(): void {
    execFileSync('ip', ['link', 'set', this.cable, 'up'])
  }

  /** The path on this machine of a file in its home directory. */
  file(name: string): string {
    return join(this.directory, 'home', name)
  }

  /** What is in its home directory and its directory for temporary files, and what runs, but for ssh's server. */
  left(): Record<'home' | 'tmp' | 'processes', string[]> {
    const namespace = readlinkSync(`/proc/${this.init()}/ns/pid`)
    const processes = readdirSync('/proc').flatMap((pid) => {
      try {
        if (!/^\d+$/.test(pid) || readlinkSync(`/proc/${pid}/ns/pid`) !== namespace) return []
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()]
      } catch {
        return [] // it has ended meanwhile
      }
    })
    return {
      home: readdirSync(join(this.directory, 'home')),
      tmp: readdirSync(join(this.directory, 'tmp')),
      processes: processes.filter((command) => command && !/^(sshd: )?\S*sshd|^sleep 9+$/.test(command)),
    }
  }

  /** How many programs of its user's own have begun, and which have ended, each with the command that it was begun beside. */
  async others(): Promise<{ begun: number; ended: string[] }> {
    const begun = (await this.there('cat /run/others')).trim().split('\n')
    const alive = (await this.there('pgrep -x sleep || :')).split('\n')
    return { begun: begun.length, ended: begun.filter((line) => !alive.includes(line.split(' ')[0] ?? '')) }
  }

  /** Gives its user another shell under all names, which is one of this machine. */
  setShell(path: string): void {
    const passwd = join(this.directory, 'etc/passwd')
    writeFileSync(passwd, readFileSync(passwd, 'utf8').replace(/^(.*:x:0:.*:)[^:]*$/gm, `$1${path}`))
  }

  private init(): number {
    const { pid } = this.processes[0]?.child ?? {}
    return Number.parseInt(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'), 10)
  }

  /** Its end; the cable goes with it. */
  async remove(): Promise<void> {
    for (const { child } of this.processes) child.kill('SIGKILL')
    await Promise.all(this.processes.map(({ ended }) => ended))
  }
}

function passwdWithHome(home: string): string {
  return readFileSync('/etc/passwd', 'utf8').replace(/^(root:.*):[^:]*:([^:]*)$/m, `$1:${home}:$2`)
}
