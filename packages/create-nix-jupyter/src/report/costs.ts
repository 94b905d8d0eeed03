import type { Answers } from '../questions/answers.js'

/** What the user should know at once of a version whose packages nobody has ready-made; undefined of all others. */
export function costsOf({ template, python }: Answers): string | undefined {
  if (!template.python.compiled?.includes(python)) return undefined
  return (
    `Python ${python}: nixpkgs has no ready-made packages for it. The first ./start compiles about 500 of them, which takes ` +
    `hours. Ready-made: --python ${template.python.default}, or --template uv with any Python.`
  )
}
