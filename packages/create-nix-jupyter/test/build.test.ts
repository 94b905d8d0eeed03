import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { makeScene } from '../../../tests/support/world.ts'

const WORKSPACE = path.resolve(import.meta.dirname, '..')

const MANIFEST = {
  id: 'tiny',
  title: 'Tiny',
  hint: 'for this test',
  order: 1,
  python: { default: '3.13', choices: ['3.12', '3.13'] },
  packages: 'flake.nix',
}

/** Builds the program with templates of the test's own, and hands back what a project of it holds. */
function buildWith(files: Record<string, string | Buffer>, manifest: object = MANIFEST) {
  const { directory, env } = makeScene()
  const templates = path.join(directory, 'templates')
  const all = {
    'shared/flake.lock': '{}\n',
    'shared/README.md': 'shared\n',
    'tiny/flake.nix.ejs': '{ description = "<%= it.name %>"; }\n',
    'tiny/template.json': JSON.stringify(manifest),
    'unfinished/README.md': 'no template yet\n',
    ...files,
  }
  for (const [file, content] of Object.entries(all)) {
    mkdirSync(path.dirname(path.join(templates, file)), { recursive: true })
    writeFileSync(path.join(templates, file), content)
  }
  chmodSync(path.join(templates, 'shared/README.md'), 0o755)
  const attributes = path.join(directory, 'attributes.json')
  writeFileSync(attributes, JSON.stringify({ python: { numpy: { status: 'yes', write: 'ps.numpy' } } }))
  const features = path.join(directory, 'features')
  const sources = ['--templates', templates, '--features', features, '--attributes', attributes]
  const args = ['build/build.mjs', '--quick', ...sources, '--out', directory]
  const built = spawnSync(process.execPath, args, { cwd: WORKSPACE, env, encoding: 'utf8' })
  const make = () => {
    cpSync(path.join(WORKSPACE, 'bin'), path.join(directory, 'bin'), { recursive: true })
    const program = path.join(directory, 'bin/create-nix-jupyter.cjs')
    execFileSync(process.execPath, [program, 'lab', '--yes', '--packages', 'numpy,cowsay'], { cwd: directory, env })
    return path.join(directory, 'lab')
  }
  const read = (file: string) => readFileSync(path.join(make(), file), 'utf8')
  return { status: built.status, stderr: built.stderr, make, read }
}

describe('the build', () => {
  it('puts a template over the shared files, and leaves its own files out', () => {
    const built = buildWith({
      'tiny/README.md.ejs': '# <%= it.template.title %>\n',
      'tiny/package.json': '{}',
      'tiny/web/package.json': '{ "mine": true }',
      'tiny/tests/__pycache__/x.pyc': 'litter',
    })
    expect(built.stderr).toBe('')
    const lab = built.make()
    const listed = execFileSync('git', ['ls-files'], { cwd: lab, encoding: 'utf8' }).trim().split('\n')
    expect(listed).toEqual(['.nix-jupyter.json', 'README.md', 'flake.lock', 'flake.nix', 'web/package.json'])
    expect(readFileSync(path.join(lab, 'README.md'), 'utf8')).toBe('# Tiny\n')
  })

  it('keeps the executable bit and every byte, also of large files', () => {
    const large = `${'line of a long lock file ü\n'.repeat(4000)}`
    const built = buildWith({
      'tiny/uv.lock': large,
      'tiny/odd.txt': '\ttabs, "quotes", $' + '{x} and `ticks`\r\nno end',
    })
    const lab = built.make()
    expect(readFileSync(path.join(lab, 'uv.lock'), 'utf8')).toBe(large)
    expect(readFileSync(path.join(lab, 'odd.txt'), 'utf8')).toBe('\ttabs, "quotes", $' + '{x} and `ticks`\r\nno end')
    expect(statSync(path.join(lab, 'README.md')).mode & 0o777).toBe(0o755)
    expect(statSync(path.join(lab, 'flake.nix')).mode & 0o777).toBe(0o644)
  })

  it('G5: copies binary files byte for byte, small and large', () => {
    const small = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe, 0x00, 0x80])
    const other = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xfd, 0xfc, 0x00, 0x81])
    const large = Buffer.from(Array.from({ length: 40_000 }, (_, index) => (index * 7) % 256))
    const built = buildWith({ 'tiny/a.png': small, 'tiny/b.png': other, 'tiny/c.bin': large })
    expect(built.stderr).toBe('')
    const lab = built.make()
    for (const [file, content] of [['a.png', small] as const, ['b.png', other] as const, ['c.bin', large] as const]) {
      expect(readFileSync(path.join(lab, file)).equals(content)).toBe(true)
    }
  })

  it('puts the parts that a template names between the shared files and its own', () => {
    const manifest = { ...MANIFEST, parts: ['web'] }
    const built = buildWith(
      {
        'parts/web/README.md': 'part\n',
        'parts/web/app.py.ejs': '<%- it.name %>\n',
        'parts/web/page.html': 'part\n',
        'parts/other/x.py': 'nobody\n',
        'tiny/page.html': 'own\n',
      },
      manifest,
    )
    expect(built.stderr).toBe('')
    const lab = built.make()
    const listed = execFileSync('git', ['ls-files'], { cwd: lab, encoding: 'utf8' }).trim().split('\n')
    expect(listed).toEqual(['.nix-jupyter.json', 'README.md', 'app.py', 'flake.lock', 'flake.nix', 'page.html'])
    const [app, page, readme] = ['app.py', 'page.html', 'README.md'].map((file) =>
      readFileSync(path.join(lab, file), 'utf8'),
    )
    expect([app, page, readme]).toEqual(['lab\n', 'own\n', 'part\n'])
  })

  it('gives a template its values, with packages in two places', () => {
    const fields = ['name', 'slug', 'python', 'pythonAttr'].map((field) => `${field}=<%- it.${field} %>`)
    const { read } = buildWith({
      'tiny/x.txt.ejs': `${fields.join('\n')}\n<%- it.packages %>|<%- it.requirements %>\n`,
    })
    const lines = read('x.txt').split('\n')
    expect(lines.slice(0, 4)).toEqual(['name=lab', 'slug=lab', 'python=3.13', 'pythonAttr=python313'])
    expect(lines[4]).toBe('numpy|cowsay')
  })

  it('gives a template that keeps its packages elsewhere all of them, as typed', () => {
    const manifest = { ...MANIFEST, packages: 'pyproject.toml' }
    const files = {
      'tiny/x.txt.ejs': '<%- it.packages %>|<%- it.requirements %>',
      'tiny/pyproject.toml': '[project]\n',
    }
    const { read } = buildWith(files, manifest)
    expect(read('x.txt')).toBe('cowsay,numpy|')
  })

  it('holds no template interpreter', () => {
    const dist = path.join(inject('packed'), 'dist')
    const found = spawnSync('grep', ['-rlE', 'openDelimiter|localsName', dist], { encoding: 'utf8' })
    expect(found.stdout).toBe('')
  })
})

