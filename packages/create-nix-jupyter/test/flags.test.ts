import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { entries, expectWhole, run } from '../../../tests/support/program.ts'
import { makeScene } from '../../../tests/support/world.ts'

describe('without a terminal', () => {
  it('makes the project when nothing is missing', async () => {
    const { directory, env } = makeScene()
    const ran = await run(['lab', '--template', 'minimal'], directory, env)
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    await expectWhole(path.join(directory, 'lab'))
    expect(entries(directory)).toEqual(['lab'])
  })

  it('makes the same bytes from the same answers, in another place and at another time', async () => {
    const { directory, env } = makeScene()
    for (const place of ['one/lab', 'two/lab']) await run([place, '--yes', '--packages', 'b,a'], directory, env)
    const record = (place: string) => readFileSync(path.join(directory, place, 'lab/.nix-jupyter.json'), 'utf8')
    expect(record('one')).toBe(record('two'))
  })

  it('prints the command that makes the same project again, and it does', async () => {
    const { directory, env } = makeScene()
    const flags = ['-t', 'minimal', '--python', '3.14', '--packages', 'polars>=1,<2', '--packages', 'numpy', '--no-git']
    const first = await run(['lab', ...flags], directory, env)
    const command = first.stdout.trim().split('\n').at(-1)?.trim() ?? ''
    const [, version, rest] = /^npm create nix-jupyter@(\S+) (.*)$/.exec(command) ?? []
    const packageFile = path.resolve(import.meta.dirname, '../package.json')
    expect(version).toBe(JSON.parse(readFileSync(packageFile, 'utf8')).version)
    const words = (rest ?? '')
      .replace(' -- ', ' ')
      .split(' ')
      .map((word) => word.replaceAll("'", ''))
    await run([`again/${words[0]}`, ...words.slice(1)], directory, env)
    const record = (project: string) => readFileSync(path.join(directory, project, '.nix-jupyter.json'), 'utf8')
    expect(record('again/lab')).toBe(record('lab'))
  })

  it.each([
    [[], 'DIRECTORY, --template'],
    [['lab'], '--template'],
    [['--yes'], 'DIRECTORY'],
    [['--template', 'minimal'], 'DIRECTORY'],
  ])('%j ends with 2 and names %s', async (args, missing) => {
    const { directory, env } = makeScene()
    const ran = await run(args, directory, env)
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toContain(`options (no terminal to ask): ${missing}`)
    expect(entries(directory)).toEqual([])
  })
})

describe('Python 3.12, which nixpkgs has no ready-made packages for', () => {
  it.each(['minimal', 'datasci', 'cuda', 'fasthtml'])('says in %s what it costs, and makes the project', async (id) => {
    const { directory, env } = makeScene()
    const ran = await run(['lab', '--template', id, '--python', '3.12', '--yes'], directory, env)
    expect(ran.code).toBe(0)
    expect(ran.stderr).toContain('The first ./start compiles about 500 of them, which takes hours.')
    expect(ran.stderr).toContain('--python 3.13, or --template uv')
  })

  it('says it in JSON too', async () => {
    const { directory, env } = makeScene()
    const ran = await run(['lab', '--python', '3.12', '--yes', '--json', '--dry-run'], directory, env)
    expect(JSON.parse(ran.stdout).warnings).toEqual([expect.stringContaining('compiles about 500')])
  })

  it('says nothing of other versions, nor with uv, where packages come from PyPI', async () => {
    for (const flags of [
      ['--python', '3.14'],
      ['--template', 'uv', '--python', '3.12'],
    ]) {
      const { directory, env } = makeScene()
      expect((await run(['lab', '--yes', ...flags], directory, env)).stderr).not.toContain('compiles')
    }
  })
})

describe('a wrong command line ends with 2, says why, and makes nothing', () => {
  it.each([
    [['lab', '--tempalte', 'minimal'], 'Unknown option --tempalte', 'Did you mean --template?'],
    [['lab', '--tier', 'cuda'], 'Unknown option --tier', '--help'],
    [['lab', '-x'], 'Unknown option -x', '--help'],
    [['-h-0'], 'Unknown option -h-0', '--help'],
    [['lab', '--yes=no'], '--yes takes no value', ''],
    [['lab', '--template'], '--template needs a value', ''],
    [['lab', '--template', '--yes'], '--template needs a value', ''],
    [['lab', '--template='], '--template needs a value', ''],
    [['lab', '-t', 'minimla'], 'minimla', 'Did you mean "minimal"?'],
    [['lab', '-t', 'julia'], 'julia', 'Available: minimal'],
    [['lab', '-y', '--python', '3.11'], '3.11', 'Available: 3.12, 3.13, 3.14'],
    [['lab', '-y', '--python', 'python3.13'], 'python3.13', 'Available: 3.12, 3.13, 3.14'],
    [['lab', '-y', '--packages', 'torch-bin'], 'refuses it because of its licence', 'Next: --packages torch.'],
    [['lab', '-t', 'cuda', '-y', '--packages', 'torchvision-bin'], 'its licence', 'Next: --packages torchvision.'],
    [['lab', '-y', '--packages', 'fastai', '--python', '3.14'], 'not work with Python 3.14', 'Next: --python 3.13'],
    [['my', 'lab', '--yes'], 'One directory at a time: "my" and "lab"', 'quotes'],
    [['lab', '-y', '--packages', 'numpy; rm -rf /'], 'is not the name of a Python package', 'numpy'],
    [['lab', '-y', '--packages', '-e .'], '--packages needs a value', ''],
    [['lab', '-y', '--packages', ', '], '--packages needs a value', ''],
    [['lab', '-y', '--packages', 'git+https://example.org/x'], 'is not the name of a Python package', ''],
    [['lab', '-y', '--packages', `\${pkgs.hello}`], 'is not the name of a Python package', ''],
  ])('%j', async (args, message, next) => {
    const { directory, env } = makeScene()
    const ran = await run(args, directory, env)
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toContain(message)
    expect(ran.stderr).toContain(next)
    expect(entries(directory)).toEqual([])
  })
})

