import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readEnvironment } from '../../support/environment.ts'
import { expectFewLines, nextIn, projectToBreak } from '../../support/failed-start.ts'
import { writeFiles } from '../../support/home.ts'
import { openCommand } from '../../support/program.ts'
import type { Project } from '../../support/project.ts'
import { must, run } from '../../support/run.ts'

const environment = readEnvironment()

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
  projectToBreak(nix, (...given) => {
    ;[project, text] = given
  })
  const path = (name: string) => join(project.directory, name)

  const start = () => run('./start', ['--no-open'], project.here())

  test.each(mistakes)('B12: %s', async (_, before, after, said) => {
    expect(text).toContain(before)
    writeFileSync(path('flake.nix'), text.replace(before, after))
    const line = String(text.slice(0, text.indexOf(before)).split('\n').length)
    const result = await start()
    expectFewLines(result, project)
    for (const words of said) expect(result.stderr).toContain(words.replaceAll('LINE', line))
  })

  test('flake.nix that is not there', async () => {
    rmSync(path('flake.nix'))
    const result = await start()
    expectFewLines(result, project)
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
    expectFewLines(result, project)
    expect(result.stderr).toContain('.nix-jupyter.json, or another .json in nix/, cannot be read')
    expect(result.stderr).toContain('Next: npx create-nix-jupyter doctor')
  })

  test('B12: a file that git does not track, and the command that helps', async () => {
    writeFileSync(path('more.nix'), 'import ./nix\n')
    writeFileSync(path('flake.nix'), text.replace('import ./nix', 'import ./more.nix'))
    const result = await start()
    expectFewLines(result, project)
    expect(result.stderr).toContain('Nix does not see more.nix, because git does not track it.')
    const next = /Next: (.*) && \.\/start\n$/.exec(result.stderr)?.[1] ?? ''
    expect(next).toBe('git add --force more.nix')
    await must('sh', ['-c', next], project.here())
    const started = await start()
    expect(started.code, started.stderr).toBe(0)
    await project.stop()
    await must('git', ['rm', '--quiet', '--force', 'more.nix'], project.here())
  })

  test.each([
    ['the files of the project, and one of them', ['git does not track its files', 'nix/shell.nix']],
    ['its directory, which is ignored', ['the git repository around it ignores its directory']],
  ])('in a repository around the project git does not track %s, and the commands that help', async (_, missing) => {
    const around = project.here({ cwd: join(project.directory, '..') })
    const own = join(project.directory, '../own.git')
    renameSync(path('.git'), own)
    await must('git', ['init', '--quiet'], around)
    if (missing.length === 1) writeFiles(project.directory, { '../.git/info/exclude': '*\n' })
    for (const what of missing) {
      const result = await start()
      expectFewLines(result, project)
      expect(result.stderr).toContain(what)
      await must('sh', ['-c', /Next: (.*) && \.\/start\n$/.exec(result.stderr)?.[1] ?? 'exit 1'], project.here())
      if (what !== missing.at(-1)) await must('git', ['rm', '--quiet', '--cached', 'nix/shell.nix'], project.here())
    }
    const started = await start()
    expect(started.code, started.stderr).toBe(0)
    await project.stop()
    for (const made of ['.git', '../.git']) rmSync(path(made), { recursive: true, force: true })
    renameSync(own, path('.git'))
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
    expectFewLines(result, project)
    expect(result.stderr).toMatch(/flake\.nix, line \d+: syntax error[\s\S]*\.\/lab add numpy\n$/)
  })
})
