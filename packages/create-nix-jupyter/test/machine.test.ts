import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { entries, entry, run } from '../../../tests/support/program.ts'
import { makeScene } from '../../../tests/support/world.ts'

describe('--json', () => {
  it('describes the project that was made', async () => {
    const { directory, env } = makeScene()
    const { code, stdout, stderr } = await run(['lab', '--yes', '--json'], directory, env)
    expect([code, stderr]).toEqual([0, ''])
    const result = JSON.parse(stdout)
    expect(result).toMatchObject({
      ok: true,
      dryRun: false,
      directory: path.join(directory, 'lab'),
      template: 'minimal',
      git: { plan: 'init', added: true, committed: true, problem: null },
      next: expect.arrayContaining(['cd lab', './start']),
      warnings: [],
    })
    expect(result.files).toContainEqual({
      path: 'start',
      size: expect.any(Number),
      executable: true,
      origin: 'shared',
      action: 'create',
    })
  })

  it('describes what --dry-run would make', async () => {
    const { directory, env } = makeScene()
    const { stdout } = await run(['lab', '--yes', '--json', '--dry-run'], directory, env)
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, dryRun: true })
    expect(entries(directory)).toEqual([])
  })

  it.each([
    [[], 2, { kind: 'usage', missing: ['DIRECTORY', '--template'] }],
    [['lab', '--nonsense'], 2, { kind: 'usage', message: 'Unknown option --nonsense.' }],
    [['.', '--yes'], 3, { kind: 'conflict', exitCode: 3 }],
  ])('describes the error of %j on standard output, with what to do next', async (args, code, error) => {
    const { directory, env } = makeScene()
    writeFileSync(path.join(directory, 'mine'), '')
    const ran = await run([...args, '--json'], directory, env)
    expect(ran).toMatchObject({ code, stderr: '' })
    const result = JSON.parse(ran.stdout)
    expect(result).toMatchObject({ ok: false, error })
    expect(result.error.next.length).toBeGreaterThan(0)
  })
})

it('CREATE_NIX_JUPYTER_JSON asks for JSON as well, errors included', async () => {
  const { directory, env } = makeScene()
  const { code, stdout } = await run([], directory, { ...env, CREATE_NIX_JUPYTER_JSON: '1' })
  expect([code, JSON.parse(stdout).ok]).toEqual([2, false])
})

describe('list and schema', () => {
  it('list names the templates, for people and for programs', async () => {
    const { directory, env } = makeScene()
    expect((await run(['list'], directory, env)).stdout).toMatch(/^minimal +\S/)
    const { templates } = JSON.parse((await run(['list', '--json'], directory, env)).stdout)
    expect(templates[0]).toMatchObject({ id: 'minimal', python: { default: '3.13' } })
    expect(entries(directory)).toEqual([])
  })

  it('schema describes every option', async () => {
    const { directory, env } = makeScene()
    const schema = JSON.parse((await run(['schema'], directory, env)).stdout)
    expect(schema.properties.template.examples).toContain('minimal')
    expect(Object.keys(schema.properties)).toEqual(
      expect.arrayContaining(['directory', 'python', 'packages', 'git', 'yes', 'json']),
    )
  })

  it.each([
    [['list', 'all'], 'list takes no argument "all"'],
    [['ad', 'dask'], 'Unknown command "ad".\n  Did you mean "add"?'],
    [['completions'], 'Which shell?'],
    [['completions', 'fis'], 'Did you mean "fish"?'],
  ])('%j ends with 2', async (args, message) => {
    const { directory, env } = makeScene()
    expect(await run(args, directory, env)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
  })
})

describe('the completions', () => {
  /** What bash offers for a line, asked of the bash that is here. */
  function inBash(...words: string[]): string[] {
    const script = execFileSync(process.execPath, [entry(), 'completions', 'bash'], { encoding: 'utf8' })
    const ask = `${script}
      COMP_WORDS=(create-nix-jupyter ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}
      _create_nix_jupyter; printf '%s\\n' "\${COMPREPLY[@]}"`
    return execFileSync('bash', ['-c', ask], { encoding: 'utf8' }).trim().split('\n')
  }

  it('of bash complete templates, versions, flags and commands', () => {
    expect(inBash('lab', '--template', 'mi')).toEqual(['minimal'])
    expect(inBash('-t', '')).toContain('datasci')
    expect(inBash('--python', '3.1')).toEqual(['3.12', '3.13', '3.14'])
    expect(inBash('--no-')).toEqual(['--no-git', '--no-input'])
    expect(inBash('compl')).toContain('completions')
    expect(inBash('completions', 'f')).toEqual(['fish'])
    expect(inBash('add', 'clean')).toEqual(['clean-git'])
    // G8: macOS has bash 3.2; --template=mi is three words to bash; a directory ends with a slash.
    expect(execFileSync(process.execPath, [entry(), 'completions', 'bash'], { encoding: 'utf8' })).not.toMatch(
      /mapfile|readarray|declare -A|\$\{\w+,,\}|&>>/,
    )
    expect(inBash('lab', '--template', '=', 'mi')).toEqual(['minimal'])
    expect(inBash('lab', '--template', '=')).toContain('datasci')
    expect(inBash('sr')).toContain('src/')
  })

  /** Where the script for a shell lies. The shells themselves come with `npm test` (Debian: zsh, fish). */
  function scriptFor(shell: string): string {
    const file = path.join(path.dirname(makeScene().directory), `completions.${shell}`)
    writeFileSync(file, execFileSync(process.execPath, [entry(), 'completions', shell]))
    return file
  }

  it('of fish complete templates and commands', () => {
    const script = scriptFor('fish')
    const inFish = (line: string) =>
      execFileSync('fish', ['-c', `source ${script}; complete -C '${line}'`], { encoding: 'utf8' }).replace(/\t.*/g, '')
    expect(inFish('create-nix-jupyter --template mi')).toBe('minimal\n')
    expect(inFish('create-nix-jupyter remove clean')).toBe('clean-git\n')
    expect(inFish('create-nix-jupyter --no-').split('\n')).toEqual(expect.arrayContaining(['--no-git', '--no-input']))
    expect(inFish('create-nix-jupyter completions z')).toBe('zsh\n')
    expect(inFish('create-nix-jupyter --template=mi')).toBe('--template=minimal\n')
  })

  it('of zsh are read by it without a complaint', () => {
    expect(spawnSync('zsh', ['-n', scriptFor('zsh')], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
  })
})

describe('docs/reference.md', () => {
  it('is what the option table says: otherwise run "npm run reference -w create-nix-jupyter"', async () => {
    const workspace = path.resolve(import.meta.dirname, '..')
    const current = execFileSync(process.execPath, ['build/reference.mjs', '--print'], {
      cwd: workspace,
      encoding: 'utf8',
    })
    expect(readFileSync(path.resolve(workspace, '../../docs/reference.md'), 'utf8')).toBe(current)
  })
})
