import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { entries, expectWhole } from './support/program.js'
import { makeScene } from './support/scene.js'
import { KEYS, open } from './support/terminal.js'

const COLOUR = new RegExp(`${KEYS.escape}\\[[349]\\d(;\\d+)*m`)
const CURSOR = new RegExp(`${KEYS.escape}\\[[0-9;]*[A-HJKhl]`)

describe.each([{ ACCESSIBLE: '1' }, { TERM: 'dumb' }])('with %j', (variables) => {
  it('everything is asked in plain lines', async () => {
    const { folder, env } = makeScene()
    const session = open([], folder, { ...env, ...variables, NO_COLOR: '1' })
    await session.see('Which folder? [my-lab]:')
    session.type('my lab\r')
    await session.see('folder with spaces')
    session.type('lab\r')
    await session.see('Number or name [minimal]:')
    session.type('99\r')
    await session.see('Please write a number')
    session.type('1\r')
    await session.see('Number or name [3.13]:')
    session.type('3.12\r')
    await session.see('Extra Python packages')
    session.type('\r')
    await session.see('(yes or no) [yes]:')
    session.type('maybe\r')
    await session.see('Please write yes or no.')
    session.type('n\r')
    expect(await session.exited).toBe(0)
    expect(session.raw()).not.toMatch(COLOUR)
    expect(session.raw()).not.toMatch(CURSOR)
    await expectWhole(path.join(folder, 'lab'))
  })

  it.each([
    ['Ctrl-C', KEYS.ctrlC],
    ['Ctrl-D', KEYS.ctrlD],
  ])('%s ends with 130 and nothing made', async (_, key) => {
    const { folder, env } = makeScene()
    const session = open([], folder, { ...env, ...variables })
    await session.see('Which folder')
    session.type(key)
    expect(await session.exited).toBe(130)
    expect(session.screen()).toContain('Nothing was made')
    expect(entries(folder)).toEqual([])
  })
})

it('NO_COLOR: no colour anywhere, questions included', async () => {
  const { folder, env } = makeScene()
  const session = open([], folder, { ...env, NO_COLOR: '1' })
  for (const question of ['Which folder', 'What should it start', 'Which Python', 'Extra Python', 'under git']) {
    await session.see(question)
    session.type(KEYS.enter)
  }
  expect(await session.exited).toBe(0)
  expect(session.raw()).not.toMatch(COLOUR)
})

it('a narrow terminal: every line of a question fits into 40 columns', async () => {
  const { folder, env } = makeScene()
  const session = open([], folder, env, 40)
  await session.see('Which folder')
  session.type(KEYS.enter)
  await session.see('↑/↓')
  const shown = session.screen().split('\n').filter(Boolean)
  expect(shown.filter((line) => !/^[┌│◆◇└]/.test(line))).toEqual([])
  session.type(KEYS.enter)
  await session.see('Which Python')
  session.type(KEYS.enter)
  await session.see('Extra Python')
  session.type(KEYS.enter)
  await session.see('under git')
  session.type(KEYS.enter)
  expect(await session.exited).toBe(0)
  expect(session.screen()).toContain('./start')
})
