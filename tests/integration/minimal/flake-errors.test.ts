import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { noLayer, notRun } from '../../support/abilities.ts'
import { newestNix, readEnvironment } from '../../support/environment.ts'
import { writeFiles } from '../../support/home.ts'
import { openCommand } from '../../support/program.ts'
import { Project } from '../../support/project.ts'
import { must, type Result, run } from '../../support/run.ts'

const environment = readEnvironment()

/** The command that a message ends with. */
const nextIn = ({ stderr }: Result) => / {2}Next: (.*)\n$/.exec(stderr)?.[1] ?? 'exit 1'

const LIST = 'with ps; [ ]'
const BROKEN = '(pkgs.runCommandLocal "no-luck" { } "exit 3")'
const names = 'names: https://search.nixos.org/packages; from PyPI: lab add '

// B12: what goes wrong, what is written in the place of what, and what ./start says of it; LINE is where it was written.
const mistakes: [string, string, string, string[]][] = [
  [
    'a bracket that is missing',
    `${LIST};\n`,
    'with ps; [ numpy\n',
    ['flake.nix, line 16: syntax error', '| packages = [ pkgs.git ];', 'correct line 16, or the code above it'],
  ],
  [
    'a comma',
    LIST,
    'with ps; [ numpy, pandas ]',
    ["unexpected ','", '| pythonPackages = ps:', 'remove the comma from line LINE'],
  ],
  [
    'a misspelled Python package',
    LIST,
    'with ps; [ numpyy ]',
    ['line LINE: there is no `numpyy`. Did you mean `numpy`?', '| pythonPackages = ps:', 'write numpy in line LINE of'],
  ],
  ['the same without `with`', LIST, '[ ps.numpyy ]', ['line LINE: there is no `numpyy`. Did you mean `numpy`?']],
  ['what nobody has', LIST, 'with ps; [ qqxxzzvv ]', ['line LINE: there is no `qqxxzzvv`.', `${names}qqxxzzvv)`]],
  ['the name of an import', LIST, 'with ps; [ sklearn ]', ['line LINE: `pythonPackages` cannot', 'write scikit-learn']],
  ['an import with a name of nixpkgs', LIST, 'with ps; [ cv2 ]', ['cannot hold `cv2`', 'Next: write opencv4']],
  ['a misspelled program', '[ pkgs.git ];', '[ pkgs.gitt ];', ['line LINE: there is no `gitt`. Did you mean `git`?']],
  ['a name in no set', '[ pkgs.git ];', '[ git ];', ['line LINE: `git` is not defined.', 'pkgs.git elsewhere']],
  ['quotes', '[ pkgs.git ];', '[ "git" ];', ['line LINE: `packages` cannot hold the text "git"', 'without quotes']],
  [
    'a misspelled option',
    'packages = [ pkgs.git ];',
    'package = [ pkgs.git ];',
    ['the project has no option `package`. It knows: ', 'Did you mean `packages`?'],
  ],
  [
    'a misspelled option of a service',
    'services.server.command',
    'services.server.comand',
    ['services.server has no option `comand`. It knows: ', 'Did you mean `command`?'],
  ],
  ['an unfree package', LIST, 'with ps; [ torch-bin ]', ['line LINE: torch-', 'licence is not free', 'take torch out']],
  [
    'a broken package',
    '[ pkgs.git ];',
    '[ (pkgs.runCommandLocal "old-thing-1.0" { meta.broken = true; } "exit 3") ];',
    ['line LINE: old-thing-1.0 cannot be used: nixpkgs marks it as broken', 'take old-thing out'],
  ],
  ['a build that fails', '[ pkgs.git ];', `[ ${BROKEN} ];`, ['could not build no-luck.', 'log /nix/store/']],
  [
    'no input nixpkgs',
    'import ./nix inputs',
    'import ./nix (removeAttrs inputs [ "nixpkgs" ])',
    ['flake.nix has no input with the name nixpkgs', 'inputs.nixpkgs.url = "github:'],
  ],
  [
    'an input that cannot be downloaded',
    'outputs =',
    'inputs.x.url = "https://name.invalid/x.tar.gz";\n  outputs =',
    ["could not download what it needs: unable to download 'https://name.invalid/x.tar.gz'", 'check the network'],
  ],
  [
    'a file that is not there',
    './nix inputs',
    './nix/more.nix inputs',
    ['is not there: nix/more.nix', 'correct the name'],
  ],
]

