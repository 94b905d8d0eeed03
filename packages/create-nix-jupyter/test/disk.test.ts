import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, statfsSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { noMount, noOtherUser, noQuota, notRun } from '../../../tests/support/abilities.ts'
import { contents, entries, entry, expectWhole, run, start } from '../../../tests/support/program.ts'
import {
  makeMount,
  makeReadOnly,
  makeScene,
  makeSmallDisk,
  makeUsedUpQuota,
  preload,
} from '../../../tests/support/world.ts'

describe('a disk that does not take the project', () => {
  it.skipIf(noMount).each(['4k', '64k', '128k', '256k'])(
    `full at %s: exit 1, nothing left${notRun(noMount)}`,
    async (size) => {
      const { directory, env } = makeScene()
      const disk = path.join(directory, 'disk')
      makeSmallDisk(disk, size)
      writeFileSync(path.join(disk, 'mine'), 'x')
      const ran = await run(['lab', '--yes'], disk, env)
      expect(ran).toMatchObject({ code: 1, stdout: '' })
      expect(ran.stderr).toContain('The disk is full')
      expect(entries(disk)).toEqual(['mine'])
    },
  )

  it.skipIf(noQuota)(
    `with room that is not for this user: exit 1, and the quota is named${notRun(noQuota)}`,
    async () => {
      const { directory, env } = makeScene()
      const disk = path.join(directory, 'disk')
      makeUsedUpQuota(disk)
      const before = entries(disk)
      const ran = await run(['lab', '--yes'], disk, env)
      expect(ran).toMatchObject({ code: 1, stdout: '' })
      expect(ran.stderr).toContain('Your disk quota is used up')
      expect(entries(disk)).toEqual(before)
    },
  )

  it.skipIf(noMount)(
    `full while an existing directory is filled: exit 1, the directory as it was${notRun(noMount)}`,
    async () => {
      const { directory, env } = makeScene()
      const disk = path.join(directory, 'disk')
      makeSmallDisk(disk, '128k')
      expect(await run(['.', '--yes'], disk, env)).toMatchObject({ code: 1 })
      expect(entries(disk)).toEqual([])
    },
  )

  it.skipIf(noMount)(`full at the moment of git: the project is whole or not there${notRun(noMount)}`, async () => {
    const { directory, env } = makeScene()
    const disk = path.join(directory, 'disk')
    await run(['lab', '--yes', '--no-git'], directory, env)
    const blocks = Object.values(contents(path.join(directory, 'lab'))).map((text) => Math.ceil(text.length / 4096))
    makeSmallDisk(disk, `${blocks.reduce((sum, count) => sum + count, 0) * 4 + 80}k`)
    const ran = await run(['lab', '--yes'], disk, env)
    if (ran.code === 0) await expectWhole(path.join(disk, 'lab'))
    else expect(entries(disk)).toEqual([])
    expect(statfsSync(disk).blocks).toBeGreaterThan(0)
  })

  it.skipIf(noMount)(`read-only: exit 1, and the directory is named${notRun(noMount)}`, async () => {
    const { directory, env } = makeScene()
    const disk = path.join(directory, 'disk')
    mkdirSync(path.join(disk, 'empty'), { recursive: true })
    makeReadOnly(disk)
    for (const name of ['lab', 'empty', 'labs/lab']) {
      const ran = await run([name, '--yes'], disk, env)
      expect(ran).toMatchObject({ code: 1, stdout: '' })
      expect(ran.stderr).toContain(`${name} is on a read-only disk`)
    }
    expect(entries(disk)).toEqual(['empty'])
  })

  it.skipIf(noOtherUser)(`not ours: exit 1 for a user who may not write there${notRun(noOtherUser)}`, async () => {
    const { directory, env } = makeScene()
    chmodSync(path.dirname(directory), 0o755)
    chmodSync(directory, 0o755)
    const ran = await run(['lab', '--yes'], directory, preload(env, 'process.setgid(65534); process.setuid(65534)'))
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('No permission to write lab.') })
    expect(entries(directory)).toEqual([])
  })

  it('gone: a current directory that was deleted', async () => {
    const { directory, env } = makeScene()
    const gone = path.join(directory, 'gone')
    mkdirSync(gone)
    const script = 'rmdir "$PWD"; exec "$0" "$@"'
    const ran = spawnSync('sh', ['-c', script, process.execPath, entry(), 'lab', '--yes'], {
      cwd: gone,
      env,
      encoding: 'utf8',
    })
    expect(ran).toMatchObject({ status: 1, stderr: expect.stringContaining('no longer exists') })
    expect(ran.stderr).not.toContain('    at ')
    expect(entries(directory)).toEqual([])
  })

  // Node has another name for it than the disk: git and Nix would seem to be broken, and a project to be none.
  it.skipIf(process.platform === 'darwin').each(['doctor', 'upgrade', 'add dask', 'lab --yes'])(
    'in another encoding: %s says so, and nothing else',
    (words) => {
      const { directory, env } = makeScene()
      const script = `odd=$(printf 'caf\\351') && mkdir "$odd" && cd "$odd" && "$0" "$@"; code=$?; ls -A; exit $code`
      const ran = spawnSync('sh', ['-c', script, process.execPath, entry(), ...words.split(' ')], {
        cwd: directory,
        env,
        encoding: 'utf8',
      })
      expect(ran).toMatchObject({ status: 1, stdout: '' })
      expect(ran.stderr).toMatch(/^✖ The name of a directory on this path is not in UTF-8: .*caf.\n {2}Next: sh start /)
    },
  )
})

