import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { run } from '../../../tests/support/program.ts'
import { SEED } from '../../../tests/support/random.ts'
import { makeScene } from '../../../tests/support/world.ts'
import { shellQuote } from '../src/base/shell.js'
import { escapes } from '../src/templates/escape.js'

// Text of every kind, with what could break out of quotes much more often than by chance. NUL fits nowhere.
const nasty = fc.constantFrom(
  '"',
  "'",
  '\\',
  '$',
  '${',
  '}',
  '`',
  '#',
  '\n',
  '\r',
  '\t',
  '*',
  '_',
  '<',
  '>',
  '&',
  '|',
  '%',
  '\u007f',
  '\u2028',
  'ü',
)
const text = fc
  .array(fc.oneof(nasty, fc.string({ unit: 'grapheme', maxLength: 4 })), { maxLength: 12 })
  .map((parts) => parts.join('').replaceAll('\u0000', ''))

/** Many texts are read back by one start of the target's own program. */
const batches = { numRuns: 5 }
fc.configureGlobal({ seed: SEED })
const texts = fc.array(text, { minLength: 60, maxLength: 60 })

describe(`what is escaped for a target, the target reads back as it was (SEED=${SEED})`, () => {
  it('Nix', () => {
    fc.assert(
      fc.property(texts, (all) => {
        const expression = `[ ${all.map((one) => `"${escapes.nix(one)}"`).join(' ')} ]`
        const read = execFileSync('nix-instantiate', ['--eval', '--strict', '--json', '-'], { input: expression })
        expect(JSON.parse(read.toString())).toEqual(all.map((one) => one))
      }),
      batches,
    )
  })

  it('Python', () => {
    fc.assert(
      fc.property(texts, (all) => {
        const program = `import json\nprint(json.dumps([${all.map((one) => `"${escapes.python(one)}"`).join(', ')}]))`
        expect(JSON.parse(execFileSync('python3', ['-'], { input: program }).toString())).toEqual(all)
      }),
      batches,
    )
  })

  it('TOML', () => {
    fc.assert(
      fc.property(texts, (all) => {
        const toml = `x = [${all.map((one) => `"${escapes.toml(one)}"`).join(', ')}]`
        const program =
          'import json, sys, tomllib\nprint(json.dumps(tomllib.loads(sys.stdin.buffer.read().decode())["x"]))'
        expect(JSON.parse(execFileSync('python3', ['-c', program], { input: toml }).toString())).toEqual(all)
      }),
      batches,
    )
  })

  it('JSON', () => {
    fc.assert(
      fc.property(text, (one) => {
        expect(JSON.parse(`"${escapes.json(one)}"`)).toBe(one)
      }),
    )
  })

  it('the shell', () => {
    fc.assert(
      fc.property(texts, (all) => {
        const words = all.map(shellQuote).join(' ')
        const read = execFileSync('sh', ['-c', `printf '%s\\0' ${words}`]).toString()
        expect(read.split('\u0000').slice(0, -1)).toEqual(all)
      }),
      batches,
    )
  })

  it('Markdown: no character that begins markup stays bare', () => {
    fc.assert(
      fc.property(text, (one) => {
        expect(escapes.markdown(one).replace(/\\[^\n]/g, 'x')).not.toMatch(
          /[\\`*_[\]<>&|~$#\n]|^\s*[-+=]|^\s*\d+[.)](\s|$)/,
        )
      }),
    )
  })
})

describe(`whatever is typed, real Nix reads the project, or the answer is refused (SEED=${SEED})`, () => {
  const directoryName = fc.oneof(
    text,
    fc.stringMatching(/^[A-Za-z0-9._-]{1,30}$/),
    fc.constantFrom('numpy', 'con', 'a.b', '0'),
  )
  const packageName = fc.oneof(text, fc.constantFrom('numpy', 'Scikit_Learn', 'polars>=1,<2', 'httpx[http2]', 'a'))

  it('names and packages', async () => {
    const { directory, env } = makeScene()
    let made = 0
    await fc.assert(
      fc.asyncProperty(directoryName, fc.array(packageName, { maxLength: 3 }), async (name, packages) => {
        const place = path.join(directory, String(made))
        mkdirSync(place, { recursive: true })
        const flags = packages.map((one) => `--packages=${one}`)
        const { code, stdout, stderr } = await run(['--yes', '--no-git', ...flags, '--', name], place, env)
        if (code !== 0) {
          expect(code).toBe(2)
          expect(stderr.length).toBeGreaterThan(20)
          return
        }
        made += 1
        const project = path.resolve(place, name.trim())
        expect(stdout).toContain('./start')
        execFileSync('nix-instantiate', ['--parse', path.join(project, 'flake.nix')])
        JSON.parse(readFileSync(path.join(project, 'notebooks/start.ipynb'), 'utf8'))
        const { answers } = JSON.parse(readFileSync(path.join(project, '.nix-jupyter.json'), 'utf8'))
        expect(answers.name).toBe(path.basename(project))
      }),
      { numRuns: 150 },
    )
    expect(made).toBeGreaterThan(10)
  })

  it('an unusual name of the current directory reaches the description as it is', async () => {
    const { directory, env } = makeScene()
    for (const name of ["it's", 'a}b{c', 'ünï cödé', '<b>&amp;', '*x* _y_ [z](w)', '1. one']) {
      const here = path.join(directory, name)
      mkdirSync(here)
      await run(['.', '--yes', '--no-git'], here, env)
      const expression = `(import (/. + ${JSON.stringify(path.join(here, 'flake.nix'))})).description`
      const description = execFileSync('nix-instantiate', ['--eval', '--json', '-E', expression]).toString()
      expect(JSON.parse(description)).toContain(name)
    }
  })
})

describe('Nix on the machine', () => {
  it('is not needed: the project is made, and the last lines say how to get it', async () => {
    const { directory, env } = makeScene()
    const bin = path.join(path.dirname(directory), 'bin')
    mkdirSync(bin)
    symlinkSync('/usr/bin/git', path.join(bin, 'git'))
    const ran = await run(['lab', '--yes'], directory, { ...env, PATH: bin })
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toContain('curl -L https://nixos.org/nix/install | sh -s -- --daemon')
  })

  it('is not spoken of where it is there', async () => {
    const { directory, env } = makeScene()
    expect((await run(['lab', '--yes'], directory, env)).stdout).not.toContain('Install Nix')
  })
})
