import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noCutOff, noLayer, notRun } from '../../support/abilities.ts'
import { FLAKES } from '../../support/cache.mjs'
import { readEnvironment } from '../../support/environment.ts'
import { Project } from '../../support/project.ts'
import { must, type Result } from '../../support/run.ts'

type Left = Pick<Result, 'code' | 'stdout' | 'stderr'>

// A store that others use must not lose a path: the collection happens on a layer of this test's own. It takes root and Linux.
const reason = noLayer || noCutOff

/**
 * A store that many runs have filled takes a minute to collect. The layer has of it what the project's roots keep, and one path
 * that nothing keeps; all else is gone already, from the database (a copy: others write into it meanwhile) and from
 * the directory, which is hidden whole: what others write into it while this test runs must not be seen here, either.
 */
const NARROW = `
import os, shutil, sqlite3, sys
unused, kept = sys.argv[1], set(sys.stdin.read().split())
name = "var/nix/db/db.sqlite"
copy = sqlite3.connect("upper/" + name)
sqlite3.connect("/nix/" + name).backup(copy)
copy.executescript("pragma journal_mode = off; pragma synchronous = off; pragma foreign_keys = on; create temp table kept (path text)")
copy.executemany("insert into kept values (?)", ((path,) for path in {unused, *kept}))
for table in ("Refs where referrer", "DerivationOutputs where drv", "ValidPaths where id"):
    copy.execute(f"delete from {table} not in (select id from ValidPaths where path in (select path from kept))")
copy.commit()
copy.close()
for beside in ("-wal", "-shm"):
    os.mknod("upper/" + name + beside, 0o020000)
os.setxattr("upper/store", "trusted.overlay.opaque", b"y")
shutil.copy(unused, "upper/store")
for path in kept:
    place = "upper/store/" + os.path.basename(path)
    if os.path.islink(path):
        os.symlink(os.readlink(path), place)
    elif os.path.isdir(path):
        os.mkdir(place)
    else:
        os.mknod(place)
`

/**
 * Puts what is kept, which stands on the input, into the store of the layer: out of a layer, too, because a collection that takes
 * away more than it should must not reach the store of this machine.
 */
const SHOW = `
import ctypes, os, sys
MS_BIND = 4096
for path in sys.stdin.read().split():
    if not os.path.islink(path):
        before = os.path.join("store", os.path.basename(path))
        if ctypes.CDLL(None, use_errno=True).mount(before.encode(), path.encode(), None, MS_BIND, None):
            raise OSError(ctypes.get_errno(), path)
`

describe.skipIf(reason).each(readEnvironment().nix)(
  `minimal: garbage collection, with Nix $version (B2)${notRun(reason)}`,
  (nix) => {
    let project: Project
    let lab: string
    let unused: string
    let entered: Left
    let started: Left

    // Both questions are asked of one layer: entering must not build what starting needs.
    beforeAll(async () => {
      project = await Project.create({ nix })
      const before = await project.develop(['true'])
      expect(before.code, before.stderr).toBe(0)
      lab = readlinkSync(join(project.directory, '.nix-jupyter', 'lab'))
      unused = execFileSync('nix-store', ['--add', '/etc/hostname'], { env: project.env, encoding: 'utf8' }).trim()
      const enter = `test ! -e ${unused} && test -e ${lab} && nix --extra-experimental-features '${FLAKES[1]}' \
      develop --command python3 -c 'import jupyterlab; print("here")'`
      ;[entered, started] = await afterCollection(enter, './start --no-open && ./lab status && ./stop')
    })
    afterAll(() => project?.remove())

    /** Collect garbage in a layer over /nix, then run two scripts there, without a network. */
    const afterCollection = async (...scripts: [string, string]): Promise<[Left, Left]> => {
      const world = join(project.directory, '..', 'layer')
      const lines = [
        'set -eu',
        `mkdir -p ${world} && mount -t tmpfs none ${world} && cd ${world} && mkdir -p upper/store upper/var/nix/db work`,
        // Not by Nix: it would take away the roots of projects that cannot be seen from here.
        `find /nix/var/nix/gcroots/auto -lname '${project.directory}/*' -exec readlink -f {} + > roots`,
        'xargs nix-store --query --requisites < roots > kept',
        `python3 -c '${NARROW}' ${unused} < kept`,
        'mkdir store above beside && mount -t overlay none -o lowerdir=/nix/store,upperdir=above,workdir=beside store',
        'mount -t overlay none -o lowerdir=/nix,upperdir=upper,workdir=work /nix',
        `python3 -c '${SHOW}' < kept`,
        'nix-store --gc > log 2>&1 || { tail log >&2; exit 1; }',
        'ip link set lo up',
        `cd ${project.directory}`,
        'set +e',
        ...scripts.map((script, at) => `(${script}) > ${left(at)}.out 2> ${left(at)}.err; echo $? > ${left(at)}.code`),
      ]
      await must('unshare', ['--mount', '--net', 'sh', '-c', lines.join('\n')], project.here())
      const read = (at: number, what: string) => readFileSync(`${left(at)}.${what}`, 'utf8')
      const leftBy = (at: number) => ({
        code: Number(read(at, 'code')),
        stdout: read(at, 'out'),
        stderr: read(at, 'err'),
      })
      return [leftBy(0), leftBy(1)]
    }
    const left = (at: number) => join(project.directory, '..', `script-${at}`)

    test('what plain `nix develop` used stays, and is not built or fetched again', () => {
      expect([entered.code, entered.stdout], entered.stderr).toEqual([0, 'here\n'])
      expect(entered.stderr).not.toMatch(/(building|copying) .*(python|lab|source|jupyter)\b(?!-env)/)
      expect(existsSync(unused)).toBe(true)
    })

    test('./start works without a network after it, and so does ./stop', () => {
      expect(started.code, started.stderr).toBe(0)
      expect(started.stdout).toContain('my-lab is stopped.')
    })
  },
)
