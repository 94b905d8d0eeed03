import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { entries, expectWhole, open } from '../../../tests/support/program.ts'
import { KEYS } from '../../../tests/support/terminal.ts'
import { makeScene } from '../../../tests/support/world.ts'

const QUESTIONS = [
  'Which directory',
  'Which template',
  'Which Python',
  'Extra Python packages',
  'Which features',
  'Initialize a git repository',
  'Create my-lab?',
]

describe('the questions', () => {
  it('make the project that was described', async () => {
    const { directory, env } = makeScene()
    const session = open([], directory, env)
    await session.see('Which directory')
    session.type(`wine-lab${KEYS.enter}`)
    await session.see('Which template')
    session.type(KEYS.enter)
    await session.see('Which Python')
    session.type(KEYS.enter)
    await session.see('Extra Python packages')
    session.type(`numpy, cowsay==6.1${KEYS.enter}`)
    await session.see('Which features')
    session.type(KEYS.enter)
    await session.see('Initialize a git repository')
    session.type(KEYS.enter)
    await session.see('Create wine-lab? (Minimal; Python 3.13; cowsay==6.1, numpy; clean-git; git)')
    session.type(KEYS.enter)
    await session.see('npm create nix-jupyter@')
    expect(await session.exited).toBe(0)
    const project = path.join(directory, 'wine-lab')
    await expectWhole(project)
    expect(session.screen()).toContain('cd wine-lab')
    expect(readFileSync(path.join(project, 'flake.nix'), 'utf8')).toContain('ps: with ps; [ numpy ];')
    expect(readFileSync(path.join(project, 'requirements.in'), 'utf8')).toMatch(/^cowsay==6.1$/m)
  })

  it('take the defaults with Enter alone', async () => {
    const { directory, env } = makeScene()
    const session = open([], directory, env)
    for (const question of QUESTIONS) {
      await session.see(question)
      session.type(KEYS.enter)
    }
    expect(await session.exited).toBe(0)
    await expectWhole(path.join(directory, 'my-lab'))
  })

  it('are skipped by their flags, all of them', async () => {
    const { directory, env } = makeScene()
    const flags = [
      'lab',
      '--template',
      'minimal',
      '--python',
      '3.12',
      '--packages',
      'numpy',
      '--with',
      'none',
      '--no-git',
    ]
    const session = open(flags, directory, env)
    expect(await session.exited).toBe(0)
    for (const question of QUESTIONS) expect(session.screen()).not.toContain(question)
    const record = JSON.parse(readFileSync(path.join(directory, 'lab/.nix-jupyter.json'), 'utf8'))
    expect(record.answers).toEqual({ name: 'lab', python: '3.12', packages: ['numpy'], features: [], git: false })
  })

  it('say why an answer is refused, and ask again', async () => {
    const { directory, env } = makeScene()
    const session = open([], directory, env)
    await session.see('Which directory')
    session.type(`my lab${KEYS.enter}`)
    await session.see('Nix cannot open a project in a directory with spaces')
    session.type(`${KEYS.backspace.repeat(4)}-lab${KEYS.enter}`)
    await session.see('Which template')
    session.type(KEYS.enter)
    await session.see('Which Python')
    session.type(KEYS.enter)
    await session.see('Extra Python packages')
    session.type(`numpy; rm${KEYS.enter}`)
    await session.see('is not the name of a Python package')
    session.type(KEYS.ctrlC)
    expect(await session.exited).toBe(130)
    expect(entries(directory)).toEqual([])
  })

  it('are asked only for the directory with --yes', async () => {
    const { directory, env } = makeScene()
    const session = open(['--yes'], directory, env)
    await session.see('Which directory')
    session.type(KEYS.enter)
    expect(await session.exited).toBe(0)
    expect(session.screen()).not.toContain('Which Python')
    await expectWhole(path.join(directory, 'my-lab'))
  })
})

describe('before anything is written (G6)', () => {
  it('the answers are shown, and each question can be gone back to', async () => {
    const { directory, env } = makeScene()
    const session = open(['lab', '--packages', 'numpy', '--with', 'none', '--git'], directory, env)
    await session.see('Which template')
    // Every choice is described, not the one under the cursor only.
    for (const hint of ['nothing else to learn', 'PyTorch', 'pyproject.toml']) await session.see(hint)
    session.type(KEYS.enter)
    await session.see('Which Python')
    session.type(KEYS.enter)
    await session.see('Create lab? (Minimal; Python 3.13; numpy; git)')
    expect(entries(directory)).toEqual([])
    session.type(KEYS.down + KEYS.down + KEYS.enter)
    await session.see(/Which Python[\s\S]*Which Python[\s\S]*Which Python/)
    session.type(KEYS.down + KEYS.enter)
    await session.see('Create lab? (Minimal; Python 3.14; numpy; git)')
    session.type(KEYS.enter)
    expect(await session.exited).toBe(0)
    const record = JSON.parse(readFileSync(path.join(directory, 'lab/.nix-jupyter.json'), 'utf8'))
    expect(record.answers.python).toBe('3.14')
  })

  it.each([{ CI: 'false' }, { CI: '0' }, { ACCESSIBLE: '0' }])('%j counts as off', async (variables) => {
    const { directory, env } = makeScene()
    const session = open([], directory, { ...env, ...variables })
    await session.see('◆  Which directory')
    session.type(KEYS.ctrlC)
    expect(await session.exited).toBe(130)
  })
})

describe('leaving at a question', () => {
  for (const [index, question] of QUESTIONS.entries()) {
    it(`Ctrl-C at “${question}” ends with 130 and nothing made`, async () => {
      const { directory, env } = makeScene()
      const session = open([], directory, env)
      for (const earlier of QUESTIONS.slice(0, index)) {
        await session.see(earlier)
        session.type(KEYS.enter)
      }
      await session.see(question)
      session.type(KEYS.ctrlC)
      expect(await session.exited).toBe(130)
      expect(session.screen()).toContain('Nothing was created')
      expect(entries(directory)).toEqual([])
    })
  }

  for (const [name, key] of [
    ['Escape', KEYS.escape],
    ['Ctrl-D', KEYS.ctrlD],
  ] as const) {
    it(`${name} ends with nothing made`, async () => {
      const { directory, env } = makeScene()
      const session = open([], directory, env)
      await session.see('Which directory')
      session.type(key)
      expect(await session.exited).toBe(130)
      expect(session.screen()).toContain('Nothing was created')
      expect(entries(directory)).toEqual([])
    })
  }

  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const) {
    it(`${signal} ends with ${code} and gives the cursor back`, async () => {
      const { directory, env } = makeScene()
      const session = open([], directory, env)
      await session.see('Which directory')
      process.kill(session.pid, signal)
      expect(await session.exited).toBe(code)
      // G6: one message, not two.
      expect(session.screen().match(/Nothing was/g)?.length ?? 0).toBeLessThanOrEqual(1)
      expect(session.raw().lastIndexOf('\x1b[?25h')).toBeGreaterThan(session.raw().lastIndexOf('\x1b[?25l'))
      expect(entries(directory)).toEqual([])
    })
  }
})

describe('a terminal where nobody can answer', () => {
  it.each([
    [['--no-input'], {}],
    [[], { CI: 'true' }],
    [[], { CI: '1' }],
  ])('%j %j asks nothing and names what is missing', async (args, extra) => {
    const { directory, env } = makeScene()
    const session = open(args, directory, { ...env, ...extra })
    expect(await session.exited).toBe(2)
    expect(session.screen()).toContain('DIRECTORY, --template')
    expect(entries(directory)).toEqual([])
  })
})
