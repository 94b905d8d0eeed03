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
    [{ services: ['x'] }, '"services" must be an object'],
  ])('%j', (change, problem) => {
    expect(one(change)).toContain(problem)
  })

  it('services that flake.nix could not have, and settings that would go nowhere', () => {
    const services = {
      text: 'python x',
      misspelt: { comand: 'x' },
      wrong: { command: 'x', open: 'yes', health: 'healthz' },
      'My x': { command: 'x' },
      jupyter: { command: 'x' },
    }
    const said = one({ services, settings: { 'ruff.toml': {}, 'jupyter/jupyter_lab_config.json': 1 } })
    expect(said.split('\n').slice(1, -1)).toEqual([
      '  - "services", text: it must be an object, in { and }',
      '  - "services", misspelt: "command" must be a text',
      '  - "services", misspelt: "comand" is not known',
      '  - "services", wrong: "health" must be a path, such as /healthz',
      '  - "services", wrong: "open" must be true or false',
      '  - "services", My x: a name is made of a to z, 0 to 9 and -, and begins with a letter',
      '  - "services", jupyter: the name is taken by JupyterLab itself',
      '  - "settings", ruff.toml: it must be a JSON file and have an object, which is merged into it',
      '  - "settings", jupyter/jupyter_lab_config.json: it must be a JSON file and have an object, which is merged into it',
    ])
    const lost = one({ settings: { 'jupyter/nowhere.json': {} } })
    expect(lost).toContain('the feature a has settings for jupyter/nowhere.json, which the template uv does not have')
    const own = { settings: { 'own.json': {} } }
    expect(one(own, { 'a/files/own.json': '{}' })).toBe('')
  })

  const NEXT = { test: ['true'], good: 'Good.', problem: 'Bad.', fix: 'true' }
  const HELLO = { usage: '', summary: 'say hello', directory: 'hello' }

  it('questions and commands that lab could not read', () => {
    const lists = {
      'doctor.json.ejs': [
        NEXT,
        { ...NEXT, fix: undefined },
        { ...NEXT, test: 'true' },
        { ...NEXT, when: [], whne: [] },
        null,
      ],
      'commands.json': {
        hello: HELLO,
        'say it': { ...HELLO, summary: undefined },
        other: { ...HELLO, usage: undefined, directory: 'other', takes: '' },
      },
    }
    const told = Object.entries(lists).map(([file, list]) => [`a/files/nix/features/a/${file}`, JSON.stringify(list)])
    const said = one({}, { ...Object.fromEntries(told), 'a/files/nix/features/a/hello/__main__.py': '' })
    expect(
      said
        .replaceAll(/^.*\/a\/files\/nix\/features\/a\//gm, '')
        .split('\n')
        .slice(0, -1),
    ).toEqual([
      'commands.json: say it: a name is made of a to z, 0 to 9 and -, and begins with a letter',
      'commands.json: say it: "summary" must be a text',
      'commands.json: other: "usage" must be a text, which may be empty',
      'commands.json: other: "directory" must name a directory beside it with a __main__.py',
      'commands.json: other: "takes" is not known',
      'doctor.json.ejs: question 2: "fix" must be a text',
      'doctor.json.ejs: question 3: "test" must be a command: a list of words',
      'doctor.json.ejs: question 4: "when" must be a command: a list of words',
      'doctor.json.ejs: question 4: "whne" is not known',
      'doctor.json.ejs: question 5: it must be an object, in { and }',
    ])
  })

  it('what is no JSON, naming the file, and a manifest that is no object', () => {
    expect(one({}, { 'a/files/nix/features/a/doctor.json': '[{' })).toMatch(/a\/doctor\.json: .*JSON/)
    expect(one({}, { 'a/feature.json': 'null' })).toMatch(/a\/feature\.json: it must be an object, in \{ and \}\.\n$/)
  })

  it('a service or a command that a template or another feature has, and a need that is excluded', () => {
    const files = ['a', 'b'].flatMap((id) => [
      [`${id}/files/nix/features/${id}/hello/__main__.py`, ''],
      [`${id}/files/nix/features/${id}/commands.json`, JSON.stringify({ hello: HELLO })],
    ])
    const services = { board: { command: 'x' } }
    const two = {
      a: { ...USUAL, id: 'a', services: { ...services, server: { command: 'x' } } },
      b: { ...USUAL, id: 'b', order: 9, services },
    }
    const { stderr } = build(two, Object.fromEntries(files))
    expect(stderr).toContain('the feature a gives services.server, which the template uv gives, too')
    expect(stderr).toContain('the feature b gives services.board, which the feature a gives, too')
    expect(stderr).toContain('the feature b gives the command hello, which the feature a gives, too')
    const torn = { b: USUAL, a: { id: 'a', needs: ['b'], excludes: ['b'] } }
    expect(build(torn, {}).stderr).toContain('"needs" and "excludes" name the same feature')
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
      Object.fromEntries(
        Array.from({ length: count }, (_, at) => [`f${at}/files/f${at}.txt`, `f${at}\n`.repeat(1500)]),
      ),
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
    // Texts stand together, as many in one file as a run may read for one of them.
    const last = `f${count - 1}`
    const place = (name: string) => ['--yes', '--no-git', '--with', name, name]
    expect(run(...place(last)).status).toBe(0)
    expect(readFileSync(path.join(directory, last, `${last}.txt`), 'utf8')).toBe(`${last}\n`.repeat(1500))
    const texts = path.resolve(program, '../../dist/features/texts.br')
    writeFileSync(texts, Buffer.alloc(statSync(texts).size))
    expect(run(...place('f0'))).toMatchObject({ status: 1, stderr: expect.stringContaining('features/texts.br') })
    expect(run('later', ...place(last).slice(0, -1)).status).toBe(count === 5 ? 1 : 0)
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