describe.skipIf(!existsSync('/dev/full'))('its output goes to a full disk', () => {
  const toFull = (directory: string, env: NodeJS.ProcessEnv, ...words: string[]) =>
    spawnSync('sh', ['-c', 'exec "$0" "$@" > /dev/full', process.execPath, entry(), ...words], { cwd: directory, env })

  it.each(['list --json', 'schema', '--help', 'completions bash', 'lab --yes --dry-run'])(
    'exit 1 where it is all that there is: %s',
    (words) => {
      const { directory, env } = makeScene()
      const ran = toFull(directory, env, ...words.split(' '))
      expect([ran.status, String(ran.stderr)]).toEqual([1, expect.stringContaining('Next: df -h')])
    },
  )

  it('exit 0 where it tells of a project that is there', async () => {
    const { directory, env } = makeScene()
    const ran = toFull(directory, env, 'lab', '--yes')
    expect([ran.status, String(ran.stderr)]).toEqual([0, ''])
    await expectWhole(path.join(directory, 'lab'))
  })
})

describe('a directory that exists', () => {
  it.skipIf(noOtherUser)(`keeps its mode, its owner and its inode${notRun(noOtherUser)}`, async () => {
    const { directory, env } = makeScene()
    const lab = path.join(directory, 'lab')
    mkdirSync(lab)
    chmodSync(lab, 0o750)
    chownSync(lab, 65534, 65534)
    const { ino } = statSync(lab)
    expect(await run(['lab', '--yes', '--no-git'], directory, env)).toMatchObject({ code: 0 })
    expect(statSync(lab)).toMatchObject({ ino, uid: 65534 })
    expect(statSync(lab).mode & 0o777).toBe(0o750)
    await expectWhole(lab)
  })

  it('gets files with the usual modes, and start and stop executable', async () => {
    const { directory, env } = makeScene()
    await run(['lab', '--yes'], directory, env)
    const mode = (file: string) => (statSync(path.join(directory, 'lab', file)).mode & 0o777).toString(8)
    expect([mode('start'), mode('stop'), mode('flake.nix'), mode('.')]).toEqual(['755', '755', '644', '755'])
  })
})