describe('F4: the name of a module that is no package is refused with the right name, before anything is written', () => {
  it.each([
    ['cv2', 'opencv-python'],
    ['sklearn', 'scikit-learn'],
    ['PIL>=10', 'pillow>=10'],
    ['yaml', 'pyyaml'],
    ['pytorch', 'torch'],
  ])('%s', async (typed, meant) => {
    const { directory, env } = makeScene()
    const ran = await run(['lab', '-y', '--packages', `numpy,${typed}`], directory, env)
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining(`Did you mean "${meant}"?`) })
    expect(entries(directory)).toEqual([])
  })

  it('none are no packages, and not the one of that name on PyPI', async () => {
    const { directory, env } = makeScene()
    expect(await run(['lab', '-y', '--packages', 'none'], directory, env)).toMatchObject({ code: 0 })
    expect(JSON.parse(readFileSync(path.join(directory, 'lab/.nix-jupyter.json'), 'utf8')).answers.packages).toEqual([])
    const more = await run(['more', '-y', '--packages', 'none,numpy'], directory, env)
    expect(more).toMatchObject({ code: 2, stderr: expect.stringContaining('"none" stands for no packages') })
  })

  it('what is part of Python is said to be', async () => {
    const { directory, env } = makeScene()
    const ran = await run(['lab', '-y', '--packages', 'sqlite3'], directory, env)
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('"sqlite3" is part of Python') })
  })
})

/** The options that a help names, and whether each takes a value. */
function flagsIn(help: string): [string, boolean][] {
  return [...help.matchAll(/^ {2}(?:-\w,| {3}) (--[a-z-]+)( [A-Z])?/gm)].map(([, flag = '', value]) => [flag, !!value])
}

describe('questions about the program itself', () => {
  it('help is a command, not a directory (G4)', async () => {
    const { directory, env } = makeScene()
    expect((await run(['help'], directory, env)).stdout).toBe((await run(['--help'], directory, env)).stdout)
    expect((await run(['help', 'add'], directory, env)).stdout).toBe(
      (await run(['add', '--help'], directory, env)).stdout,
    )
    expect(entries(directory)).toEqual([])
  })

  it.each(['set', 'add', 'remove', 'upgrade', 'list', 'doctor'])(
    '%s --help names every option that it takes, and no other, within 80 columns',
    async (command) => {
      const { directory, env } = makeScene()
      const { code, stdout } = await run([command, '--help'], directory, env)
      expect(code).toBe(0)
      for (const asked of [
        ['help', command],
        ['help', command, '--help'],
      ]) {
        expect((await run(asked, directory, env)).stdout).toBe(stdout)
      }
      expect(stdout).toContain(`Usage: create-nix-jupyter ${command} [`.replace(/(add|remove) \[/, '$1 FEATURE'))
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
      // What it does not name, it refuses; `list` and `doctor` read no more than one option.
      if (['list', 'doctor'].includes(command)) return expect(flagsIn(stdout)).toEqual([['--json', false]])
      for (const [flag, takesValue] of flagsIn((await run(['--help'], directory, env)).stdout)) {
        const { stderr } = await run([command, flag, ...(takesValue ? ['error'] : [])], directory, env)
        const isRefused = stderr.includes(`${command} takes no ${flag}.`)
        expect([flag, isRefused]).toEqual([flag, !flagsIn(stdout).some(([name]) => name === flag)])
      }
    },
  )

  it('--version is the version alone', async () => {
    const { directory, env } = makeScene()
    expect(await run(['-v'], directory, env)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
  })

  it('--help names every option and template, within 80 columns (G6)', async () => {
    const { directory, env } = makeScene()
    const { code, stdout } = await run(['--help'], directory, env)
    expect(code).toBe(0)
    for (const word of [
      'DIRECTORY',
      '--template',
      '--python',
      '--packages',
      '--no-git',
      '--yes',
      '--no-input',
      '--dry-run',
    ]) {
      expect(stdout).toContain(word)
    }
    expect(stdout).toContain('minimal')
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  it('--dry-run lists the files with their sizes and writes nothing', async () => {
    const { directory, env } = makeScene()
    const { code, stdout } = await run(['lab', '--yes', '--dry-run'], directory, env)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ {2}\+ +\d+ flake\.nix$/m)
    expect(stdout).toMatch(/^ {2}\+ +\d+ start\*$/m)
    expect(stdout).toContain('Nothing was written')
    expect(entries(directory)).toEqual([])
  })
})
