import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'

const SOURCE = path.resolve(import.meta.dirname, '../src')

/** The rooms, in the order of the street; what stands beside them are its two ends. */
const ROOMS = ['base', 'templates', 'bring', 'doctor', 'input', 'questions', 'plan', 'apply', 'report', 'commands']
const ENDS = ['cli.ts', 'create.ts', 'index.ts', 'program.ts', 'virtual.d.ts']

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(path.sep).join('/'))
  .filter((file) => file.endsWith('.ts'))

/** What a file imports of this program, types and late parts as well. */
function importsOf(file: string): string[] {
  const text = readFileSync(path.join(SOURCE, file), 'utf8')
  const named = [...text.matchAll(/(?:from|import|import\()\s*\(?['"](\.[^'"]+)\.js['"]/g)]
  return named.map(([, found = '']) => path.posix.join(path.posix.dirname(file), `${found}.ts`))
}

const roomOf = (file: string) => (file.includes('/') ? ROOMS.indexOf(file.split('/')[0] ?? '') : ROOMS.length)

it('the directories of src are the rooms, and beside them are only the ends of the street', () => {
  expect(readdirSync(SOURCE).sort()).toEqual([...ROOMS, ...ENDS].sort())
})

it('a room imports from itself and from the rooms before it, never from one after it', () => {
  const backwards = files.flatMap((file) =>
    importsOf(file)
      .filter((imported) => roomOf(imported) > roomOf(file))
      .map((imported) => `${file} imports ${imported}`),
  )
  expect(backwards).toEqual([])
})

it('no imports go in a circle', () => {
  const circles: string[] = []
  const done = new Set<string>()
  const visit = (file: string, way: readonly string[]) => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(' → '))
    if (way.includes(file) || done.has(file)) return
    for (const imported of importsOf(file)) visit(imported, [...way, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  expect(circles).toEqual([])
})

it('every import was understood: all that is imported is there', () => {
  const imported = files.flatMap(importsOf)
  expect(imported.length).toBeGreaterThan(150)
  expect(imported.filter((file) => !files.includes(file))).toEqual([])
})
