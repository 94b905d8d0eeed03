import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { entries, entry, expectWhole, open, openCommand } from '../../../tests/support/program.ts'
import { KEYS } from '../../../tests/support/terminal.ts'
import { makeScene } from '../../../tests/support/world.ts'

/** Every sign that a question begins with, be it open or answered. */
const HEADS = /^[◆◇▲■] /gm

const heads = (screen: string) => screen.match(HEADS)?.length ?? 0

// I12: what is taller than the window cannot be drawn over, and was there once more after each key.
describe.each([
  [100, 24],
  [79, 7],
  [60, 6],
  [40, 5],
  [24, 4],
  [40, 2],
])('I12: a window of %i × %i', (cols, rows) => {
  it('shows each question once, and the choice under the cursor, whatever is pressed', async () => {
    const { directory, env } = makeScene()
    const session = open(['lab'], directory, env, cols, rows)
    await session.see('Which template')
    session.type(KEYS.down)
    await session.see(/● Data science/)
    session.type(KEYS.down)
    await session.see(/● Deep/)
    await expect.poll(() => session.window()).toContain('●')
    await expect.poll(() => heads(session.screen())).toBe(1)
    session.type(KEYS.up)
    await session.see(/● Data science/)
    session.type(KEYS.up)
    await session.see(/● Minimal/)
    session.type(KEYS.enter)
    await session.see('Which Python')
    await expect.poll(() => heads(session.screen())).toBe(2)
    session.type(KEYS.enter)
    await session.see('Extra')
    for (const letter of 'numpy') session.type(letter)
    await session.see('numpy█')
    await expect.poll(() => heads(session.screen())).toBe(3)
    session.type(KEYS.enter)
    await session.see('◼ Clean git')
    session.type(' ')
    await session.see('◻ Clean git')
    session.type(' ')
    await session.see('◼ Clean git')
    await expect.poll(() => heads(session.screen())).toBe(4)
    session.type(KEYS.enter)
    await session.see('Initialize')
    session.type(KEYS.down)
    await session.see('● No')
    await expect.poll(() => heads(session.screen())).toBe(5)
    session.type(KEYS.enter)
    await session.see('Create lab')
    session.type(KEYS.enter)
    expect(await session.exited).toBe(0)
    expect(heads(session.screen())).toBe(6)
    await expectWhole(path.join(directory, 'lab'))
  })
})

describe('I12: a window that changes at a question', () => {
  it('grows and shrinks: the question and its choice are in it', async () => {
    const { directory, env } = makeScene()
    const session = open(['lab'], directory, env, 100, 30)
    await session.see('Which template')
    session.resize(50, 5)
    session.type(KEYS.down)
    await session.see('● Data science')
    await expect.poll(() => session.window()).toMatch(/Which template[\s\S]*● Data science/)
    session.resize(100, 30)
    session.type(KEYS.down)
    await session.see(/○ Minimal.*\n.*\n.*● Deep learning: .*CPU$/m)
    session.type(KEYS.ctrlC)
    expect(await session.exited).toBe(130)
  })

  it('has no size that anybody knows: the questions are asked in plain lines', async () => {
    const { directory, env } = makeScene()
    const command = `stty cols 0 rows 0; exec "$0" "$1" -t minimal --python 3.13 --packages numpy --with none --git`
    const session = openCommand(['sh', '-c', command, process.execPath, entry()], directory, env)
    await session.see('Which directory? [my-lab]:')
    session.type(`lab${KEYS.enter}`)
    expect(await session.exited).toBe(0)
    expect(entries(directory)).toEqual(['lab'])
  })
})

it('G6: an answered question is one line, with its answer', async () => {
  const { directory, env } = makeScene()
  const session = open(['--packages', 'numpy'], directory, env)
  for (const question of ['Which directory', 'Which template', 'Which Python', 'Which features', 'a git repository']) {
    await session.see(question)
    session.type(KEYS.enter)
  }
  await session.see('Create my-lab?')
  const [intro, ...lines] = session.screen().split('\n')
  expect(intro).toBe('┌  create-nix-jupyter')
  expect(lines.slice(0, 5)).toEqual([
    '◇  Which directory? my-lab',
    '◇  Which template? Minimal',
    '◇  Which Python? Python 3.13',
    '◇  Which features? Clean git',
    '◇  Initialize a git repository? Yes',
  ])
  expect(lines[5]).toMatch(/^◆ {2}Create my-lab\?/)
  session.type(KEYS.ctrlC)
  expect(await session.exited).toBe(130)
})
