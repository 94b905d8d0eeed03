import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

import { build, RICH, USUAL } from './features/programs.ts'

// What a build refuses of features, and what many of them cost.

describe('the build refuses', () => {
  const one = (change: object, files: Record<string, string> = {}) =>
    build({ a: { ...USUAL, id: 'a', ...change } }, files).stderr

  it.each<[object, string]>([
    [{ id: 'b' }, '"id" must be the name of the directory, "a"'],
    [{ order: 'x' }, '"order" must be a whole number'],
    [{ templates: ['night-sky'] }, '"templates" must list names of templates'],
    [{ templates: ['uv'] }, 'a default one fits every template'],
    [{ needs: ['a'] }, '"needs" must list other features'],
    [{ python: ['a b'] }, '"python" must list names of Python packages'],
    [{ python: ['numpy<'] }, '"python" must list names of Python packages'],
    [{ python: ['numpy; python_version < "3.14"'] }, '"python" must list names of Python packages'],
    [{ tools: ['pkgs.x; evil'] }, '"tools" must list attributes of nixpkgs'],
    [{ tool: ['x'] }, '"tool" is not known'],
  ])('%j', (change, problem) => {
    expect(one(change)).toContain(problem)
  })

  it('a file that a template or another feature gives, and one that asks for what there is not', () => {
    expect(one({}, { 'a/files/start': 'mine' })).toContain(
      'the feature a gives start, which the template uv gives, too',
    )
    const two = build({ a: { ...USUAL, id: 'a' }, b: { ...RICH, id: 'b' } }, { 'a/files/x': '1', 'b/files/x': '2' })
    expect(two.stderr).toContain('the feature b gives x, which the feature a gives, too')
    expect(one({}, { 'a/files/x.md.ejs': '<%= it.color %>' })).toContain('there is no it.color')
    expect(one({}, { 'a/README.md': '## <%= it.name %>\n' })).toContain('may hold <%- it.slug %> and no other EJS')
    expect(one({}, { 'a/files/.env': 'SECRET=1' })).toContain('has no place in a project')
    expect(build({ a: { ...USUAL, id: 'a' }, b: { ...RICH, id: 'b', order: 1 } }, {}).stderr).toContain('the order 1')
  })
})

it('with five hundred features a run loads the few that were chosen', () => {
  const many = (count: number) =>
    build(
      Object.fromEntries(
        Array.from({ length: count }, (_, at) => [
          `f${at}`,
          { id: `f${at}`, title: 'F', hint: 'h', order: at, tools: ['x'] },
        ]),
      ),
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}/files/f${at}.txt`, 'text\n'.repeat(1000)])),
    )
  for (const count of [5, 500]) {
    const { directory, program, run } = many(count)
    const code = `process.on('exit', () => console.error(Object.keys(require.cache).filter((f) => /dist.features/.test(f)).join()))`
    writeFileSync(path.join(directory, 'spy.cjs'), code)
    const args = ['-r', './spy.cjs', program, 'lab', '--yes', '--no-git', '--with', 'f3']
    const { stderr } = spawnSync(process.execPath, args, { cwd: directory, encoding: 'utf8' })
    expect(stderr).toBe(`${path.resolve(program, '../../dist/features/f3.cjs')}\n`)
    expect(readdirSync(path.join(directory, 'lab')).filter((name) => /^f\d/.test(name))).toEqual(['f3.txt'])
    expect(run('list').status).toBe(0)
  }
})

it('what features say and give is for a project of any name', () => {
  const root = path.resolve(import.meta.dirname, '../../../features')
  const given = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /^[^/]+\/(files\/.*|README\.md|AGENTS\.md)$/.test(file),
  )
  const texts = given.filter((file) => statSync(path.join(root, file)).isFile())
  expect(texts.length).toBeGreaterThan(20)
  expect(texts.filter((file) => readFileSync(path.join(root, file), 'utf8').includes('my-lab'))).toEqual([])
})
