import { spawnSync } from 'node:child_process'
import { must } from './run.ts'

/** Why there can be no network between a few containers: in the name of a test that is skipped. */
export const noNetwork = whyNoNetwork()

function whyNoNetwork(): string {
  const name = `try-${process.pid}`
  const made = spawnSync('ip', ['netns', 'add', name]).status === 0
  const joined = made && spawnSync('ip', ['-n', name, 'link', 'add', 'lan', 'type', 'bridge']).status === 0
  if (made) spawnSync('ip', ['netns', 'delete', name])
  return joined ? '' : 'it takes root on Linux, and iproute2'
}

/** A few computers in one network that leads nowhere else. Each is a network namespace, and the first is in the middle. */
export class Network {
  /** @param names of the namespaces, as `ip netns` takes them */
  private constructor(readonly names: readonly string[]) {}

  /** @param what a short word for the names; `count` how many computers */
  static async create(what: string, count: number): Promise<Network> {
    const names = Array.from({ length: count }, (_, number) => `${what}-${process.pid}-${number}`)
    const network = new Network(names)
    const middle = network.name(0)
    for (const name of names) {
      await must('ip', ['netns', 'add', name])
      await must('ip', ['-n', name, 'link', 'set', 'lo', 'up'])
    }
    const ip = (name: string, words: string) => must('ip', ['-n', name, ...words.split(' ')])
    await ip(middle, 'link add lan type bridge')
    for (const [number, name] of names.entries()) {
      if (number > 0) {
        await ip(middle, `link add to-${number} type veth peer name lan netns ${name}`)
        await ip(middle, `link set to-${number} master lan up`)
      }
      await ip(name, `addr add ${network.address(number)}/24 dev lan`)
      await ip(name, 'link set lan up')
    }
    return network
  }

  /** The name of a computer. */
  name(number: number): string {
    return this.names[number] ?? ''
  }

  /** The address at which the others find it. */
  address(number: number): string {
    return `10.77.0.${number + 1}`
  }

  /** The words before a command that make it run there. */
  at(number: number): string[] {
    return ['nsenter', `--net=/run/netns/${this.name(number)}`]
  }

  /** With all that still runs there. */
  async remove(): Promise<void> {
    for (const name of this.names) {
      await must('sh', ['-c', 'for pid in $(ip netns pids "$0"); do kill -9 "$pid" 2>/dev/null || true; done', name])
      await must('ip', ['netns', 'delete', name])
    }
  }
}
