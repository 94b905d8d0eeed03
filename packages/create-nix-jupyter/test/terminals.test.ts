import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { entries, entry, expectWhole, open, openCommand } from '../../../tests/support/program.ts'
import { KEYS } from '../../../tests/support/terminal.ts'
import { makeScene } from '../../../tests/support/world.ts'

const COLOUR = new RegExp(`${KEYS.escape}\\[[349]\\d(;\\d+)*m`)
const CURSOR = new RegExp(`${KEYS.escape}\\[[0-9;]*[A-HJKhl]`)

it('what a command says last is read, however busy the test is', async () => {
  const { directory, env } = makeScene()
  const session = openCommand(['sh', '-c', 'read -r _; seq 3000; echo the end'], directory, env)
  session.type('\r')
  for (const ms of [150, 400]) {
    await new Promise(setImmediate)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
  }
  expect(await session.exited).toBe(0)
  expect(session.raw()).toContain('the end')
})

describe.each([{ ACCESSIBLE: '1' }, { TERM: 'dumb' }])('with %j', (variables) => {
  it('everything is asked in plain lines', async () => {
    const { directory, env } = makeScene()
    const session = open([], directory, { ...env, ...variables, NO_COLOR: '1' })
    await session.see('Which directory? [my-lab]:')
    session.type('my lab\r')
    await session.see('directory with spaces')
    session.type('lab\r')
    await session.see('Number or name [minimal]:')
    session.type('99\r')
    await session.see('Please write a number')
    session.type('1\r')
    await session.see('Number or name [3.13]:')
    session.type('3.14\r')
    await session.see('Extra Python packages')
    session.type('\r')
    await session.see('or none [clean-git]:')
    session.type('99\r')
    await session.see('Please write numbers')
    session.type('none\r')
    await session.see('(yes or no) [yes]:')
    session.type('maybe\r')
    await session.see('Please write yes or no.')
    session.type('n\r')
    await session.see('Number or name [create]:')
    session.type('1\r')
    expect(await session.exited).toBe(0)
    expect(session.raw()).not.toMatch(COLOUR)
    expect(session.raw()).not.toMatch(CURSOR)
    await expectWhole(path.join(directory, 'lab'))
  })

  it.each([
    ['Ctrl-C', KEYS.ctrlC],
    ['Ctrl-D', KEYS.ctrlD],
  ])('%s ends with 130 and nothing made', async (_, key) => {
    const { directory, env } = makeScene()
    const session = open([], directory, { ...env, ...variables })
    await session.see('Which directory')
    session.type(key)
    expect(await session.exited).toBe(130)
    expect(session.screen()).toContain('Nothing was created')
    expect(entries(directory)).toEqual([])
  })
})

it('NO_COLOR: no colour anywhere, questions included', async () => {
  const { directory, env } = makeScene()
  const session = open([], directory, { ...env, NO_COLOR: '1' })
  for (const question of [
    'Which directory',
    'Which template',
    'Which Python',
    'Extra Python',
    'Which features',
    'a git repository',
    'Create my-lab?',
  ]) {
    await session.see(question)
    session.type(KEYS.enter)
  }
  expect(await session.exited).toBe(0)
  expect(session.raw()).not.toMatch(COLOUR)
})

it('a narrow terminal: every line of a question fits into 40 columns', async () => {
  const { directory, env } = makeScene()
  const session = open([], directory, env, 40)
  await session.see('Which directory')
  session.type(KEYS.enter)
  await session.see('↑/↓')
  const shown = session.screen().split('\n').filter(Boolean)
  expect(shown.filter((line) => !/^[┌│◆◇└]/.test(line))).toEqual([])
  session.type(KEYS.enter)
  await session.see('Which Python')
  session.type(KEYS.enter)
  await session.see('Extra Python')
  session.type(KEYS.enter)
  await session.see('Which features')
  session.type(KEYS.enter)
  await session.see('a git repository')
  session.type(KEYS.enter)
  await session.see('Create my-lab?')
  session.type(KEYS.enter)
  expect(await session.exited).toBe(0)
  expect(session.screen()).toContain('./start')
})

describe('I9: a terminal that does not stay as it was', () => {
  const inShell = (script: string) => ['bash', '--norc', '-c', script, process.execPath, entry()]

  it('closed at a question: 129, nothing made, and no stack trace', async () => {
    const { directory, env } = makeScene()
    const [said, code] = ['said', 'code'].map((name) => path.join(path.dirname(directory), name)) as [string, string]
    const script = `trap '' HUP; "$0" "$1" 2>${said}; echo $? >${code}`
    const session = openCommand(inShell(script), directory, env)
    await session.see('Which directory')
    session.close()
    await vi.waitUntil(() => readFileSync(code, { encoding: 'utf8', flag: 'a+' }) !== '', { timeout: 180_000 })
    expect(readFileSync(said, 'utf8')).not.toMatch(/^\s+at /m)
    expect(readFileSync(code, 'utf8')).toBe('129\n')
    expect(entries(directory)).toEqual([])
  })

  it.each(['Which directory', 'Which template'])('Ctrl-D at “%s” leaves the cursor visible', async (question) => {
    const { directory, env } = makeScene()
    const session = open(question === 'Which directory' ? [] : ['lab'], directory, env)
    await session.see(question)
    session.type(KEYS.ctrlD)
    expect(await session.exited).toBe(130)
    expect(session.raw().lastIndexOf('[?25h')).toBeGreaterThan(session.raw().lastIndexOf('[?25l'))
    expect(entries(directory)).toEqual([])
  })

  it('ten Ctrl-C in a row: 130 and nothing made, or a whole project', async () => {
    const { directory, env } = makeScene()
    const session = open(['lab', '--yes'], directory, env)
    for (let count = 0; count < 10; count++) {
      session.type(KEYS.ctrlC)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const code = await session.exited
    expect([0, 130]).toContain(code)
    expect(entries(directory)).toEqual(code === 0 ? ['lab'] : [])
  })

  it('^Z and fg: the question goes on', async () => {
    const { directory, env } = makeScene()
    const session = openCommand(['bash', '--norc', '-i'], directory, { ...env, PS1: 'shell> ' })
    await session.see('shell>')
    session.type(`'${process.execPath}' '${entry()}' -t minimal --python 3.13 --packages numpy --with none --no-git\r`)
    await session.see('Which directory')
    session.type(KEYS.ctrlZ)
    await session.see('Stopped')
    session.type('fg\r')
    // Drawn anew: from here on the terminal is the question's, and not bash's any more.
    await session.see(/fg\s+\S*node[\s\S]*Which directory/)
    session.type(`lab${KEYS.enter}`)
    await session.see(/is ready[\s\S]*shell>/)
    session.type('exit\r')
    expect(await session.exited).toBe(0)
    await expectWhole(path.join(directory, 'lab'))
  })
})