describe.each(environment.nix)('minimal: ./start says what is wrong in flake.nix, with Nix $version', (nix) => {
  let project: Project
  let text: string
  const path = (name: string) => join(project.directory, name)

  beforeAll(async () => {
    project = await Project.create({ nix })
    text = readFileSync(path('flake.nix'), 'utf8')
  })
  afterEach(() => writeFileSync(path('flake.nix'), text))
  afterAll(() => project?.remove())

  const start = () => run('./start', ['--no-open'], project.here())

  /** Each failure is told in a few lines; all that Nix said is in a file. */
  function expectFewLines({ code, stdout, stderr }: Result): void {
    expect(code, stderr).toBe(1)
    expect(stdout).toBe('')
    const lines = stderr.split('\n').filter((line) => !/^(Building|Waiting for) /.test(line))
    expect(lines.length, stderr).toBeLessThanOrEqual(6)
    expect(stderr).not.toMatch(/error:|…\s*while|show-trace|@nix/)
    expect(stderr).toMatch(/^ {2}Next: /m)
    const log = /The full output of Nix is in (\/.*)\.\n/.exec(stderr)?.[1] ?? ''
    expect(log.startsWith(project.state), stderr).toBe(true)
    expect(readFileSync(log, 'utf8')).toMatch(/^error:/)
  }

  test.each(mistakes)('B12: %s', async (_, before, after, said) => {
    expect(text).toContain(before)
    writeFileSync(path('flake.nix'), text.replace(before, after))
    const line = String(text.slice(0, text.indexOf(before)).split('\n').length)
    const result = await start()
    expectFewLines(result)
    for (const words of said) expect(result.stderr).toContain(words.replaceAll('LINE', line))
  })

  test('a path that an old Nix cannot read, and a new one can', async () => {
    const odd = join(project.directory, '../Äpfel und Birnen')
    await must('cp', ['-r', project.directory, odd])
    const result = await run('./lab', ['lock', '--no-such'], project.here({ cwd: odd }))
    if (nix.version === newestNix(environment).version) {
      expect(result.stderr).toContain('Unknown option "--no-such" of lab lock.')
    } else {
      expect(result.stderr).toMatch(
        /^This version of Nix opens no project in .*Birnen: a directory on that path has a space/,
      )
      expect(nextIn(result)).toMatch(/^mv '.*Birnen' \S+pfel-und-Birnen && cd \S+$/)
      const typed = `${nextIn(result)} && ./lab lock --no-such`
      const { stderr } = await run('sh', ['-c', typed], project.here({ cwd: '/' }))
      expect(stderr).toContain('Unknown option "--no-such" of lab lock.')
    }
    rmSync(odd, { recursive: true, force: true })
  })

  test('flake.nix that is not there', async () => {
    rmSync(path('flake.nix'))
    const result = await start()
    expectFewLines(result)
    expect(result.stderr).toContain('flake.nix is not there.')
    expect(result.stderr).toContain('Next: git checkout HEAD -- flake.nix && ./start')
  })

  test.each([['flake.lock'], ['nix']])('%s that is not there, and the command that brings it back', async (name) => {
    rmSync(join(project.directory, name), { recursive: true })
    const started = await project.start()
    expect([started.code, started.stdout]).toEqual([1, ''])
    expect(started.stderr).toMatch(/^(flake\.lock|nix\/enter\.sh) is missing/)
    const next = / {2}Next: (.*?)( {4}.*)?\n$/.exec(started.stderr)?.[1] ?? 'exit 1'
    await must('sh', ['-c', next], project.here({ cwd: '/' }))
    expect(await project.gitStatus()).toBe('')
  })

  test('a record that git could not merge', async () => {
    const record = readFileSync(path('.nix-jupyter.json'), 'utf8')
    writeFileSync(path('.nix-jupyter.json'), record.replace('  "answers"', '<<<<<<< HEAD\n  "answers"'))
    const result = await start()
    writeFileSync(path('.nix-jupyter.json'), record)
    expectFewLines(result)
    expect(result.stderr).toContain('.nix-jupyter.json, or another .json in nix/, cannot be read')
    expect(result.stderr).toContain('Next: npx create-nix-jupyter doctor')
  })

  test('B12: a file that git does not track, and the command that helps', async () => {
    writeFileSync(path('more.nix'), 'import ./nix\n')
    writeFileSync(path('flake.nix'), text.replace('import ./nix', 'import ./more.nix'))
    const result = await start()
    expectFewLines(result)
    expect(result.stderr).toContain('Nix does not see more.nix, because git does not track it.')
    const next = /Next: (.*) && \.\/start\n$/.exec(result.stderr)?.[1] ?? ''
    expect(next).toBe('git add --force more.nix')
    await must('sh', ['-c', next], project.here())
    const started = await start()
    expect(started.code, started.stderr).toBe(0)
    await project.stop()
    await must('git', ['rm', '--quiet', '--force', 'more.nix'], project.here())
  })

  test('a lock that git does not track is not written over, and the command that keeps it', async () => {
    const lock = readFileSync(path('flake.lock'), 'utf8')
    await must('git', ['rm', '--quiet', '--cached', 'flake.lock'], project.here())
    const started = await project.start()
    expect([started.code, started.stdout]).toEqual([1, ''])
    expect(started.stderr).toMatch(/^Nix does not see flake\.lock, .* because git does not track it\.\n/)
    await must('sh', ['-c', nextIn(started)], project.here({ cwd: '/' }))
    expect(readFileSync(path('flake.lock'), 'utf8')).toBe(lock)
    expect(await project.gitStatus()).toBe('')
  })

  test.each([
    ['packages', 'nix/lab/packages/*.py'],
    ['*.json', 'nix/lab/checks/doctor.json'],
    ['answers', 'nix/answers'],
  ])(
    'a part of nix that git does not track, because all of %s are ignored, and the command that adds it',
    async (pattern, part) => {
      await must('git', ['rm', '-r', '--quiet', '--cached', part], project.here())
      writeFiles(project.directory, { '.git/info/exclude': `${pattern}\n` })
      const started = await project.start()
      expect([started.code, started.stdout]).toEqual([1, ''])
      expect(started.stderr).toMatch(/^Nix does not see all of the directory nix, because git does not track it\.\n/)
      await must('sh', ['-c', nextIn(started)], project.here({ cwd: '/' }))
      expect(await project.gitStatus()).toBe('')
    },
  )

  test.skipIf(noLayer)(`B12: a disk on which Nix has no room${notRun(noLayer)}`, async () => {
    writeFileSync(path('flake.nix'), `${text}# another\n`)
    const room = join(project.directory, '..', 'room')
    const script = [
      'set -eu',
      `mkdir ${room} && mount -t tmpfs -o size=200k none ${room} && mkdir ${room}/new ${room}/work`,
      `mount -t overlay -o lowerdir=/nix/store,upperdir=${room}/new,workdir=${room}/work none /nix/store`,
      'cat /dev/zero >/nix/store/ballast 2>/dev/null || true',
      'exec ./start --no-open',
    ]
    const result = await run('unshare', ['--mount', 'sh', '-c', script.join('\n')], project.here())
    rmSync(room, { recursive: true })
    expectFewLines(result)
    expect(result.stderr).toMatch(/The disk is full: .*No space left on device/)
    expect(result.stderr).toContain('Next: nix-collect-garbage')
  })

  const notOnIt = noLayer || (nix.version === newestNix(environment).version ? '' : 'an old Nix writes nothing there')
  test.skipIf(notOnIt)(`a full disk that is not the one of Nix's store is named${notRun(notOnIt)}`, async () => {
    const room = join(project.directory, '..', 'room')
    const on = (variable: string) => {
      writeFileSync(path('flake.nix'), `${text}# on ${variable}\n`)
      const script = [
        'set -eu',
        `mkdir ${room} && mount -t tmpfs -o size=200k none ${room}`,
        `cat /dev/zero >${room}/ballast 2>/dev/null || true`,
        `${variable}=${room} exec ./start --no-open`,
      ]
      return run('unshare', ['--mount', 'sh', '-c', script.join('\n')], project.here())
    }
    const temporary = await on('TMPDIR')
    rmSync(room, { recursive: true })
    const cache = await on('XDG_CACHE_HOME')
    rmSync(room, { recursive: true })
    expectFewLines(temporary)
    expect(temporary.stderr).toContain(`The disk that holds TMPDIR is full: ${room}.`)
    expect(nextIn(temporary)).toBe('export TMPDIR=/tmp && ./start')
    expectFewLines(cache)
    expect(nextIn(cache)).toMatch(new RegExp(`^df -h ${room}(/nix)?$`))
  })

  /** As any user is to what belongs to others: root without its power over their files. */
  const powerless = 'setpriv --bounding-set=-dac_override,-dac_read_search'

  describe('the Nix daemon', () => {
    const startIt = /sudo (systemctl start|launchctl kickstart|sh -c) .*nix-daemon/

    test('has no socket', async () => {
      const env = { NIX_REMOTE: 'daemon', NIX_DAEMON_SOCKET_PATH: '/nowhere/socket' }
      const result = await run('./start', ['--no-open'], project.here({ env }))
      expectFewLines(result)
      expect(result.stderr).toMatch(/The Nix daemon does not answer: cannot connect to socket at '\/nowhere\/socket'/)
      expect(nextIn(result)).toMatch(startIt)
    })

    const script = (...lines: string[]) =>
      run('unshare', ['--mount', 'sh', '-c', ['set -eu', ...lines].join('\n')], project.here())

    test.skipIf(noLayer)(`is closed to this user${notRun(noLayer)}`, async () => {
      const closed = join(project.directory, '..', 'closed')
      const result = await script(
        `mkdir -m 700 ${closed} && chown 65534 ${closed}`,
        `NIX_REMOTE=daemon NIX_DAEMON_SOCKET_PATH=${closed}/socket exec ${powerless} ./start --no-open`,
      )
      expectFewLines(result)
      expect(result.stderr).toContain(`You may not use the Nix daemon: ${closed}/socket is closed to you.`)
      expect(nextIn(result)).toMatch(/^sudo usermod -aG nix-users "\$USER"/)
    })

    test.skipIf(noLayer)(`is not there, and the store belongs to another user${notRun(noLayer)}`, async () => {
      const lock = join(project.directory, '..', 'lock')
      const result = await script(
        `touch ${lock} && chmod 0 ${lock} && chown 65534 ${lock} && mount --bind ${lock} /nix/var/nix/db/big-lock`,
        `exec ${powerless} ./start --no-open`,
      )
      expectFewLines(result)
      expect(result.stderr).toMatch(/The Nix daemon does not answer: opening lock file .*big-lock.: Permission denied/)
      expect(nextIn(result)).toMatch(startIt)
    })
  })

  test.skipIf(notOnIt)(`a cache of Nix that cannot be written to is named${notRun(notOnIt)}`, async () => {
    const room = join(project.directory, '..', 'cache')
    const startIn = async (...lines: string[]) => {
      const script = [
        'set -eu',
        `mkdir -p ${room} && mount -t tmpfs none ${room} && cp -R ~/.cache/nix ${room}`,
        ...lines,
      ]
      const result = await run(
        'unshare',
        ['--mount', 'sh', '-c', script.join('\n')],
        project.here({ env: { XDG_CACHE_HOME: '' } }),
      )
      expectFewLines(result)
      expect(result.stderr).toContain(`Nix cannot write to its cache, ${room}/`)
      return result
    }
    writeFileSync(path('flake.nix'), `${text}# not read yet\n`)
    const foreign = await startIn(
      `chown -R 65534 ${room}`,
      `XDG_CACHE_HOME=${room} exec ${powerless} ./start --no-open`,
    )
    expect(nextIn(foreign)).toBe(`sudo chown -R "$USER" ${room}/nix && ./start`)
    for (const cache of [room, `${room}/new`]) {
      const closed = await startIn(`mount -o remount,ro ${room}`, `XDG_CACHE_HOME=${cache} exec ./start --no-open`)
      expect(nextIn(closed)).toBe('export XDG_CACHE_HOME=/some/directory && ./start')
    }
    rmSync(room, { recursive: true })
  })

  test('B12: on a terminal one line says how far Nix is, and Ctrl-C ends it', async () => {
    const slow = '(pkgs.runCommandLocal "slow-thing" { } "sleep 600")'
    writeFileSync(path('flake.nix'), text.replace('[ pkgs.git ];', `[ ${slow} ];`))
    const env = { ...project.env, TERM: 'xterm', CI: undefined }
    const terminal = openCommand(['./start', '--no-open'], project.directory, env, 120)
    await terminal.see(/^Building slow-thing …$/m)
    expect(terminal.screen().split('\n').length).toBe(1)
    terminal.type('\x03')
    await terminal.exited
    expect(terminal.screen()).not.toMatch(/error|@nix|Next:|running/)
  })

  test('B12: doctor says it too, also where the lab of the last start looks', async () => {
    expect((await project.develop(['true'])).code).toBe(0)
    writeFileSync(path('flake.nix'), '{')
    const result = await run('./lab', ['doctor'], project.here())
    expect(result.code, result.stdout).toBe(1)
    expect(result.stdout).toMatch(/PROBLEM {2}flake\.nix, line \d+: syntax error/)
    expect(result.stdout).toMatch(/Next: correct line \d+/)
  })

  test('B12: other commands say it too, and name themselves', async () => {
    writeFileSync(path('flake.nix'), '{')
    const result = await run('./lab', ['add', 'numpy'], project.here())
    expectFewLines(result)
    expect(result.stderr).toMatch(/flake\.nix, line \d+: syntax error[\s\S]*\.\/lab add numpy\n$/)
  })
})

