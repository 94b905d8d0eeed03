// Ends with one sentence where Node is too old for the tests: vitest's own answer would be a stack trace. Run by `npm test`,
// here and in packages/create-nix-jupyter. The program itself runs on 20.12 (packages/create-nix-jupyter/bin).
const NEEDED = [20, 19]

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  console.error(`The tests need Node ${NEEDED.join('.')} or newer; this is Node ${process.versions.node}.`)
  console.error('  Next: install Node 22 or newer from https://nodejs.org, or run: nix develop')
  process.exit(1)
}
