import { describe, expect, test } from 'vitest'
import { noLayer, notRun } from '../../support/abilities.ts'
import { newestNix, readEnvironment } from '../../support/environment.ts'
import { Project } from '../../support/project.ts'
import { run } from '../../support/run.ts'

describe('minimal: a full disk', () => {
  test.skipIf(noLayer)(
    `on a full disk stop works with no byte free, and start names the disk (B4)${notRun(noLayer)}`,
    async () => {
      const other = await Project.create({ name: 'full', nix: newestNix(readEnvironment()) })
      const lines = [
        'set -eu',
        `mkdir -p ${other.state} && mount -t tmpfs -o size=8m none ${other.state}`,
        './start --no-open >&2',
        `cat /dev/zero >${other.state}/ballast 2>/dev/null || true`,
        './lab status',
        './stop',
        './start --no-open && exit 9 || true',
      ]
      const result = await run('unshare', ['--mount', 'sh', '-c', lines.join('\n')], other.here())
      expect(result.code, result.stderr).toBe(0)
      expect(result.stdout).toMatch(/full is running: [\s\S]*full is stopped\.\n$/)
      expect(result.stderr).toMatch(new RegExp(`The disk that holds ${other.state}\\S* is full`))
      expect(result.stderr).toContain('df -h ')
      await other.remove()
    },
  )
})