describe.skipIf(noMount)(`a directory in which something is mounted${notRun(noMount)}`, () => {
  it.each([
    ['another disk', (place: string) => makeSmallDisk(place, '1m')],
    ['a directory of the same disk', makeMount],
  ])('%s: no file is begun that could not be put there at once', async (_, mount) => {
    const { directory, env } = makeScene()
    const notebooks = path.join(directory, 'my lab/notebooks')
    mkdirSync(notebooks, { recursive: true })
    mount(notebooks)
    const ran = await run(['my lab', '--yes', '--on-conflict', 'keep'], directory, env)
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toContain(
      'my lab/notebooks is on another disk than the rest of the project. Nothing was changed.',
    )
    expect(ran.stderr).toContain("Next: sudo umount 'my lab/notebooks'")
    expect(entries(path.join(directory, 'my lab'))).toEqual(['notebooks'])
  })

  it.each(['jupyter', 'jupyter/jupyter_lab_config.json'])(
    'a change that would go to %s: none begins',
    async (place) => {
      const { directory, env } = makeScene()
      const lab = path.join(directory, 'lab')
      expect(await run(['lab', '--yes'], directory, env)).toMatchObject({ code: 0 })
      const before = [contents(lab), statSync(path.join(lab, 'flake.nix')).ino]
      makeMount(path.join(lab, place))
      const ran = await run(['add', 'lsp'], lab, env)
      expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining(`${place} is on another disk`) })
      expect([contents(lab), statSync(path.join(lab, 'flake.nix')).ino]).toEqual(before)
      // What goes elsewhere is changed all the same.
      expect(await run(['add', 'dask'], lab, env)).toMatchObject({ code: 0 })
    },
  )
})

describe('two runs at once', () => {
  it.each(['lab', 'labs/lab'])('into the new directory %s: one wins, the other ends with 3', async (name) => {
    const { directory, env } = makeScene()
    const runs = await Promise.all([1, 2, 3].map(() => start([name, '--yes'], directory, env).ended))
    const codes = runs.map((ran) => ran.code).sort()
    expect(codes).toEqual([0, 3, 3])
    await expectWhole(path.join(directory, name))
    expect(entries(directory)).toEqual([name.split('/')[0]])
  })

  it('into an existing directory: at most one wins, and no half is left', async () => {
    const { directory, env } = makeScene()
    const runs = await Promise.all([1, 2, 3].map(() => start(['.', '--yes'], directory, env).ended))
    expect(runs.filter((ran) => ran.code === 0)).toHaveLength(1)
    expect(runs.filter((ran) => ran.code === 3)).toHaveLength(2)
    await expectWhole(directory)
  })
})

describe('I16: limits of this shell are named as what they are', () => {
  it('umask 0177: nothing is made, and the umask is named', async () => {
    const { directory, env } = makeScene()
    const ran = await run(['lab', '--yes'], directory, env, ['sh', '-c', 'umask 0177; exec "$0" "$@"'])
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('umask 022') })
    expect(entries(directory)).toEqual([])
  })

  it('I10: umask 002: the group may write', async () => {
    const { directory, env } = makeScene()
    await run(['lab', '--yes'], directory, env, ['sh', '-c', 'umask 002; exec "$0" "$@"'])
    const mode = (file: string) => (statSync(path.join(directory, 'lab', file)).mode & 0o777).toString(8)
    expect([mode('start'), mode('flake.nix'), mode('nix')]).toEqual(['775', '664', '775'])
  })

  it.each([20, 21, 22, 23, 24, 25])('ulimit -n %i: whole, or nothing', async (limit) => {
    const { directory, env } = makeScene()
    const ran = await run(['lab', '--yes'], directory, env, ['sh', '-c', `ulimit -n ${limit}; exec "$0" "$@"`])
    if (ran.code === 0) await expectWhole(path.join(directory, 'lab'))
    else expect(entries(directory)).toEqual([])
    expect(ran.stdout + ran.stderr).not.toContain('undefined')
  })

  it('the command that is printed for “.” in a directory with an odd name makes the same project', async () => {
    const { directory, env } = makeScene()
    const odd = path.join(directory, 'my app')
    mkdirSync(odd)
    const { stdout } = await run(['.', '--yes', '--no-git'], odd, env)
    expect(stdout).toMatch(/npm create nix-jupyter@\S+ \. -- --template/)
  })
})

describe('I10: a directory that is not all there', () => {
  it('increment goes past a link to nowhere', async () => {
    const { directory, env } = makeScene()
    mkdirSync(path.join(directory, 'lab'))
    writeFileSync(path.join(directory, 'lab/mine'), '')
    symlinkSync('nowhere', path.join(directory, 'lab-2'))
    const ran = await run(['lab', '--yes', '--on-conflict', 'increment'], directory, env)
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('cd lab-3') })
  })
})