test('what is printed works where it is printed, with a blank in the path, and with words that a shell would read', async () => {
  const project = await Project.create({ nix: newestNix(environment) })
  const world = join(project.directory, '..')
  const odd = join(world, 'my lab')
  renameSync(project.directory, odd)
  try {
    const status = await run(join(odd, 'lab'), ['status'], project.here({ cwd: world }))
    expect(status.stdout).toContain(`Next: '${odd}/start'\n`)
    // As who has unpacked an archive and typed `git init`.
    rmSync(join(odd, '.git'), { recursive: true })
    await must('git', ['init', '--quiet'], project.here({ cwd: odd }))
    // With this in all of their projects.
    writeFiles(odd, { '.git/info/exclude': 'packages\n*.json\n' })
    const asked = await run(join(odd, 'lab'), ['sync', 'a<b'], project.here({ cwd: world }))
    expect(asked.code).toBe(1)
    expect(nextIn(asked)).toBe(`git -C '${odd}' add . && git -C '${odd}' add --force nix && '${odd}/lab' sync 'a<b'`)
    const second = await run('sh', ['-c', nextIn(asked)], project.here({ cwd: world }))
    expect(second.stderr).toContain('lab sync takes no arguments: "a<b" is one too many.')
    expect(await must('git', ['status', '--porcelain'], project.here({ cwd: odd }))).not.toContain('??')
  } finally {
    renameSync(odd, project.directory)
    await project.remove()
  }
})

test('B12: before the first start, and without git, it is said all the same', async () => {
  const project = await Project.create({ nix: newestNix(environment) })
  try {
    rmSync(join(project.directory, '.git'), { recursive: true })
    const file = join(project.directory, 'flake.nix')
    writeFileSync(file, readFileSync(file, 'utf8').replace('[ pkgs.git ];', '[ pkgs.gitt ];'))
    expect(existsSync(join(project.directory, '.nix-jupyter'))).toBe(false)
    const result = await run('./start', ['--no-open'], project.here())
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/^flake\.nix, line \d+: there is no `gitt`\. Did you mean `git`\?\n {2}\| packages/)
    expect(result.stderr).toContain(`The full output of Nix is in ${project.state}/nix-jupyter/nix.log.`)
  } finally {
    await project.remove()
  }
})