describe('the build refuses, and names the file', () => {
  it.each([
    ['another id', { ...MANIFEST, id: 'other' }, '"id" must be the name of the directory, "tiny"'],
    ['no title', { ...MANIFEST, title: '' }, '"title" must be a text'],
    ['a default that is no choice', { ...MANIFEST, python: { default: '3.9', choices: ['3.13'] } }, '"python.default"'],
    ['a part that is not there', { ...MANIFEST, parts: ['web'] }, 'there is no part "web"'],
    ['a part elsewhere', { ...MANIFEST, parts: ['../tiny'] }, 'there is no part "../tiny"'],
    ['an unknown key', { ...MANIFEST, colour: 'red' }, '"colour" is not known'],
    ['an unknown place', { ...MANIFEST, packages: 'setup.py' }, '"packages" must be one of'],
    ['nothing at all', {}, '"order" must be a whole number'],
  ])('a manifest with %s', (_, manifest, message) => {
    const built = buildWith({}, manifest)
    expect(built.status).toBe(1)
    expect(built.stderr).toContain('tiny/template.json')
    expect(built.stderr).toContain(message)
  })

  it.each([
    ['tiny/x.sh.ejs', '<%= it.name %>', 'nothing is known about escaping in a .sh file'],
    ['tiny/x.md.ejs', '<% if (%>', 'x.md.ejs'],
    ['tiny/template.json', '{', 'tiny/template.json'],
    // G5: each template is rendered once and judged as a whole.
    ['tiny/x.txt.ejs', '<%- it.nmae %>', 'there is no it.nmae; there are: name, slug'],
    ['tiny/x.txt.ejs', '<%- include("y") %>', 'include() does not work in a template'],
    ['tiny/.nix-jupyter.json', '{}', '.nix-jupyter.json has no place in a template'],
    ['tiny/.git/config', '', '.git/config has no place in a template'],
    ['tiny/.env', 'SECRET=1', '.env has no place in a template'],
    ['tiny/README.md/x', '', 'README.md is a file here and a directory elsewhere'],
    ['tiny/readme.md', '', 'differ in case only'],
    ['tiny/flake.nix.ejs', '<% if (false) { %>{ }<% } %>', 'flake.nix.ejs comes out empty'],
    ['tiny/x.sh', '#!/bin/sh\r\ntrue\r\n', 'x.sh has lines that end with CR LF; they must end with LF alone'],
    ['tiny/big.bin', 'x'.repeat(600_000), 'has 600000 bytes; the maximum is 524288'],
    [
      'tiny/template.json',
      JSON.stringify({ ...MANIFEST, packages: 'pyproject.toml' }),
      '"packages" names pyproject.toml, which the template does not have',
    ],
    ['other/template.json', JSON.stringify({ ...MANIFEST, id: 'other' }), 'the template has no flake.nix'],
  ])('%s with %j', (file, content, message) => {
    const built = buildWith({ [file]: content })
    expect(built.status).toBe(1)
    expect(built.stderr).toContain(message)
  })
})
